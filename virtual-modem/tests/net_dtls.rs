//! DTLS sessions of the virtual modem against an OpenSSL server on the loopback, in simulated time.

mod net_support;

use std::sync::atomic::Ordering;

use net_support::dtls_server::DtlsServer;
use net_support::*;
use virtual_modem::clock::clock;
use virtual_modem::errno::*;
use virtual_modem::net::api::*;
use virtual_modem::net::control;

const SEC_TAG_LIST: i32 = 2;
const SESSION_CACHE: i32 = 3;
const HANDSHAKE_TIMEOUT: i32 = 8;
const CACHE_PURGE: i32 = 9;
const CCM8: &str = "PSK-AES128-CCM8";

fn secured(tag: i32) -> i32 {
    let fd = open(DGRAM, DTLS);
    set_int(fd, SECURE_LEVEL, SEC_TAG_LIST, tag).unwrap();
    limit_receive(fd, 30);
    fd
}

fn echoes(fd: i32) {
    send(fd, b"are you there").unwrap();
    assert_eq!(receive(fd, 100, 0).unwrap(), b"are you there");
}

#[test]
fn each_cipher_suite_carries_messages() {
    let _turn = start();
    for suite in [CCM8, "PSK-AES128-CBC-SHA256", "PSK-AES128-CBC-SHA"] {
        let server = DtlsServer::start(suite);
        let fd = secured(25);
        assert_eq!(connect(fd, server.address), Ok(0), "{suite}");
        assert!(control("sockets").unwrap().contains(suite));
        echoes(fd);
        send(fd, b"boundary one").unwrap();
        send(fd, b"boundary two").unwrap();
        assert_eq!(receive(fd, 8, 0).unwrap(), b"boundary");
        assert_eq!(receive(fd, 100, 0).unwrap(), b"boundary two");
        assert_eq!(send(fd, &[1; 2048]), Ok(2048));
        assert_eq!(receive(fd, 2048, 0).unwrap().len(), 2048);
        assert_eq!(send(fd, &[1; 2049]), Err(NRF_EMSGSIZE));
        close(&[fd]);
        assert!(server.saw_close(1), "the server is told");
    }
}

#[test]
fn the_handshake_survives_the_loss_of_any_datagram() {
    let _turn = start();
    for lost in 1..=6 {
        for direction in ["out", "in", "both"] {
            let server = DtlsServer::start(CCM8);
            control(&format!("fault drop list {lost} {direction}")).unwrap();
            let fd = secured(25);
            let before = clock().now_ms();
            assert_eq!(
                connect(fd, server.address),
                Ok(0),
                "datagram {lost} {direction}"
            );
            assert!(
                clock().now_ms() - before <= 3000,
                "datagram {lost} {direction}"
            );
            control("fault clear").unwrap();
            echoes(fd);
            close(&[fd]);
        }
    }
}

#[test]
fn the_handshake_survives_a_bad_network() {
    let _turn = start();
    control("fault loss 20%").unwrap();
    control("fault dup 10%").unwrap();
    control("fault reorder 10%").unwrap();
    control("fault latency 400ms +-100ms").unwrap();
    for _ in 0..2 {
        let server = DtlsServer::start(CCM8);
        let fd = secured(25);
        assert_eq!(connect(fd, server.address), Ok(0));
        let echoed = (0..100)
            .any(|_| send(fd, b"again").is_ok() && receive(fd, 100, 0) == Ok(b"again".to_vec()));
        assert!(echoed);
        close(&[fd]);
    }
}

#[test]
fn a_silent_server_exhausts_the_time_limit() {
    let _turn = start();
    let server = DtlsServer::start(CCM8);
    control("fault blackhole on").unwrap();
    for seconds in [1, 3, 31, 123] {
        let fd = secured(25);
        set_int(fd, SECURE_LEVEL, HANDSHAKE_TIMEOUT, seconds).unwrap();
        let before = clock().now_ms();
        assert_eq!(connect(fd, server.address), Err(NRF_ETIMEDOUT));
        assert_eq!(clock().now_ms() - before, i64::from(seconds) * 1000);
        close(&[fd]);
    }
    let fd = secured(25);
    assert_eq!(
        set_int(fd, SECURE_LEVEL, HANDSHAKE_TIMEOUT, 5),
        Err(NRF_EINVAL)
    );
    close(&[fd]);
}

