//! The exported `nrf_*` socket functions: pointers in, results out, errors as -1 with `errno`, one log line a call.
//!
//! All functions may be called from any thread. Null pointers give `NRF_EFAULT`.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::layout::{self, AddressError, LookupError};
use super::lookup::{self, Hints};
use super::network::network;
use super::options;
use super::socket::{POLLNVAL, Socket};
use crate::clock::clock;
use crate::errno::*;
use crate::seam::{self, generation};

const F_GETFL: c_int = 3;
const F_SETFL: c_int = 4;
const O_NONBLOCK: c_int = 1;

/// `struct nrf_pollfd`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct PollFd {
    /// Descriptor; negative is skipped.
    pub fd: c_int,
    /// Events wanted.
    pub events: i16,
    /// Events found.
    pub revents: i16,
}

/// `struct nrf_addrinfo`; the same member order in every generation.
#[repr(C)]
#[derive(Debug)]
pub struct AddrInfo {
    /// Flags.
    pub flags: c_int,
    /// Family.
    pub family: c_int,
    /// Socket type.
    pub socktype: c_int,
    /// Protocol.
    pub protocol: c_int,
    /// Bytes at `addr`.
    pub addrlen: u32,
    /// Address structure of the generation.
    pub addr: *mut c_void,
    /// Name, or null.
    pub canonname: *mut c_char,
    /// Next result, or null.
    pub next: *mut AddrInfo,
}

/// Opens a socket. -1: `NRF_EAFNOSUPPORT`, `NRF_EPROTOTYPE`, `NRF_EPROTONOSUPPORT`, `NRF_ENOBUFS` (all in use),
/// `NRF_EPERM` before init, `NRF_ESHUTDOWN` after shutdown.
#[unsafe(no_mangle)]
pub extern "C" fn nrf_socket(family: c_int, kind: c_int, protocol: c_int) -> c_int {
    let network = network();
    let result = network
        .ready()
        .and_then(|()| network.insert(|fd| Socket::open(fd, family, kind, protocol)));
    finish(
        &format!("nrf_socket family={family} type={kind} protocol={protocol}"),
        result,
    )
}

/// Closes a socket; a DTLS server is told. Waiting calls of other threads end with `NRF_EBADF`.
#[unsafe(no_mangle)]
pub extern "C" fn nrf_close(fd: c_int) -> c_int {
    let network = network();
    let result = network
        .ready()
        .and_then(|()| network.remove(fd))
        .map(|socket| {
            socket.close();
            network.changed.signal();
            network.wake();
            0
        });
    finish(&format!("nrf_close fd={fd}"), result)
}

/// Connects to an address; for DTLS the handshake. -1 with the reason, `NRF_EINPROGRESS` when non-blocking.
///
/// # Safety
/// `address` is null or points to `length` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nrf_connect(fd: c_int, address: *const c_void, length: u32) -> c_int {
    let result = socket(fd).and_then(|socket| {
        // SAFETY: as promised by the caller.
        let peer = unsafe { address_in(address, length) }?;
        socket.connect(peer).map(|()| 0)
    });
    finish(&format!("nrf_connect fd={fd}"), result)
}

/// Sets the local port.
///
/// # Safety
/// `address` is null or points to `length` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nrf_bind(fd: c_int, address: *const c_void, length: u32) -> c_int {
    let result = socket(fd).and_then(|socket| {
        // SAFETY: as promised by the caller.
        let local = unsafe { address_in(address, length) }?;
        socket.bind(local).map(|()| 0)
    });
    finish(&format!("nrf_bind fd={fd}"), result)
}

/// Sends on a connected socket. Number of bytes taken, or -1.
///
/// # Safety
/// `buffer` is null or points to `length` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nrf_send(
    fd: c_int,
    buffer: *const c_void,
    length: usize,
    flags: c_int,
) -> isize {
    // SAFETY: as promised by the caller.
    let result = unsafe { bytes_in(buffer, length) }
        .and_then(|bytes| socket(fd)?.send(bytes, flags, None))
        .map(|sent| sent as c_int);
    finish(
        &format!("nrf_send fd={fd} length={length} flags={flags:#x}"),
        result,
    ) as isize
}

