//! UDP and TCP sockets, faults, poll and the state of the network, over real loopback sockets in simulated time.

mod net_support;

use std::io::{Read, Write};

use net_support::*;
use virtual_modem::clock::clock;
use virtual_modem::errno::*;
use virtual_modem::net::api::*;
use virtual_modem::net::control;
use virtual_modem::net::names::*;

fn udp_to(echo: &Echo) -> i32 {
    let fd = open(DGRAM, 0);
    connect(fd, echo.address).unwrap();
    limit_receive(fd, 30);
    fd
}

#[test]
fn messages_keep_their_boundaries_and_lose_what_does_not_fit() {
    let _turn = start();
    let echo = Echo::start();
    let fd = udp_to(&echo);
    for message in [&b"first"[..], b"second", b"third"] {
        assert_eq!(send(fd, message), Ok(message.len() as i32));
    }
    assert_eq!(receive(fd, 100, 0x02).unwrap(), b"first");
    assert_eq!(receive(fd, 3, 0).unwrap(), b"fir");
    assert_eq!(receive(fd, 100, 0).unwrap(), b"second");
    assert_eq!(receive(fd, 100, 0).unwrap(), b"third");
    assert_eq!(receive(fd, 100, 0x40), Err(NRF_EAGAIN));
    close(&[fd]);
}

#[test]
fn latency_passes_in_simulated_time() {
    let _turn = start();
    let echo = Echo::start();
    let fd = udp_to(&echo);
    control("fault latency 1000ms").unwrap();
    let before = clock().now_ms();
    send(fd, b"slow").unwrap();
    assert_eq!(receive(fd, 100, 0).unwrap(), b"slow");
    assert_eq!(clock().now_ms() - before, 2000);
    control("fault latency 1000ms +-200ms").unwrap();
    let before = clock().now_ms();
    send(fd, b"slow").unwrap();
    receive(fd, 100, 0).unwrap();
    assert!((1600..=2400).contains(&(clock().now_ms() - before)));
    close(&[fd]);
}

#[test]
fn lost_datagrams_end_in_the_receive_timeout() {
    let _turn = start();
    let echo = Echo::start();
    let fd = udp_to(&echo);
    for line in [
        "fault loss 100% in",
        "fault loss 100% out",
        "fault blackhole on",
        "fault drop next 1 in",
    ] {
        control(line).unwrap();
        let before = clock().now_ms();
        assert_eq!(send(fd, b"gone"), Ok(4));
        assert_eq!(receive(fd, 100, 0), Err(NRF_EAGAIN), "{line}");
        assert_eq!(clock().now_ms() - before, 30_000);
        control("fault clear").unwrap();
    }
    // Nothing that was lost on the way out reached the server.
    assert_eq!(echo.ports.lock().unwrap().len(), 2);
    send(fd, b"back").unwrap();
    assert_eq!(receive(fd, 100, 0).unwrap(), b"back");
    close(&[fd]);
}

#[test]
fn duplicates_arrive_twice_and_held_back_ones_late() {
    let _turn = start();
    let echo = Echo::start();
    let fd = udp_to(&echo);
    control("fault dup 100% in").unwrap();
    send(fd, b"twin").unwrap();
    assert_eq!(receive(fd, 100, 0).unwrap(), b"twin");
    assert_eq!(receive(fd, 100, 0).unwrap(), b"twin");
    control("fault clear").unwrap();
    control("fault reorder 100% 500ms out").unwrap();
    send(fd, b"early").unwrap();
    control("fault reorder 0% out").unwrap();
    // The rule is gone, but what it held back is still under way.
    control("fault clear").unwrap();
    send(fd, b"late").unwrap();
    assert_eq!(receive(fd, 100, 0).unwrap(), b"late");
    assert_eq!(receive(fd, 100, 0).unwrap(), b"early");
    close(&[fd]);
}

#[test]
fn corruption_changes_one_bit() {
    let _turn = start();
    let echo = Echo::start();
    let fd = udp_to(&echo);
    control("fault corrupt 100% out").unwrap();
    send(fd, &[0; 32]).unwrap();
    let ones: u32 = receive(fd, 100, 0)
        .unwrap()
        .iter()
        .map(|byte| byte.count_ones())
        .sum();
    assert_eq!(ones, 1);
    close(&[fd]);
}

