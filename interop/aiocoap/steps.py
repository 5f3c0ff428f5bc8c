# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the server does with the device, a function each; what one returns is said in the report. A problem is an exception."""

import asyncio
import socket

from aiocoap import NON, RST, Code
from aiocoap.numbers.optionnumbers import OptionNumber
from aiocoap.optiontypes import OpaqueOption
from aiocoap.util import linkformat

from server import GONE, REGISTERED, UPDATED

ENDPOINT = "urn:imei:352656100000001"
TEXT, LINKS, OPAQUE, JSON, TLV = 0, 40, 42, 50, 11542
# All exponents of a block size: 16 to 1024 bytes.
EXPONENTS = range(7)
# Most bytes that one write to the container holds.
CONTAINER = 1040
# Supply voltages in mV, and the battery levels the sample makes of them.
LEVELS = {3600: b"50", 3900: b"75"}
# Longer than the sample takes to look at the voltage.
SILENCE = 3


class Problem(Exception):
    """Why a step failed."""


def equal(what, got, expected):
    if got != expected:
        raise Problem(f"{what} is {got!r}, expected {expected!r}")


class Device:
    """The device beside its CoAP: its modem, and what the sample prints."""

    def __init__(self, control, output):
        self.control = control
        self.output = output

    def voltage(self, millivolts):
        with socket.socket(socket.AF_UNIX) as modem:
            modem.connect(self.control)
            modem.sendall(f"voltage {millivolts}\n".encode())
            answer = modem.recv(100)
        equal("the modem's answer", answer[:2], b"ok")

    def _count(self, text):
        with open(self.output, encoding="utf-8") as lines:
            return lines.read().count(text)

    async def printed(self, text, times=1):
        async with asyncio.timeout(5):
            while self._count(text) < times:
                await asyncio.sleep(0.05)

    async def changed(self, millivolts):
        """Another supply voltage, and the sample has seen it."""
        line = f"battery: {millivolts} mV"
        before = self._count(line)
        self.voltage(millivolts)
        await self.printed(line, before + 1)


