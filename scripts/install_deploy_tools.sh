#!/bin/sh
# Installs into .deps/bin what tests/deploy checks deploy/ with: the reader of compose files, and for
# test-all helm, which takes minutes to build (both from the Go module proxy). Does nothing when they
# are there already. Usage: install_deploy_tools.sh test|test-all
set -eu
cd "$(dirname "$0")/.."
. scripts/find_go.sh

HELM=v3.19.2
COMPOSE_GO=v2.9.1

bin="$PWD/.deps/bin"
mkdir -p "$bin"

# install NAME VERSION PACKAGE
install() {
  if [ -e "$bin/$1-$2" ]; then return 0; fi
  echo "installing $1 $2"
  work=$(mktemp -d)
  GOBIN="$work" GOFLAGS="-ldflags=-s" "$(find_go)" install "$3@$2"
  mv "$work"/* "$bin/$1-$2"
  rmdir "$work"
  ln -sf "$1-$2" "$bin/$1"
}

install compose-spec "$COMPOSE_GO" github.com/compose-spec/compose-go/v2/cmd
if [ "${1:-}" = test-all ]; then install helm "$HELM" helm.sh/helm/v3/cmd/helm; fi