#[test]
fn no_route_is_told_at_connect_and_send() {
    let _turn = start();
    let echo = Echo::start();
    let fd = udp_to(&echo);
    control(&format!("fault unreachable on peer {}", echo.address)).unwrap();
    assert_eq!(send(fd, b"x"), Err(NRF_ENETUNREACH));
    let other = open(DGRAM, 0);
    assert_eq!(connect(other, echo.address), Err(NRF_ENETUNREACH));
    control(&format!("fault unreachable off peer {}", echo.address)).unwrap();
    assert_eq!(connect(other, echo.address), Ok(0));
    close(&[fd, other]);
}

#[test]
fn rebinding_changes_the_source_port() {
    let _turn = start();
    let echo = Echo::start();
    let fd = udp_to(&echo);
    send(fd, b"one").unwrap();
    receive(fd, 100, 0).unwrap();
    control("fault rebind").unwrap();
    send(fd, b"two").unwrap();
    assert_eq!(receive(fd, 100, 0).unwrap(), b"two");
    let ports = echo.ports.lock().unwrap().clone();
    assert_ne!(ports[0], ports[1]);
    close(&[fd]);
}

#[test]
fn poll_tells_which_of_several_sockets() {
    let _turn = start();
    let echo = Echo::start();
    let (a, b) = (udp_to(&echo), udp_to(&echo));
    let before = clock().now_ms();
    assert_eq!(poll(&[(a, POLLIN), (b, POLLIN)], 5000), (0, vec![0, 0]));
    assert_eq!(clock().now_ms() - before, 5000);
    control("fault latency 700ms").unwrap();
    send(b, b"x").unwrap();
    let before = clock().now_ms();
    assert_eq!(
        poll(&[(a, POLLIN), (b, POLLIN), (-1, POLLIN)], -1),
        (1, vec![0, POLLIN, 0])
    );
    assert_eq!(clock().now_ms() - before, 1400);
    assert_eq!(
        poll(&[(a, POLLOUT), (b, POLLIN | POLLOUT), (7, POLLIN)], 0),
        (3, vec![4, 5, 0x20])
    );
    close(&[a, b]);
}

#[test]
fn the_ninth_socket_is_refused() {
    let _turn = start();
    let fds: Vec<_> = (0..8).map(|_| open(DGRAM, 0)).collect();
    assert_eq!(checked(nrf_socket(1, DGRAM, 0)), Err(NRF_ENOBUFS));
    close(&fds[..1]);
    assert_eq!(checked(nrf_socket(1, DGRAM, 0)), Ok(fds[0]));
    close(&fds);
}

#[test]
fn unknown_kinds_of_socket_are_refused() {
    let _turn = start();
    let error = |family, kind, protocol| checked(nrf_socket(family, kind, protocol)).unwrap_err();
    assert_eq!(error(3, DGRAM, 0), NRF_EAFNOSUPPORT);
    assert_eq!(error(1, STREAM, DTLS), NRF_EPROTOTYPE);
    assert_eq!(error(1, STREAM, 258), NRF_EPROTONOSUPPORT);
    assert_eq!(error(1, 3, 0), NRF_EPROTONOSUPPORT);
}

#[test]
fn sockets_die_with_the_connection_and_must_be_closed() {
    let _turn = start();
    let echo = Echo::start();
    let fd = udp_to(&echo);
    let waiting = std::thread::spawn(move || receive(fd, 100, 0));
    std::thread::sleep(std::time::Duration::from_millis(5));
    set_network(false);
    assert_eq!(join(waiting), Err(NRF_ENETDOWN));
    assert_eq!(send(fd, b"x"), Err(NRF_ENETDOWN));
    assert_eq!(poll(&[(fd, POLLIN | POLLOUT)], 0), (1, vec![8]));
    assert_eq!(get_int(fd, SOCKET_LEVEL, 4), Ok(NRF_ENETDOWN));
    let fresh = open(DGRAM, 0);
    assert_eq!(connect(fresh, echo.address), Err(NRF_ENETUNREACH));
    set_network(true);
    assert_eq!(send(fd, b"x"), Err(NRF_ENETDOWN));
    assert_eq!(connect(fresh, echo.address), Ok(0));
    close(&[fd, fresh]);
}

