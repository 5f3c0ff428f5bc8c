//! The modem's area for packages that update its own firmware (delta updates). Results are 0, a positive code of these functions, or a
//! negative error number.

use core::ffi::c_int;

use carrier_core::boundary::{ERASE_PENDING, PACKAGE_TOO_LARGE};
use carrier_core::{FirmwareStep, Piece};

use super::nrf;

/// Carries out a step; `part` is what is to be written. Blocks while the modem writes, usually milliseconds, never while it erases.
pub fn step(step: FirmwareStep, piece: Option<Piece>, part: &[u8]) -> c_int {
    let result = match step {
        FirmwareStep::Write => piece.map_or(0, |piece| write(piece, part)),
        FirmwareStep::Update => nrf::nrf_modem_delta_dfu_update(),
        FirmwareStep::Abandon => erase(),
    };
    if result != 0 && result != ERASE_PENDING {
        // What is there is of no use, and the next package shall find the area erased.
        erase();
    }
    result
}

fn write(piece: Piece, part: &[u8]) -> c_int {
    if piece.first {
        let ready = begin(piece.size);
        if ready != 0 {
            return ready;
        }
    }
    let written = if part.is_empty() {
        // The last block may be.
        0
    } else {
        // SAFETY: `part` is readable for its length.
        unsafe { nrf::nrf_modem_delta_dfu_write(part.as_ptr().cast(), part.len()) }
    };
    if written != 0 || !piece.last {
        return written;
    }
    nrf::nrf_modem_delta_dfu_write_done()
}

/// Makes the area ready for a package of so many bytes; an area with anything in it is erased first.
fn begin(size: u32) -> c_int {
    let mut area = 0;
    let mut offset = 0;
    // SAFETY: writable for the time of the call.
    let mut result = unsafe { nrf::nrf_modem_delta_dfu_area(&raw mut area) };
    if result == 0 && area < size as usize {
        return PACKAGE_TOO_LARGE;
    }
    if result == 0 {
        // SAFETY: as above.
        result = unsafe { nrf::nrf_modem_delta_dfu_offset(&raw mut offset) };
    }
    if result != 0 {
        return result;
    }
    if offset != 0 {
        let erased = erase();
        return if erased == 0 { ERASE_PENDING } else { erased };
    }
    match nrf::nrf_modem_delta_dfu_write_init() {
        // Begun before, and nothing came.
        busy if busy == -nrf::NRF_EALREADY => 0,
        other => other,
    }
}

/// Ends the writing, which frees memory of the modem, and erases the area; that goes on after the call.
fn erase() -> c_int {
    nrf::nrf_modem_delta_dfu_write_done();
    nrf::nrf_modem_delta_dfu_erase()
}
