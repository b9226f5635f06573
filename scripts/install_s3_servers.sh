#!/bin/sh
# Installs into .deps the S3 servers that tests/s3 starts: versitygw (Go module proxy) and s3rver
# (npm). A third, the moto server, comes with scripts/requirements.txt. Does nothing when they are
# there already.
set -eu
cd "$(dirname "$0")/.."

VERSITYGW=v1.8.0
S3RVER=3.7.1

deps="$PWD/.deps"
bin="$deps/bin"
mkdir -p "$bin"

. scripts/find_go.sh

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
