#!/usr/bin/env bash
# Formatting, include levels, clang-tidy. A source that passed clang-tidy is not checked again until
# it, a header of ours, or the configuration changes.
# Usage: lint.sh [--analyze]
# --analyze runs clang's path-sensitive analyzer instead of the checks of .clang-tidy: it takes twice
# as long as all of those together, so it belongs to make test-all.
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in '' | --analyze) ;; *) sed -n '2,6s/^# //p' scripts/lint.sh; exit 2 ;; esac
checks=()
if [ "${1:-}" = --analyze ]; then
  checks=(--checks='-*,performance-unnecessary-value-param,clang-analyzer-core*,clang-analyzer-cplusplus*,-clang-analyzer-cplusplus.NewDeleteLeaks')
fi

sources() { git ls-files --cached --others --exclude-standard "$@"; }

echo "lint: clang-format"
sources '*.h' '*.cc' | xargs clang-format-16 --dry-run --Werror

echo "lint: include levels"
python3 scripts/check_levels.py

echo "lint: console"
scripts/console.sh lint

echo "lint: clang-tidy"
[ -f build/build.ninja ] || cmake --preset release >/dev/null
# Sources that the build generates must exist before clang-tidy can read their includers.
cmake --build --preset release --target generated >/dev/null
mkdir -p build/tidy
common=$(echo "${checks[@]}" | cat - .clang-tidy $(sources 'src/*.h' 'cli/*.h') | sha256sum | cut -c1-16)
# A finding that .clang-tidy does not make an error is printed, and does not fail.
check_one() {
  local source=$1 common=$2 stamp output code=0
  shift 2
  stamp=build/tidy/$(cat "$source" <(echo "$common $source") | sha256sum | cut -c1-32)
  [ -e "$stamp" ] && return 0
  # GCC's warning flags are in the compile commands, and clang does not know all of them.
  output=$(clang-tidy-16 --quiet "$@" --extra-arg=-Wno-unknown-warning-option -p build "$source" 2>&1) || code=$?
  grep -v '^$\|warnings\? generated\|Suppressed\|Use -header-filter\|warnings treated as errors' <<<"$output"
  [ "$code" -eq 0 ] || return 255
  touch "$stamp"
}
export -f check_one
sources 'src/*.cc' 'cli/*.cc' | grep -v '_test\.cc$' |
  xargs -P "$(nproc)" -I{} bash -c 'check_one "$@"' check_one {} "$common" "${checks[@]}"
echo "lint: clean"
