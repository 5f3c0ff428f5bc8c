//! AT commands out, notifications in.

use core::ffi::{CStr, c_char, c_int, c_uint};

use carrier_core::Query;
use carrier_core::config::DATAGRAM;
use carrier_core::modem::{apdu::Command, notice};

use super::{hooks, nrf, os, ptr};
use crate::runtime::inbox::LINE;
use crate::runtime::post;

/// Why a command has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtError {
    /// The modem answered with an error, or with text that is none.
    Refused,
    /// The modem library is not running (any more).
    ModemGone,
}

/// Longest answer taken: four connections with both addresses and names of usual length.
const ANSWER: usize = 512;
const _: () = assert!(ANSWER <= DATAGRAM);

/// Lets notifications come in.
pub fn init() -> Result<(), os::HookFailed> {
    if hooks::lwm2m_os_at_init(notified) == 0 {
        Ok(())
    } else {
        Err(os::HookFailed)
    }
}

/// Runs a command; the answer is written to `room`. Blocks for what the modem takes, usually milliseconds.
pub fn command(query: Query, room: &mut [u8; DATAGRAM]) -> Result<&str, AtError> {
    let format = query.format().as_ptr().cast();
    // SAFETY: `room` is writable for this length; the format is zero-terminated and without conversions, so it takes no arguments.
    let result = unsafe { nrf::nrf_modem_at_cmd(room.as_mut_ptr().cast(), ANSWER, format) };
    outcome(result, room.get(..ANSWER).unwrap_or_default())
}

/// Runs a command that is a text; whether the modem took it. The error: it is gone.
pub fn configure(command: &CStr) -> Result<bool, AtError> {
    // SAFETY: the format takes one zero-terminated text.
    let result = unsafe { nrf::nrf_modem_at_printf(c"%s".as_ptr(), command.as_ptr()) };
    match outcome(result, b"\0") {
        Err(AtError::ModemGone) => Err(AtError::ModemGone),
        other => Ok(other.is_ok()),
    }
}

/// Passes a command on to the SIM on a channel; the modem's answer is written to `room`. Blocks for what the card takes.
pub fn card<'a>(channel: u8, command: &Command, room: &'a mut [u8]) -> Option<&'a str> {
    let digits = 2 + command.head.count_bytes() + 4 + 2;
    // SAFETY: `room` is writable for its length. The format takes two numbers, a zero-terminated text, and two more numbers.
    let result = unsafe {
        nrf::nrf_modem_at_cmd(
            room.as_mut_ptr().cast(),
            room.len(),
            c"AT+CSIM=%d,\"%02X%s%04X%02X\"".as_ptr(),
            digits as c_int,
            c_uint::from(channel),
            command.head.as_ptr(),
            c_uint::from(command.word),
            c_uint::from(command.last),
        )
    };
    outcome(result, room).ok()
}

/// The answer in `room`, unless the result says that there is none.
fn outcome(result: c_int, room: &[u8]) -> Result<&str, AtError> {
    if result == 0 {
        return ptr::answer(room).ok_or(AtError::Refused);
    }
    // Positive: the modem's own error. Negative: the modem library's.
    if result == -nrf::NRF_EPERM || result == -nrf::NRF_ESHUTDOWN {
        Err(AtError::ModemGone)
    } else {
        Err(AtError::Refused)
    }
}

/// Comes on a thread that is shared with the whole system, with little stack: copy and post.
unsafe extern "C" fn notified(line: *const c_char) {
    // SAFETY: the hook hands a zero-terminated text that is valid during the call.
    let Some(bytes) = (unsafe { ptr::text_bytes(line, LINE + 1) }) else {
        return;
    };
    let Some(text) = ptr::utf8(bytes) else {
        return;
    };
    if notice::matters(text) {
        post(bytes);
    }
}
