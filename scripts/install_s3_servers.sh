#!/bin/sh
# Installs into .deps the S3 servers that tests/s3 starts: versitygw (Go module proxy) and s3rver
# (npm). A third, the moto server, comes with scripts/requirements.txt. Does nothing when they are
# there already.
set -eu
cd "$(dirname "$0")/.."

VERSITYGW=v1.8.0
S3RVER=3.7.1
# Newest Go that the module above was built with; fetched as a module when the machine has none.
GO_TOOLCHAIN=1.26.8

deps="$PWD/.deps"
bin="$deps/bin"
mkdir -p "$bin"

# Prints a go command new enough for the module above. An older go (Debian's) fetches the newer one
# as the module golang.org/toolchain.
find_go() {
  if go version | grep -Eq 'go1\.(2[1-9]|[3-9][0-9])'; then
    command -v go
    return
  fi
  home="$deps/go-$GO_TOOLCHAIN"
  if [ ! -x "$home/bin/go" ]; then
    version="v0.0.1-go$GO_TOOLCHAIN.linux-$(dpkg --print-architecture)"
    module=$(go mod download -json "golang.org/toolchain@$version" |
      sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
    cp -r "$module" "$home.tmp"
    chmod -R u+w "$home.tmp"
    chmod -R a+x "$home.tmp/bin" "$home.tmp/pkg/tool"
    mv "$home.tmp" "$home"
  fi
  echo "$home/bin/go"
}

if [ ! -e "$bin/versitygw-$VERSITYGW" ]; then
  echo "installing versitygw $VERSITYGW"
  go=$(find_go)
  GOBIN="$bin" GOFLAGS="-ldflags=-s" "$go" install \
    "github.com/versity/versitygw/cmd/versitygw@$VERSITYGW"
  mv "$bin/versitygw" "$bin/versitygw-$VERSITYGW"
  ln -sf "versitygw-$VERSITYGW" "$bin/versitygw"
fi

if [ ! -e "$deps/s3rver-$S3RVER/node_modules/.bin/s3rver" ]; then
  echo "installing s3rver $S3RVER"
  npm install --silent --no-audit --no-fund --prefix "$deps/s3rver-$S3RVER" "s3rver@$S3RVER"
  ln -sf "../s3rver-$S3RVER/node_modules/.bin/s3rver" "$bin/s3rver"
fi