/// Sends to an address, which is ignored on a connected socket and may then be null.
///
/// # Safety
/// `buffer` and `address` are null or point to that many readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nrf_sendto(
    fd: c_int,
    buffer: *const c_void,
    length: usize,
    flags: c_int,
    address: *const c_void,
    address_length: u32,
) -> isize {
    let target = match address.is_null() {
        true => Ok(None),
        // SAFETY: as promised by the caller.
        false => unsafe { address_in(address, address_length) }.map(Some),
    };
    // SAFETY: as promised by the caller.
    let result = unsafe { bytes_in(buffer, length) }
        .and_then(|bytes| socket(fd)?.send(bytes, flags, target?))
        .map(|sent| sent as c_int);
    finish(
        &format!("nrf_sendto fd={fd} length={length} flags={flags:#x}"),
        result,
    ) as isize
}

/// Receives one message or stream bytes. Number of bytes, 0 at the end of a stream, or -1.
///
/// # Safety
/// `buffer` is null or points to `length` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nrf_recv(
    fd: c_int,
    buffer: *mut c_void,
    length: usize,
    flags: c_int,
) -> isize {
    // SAFETY: as promised by the caller.
    let result =
        unsafe { bytes_out(buffer, length) }.and_then(|bytes| socket(fd)?.receive(bytes, flags));
    let result = result.map(|(received, _)| received as c_int);
    finish(
        &format!("nrf_recv fd={fd} length={length} flags={flags:#x}"),
        result,
    ) as isize
}

/// Receives and tells the sender, if `address` and `address_length` are not null.
///
/// # Safety
/// `buffer` points to `length` writable bytes, `address` to `*address_length` writable bytes, or they are null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nrf_recvfrom(
    fd: c_int,
    buffer: *mut c_void,
    length: usize,
    flags: c_int,
    address: *mut c_void,
    address_length: *mut u32,
) -> isize {
    // SAFETY: as promised by the caller.
    let result =
        unsafe { bytes_out(buffer, length) }.and_then(|bytes| socket(fd)?.receive(bytes, flags));
    let result = result.map(|(received, from)| {
        if let (Some(from), false, false) = (from, address.is_null(), address_length.is_null()) {
            let structure = layout::write_address(generation(), from);
            // SAFETY: as promised by the caller; not more is written than there is room for.
            unsafe {
                let room = structure.len().min(*address_length as usize);
                std::ptr::copy_nonoverlapping(structure.as_ptr(), address.cast(), room);
                *address_length = structure.len() as u32;
            }
        }
        received as c_int
    });
    finish(
        &format!("nrf_recvfrom fd={fd} length={length} flags={flags:#x}"),
        result,
    ) as isize
}

/// Waits until one of the descriptors has an event, `timeout` ms at most (negative: for ever). Number of descriptors with
/// events, 0 at the time-out, or -1.
///
/// # Safety
/// `fds` points to `count` entries, or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nrf_poll(fds: *mut PollFd, count: u32, timeout: c_int) -> c_int {
    let network = network();
    let result = network.ready().and_then(|()| {
        if fds.is_null() && count > 0 {
            return Err(NRF_EFAULT);
        }
        let entries = match count {
            0 => &mut [],
            // SAFETY: as promised by the caller; not null.
            count => unsafe { std::slice::from_raw_parts_mut(fds, count as usize) },
        };
        let deadline = (timeout >= 0).then(|| clock().now_ms() + i64::from(timeout));
        let mut look = || {
            for entry in entries.iter_mut() {
                entry.revents = match network.socket(entry.fd) {
                    _ if entry.fd < 0 => 0,
                    Ok(socket) => socket.poll_bits(entry.events),
                    Err(_) => POLLNVAL,
                };
            }
            let found = entries.iter().filter(|entry| entry.revents != 0).count();
            (found > 0).then_some(found as c_int)
        };
        let found = match timeout {
            0 => look(),
            _ => clock().wait_for(&network.changed, deadline, look),
        };
        // A modem shut down meanwhile has no descriptors left.
        network.ready().map(|()| found.unwrap_or(0))
    });
    finish(&format!("nrf_poll count={count} timeout={timeout}"), result)
}