def pattern(length, seed):
    """Bytes without a period of a block size."""
    return bytes((index * 7 + index // 251 + seed) % 256 for index in range(length))


async def expect(server, wanted, code, path, payload=b"", **options):
    answer = await server.ask(code, path, payload, **options)
    equal(f"answer to {code} {path}", str(answer.code), str(wanted))
    return answer


async def register(server, device):
    registration = server.directory.registration
    parameters = registration.parameters
    equal("endpoint", parameters["ep"], ENDPOINT)
    equal("lifetime", parameters["lt"], "300")
    links = [link.href for link in registration.links]
    if "/3/0" not in links or any(link.startswith("/0") for link in links):
        raise Problem(f"object list is {links}")
    # The application's own thread reports its values a little later.
    await device.printed("battery: 3600 mV")
    return f"version {parameters['lwm2m']}, {' '.join(links)}"


async def ping(server, device):
    await server.ping()
    return "empty confirmable message, reset"


async def read_types(server, device):
    text = await expect(server, Code.CONTENT, Code.GET, "/3/0/0")
    equal("/3/0/0", (text.payload, text.opt.content_format), (b"Example Works", TEXT))
    # Asked without confirmation, answered in the same way.
    server.watch()
    again = server.message(Code.GET, "/3/0/0")
    again.mtype = NON
    answer = await asyncio.wait_for(server.context.request(again).response, 5)
    equal("/3/0/0", answer.payload, text.payload)
    equal("type of the answer", server.seen(ours=False)[-1].mtype, NON)
    return "confirmable and non-confirmable"


async def read_in_blocks(server, device):
    """Block2 of every size, asked for up front."""
    whole = await expect(server, Code.CONTENT, Code.GET, "/3/0", accept=TLV)
    counts = []
    for exponent in EXPONENTS:
        size = 16 << exponent
        server.watch()
        answer = await expect(server, Code.CONTENT, Code.GET, "/3/0", accept=TLV, block2=(0, False, exponent))
        answers = [message for message in server.seen(ours=False) if message.code == Code.CONTENT]
        # Memory and clock go on between two reads.
        equal(f"length in blocks of {size}", len(answer.payload), len(whole.payload))
        equal("content format", answer.opt.content_format, TLV)
        equal(f"blocks of {size}", len(answers), -(-len(whole.payload) // size))
        if server.longest() > size:
            raise Problem(f"a block of {size} has {server.longest()} bytes")
        counts.append(len(answers))
    return f"{len(whole.payload)} bytes in {counts} blocks"


async def discover_in_blocks(server, device):
    whole = await expect(server, Code.CONTENT, Code.GET, "/3", accept=LINKS)
    server.watch()
    parts = await expect(server, Code.CONTENT, Code.GET, "/3", accept=LINKS, block2=(0, False, 0))
    equal("links", parts.payload, whole.payload)
    links = linkformat.parse(whole.payload.decode()).links
    if not {"/3", "/3/0", "/3/0/4", "/3/0/9"} <= {link.href for link in links}:
        raise Problem(f"links are {whole.payload!r}")
    return f"{len(links)} links in {len(server.seen(ours=True))} blocks of 16"


async def write_blocks(server, payload, exponent):
    block = (0, False, exponent)
    await expect(server, Code.CHANGED, Code.PUT, "/10250/0/1", payload, content_format=OPAQUE, block1=block)


async def write_in_blocks(server, device):
    """Block1 of every size, to the application."""
    counts = []
    for exponent in EXPONENTS:
        payload = pattern(CONTAINER, exponent)
        server.watch()
        await write_blocks(server, payload, exponent)
        blocks = [message for message in server.seen(ours=True) if message.opt.block1 is not None]
        equal(f"blocks of {16 << exponent}", len(blocks), -(-CONTAINER // (16 << exponent)))
        await device.printed(payload.hex(" "))
        counts.append(len(blocks))
    return f"{CONTAINER} bytes in {counts} blocks"


async def interleaved(server, device):
    """Other requests between the blocks of a write."""
    payload = pattern(CONTAINER, 99)
    write = asyncio.create_task(write_blocks(server, payload, 2))
    reads = 0
    while not write.done():
        await expect(server, Code.CONTENT, Code.GET, "/3/0/9")
        reads += 1
    await write
    await device.printed(payload.hex(" "))
    if reads < 2:
        raise Problem("no read came between")
    return f"{reads} reads during a write of 17 blocks"


async def notified(server, device, notifications, millivolts):
    device.voltage(millivolts)
    async with asyncio.timeout(10):
        message = await anext(notifications)
    equal("notification", (str(message.code), message.payload), (str(Code.CONTENT), LEVELS[millivolts]))
    return message


async def observe(server, device):
    """Two observations; one is cancelled by a request, the other by a reset."""
    server.watch()
    request = server.observe("/3/0/9")
    notifications = aiter(request.observation)
    first = await asyncio.wait_for(request.response, 5)
    equal("first value", first.payload, LEVELS[3600])
    if first.opt.observe is None:
        raise Problem("the observation was not taken")
    sent = next(message for message in server.seen(ours=True) if message.opt.observe == 0)
    last = first
    for millivolts in [3900, 3600, 3900]:
        message = await notified(server, device, notifications, millivolts)
        # RFC 7641 4.4, far from the end of the numbers.
        if not 0 < (message.opt.observe - last.opt.observe) % (1 << 24) < 1 << 23:
            raise Problem(f"sequence {last.opt.observe} is followed by {message.opt.observe}")
        equal("token", message.token, sent.token)
        last = message
    answer = await server.cancel_by_request(sent, "/3/0/9")
    equal("answer to the cancellation", (str(answer.code), answer.opt.observe), (str(Code.CONTENT), None))
    await silent(server, device, 3600)
    return "three notifications in order, then cancelled by GET"


async def silent(server, device, millivolts):
    server.watch()
    await device.changed(millivolts)
    await asyncio.sleep(SILENCE)
    equal("notifications", len(server.seen(ours=False)), 0)


async def reset(server, device):
    request = server.observe("/3/0/9")
    notifications = aiter(request.observation)
    await asyncio.wait_for(request.response, 5)
    await notified(server, device, notifications, 3900)
    request.observation.cancel()
    server.watch()
    # aiocoap ends it with the next notification, and rejects the one behind that.
    await device.changed(3600)
    await device.changed(3900)
    async with asyncio.timeout(10):
        while server.notifications_refused == 0:
            await asyncio.sleep(0.05)
    resets = [message for message in server.seen(ours=True) if message.mtype == RST]
    equal("resets", len(resets), 1)
    await silent(server, device, 3600)
    return "the reset of a notification ended them"


async def errors(server, device):
    critical = OpaqueOption(OptionNumber(65001), b"?")
    instance = next(link.href for link in server.directory.registration.links if link.href.startswith("/1/"))
    cases = [
        (Code.NOT_FOUND, Code.GET, "/9999", {}),
        (Code.NOT_FOUND, Code.GET, "/3/1", {}),
        (Code.NOT_FOUND, Code.GET, "/3/0/99", {}),
        (Code.METHOD_NOT_ALLOWED, Code.GET, "/3/0/4", {}),
        (Code.METHOD_NOT_ALLOWED, Code.PUT, "/3/0/0", {"payload": b"x", "content_format": TEXT}),
        (Code.METHOD_NOT_ALLOWED, Code.POST, "/3/0/9", {}),
        (Code.METHOD_NOT_ALLOWED, Code.DELETE, "/3/0", {}),
        (Code.NOT_ACCEPTABLE, Code.GET, "/3/0", {"accept": JSON}),
        (Code.UNSUPPORTED_CONTENT_FORMAT, Code.PUT, f"{instance}/1", {"payload": b"{}", "content_format": JSON}),
        (Code.BAD_REQUEST, Code.PUT, f"{instance}/1", {"payload": b"soon", "content_format": TEXT}),
        (Code.BAD_REQUEST, Code.PUT, "/3/0/14", {"payload": b"+25:99", "content_format": TEXT}),
    ]
    for wanted, code, path, options in cases:
        await expect(server, wanted, code, path, **options)
    message = server.message(Code.GET, "/3/0/0")
    message.opt.add_option(critical)
    answer = await asyncio.wait_for(server.context.request(message).response, 5)
    equal("answer to an unknown critical option", str(answer.code), str(Code.BAD_OPTION))
    # A transfer that begins in the middle.
    late = server.message(Code.PUT, "/10250/0/1", b"x" * 16, content_format=OPAQUE, block1=(1, True, 0))
    answer = await asyncio.wait_for(server.context.request(late, handle_blockwise=False).response, 5)
    equal("answer to a second block without a first", str(answer.code), str(Code.REQUEST_ENTITY_INCOMPLETE))
    too_long = server.ask(Code.PUT, "/10250/0/1", pattern(5000, 0), content_format=OPAQUE, block1=(0, False, 6))
    equal("answer to 5000 bytes", str((await too_long).code), str(Code.REQUEST_ENTITY_TOO_LARGE))
    await expect(server, Code.CONTENT, Code.GET, "/3/0/0")
    return f"{len(cases) + 3} refusals, each with its code"


async def update(server, device):
    instance = next(link.href for link in server.directory.registration.links if link.href.startswith("/1/"))
    await expect(server, Code.CHANGED, Code.PUT, f"{instance}/1", b"120", content_format=TEXT)
    await server.event(UPDATED)
    equal("lifetime", server.directory.registration.parameters["lt"], "120")
    await expect(server, Code.CHANGED, Code.POST, f"{instance}/8")
    await server.event(UPDATED)
    return "by a new lifetime and by the trigger"


async def forgotten(server, device):
    """The server loses the registration; the next Update finds that out."""
    instance = next(link.href for link in server.directory.registration.links if link.href.startswith("/1/"))
    server.directory.registration = None
    await expect(server, Code.CHANGED, Code.POST, f"{instance}/8")
    await server.event(REGISTERED)
    return "registered again"


async def disable(server, device):
    instance = next(link.href for link in server.directory.registration.links if link.href.startswith("/1/"))
    await expect(server, Code.CHANGED, Code.PUT, f"{instance}/5", b"3", content_format=TEXT)
    await expect(server, Code.CHANGED, Code.POST, f"{instance}/4")
    await server.event(GONE)
    await server.event(REGISTERED)
    return "de-registered, and back after 3 s"


STEPS = [
    ("register", register),
    ("ping", ping),
    ("read", read_types),
    ("read /3/0 in blocks of each size", read_in_blocks),
    ("discover /3 in blocks of 16", discover_in_blocks),
    ("write /10250/0/1 in blocks of each size", write_in_blocks),
    ("reads between the blocks of a write", interleaved),
    ("observe /3/0/9, cancel by GET", observe),
    ("observe /3/0/9, cancel by reset", reset),
    ("refusals", errors),
    ("updates", update),
    ("registration lost", forgotten),
    ("disable", disable),
]
