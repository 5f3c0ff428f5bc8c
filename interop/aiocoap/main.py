# SPDX-License-Identifier: MIT OR Apache-2.0
"""A third CoAP implementation as the device's server, see steps.py.

main.py <control socket of the modem> <file of the sample's output> [identity key-in-hexadecimal]

Prints `port <n>` when it serves, over DTLS when there is a key; then a JSON list `[step, passed, what was seen]` for each step.
It ends by itself, with 0 when every step was taken."""

import asyncio
import json
import sys

from dtls import Front
from server import REGISTERED, Server
from steps import STEPS, Device

# No step may take longer, in seconds.
LIMIT = 30


def say(step, passed, seen):
    print(json.dumps([step, passed, seen]), flush=True)


async def main(control, output, identity=None, key=None):
    server = await Server.start()
    port = server.port
    front = None
    if key is not None:
        front = Front(server.port, identity, bytes.fromhex(key))
        port = front.port
    print(f"port {port}", flush=True)
    await server.event(REGISTERED, 60)
    device = Device(control, output)
    for name, step in STEPS:
        try:
            async with asyncio.timeout(LIMIT):
                say(name, True, await step(server, device))
        except Exception as problem:  # pylint: disable=broad-except
            say(name, False, f"{type(problem).__name__}: {problem}")
    if front is not None:
        say("suite", front.suite == "TLS-PSK-WITH-AES-128-CCM-8", f"{front.suite}, {front.sessions} sessions")
    await server.stop()


asyncio.run(main(*sys.argv[1:]))
