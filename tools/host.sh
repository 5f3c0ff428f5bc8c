# SPDX-License-Identifier: MIT OR Apache-2.0
#
# For sourcing: builds for this machine. The archive is the shipping one; modem and servers are
# tools, so they take the faster build.

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

# Builds the archive and the modem; sets ARCHIVE and MODEM to the files.
host_build() {
  "$ROOT/tools/build-archive.sh" host "$(target_folder)/lib/host" --quiet >/dev/null
  "$CARGO" build --quiet --locked --manifest-path "$ROOT/Cargo.toml" -p virtual-modem
  ARCHIVE="$(target_folder)/lib/host/liblwm2m_carrier.a"
  MODEM="$(target_folder)/debug/libvirtual_modem.so"
}

# Builds the lab server; sets LAB.
lab_build() {
  "$CARGO" build --quiet --locked --manifest-path "$ROOT/Cargo.toml" -p carrier-lab
  LAB="$(target_folder)/debug/carrier-lab"
}

# sample_build <folder> <configuration file> [cmake option ...]; sets SAMPLE.
sample_build() {
  local folder=$1 conf=$2
  shift 2
  cmake -S "$ROOT/samples/host" -B "$folder" -DEXTRA_CONF="$conf" \
    -DCARRIER_ARCHIVE="$ARCHIVE" -DVIRTUAL_MODEM="$MODEM" "$@" >"$folder.log"
  cmake --build "$folder" >>"$folder.log" || {
    cat "$folder.log" >&2
    return 1
  }
  SAMPLE="$folder/lwm2m_carrier_sample"
}
