#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Instructions for each kind of datagram (callgrind, release build for this machine) and bytes on the wire, each
# against its budget; target/report/bench.json. Ends with 1 when a budget is exceeded.
#
#   tools/bench.sh                  the table
#   tools/bench.sh profile <name>   where the instructions of one case go

set -euo pipefail
source "$(dirname "$0")/env.sh"
cargo_need
cd "$ROOT"

command -v valgrind >/dev/null || {
  echo "valgrind is missing: run 'make setup' as root" >&2
  exit 2
}
mkdir -p "$REPORTS"
rm -f "$REPORTS/bench.json"
"$CARGO" build --quiet --locked --release --package carrier-bench
if [[ ${1:-} == profile ]]; then
  exec "$(target_folder)/release/carrier-bench" profile "${2:?case name}"
fi
"$(target_folder)/release/carrier-bench" "$REPORTS/bench.json"
