//! The modem library's functions for updates of the modem's own firmware (`nrf_modem_delta_dfu_*`), what is stored of them, and their
//! control commands. In the device directory, `package` holds the bytes of the area and `firmware` what else is known.

use crate::clock::clock;
use crate::control::{duration, span, word};
use crate::device::{Library, device, lock};
use crate::engine::Engine;
use crate::errno::{NRF_EALREADY, NRF_EFAULT, NRF_EINVAL, NRF_EPERM, NRF_ESHUTDOWN};
use crate::firmware::{Area, Dead, Outcome, Running, UUID, package};
use crate::power::{self, Phase, Store};
use std::ffi::{c_char, c_int, c_void};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;

static AREA: Mutex<Option<Area>> = Mutex::new(None);

/// Reads what earlier lives left.
pub(crate) fn load(directory: &Path) {
    let text = std::fs::read_to_string(directory.join("firmware")).unwrap_or_default();
    let bytes = std::fs::read(directory.join("package")).unwrap_or_default();
    *lock(&AREA) = Some(Area::load(&text, bytes));
}

/// Puts firmware that replaced the one of the profile into the engine.
pub(crate) fn apply_to(engine: &mut Engine) {
    let area = lock(&AREA);
    if let Some(running) = area.as_ref().and_then(Area::running) {
        engine.profile.firmware.clone_from(&running.version);
        let short = running.version.strip_prefix("mfw_");
        engine.profile.short_firmware = short.unwrap_or(&running.version).into();
        engine.profile.firmware_uuid.clone_from(&running.uuid);
    }
}

/// The modem starts. What became of a package, which took its time; an error when no firmware runs.
pub(crate) fn start() -> Result<Option<Outcome>, Dead> {
    let (outcome, took) = with(|area| (area.start(), area.apply_ms));
    let Some(outcome) = outcome? else {
        return Ok(None);
    };
    clock().sleep_ms(took);
    store();
    device().log("modem", &format!("firmware package: {outcome:?}"));
    Ok(Some(outcome))
}

fn with<R>(work: impl FnOnce(&mut Area) -> R) -> R {
    let mut area = lock(&AREA);
    work(area.get_or_insert_with(|| Area::load("", Vec::new())))
}

/// Stores what is known besides the bytes.
fn store() {
    let text = with(|area| area.text());
    device().save("firmware", &text);
}

/// One call of a function: whether the library runs, whether it is to fail, what it does, and its place in the log.
fn call(function: &str, work: impl FnOnce() -> c_int) -> c_int {
    let result = match device().library() {
        Library::Up => with(|area| area.fault(function)).unwrap_or_else(work),
        Library::Down | Library::Updated => -NRF_EPERM,
        Library::ShutDown => -NRF_ESHUTDOWN,
    };
    device().log("dfu", &format!("{function} -> {result}"));
    result
}

/// A change of what is stored, at which the power may be cut.
fn change(what: &str, begin: impl FnOnce(bool) -> c_int) -> c_int {
    let cut = power::write_begins(Store::Firmware, what);
    let result = begin(cut == Some(Phase::Within));
    if cut == Some(Phase::Within) || cut == Some(Phase::After) {
        power::off();
    }
    result
}

/// UUID of the firmware that runs, 36 characters without zero. 0, `-NRF_EFAULT`.
///
/// # Safety
/// `uuid` is null or has 36 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nrf_modem_delta_dfu_uuid(uuid: *mut c_char) -> c_int {
    call("uuid", || {
        if uuid.is_null() {
            return -NRF_EFAULT;
        }
        let own = own_uuid();
        // SAFETY: both have 36 bytes.
        unsafe { std::ptr::copy_nonoverlapping(own.as_ptr().cast(), uuid, UUID.min(own.len())) };
        0
    })
}

/// Bytes the area holds. 0, `-NRF_EFAULT`.
///
/// # Safety
/// `size` is null or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nrf_modem_delta_dfu_area(size: *mut usize) -> c_int {
    call("area", || {
        // SAFETY: the caller's promise.
        let Some(size) = (unsafe { size.as_mut() }) else {
            return -NRF_EFAULT;
        };
        *size = with(|area| area.size);
        0
    })
}

/// Bytes of a package that are there, or 2621440 when the area has to be erased. 0, 17 while it is being erased, `-NRF_EFAULT`.
///
/// # Safety
/// `offset` is null or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nrf_modem_delta_dfu_offset(offset: *mut usize) -> c_int {
    call("offset", || {
        // SAFETY: the caller's promise.
        let Some(offset) = (unsafe { offset.as_mut() }) else {
            return -NRF_EFAULT;
        };
        match with(|area| area.offset(clock().now_ms())) {
            Ok(bytes) => {
                *offset = bytes;
                // Erasing may just have come to its end.
                if bytes == 0 {
                    device().save_bytes("package", &[]);
                    store();
                }
                0
            }
            Err(code) => code,
        }
    })
}

/// Begins writing. 0, 11, 17, `-NRF_EALREADY`.
#[unsafe(no_mangle)]
pub extern "C" fn nrf_modem_delta_dfu_write_init() -> c_int {
    call("write_init", || {
        with(|area| area.begin(clock().now_ms())).unwrap_or(-NRF_EALREADY)
    })
}

