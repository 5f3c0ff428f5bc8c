//! Option numbers and address layouts of the newest generation of the modem library, end to end.

mod net_support;

use net_support::dtls_server::DtlsServer;
use net_support::*;
use virtual_modem::errno::*;
use virtual_modem::net::api::*;
use virtual_modem::net::names::*;

const ABI_D: &[(&str, &str)] = &[("VIRTUAL_MODEM_ABI", "D")];

#[test]
fn addresses_have_eight_bytes() {
    let _turn = start_with(ABI_D);
    let echo = Echo::start();
    let fd = open(DGRAM, 0);
    let port = echo.address.port().to_be_bytes();
    let address = [1, 0, port[0], port[1], 127, 0, 0, 1_u8];
    assert_eq!(
        checked(unsafe { nrf_connect(fd, address.as_ptr().cast(), 8) }),
        Ok(0)
    );
    limit_receive(fd, 30);
    send(fd, b"hello").unwrap();
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
    assert_eq!((received, length), (5, 8));
    assert_eq!(from[..9], [1, 0, port[0], port[1], 127, 0, 0, 1, 0xff]);
    let of_generation_a = [
        16, 0, 0, 0, 1, 0, 0, 0, port[0], port[1], 0, 0, 127, 0, 0, 1_u8,
    ];
    let other = open(DGRAM, 0);
    assert_eq!(
        checked(unsafe { nrf_connect(other, of_generation_a.as_ptr().cast(), 16) }),
        Err(NRF_EAFNOSUPPORT)
    );
    close(&[fd, other]);
}

#[test]
fn security_tags_are_option_one() {
    let _turn = start_with(ABI_D);
    let server = DtlsServer::start("PSK-AES128-CCM8");
    let fd = open(DGRAM, DTLS);
    // The number that means security tags in generation A is the host name here: it is taken, and does not help.
    assert_eq!(set_int(fd, SECURE_LEVEL, 2, 25), Ok(0));
    assert_eq!(connect(fd, server.address), Err(NRF_ECONNREFUSED));
    assert_eq!(set_int(fd, SECURE_LEVEL, 1, 25), Ok(0));
    assert_eq!(set_int(fd, SECURE_LEVEL, 14, 31), Ok(0));
    assert_eq!(set_int(fd, SECURE_LEVEL, 8, 31), Err(NRF_ENOPROTOOPT));
    assert_eq!(
        get_int(fd, SECURE_LEVEL, 12),
        Ok(0),
        "no session cache by default"
    );
    assert_eq!(connect(fd, server.address), Ok(0));
    assert_eq!(get_int(fd, SECURE_LEVEL, 4), Ok(0xc0a8));
    close(&[fd]);
}

#[test]
fn a_socket_can_outlive_its_connection() {
    let _turn = start_with(ABI_D);
    let echo = Echo::start();
    let fd = open(DGRAM, 0);
    connect(fd, echo.address).unwrap();
    set_int(fd, SOCKET_LEVEL, 34, 1).unwrap();
    set_network(false);
    assert_eq!(send(fd, b"x"), Err(NRF_ENETUNREACH));
    set_network(true);
    assert_eq!(send(fd, b"x"), Ok(1));
    close(&[fd]);
}

#[test]
fn lookup_errors_are_negative() {
    let _turn = start_with(ABI_D);
    let mut list = std::ptr::null_mut();
    let unknown = unsafe {
        nrf_getaddrinfo(
            c"nowhere.example".as_ptr(),
            std::ptr::null(),
            std::ptr::null(),
            &raw mut list,
        )
    };
    assert_eq!(unknown, -2);
    let known = unsafe {
        nrf_getaddrinfo(
            c"localhost".as_ptr(),
            c"5683".as_ptr(),
            std::ptr::null(),
            &raw mut list,
        )
    };
    assert_eq!(known, 0);
    let first = unsafe { &*list };
    assert_eq!(
        (first.family, first.addrlen, first.next.is_null()),
        (2, 22, false)
    );
    let second = unsafe { &*first.next };
    let bytes = unsafe { std::slice::from_raw_parts(second.addr.cast::<u8>(), 8) };
    assert_eq!(
        (second.addrlen, bytes),
        (8, &[1, 0, 0x16, 0x33, 127, 0, 0, 1][..])
    );
    assert!(second.next.is_null());
    unsafe { nrf_freeaddrinfo(list) };
}
