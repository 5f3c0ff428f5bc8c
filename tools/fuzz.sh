#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Mutated input for the core: a seeded program that any compiler builds and, with a nightly compiler, libFuzzer on the
# same targets. Ends with 1 at the first input that leads to a panic, a hang or a wrong reply; target/report/fuzz.json.
#
#   tools/fuzz.sh [runs [seed]]     a million by default, by libFuzzer for FUZZ_SECONDS (240) a target at most;
#                                   FUZZ_ENGINE=seeded leaves libFuzzer out

set -euo pipefail
source "$(dirname "$0")/env.sh"
cargo_need
cd "$ROOT"

RUNS=${1:-1000000}
SEED=${2:-1}
MANIFEST=core/fuzz/Cargo.toml
SCRATCH="$(target_folder)/fuzz"
mkdir -p "$REPORTS" "$SCRATCH"
rm -f "$REPORTS/fuzz.json"

# The folder with cargo-fuzz and a nightly cargo, or nothing. Installs cargo-fuzz once.
nightly_cargo() {
  [[ ${FUZZ_ENGINE:-} != seeded ]] || return 1
  local cargo
  cargo=$(rustup which --toolchain nightly cargo 2>/dev/null) || return 1
  if ! PATH="$SCRATCH/bin:$PATH" command -v cargo-fuzz >/dev/null; then
    "$CARGO" install --quiet --locked --root "$SCRATCH" cargo-fuzz --version '^0.13' >&2 || return 1
  fi
  printf '%s\n' "$cargo"
}

"$CARGO" build --quiet --locked --release --manifest-path "$MANIFEST" --target-dir "$SCRATCH" --bin mutate
timeout 1800 "$SCRATCH/release/mutate" "$RUNS" "$SEED" "$SCRATCH/seeded.json"
LINES=$(sed -n 's/^  \({.*}\),\{0,1\}$/\1/p' "$SCRATCH/seeded.json")

if NIGHTLY=$(nightly_cargo); then
  PATH="$(dirname "$NIGHTLY"):$SCRATCH/bin:$PATH"
  for target in datagram bootstrap record payload modem card; do
    log="$SCRATCH/$target.log"
    mkdir -p "$SCRATCH/corpus/$target"
    if ! RUSTC_BOOTSTRAP=0 cargo-fuzz fuzz run --fuzz-dir core/fuzz --target-dir "$SCRATCH/libfuzzer" --features libfuzzer \
      "$target" "$SCRATCH/corpus/$target" -- -runs="$RUNS" -max_total_time="${FUZZ_SECONDS:-240}" -max_len=4096 -timeout=5 \
      -artifact_prefix="$SCRATCH/" >"$log" 2>&1; then
      tail -n 40 "$log" >&2
      exit 1
    fi
    read -r done_runs seconds < <(sed -n 's/^Done \([0-9]*\) runs in \([0-9]*\) second.*/\1 \2/p' "$log")
    printf '%-10s %9d inputs %5d.0 s   libFuzzer            ok\n' "$target" "$done_runs" "$seconds"
    LINES+=$'\n'"{\"target\": \"$target\", \"engine\": \"libfuzzer\", \"runs\": $done_runs, \"seconds\": $seconds, \"failures\": 0}"
  done
fi

{
  echo '['
  sed -e 's/^/  /' -e '$!s/$/,/' <<<"$LINES"
  echo ']'
} >"$REPORTS/fuzz.json"
