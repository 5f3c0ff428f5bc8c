//! Texts of settings that a product gives in a C structure, several of them one behind the other.

use core::ffi::c_char;

use super::ptr;

/// Longest texts, in bytes. A length also says what a text is.
pub const URI: u8 = 255;
/// A key in hexadecimal digits.
pub const PSK: u8 = 64;
/// Access point name, or the pattern of a name of the device.
pub const NAME: u8 = 63;

/// Takes as many texts as there are lengths; whether all of them are valid. Null and the empty text are both "not set".
///
/// # Safety
///
/// `settings` and `texts` point to so many of them. Each text is null or zero-terminated and stays unchanged for the life of the program.
#[cfg_attr(target_os = "none", inline(never))]
pub unsafe fn take(
    settings: *mut Option<&'static str>,
    texts: *const *const c_char,
    longest: &[u8],
) -> bool {
    longest.iter().enumerate().all(|(index, most)| {
        // SAFETY: the caller promises a text and a setting for each length.
        let (setting, text) = unsafe { (&mut *settings.add(index), *texts.add(index)) };
        // SAFETY: the caller promises that it is null or zero-terminated and stays.
        match unsafe { ptr::setting(text, (*most).into()) } {
            Ok(text) => *setting = text,
            Err(ptr::BadText) => return false,
        }
        match *most {
            URI => setting.is_none_or(is_uri),
            PSK => setting.is_none_or(is_key),
            _ => true,
        }
    })
}

/// Whether a text begins as the address of a server does.
fn is_uri(uri: &str) -> bool {
    let uri = uri.as_bytes();
    uri.starts_with(b"coap://") || uri.starts_with(b"coaps://")
}

/// Whether a text is a key in hexadecimal digits.
fn is_key(psk: &str) -> bool {
    psk.len().is_multiple_of(2) && psk.bytes().all(|digit| digit.is_ascii_hexdigit())
}
