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
  [[ ! -t 1 ]] || printf '      %s\r' "$name"
  "$@" >"$log" 2>&1 </dev/null
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

# Packages that are workspaces of their own, because what they need must not come near the archive.
APART=(core/fuzz/Cargo.toml abi-check/Cargo.toml)
PACKAGES=(--workspace --locked)

check_tree() { python3 tools/tree-check.py; }
check_format() {
  "$CARGO" fmt --all --check || return
  local manifest
  for manifest in "${APART[@]}"; do
    "$CARGO" fmt --manifest-path "$manifest" --check || return
  done
}
check_lint() {
  "$CARGO" clippy "${PACKAGES[@]}" --all-targets --quiet -- -D warnings || return
  "$CARGO" clippy --locked --manifest-path core/fuzz/Cargo.toml --target-dir "$(target_folder)/fuzz" --quiet -- -D warnings
}
check_licences() {
  if "$CARGO" deny --version; then
    "$CARGO" deny check licenses bans sources
  else
    python3 tools/licences.py
  fi
}
# Headers in every dialect, ABI, symbols of the archives, both device builds in the emulator, and all tests of the parts.
check_rust() { "$CARGO" test "${PACKAGES[@]}" --exclude conformance --exclude endurance --exclude flow-tests --no-fail-fast; }
# Builds that leave something out.
check_features() { tools/features.sh; }
check_docs() { RUSTDOCFLAGS="-D warnings" "$CARGO" doc "${PACKAGES[@]}" --no-deps --quiet; }
check_size() { tools/size.sh; }
check_bench() { tools/bench.sh; }
check_c_api() { tools/api-host.sh; }
check_vendor_abi() { "$CARGO" check --locked --quiet --manifest-path abi-check/Cargo.toml --target-dir "$(target_folder)/abi-check"; }
check_fuzz() { FUZZ_ENGINE=seeded tools/fuzz.sh 200000; }
check_conformance() {
  "$CARGO" test --locked --package conformance --lib || return
  tools/conformance.sh
}
check_flow() { tools/flow.sh; }
check_endurance() { tools/endurance.sh; }
check_demo() { tools/demo.sh; }
# Every message of the demonstration, decoded by Wireshark.
check_capture() { tools/capture-check.py target/demo/wire.pcapng; }
# The whole flow once more with the C side under sanitizers.
check_sanitizers() { SANITIZE=address,undefined tools/demo.sh; }
check_interop() { tools/interop.sh; }
# The same of all conversations with servers of others.
check_captures() { tools/capture-check.py target/interop/*/wire.pcapng; }
# The Zephyr module without a Zephyr tree.
check_zephyr() { tools/zephyr-test.sh; }

CHECKS=(tree format licences lint docs rust features c_api size bench vendor_abi zephyr fuzz demo capture sanitizers conformance flow endurance interop captures)
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