/// Reads or sets the non-blocking flag; other flags and commands give `NRF_EINVAL`.
#[unsafe(no_mangle)]
pub extern "C" fn nrf_fcntl(fd: c_int, command: c_int, flags: c_int) -> c_int {
    let result = socket(fd).and_then(|socket| {
        let mut state = socket.lock();
        match command {
            F_GETFL => Ok(if state.nonblocking { O_NONBLOCK } else { 0 }),
            F_SETFL if flags & !O_NONBLOCK == 0 => {
                state.nonblocking = flags & O_NONBLOCK != 0;
                Ok(0)
            }
            _ => Err(NRF_EINVAL),
        }
    });
    finish(
        &format!("nrf_fcntl fd={fd} command={command} flags={flags}"),
        result,
    )
}

/// Sets an option. -1: `NRF_ENOPROTOOPT` (unknown in this generation), `NRF_EINVAL` (value or size).
///
/// # Safety
/// `value` is null or points to `length` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nrf_setsockopt(
    fd: c_int,
    level: c_int,
    option: c_int,
    value: *const c_void,
    length: u32,
) -> c_int {
    // SAFETY: as promised by the caller.
    let result = unsafe { bytes_in(value, length as usize) }
        .and_then(|bytes| options::set(&*socket(fd)?, level, option, bytes))
        .map(|()| 0);
    finish(
        &format!("nrf_setsockopt fd={fd} level={level} option={option} length={length}"),
        result,
    )
}

/// Reads an option; `*length` is the room before and the size after. `NRF_SO_ERROR` is cleared by reading.
///
/// # Safety
/// `length` is null or valid, `value` is null or points to `*length` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nrf_getsockopt(
    fd: c_int,
    level: c_int,
    option: c_int,
    value: *mut c_void,
    length: *mut u32,
) -> c_int {
    let result = socket(fd).and_then(|socket| {
        if value.is_null() || length.is_null() {
            return Err(NRF_EFAULT);
        }
        // SAFETY: as promised by the caller; not null.
        let buffer = unsafe { bytes_out(value, *length as usize) }?;
        let size = options::copy_out(&options::get(&socket, level, option)?, buffer)?;
        // SAFETY: as promised by the caller; not null.
        unsafe { *length = size as u32 };
        Ok(0)
    });
    finish(
        &format!("nrf_getsockopt fd={fd} level={level} option={option}"),
        result,
    )
}

/// Looks a name up. 0 and a list to be freed with [`nrf_freeaddrinfo`], or an `NRF_EAI_*` number of the generation.
///
/// # Safety
/// `node` and `service` are null or zero-terminated, `hints` is null or valid, `result` is valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nrf_getaddrinfo(
    node: *const c_char,
    service: *const c_char,
    hints: *const AddrInfo,
    result: *mut *mut AddrInfo,
) -> c_int {
    // SAFETY: as promised by the caller.
    let (node, service, hints) = unsafe {
        let hints = hints.as_ref().map(|hints| Hints {
            flags: hints.flags,
            family: hints.family,
            socktype: hints.socktype,
            protocol: hints.protocol,
        });
        (text_in(node), text_in(service), hints.unwrap_or_default())
    };
    let failed = |error: i32| {
        set_nrf_errno(error);
        Err(LookupError::System)
    };
    let found = match network().ready() {
        Err(error) => failed(error),
        Ok(()) if result.is_null() => failed(NRF_EFAULT),
        Ok(()) => lookup::resolve(node.as_deref(), service.as_deref(), hints),
    };
    let shown = (
        node.as_deref().unwrap_or("-"),
        service.as_deref().unwrap_or("-"),
    );
    let outcome = found.and_then(|addresses| {
        let canonical = node
            .as_deref()
            .filter(|_| hints.flags & lookup::AI_CANONNAME != 0);
        let list = address_list(&addresses, hints, canonical).ok_or(LookupError::Memory)?;
        // SAFETY: not null, valid as promised by the caller.
        unsafe { *result = list };
        Ok(addresses)
    });
    let text = match &outcome {
        Ok(addresses) => format!("{addresses:?}"),
        Err(error) => format!("{error:?}"),
    };
    seam::modem().log(
        "net",
        &format!("nrf_getaddrinfo {} {} -> {text}", shown.0, shown.1),
    );
    outcome
        .err()
        .map_or(0, |error| layout::lookup_error(generation(), error))
}

