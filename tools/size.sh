#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# What the device archive costs: flash and RAM from the link map of the reference program, stack from the run in QEMU; the same of the
# variants with a name, and what each switch alone takes away. Writes target/report/size.json and fails when a budget is exceeded.
#
#   tools/size.sh [full]     full: only the build that says nothing

set -euo pipefail
source "$(dirname "$0")/env.sh"
cargo_need

triple=thumbv8m.main-none-eabihf
images="$(target_folder)/images/$triple"
mkdir -p "$REPORTS" "$images"

# target <link | run> <folder> [cargo option ...]
target() {
  local action=$1 folder=$2
  shift 2
  mkdir -p "$folder"
  if ! "$ROOT/tools/target.sh" "$action" "$triple" "$folder" "$@" >"$folder/run.log" 2>&1; then
    tail -n 40 "$folder/run.log"
    echo "size: building or running ${folder##*/} failed" >&2
    return 1
  fi
}

target run "$images"
builds=()
if [[ ${1:-} != full ]]; then
  while read -r kind name options; do
    action=link
    [[ $kind != variant ]] || action=run
    # shellcheck disable=SC2086
    target "$action" "$images/$kind/$name" $options
    builds+=("$kind/$name")
  done < <("$ROOT/tools/variants.py")
fi
python3 "$ROOT/tools/size-report.py" "$images" "$triple" "$REPORTS/size.json" "${builds[@]}"
