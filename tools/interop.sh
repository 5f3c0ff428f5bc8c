#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# The C sample against two generations of Eclipse Leshan from Maven artifacts, over CoAP and over DTLS: with a
# management server alone, and with a bootstrap server beside it. Of the old generation the demo server is
# published; everything else is the libraries, as new as they are published, with fronts of ours. And against a
# server on aiocoap, with Mbed TLS for the DTLS, from the Python package index.
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

# front_compile <jars> <source folder>...: a front of ours, to the folder that FRONT names.
front_compile() {
  local jars=$1 sources=()
  shift
  for folder in leshan-shared/src "$@"; do
    sources+=("$ROOT/interop/$folder"/interop/*.java)
  done
  javac -cp "$ROOT/target/$jars/*" -d "$FRONT" "${sources[@]}"
}

# python_fetch: a Python with the packages of interop/aiocoap/requirements.txt; sets PYTHON.
python_fetch() {
  local list="$ROOT/interop/aiocoap/requirements.txt" folder="$ROOT/target/aiocoap"
  PYTHON="$folder/bin/python"
  if cmp -s "$list" "$folder/requirements.txt"; then
    return
  fi
  echo "Fetching aiocoap from the Python package index"
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$PYTHON" -m pip install --quiet --disable-pip-version-check --only-binary :all: -r "$list"
  cp "$list" "$folder/requirements.txt"
}

cargo_need
host_build
ARCHIVE_1_1="$(target_folder)/lib/host-1-1/liblwm2m_carrier.a"
"$ROOT/tools/build-archive.sh" host "$(dirname "$ARCHIVE_1_1")" --features lwm2m-1-1 --quiet >/dev/null
"$CARGO" build --quiet --locked --manifest-path "$ROOT/Cargo.toml" -p interop
jars_fetch leshan-demo
jars_fetch leshan-peer
jars_fetch leshan-bootstrap
python_fetch
FRONTS="$ROOT/target/leshan-fronts"
FRONT="$FRONTS/peer" front_compile leshan-peer leshan-peer/src
FRONT="$FRONTS/bootstrap-M4" front_compile leshan-demo leshan-bootstrap/src leshan-bootstrap/M4
FRONT="$FRONTS/bootstrap-M15" front_compile leshan-bootstrap leshan-bootstrap/src leshan-bootstrap/M15
SCRATCH="$ROOT/target/interop"
rm -rf "$SCRATCH"
mkdir -p "$SCRATCH" "$REPORTS"
exec "$(target_folder)/debug/interop" \
  --repository "$ROOT" --jars "$ROOT/target" --fronts "$FRONTS" --python "$PYTHON" \
  --archive "$ARCHIVE" --archive-1-1 "$ARCHIVE_1_1" --modem "$MODEM" \
  --scratch "$SCRATCH" --report "$REPORTS/interop.json"