/// Frees the result of [`nrf_getaddrinfo`]; null is allowed.
///
/// # Safety
/// `list` is null or such a result, freed once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nrf_freeaddrinfo(list: *mut AddrInfo) {
    // SAFETY: `address_list` makes a list in one block of the C allocator, its first entry at the start.
    unsafe { libc::free(list.cast()) };
}

/// Writes an address as text. `destination`, or null with `NRF_EAFNOSUPPORT`, `NRF_ENOSPC` or `NRF_EFAULT`.
///
/// # Safety
/// `source` points to 4 or 16 bytes, `destination` to `size` writable bytes, or they are null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nrf_inet_ntop(
    family: c_int,
    source: *const c_void,
    destination: *mut c_char,
    size: u32,
) -> *const c_char {
    let width = match family {
        layout::AF_INET => 4,
        layout::AF_INET6 => 16,
        _ => {
            set_nrf_errno(NRF_EAFNOSUPPORT);
            return std::ptr::null();
        }
    };
    if source.is_null() || destination.is_null() {
        set_nrf_errno(NRF_EFAULT);
        return std::ptr::null();
    }
    let mut octets = [0_u8; 16];
    // SAFETY: as promised by the caller for this family; not null.
    unsafe { std::ptr::copy_nonoverlapping(source.cast::<u8>(), octets.as_mut_ptr(), width) };
    let text = match width {
        4 => Ipv4Addr::new(octets[0], octets[1], octets[2], octets[3]).to_string(),
        _ => Ipv6Addr::from(octets).to_string(),
    };
    if text.len() >= size as usize {
        set_nrf_errno(NRF_ENOSPC);
        return std::ptr::null();
    }
    // SAFETY: text and terminating zero fit into the caller's buffer.
    unsafe {
        std::ptr::copy_nonoverlapping(text.as_ptr(), destination.cast(), text.len());
        *destination.add(text.len()) = 0;
    }
    destination
}

/// Reads an address from text. 1, 0 when the text is no address, -1 with `NRF_EAFNOSUPPORT` or `NRF_EFAULT`.
///
/// # Safety
/// `source` is zero-terminated, `destination` points to 4 or 16 writable bytes, or they are null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nrf_inet_pton(
    family: c_int,
    source: *const c_char,
    destination: *mut c_void,
) -> c_int {
    if !matches!(family, layout::AF_INET | layout::AF_INET6) {
        set_nrf_errno(NRF_EAFNOSUPPORT);
        return -1;
    }
    // SAFETY: as promised by the caller.
    let text = unsafe { text_in(source) };
    let (Some(text), false) = (text, destination.is_null()) else {
        set_nrf_errno(NRF_EFAULT);
        return -1;
    };
    let octets = match text.parse() {
        Ok(IpAddr::V4(v4)) if family == layout::AF_INET => v4.octets().to_vec(),
        Ok(IpAddr::V6(v6)) if family == layout::AF_INET6 => v6.octets().to_vec(),
        _ => return 0,
    };
    // SAFETY: the caller gives room for an address of this family.
    unsafe { std::ptr::copy_nonoverlapping(octets.as_ptr(), destination.cast(), octets.len()) };
    1
}

fn socket(fd: c_int) -> Result<std::sync::Arc<Socket>, i32> {
    network().ready()?;
    network().socket(fd)
}

/// Logs the call and turns its result into the C form.
fn finish(call: &str, result: Result<c_int, i32>) -> c_int {
    match result {
        Ok(value) => {
            seam::modem().log("net", &format!("{call} -> {value}"));
            value
        }
        Err(error) => {
            seam::modem().log("net", &format!("{call} -> -1 {}", name(error)));
            // Last, as writing the log may change errno.
            set_nrf_errno(error);
            -1
        }
    }
}

