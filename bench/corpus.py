"""Synthetic data for the benchmarks: fixed seed, nothing about anybody."""

import gzip
import os
import pathlib
import random

WORDS = """time year people way day man thing woman life child world school state family student group
country problem hand part place case week company system program question work government number night
point home water room mother area money story fact month lot right study book eye job word business issue
side kind head house service friend father power hour game line end member law car city community name
president team minute idea kid body information back parent face others level office door health person
art war history party result change morning reason research girl guy moment air teacher force education
the of and to in is that for it as was with be by on not he his but at are this have from or had an they""".split()

# The literal and number shapes of our ruleset that a line-counting tool can express.
PEER_PATTERNS = [
    r"AKIA[A-Z0-9]{16}", r"-----BEGIN [A-Z ]*PRIVATE KEY", r"xox[abprs]-[A-Za-z0-9-]{10,}",
    r"gh[pousr]_[A-Za-z0-9]{36}", r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]+\.[A-Za-z]{2,}",
    r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b", r"\b(?:[0-9]{4}[ -]?){3}[0-9]{4}\b", r"\b3[47][0-9]{13}\b",
    r"\b[0-9]{9}\b", r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b", r"\b[0-9]{3}[-. ][0-9]{3}[-. ][0-9]{4}\b",
    r"CVE-[0-9]{4}-[0-9]{4,}", r"\b[A-Z][0-9]{7}\b", r"\b[0-9]{5}-[0-9]{4}\b",
]


def _luhn_complete(digits):
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = digit * 2 if index % 2 == 0 else digit
        total += value - 9 if value > 9 else value
    return digits + [(10 - total % 10) % 10]


def card(rng):
    return "".join(map(str, _luhn_complete([4] + [rng.randrange(10) for _ in range(14)])))


def sentence(rng):
    words = rng.choices(WORDS, k=rng.randrange(6, 18))
    return " ".join(words).capitalize() + "."


def _write(path, size, make_line):
    """Writes lines until the file has `size` bytes; repeats a block of 8 MiB of fresh lines."""
    block, length = [], 0
    while length < min(size, 8 << 20):
        line = make_line()
        block.append(line)
        length += len(line) + 1
    data = ("\n".join(block) + "\n").encode()
    with open(path, "wb") as out:
        written = 0
        while written < size:
            out.write(data[: size - written])
            written += len(data)


def write_prose(path, size, seed=1):
    rng = random.Random(seed)
    _write(path, size, lambda: " ".join(sentence(rng) for _ in range(4)))


def write_logs(path, size, seed=2):
    rng = random.Random(seed)

    def line():
        return (f'10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)} - - '
                f'[12/Mar/2026:10:{rng.randrange(60):02}:{rng.randrange(60):02} +0000] '
                f'"GET /{rng.choice(WORDS)}/{rng.randrange(10**8)} HTTP/1.1" 200 {rng.randrange(10**6)} '
                f'"https://example.org/{rng.choice(WORDS)}" "Mozilla/5.0 (X11; Linux x86_64)"')
    _write(path, size, line)


def write_dense_csv(path, size, seed=3):
    rng = random.Random(seed)

    def line():
        return (f"{rng.randrange(10**6)},{rng.choice(WORDS)}.{rng.choice(WORDS)}@example.com,"
                f"{rng.randrange(100, 665)}-{rng.randrange(1, 99):02}-{rng.randrange(1, 9999):04},"
                f"{card(rng)},{rng.randrange(1940, 2005)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02},"
                f"({rng.randrange(201, 990)}) 555-{rng.randrange(10**4):04},{rng.randrange(10**9):09}")
    _write(path, size, line)


def write_small_files(folder, count, size, seed=4):
    """`count` files of `size` bytes: one in ten holds something to find; 1,000 a directory."""
    rng = random.Random(seed)
    text = " ".join(sentence(rng) for _ in range(20000))
    folder = pathlib.Path(folder)
    for number in range(count):
        if number % 1000 == 0:
            directory = folder / f"{number // 1000:04}"
            directory.mkdir(parents=True, exist_ok=True)
        start = rng.randrange(len(text) - size)
        body = text[start:start + size]
        if number % 10 == 0:
            body = f"card {card(rng)} of {rng.choice(WORDS)}@example.com\n" + body[: max(0, size - 60)]
        (directory / f"{number:07}.txt").write_text(body)


