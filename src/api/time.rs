//! Time, offset and zone of the device: object 3, resources 13 to 15, with the built-in versions of what an application may define itself.
//! The library always calls the public names, so that the application's definitions are the ones used.

use core::ffi::{c_char, c_int};
use core::sync::atomic::{AtomicU8, Ordering};

use crate::errno::{Errno, to_c};
use crate::runtime::{CARRIER, change};
use crate::sys::{application, os, ptr};

unsafe extern "C" {
    /// Returns the time for /3/0/13.
    ///
    /// An application may define this function itself; the built-in one follows the network's time and what servers write. The library
    /// calls it from the thread of lwm2m_carrier_run and from callers of lwm2m_carrier_time_read.
    ///
    /// @return Seconds since 1970, UTC.
    pub fn lwm2m_carrier_utc_time_read() -> i32;

    /// Returns the offset from UTC for /3/0/14.
    ///
    /// An application may define this function itself. Threads as for lwm2m_carrier_utc_time_read.
    ///
    /// @return Minutes, positive east of Greenwich.
    pub fn lwm2m_carrier_utc_offset_read() -> c_int;

    /// Returns the time zone for /3/0/15.
    ///
    /// An application may define this function itself. Threads as for lwm2m_carrier_utc_time_read.
    ///
    /// @return Name of the IANA time zone database, zero-terminated. It belongs to the function called and stays valid.
    pub fn lwm2m_carrier_timezone_read() -> *mut c_char;

    /// Takes the time a server wrote to /3/0/13.
    ///
    /// An application may define this function itself. The library calls it from the thread of lwm2m_carrier_run. Any result but 0
    /// makes the server's request fail.
    ///
    /// @param time Seconds since 1970, UTC.
    ///
    /// @retval 0        Taken.
    /// @retval -EINVAL  Negative.
    pub fn lwm2m_carrier_utc_time_write(time: i32) -> c_int;

    /// Takes the offset a server wrote to /3/0/14.
    ///
    /// An application may define this function itself. The library calls it from the thread of lwm2m_carrier_run. Any result but 0
    /// makes the server's request fail.
    ///
    /// @param offset Minutes, positive east of Greenwich.
    ///
    /// @retval 0  Taken.
    pub fn lwm2m_carrier_utc_offset_write(offset: c_int) -> c_int;

    /// Takes the time zone a server wrote to /3/0/15.
    ///
    /// An application may define this function itself. The library calls it from the thread of lwm2m_carrier_run. Any result but 0
    /// makes the server's request fail.
    ///
    /// @param tz Name of the IANA time zone database, zero-terminated. Valid during the call: copy it.
    ///
    /// @retval 0  Taken.
    pub fn lwm2m_carrier_timezone_write(tz: *const c_char) -> c_int;
}

/// Reads time, offset and zone in one call. Any thread, not an interrupt.
///
/// The values come from lwm2m_carrier_utc_time_read, lwm2m_carrier_utc_offset_read and lwm2m_carrier_timezone_read, whoever defines them.
///
/// @param utc_time   Receives seconds since 1970; may be NULL.
/// @param utc_offset Receives minutes; may be NULL.
/// @param tz         Receives a pointer to the zone's name; may be NULL.
///
/// # Safety
///
/// Each pointer is null or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_carrier_time_read(
    utc_time: *mut i32,
    utc_offset: *mut c_int,
    tz: *mut *const c_char,
) {
    if !utc_time.is_null() {
        // SAFETY: the caller promises a writable pointer.
        unsafe { ptr::store(utc_time, application::utc_time()) };
    }
    if !utc_offset.is_null() {
        // SAFETY: the caller promises a writable pointer.
        unsafe { ptr::store(utc_offset, application::utc_offset()) };
    }
    if !tz.is_null() {
        // SAFETY: the caller promises a writable pointer.
        unsafe { ptr::store(tz, application::timezone_pointer()) };
    }
}

/// Room for the name of a time zone and its zero.
const ZONE: usize = 64;

/// The name C callers see; its last byte is always zero. Atomic, because a reader may look at it while another call fills it.
static SHOWN: [AtomicU8; ZONE + 1] = [const { AtomicU8::new(0) }; ZONE + 1];

/// Built-in `lwm2m_carrier_utc_time_read`.
pub(crate) extern "C" fn default_utc_time_read() -> i32 {
    let now = os::now();
    CARRIER.with(|carrier| carrier.utc_time(now))
}

/// Built-in `lwm2m_carrier_utc_offset_read`.
pub(crate) extern "C" fn default_utc_offset_read() -> c_int {
    CARRIER.with(|carrier| carrier.utc_offset())
}

/// Built-in `lwm2m_carrier_timezone_read`.
pub(crate) extern "C" fn default_timezone_read() -> *mut c_char {
    let mut name = [0; ZONE];
    CARRIER.with(|carrier| {
        let length = carrier.timezone(&mut name);
        // Under the lock, so that two readers do not mix two names. What lies behind the name is zero.
        if let Some(rest) = name.get_mut(length..) {
            rest.fill(0);
        }
        for (shown, byte) in SHOWN.iter().zip(&name) {
            shown.store(*byte, Ordering::Relaxed);
        }
    });
    SHOWN.as_ptr().cast_mut().cast()
}

/// Built-in `lwm2m_carrier_utc_time_write`.
pub(crate) extern "C" fn default_utc_time_write(time: i32) -> c_int {
    if time < 0 {
        return Errno::INVAL.negative();
    }
    let now = os::now();
    change(|carrier| {
        carrier.set_utc_time(now, time);
        Ok(())
    })
}

/// Built-in `lwm2m_carrier_utc_offset_write`.
pub(crate) extern "C" fn default_utc_offset_write(offset: c_int) -> c_int {
    change(|carrier| {
        carrier.set_utc_offset(offset);
        Ok(())
    })
}

/// Built-in `lwm2m_carrier_timezone_write`.
///
/// # Safety
///
/// `tz` is null or zero-terminated.
pub(crate) unsafe extern "C" fn default_timezone_write(tz: *const c_char) -> c_int {
    // SAFETY: the caller promises null or a zero-terminated text.
    let name = unsafe { ptr::text_bytes(tz, ZONE) }.and_then(ptr::utf8);
    match name {
        Some(name) => change(|carrier| {
            if carrier.set_timezone(name) {
                Ok(())
            } else {
                Err(Errno::INVAL)
            }
        }),
        None => to_c(Err(Errno::INVAL)),
    }
}
