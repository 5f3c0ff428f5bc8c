//! The functions of the modem library this library calls, and the numbers that are the same in all of its releases.
//! What differs between releases is in `modem_abi`. Nothing here is defined by the archive; on the device libmodem defines it.

#![allow(non_camel_case_types)]

use core::ffi::{c_char, c_int, c_short, c_void};

/// IPv4.
pub const NRF_AF_INET: c_int = 1;
/// IPv6.
pub const NRF_AF_INET6: c_int = 2;
/// Datagram socket.
pub const NRF_SOCK_DGRAM: c_int = 2;
/// UDP.
pub const NRF_IPPROTO_UDP: c_int = 17;
/// DTLS 1.2 over UDP.
pub const NRF_SPROTO_DTLS1V2: c_int = 273;

/// Level of the socket's own options.
pub const NRF_SOL_SOCKET: c_int = 1;
/// Level of the security options.
pub const NRF_SOL_SECURE: c_int = 282;
/// Option: pending error.
pub const NRF_SO_ERROR: c_int = 4;
/// Option: time limit for receiving, [`nrf_timeval`].
pub const NRF_SO_RCVTIMEO: c_int = 20;
/// Option: time limit for sending, [`nrf_timeval`].
pub const NRF_SO_SNDTIMEO: c_int = 21;

/// Peer verification: none.
pub const NRF_SO_SEC_PEER_VERIFY_NONE: c_int = 0;
/// Session cache: on.
pub const NRF_SO_SEC_SESSION_CACHE_ENABLED: c_int = 1;
/// Handshake time limit of 31 seconds: four flights lost and repeated with doubling waits.
pub const NRF_SO_SEC_DTLS_HANDSHAKE_TIMEO_31S: c_int = 31;

/// Flag of one send or receive: do not wait.
pub const NRF_MSG_DONTWAIT: c_int = 0x40;

/// Poll: data to read.
pub const NRF_POLLIN: c_short = 0x01;
/// Poll: room to write.
pub const NRF_POLLOUT: c_short = 0x04;
/// Poll: error.
pub const NRF_POLLERR: c_short = 0x08;
/// Poll: closed by the peer.
pub const NRF_POLLHUP: c_short = 0x10;
/// Poll: not a socket.
pub const NRF_POLLNVAL: c_short = 0x20;

/// Error: the modem library is not initialised.
pub const NRF_EPERM: c_int = 1;
/// Error: no data now.
pub const NRF_EAGAIN: c_int = 11;
/// Error: no memory.
pub const NRF_ENOMEM: c_int = 12;
/// Error: too many sockets.
pub const NRF_EMFILE: c_int = 24;
/// Error: no socket free.
pub const NRF_ENOBUFS: c_int = 105;
/// Error: the modem library has been shut down.
pub const NRF_ESHUTDOWN: c_int = 110;
/// Error: refused; also missing or wrong credentials.
pub const NRF_ECONNREFUSED: c_int = 111;
/// Error: no route to the network.
pub const NRF_ENETUNREACH: c_int = 114;
/// Error: the packet data network is gone; the socket must be closed.
pub const NRF_ENETDOWN: c_int = 115;
/// Error: time is up.
pub const NRF_ETIMEDOUT: c_int = 116;
/// Error: no route to the host.
pub const NRF_EHOSTUNREACH: c_int = 118;
/// Error: that was done already.
pub const NRF_EALREADY: c_int = 120;
/// Error: too long for one message.
pub const NRF_EMSGSIZE: c_int = 122;

/// Flag of a name query: the service text names the packet data network.
pub const NRF_AI_PDNSERV: c_int = 0x1000;

/// One entry of a poll.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct nrf_pollfd {
    /// Socket.
    pub fd: c_int,
    /// What is asked for, `NRF_POLL*`.
    pub events: c_short,
    /// What is so, `NRF_POLL*`.
    pub revents: c_short,
}

/// A time limit.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct nrf_timeval {
    /// Seconds.
    pub tv_sec: u32,
    /// Microseconds.
    pub tv_usec: u32,
}

