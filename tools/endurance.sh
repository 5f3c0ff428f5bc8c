#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# The archive over power cuts, a year of outages and a server that is dead for a day, in simulated time; some minutes. Leaves
# target/report/power-cut.json, year.json and two-servers.json, and the output of the tests in target/report/endurance.log. Ends with 0 when
# every test has passed.
#
#   tools/endurance.sh [power_cut | year | two_servers] ...     only those
#
# CARRIER_ARCHIVE and VIRTUAL_MODEM_LIB name an archive and a modem library that are already built.

set -uo pipefail
source "$(dirname "$0")/env.sh"
cargo_need
cd "$ROOT"

LOG="$REPORTS/endurance.log"
TESTS=()
for name in "$@"; do
  TESTS+=(--test "$name")
done

mkdir -p "$REPORTS"
rm -f "$REPORTS"/{power-cut,year,two-servers}.json
ENDURANCE_REPORTS="$REPORTS" "$CARGO" test --locked --no-fail-fast -p endurance "${TESTS[@]}" >"$LOG" 2>&1
status=$?

# The figures of each report, without its lists.
for report in power-cut year two-servers; do
  [[ -f "$REPORTS/$report.json" ]] || continue
  python3 - "$report" "$REPORTS/$report.json" <<'PYTHON'
import json, sys

name, path = sys.argv[1:]
report = json.load(open(path))
# A report of several cases has figures for each.
cases = {f"{name}, {key}": value for key, value in report.items() if isinstance(value, dict)} or {name: report}
for case, values in cases.items():
    figures = [f"{key} {value}" for key, value in values.items() if not isinstance(value, (list, dict))]
    print(f"  {case}: {', '.join(figures)}".replace("_", " "))
PYTHON
done

grep -E '^test .* FAILED$|^test result:|^error' "$LOG"
exit "$status"
