#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# The wire tests of the archive, as a table by row. Leaves target/report/conformance.json: a list of {id, need, result}, and the
# output of the tests in target/report/conformance.log. Ends with 0 when every test has passed, and each row of the list has been
# tested or has its reason there.
#
#   tools/conformance.sh [option of the test program ...]     such as --test-threads=4
#
# With Valgrind installed, the rows about damaged datagrams also run under it. CARRIER_ARCHIVE and VIRTUAL_MODEM_LIB name an
# archive and a modem library that are already built.

set -uo pipefail
source "$(dirname "$0")/env.sh"
cargo_need
cd "$ROOT"

LOG="$REPORTS/conformance.log"
REPORT="$REPORTS/conformance.json"
LIST="$ROOT/conformance/ROWS.md"

mkdir -p "$REPORTS"
"$CARGO" test --locked -p conformance --test wire -- "$@" >"$LOG" 2>&1
status=$?

# Damaged datagrams, provisioning and cards once more, with every memory access checked.
if command -v valgrind >/dev/null; then
  MEMCHECK_LOG="$REPORTS/conformance-memcheck.log"
  CARRIER_MEMCHECK=1 "$CARGO" test --locked -p conformance --test wire -- rb_02 rb_03 rb_10 bk_04 bs_14 no_room card_that_fails >"$MEMCHECK_LOG" 2>&1 || {
    status=1
    echo "memory check failed: ${MEMCHECK_LOG#"$ROOT"/}"
  }
fi

# The list gives id, need and test of each row; the log gives the results by test. Rows may be left out only by an option.
awk -v report="$REPORT" -v all="$(($# == 0))" '
  FNR == NR {
    if ($1 == "test" && $3 == "...") { name = $2; sub(/.*::/, "", name); result[name] = $4 }
    next
  }
  /^\| [A-Z][A-Z]-[0-9]/ {
    split($0, cell, " *\\| *")
    id = cell[2]; need = cell[3]; proof = cell[4]
    if (proof ~ /^`/) {
      gsub(/`/, "", proof)
      outcome = !(proof in result) ? "not run" : result[proof] == "ok" ? "passed" : "FAILED"
    } else {
      outcome = "not applicable"
    }
    printf "  %-6s %-6s %-15s %s\n", id, need, outcome, proof
    count[outcome]++
    rows = rows sprintf("%s  {\"id\": \"%s\", \"need\": \"%s\", \"result\": \"%s\"}", rows == "" ? "" : ",\n", id, need, tolower(outcome))
  }
  END {
    printf "[\n%s\n]\n", rows > report
    printf "  rows: %d passed, %d failed, %d not run, %d not applicable\n", count["passed"], count["FAILED"], count["not run"], count["not applicable"]
    exit(all && (count["not run"] > 0 || count["passed"] == 0))
  }' "$LOG" "$LIST" || status=1

# Whatever failed, also outside of the list, and the totals.
grep -E '^test .* FAILED$|^test result:|^error' "$LOG"
exit "$status"
