#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# liblwm2m_carrier.a for this machine and for both calling conventions of the Cortex-M33, in target/lib/<target>/.
# Leaves target/report/archive.json: a list of {target, file, bytes}.

set -euo pipefail
source "$(dirname "$0")/env.sh"
cargo_need
cd "$ROOT"

mkdir -p "$REPORTS"
rows=()
for target in host thumbv8m.main-none-eabihf thumbv8m.main-none-eabi; do
  archive=$(tools/build-archive.sh "$target" "$(target_folder)/lib/$target" --quiet | tail -n 1)
  bytes=$(stat -c %s "$archive")
  printf '  %-28s %9d bytes  %s\n' "$target" "$bytes" "${archive#"$ROOT"/}"
  rows+=("  {\"target\": \"$target\", \"file\": \"${archive#"$ROOT"/}\", \"bytes\": $bytes}")
done
(IFS=$'\n'; printf '[\n%s\n]\n' "$(sed '$!s/$/,/' <<<"${rows[*]}")") >"$REPORTS/archive.json"
