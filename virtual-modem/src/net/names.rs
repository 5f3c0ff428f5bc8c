//! The exported `nrf_*` functions on names and addresses: lookup with its result list, and addresses as text.
//!
//! All functions may be called from any thread.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::layout::{self, LookupError};
use super::lookup::{self, Hints};
use super::network::network;
use crate::errno::{NRF_EAFNOSUPPORT, NRF_EFAULT, NRF_ENOSPC, set_nrf_errno};
use crate::seam::{self, generation};

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
