//! Copying and ordering without a way to panic.

/// Copies all of `from` to the start of `to`; gives the length, or `None` when it does not fit.
#[cfg_attr(not(target_os = "none"), inline(always))]
pub fn copy(from: &[u8], to: &mut [u8]) -> Option<usize> {
    let space = to.get_mut(..from.len())?;
    if cfg!(target_os = "none") {
        // Optimised for size, `copy_from_slice` keeps a call to panic although the lengths are equal.
        for (slot, byte) in space.iter_mut().zip(from) {
            *slot = *byte;
        }
    } else {
        space.copy_from_slice(from);
    }
    Some(from.len())
}

/// Moves what follows the first `count` bytes to the front; the last `count` keep what they have.
#[cfg_attr(target_os = "none", inline(never))]
pub fn move_up(bytes: &mut [u8], count: usize) {
    for index in count..bytes.len() {
        let byte = bytes.get(index).copied().unwrap_or(0);
        if let Some(slot) = bytes.get_mut(index - count) {
            *slot = byte;
        }
    }
}
