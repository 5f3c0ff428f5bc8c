//! Identities of the host device and its parts: object 16, resource 0.

use core::ffi::{c_char, c_int};

use carrier_core::PortfolioError;
use carrier_core::config::PORTFOLIO_TEXT;

use crate::errno::{Errno, to_c};
use crate::runtime::{CARRIER, change, change_started};
use crate::sys::ptr;

/// Reads an identity of a Portfolio instance. Any thread, not an interrupt.
///
/// @param instance_id   Object instance; 0 is the Primary Host.
/// @param identity_type LWM2M_CARRIER_IDENTITY_*.
/// @param buffer        Receives the zero-terminated text; NULL asks for the size only.
/// @param buffer_len    In: size of the buffer in bytes. Out: size of the text with its zero, also with -ENOMEM.
///
/// @retval 0        Read, or the size told.
/// @retval -EINVAL  buffer_len is NULL, or the type is unknown.
/// @retval -ENOENT  No such instance: so it is with all when the library was built without the object.
/// @retval -ENOMEM  The buffer is too small; nothing was written to it.
///
/// # Safety
///
/// `buffer_len` is null or writable; `buffer` is null or has room for `*buffer_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_carrier_identity_read(
    instance_id: u16,
    identity_type: u16,
    buffer: *mut c_char,
    buffer_len: *mut u16,
) -> c_int {
    if buffer_len.is_null() {
        return Errno::INVAL.negative();
    }
    // SAFETY: not null; the caller promises a writable number.
    let room = unsafe { buffer_len.read() };
    // The copy to the caller happens under the lock: the text may change afterwards.
    let result = CARRIER.with(|carrier| {
        let text = carrier
            .identity(instance_id, identity_type)
            .map_err(errno)?;
        if !carrier.is_started() {
            return Err(Errno::NOENT);
        }
        let size = u16::try_from(text.len() + 1).map_err(|_| Errno::NOMEM)?;
        // SAFETY: not null; the caller promises a writable number.
        unsafe { ptr::store(buffer_len, size) };
        if buffer.is_null() {
            return Ok(());
        }
        if size > room {
            return Err(Errno::NOMEM);
        }
        // SAFETY: the caller promises `room` bytes and the text with its zero fits.
        unsafe { ptr::store_text(buffer, text) };
        Ok(())
    });
    to_c(result)
}

/// Writes an identity of a Portfolio instance. Any thread, not an interrupt. It is stored, so that it is still there after a restart, until
/// the instance is deleted or the device is reset to its factory state.
///
/// @param instance_id   Object instance; the Primary Host (0) cannot be written.
/// @param identity_type LWM2M_CARRIER_IDENTITY_*.
/// @param value         Zero-terminated text of 1 to 200 characters; copied.
///
/// @retval 0        Written.
/// @retval -EINVAL  value is NULL or empty, or the type is unknown.
/// @retval -ENOENT  No such instance: so it is with all when the library was built without the object.
/// @retval -EPERM   The instance is the Primary Host.
/// @retval -E2BIG   More than 200 characters.
/// @retval -ENOMEM  No room for the text.
///
/// # Safety
///
/// `value` is null or zero-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_carrier_identity_write(
    instance_id: u16,
    identity_type: u16,
    value: *const c_char,
) -> c_int {
    // SAFETY: the caller promises null or a zero-terminated text.
    let value = unsafe { ptr::text_bytes(value, MOST) };
    change(|carrier| {
        let value = value.ok_or(Errno::INVAL)?;
        carrier
            .set_identity(instance_id, identity_type, value)
            .map_err(errno)
    })
}

/// Creates a Portfolio instance. Any thread, not an interrupt. It is stored: after a restart it is there already.
///
/// @param instance_id Number of the new instance.
///
/// @retval 0        Created.
/// @retval -ENOENT  lwm2m_carrier_init has not succeeded yet, or the library was built without the object.
/// @retval -EINVAL  The number is in use, or 65535, which no instance may have.
/// @retval -ENOMEM  There are 4 instances already.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_carrier_portfolio_instance_create(instance_id: u16) -> c_int {
    change_started(|carrier| {
        carrier
            .create_portfolio_instance(instance_id)
            .map_err(errno)
    })
}

/// Bytes of an identity looked at: one more than allowed.
const MOST: usize = PORTFOLIO_TEXT + 1;

fn errno(error: PortfolioError) -> Errno {
    match error {
        PortfolioError::Invalid | PortfolioError::Exists => Errno::INVAL,
        PortfolioError::NotFound => Errno::NOENT,
        PortfolioError::NotPermitted => Errno::PERM,
        PortfolioError::TooLong => Errno::TOO_BIG,
        PortfolioError::Full => Errno::NOMEM,
    }
}
