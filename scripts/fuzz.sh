#!/usr/bin/env bash
# Runs every fuzz target for a number of seconds each, two at a time; the corpus starts from the
# fixtures and stays in build-fuzz/corpus. Usage: fuzz.sh SECONDS [TARGET...]
# Exits 1 when any target found something; the input lies in build-fuzz/findings.
set -uo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-600}
shift || true
cmake --preset fuzz >/dev/null && cmake --build --preset fuzz -j "$(nproc)" || exit 1
mkdir -p build-fuzz/findings build-fuzz/logs

# The folders whose files a target starts from.
seeds_of() {
  echo tests/extract/golden tests/extract/documents
  case $1 in fuzz_identifier_file | fuzz_scanner) echo identifiers ;; esac
}

run_one() {
  local target=$1 seconds=$2 name corpus
  name=$(basename "$target")
  corpus=build-fuzz/corpus/$name
  mkdir -p "$corpus"
  # shellcheck disable=SC2046  # folders of ours, without spaces
  "$target" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=3000 -max_len=65536 \
    -artifact_prefix="build-fuzz/findings/$name-" -print_final_stats=1 \
    "$corpus" $(seeds_of "$name") >"build-fuzz/logs/$name.log" 2>&1
  local code=$?
  printf '%-24s %-8s %s executions\n' "$name" "$([ $code -eq 0 ] && echo clean || echo FOUND)" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' "build-fuzz/logs/$name.log")"
  return $code
}
export -f seeds_of run_one

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  mapfile -t targets < <(find build-fuzz/fuzz -maxdepth 1 -type f -executable -name 'fuzz_*' | sort)
else
  targets=("${targets[@]/#/build-fuzz/fuzz/}")
fi
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -c 'run_one {} '"$seconds"
