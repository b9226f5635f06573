#!/usr/bin/env python3
"""Fails on an include that goes up: a folder of src/ may include only folders below it.

The levels are those of ARCHITECTURE.md. Folders on one level do not see each other.
"""

import pathlib
import re
import sys

LEVELS = [
    {"base"},
    {"aws", "store", "queue", "extract", "detect"},
    {"objectstore", "classify"},
    {"accounts"},
    {"inventory", "activity"},
    {"jobs", "alerts", "research"},
    {"api"},
    {"cli"},
]
# Stricter than the levels: the code that parses hostile bytes knows no keys and no network.
FORBIDDEN = {("classify", "aws"), ("classify", "store")}

LEVEL_OF = {folder: level for level, folders in enumerate(LEVELS) for folder in folders}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"/]+)/([^"]+)"')


def main() -> int:
    root = pathlib.Path(__file__).resolve().parent.parent
    sources = [p for top in ("src", "cli") for p in (root / top).rglob("*") if p.suffix in (".h", ".cc")]
    errors = []
    for path in sorted(sources):
        relative = path.relative_to(root)
        folder = relative.parts[1] if relative.parts[0] == "src" else "cli"
        if folder not in LEVEL_OF:
            errors.append(f"{relative}: folder {folder} has no level: add it to {pathlib.Path(__file__).name}")
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            if not match or match.group(1) not in LEVEL_OF or match.group(1) == folder:
                continue
            included = match.group(1)
            if LEVEL_OF[included] >= LEVEL_OF[folder] or (folder, included) in FORBIDDEN:
                errors.append(f"{relative}:{number}: {folder} must not include {included}/{match.group(2)}")
    for error in errors:
        print(error, file=sys.stderr)
    print(f"levels: {len(sources)} files, {len(errors)} upward includes")
    return 1 if errors or not sources else 0


if __name__ == "__main__":
    sys.exit(main())
