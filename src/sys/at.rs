//! AT commands out, notifications in.

use core::ffi::{CStr, c_char, c_int, c_uint};

use carrier_core::Query;
use carrier_core::config::DATAGRAM;
use carrier_core::modem::{apdu::Command, notice};

use super::{hooks, nrf, os, ptr};
use crate::runtime::inbox::LINE;
use crate::runtime::post;

/// The modem library is not running (any more).
const NOT_INITIALISED: c_int = -nrf::NRF_EPERM;
const SHUT_DOWN: c_int = -nrf::NRF_ESHUTDOWN;

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

/// Runs a command; the answer is written to `room`. `None`: the modem answered with an error or with text that is none, or its library is
/// not running (any more), see [`os::modem_is_gone`]. Blocks for what the modem takes, usually milliseconds.
pub fn command(query: Query, room: &mut [u8; DATAGRAM]) -> Option<&str> {
    let format = query.format().as_ptr().cast();
    // SAFETY: `room` is writable for this length; the format is zero-terminated and without conversions, so it takes no arguments.
    let result = unsafe { nrf::nrf_modem_at_cmd(room.as_mut_ptr().cast(), ANSWER, format) };
    answer(result, room.get(..ANSWER)?)
}

/// Runs a command that is a text; whether the modem took it.
pub fn configure(command: &CStr) -> bool {
    // SAFETY: the format takes one zero-terminated text.
    let result = unsafe { nrf::nrf_modem_at_printf(c"%s".as_ptr(), command.as_ptr()) };
    answer(result, b"\0").is_some()
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
    answer(result, room)
}

/// The answer in `room`, unless the result says that there is none.
fn answer(result: c_int, room: &[u8]) -> Option<&str> {
    match result {
        0 => return ptr::answer(room),
        // Negative: the modem library's. Positive: the modem's own error.
        NOT_INITIALISED | SHUT_DOWN => os::modem_gone(),
        _ => {}
    }
    None
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