def write_many_links(folder, count, size, seed=5):
    """`count` names of objects, 1,000 a directory; those of a directory are one file, so that a million
    cost neither room nor much time."""
    rng = random.Random(seed)
    folder = pathlib.Path(folder)
    for number in range(count):
        if number % 1000 == 0:
            directory = folder / f"{number // 1000:04}"
            directory.mkdir(parents=True)
            first = directory / "0000000.txt"
            text = f"card {card(rng)}\n" + " ".join(sentence(rng) for _ in range(size // 40))
            first.write_text(text[:size])
        else:
            os.link(first, directory / f"{number:07}.txt")


MIXED_KINDS = [0, 0, 1, 0, 0, 1, 0, 0, 1, 2]


def write_mixed_files(folder, count, mean, seed=8, distinct=200):
    """`count` texts (six in ten), logs and tables (one in ten) as buckets have them: most are small, a few are
    many times as large as the `mean`. They are links to `distinct` files, 1,000 a directory."""
    rng = random.Random(seed)
    sizes = [rng.lognormvariate(0, 1.2) for _ in range(distinct)]
    scale = mean * distinct / sum(sizes)
    folder = pathlib.Path(folder)
    store = folder.parent / f"{folder.name}-files"  # not in the bucket
    store.mkdir(parents=True)
    for number, size in enumerate(sizes):
        write = [write_prose, write_logs, write_dense_csv][MIXED_KINDS[number % 10]]
        write(store / str(number), max(200, int(size * scale)), seed=number)
    for number in range(count):
        directory = folder / f"{number // 1000:04}"
        directory.mkdir(parents=True, exist_ok=True)
        kind = rng.randrange(distinct)
        os.link(store / str(kind), directory / f"{number:07}.{['txt', 'log', 'csv'][MIXED_KINDS[kind % 10]]}")


def write_format_samples(folder, size=8192, seed=6):
    """One document of about `size` bytes for every text format whose reading costs something."""
    rng = random.Random(seed)
    folder = pathlib.Path(folder)
    folder.mkdir()

    def fill(make):
        parts, length = [], 0
        while length < size:
            parts.append(make())
            length += len(parts[-1])
        return parts

    plain = "\n".join(fill(lambda: sentence(rng))) + "\n"
    accented = plain.replace("e", "\xe9", 40).replace("a", "\xe4", 40)
    rows = fill(lambda: f"{rng.choice(WORDS)},{rng.randrange(10**6)},{card(rng)},{rng.choice(WORDS)}@example.com\n")
    record = '{"name": "%s", "note": "a \\"quoted\\" \\u00e9\\n%s", "id": %d}'
    records = fill(lambda: record % (rng.choice(WORDS), sentence(rng), rng.randrange(10**6)))
    items = fill(lambda: f'<p class="{rng.choice(WORDS)}">{sentence(rng)} &amp; <b>{rng.choice(WORDS)}</b></p>\n')
    samples = {
        "ascii.txt": plain.encode(),
        "utf8.txt": accented.encode(),
        "latin1.txt": accented.encode("latin-1"),
        "utf16.txt": accented.encode("utf-16"),
        "table.csv": ("word,number,card,mail\n" + "".join(rows)).encode(),
        "escaped.json": ("[" + ",\n".join(records) + "]").encode(),
        "escaped.jsonl": "\n".join(records).encode(),
        "page.html": ("<!DOCTYPE html><html><body>" + "".join(items) + "</body></html>").encode(),
        "data.xml": ('<?xml version="1.0"?><doc>' + "".join(items) + "</doc>").encode(),
        "plain.txt.gz": gzip.compress(plain.encode(), mtime=0),
    }
    for name, data in samples.items():
        (folder / name).write_bytes(data)
