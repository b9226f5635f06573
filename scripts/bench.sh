#!/usr/bin/env bash
# Runs every benchmark and prints one table a subject, with ratios measured in the same run.
# Usage: bench.sh [NAME...]   names: engine gzip small-files s3 start memory peers store (default: all)
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset bench >/dev/null
cmake --build --preset bench -j "$(nproc)" >/dev/null
exec .deps/venv/bin/python bench/bench.py --build build-bench "$@"
