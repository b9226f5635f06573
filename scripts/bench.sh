#!/usr/bin/env bash
# Runs every benchmark and prints one table a subject, with ratios measured in the same run.
# Usage: bench.sh [NAME...]   names: engine gzip formats small-files s3 snapshot start memory peers
# store service fleet (default: all)
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh bench
cmake --preset bench >/dev/null
cmake --build --preset bench -j "$(nproc)" --target assay assay-classifier \
  engine_bench gzip_bench classify_bench s3_download snapshot_bench store_bench >/dev/null
exec .deps/venv/bin/python bench/bench.py --build build-bench "$@"
