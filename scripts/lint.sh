#!/usr/bin/env bash
# Formatting, include levels, clang-tidy. A source that passed clang-tidy is not checked again until
# it, a header of ours, or the configuration changes.
set -euo pipefail
cd "$(dirname "$0")/.."

sources() { git ls-files --cached --others --exclude-standard "$@"; }

echo "lint: clang-format"
sources '*.h' '*.cc' | xargs clang-format-16 --dry-run --Werror

echo "lint: include levels"
python3 scripts/check_levels.py

echo "lint: clang-tidy"
[ -f build/build.ninja ] || cmake --preset release >/dev/null
# Sources that the build generates must exist before clang-tidy can read their includers.
cmake --build --preset release --target generated >/dev/null
mkdir -p build/tidy
common=$(cat .clang-tidy $(sources 'src/*.h' 'cli/*.h') | sha256sum | cut -c1-16)
check_one() {
  local source=$1 common=$2 stamp
  stamp=build/tidy/$(cat "$source" <(echo "$common $source") | sha256sum | cut -c1-32)
  [ -e "$stamp" ] && return 0
  clang-tidy-16 --quiet --extra-arg=-w -p build "$source" 2>&1 | grep -v 'warnings generated\|Suppressed\|Use -header-filter' || true
  [ "${PIPESTATUS[0]}" -eq 0 ] || return 255
  touch "$stamp"
}
export -f check_one
sources 'src/*.cc' 'cli/*.cc' | grep -v '_test\.cc$' |
  xargs -P "$(nproc)" -I{} bash -c 'check_one {} '"$common"
echo "lint: clean"
