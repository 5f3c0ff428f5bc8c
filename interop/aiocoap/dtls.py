# SPDX-License-Identifier: MIT OR Apache-2.0
"""DTLS with a pre-shared key by Mbed TLS, in front of a plain CoAP server on loopback: each session has a UDP socket of its own."""

import select
import socket
import threading

from mbedtls import exceptions, tls

CIPHERS = ["TLS-PSK-WITH-AES-128-CCM-8", "TLS-PSK-WITH-AES-128-CBC-SHA256"]


class Front:
    """A DTLS server on a free port of 127.0.0.1; `suite` is what the last session agreed on."""

    def __init__(self, plain_port, identity, key):
        self.plain_port = plain_port
        self.suite = None
        self.sessions = 0
        configuration = tls.DTLSConfiguration(
            lowest_supported_version=tls.DTLSVersion.DTLSv1_2,
            ciphers=CIPHERS,
            validate_certificates=False,
            pre_shared_key_store={identity: key},
        )
        self.socket = tls.ServerContext(configuration).wrap_socket(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        # Each session takes the socket over, and the next one is bound to the same port.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            session, address = self.socket.accept()
            session.setcookieparam(address[0].encode())
            try:
                session.do_handshake()
            except tls.HelloVerifyRequest:
                # The client comes again with the cookie.
                session, address = session.accept()
                session.setcookieparam(address[0].encode())
                session.do_handshake()
            self.suite = session.cipher()
            self.sessions += 1
            threading.Thread(target=self._carry, args=[session], daemon=True).start()

    def _carry(self, session):
        plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        plain.connect(("127.0.0.1", self.plain_port))
        while True:
            ready, _, _ = select.select([session, plain], [], [])
            if plain in ready:
                session.send(plain.recv(65535))
            if session in ready:
                try:
                    plain.send(session.recv(65535))
                except exceptions.TLSError:
                    # The client closed the session.
                    break
        plain.close()
