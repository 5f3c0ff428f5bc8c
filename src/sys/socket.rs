//! Links as sockets of the modem library: UDP, or DTLS 1.2 with a pre-shared key from the modem's store.
//!
//! Only the run thread uses them. A socket is closed only while the helper thread is not polling.

use core::ffi::{CStr, c_int, c_void};
use core::net::SocketAddr;
use core::{mem, ptr, slice};

use carrier_core::config::SERVERS;
use carrier_core::{Link, LinkError};

use super::modem_abi::{ModemAbi, Sockaddr, lwm2m_carrier_modem_abi};
use super::{hooks, nrf, poll};
use crate::runtime::INBOX;

/// The open links.
pub struct Sockets {
    open: [Option<Socket>; SERVERS],
    /// A link was opened since the helper thread was told the sockets.
    changed: bool,
}

/// Two plain numbers: with a `bool` inside, an empty slot would not be all zeros and the static not in `.bss`.
#[derive(Clone, Copy)]
struct Socket {
    fd: c_int,
    protocol: c_int,
}

impl Socket {
    fn is_secure(self) -> bool {
        self.protocol == nrf::NRF_SPROTO_DTLS1V2
    }
}

/// What became of a datagram to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It is on its way, or lost like any datagram may be.
    Done,
    /// The link is dead.
    LinkLost,
    /// The modem library is not running any more.
    ModemGone,
}

/// What came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// A datagram of this many bytes.
    Datagram(usize),
    /// Something that is to be ignored; there may be more.
    Noise,
    /// Nothing (more).
    Nothing,
    /// The link is dead.
    LinkLost,
    /// The modem library is not running any more.
    ModemGone,
}

impl Sockets {
    /// No link is open.
    pub const fn new() -> Sockets {
        Sockets {
            open: [None; SERVERS],
            changed: false,
        }
    }

    /// Opens a link to a host; blocks for the name lookup and the handshake. A link that is open already is closed before.
    pub fn open(
        &mut self,
        link: Link,
        host: &CStr,
        port: u16,
        security_tag: Option<u32>,
    ) -> Result<(), LinkError> {
        self.close(link);
        let slot = self
            .open
            .get_mut(usize::from(link.0))
            .ok_or(LinkError::NoResources)?;
        let address = resolve(host, port).ok_or(LinkError::NoRoute)?;
        let family = if address.is_ipv4() {
            nrf::NRF_AF_INET
        } else {
            nrf::NRF_AF_INET6
        };
        let protocol = if security_tag.is_some() {
            nrf::NRF_SPROTO_DTLS1V2
        } else {
            nrf::NRF_IPPROTO_UDP
        };
        let fd = nrf::nrf_socket(family, nrf::NRF_SOCK_DGRAM, protocol);
        if fd < 0 {
            return Err(open_error(
                hooks::lwm2m_os_nrf_errno(),
                LinkError::NoResources,
            ));
        }
        let connected = match security_tag {
            Some(tag) => secure(fd, tag).and_then(|()| connect(fd, address, LinkError::Handshake)),
            None => connect(fd, address, LinkError::NoRoute),
        };
        if connected.is_err() {
            nrf::nrf_close(fd);
        } else {
            *slot = Some(Socket { fd, protocol });
            self.changed = true;
        }
        connected
    }

    /// Closes a link, if open. Waits up to a second for the helper thread to let go of it.
    pub fn close(&mut self, link: Link) {
        if let Some(socket) = self
            .open
            .get_mut(usize::from(link.0))
            .and_then(Option::take)
        {
            poll::stop();
            nrf::nrf_close(socket.fd);
            INBOX.with(|inbox| inbox.take_ready(link));
        }
    }

    /// Closes every link.
    pub fn close_all(&mut self) {
        for index in 0..SERVERS as u8 {
            self.close(Link(index));
        }
    }

    /// Sends a datagram.
    pub fn send(&self, link: Link, datagram: &[u8]) -> Sent {
        let Some(socket) = self.socket(link) else {
            return Sent::LinkLost;
        };
        // SAFETY: `datagram` is readable for its length.
        let sent = unsafe { nrf::nrf_send(socket.fd, datagram.as_ptr().cast(), datagram.len(), 0) };
        if sent >= 0 {
            return Sent::Done;
        }
        match hooks::lwm2m_os_nrf_errno() {
            nrf::NRF_EAGAIN => Sent::Done,
            // The answer of a host to an earlier datagram: nobody listens there now. UDP goes on trying.
            nrf::NRF_ECONNREFUSED if !socket.is_secure() => Sent::Done,
            nrf::NRF_ESHUTDOWN => Sent::ModemGone,
            _ => Sent::LinkLost,
        }
    }

    /// Receives a datagram into `room` without waiting. One that fills `room` may have been cut and is noise.
    pub fn receive(&self, link: Link, room: &mut [u8]) -> Received {
        let Some(socket) = self.socket(link) else {
            return Received::Nothing;
        };
        // SAFETY: `room` is writable for its length.
        let length = unsafe {
            nrf::nrf_recv(
                socket.fd,
                room.as_mut_ptr().cast(),
                room.len(),
                nrf::NRF_MSG_DONTWAIT,
            )
        };
        match usize::try_from(length) {
            // The end of a DTLS session reads as nothing.
            Ok(0) if socket.is_secure() => Received::LinkLost,
            Ok(length) if length == 0 || length >= room.len() => Received::Noise,
            Ok(length) => Received::Datagram(length),
            Err(_) => match hooks::lwm2m_os_nrf_errno() {
                nrf::NRF_EAGAIN => Received::Nothing,
                nrf::NRF_ECONNREFUSED if !socket.is_secure() => Received::Noise,
                nrf::NRF_ESHUTDOWN => Received::ModemGone,
                _ => Received::LinkLost,
            },
        }
    }

