#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# The way from a blank device to a registration, and what can stand in it: a row for each reason and error of the public
# header, a test for each known defect of earlier libraries. Prints the rows, leaves them in target/report/failures.json and
# the output of the tests in target/report/flow.log. Ends with 0 when every test has passed.
#
#   tools/flow.sh [option of the test programs ...]

set -uo pipefail
source "$(dirname "$0")/env.sh"
cargo_need
cd "$ROOT"

LOG="$REPORTS/flow.log"

mkdir -p "$REPORTS"
FLOW_REPORTS="$REPORTS" "$CARGO" test --locked --package flow-tests --no-fail-fast -- --nocapture "$@" >"$LOG" 2>&1
status=$?

grep -E '^  (DEFERRED|ERROR|failures)' "$LOG"
grep -E '^test .* FAILED$|^    [a-z_:0-9]+$|^test result:|^error' "$LOG"
exit "$status"
