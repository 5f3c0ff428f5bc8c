//! The modem library's AT interface and its start and stop (`nrf_modem_*`).
//!
//! The four variadic functions are C (`c/at.c`). A shared library does not export symbols of linked C objects, so the
//! public names are functions without prologue that jump there.

use crate::clock::clock;
use crate::device::{Library, device};
use crate::engine::command::{Command, Operation};
use crate::engine::credentials::RESERVED_TAGS;
use crate::errno::{NRF_E2BIG, NRF_EFAULT, NRF_EINPROGRESS, NRF_EPERM, NRF_ESHUTDOWN};
use crate::os::queue::{self, Listener};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs a finished command line. `answer` gets the whole answer with `OK` or the error, when not null. 0, class and code
/// of a modem error packed as `class << 16 | code`, `-NRF_EPERM` before init, `-NRF_ESHUTDOWN`, `-NRF_EFAULT`,
/// `-NRF_E2BIG` when the answer does not fit into `size` bytes.
///
/// # Safety
/// `line` is null or a zero-terminated string; `answer` is null or has `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn virtual_modem_at(
    line: *const c_char,
    answer: *mut c_char,
    size: usize,
) -> c_int {
    if line.is_null() {
        return -NRF_EFAULT;
    }
    match device().library() {
        Library::Up => {}
        Library::Down | Library::Updated => return -NRF_EPERM,
        Library::ShutDown => return -NRF_ESHUTDOWN,
    }
    // SAFETY: not null, and the caller gives a zero-terminated string.
    let line = unsafe { CStr::from_ptr(line) }.to_string_lossy();
    report_reserved_tag(&line);
    let result = device().at_answered(&line);
    if answer.is_null() {
        return result.result;
    }
    if result.text.len() >= size {
        return -NRF_E2BIG;
    }
    // SAFETY: `size` bytes are there, more than the text and its end need.
    unsafe {
        std::ptr::copy_nonoverlapping(
            result.text.as_ptr().cast::<c_char>(),
            answer,
            result.text.len(),
        );
        *answer.add(result.text.len()) = 0;
    }
    result.result
}

/// Only the key hooks of the library may touch its tags; they do not come this way.
fn report_reserved_tag(line: &str) {
    let Some(command) = Command::parse(line).filter(|command| command.name == "%CMNG") else {
        return;
    };
    let tag = command.number(1).and_then(|tag| u32::try_from(tag).ok());
    if command.operation == Operation::Set && tag.is_some_and(|tag| RESERVED_TAGS.contains(&tag)) {
        device().log(
            "warning",
            &format!("the application uses a security tag of the carrier library: {line}"),
        );
    }
}

/// Runs a finished command line and calls `handler` with the answer later, on another thread. 0, `-NRF_EINPROGRESS` while
/// an earlier one runs, or as [`virtual_modem_at`].
///
/// # Safety
/// `line` is null or a zero-terminated string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn virtual_modem_at_async(
    line: *const c_char,
    handler: Option<Listener>,
) -> c_int {
    static RUNNING: AtomicBool = AtomicBool::new(false);
    let Some(handler) = handler.filter(|_| !line.is_null()) else {
        return -NRF_EFAULT;
    };
    match device().library() {
        Library::Up => {}
        Library::Down | Library::Updated => return -NRF_EPERM,
        Library::ShutDown => return -NRF_ESHUTDOWN,
    }
    if RUNNING.swap(true, Ordering::SeqCst) {
        return -NRF_EINPROGRESS;
    }
    // SAFETY: not null, and the caller gives a zero-terminated string.
    let line = unsafe { CStr::from_ptr(line) }
        .to_string_lossy()
        .into_owned();
    report_reserved_tag(&line);
    clock().schedule(clock().now_ms(), move || {
        let answer = device().at(&line);
        clock().schedule(clock().now_ms() + answer.delay_ms, move || {
            RUNNING.store(false, Ordering::SeqCst);
            if let Ok(text) = CString::new(answer.text) {
                handler(text.as_ptr());
            }
        });
    });
    0
}

