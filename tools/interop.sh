#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# The C sample against an Eclipse Leshan demo server from Maven artifacts, over CoAP and over DTLS.
# Everything stays on loopback and under target/interop.

set -euo pipefail
source "$(dirname "$0")/host.sh"

CLASSPATH_FOLDER="$ROOT/target/leshan"

classpath_fetch() {
  # The stamp names the pom it was made from.
  local stamp="$CLASSPATH_FOLDER/.pom.sha256" now
  now=$(sha256sum <"$ROOT/interop/pom.xml")
  if [[ -f $stamp && $(<"$stamp") == "$now" ]]; then
    return
  fi
  echo "Fetching Leshan from Maven Central"
  rm -rf "$CLASSPATH_FOLDER"
  mvn -q -B -f "$ROOT/interop/pom.xml" dependency:copy-dependencies \
    -DoutputDirectory="$CLASSPATH_FOLDER"
  echo "$now" >"$stamp"
}

cargo_need
host_build
"$CARGO" build --quiet --locked --manifest-path "$ROOT/Cargo.toml" -p interop
classpath_fetch
SCRATCH="$ROOT/target/interop"
rm -rf "$SCRATCH"
mkdir -p "$SCRATCH" "$REPORTS"
exec "$(target_folder)/debug/interop" \
  --repository "$ROOT" --classpath "$CLASSPATH_FOLDER" \
  --archive "$ARCHIVE" --modem "$MODEM" \
  --scratch "$SCRATCH" --report "$REPORTS/interop.json"