/// # Safety
/// `address` is null or points to `length` readable bytes.
unsafe fn address_in(address: *const c_void, length: u32) -> Result<SocketAddr, i32> {
    if address.is_null() {
        return Err(NRF_EFAULT);
    }
    // SAFETY: as promised by the caller; not null.
    let bytes = unsafe { std::slice::from_raw_parts(address.cast(), length as usize) };
    layout::read_address(generation(), bytes).map_err(|error| match error {
        AddressError::TooShort => NRF_EINVAL,
        AddressError::Family => NRF_EAFNOSUPPORT,
    })
}

/// # Safety
/// `pointer` is null or points to `length` readable bytes that nobody changes during `'a`.
unsafe fn bytes_in<'a>(pointer: *const c_void, length: usize) -> Result<&'a [u8], i32> {
    match (pointer.is_null(), length) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(NRF_EFAULT),
        // SAFETY: as promised by the caller; not null.
        (false, length) => Ok(unsafe { std::slice::from_raw_parts(pointer.cast(), length) }),
    }
}

/// # Safety
/// `pointer` is null or points to `length` writable bytes that nobody else uses during `'a`.
unsafe fn bytes_out<'a>(pointer: *mut c_void, length: usize) -> Result<&'a mut [u8], i32> {
    match (pointer.is_null(), length) {
        (_, 0) => Ok(&mut []),
        (true, _) => Err(NRF_EFAULT),
        // SAFETY: as promised by the caller; not null.
        (false, length) => Ok(unsafe { std::slice::from_raw_parts_mut(pointer.cast(), length) }),
    }
}

/// # Safety
/// `text` is null or zero-terminated.
unsafe fn text_in(text: *const c_char) -> Option<String> {
    // SAFETY: as promised by the caller; not null.
    (!text.is_null()).then(|| {
        unsafe { CStr::from_ptr(text) }
            .to_string_lossy()
            .into_owned()
    })
}

/// Builds the result list in one block: entries, then addresses (8-byte slots), then the name. Null-free, at least one entry.
fn address_list(
    addresses: &[SocketAddr],
    hints: Hints,
    canonical: Option<&str>,
) -> Option<*mut AddrInfo> {
    const SLOT: usize = 40;
    let canonical = canonical.and_then(|name| CString::new(name).ok());
    let name_bytes = canonical
        .as_ref()
        .map(|name| name.as_bytes_with_nul())
        .unwrap_or_default();
    let entries = addresses.len() * size_of::<AddrInfo>();
    let size = entries + addresses.len() * SLOT + name_bytes.len();
    // SAFETY: any size may be asked for; null is checked below.
    let block = unsafe { libc::calloc(1, size) }.cast::<u8>();
    if block.is_null() {
        return None;
    }
    let list = block.cast::<AddrInfo>();
    for (index, address) in addresses.iter().enumerate() {
        let structure = layout::write_address(generation(), *address);
        let last = index + 1 == addresses.len();
        // SAFETY: entries, slots (at least as large as any address structure) and name lie inside the block as its size
        // was computed, and the C allocator aligns it for the entries.
        unsafe {
            let slot = block.add(entries + index * SLOT);
            std::ptr::copy_nonoverlapping(structure.as_ptr(), slot, structure.len());
            let name = block.add(entries + addresses.len() * SLOT);
            std::ptr::copy_nonoverlapping(name_bytes.as_ptr(), name, name_bytes.len());
            list.add(index).write(AddrInfo {
                flags: hints.flags,
                family: if address.is_ipv6() {
                    layout::AF_INET6
                } else {
                    layout::AF_INET
                },
                socktype: hints.socktype,
                protocol: hints.protocol,
                addrlen: structure.len() as u32,
                addr: slot.cast(),
                canonname: if index == 0 && !name_bytes.is_empty() {
                    name.cast()
                } else {
                    std::ptr::null_mut()
                },
                next: if last {
                    std::ptr::null_mut()
                } else {
                    list.add(index + 1)
                },
            });
        }
    }
    Some(list)
}
