#!/bin/sh
# Fetches into .deps/samples files of formats that no tool of ours can write: an Outlook folder (PST),
# which the npm package pst-extractor carries for its own tests. Does nothing when it is there.
set -eu
cd "$(dirname "$0")/.."

PST_EXTRACTOR=1.12.0

samples="$PWD/.deps/samples"
[ ! -e "$samples/mail-$PST_EXTRACTOR.pst" ] || exit 0
echo "fetching a sample of PST (pst-extractor $PST_EXTRACTOR)"
mkdir -p "$samples"
fetched=$(mktemp -d)
trap 'rm -rf "$fetched"' EXIT
npm pack --silent --pack-destination "$fetched" "pst-extractor@$PST_EXTRACTOR" >/dev/null
tar -xzf "$fetched/pst-extractor-$PST_EXTRACTOR.tgz" -C "$fetched" package/example/testdata/enron.pst
mv "$fetched/package/example/testdata/enron.pst" "$samples/mail-$PST_EXTRACTOR.pst"
ln -sf "mail-$PST_EXTRACTOR.pst" "$samples/mail.pst"
