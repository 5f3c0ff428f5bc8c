#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# One device's life: the C sample on the virtual modem, blank, is bootstrapped by one lab server and registers
# with another, both over DTLS; is read, gets another lifetime, notifies a battery level that another thread of
# the application reported, is told to reboot, and registers in its next life without a bootstrap. Both sides
# print what they see.
#
# Leaves target/demo/wire.pcapng, with the secrets of its sessions in it, and target/report/demo.json.
# SANITIZE=address,undefined instruments the C side.

set -euo pipefail
source "$(dirname "$0")/host.sh"

ENDPOINT=urn:imei:352656100000001
BOOTSTRAP_KEY=000102030405060708090a0b0c0d0e0f
# Identity and key the device is given for management.
IDENTITY=demo-management
KEY=101112131415161718191a1b1c1d1e1f
# 75 % for the sample, and the script waits for that; the modem starts with 3600 mV, 50 %.
NEW_VOLTAGE_MV=3900
SANITIZE=${SANITIZE:-}
FOLDER="$ROOT/target/demo${SANITIZE:+-sanitized}"
REPORT="$REPORTS/demo${SANITIZE:+-sanitized}.json"

# wait_for <file> <text> <seconds>: until a line of the file has the text.
wait_for() {
  local end=$((SECONDS + $3))
  until grep -qF -- "$2" "$1" 2>/dev/null; do
    if ((SECONDS >= end)); then
      echo "demo: nothing like '$2' within $3 s" >&2
      return 1
    fi
    sleep 0.1
  done
}

# modem_control <line>: one command to the modem's control socket; fails when the modem refuses.
modem_control() {
  perl -MIO::Socket::UNIX -e '
    my $modem = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "no modem at $ARGV[0]: $!\n";
    print $modem "$ARGV[1]\n";
    $modem->flush;
    my $answer = <$modem>;
    die "$ARGV[1]: $answer" unless $answer =~ /^ok/;' "$FOLDER/control" "$1"
}

# Servers and device write to a file each, and to the terminal with their names in front.
server_start() {
  "$LAB" serve --server "dm coaps=127.0.0.1:0 psk=$IDENTITY:$KEY" \
    --server "bs bootstrap coaps=127.0.0.1:0 psk=$ENDPOINT:$BOOTSTRAP_KEY" --script "$ROOT/tools/demo.lab" --timeout 60s \
    --report "$FOLDER/lab.json" > >(tee "$FOLDER/server.log" | sed -u 's/^/server | /') 2>&1 &
  SERVER=$!
  STARTED+=("$SERVER")
  wait_for "$FOLDER/server.log" '## bs serving' 10
  URI=$(server_uri bs)
}

# server_uri <name>: where it serves.
server_uri() {
  sed -n "s/^## $1 serving \(coaps:[^ ]*\).*/\1/p" "$FOLDER/server.log"
}

device_start() {
  cat >"$FOLDER/demo.conf" <<CONF
CONFIG_LWM2M_CARRIER_CUSTOM_URI="$URI"
CONFIG_LWM2M_CARRIER_CUSTOM_PSK="$BOOTSTRAP_KEY"
CONFIG_LWM2M_CARRIER_IS_SERVER_BOOTSTRAP=y
CONF
  sample_build "$FOLDER/build" "$FOLDER/demo.conf" -DSANITIZE="$SANITIZE"
  VIRTUAL_MODEM_DIR="$FOLDER/modem" VIRTUAL_MODEM_SEED=1 VIRTUAL_MODEM_CONTROL="$FOLDER/control" \
    VIRTUAL_MODEM_PCAP="$FOLDER/wire.pcapng" \
    "$SAMPLE" > >(tee "$FOLDER/device.log" | sed -u 's/^/device | /') 2>&1 &
  STARTED+=("$!")
}

# The events the sample printed, in order.
events() {
  sed -n 's/^LWM2M_CARRIER_EVENT_\([A-Z_]*\).*/\1/p' "$FOLDER/device.log"
}

report_write() {
  local list
  list=$(events | sed 's/.*/"&"/' | paste -sd, -)
  printf '{"events": [%s], "seconds": %d, "ok": %s}\n' "$list" "$SECONDS" "$1" >"$REPORT"
}

table_row() {
  printf '  %-44s %s\n' "$1" "$2"
}

cargo_need
host_build
lab_build
rm -rf "$FOLDER"
mkdir -p "$FOLDER" "$REPORTS"
trap stop_started EXIT
SECONDS=0

server_start
device_start
wait_for "$FOLDER/server.log" '## wait notify' 30
modem_control "voltage $NEW_VOLTAGE_MV"

status=0
wait "$SERVER" || status=$?
if ((status == 0)); then
  # The second life's REGISTERED may be printed a moment after the server has seen it.
  end=$((SECONDS + 10))
  until [[ $(events | grep -c '^REGISTERED$') -ge 2 ]] || ((SECONDS >= end)); do
    sleep 0.1
  done
fi
stop_started

# The link goes down once for the key the application gives and once for those of the bootstrap.
expected="INIT LTE_LINK_UP LTE_LINK_DOWN LTE_LINK_UP LTE_LINK_DOWN BOOTSTRAPPED LTE_LINK_UP REGISTERED"
expected+=" REBOOT LTE_POWER_OFF INIT LTE_LINK_UP REGISTERED"
seen=$(events | paste -sd' ' -)
if ((status == 0)) && [[ $seen != "$expected" ]]; then
  echo "demo: events were: $seen" >&2
  status=1
fi
if [[ ! -s $FOLDER/wire.pcapng ]]; then
  echo "demo: no capture" >&2
  status=1
fi
report_write "$([[ $status -eq 0 ]] && echo true || echo false)"

echo
table_row "events" "$seen"
table_row "capture" "${FOLDER#"$ROOT"/}/wire.pcapng"
table_row "report" "${REPORT#"$ROOT"/}"
table_row "time without building" "$SECONDS s"
table_row "result" "$([[ $status -eq 0 ]] && echo passed || echo FAILED)"
exit "$status"
