//! The wire under DTLS against an OpenSSL client: keys, resumption, lost state, reconnection from the same port.

mod openssl_client;

use carrier_lab::dtls::{DtlsConfig, Resumption};
use carrier_lab::wire::{Arrival, Direction, Record, Wire};
use openssl::ssl::SslStream;
use openssl_client::{KEY, Socket, connect, socket};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(5);

fn server(config: DtlsConfig) -> Arc<Wire> {
    Arc::new(Wire::dtls("127.0.0.1:0".parse().unwrap(), config).unwrap())
}

fn established(wire: &Wire) -> (SocketAddr, carrier_lab::dtls::Session) {
    match wire.receive(WAIT) {
        Some(Arrival::Established(peer, session)) => (peer, session),
        other => panic!("a finished handshake was expected, not {other:?}"),
    }
}

fn echo(wire: &Wire, client: &mut SslStream<Socket>) {
    client.write_all(b"ping").unwrap();
    let Some(Arrival::Message(peer, bytes)) = wire.receive(WAIT) else {
        panic!("no message")
    };
    assert_eq!(bytes, b"ping");
    wire.send(peer, b"pong").unwrap();
    let mut buffer = [0; 16];
    assert_eq!(client.read(&mut buffer).unwrap(), 4);
}

#[test]
fn both_suites_carry_data() {
    for cipher in ["PSK-AES128-CCM8", "PSK-AES128-CBC-SHA256"] {
        let wire = server(DtlsConfig::with_key("urn:imei:1", KEY));
        let client = connect(socket(&wire), cipher, "urn:imei:1", None);
        let (_, session) = established(&wire);
        assert_eq!(
            (session.identity.as_slice(), session.cipher.as_str()),
            (&b"urn:imei:1"[..], cipher)
        );
        assert!(!session.resumed);
        echo(&wire, &mut client.join().unwrap().unwrap());
        let verify_requests = wire
            .records()
            .iter()
            .filter(|r| r.sealed && r.bytes.get(13) == Some(&3))
            .count();
        assert_eq!(verify_requests, 1, "the cookie is asked for once");
    }
}

#[test]
fn unknown_identity_is_refused_with_an_alert() {
    let wire = server(DtlsConfig::with_key("known", KEY));
    let client = connect(socket(&wire), "PSK-AES128-CCM8", "stranger", None);
    assert!(matches!(wire.receive(WAIT), Some(Arrival::Failed(..))));
    let error = client.join().unwrap().expect_err("the handshake must fail");
    assert!(error.contains("alert"), "{error}");
}

#[test]
fn sessions_resume_only_when_offered_and_remembered() {
    for (resumption, forget, expected) in [
        (Resumption::Off, false, false),
        (Resumption::Ids, false, true),
        (Resumption::Tickets, false, true),
        (Resumption::Tickets, true, false),
    ] {
        let wire = server(DtlsConfig {
            resumption,
            ..DtlsConfig::with_key("me", KEY)
        });
        let first = connect(socket(&wire), "PSK-AES128-CCM8", "me", None);
        established(&wire);
        let first = first.join().unwrap().unwrap();
        let session = first.ssl().session().unwrap().to_owned();
        if forget {
            wire.forget_dtls().unwrap();
        }
        let second = connect(socket(&wire), "PSK-AES128-CCM8", "me", Some(session));
        let (_, resumed) = established(&wire);
        assert_eq!(
            (resumed.resumed, resumed.identity.as_slice()),
            (expected, &b"me"[..]),
            "{resumption:?} {forget}"
        );
        echo(&wire, &mut second.join().unwrap().unwrap());
    }
}

#[test]
fn a_new_handshake_from_the_same_port_replaces_the_session() {
    let wire = server(DtlsConfig::with_key("me", KEY));
    let socket = socket(&wire);
    let first = connect(socket.try_clone().unwrap(), "PSK-AES128-CCM8", "me", None);
    let (peer, _) = established(&wire);
    drop(first.join().unwrap().unwrap());
    let second = connect(socket, "PSK-AES128-CCM8", "me", None);
    loop {
        match wire.receive(WAIT).expect("a second handshake") {
            Arrival::Established(again, _) => break assert_eq!(again, peer),
            Arrival::Closed(_) => {}
            other => panic!("{other:?}"),
        }
    }
    echo(&wire, &mut second.join().unwrap().unwrap());
}

#[test]
fn a_repeated_client_hello_leaves_the_session_alone() {
    let wire = server(DtlsConfig::with_key("me", KEY));
    let socket = socket(&wire);
    let client = connect(socket.try_clone().unwrap(), "PSK-AES128-CCM8", "me", None);
    established(&wire);
    let mut client = client.join().unwrap().unwrap();
    let hellos: Vec<_> = wire
        .records()
        .into_iter()
        .filter(|r| r.bytes.first() == Some(&22) && r.bytes[13] == 1)
        .collect();
    assert_eq!(hellos.len(), 2, "without and with cookie");
    for hello in hellos {
        socket.send(&hello.bytes).unwrap();
    }
    echo(&wire, &mut client);
}

#[test]
fn forgotten_sessions_meet_silence_or_an_alert() {
    for alert in [None, Some(49)] {
        let wire = server(DtlsConfig {
            unknown_session_alert: alert,
            ..DtlsConfig::with_key("me", KEY)
        });
        let client = connect(socket(&wire), "PSK-AES128-CCM8", "me", None);
        let (peer, _) = established(&wire);
        let mut client = client.join().unwrap().unwrap();
        wire.forget_dtls().unwrap();
        assert!(wire.send(peer, b"lost").is_err());
        client.write_all(b"ping").unwrap();
        assert_eq!(wire.receive(Duration::from_millis(200)), None);
        let last = wire.records().pop().unwrap();
        assert_eq!(last.bytes.ends_with(&[2, 49]), alert.is_some());
    }
}

#[test]
fn close_notify_ends_the_clients_session() {
    let wire = server(DtlsConfig::with_key("me", KEY));
    let client = connect(socket(&wire), "PSK-AES128-CCM8", "me", None);
    let (peer, _) = established(&wire);
    let mut client = client.join().unwrap().unwrap();
    wire.close_dtls(peer).unwrap();
    assert_eq!(client.read(&mut [0; 16]).unwrap(), 0, "end of the session");
}

#[test]
fn a_deaf_server_answers_nothing() {
    let wire = server(DtlsConfig::with_key("me", KEY));
    wire.set_deaf(true);
    let client = socket(&wire);
    client.send(&[22, 0xfe, 0xfd, 0, 0]).unwrap();
    assert_eq!(wire.receive(Duration::from_millis(200)), None);
    assert_eq!(wire.records().len(), 1);
}

#[test]
fn an_unanswered_handshake_flight_is_repeated() {
    let wire = server(DtlsConfig {
        cookies: false,
        ..DtlsConfig::with_key("me", KEY)
    });
    let client = connect(socket(&wire), "PSK-AES128-CCM8", "me", None);
    established(&wire);
    client.join().unwrap().unwrap();
    let hello = wire.records()[0].bytes.clone();
    let mute = socket(&wire);
    mute.send(&hello).unwrap();
    assert_eq!(wire.receive(Duration::from_millis(1500)), None);
    let peer = mute.local_addr().unwrap();
    // Handshake type 2 is ServerHello.
    let first_of_flight =
        |r: &&Record| r.direction == Direction::Sent && r.bytes.get(13) == Some(&2);
    let records = wire.records();
    let flights = records
        .iter()
        .filter(|r| r.peer == peer)
        .filter(first_of_flight)
        .count();
    assert_eq!(flights, 2, "once at first, once after a second");
}