unsafe extern "C" {
    fn at_printf_c(format: *const c_char, ...) -> c_int;
    fn at_scanf_c(command: *const c_char, format: *const c_char, ...) -> c_int;
    fn at_cmd_c(buffer: *mut c_void, size: usize, format: *const c_char, ...) -> c_int;
    fn at_cmd_async_c(handler: Option<Listener>, format: *const c_char, ...) -> c_int;
}

macro_rules! variadic {
    ($(#[$doc:meta])* $name:ident, $target:ident) => {
        $(#[$doc])*
        ///
        /// # Safety
        /// Arguments as the C prototype in `nrf_modem_at.h` says.
        #[unsafe(no_mangle)]
        #[unsafe(naked)]
        pub unsafe extern "C" fn $name() {
            #[cfg(target_arch = "x86_64")]
            std::arch::naked_asm!("jmp {}", sym $target);
            #[cfg(target_arch = "aarch64")]
            std::arch::naked_asm!("b {}", sym $target);
        }
    };
}

variadic!(
    /// `int nrf_modem_at_printf(const char *format, ...)`: runs a formatted command; 0, modem error, or negative.
    nrf_modem_at_printf,
    at_printf_c
);
variadic!(
    /// `int nrf_modem_at_scanf(const char *command, const char *format, ...)`: number of values, or negative.
    nrf_modem_at_scanf,
    at_scanf_c
);
variadic!(
    /// `int nrf_modem_at_cmd(void *buffer, size_t size, const char *format, ...)`: with the answer in `buffer`.
    nrf_modem_at_cmd,
    at_cmd_c
);
variadic!(
    /// `int nrf_modem_at_cmd_async(handler, const char *format, ...)`: the answer goes to `handler`.
    nrf_modem_at_cmd_async,
    at_cmd_async_c
);

/// Takes all notifications away from the AT monitor, which the hooks depend on; null gives them back. 0.
#[unsafe(no_mangle)]
pub extern "C" fn nrf_modem_at_notif_handler_set(handler: Option<Listener>) -> c_int {
    queue::set_raw_handler(handler);
    0
}

/// Adds a listener for all notifications, as another user of the AT monitor has one. It runs on the system work queue.
/// 0, `-NRF_EFAULT` for null.
#[unsafe(no_mangle)]
pub extern "C" fn virtual_modem_at_monitor_add(listener: Option<Listener>) -> c_int {
    let Some(listener) = listener else {
        return -NRF_EFAULT;
    };
    queue::add_monitor(listener);
    0
}

/// Starts the modem library. The parameters are not looked at, apart from null: generations differ in them. 0,
/// a positive result of a firmware update that has just taken place, `-NRF_EFAULT`, `-NRF_EPERM` when it runs already.
#[unsafe(no_mangle)]
pub extern "C" fn nrf_modem_init(parameters: *const c_void, _mode: c_int) -> c_int {
    if parameters.is_null() {
        return -NRF_EFAULT;
    }
    device().init().unwrap_or(-NRF_EPERM)
}

/// Stops the modem library. 0, `-NRF_EPERM` when it does not run.
#[unsafe(no_mangle)]
pub extern "C" fn nrf_modem_shutdown() -> c_int {
    if device().shut_down() { 0 } else { -NRF_EPERM }
}

/// True between init and shutdown.
#[unsafe(no_mangle)]
pub extern "C" fn nrf_modem_is_initialized() -> bool {
    device().library() == Library::Up
}

/// Version of this library.
#[unsafe(no_mangle)]
pub extern "C" fn nrf_modem_build_version() -> *const c_char {
    concat!("virtual-modem ", env!("CARGO_PKG_VERSION"), "\0")
        .as_ptr()
        .cast()
}
