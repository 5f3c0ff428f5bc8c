//! The clock for C programs on a PC (`virtual_modem.h`).

use super::clock;

/// Makes the calling application thread take part in simulated time (modes `skip` and `step`) until it ends or calls
/// [`virtual_modem_thread_exit`]. `name` may be null.
///
/// # Safety
/// `name` is null or a zero-terminated string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn virtual_modem_thread_start(name: *const std::ffi::c_char) {
    if name.is_null() {
        clock().enter("application");
        return;
    }
    // SAFETY: the caller gives a zero-terminated string.
    let name = unsafe { std::ffi::CStr::from_ptr(name) };
    clock().enter(&name.to_string_lossy());
}

/// Ends what [`virtual_modem_thread_start`] or a first wait began: call it before a thread blocks outside the modem.
#[unsafe(no_mangle)]
pub extern "C" fn virtual_modem_thread_exit() {
    clock().leave();
}

/// Sleeps for `ms` of simulated time.
#[unsafe(no_mangle)]
pub extern "C" fn virtual_modem_sleep_ms(ms: i64) {
    clock().sleep_ms(ms);
}

/// Simulated milliseconds since the process started.
#[unsafe(no_mangle)]
pub extern "C" fn virtual_modem_uptime_ms() -> i64 {
    clock().now_ms()
}
