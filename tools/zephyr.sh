#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# The sample on boards that an emulator or this machine plays, built in a Zephyr tree (3.4 or newer) and talked to by the lab server: it
# registers, is read and observed, notifies, is told to reboot and registers again. Over UDP on each board and over DTLS on mps3_an547.
#
#   ZEPHYR_BASE=... tools/zephyr.sh [board ...]
#
# Environment besides what Zephyr wants (toolchain, Python packages): ZEPHYR_MODULES, modules outside of a west workspace, of which cmsis
# and mbedtls are needed. Leaves target/report/zephyr.json: a list of {board, transport, result, flash, ram}. Without a tree it says what
# was not run and succeeds.

set -euo pipefail
source "$(dirname "$0")/host.sh"

ENDPOINT=urn:imei:352656100000001
KEY=000102030405060708090a0b0c0d0e0f
SAMPLE_FOLDER="$ROOT/samples/zephyr/lwm2m_carrier"
BOARDS=("$@")
((${#BOARDS[@]})) || BOARDS=(mps2_an521 mps3_an547)
ROWS=()

if [[ -z ${ZEPHYR_BASE:-} ]]; then
  echo "zephyr: ZEPHYR_BASE is not set; not run: the sample on ${BOARDS[*]}"
  exit 0
fi

# build <folder> <board> [cmake option ...]: configures and builds; the program is <folder>/zephyr/zephyr.elf or .exe.
build() {
  local folder=$1 board=$2
  shift 2
  rm -rf "$folder"
  mkdir -p "$folder"
  # GNU ld 2.39 and newer warn of stacks that older Zephyrs do not mark.
  cmake -GNinja -S "$SAMPLE_FOLDER" -B "$folder" -DBOARD="$board" -DEXTRA_LDFLAGS=-Wl,--no-warn-execstack \
    ${ZEPHYR_MODULES:+-DZEPHYR_MODULES="$ZEPHYR_MODULES"} "$@" >"$folder/build.log" 2>&1 &&
    cmake --build "$folder" >>"$folder/build.log" 2>&1 || {
    tail -n 30 "$folder/build.log" >&2
    return 1
  }
}

# sizes <folder>: bytes of flash and of RAM.
sizes() {
  arm-none-eabi-size "$1/zephyr/zephyr.elf" | awk 'NR == 2 { print $1 + $2, $2 + $3 }'
}

# emulator <board>: the command that runs the program of that board in QEMU, as words in EMULATOR.
emulator() {
  case $1 in
    mps2_an521) EMULATOR=(qemu-system-arm -machine mps2-an521 -m 16) ;;
    mps3_an547) EMULATOR=(qemu-system-arm -machine mps3-an547) ;;
    mps2_an385) EMULATOR=(qemu-system-arm -machine mps2-an385 -m 16) ;;
    *) echo "zephyr: no emulator for $1" >&2; return 1 ;;
  esac
  EMULATOR+=(-nographic -monitor none -serial stdio -nic user,model=lan9118)
}

# converse <board> <folder> <coap | coaps>: device and server run until the script has ended.
converse() {
  local board=$1 folder=$2 transport=$3 status=0
  local server=(--coap 127.0.0.1:5683)
  [[ $transport == coap ]] || server=(--coaps 127.0.0.1:5684 --psk "$ENDPOINT:$KEY")
  "$LAB" serve "${server[@]}" --script "$ROOT/tools/zephyr.lab" --timeout 120s --report "$folder/lab.json" >"$folder/server.log" 2>&1 &
  local lab=$!
  STARTED+=("$lab")
  emulator "$board"
  timeout 150 "${EMULATOR[@]}" -kernel "$folder/zephyr/zephyr.elf" </dev/null >"$folder/device.log" 2>&1 &
  STARTED+=("$!")
  wait "$lab" || status=$?
  # The device may print the last event a moment after the server has seen it.
  sleep 2
  stop_started
  local seen
  seen=$(sed -n 's/^LWM2M_CARRIER_EVENT_\([A-Z_]*\).*/\1/p' "$folder/device.log" |
    grep -v -e '^LTE_LINK' | paste -sd' ' -)
  if ((status != 0)) || [[ $seen != "INIT "*"REGISTERED REBOOT LTE_POWER_OFF INIT "*REGISTERED* ]]; then
    tail -n 5 "$folder/server.log" >&2
    cat "$folder/device.log" >&2
    return 1
  fi
}

# try <board> <transport> [cmake option ...]
try() {
  local board=$1 transport=$2 word=fail flash=0 ram=0
  local folder="$(target_folder)/zephyr/$board-$transport"
  shift 2
  if build "$folder" "$board" "$@" && converse "$board" "$folder" "$transport"; then
    word=pass
    read -r flash ram < <(sizes "$folder")
  fi
  printf '%-4s  %-12s %-6s %8d bytes of flash %8d of RAM\n' "$word" "$board" "$transport" "$flash" "$ram"
  ROWS+=("  {\"board\": \"$board\", \"transport\": \"$transport\", \"result\": \"$word\", \"flash\": $flash, \"ram\": $ram}")
}

# without <board>: flash and RAM of the same application without the library, which has nothing to print then.
without() {
  local board=$1 flash ram folder
  folder="$(target_folder)/zephyr/$board-without"
  if build "$folder" "$board" -DCONFIG_LWM2M_CARRIER=n -DLWM2M_CARRIER_SAMPLE_EMPTY=ON; then
    read -r flash ram < <(sizes "$folder")
    printf '      %-12s %-6s %8d bytes of flash %8d of RAM\n' "$board" without "$flash" "$ram"
    ROWS+=("  {\"board\": \"$board\", \"transport\": \"none\", \"result\": \"built\", \"flash\": $flash, \"ram\": $ram}")
  else
    ROWS+=("  {\"board\": \"$board\", \"transport\": \"none\", \"result\": \"fail\", \"flash\": 0, \"ram\": 0}")
  fi
}

cargo_need
lab_build
mkdir -p "$REPORTS"
trap stop_started EXIT

for board in "${BOARDS[@]}"; do
  try "$board" coap
  without "$board"
  [[ $board != mps3_an547 ]] || try "$board" coaps -DEXTRA_CONF_FILE=dtls.conf
done
(IFS=$'\n'; printf '[\n%s\n]\n' "$(sed '$!s/$/,/' <<<"${ROWS[*]}")") >"$REPORTS/zephyr.json"
! grep -q '"fail"' "$REPORTS/zephyr.json"
