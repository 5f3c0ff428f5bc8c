#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# The C sample against two generations of Eclipse Leshan from Maven artifacts, over CoAP and over DTLS:
# the newest demo server that is published, and the newest libraries with a front of ours.
# Everything stays on loopback and under target/.

set -euo pipefail
source "$(dirname "$0")/host.sh"

# jars_fetch <folder below interop/>: the class path that its pom names, in target/ under the same name.
jars_fetch() {
  local pom="$ROOT/interop/$1/pom.xml" folder="$ROOT/target/$1"
  # The stamp tells which pom the jars belong to.
  local now
  now=$(sha256sum <"$pom")
  if [[ -f $folder/pom.sha256 && $(<"$folder/pom.sha256") == "$now" ]]; then
    return
  fi
  echo "Fetching $1 from Maven Central"
  rm -rf "$folder"
  mvn -q -B -f "$pom" dependency:copy-dependencies -DoutputDirectory="$folder"
  echo "$now" >"$folder/pom.sha256"
}

cargo_need
host_build
"$CARGO" build --quiet --locked --manifest-path "$ROOT/Cargo.toml" -p interop
jars_fetch leshan-demo
jars_fetch leshan-peer
javac -cp "$ROOT/target/leshan-peer/*" -d "$ROOT/target/leshan-peer/classes" \
  "$ROOT"/interop/leshan-peer/src/interop/*.java
SCRATCH="$ROOT/target/interop"
rm -rf "$SCRATCH"
mkdir -p "$SCRATCH" "$REPORTS"
exec "$(target_folder)/debug/interop" \
  --repository "$ROOT" --demo "$ROOT/target/leshan-demo" --peer "$ROOT/target/leshan-peer" \
  --archive "$ARCHIVE" --modem "$MODEM" \
  --scratch "$SCRATCH" --report "$REPORTS/interop.json"
