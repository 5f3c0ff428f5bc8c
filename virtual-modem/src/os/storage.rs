//! Record storage hooks over the simulated flash. An id outside 0xCA00..0xCAFF is an assertion.

use super::{assertions, fatal, trace};
use crate::clock::clock;
use crate::device::device;
use crate::errno::{NRF_EINVAL, NRF_EIO, NRF_ENOENT, NRF_ENOSPC};
use crate::power::{self, Phase, Store};
use crate::storage::{ERASE_MS, IDS, StorageError};
use std::ffi::{c_int, c_void};

fn number(error: StorageError) -> c_int {
    match error {
        StorageError::Missing => -NRF_ENOENT,
        StorageError::TooLong => -NRF_EINVAL,
        StorageError::Full => -NRF_ENOSPC,
        StorageError::Io => -NRF_EIO,
    }
}

fn check(id: u16) {
    if !IDS.contains(&id) && assertions() {
        fatal(&format!("storage id 0x{id:04X} is outside the range"));
    }
}

/// Stored length, which can exceed `len` (T12); `-ENOENT`, `-EINVAL`.
///
/// # Safety
/// `data` has room for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_os_storage_read(id: u16, data: *mut c_void, len: usize) -> c_int {
    check(id);
    // SAFETY: the caller gives `len` writable bytes.
    let buffer = if len == 0 {
        &mut []
    } else {
        unsafe { std::slice::from_raw_parts_mut(data.cast::<u8>(), len) }
    };
    let result = device()
        .storage()
        .read(id, buffer)
        .map_or_else(number, |length| length as c_int);
    trace(format!("storage_read 0x{id:04X} len {len} -> {result}"));
    result
}

/// Bytes written, 0 when the same data are stored already (T12); `-ENOSPC`, `-EINVAL`, `-EIO`. Length 0 deletes.
///
/// # Safety
/// `data` has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_os_storage_write(id: u16, data: *const c_void, len: usize) -> c_int {
    check(id);
    // SAFETY: the caller gives `len` readable bytes.
    let bytes = if len == 0 {
        &[]
    } else {
        unsafe { std::slice::from_raw_parts(data.cast::<u8>(), len) }
    };
    write(id, bytes)
}

/// 0, also when there is no such record.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_storage_delete(id: u16) -> c_int {
    check(id);
    write(id, &[])
}

fn write(id: u16, bytes: &[u8]) -> c_int {
    let (result, erases) = {
        let mut storage = device().storage();
        let before = storage.wear().1;
        let cut = if storage.would_change(id, bytes) {
            let change = match bytes.len() {
                0 => format!("delete 0x{id:04X}"),
                length => format!("write 0x{id:04X} {length} bytes"),
            };
            power::write_begins(Store::Storage, &change)
        } else {
            None
        };
        if cut == Some(Phase::Within) {
            // Whether it succeeds does not matter: power is gone.
            let _ = storage.write_half(id, bytes);
            power::off();
        }
        let result = storage
            .write(id, bytes)
            .map_or_else(number, |length| length as c_int);
        if cut == Some(Phase::After) {
            power::off();
        }
        (result, storage.wear().1 - before)
    };
    trace(format!(
        "storage_write 0x{id:04X} len {} -> {result}",
        bytes.len()
    ));
    if erases > 0 {
        clock().sleep_ms(erases as i64 * ERASE_MS);
    }
    result
}
