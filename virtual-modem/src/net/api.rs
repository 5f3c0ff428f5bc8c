//! The exported `nrf_*` functions on sockets: pointers in, results out, errors as -1 with `errno`, one log line a call.
//!
//! All functions may be called from any thread. Null pointers give `NRF_EFAULT`.

use std::ffi::{c_int, c_void};
use std::net::SocketAddr;

use super::layout::{self, AddressError};
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