/// Query for, and result of, a name lookup.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct nrf_addrinfo {
    /// `NRF_AI_*`.
    pub ai_flags: c_int,
    /// `NRF_AF_*`.
    pub ai_family: c_int,
    /// `NRF_SOCK_*`.
    pub ai_socktype: c_int,
    /// `NRF_IPPROTO_*`.
    pub ai_protocol: c_int,
    /// Number of bytes of the address.
    pub ai_addrlen: u32,
    /// Address, laid out as `ModemAbi` says.
    pub ai_addr: *mut c_void,
    /// Canonical name or null.
    pub ai_canonname: *mut c_char,
    /// Next result or null.
    pub ai_next: *mut nrf_addrinfo,
}

unsafe extern "C" {
    /// Opens a socket: its number, or -1.
    pub safe fn nrf_socket(family: c_int, kind: c_int, protocol: c_int) -> c_int;
    /// Closes a socket: 0 or -1.
    pub safe fn nrf_close(fd: c_int) -> c_int;
    /// Connects, and does the handshake of a DTLS socket: 0 or -1. Blocks.
    pub fn nrf_connect(fd: c_int, address: *const c_void, address_len: u32) -> c_int;
    /// Sends: number of bytes, or -1.
    pub fn nrf_send(fd: c_int, buffer: *const c_void, length: usize, flags: c_int) -> isize;
    /// Receives: number of bytes, or -1.
    pub fn nrf_recv(fd: c_int, buffer: *mut c_void, length: usize, flags: c_int) -> isize;
    /// Waits for sockets, `timeout` in milliseconds, -1 for ever: number of ready ones, 0 when the time is up, or -1.
    pub fn nrf_poll(fds: *mut nrf_pollfd, count: u32, timeout: c_int) -> c_int;
    /// Sets an option: 0 or -1.
    pub fn nrf_setsockopt(
        fd: c_int,
        level: c_int,
        option: c_int,
        value: *const c_void,
        length: u32,
    ) -> c_int;
    /// Reads an option: 0 or -1.
    pub fn nrf_getsockopt(
        fd: c_int,
        level: c_int,
        option: c_int,
        value: *mut c_void,
        length: *mut u32,
    ) -> c_int;
    /// Looks a name up: 0 or an error of its own numbering. Blocks.
    pub fn nrf_getaddrinfo(
        node: *const c_char,
        service: *const c_char,
        hints: *const nrf_addrinfo,
        result: *mut *mut nrf_addrinfo,
    ) -> c_int;
    /// Gives the result of a lookup back.
    pub fn nrf_freeaddrinfo(result: *mut nrf_addrinfo);

    /// Sends an AT command and takes the whole response: 0 for OK, positive for the modem's error, negative for one of the library.
    pub fn nrf_modem_at_cmd(
        buffer: *mut c_void,
        length: usize,
        format: *const c_char,
        ...
    ) -> c_int;
    /// Sends an AT command without response: results as [`nrf_modem_at_cmd`].
    pub fn nrf_modem_at_printf(format: *const c_char, ...) -> c_int;

    /// Size of the area for packages of the modem's own firmware. This and the next ones give 0, a positive code of their own (17: the
    /// area is being erased), or a negative error.
    pub fn nrf_modem_delta_dfu_area(size: *mut usize) -> c_int;
    /// How many bytes the area holds; 2621440 when it holds what cannot be continued.
    pub fn nrf_modem_delta_dfu_offset(offset: *mut usize) -> c_int;
    /// Begins writing.
    pub safe fn nrf_modem_delta_dfu_write_init() -> c_int;
    /// Writes the next bytes. Blocks.
    pub fn nrf_modem_delta_dfu_write(buffer: *const c_void, length: usize) -> c_int;
    /// Ends writing.
    pub safe fn nrf_modem_delta_dfu_write_done() -> c_int;
    /// Begins to erase the area.
    pub safe fn nrf_modem_delta_dfu_erase() -> c_int;
    /// Has the package applied when the modem starts the next time.
    pub safe fn nrf_modem_delta_dfu_update() -> c_int;
}

const _: () = {
    assert!(size_of::<nrf_pollfd>() == 8);
    assert!(size_of::<nrf_timeval>() == 8);
    assert!(
        size_of::<nrf_addrinfo>()
            == if cfg!(target_pointer_width = "64") {
                48
            } else {
                32
            }
    );
};
