//! Credential hooks: the modem key management of NCS 2.0.0 over `%CMNG`, with its error mapping and its detour through
//! `+CMEE` (T11). From generation B on the two access errors are exchanged.

use super::trace;
use crate::device::{Library, device};
use crate::errno::{NRF_EACCES, NRF_EINVAL, NRF_ENOENT, NRF_ENOMEM, NRF_EPERM};
use crate::seam::{Generation, generation};
use std::ffi::{c_int, c_void};

const PSK: u8 = 3;
const IDENTITY: u8 = 4;
/// What the glue returns for a modem error it does not know.
const UNKNOWN_ERROR: c_int = 0xbaad_baad_u32 as c_int;

fn cme_number(code: i32) -> c_int {
    let (no_access, active) = match generation() {
        Generation::A => (-NRF_EPERM, -NRF_EACCES),
        Generation::B | Generation::C | Generation::D => (-NRF_EACCES, -NRF_EPERM),
    };
    match code {
        513 => -NRF_ENOENT,
        514 => no_access,
        515 => -NRF_ENOMEM,
        518 => active,
        _ => UNKNOWN_ERROR,
    }
}

/// Runs a `%CMNG` command with `+CMEE` on and restores that; answer text or error number.
fn cmng(line: &str) -> Result<String, c_int> {
    let device = device();
    if device.library() != Library::Up {
        return Err(-NRF_EPERM);
    }
    let was_on = device.at("AT+CMEE?").text.contains('1');
    if !was_on {
        device.at("AT+CMEE=1");
    }
    let answer = device.at_answered(line);
    if !was_on {
        device.at("AT+CMEE=0");
    }
    match answer.result {
        0 => Ok(answer.text),
        result => Err(cme_number(result & 0xffff)),
    }
}

unsafe fn exists(sec_tag: u32, kind: u8, answer: *mut bool) -> c_int {
    if answer.is_null() {
        return -NRF_EINVAL;
    }
    let result = match cmng(&format!("AT%CMNG=1,{sec_tag},{kind}")) {
        Ok(text) => {
            // SAFETY: not null, and the caller gives a valid place.
            unsafe { *answer = text.len() > "OK\r\n".len() };
            0
        }
        Err(number) => number,
    };
    trace(format!("sec exists tag {sec_tag} type {kind} -> {result}"));
    result
}

unsafe fn write(sec_tag: u32, kind: u8, content: *const c_void, len: u16) -> c_int {
    if content.is_null() || len == 0 {
        return -NRF_EINVAL;
    }
    // SAFETY: the caller gives `len` bytes.
    let bytes = unsafe { std::slice::from_raw_parts(content.cast::<u8>(), usize::from(len)) };
    // The glue prints with "%.*s", which ends at a zero byte.
    let text = String::from_utf8_lossy(bytes.split(|byte| *byte == 0).next().unwrap_or_default());
    let result =
        cmng(&format!("AT%CMNG=0,{sec_tag},{kind},\"{text}\"")).map_or_else(|number| number, |_| 0);
    trace(format!(
        "sec write tag {sec_tag} type {kind} len {len} -> {result}"
    ));
    result
}

fn delete(sec_tag: u32, kind: u8) -> c_int {
    let result = cmng(&format!("AT%CMNG=3,{sec_tag},{kind}")).map_or_else(|number| number, |_| 0);
    trace(format!("sec delete tag {sec_tag} type {kind} -> {result}"));
    result
}

/// Whether a pre-shared key is stored. 0, `-EINVAL`, `-EPERM`.
///
/// # Safety
/// `exists` is null or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_os_sec_psk_exists(sec_tag: u32, exists_: *mut bool) -> c_int {
    // SAFETY: passed on.
    unsafe { exists(sec_tag, PSK, exists_) }
}

/// Writes a pre-shared key: hexadecimal text without terminating zero. 0, `-EINVAL`, `-ENOMEM`, `-EACCES` (link on), T11.
///
/// # Safety
/// `buf` is null or has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_os_sec_psk_write(
    sec_tag: u32,
    buf: *const c_void,
    len: u16,
) -> c_int {
    // SAFETY: passed on.
    unsafe { write(sec_tag, PSK, buf, len) }
}

/// Deletes a pre-shared key. 0, `-ENOENT`, `-EACCES` (link on), T11.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_sec_psk_delete(sec_tag: u32) -> c_int {
    delete(sec_tag, PSK)
}

/// Whether an identity is stored. 0, `-EINVAL`, `-EPERM`.
///
/// # Safety
/// `exists` is null or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_os_sec_identity_exists(sec_tag: u32, exists_: *mut bool) -> c_int {
    // SAFETY: passed on.
    unsafe { exists(sec_tag, IDENTITY, exists_) }
}

/// Writes an identity: text without terminating zero. Results as for the key.
///
/// # Safety
/// `buf` is null or has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_os_sec_identity_write(
    sec_tag: u32,
    buf: *const c_void,
    len: u16,
) -> c_int {
    // SAFETY: passed on.
    unsafe { write(sec_tag, IDENTITY, buf, len) }
}

/// Deletes an identity. Results as for the key.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_sec_identity_delete(sec_tag: u32) -> c_int {
    delete(sec_tag, IDENTITY)
}