#[test]
fn shutdown_takes_all_descriptors() {
    let _turn = start();
    let fd = open(DGRAM, 0);
    set_initialized(false);
    assert_eq!(checked(nrf_socket(1, DGRAM, 0)), Err(NRF_ESHUTDOWN));
    assert_eq!(receive(fd, 10, 0), Err(NRF_ESHUTDOWN));
    set_initialized(true);
    assert_eq!(receive(fd, 10, 0), Err(NRF_EBADF));
}

#[test]
fn options_are_checked() {
    let _turn = start();
    let fd = open(DGRAM, 0);
    assert_eq!(set_int(fd, SOCKET_LEVEL, 99, 1), Err(NRF_ENOPROTOOPT));
    assert_eq!(set_int(fd, SECURE_LEVEL, 2, 25), Err(NRF_ENOPROTOOPT));
    assert_eq!(set_option(fd, SOCKET_LEVEL, 20, &[1]), Err(NRF_EINVAL));
    assert_eq!(set_option(fd, SOCKET_LEVEL, 25, b"pdn0"), Ok(0));
    assert_eq!(set_option(fd, SOCKET_LEVEL, 25, b"eth0"), Err(NRF_EINVAL));
    assert_eq!(get_int(fd, SOCKET_LEVEL, 4), Ok(0));
    assert_eq!(set_option(fd, SOCKET_LEVEL, 25, b"pdn3"), Ok(0));
    assert_eq!(
        connect(fd, "127.0.0.1:5683".parse().unwrap()),
        Err(NRF_ENETUNREACH)
    );
    assert_eq!(checked(nrf_fcntl(fd, 4, 1)), Ok(0));
    assert_eq!(checked(nrf_fcntl(fd, 3, 0)), Ok(1));
    assert_eq!(receive(fd, 10, 0), Err(NRF_EAGAIN));
    close(&[fd]);
    assert_eq!(receive(fd, 10, 0), Err(NRF_EBADF));
    assert_eq!(checked(nrf_close(fd)), Err(NRF_EBADF));
}

#[test]
fn closing_ends_a_waiting_receive() {
    let _turn = start();
    let fd = open(DGRAM, 0);
    let waiting = std::thread::spawn(move || receive(fd, 100, 0));
    std::thread::sleep(std::time::Duration::from_millis(20));
    close(&[fd]);
    assert_eq!(join(waiting), Err(NRF_EBADF));
}

#[test]
fn sendto_and_recvfrom_carry_addresses_of_generation_a() {
    let _turn = start();
    let echo = Echo::start();
    let fd = open(DGRAM, 17);
    let port = echo.address.port().to_be_bytes();
    let address = [
        16, 0, 0, 0, 1, 0, 0, 0, port[0], port[1], 0, 0, 127, 0, 0, 1_u8,
    ];
    let sent = unsafe {
        nrf_sendto(
            fd,
            b"hello".as_ptr().cast(),
            5,
            0,
            address.as_ptr().cast(),
            16,
        )
    };
    assert_eq!(sent, 5);
    let (mut buffer, mut from, mut length) = ([0_u8; 16], [0xff_u8; 40], 40);
    let received = unsafe {
        nrf_recvfrom(
            fd,
            buffer.as_mut_ptr().cast(),
            16,
            0,
            from.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    assert_eq!((received, length, &buffer[..5]), (5, 16, &b"hello"[..]));
    assert_eq!(from[..16], address);
    assert_eq!(send(fd, b"x"), Err(NRF_EDESTADDRREQ));
    close(&[fd]);
}

#[test]
fn a_stream_carries_bytes_until_its_end() {
    let _turn = start();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 5];
        stream.read_exact(&mut request).unwrap();
        stream.write_all(&vec![7; 200_000]).unwrap();
        request
    });
    let fd = open(STREAM, 6);
    connect(fd, address).unwrap();
    limit_receive(fd, 600);
    send(fd, b"hello").unwrap();
    let mut total = 0;
    loop {
        let part = receive(fd, 3000, 0).unwrap();
        if part.is_empty() {
            break;
        }
        assert!(part.iter().all(|byte| *byte == 7));
        total += part.len();
    }
    assert_eq!((total, server.join().unwrap()), (200_000, *b"hello"));
    assert_eq!(poll(&[(fd, POLLIN)], 0), (1, vec![0x11]));
    close(&[fd]);
    let refused = open(STREAM, 6);
    assert_eq!(connect(refused, address), Err(NRF_ECONNREFUSED));
    close(&[refused]);
}

