#!/usr/bin/env bash
# Runs the tests of a built tree. Usage: test.sh [--all]
# --all adds the tests marked slow, runs the unit tests under ASan+UBSan and the threaded ones under
# TSan, and clang's analyzer over the sources.
set -euo pipefail
cd "$(dirname "$0")/.."
all=${1:-}
python=.deps/venv/bin/python

ctest --test-dir build --output-on-failure -j "$(nproc)"
scripts/console.sh test
# Most of these tests wait for peers: a file at a time on each core. The slow ones load a machine alone.
"$python" -m pytest -q -m "not slow" -n "$(nproc)" --dist loadfile tests

if [ "$all" = --all ]; then
  "$python" -m pytest -q -m slow tests
  cmake --preset asan >/dev/null && cmake --build --preset asan -j "$(nproc)"
  ctest --test-dir build-asan --output-on-failure -j "$(nproc)"
  ASSAY_BIN=build-asan/assay "$python" -m pytest -q -m "not slow and not timing" tests/cli
  cmake --preset tsan >/dev/null && cmake --build --preset tsan -j "$(nproc)"
  ctest --test-dir build-tsan --output-on-failure -j "$(nproc)" -L threads --no-tests=error
  scripts/lint.sh --analyze
fi