#[test]
fn the_flight_is_repeated_with_doubling_times() {
    let _turn = start();
    let echo = Echo::start();
    control("fault blackhole on in").unwrap();
    let fd = secured(25);
    set_int(fd, SECURE_LEVEL, HANDSHAKE_TIMEOUT, 31).unwrap();
    assert_eq!(connect(fd, echo.address), Err(NRF_ETIMEDOUT));
    std::thread::sleep(std::time::Duration::from_millis(50));
    // At 0, 1, 3, 7 and 15 s; the limit comes before the one at 31 s.
    assert_eq!(echo.ports.lock().unwrap().len(), 5);
    close(&[fd]);
}

#[test]
fn missing_and_unknown_credentials_are_refused() {
    let _turn = start();
    let server = DtlsServer::start(CCM8);
    let bare = open(DGRAM, DTLS);
    assert_eq!(connect(bare, server.address), Err(NRF_ECONNREFUSED));
    let empty = secured(99);
    assert_eq!(connect(empty, server.address), Err(NRF_ECONNREFUSED));
    let unknown = secured(27);
    assert_eq!(connect(unknown, server.address), Err(NRF_ECONNREFUSED));
    let suite = DtlsServer::start("PSK-AES256-CBC-SHA384");
    let other = secured(25);
    assert_eq!(connect(other, suite.address), Err(NRF_ECONNREFUSED));
    // The first tag with both parts is used.
    let second = open(DGRAM, DTLS);
    let tags = [99_u32.to_ne_bytes(), 25_u32.to_ne_bytes()].concat();
    set_option(second, SECURE_LEVEL, SEC_TAG_LIST, &tags).unwrap();
    assert_eq!(
        set_option(second, SECURE_LEVEL, SEC_TAG_LIST, &[0; 32]),
        Err(NRF_EINVAL)
    );
    assert_eq!(connect(second, server.address), Ok(0));
    close(&[bare, empty, unknown, other, second]);
}

#[test]
fn a_wrong_key_never_connects() {
    let _turn = start();
    let server = DtlsServer::start(CCM8);
    let fd = secured(26);
    set_int(fd, SECURE_LEVEL, HANDSHAKE_TIMEOUT, 7).unwrap();
    // OpenSSL drops a Finished it cannot read without a word (RFC 6347 4.1.2.7), so only time tells.
    assert_eq!(connect(fd, server.address), Err(NRF_ETIMEDOUT));
    assert_eq!(server.finished.load(Ordering::SeqCst), 0);
    assert_eq!(send(fd, b"x"), Err(NRF_ENOTCONN));
    close(&[fd]);
}

#[test]
fn sessions_are_resumed_when_the_cache_is_on() {
    let _turn = start();
    let server = DtlsServer::start(CCM8);
    let counts = || {
        let text = control("dtls").unwrap();
        let words: Vec<_> = text.split_whitespace().collect();
        (
            words[1].parse::<u64>().unwrap(),
            words[3].parse::<u64>().unwrap(),
            words[5].parse::<u64>().unwrap(),
        )
    };
    let session = |cache: i32, purge: bool| {
        let before = counts();
        let fd = secured(25);
        set_int(fd, SECURE_LEVEL, SESSION_CACHE, cache).unwrap();
        if purge {
            set_int(fd, SECURE_LEVEL, CACHE_PURGE, 1).unwrap();
        }
        connect(fd, server.address).unwrap();
        echoes(fd);
        close(&[fd]);
        let after = counts();
        (after.0 - before.0, after.1 - before.1, after.2)
    };
    assert_eq!(session(0, false), (1, 0, 0));
    assert_eq!(session(1, false), (1, 0, 1));
    assert_eq!(session(1, false), (0, 1, 1));
    assert_eq!(session(0, false), (1, 0, 1));
    assert_eq!(session(1, true), (1, 0, 1));
    // A lost last flight of an abbreviated handshake is repaired too.
    control("fault drop list 3 out").unwrap();
    assert_eq!(session(1, false), (0, 1, 1));
}

