//! Reading and writing what C callers point to. Every pointer is checked for null here; nothing above sees a raw one.

use core::ffi::{CStr, c_char};
use core::slice;

use carrier_core::is_utf8;

/// A text from C could not be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadText;

/// `length` bytes from C; `None` for a null pointer.
///
/// # Safety
///
/// `data` is null or points to `length` bytes that nobody changes during `'a`.
pub unsafe fn bytes<'a>(data: *const u8, length: usize) -> Option<&'a [u8]> {
    if data.is_null() {
        return None;
    }
    // SAFETY: not null; the caller promises the rest.
    Some(unsafe { slice::from_raw_parts(data, length) })
}

/// The bytes of a text from C before its zero, at most `most` of them; `None` for a null pointer.
///
/// # Safety
///
/// `text` is null or points to bytes that end with a zero, or of which `most` are readable; nobody changes them during `'a`.
pub unsafe fn text_bytes<'a>(text: *const c_char, most: usize) -> Option<&'a [u8]> {
    if text.is_null() {
        return None;
    }
    let mut length = 0;
    // SAFETY: no zero was met before `length`, so this byte belongs to the text.
    while length < most && unsafe { *text.add(length) } != 0 {
        length += 1;
    }
    // SAFETY: the loop has just read these bytes.
    Some(unsafe { slice::from_raw_parts(text.cast(), length) })
}

/// Copies a text from C into `room` up to its zero, cut when `room` is full; `None` for a null pointer.
///
/// # Safety
///
/// `text` is null or zero-terminated. Another thread may be writing the bytes.
pub unsafe fn copy_text(text: *const c_char, room: &mut [u8]) -> Option<&[u8]> {
    if text.is_null() {
        return None;
    }
    let mut length = 0;
    for (index, slot) in room.iter_mut().enumerate() {
        // SAFETY: no zero was met before this byte. Volatile, because its owner may change it meanwhile.
        match unsafe { text.add(index).read_volatile() } {
            0 => break,
            // `c_char` is signed on some targets: same bits.
            byte => *slot = byte as u8,
        }
        length = index + 1;
    }
    room.get(..length)
}

/// A setting: null and the empty text are both "not set"; longer than `most` bytes or not UTF-8 is an error.
///
/// # Safety
///
/// `text` is null or zero-terminated and stays unchanged for the life of the program.
pub unsafe fn setting(text: *const c_char, most: usize) -> Result<Option<&'static str>, BadText> {
    // SAFETY: the caller promises a zero-terminated text.
    let Some(bytes) = (unsafe { text_bytes(text, most + 1) }) else {
        return Ok(None);
    };
    if bytes.len() > most {
        return Err(BadText);
    }
    match utf8(bytes) {
        Some("") => Ok(None),
        Some(text) => Ok(Some(text)),
        None => Err(BadText),
    }
}

/// Bytes as text; `None` when they are not UTF-8.
pub fn utf8(bytes: &[u8]) -> Option<&str> {
    // SAFETY: they have just been checked; tests hold the check against the language's own.
    is_utf8(bytes).then(|| unsafe { str::from_utf8_unchecked(bytes) })
}

/// Stores a value at a pointer from C, when it is not null.
///
/// # Safety
///
/// `target` is null or writable.
pub unsafe fn store<T>(target: *mut T, value: T) {
    if !target.is_null() {
        // SAFETY: not null; the caller promises the rest. C may have placed it without alignment in a packed structure.
        unsafe { target.write_unaligned(value) };
    }
}

/// Copies a text and its zero to C. The caller has checked that it fits.
///
/// # Safety
///
/// `target` has room for `text.len() + 1` bytes and does not overlap `text`.
pub unsafe fn store_text(target: *mut c_char, text: &[u8]) {
    // SAFETY: the caller promises the room.
    unsafe {
        target
            .cast::<u8>()
            .copy_from_nonoverlapping(text.as_ptr(), text.len());
        target.add(text.len()).write(0);
    }
}

/// The text before the zero in an answer that C wrote into `bytes`; `None` without a zero or when it is not UTF-8.
pub fn answer(bytes: &[u8]) -> Option<&str> {
    utf8(c_text(bytes)?.to_bytes())
}

/// The text up to the first zero; `None` without one. A plain loop: the search of the standard library is large.
#[cfg_attr(target_os = "none", inline(never))]
pub fn c_text(bytes: &[u8]) -> Option<&CStr> {
    let length = bytes.iter().position(|byte| *byte == 0)?;
    let whole = bytes.get(..=length)?;
    // SAFETY: its last byte is the first zero.
    Some(unsafe { CStr::from_bytes_with_nul_unchecked(whole) })
}

/// Copies `bytes` to the start of `room`; `None` when they do not fit. In place of the standard library's, which brings in a panic.
#[cfg_attr(target_os = "none", inline(never))]
pub fn copy<'a>(bytes: &[u8], room: &'a mut [u8]) -> Option<&'a mut [u8]> {
    let target = room.get_mut(..bytes.len())?;
    // SAFETY: both have this length, and a slice that can be written overlaps no other.
    unsafe {
        target
            .as_mut_ptr()
            .copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
    }
    Some(target)
}

/// Writes bytes as hexadecimal text to the start of `room`; `None` when it does not fit.
pub fn hexadecimal<'a>(bytes: &[u8], room: &'a mut [u8]) -> Option<&'a [u8]> {
    let text = room.get_mut(..bytes.len() * 2)?;
    for (index, place) in text.iter_mut().enumerate() {
        let byte = bytes.get(index / 2)?;
        let digit = if index % 2 == 0 { byte >> 4 } else { byte & 15 };
        *place = digit + if digit < 10 { b'0' } else { b'a' - 10 };
    }
    Some(text)
}

/// Copies `text` and a zero to the start of `room`, for C; `None` when it does not fit or holds a zero itself.
pub fn with_zero<'a>(text: &[u8], room: &'a mut [u8]) -> Option<&'a CStr> {
    copy(text, room)?;
    *room.get_mut(text.len())? = 0;
    c_text(room).filter(|whole| whole.to_bytes().len() == text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_and_empty_settings_are_not_set() {
        // SAFETY: null and literals.
        unsafe {
            assert_eq!(setting(core::ptr::null(), 5), Ok(None));
            assert_eq!(setting(c"".as_ptr(), 5), Ok(None));
            assert_eq!(setting(c"12345".as_ptr(), 5), Ok(Some("12345")));
            assert_eq!(setting(c"123456".as_ptr(), 5), Err(BadText));
            assert_eq!(setting(c"\xFF".as_ptr(), 5), Err(BadText));
        }
    }

    #[test]
    fn keys_are_written_in_lower_case_digits() {
        let mut room = [0; 6];
        assert_eq!(
            hexadecimal(&[0x00, 0x9A, 0xF1], &mut room),
            Some(&b"009af1"[..])
        );
        assert_eq!(hexadecimal(&[0; 4], &mut room), None);
    }

    #[test]
    fn text_without_room_for_its_zero_is_refused() {
        let mut room = [0xAA; 4];
        assert_eq!(with_zero(b"abc", &mut room), Some(c"abc"));
        assert_eq!(with_zero(b"abcd", &mut room), None);
        assert_eq!(with_zero(b"a\0", &mut room), None);
        assert_eq!(answer(b"OK\r\n\0rest"), Some("OK\r\n"));
        assert_eq!(answer(b"endless"), None);
    }
}
