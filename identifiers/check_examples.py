#!/usr/bin/env python3
"""Checks the identifier data without building anything: schema, counts, agreement with Classic's lists.

    .deps/venv/bin/python identifiers/check_examples.py     (needs PyYAML)

The build's own test runs every example through the scanner; this one answers in a second while a
YAML file is being written, and tests what the scanner cannot see (names, counts, sources). Exit
status 1 and one line per fault when something is wrong.
"""

import csv
import pathlib
import re
import sys

import yaml

FOLDER = pathlib.Path(__file__).parent
CATEGORIES = {"CREDENTIALS", "FINANCIAL_INFORMATION", "PERSONAL_INFORMATION",
              "NETWORK_INFORMATION", "SYSTEM_INFORMATION"}
PII_TYPES = {"name", "address", "email", "credit_card", "ip_address", "drivers_license", "ssn",
             "birth_date"}
NEIGHBOURS = {"none": "", "digit": "[0-9]", "word": "[A-Za-z0-9_]", "token": "[A-Za-z0-9+/=_-]"}
STATES = 51
faults = []


def fault(name, text):
    faults.append(f"{name}: {text}")


def read_tsv(file_name, key):
    with open(FOLDER / file_name, encoding="utf-8", newline="") as lines:
        return {row[key]: row for row in csv.DictReader(lines, delimiter="\t")}


def load():
    identifiers, themes = [], []
    for path in sorted(FOLDER.glob("*.yaml")):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        identifiers += data.get("identifiers", [])
        themes += data.get("themes", [])
    return identifiers, themes


def check_examples(name, item):
    examples = item.get("examples", {})
    for side in ("positive", "negative"):
        if len(examples.get(side, [])) < 5:
            fault(name, f"fewer than five {side} examples")


def compiled(item):
    """The pattern with its boundary, in Python's syntax."""
    edge = NEIGHBOURS[item.get("boundary", "none")]
    pattern = item["pattern"].replace("(?m)", "")
    before, after = (f"(?<!{edge})", f"(?!{edge})") if edge else ("", "")
    flags = re.MULTILINE | (re.IGNORECASE if item.get("case_insensitive") else 0)
    return re.compile(f"{before}(?:{pattern}){after}", flags)


def keyword_near(item, text, begin, end):
    lower = text.lower()
    return any(begin - item["proximity"] <= hit.end() <= end
               for word in item["keywords"]
               for hit in re.finditer(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", lower))


def check_pattern(item):
    name = item["id"]
    pattern = compiled(item)
    for example in item["examples"]["positive"]:
        text, match = example["text"], example["match"]
        hits = [hit for hit in pattern.finditer(text) if match in hit.group()]
        if not hits:
            fault(name, f"pattern does not find a positive example: {text[:60]!r}")
        elif item.get("keyword_required") and not any(
                keyword_near(item, text, *hit.span()) for hit in hits):
            fault(name, f"no keyword near: {text[:60]!r}")
    if item.get("validator"):
        return
    for text in item["examples"]["negative"]:
        if any(not item.get("keyword_required") or keyword_near(item, text, *hit.span())
               for hit in pattern.finditer(text)):
            fault(name, f"pattern finds a negative example: {text[:60]!r}")


def check_identifier(item, regexes):
    name = item["id"]
    if not re.fullmatch("[A-Z][A-Z0-9_]*", name):
        fault(name, "not upper snake case")
    for field in ("name", "description", "source", "severities"):
        if not item.get(field):
            fault(name, f"no {field}")
    if item["category"] not in CATEGORIES:
        fault(name, f"unknown category {item['category']}")
    if item.get("pii_type") and item["pii_type"] not in PII_TYPES:
        fault(name, f"unknown pii_type {item['pii_type']}")
    if any(word != word.lower() for word in item.get("keywords", [])):
        fault(name, "keyword not in lower case")
    classic = item.get("classic_regex")
    if classic:
        row = regexes.get(classic)
        if row is None:
            fault(name, f"unknown classic_regex {classic}")
        elif (item["min_matches"], item["risk"]) != (int(row["min_matches"]), int(row["risk"])):
            fault(name, "min_matches or risk differ from classic-regexes.tsv")
    check_examples(name, item)
    if item.get("pattern"):
        check_pattern(item)


def check_theme(item, rows):
    name = item["name"]
    row = rows.get(name)
    if row is None:
        fault(name, "not in classic-themes.tsv")
    elif (item["min_keyword_combinations"], item["risk"]) != (
            int(row["min_keyword_combinations"]), int(row["risk"])):
        fault(name, "minimum or risk differ from classic-themes.tsv")
    if any(word != word.lower() for word in item["keywords"]):
        fault(name, "keyword not in lower case")
    check_examples(name, item)


def main():
    identifiers, themes = load()
    regexes = read_tsv("classic-regexes.tsv", "name")
    theme_rows = read_tsv("classic-themes.tsv", "theme")
    for item in identifiers:
        check_identifier(item, regexes)
    for item in themes:
        check_theme(item, theme_rows)
    for name in set(regexes) - {item.get("classic_regex") for item in identifiers}:
        fault(name, "no identifier carries this classic_regex")
    for name in set(theme_rows) - {item["name"] for item in themes}:
        fault(name, "no such theme in the data")
    for name in PII_TYPES - {item.get("pii_type") for item in identifiers}:
        fault(name, "no identifier carries this pii_type")
    ids = [item["id"] for item in identifiers]
    for name in {name for name in ids if ids.count(name) > 1}:
        fault(name, "twice")
    if sum(bool(re.fullmatch("US_[A-Z]{2}_DRIVERS_LICENSE", name)) for name in ids) != STATES:
        fault("drivers_licenses.yaml", f"not {STATES} jurisdictions")
    print("\n".join(faults) or f"{len(identifiers)} identifiers, {len(themes)} themes: all agree")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
