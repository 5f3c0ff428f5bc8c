# SPDX-License-Identifier: MIT OR Apache-2.0
"""The smallest LwM2M server on aiocoap: it takes registrations at /rd and asks the device from the same socket.

Everything CoAP is aiocoap's own: messages, retransmission, block-wise transfer, observation."""

import asyncio
import socket
from urllib.parse import parse_qsl

from aiocoap import CON, EMPTY, NON, RST, Code, Context, Message, resource
from aiocoap.util import linkformat

REGISTERED, UPDATED, GONE = "registered", "updated", "gone"


class Registration:
    """What the last Register and the Updates behind it said."""

    def __init__(self, location, parameters, links):
        self.location = location
        self.parameters = parameters
        self.links = links


class Directory(resource.Resource):
    """`/rd`: takes Registers, one device at a time."""

    def __init__(self):
        super().__init__()
        self.count = 0
        self.registration = None
        self.remote = None
        self.events = asyncio.Queue()

    async def render_post(self, request):
        parameters = query(request)
        if request.opt.content_format != 40 or not {"ep", "lwm2m"} <= parameters.keys():
            return Message(code=Code.BAD_REQUEST)
        self.count += 1
        location = (f"device {self.count}", "of", "aiocoap")
        links = linkformat.parse(request.payload.decode()).links
        self.registration = Registration(location, parameters, links)
        self.remote = request.remote
        self.events.put_nowait(REGISTERED)
        return Message(code=Code.CREATED, location_path=("rd", *location))


class Locations(resource.Resource, resource.PathCapable):
    """What is below `/rd`: Update and De-register."""

    def __init__(self, directory):
        super().__init__()
        self.directory = directory

    def _is_there(self, request):
        registration = self.directory.registration
        return registration is not None and request.opt.uri_path == registration.location

    async def render_post(self, request):
        if not self._is_there(request):
            return Message(code=Code.NOT_FOUND)
        registration = self.directory.registration
        registration.parameters.update(query(request))
        if request.payload:
            registration.links = linkformat.parse(request.payload.decode()).links
        self.directory.remote = request.remote
        self.directory.events.put_nowait(UPDATED)
        return Message(code=Code.CHANGED)

    async def render_delete(self, request):
        if not self._is_there(request):
            return Message(code=Code.NOT_FOUND)
        self.directory.registration = None
        self.directory.events.put_nowait(GONE)
        return Message(code=Code.DELETED)


def query(request):
    return dict(parse_qsl("&".join(request.opt.uri_query), keep_blank_values=True))


class Server:
    """The server with its socket. `port` is where it listens on 127.0.0.1."""

    def __init__(self, context, directory, port):
        self.context = context
        self.directory = directory
        self.port = port
        self.tokens = context.request_interfaces[0]
        self.messages = self.tokens.token_interface
        # Every message since the last call of `watch`, as (is ours, message, length of its payload): aiocoap puts blocks together in
        # the first one's message.
        self.wire = []
        self.notifications_refused = 0
        self._listen_in()

    @classmethod
    async def start(cls):
        """Serves on a free port."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        directory = Directory()
        site = resource.Site()
        site.add_resource(["rd"], directory)
        site.add_resource(["rd"], Locations(directory))
        context = await Context.create_server_context(site, bind=("127.0.0.1", port), transports=["udp6"])
        return cls(context, directory, port)

    def _listen_in(self):
        dispatch, send = self.messages.dispatch_message, self.messages._send_via_transport

        def incoming(message):
            self.wire.append((False, message, len(message.payload)))
            known = (message.token, message.remote) in self.tokens.outgoing_requests
            if message.opt.observe is not None and message.code.is_response() and not known:
                self.notifications_refused += 1
                if message.mtype is NON:
                    # aiocoap rejects confirmable messages it does not know; a rejected one of the other kind is as good (RFC 7252 4.3).
                    self.messages._send_initially(self._reset(message))
            dispatch(message)

        def outgoing(message):
            self.wire.append((True, message, len(message.payload)))
            send(message)

        self.messages.dispatch_message, self.messages._send_via_transport = incoming, outgoing

    @staticmethod
    def _reset(message):
        reset = Message(_mtype=RST, _mid=message.mid, code=EMPTY, payload=b"")
        reset.remote = message.remote.as_response_address()
        return reset

    def watch(self):
        self.wire.clear()
        self.notifications_refused = 0

    def seen(self, ours):
        """Messages of one side since `watch`."""
        return [message for is_ours, message, _ in self.wire if is_ours == ours]

    def longest(self):
        """Longest payload of the device since `watch`, in bytes."""
        return max(length for is_ours, _, length in self.wire if not is_ours)

    def message(self, code, path, payload=b"", **options):
        message = Message(code=code, uri_path=[part for part in path.split("/") if part], payload=payload, **options)
        message.remote = self.directory.remote
        return message

    async def ask(self, code, path, payload=b"", **options):
        """A request and its complete answer."""
        request = self.context.request(self.message(code, path, payload, **options))
        return await asyncio.wait_for(request.response, 10)

    def observe(self, path):
        return self.context.request(self.message(Code.GET, path, observe=0), handle_blockwise=False)

    async def cancel_by_request(self, observed, path):
        """GET with Observe 1 under the token of the request that began the observation (RFC 7641 3.6)."""
        ordinary = self.tokens.next_token
        self.tokens.next_token = lambda: observed.token
        try:
            again = self.context.request(self.message(Code.GET, path, observe=1), handle_blockwise=False)
            return await asyncio.wait_for(again.response, 10)
        finally:
            self.tokens.next_token = ordinary

    async def ping(self):
        """An empty confirmable message; returns once it is reset (RFC 7252 4.3)."""
        answered = asyncio.get_running_loop().create_future()
        message = Message(_mtype=CON, code=EMPTY, payload=b"")
        message.remote = self.directory.remote
        self.messages.send_message(message, lambda: answered.done() or answered.set_result(True))
        await asyncio.wait_for(answered, 5)

    async def event(self, wanted, limit=20):
        """The next of these events; others before it are left aside."""
        async with asyncio.timeout(limit):
            while await self.directory.events.get() != wanted:
                pass

    async def stop(self):
        await self.context.shutdown()
