//! Calls into the application: its event handler and what it may define in place of the built-in functions.
//! None of them is called while a lock is held.

use core::ffi::{CStr, c_char, c_int};

use super::ptr;
use crate::abi::{lwm2m_carrier_event_data_t, lwm2m_carrier_event_handler, lwm2m_carrier_event_t};
use crate::api::{device, time};

/// Longest time zone name taken, in bytes. The longest of the IANA database has 32.
const ZONE: usize = 63;

/// Hands an event over; returns the handler's answer.
pub fn handle_event(number: u32, data: lwm2m_carrier_event_data_t) -> c_int {
    let event = lwm2m_carrier_event_t {
        r#type: number,
        data,
    };
    // SAFETY: the event and the payload behind its pointer, which the caller holds, are valid during the call.
    unsafe { lwm2m_carrier_event_handler(&raw const event) }
}

/// Seconds since 1970.
pub fn utc_time() -> i32 {
    // SAFETY: no arguments; the application answers any number.
    unsafe { time::lwm2m_carrier_utc_time_read() }
}

/// Minutes east of Greenwich.
pub fn utc_offset() -> c_int {
    // SAFETY: no arguments; the application answers any number.
    unsafe { time::lwm2m_carrier_utc_offset_read() }
}

/// Where the application keeps the time zone's name.
pub fn timezone_pointer() -> *const c_char {
    // SAFETY: no arguments.
    unsafe { time::lwm2m_carrier_timezone_read() }
}

/// Time zone, copied into `room`; empty for null or when it is not UTF-8.
pub fn timezone(room: &mut [u8]) -> &str {
    let length = room.len().min(ZONE);
    let room = room.get_mut(..length).unwrap_or_default();
    // SAFETY: null or zero-terminated by the contract of the header.
    let name = unsafe { ptr::copy_text(timezone_pointer(), room) };
    name.and_then(ptr::utf8).unwrap_or_default()
}

/// Free memory in kilobytes.
pub fn memory_free() -> c_int {
    // SAFETY: no arguments; the application answers any number.
    unsafe { device::lwm2m_carrier_memory_free_read() }
}

/// Offers a time; whether the application took it.
pub fn set_utc_time(seconds: i32) -> bool {
    // SAFETY: a plain number.
    unsafe { time::lwm2m_carrier_utc_time_write(seconds) == 0 }
}

/// Offers an offset; whether the application took it.
pub fn set_utc_offset(minutes: c_int) -> bool {
    // SAFETY: a plain number.
    unsafe { time::lwm2m_carrier_utc_offset_write(minutes) == 0 }
}

/// Offers a time zone; whether the application took it.
pub fn set_timezone(name: &CStr) -> bool {
    // SAFETY: zero-terminated and valid during the call.
    unsafe { time::lwm2m_carrier_timezone_write(name.as_ptr()) == 0 }
}
