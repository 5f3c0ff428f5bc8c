//! Uplink data of the App Data Container: object 10250, resource 0.

use core::ffi::c_int;

use carrier_core::AppDataError;

use crate::errno::Errno;
use crate::runtime::change_started;
use crate::sys::ptr;

/// Sets the uplink data of the App Data Container (/10250/0/0), from where a server reads or observes it.
///
/// The bytes are copied. Any thread, not an interrupt.
///
/// @param buffer     The bytes.
/// @param buffer_len Number of bytes; 0 empties the resource.
///
/// @retval 0        Set.
/// @retval -ENOENT  The object is not there: not initialised, the carrier does not use it, or the library was built without it.
/// @retval -EINVAL  buffer is NULL.
/// @retval -ENOMEM  More bytes than the container holds.
///
/// # Safety
///
/// `buffer` is null or points to `buffer_len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_carrier_app_data_send(
    buffer: *const u8,
    buffer_len: usize,
) -> c_int {
    // SAFETY: the caller promises null or this many readable bytes.
    let data = unsafe { ptr::bytes(buffer, buffer_len) };
    change_started(|carrier| {
        let data = data.ok_or(Errno::INVAL)?;
        carrier.set_app_data(data).map_err(|error| match error {
            AppDataError::NotPresent => Errno::NOENT,
            AppDataError::Full => Errno::NOMEM,
        })
    })
}
