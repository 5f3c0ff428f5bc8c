#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Has tshark dissect captures of the virtual modem: everything has to be CoAP, in DTLS or not, all of it decrypted, without a
malformed packet, without an expert warning and without a payload of an unknown kind.

    tools/capture-check.py <capture> ...

The captures have the secrets of their DTLS sessions inside. Ends with 1 when something is wrong, and says what."""

import subprocess
import sys

# Fewest CoAP messages of a capture that is worth a check.
LEAST = 10
# Severity of a warning among tshark's expert information; errors are above.
WARNING = 0x600000
# First bytes of DTLS records: change cipher spec, alert, handshake, application data, and that with a connection id.
DTLS = {20, 21, 22, 23, 25}

# What stands behind `coap` among the protocols of a payload that a dissector has taken apart.
DISSECTED = {"lwm2mtlv", "data-text-lines", "json", "cbor"}
# Media types that tshark 4.0 has no dissector for, and what they are made of: text lines (RFC 6690), CBOR and JSON (RFC 8428).
MADE_OF = {
    "application/link-format": "data-text-lines",
    "application/senml+cbor": "cbor",
    "application/senml+json": "json",
    "application/vnd.oma.lwm2m+json": "json",
    "application/vnd.oma.lwm2m+cbor": "cbor",
}
# Bytes that only the application understands.
OPAQUE = "application/octet-stream"
# What servers of the tests do on purpose, to see it refused.
ON_PURPOSE = {"Unknown Option Number 65001"}

FIELDS = [
    "frame.number",
    "frame.protocols",
    "udp.srcport",
    "udp.dstport",
    "udp.payload",
    "dtls.record.content_type",
    "_ws.expert.severity",
    "_ws.expert.message",
    "coap.opt.ctype",
    "coap.opt.block_mflag",
    "coap.payload_length",
]


def tshark(capture, fields, options):
    command = ["tshark", "-r", capture, "-n", "-T", "fields", "-E", "separator=/t", "-E", "aggregator=|", *options]
    for field in fields:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"tshark {capture}: {done.stderr.strip()}")
    return [dict(zip(fields, line.split("\t"))) for line in done.stdout.splitlines()]


def servers(capture):
    """The ports to which somebody spoke first, and whether in DTLS."""
    flows, ports = set(), {}
    for packet in tshark(capture, ["udp.srcport", "udp.dstport", "udp.payload"], []):
        source, target, payload = packet.values()
        if frozenset([source, target]) not in flows:
            flows.add(frozenset([source, target]))
            ports[target] = int(payload[:2] or "0", 16) in DTLS
    return ports


def faults(packet):
    """What is wrong with one packet."""
    layers = packet["frame.protocols"].split(":")
    severities = [int(word) for word in packet["_ws.expert.severity"].split("|") if word]
    messages = packet["_ws.expert.message"].split("|")
    for severity, message in zip(severities, messages):
        if severity >= WARNING and message not in ON_PURPOSE:
            yield f"expert: {message}"
    if "coap" not in layers:
        # Handshakes and alerts; without key material, application data would stay as it is.
        kinds = packet["dtls.record.content_type"].split("|")
        if "dtls" not in layers or "23" in kinds:
            yield f"not decoded: {packet['frame.protocols']}"
        return
    if not packet["coap.payload_length"] or "1" in packet["coap.opt.block_mflag"].split("|"):
        # Blocks before the last are shown with that.
        return
    inner = layers[layers.index("coap") + 1 :]
    media = packet["coap.opt.ctype"].split("|")[-1]
    if not DISSECTED & set(inner) and media != OPAQUE:
        yield f"payload not decoded: {media or 'no Content-Format'}"


def check(capture):
    """The number of faults, which are printed."""
    options = [word for media, format in MADE_OF.items() for word in ["-d", f"media_type=={media},{format}"]]
    for port, secure in servers(capture).items():
        options += ["-d", f"udp.port=={port},{'dtls' if secure else 'coap'}"]
        options += ["-d", f"dtls.port=={port},coap"] if secure else []
    packets = tshark(capture, FIELDS, options)
    wrong = [f"frame {packet['frame.number']}: {fault}" for packet in packets for fault in faults(packet)]
    messages = [packet for packet in packets if "coap" in packet["frame.protocols"].split(":")]
    if len(messages) < LEAST:
        wrong.append(f"expected {LEAST} CoAP messages at least")
    payloads = sum(1 for packet in messages if packet["coap.payload_length"])
    print(f"{capture}: {len(packets)} packets, {len(messages)} CoAP messages, {payloads} payloads, {len(wrong)} faults")
    for line in wrong[:20]:
        print(f"  {line}")
    return len(wrong)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(min(sum([check(capture) for capture in sys.argv[1:]]), 1))
