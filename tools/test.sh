#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Everything that must hold, one line each, with the logs in target/report/test/. A check that fails does
# not stop the others. The last line has the totals: each Rust test counts, and each other check.
#
#   tools/test.sh [check ...]     only the named ones

set -uo pipefail
source "$(dirname "$0")/host.sh"
cargo_need
cd "$ROOT"

LOGS="$REPORTS/test"
PASSED=0
FAILED=0
RESULTS=()

# Rust's own totals in a log; "0 0" when it has none.
rust_totals() {
  awk '/^test result:/ { for (i = 2; i <= NF; i++) {
         if ($i == "passed;") passed += $(i - 1)
         if ($i == "failed;") failed += $(i - 1) } }
       END { printf "%d %d\n", passed, failed }' "$1"
}

# check <name> <command ...>
check() {
  local name=$1 log="$LOGS/$1.log" begin=$SECONDS word=pass passed failed status
  shift
  "$@" >"$log" 2>&1
  status=$?
  read -r passed failed < <(rust_totals "$log")
  if ((passed + failed == 0)); then
    ((status == 0)) && passed=1 || failed=1
  elif ((status != 0 && failed == 0)); then
    failed=1
  fi
  if ((status != 0)); then
    word=FAIL
  fi
  ((PASSED += passed, FAILED += failed))
  RESULTS+=("{\"check\": \"$name\", \"result\": \"${word,,}\", \"passed\": $passed, \"failed\": $failed, \"seconds\": $((SECONDS - begin))}")
  printf '%-4s  %-14s %5d passed %4d failed %5d s\n' "$word" "$name" "$passed" "$failed" $((SECONDS - begin))
  if ((status != 0)); then
    tail -n 25 "$log" | sed 's/^/      | /'
  fi
}

check_format() { "$CARGO" fmt --all --check; }
PACKAGES=(--workspace --locked)
check_lint() { "$CARGO" clippy "${PACKAGES[@]}" --all-targets --quiet -- -D warnings; }
check_rust() { "$CARGO" test "${PACKAGES[@]}" --no-fail-fast; }
check_docs() { RUSTDOCFLAGS="-D warnings" "$CARGO" doc "${PACKAGES[@]}" --no-deps --quiet; }

# The whole flow once more with the C side under sanitizers.
check_sanitizers() { SANITIZE=address,undefined tools/demo.sh; }
check_demo() { tools/demo.sh; }
check_capture() { tools/capture-check.sh "$ROOT/target/demo/wire.pcapng"; }
check_size() { tools/size.sh; }
check_soft_float() {
  local triple=thumbv8m.main-none-eabi
  tools/target.sh run "$triple" "$(target_folder)/images/$triple"
}
check_bench() { tools/bench.sh; }
check_c_api() { tools/api-host.sh; }
# A package of its own: the vendor's crates must not come near the archive.
check_vendor_abi() { "$CARGO" check --locked --quiet --manifest-path abi-check/Cargo.toml; }
check_interop() { tools/interop.sh; }

CHECKS=(format lint rust docs c_api size soft_float bench vendor_abi demo capture sanitizers interop)
if [[ $# -gt 0 ]]; then
  CHECKS=("$@")
fi

mkdir -p "$LOGS"
for name in "${CHECKS[@]}"; do
  check "$name" "check_$name"
done

{
  echo '['
  for i in "${!RESULTS[@]}"; do
    printf '  %s%s\n' "${RESULTS[$i]}" "$([[ $i -lt $((${#RESULTS[@]} - 1)) ]] && echo ,)"
  done
  echo ']'
} >"$REPORTS/test.json"

echo "$PASSED passed, $FAILED failed"
((FAILED == 0))
