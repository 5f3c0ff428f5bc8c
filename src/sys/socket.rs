//! Links as sockets of the modem library: UDP, or DTLS 1.2 with a pre-shared key from the modem's store.
//!
//! Only the run thread uses them once they are open. A socket is closed only while the helper thread is not polling.

use core::ffi::{CStr, c_int, c_short};
use core::num::NonZeroI32;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use core::{mem, ptr, slice};

use carrier_core::config::SERVERS;
use carrier_core::{Link, LinkError};

use super::modem_abi::{ModemAbi, Sockaddr, lwm2m_carrier_modem_abi};
use super::{hooks, nrf, os, pdn, poll};

/// The open links.
pub struct Sockets {
    open: [Option<Socket>; SERVERS],
    /// A link was opened since the helper thread was told the sockets.
    changed: bool,
}

/// An open socket. The protocol's number is never zero, so that an empty slot is all zeros and the static in `.bss`.
#[derive(Clone, Copy, Debug)]
pub struct Socket {
    fd: c_int,
    protocol: NonZeroI32,
}

const UDP: NonZeroI32 = NonZeroI32::new(nrf::NRF_IPPROTO_UDP).unwrap();
const DTLS: NonZeroI32 = NonZeroI32::new(nrf::NRF_SPROTO_DTLS1V2).unwrap();

impl Socket {
    fn is_secure(self) -> bool {
        self.protocol == DTLS
    }

    /// Closes the socket; nobody may be polling it.
    pub fn close(self) {
        nrf::nrf_close(self.fd);
    }

    /// Why the last call failed.
    #[cfg_attr(target_os = "none", inline(never))]
    fn trouble(self) -> Trouble {
        match hooks::lwm2m_os_nrf_errno() {
            nrf::NRF_EAGAIN => Trouble::Nothing,
            // The answer of a host to an earlier datagram: nobody listens there now. UDP goes on trying.
            nrf::NRF_ECONNREFUSED if !self.is_secure() => Trouble::Noise,
            nrf::NRF_ESHUTDOWN => {
                os::modem_gone();
                Trouble::ModemGone
            }
            _ => Trouble::LinkLost,
        }
    }
}

/// Why no datagram was sent or received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing (more) to receive; a datagram to be sent is lost like any may be.
    Nothing,
    /// Something that is to be ignored; there may be more.
    Noise,
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

    /// Takes a socket that was opened for a link.
    pub fn adopt(&mut self, link: Link, socket: Socket) {
        if let Some(slot) = self.open.get_mut(usize::from(link.0)) {
            *slot = Some(socket);
            self.changed = true;
        }
    }

    /// Closes a link, if open. Waits up to a second for the helper thread to let go of it.
    pub fn close(&mut self, link: Link) {
        if let Some(socket) = self
            .open
            .get_mut(usize::from(link.0))
            .and_then(Option::take)
        {
            poll::stop();
            socket.close();
            poll::take(socket.fd);
        }
    }

    /// Closes every link.
    pub fn close_all(&mut self) {
        for index in 0..SERVERS as u8 {
            self.close(Link(index));
        }
    }

    /// Sends a datagram.
    pub fn send(&self, link: Link, datagram: &[u8]) -> Result<(), Trouble> {
        let socket = self.socket(link).ok_or(Trouble::LinkLost)?;
        // SAFETY: `datagram` is readable for its length.
        let sent = unsafe { nrf::nrf_send(socket.fd, datagram.as_ptr().cast(), datagram.len(), 0) };
        if sent < 0 {
            return Err(socket.trouble());
        }
        Ok(())
    }

    /// Receives a datagram into `room` without waiting: its length. One that fills `room` may have been cut.
    pub fn receive(&self, link: Link, room: &mut [u8]) -> Result<usize, Trouble> {
        let socket = self.socket(link).ok_or(Trouble::Nothing)?;
        // SAFETY: `room` is writable for its length.
        let length = unsafe {
            nrf::nrf_recv(
                socket.fd,
                room.as_mut_ptr().cast(),
                room.len(),
                nrf::NRF_MSG_DONTWAIT,
            )
        };
        match length {
            1.. => Ok(length as usize),
            // The end of a DTLS session reads as nothing.
            0 if socket.is_secure() => Err(Trouble::LinkLost),
            0 => Err(Trouble::Noise),
            _ => Err(socket.trouble()),
        }
    }

    /// Whether a link was opened since the last [`Sockets::hand_over`].
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// Gives the sockets of the open links to the helper thread, which is idle.
    pub fn hand_over(&mut self) {
        self.changed = false;
        poll::hand_over(self.open.iter().flatten().map(|socket| socket.fd));
    }

    /// What the helper thread has found out about a link, `NRF_POLL*`.
    pub fn take_ready(&self, link: Link) -> c_short {
        self.socket(link).map_or(0, |socket| poll::take(socket.fd))
    }

    fn socket(&self, link: Link) -> Option<Socket> {
        self.open.get(usize::from(link.0)).copied().flatten()
    }
}

/// Connects to a host; blocks for the name lookup and the handshake. IPv4 first, IPv6 where that leads nowhere: a name may have addresses
/// of a family that the network does not offer.
pub fn open(host: &CStr, port: u16, security_tag: Option<u32>) -> Result<Socket, LinkError> {
    match open_family(nrf::NRF_AF_INET, host, port, security_tag) {
        Err(LinkError::NoRoute) => open_family(nrf::NRF_AF_INET6, host, port, security_tag),
        outcome => outcome,
    }
}

