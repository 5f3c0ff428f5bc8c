#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# What the device archive costs: flash and RAM from the link map of the reference program, stack from the run in QEMU.
# Writes target/report/size.json and fails when a budget is exceeded.

set -euo pipefail
source "$(dirname "$0")/env.sh"
cargo_need

triple=thumbv8m.main-none-eabihf
images="$(target_folder)/images/$triple"
mkdir -p "$REPORTS" "$images"
if ! "$ROOT/tools/target.sh" run "$triple" "$images" >"$images/run.log" 2>&1; then
  tail -n 40 "$images/run.log"
  echo "the program in QEMU failed" >&2
  exit 1
fi
python3 "$ROOT/tools/size-report.py" "$images/reference.map" "$images/api-test.log" "$triple" "$REPORTS/size.json"
