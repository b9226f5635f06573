#!/usr/bin/env bash
# Installs what this project needs and the machine lacks. Usage: setup.sh build|test|test-all|bench
# Quick and silent when nothing is missing. Uses sudo only when not root.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-build}

root=()
if [ "$(id -u)" -ne 0 ]; then root=(sudo); fi

missing_packages() {
  local wanted
  wanted=$(grep -v '^#' "$1" | grep .)
  # shellcheck disable=SC2086  # one word a package is what is wanted
  comm -23 <(printf '%s\n' $wanted | sort -u) \
    <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $wanted 2>/dev/null |
      sed -n 's/^ii *//p' | sort -u)
}

install_packages() {
  local missing
  missing=$(missing_packages scripts/packages.txt)
  # The console is built with npm, an S3 server to test against with go; a machine with its own keeps
  # them.
  command -v npm >/dev/null || missing="$missing npm"
  if [ "$what" != build ]; then
    command -v go >/dev/null || missing="$missing golang-go"
  fi
  if [ "$what" = bench ]; then missing="$missing $(missing_packages scripts/packages-bench.txt)"; fi
  [ -n "${missing// /}" ] || return 0
  echo "setup: installing Debian packages:" $missing
  if [ ${#root[@]} -gt 0 ] && ! command -v sudo >/dev/null; then
    echo "setup: not root and no sudo: run this as root: apt-get install" $missing >&2
    exit 1
  fi
  "${root[@]}" apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends \
    $missing >/dev/null
}

install_venv() {
  local stamp=.deps/venv/.requirements
  if [ -f "$stamp" ] && cmp -s "$stamp" scripts/requirements.txt; then return 0; fi
  echo "setup: Python packages for the tests -> .deps/venv"
  [ -x .deps/venv/bin/python ] || python3 -m venv .deps/venv
  .deps/venv/bin/pip install -q --disable-pip-version-check -r scripts/requirements.txt
  cp scripts/requirements.txt "$stamp"
}

install_packages
scripts/install_arrow.sh
if [ "$what" != build ]; then
  install_venv
  scripts/install_s3_servers.sh
  scripts/install_deploy_tools.sh "$what"
  scripts/install_sample_files.sh
fi
