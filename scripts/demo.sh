#!/usr/bin/env bash
# The demo: builds Assay, makes a small synthetic estate, classifies it.
set -euo pipefail
cd "$(dirname "$0")/.."
demo=${DEMO_DIR:-.demo}
[ -f build/build.ninja ] || cmake --preset release -DASSAY_BUILD_TESTS=OFF >/dev/null
cmake --build --preset release --target assay assay-classifier -j "$(nproc)"
mkdir -p "$demo"
python3 scripts/make_demo_data.py "$demo/estate"
echo
build/assay scan "$demo/estate"
cat <<EOF

Try next:
  build/assay scan $demo/estate --format html -o $demo/report.html   # one self-contained page
  build/assay scan $demo/estate --format jsonl | head -1             # everything about one object
  build/assay scan $demo/estate --fail-on 'risk>=8'; echo \$?         # 3: something risky was found
  build/assay identifiers list                                       # what Assay looks for
  build/assay scan --help
EOF