#[test]
fn the_third_session_is_refused() {
    let _turn = start();
    let server = DtlsServer::start(CCM8);
    let fds = [secured(25), secured(25), secured(25)];
    assert_eq!(connect(fds[0], server.address), Ok(0));
    assert_eq!(connect(fds[1], server.address), Ok(0));
    assert_eq!(connect(fds[2], server.address), Err(NRF_ENOBUFS));
    close(&fds[..1]);
    assert_eq!(connect(fds[2], server.address), Ok(0));
    echoes(fds[1]);
    echoes(fds[2]);
    control("dtls limit 3").unwrap();
    let fourth = secured(25);
    assert_eq!(connect(fourth, server.address), Ok(0));
    close(&[fds[1], fds[2], fourth]);
}

#[test]
fn the_end_of_a_session_is_seen_by_receive_and_poll() {
    let _turn = start();
    let server = DtlsServer::start(CCM8);
    let fd = secured(25);
    connect(fd, server.address).unwrap();
    send(fd, b"close").unwrap();
    assert_eq!(poll(&[(fd, POLLIN)], 5000), (1, vec![0x18]));
    assert_eq!(receive(fd, 100, 0), Err(NRF_ECONNRESET));
    assert_eq!(send(fd, b"x"), Err(NRF_ECONNRESET));
    close(&[fd]);
}

#[test]
fn a_lost_connection_ends_the_session_without_a_word() {
    let _turn = start();
    let server = DtlsServer::start(CCM8);
    let fds = [secured(25), secured(25)];
    connect(fds[0], server.address).unwrap();
    control("fault blackhole on").unwrap();
    let connecting = std::thread::spawn(move || connect(fds[1], server.address));
    while !control("sockets").unwrap().contains("Connecting") {
        std::thread::yield_now();
    }
    set_network(false);
    let outcome = connecting.join().unwrap();
    assert!(
        matches!(outcome, Err(NRF_ENETDOWN | NRF_ETIMEDOUT)),
        "{outcome:?}"
    );
    control("fault clear").unwrap();
    assert_eq!(send(fds[0], b"x"), Err(NRF_ENETDOWN));
    set_network(true);
    let fresh = [secured(25), secured(25)];
    close(&fds);
    assert_eq!(connect(fresh[0], server.address), Ok(0));
    assert_eq!(
        connect(fresh[1], server.address),
        Ok(0),
        "the dead session gave its place back"
    );
    assert_eq!(
        server.closed.load(Ordering::SeqCst),
        0,
        "the server was not told about the first"
    );
    close(&fresh);
    assert!(server.saw_close(2));
}

#[test]
fn connecting_without_waiting_ends_in_a_poll_event() {
    let _turn = start();
    let server = DtlsServer::start(CCM8);
    let fd = secured(25);
    nrf_fcntl(fd, 4, 1);
    assert_eq!(connect(fd, server.address), Err(NRF_EINPROGRESS));
    assert_eq!(poll(&[(fd, POLLOUT)], 10_000), (1, vec![POLLOUT]));
    assert_eq!(get_int(fd, SOCKET_LEVEL, 4), Ok(0));
    assert_eq!(connect(fd, server.address), Err(NRF_EISCONN));
    control("fault blackhole on").unwrap();
    let lost = secured(25);
    nrf_fcntl(lost, 4, 1);
    assert_eq!(connect(lost, server.address), Err(NRF_EINPROGRESS));
    assert_eq!(connect(lost, server.address), Err(NRF_EALREADY));
    assert_eq!(poll(&[(lost, POLLOUT)], 200_000), (1, vec![0x18]));
    assert_eq!(get_int(lost, SOCKET_LEVEL, 4), Ok(NRF_ETIMEDOUT));
    close(&[fd, lost]);
}

#[test]
fn a_session_survives_a_new_source_port_only_if_the_server_lets_it() {
    let _turn = start();
    let server = DtlsServer::start(CCM8);
    let fd = secured(25);
    connect(fd, server.address).unwrap();
    echoes(fd);
    control("fault rebind").unwrap();
    send(fd, b"lost").unwrap();
    // Without connection id the server does not know the new address.
    assert_eq!(receive(fd, 100, 0), Err(NRF_EAGAIN));
    close(&[fd]);
}
