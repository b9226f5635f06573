#!/usr/bin/env bash
# Puts Arrow C++ (headers and libraries, as the pyarrow wheel carries them) into .deps/arrow.
# Does nothing when it is there, or when the system has an Arrow of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
version=26.0.1
sha256=39cb0f2418282c24bea6ceda77b03e5a8f0a5766b63a8bf194d4e2a2c423548c
platform=manylinux_2_28_x86_64
target=.deps/arrow

if [ -f "$target/.version" ] && [ "$(cat "$target/.version")" = "$version" ]; then exit 0; fi
if pkg-config --exists arrow parquet 2>/dev/null; then exit 0; fi
if [ "$(uname -m)" != x86_64 ]; then
  echo "setup: no Arrow wheel is pinned for $(uname -m): Parquet, ORC and Arrow are not read" >&2
  exit 0
fi

echo "setup: Arrow C++ $version (pyarrow wheel) -> $target"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "pyarrow==$version --hash=sha256:$sha256" >"$work/requirements.txt"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" download -q --disable-pip-version-check --no-deps --only-binary :all: \
  --platform "$platform" --python-version 3.11 --implementation cp --require-hashes \
  -r "$work/requirements.txt" -d "$work"
mkdir -p "$work/unpacked"
python3 -m zipfile -e "$work"/pyarrow-*.whl "$work/unpacked"
rm -rf "$target"
mkdir -p "$target/pyarrow"
cp -r "$work/unpacked/pyarrow/include" "$target/pyarrow/"
cp "$work"/unpacked/pyarrow/libarrow.so.* "$work"/unpacked/pyarrow/libparquet.so.* "$target/pyarrow/"
cp "$work"/unpacked/pyarrow-*.dist-info/licenses/*.txt "$target/" 2>/dev/null || true
echo "$version" >"$target/.version"
