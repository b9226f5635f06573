#!/usr/bin/env bash
# The demo: builds Assay, makes a synthetic estate of two accounts, and runs the service over it:
# integrates the member, selects every bucket with Classify all, classifies, shows what is risky.
# DEMO_DIR=folder (.demo by default), DEMO_ONCE=1 ends after the table instead of serving on.
set -euo pipefail
cd "$(dirname "$0")/.."
demo=${DEMO_DIR:-.demo}
master=111122223333 member=444455556666
[ -f build/build.ninja ] || cmake --preset release -DASSAY_BUILD_TESTS=OFF >/dev/null
cmake --build --preset release --target assay assay-classifier -j "$(nproc)"
assay=build/assay

mkdir -p "$demo"
python3 scripts/make_demo_data.py "$demo/estate"
service=$demo/service
if [ -e "$service/lock" ] && ! flock -n "$service/lock" true; then
  echo "demo: an earlier demo still serves from $service; stop it first (Ctrl-C)" >&2
  exit 1
fi
rm -rf "$service"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

say "Setting up a service for account $master"
$assay init --dir "$service" --master-account $master \
  --directory $master="$demo/estate/$master" --directory $member="$demo/estate/$member" \
  --format json >"$service.access.json"
chmod 600 "$service.access.json"
$assay serve --dir "$service" --listen "${DEMO_LISTEN:-127.0.0.1:0}" 2>"$demo/serve.log" &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null || true' EXIT
for _ in $(seq 300); do
  [ -e "$service/address" ] && break
  kill -0 $server 2>/dev/null || { cat "$demo/serve.log" >&2; exit 1; }
  sleep 0.1
done

say "Integrating member account $member"
$assay accounts add --dir "$service" $member
for account in $master $member; do
  say "What classifying all of account $account would process and cost"
  $assay estimate --dir "$service" --account $account
  buckets=$(cd "$demo/estate/$account" && ls)
  # shellcheck disable=SC2086  # one word a bucket is what is wanted
  $assay resources add --dir "$service" --account $account --classify-all $buckets
done

say "Classifying"
$assay status --dir "$service" --wait
say "The riskiest objects"
$assay objects list --dir "$service" --limit 15

if [ -n "${DEMO_ONCE:-}" ] || [ ! -t 1 ]; then
  printf '\nThe service ends now. On a terminal, and without DEMO_ONCE=1, it goes on with the web console.\n'
  exit 0
fi

address=$(cat "$service/address")
read_member() { python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$service.access.json" "$1"; }
cat <<TEXT

The console: $address
  sign in as $(read_member console_user) with the password $(read_member console_password)
The stock AWS CLI speaks to the same address:
  export AWS_ACCESS_KEY_ID=$(read_member access_key_id) AWS_DEFAULT_REGION=us-east-1
  export AWS_SECRET_ACCESS_KEY=$(read_member secret_access_key)
  aws macie list-member-accounts --endpoint-url $address
  aws macie list-s3-resources --member-account-id $member --endpoint-url $address
  aws macie disassociate-s3-resources --endpoint-url $address \\
      --associated-s3-resources bucketName=website
Without a service: $assay scan $demo/estate --format html -o $demo/report.html
TEXT
echo
echo "Serving until Ctrl-C; what you put into $demo/estate/$master/<bucket>/ is classified within a minute."
wait $server
