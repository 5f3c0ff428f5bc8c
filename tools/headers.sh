#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Writes include/*.h anew from the Rust sources, and has each compiled alone in every dialect by every compiler.
# Leaves target/report/headers.json: a list of {header, changed}.

set -euo pipefail
source "$(dirname "$0")/env.sh"
cargo_need
cd "$ROOT"

mkdir -p "$REPORTS"
before=$(cd include && sha256sum -- *.h)
UPDATE_HEADERS=1 "$CARGO" test --quiet --locked --package lwm2m-carrier --test headers
rows=()
for header in include/*.h; do
  name=${header#include/}
  changed=true
  if grep -qF "$(sha256sum <"$header" | cut -d' ' -f1)  $name" <<<"$before"; then
    changed=false
  fi
  printf '  %-28s %s\n' "$name" "$([[ $changed == true ]] && echo written anew || echo unchanged)"
  rows+=("  {\"header\": \"$name\", \"changed\": $changed}")
done
(IFS=$'\n'; printf '[\n%s\n]\n' "$(sed '$!s/$/,/' <<<"${rows[*]}")") >"$REPORTS/headers.json"