    /// Whether any link is open.
    pub fn any_open(&self) -> bool {
        self.open.iter().any(Option::is_some)
    }

    /// Whether a link was opened since the last [`Sockets::descriptors`].
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// The sockets of the open links, for the helper thread.
    pub fn descriptors(&mut self) -> [Option<c_int>; SERVERS] {
        self.changed = false;
        self.open.map(|socket| socket.map(|socket| socket.fd))
    }

    fn socket(&self, link: Link) -> Option<Socket> {
        self.open.get(usize::from(link.0)).copied().flatten()
    }
}

/// Looks a host up, IPv4 first. An explicit family, because without one the modem asks for IPv6 even where there is none.
fn resolve(host: &CStr, port: u16) -> Option<SocketAddr> {
    lookup(host, port, nrf::NRF_AF_INET).or_else(|| lookup(host, port, nrf::NRF_AF_INET6))
}

fn lookup(host: &CStr, port: u16, family: c_int) -> Option<SocketAddr> {
    let hints = nrf::nrf_addrinfo {
        ai_flags: 0,
        ai_family: family,
        ai_socktype: nrf::NRF_SOCK_DGRAM,
        ai_protocol: 0,
        ai_addrlen: 0,
        ai_addr: ptr::null_mut(),
        ai_canonname: ptr::null_mut(),
        ai_next: ptr::null_mut(),
    };
    let mut found: *mut nrf::nrf_addrinfo = ptr::null_mut();
    // SAFETY: the texts are zero-terminated or null, the hints and the pointer for the result live across the call.
    let failed = unsafe {
        nrf::nrf_getaddrinfo(host.as_ptr(), ptr::null(), &raw const hints, &raw mut found)
    };
    if failed != 0 || found.is_null() {
        return None;
    }
    // SAFETY: the call succeeded, so `found` is a result that stays until it is given back.
    let result = unsafe { &*found };
    let address = if result.ai_addr.is_null() {
        None
    } else {
        // The structure's size by the table: some releases leave the length member out.
        let size = if result.ai_family == nrf::NRF_AF_INET {
            abi().sockaddr_in_size
        } else {
            abi().sockaddr_in6_size
        };
        // SAFETY: the modem library's address of this family has this size in the release the table stands for.
        let bytes = unsafe {
            slice::from_raw_parts(
                result.ai_addr.cast::<u8>(),
                usize::try_from(size).unwrap_or(0),
            )
        };
        abi().decode(bytes)
    };
    // SAFETY: from nrf_getaddrinfo, given back once, not used afterwards.
    unsafe { nrf::nrf_freeaddrinfo(found) };
    address.map(|mut address| {
        address.set_port(port);
        address
    })
}

/// Sets up DTLS. Defaults changed between modem library releases, so everything that matters is set.
fn secure(fd: c_int, tag: u32) -> Result<(), LinkError> {
    let tags = [tag];
    if !set_option(fd, abi().so_sec_tag_list, &tags) {
        return Err(LinkError::Handshake);
    }
    let verify = nrf::NRF_SO_SEC_PEER_VERIFY_NONE;
    if !set_option(fd, abi().so_sec_peer_verify, &verify) {
        return Err(LinkError::Handshake);
    }
    // A firmware that lacks one of these connects all the same: a full handshake each time, or a longer wait.
    set_option(
        fd,
        abi().so_sec_session_cache,
        &nrf::NRF_SO_SEC_SESSION_CACHE_ENABLED,
    );
    set_option(
        fd,
        abi().so_sec_dtls_handshake_timeo,
        &nrf::NRF_SO_SEC_DTLS_HANDSHAKE_TIMEO_31S,
    );
    Ok(())
}

/// Sets a security option; whether the modem took it.
fn set_option<T>(fd: c_int, option: c_int, value: &T) -> bool {
    let value: *const c_void = ptr::from_ref(value).cast();
    // SAFETY: points to a value of this size for the time of the call.
    unsafe {
        nrf::nrf_setsockopt(
            fd,
            nrf::NRF_SOL_SECURE,
            option,
            value,
            mem::size_of::<T>() as u32,
        ) == 0
    }
}

fn connect(fd: c_int, address: SocketAddr, otherwise: LinkError) -> Result<(), LinkError> {
    let sockaddr: Sockaddr = abi().encode(address);
    // SAFETY: an address structure of this size for the time of the call.
    if unsafe { nrf::nrf_connect(fd, sockaddr.as_ptr().cast(), sockaddr.size()) } == 0 {
        return Ok(());
    }
    Err(open_error(hooks::lwm2m_os_nrf_errno(), otherwise))
}

fn open_error(errno: c_int, otherwise: LinkError) -> LinkError {
    match errno {
        nrf::NRF_ENETDOWN | nrf::NRF_ENETUNREACH | nrf::NRF_EHOSTUNREACH => LinkError::NoRoute,
        nrf::NRF_ENOBUFS | nrf::NRF_ENOMEM | nrf::NRF_EMFILE => LinkError::NoResources,
        _ => otherwise,
    }
}

fn abi() -> &'static ModemAbi {
    &lwm2m_carrier_modem_abi
}