#[cfg_attr(target_os = "none", inline(never))]
fn open_family(
    family: c_int,
    host: &CStr,
    port: u16,
    security_tag: Option<u32>,
) -> Result<Socket, LinkError> {
    let mut address = Sockaddr::new();
    lookup(host, port, family, &mut address).ok_or(LinkError::NoRoute)?;
    let protocol = if security_tag.is_some() { DTLS } else { UDP };
    let fd = nrf::nrf_socket(address.family(), nrf::NRF_SOCK_DGRAM, protocol.get());
    if fd < 0 {
        return Err(open_error(
            hooks::lwm2m_os_nrf_errno(),
            LinkError::NoResources,
        ));
    }
    let socket = Socket { fd, protocol };
    let connected = match security_tag {
        Some(tag) => secure(fd, tag).and_then(|()| connect(fd, &address, LinkError::Handshake)),
        None => connect(fd, &address, LinkError::NoRoute),
    };
    if connected.is_err() {
        socket.close();
    }
    connected.map(|()| socket)
}

/// Looks a host up. An explicit family, because without one the modem asks for IPv6 even where there is none.
fn lookup(host: &CStr, port: u16, family: c_int, address: &mut Sockaddr) -> Option<()> {
    let pdn = pdn::bound().map(pdn::name);
    let (flags, service) = match &pdn {
        Some((name, _)) => (nrf::NRF_AI_PDNSERV, name.as_ptr().cast()),
        None => (0, ptr::null()),
    };
    let hints = nrf::nrf_addrinfo {
        ai_flags: flags,
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
    let failed =
        unsafe { nrf::nrf_getaddrinfo(host.as_ptr(), service, &raw const hints, &raw mut found) };
    if failed != 0 || found.is_null() {
        return None;
    }
    // SAFETY: the call succeeded, so `found` is a result that stays until it is given back.
    let result = unsafe { &*found };
    let taken = if result.ai_addr.is_null() {
        None
    } else {
        // The structure's size by the table: some releases leave the length member out.
        let size = abi().size(result.ai_family);
        // SAFETY: the modem library's address of this family has this size in the release the table stands for.
        let bytes = unsafe { slice::from_raw_parts(result.ai_addr.cast::<u8>(), size) };
        abi().address(result.ai_family, bytes, port, address)
    };
    // SAFETY: from nrf_getaddrinfo, given back once, not used afterwards.
    unsafe { nrf::nrf_freeaddrinfo(found) };
    taken
}

/// Another key was stored: sessions the modem has in its cache belong to the former one.
static STALE: AtomicBool = AtomicBool::new(false);

/// Lets the next secure link begin without cached sessions: a resumed one would go on under the identity it began with.
pub fn forget_sessions() {
    STALE.store(true, Relaxed);
}

/// Sets up DTLS. Defaults changed between modem library releases, so everything that matters is set.
fn secure(fd: c_int, tag: u32) -> Result<(), LinkError> {
    let verify = nrf::NRF_SO_SEC_PEER_VERIFY_NONE;
    if !set_number(fd, abi().so_sec_tag_list, tag as c_int)
        || !set_number(fd, abi().so_sec_peer_verify, verify)
    {
        return Err(LinkError::Handshake);
    }
    // A firmware that lacks one of these connects all the same: a full handshake each time, or a longer wait.
    if STALE.load(Relaxed) {
        STALE.store(false, Relaxed);
        set_number(fd, abi().so_sec_session_cache_purge, 1);
    }
    let cache = nrf::NRF_SO_SEC_SESSION_CACHE_ENABLED;
    set_number(fd, abi().so_sec_session_cache, cache);
    let limit = nrf::NRF_SO_SEC_DTLS_HANDSHAKE_TIMEO_31S;
    set_number(fd, abi().so_sec_dtls_handshake_timeo, limit);
    Ok(())
}

/// Sets a security option, a number or a list of one; whether the modem took it.
#[cfg_attr(target_os = "none", inline(never))]
fn set_number(fd: c_int, option: c_int, value: c_int) -> bool {
    // SAFETY: a number for the time of the call.
    unsafe { set_option(fd, nrf::NRF_SOL_SECURE, option, &raw const value, 1) }
}

/// Sets an option of `count` items from `value` on.
///
/// # Safety
///
/// They are readable.
unsafe fn set_option<T>(
    fd: c_int,
    level: c_int,
    option: c_int,
    value: *const T,
    count: usize,
) -> bool {
    let size = count * mem::size_of::<T>();
    // SAFETY: the caller promises that they are there.
    unsafe { nrf::nrf_setsockopt(fd, level, option, value.cast(), size as u32) == 0 }
}

/// Ties a socket to the connection of the access point, if there is one to use; whether that went well.
fn bind(fd: c_int) -> bool {
    let Some(id) = pdn::bound() else {
        return true;
    };
    let (level, option) = (nrf::NRF_SOL_SOCKET, abi().so_bind_to_pdn);
    // SAFETY: a number, or the bytes of a text, for the time of the call.
    unsafe {
        if abi().bind_to_pdn_is_int != 0 {
            let id = c_int::from(id);
            set_option(fd, level, option, &raw const id, 1)
        } else {
            let (name, length) = pdn::name(id);
            set_option(fd, level, option, name.as_ptr(), length)
        }
    }
}

fn connect(fd: c_int, address: &Sockaddr, otherwise: LinkError) -> Result<(), LinkError> {
    if !bind(fd) {
        return Err(LinkError::NoRoute);
    }
    // SAFETY: an address structure of this size for the time of the call.
    if unsafe { nrf::nrf_connect(fd, address.as_ptr().cast(), address.size()) } == 0 {
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