#[test]
fn names_come_from_the_table_in_the_form_of_generation_a() {
    let _turn = start_with(&[("VIRTUAL_MODEM_HOSTS", "never=nothing")]);
    control("dns host operator.example=127.0.0.1").unwrap();
    let look = |node: &std::ffi::CStr, service: &std::ffi::CStr, flags, family| {
        let mut hints: AddrInfo = unsafe { std::mem::zeroed() };
        (hints.flags, hints.family, hints.socktype) = (flags, family, DGRAM);
        let mut list = std::ptr::null_mut();
        let result = unsafe {
            nrf_getaddrinfo(
                node.as_ptr(),
                service.as_ptr(),
                &raw const hints,
                &raw mut list,
            )
        };
        if result != 0 {
            return Err(result);
        }
        let entry = unsafe { &*list };
        let bytes =
            unsafe { std::slice::from_raw_parts(entry.addr.cast::<u8>(), entry.addrlen as usize) }
                .to_vec();
        assert_eq!((entry.family, entry.socktype), (family, DGRAM));
        unsafe { nrf_freeaddrinfo(list) };
        Ok(bytes)
    };
    let address = look(c"operator.example", c"5684:0", 0x1400, 1).unwrap();
    assert_eq!(
        address,
        [16, 0, 0, 0, 1, 0, 0, 0, 0x16, 0x34, 0, 0, 127, 0, 0, 1]
    );
    assert_eq!(
        look(c"operator.example", c"pdn0", 0x1000, 1).unwrap()[8..10],
        [0, 0]
    );
    assert_eq!(look(c"::1", c"pdn0", 0x1000, 2).unwrap().len(), 36);
    assert_eq!(look(c"operator.example", c"pdn0", 0x1000, 2), Err(272));
    assert_eq!(look(c"elsewhere.example", c"pdn0", 0x1000, 1), Err(273));
    assert_eq!(look(c"operator.example", c"pdn9", 0x1000, 1), Err(277));
    assert_eq!(nrf_errno(), NRF_ENETUNREACH);
    assert_eq!(look(c"operator.example", c"0", 0x1000, 1), Err(274));
    assert_eq!(look(c"operator.example", c"", 0, 9), Err(270));
    control("dns fail operator.example again").unwrap();
    control("dns delay 4000ms").unwrap();
    let before = clock().now_ms();
    assert_eq!(look(c"operator.example", c"pdn0", 0x1000, 1), Err(258));
    assert_eq!(clock().now_ms() - before, 4000);
}

#[test]
fn addresses_as_text() {
    let _turn = start();
    let mut octets = [0_u8; 16];
    let mut text = [0x7f_i8; 46];
    for (family, given) in [(1, c"192.0.2.7"), (2, c"2001:db8::7")] {
        assert_eq!(
            unsafe { nrf_inet_pton(family, given.as_ptr(), octets.as_mut_ptr().cast()) },
            1
        );
        let back = unsafe { nrf_inet_ntop(family, octets.as_ptr().cast(), text.as_mut_ptr(), 46) };
        assert_eq!(unsafe { std::ffi::CStr::from_ptr(back) }, given);
    }
    assert_eq!(
        unsafe { nrf_inet_pton(1, c"2001:db8::7".as_ptr(), octets.as_mut_ptr().cast()) },
        0
    );
    assert_eq!(
        unsafe { nrf_inet_pton(5, c"192.0.2.7".as_ptr(), octets.as_mut_ptr().cast()) },
        -1
    );
    assert!(unsafe { nrf_inet_ntop(2, octets.as_ptr().cast(), text.as_mut_ptr(), 5) }.is_null());
    assert_eq!(nrf_errno(), NRF_ENOSPC);
}

#[test]
fn nonsense_is_refused_by_the_control_channel() {
    let _turn = start();
    for line in [
        "fault",
        "fault loss",
        "fault loss 101%",
        "fault loss 5% sideways",
        "fault drop next x",
        "fault latency -5ms",
        "fault drop handshake finished",
        "dns",
        "dtls limit x",
        "socks",
        "fault rebind 99",
    ] {
        assert!(control(line).is_err(), "{line}");
    }
    control("fault loss 20% both").unwrap();
    control("fault drop next 3 out port 5684").unwrap();
    let list = control("fault list").unwrap();
    assert!(
        list.contains("Loss(20.0) both") && list.contains("DropNext(3) out port 5684"),
        "{list}"
    );
}
