//! The server under DTLS: identities, lost sessions, and everything else as without.

mod openssl_client;

use carrier_lab::request::{Failure, Request};
use carrier_lab::server::Server;
use carrier_lab::value::Value;
use openssl::ssl::SslStream;
use openssl_client::{KEY, Socket, connect, socket};
use std::io::{Read, Write};
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(5);

fn client(server: &Server) -> SslStream<Socket> {
    connect(socket(&server.wires()[0]), "PSK-AES128-CCM8", "me", None)
        .join()
        .unwrap()
        .unwrap()
}

fn exchange(client: &mut SslStream<Socket>, bytes: &[u8]) -> Vec<u8> {
    client.write_all(bytes).unwrap();
    receive(client)
}

fn receive(client: &mut SslStream<Socket>) -> Vec<u8> {
    let mut buffer = [0; 1500];
    let length = client.read(&mut buffer).unwrap();
    buffer[..length].to_vec()
}

#[test]
fn a_client_registers_and_is_read_inside_its_session() {
    let server = Server::secure("me", KEY).unwrap();
    let mut client = client(&server);
    assert_eq!(
        exchange(&mut client, b"\x40\x02\x00\x01\xb2rd\x44ep=d")[1],
        0x41
    );
    let registration = server.wait_register(WAIT).unwrap();
    assert_eq!(registration.identity.as_deref(), Some(&b"me"[..]));
    assert_eq!(
        server.wait_connected(WAIT).unwrap().1.cipher,
        "PSK-AES128-CCM8"
    );
    let reading = std::thread::spawn(move || (server.send(Request::read("/3/0/9")), server));
    let request = receive(&mut client);
    client
        .write_all(
            &[
                &[0x64, 0x45, request[2], request[3]],
                &request[4..8],
                b"\xc0\xff80",
            ]
            .concat(),
        )
        .unwrap();
    let (reply, server) = reading.join().unwrap();
    assert_eq!(reply.unwrap().value("/3/0/9"), Some(Value::Integer(80)));
    let in_clear = |bytes: &[u8]| bytes.windows(4).any(|window| window == b"ep=d");
    assert!(
        !server.wires()[0]
            .records()
            .iter()
            .any(|record| record.sealed && in_clear(&record.bytes))
    );
}

#[test]
fn an_endpoint_is_bound_to_an_identity() {
    let server = Server::secure("me", KEY).unwrap();
    server.bind_identity("d", "somebody else");
    let mut client = client(&server);
    assert_eq!(
        exchange(&mut client, b"\x40\x02\x00\x01\xb2rd\x44ep=d"),
        b"\x60\x83\x00\x01"
    );
    assert_eq!(
        exchange(&mut client, b"\x40\x02\x00\x02\xb2rd\x44ep=e")[1],
        0x41
    );
}

#[test]
fn lost_sessions_are_met_with_silence_and_the_next_handshake_is_seen() {
    let server = Server::secure("me", KEY).unwrap();
    let mut first = client(&server);
    exchange(&mut first, b"\x40\x02\x00\x01\xb2rd\x44ep=d");
    server.wait_connected(WAIT).unwrap();
    server.forget_dtls().unwrap();
    assert_eq!(
        server.send(Request::read("/3")).err(),
        Some(Failure::NotConnected)
    );
    first
        .get_ref()
        .0
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    first.write_all(b"\x40\x02\x00\x02\xb2rd\x44ep=d").unwrap();
    assert!(first.read(&mut [0; 100]).is_err());
    let mut second = client(&server);
    assert!(!server.wait_connected(WAIT).unwrap().1.resumed);
    assert_eq!(
        exchange(&mut second, b"\x40\x02\x00\x01\xb2rd\x44ep=d")[1],
        0x41
    );
    assert_eq!(server.registrations().len(), 1);
}
