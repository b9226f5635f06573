#!/usr/bin/env bash
# Builds the web console into console/dist, which CMake embeds. Does nothing when neither its sources
# nor the API's description changed since. Usage: console.sh [lint|test]
# lint: types and eslint; test: unit tests. Both want the packages only.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-build}
command -v npm >/dev/null || { echo "console: npm is missing: run make setup" >&2; exit 1; }

sum() { cat "$@" | sha256sum | cut -c1-32; }
packages=console/node_modules/.installed
if [ "$(cat "$packages" 2>/dev/null)" != "$(sum console/package-lock.json)" ]; then
  echo "console: npm packages -> console/node_modules"
  npm ci --prefix console --silent --no-audit --no-fund
  sum console/package-lock.json >"$packages"
fi

case $what in
  lint | test) exec npm run --prefix console --silent "$what" ;;
esac

mapfile -t inputs < <(git ls-files --cached --others --exclude-standard console docs/openapi.yaml |
  grep -v '^console/\(e2e\|README\)' | sort)
wanted=$(for file in "${inputs[@]}"; do [ -f "$file" ] && echo "$file" && cat "$file"; done | sum -)
if [ "$(cat console/dist.stamp 2>/dev/null)" = "$wanted" ] && [ -f console/dist/index.html ]; then exit 0; fi
echo "console: building"
rm -rf console/dist
npm run --prefix console --silent build
echo "$wanted" >console/dist.stamp
