//! A DTLS-PSK client made of the `openssl` crate and a connected UDP socket.

use carrier_lab::wire::Wire;
use openssl::ssl::{Ssl, SslContext, SslMethod, SslSession, SslSessionCacheMode, SslStream};
use std::io::{self, Read, Write};
use std::net::UdpSocket;
use std::thread::JoinHandle;
use std::time::Duration;

/// The key of every identity in these tests.
pub const KEY: &[u8] = b"0123456789abcdef";

/// A connected UDP socket as a stream of datagrams.
#[derive(Debug)]
pub struct Socket(pub UdpSocket);

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.recv(buffer)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A socket connected to a server.
pub fn socket(wire: &Wire) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(wire.address()).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(2)))
        .unwrap();
    socket
}

/// Connects in a thread of its own, while the test receives.
pub fn connect(
    socket: UdpSocket,
    cipher: &'static str,
    identity: &'static str,
    resumed: Option<SslSession>,
) -> JoinHandle<Result<SslStream<Socket>, String>> {
    std::thread::spawn(move || {
        let mut builder = SslContext::builder(SslMethod::dtls()).unwrap();
        builder.set_security_level(0);
        builder
            .set_cipher_list(&format!("{cipher}:@SECLEVEL=0"))
            .unwrap();
        builder.set_session_cache_mode(SslSessionCacheMode::CLIENT);
        builder.set_psk_client_callback(move |_, _, name, key| {
            name[..identity.len()].copy_from_slice(identity.as_bytes());
            name[identity.len()] = 0;
            key[..KEY.len()].copy_from_slice(KEY);
            Ok(KEY.len())
        });
        let context = builder.build();
        let mut ssl = Ssl::new(&context).unwrap();
        ssl.set_mtu(1280).unwrap();
        if let Some(session) = &resumed {
            // SAFETY: the session comes from a context with the same settings.
            unsafe { ssl.set_session(session).unwrap() };
        }
        ssl.connect(Socket(socket))
            .map_err(|error| format!("{error:?}"))
    })
}
