#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Has tshark dissect a capture of the virtual modem: with the key it must find CoAP inside DTLS, and
# nothing malformed.
#
#   tools/capture-check.sh <capture> [key in hexadecimal] [least number of CoAP messages] [port of the server]
#
# Without a port it is the server to which the device speaks first.

set -euo pipefail

capture=$1
key=${2:-000102030405060708090a0b0c0d0e0f}
least=${3:-10}

port=${4:-$(tshark -r "$capture" -c 1 -T fields -e udp.dstport 2>/dev/null)}

dissect() {
  # Running as root prints a warning that is not about the capture.
  tshark -r "$capture" -o "dtls.psk:$key" -d "udp.port==$port,dtls" -d "dtls.port==$port,coap" "$@" \
    2> >(grep -v 'Running as user' >&2)
}

messages=$(dissect -Y coap -T fields -e frame.number | wc -l)
malformed=$(dissect -Y '_ws.malformed' -T fields -e frame.number | wc -l)
echo "$capture: port $port, $messages CoAP messages, $malformed malformed"
if ((messages < least)); then
  echo "expected $least CoAP messages at least" >&2
  exit 1
fi
((malformed == 0))