/// Writes the next bytes of a package. 0, a positive code, `-NRF_EFAULT`, `-NRF_EINVAL` for no bytes.
///
/// # Safety
/// `buffer` is null or has `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nrf_modem_delta_dfu_write(buffer: *const c_void, length: usize) -> c_int {
    call("write", || {
        if buffer.is_null() {
            return -NRF_EFAULT;
        }
        if length == 0 {
            return -NRF_EINVAL;
        }
        // SAFETY: the caller's promise.
        let bytes = unsafe { std::slice::from_raw_parts(buffer.cast::<u8>(), length) };
        change(&format!("write {length} bytes"), |half| {
            let bytes = if half { &bytes[..length / 2] } else { bytes };
            let uuid = own_uuid();
            let code = with(|area| area.write(&uuid, bytes));
            if code == 0 {
                append(bytes);
            }
            store();
            code
        })
    })
}

/// Ends writing. 0, 18.
#[unsafe(no_mangle)]
pub extern "C" fn nrf_modem_delta_dfu_write_done() -> c_int {
    call("write_done", || with(Area::end))
}

/// Begins to erase the area. 0, 17, 18.
#[unsafe(no_mangle)]
pub extern "C" fn nrf_modem_delta_dfu_erase() -> c_int {
    call("erase", || {
        let online = device().with_engine(|engine| matches!(engine.functional_mode(), 1 | 21));
        change("erase", |_| {
            let code = with(|area| area.erase(clock().now_ms(), online));
            store();
            code
        })
    })
}

/// Has the package applied at the next start of the modem. 0, 17, 18, 19.
#[unsafe(no_mangle)]
pub extern "C" fn nrf_modem_delta_dfu_update() -> c_int {
    call("update", || {
        change("update", |half| {
            if half {
                return 0;
            }
            let code = with(|area| area.schedule(clock().now_ms()));
            store();
            code
        })
    })
}

fn own_uuid() -> String {
    device().with_engine(|engine| engine.profile.firmware_uuid.clone())
}

fn append(bytes: &[u8]) {
    let path = device().directory().join("package");
    let file = File::options().append(true).create(true).open(path);
    if let Err(error) = file.and_then(|mut file| file.write_all(bytes)) {
        crate::os::fatal(&format!("cannot write package: {error}"));
    }
}

const USAGE: &str = "firmware state|repair | firmware outcome ok|authentication|uuid|internal|hardware|voltage \
    | firmware fail <function> <code> [count|always] [skip=<n>] | firmware area <bytes> | firmware erase-time <time> \
    | firmware apply-time <time> | firmware package <file> <version> <bytes> [foreign|damaged]";

/// Control: `firmware ...`.
pub(crate) fn control(line: &str) -> Result<String, String> {
    let (verb, rest) = word(line);
    let words: Vec<&str> = rest.split_whitespace().collect();
    match (verb, &words[..]) {
        ("state", []) => return Ok(with(|area| area.describe(clock().now_ms()))),
        ("repair", []) => with(Area::repair),
        ("outcome", [name]) => {
            let outcome = Outcome::named(name).ok_or(USAGE)?;
            with(|area| area.outcome = outcome);
        }
        ("fail", [function, code, rest @ ..]) => {
            let code = code.parse().map_err(|_| USAGE)?;
            let (span, others) = span(rest).map_err(|_| USAGE)?;
            if !others.is_empty() {
                return Err(USAGE.into());
            }
            with(|area| area.faults.push(((*function).into(), code, span)));
        }
        ("area", [bytes]) => {
            let bytes = bytes.parse().map_err(|_| USAGE)?;
            with(|area| area.size = bytes);
        }
        ("erase-time", [time]) => {
            let time = duration(time).ok_or(USAGE)?;
            with(|area| area.erase_ms = time);
        }
        ("apply-time", [time]) => {
            let time = duration(time).ok_or(USAGE)?;
            with(|area| area.apply_ms = time);
        }
        ("package", [file, version, bytes, rest @ ..]) => {
            let bytes = bytes.parse().map_err(|_| USAGE)?;
            let package = make_package(version, bytes, rest).ok_or(USAGE)?;
            std::fs::write(file, package).map_err(|error| format!("{file}: {error}"))?;
        }
        _ => return Err(USAGE.into()),
    }
    store();
    Ok(String::new())
}

/// A package of so many bytes in all that makes this version of the firmware that runs.
fn make_package(version: &str, bytes: usize, words: &[&str]) -> Option<Vec<u8>> {
    let own = own_uuid();
    // Any other UUID, the same for the same version.
    let digest = version.bytes().fold(0_u64, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(byte.into())
    });
    let other = format!("00000000-0000-4000-8000-{:012x}", digest & 0xFFFF_FFFF_FFFF);
    let target = Running {
        uuid: other.clone(),
        version: version.into(),
    };
    let (source, damaged) = match words {
        [] => (own, false),
        ["foreign"] => (other, false),
        ["damaged"] => (own, true),
        _ => return None,
    };
    let length = bytes.checked_sub(crate::firmware::HEADER)?;
    let content: Vec<u8> = (0..length)
        .map(|index| (index * 7 + index / 256) as u8)
        .collect();
    let mut whole = package(&source, &target, &content);
    if damaged && let Some(last) = whole.last_mut() {
        *last ^= 1;
    }
    Some(whole)
}
