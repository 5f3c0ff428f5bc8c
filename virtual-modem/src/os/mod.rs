//! The OS hooks (`lwm2m_os_*`) as the glue of NCS 2.0.0 provides them, with its traps (T1..T16 in the README).
//!
//! Numbers returned are the modem library's (newlib's) error numbers, as on the device.

pub mod keys;
pub mod misc;
pub mod pdn;
pub mod queue;
pub mod semaphore;
pub mod sms;
pub mod storage;

use crate::device::device;
use std::sync::OnceLock;

/// True unless `VIRTUAL_MODEM_ASSERT=0`: misuse that the SDK's assertions catch ends the process.
pub(crate) fn assertions() -> bool {
    std::env::var("VIRTUAL_MODEM_ASSERT").as_deref() != Ok("0")
}

/// The device would crash here: log, message, abort.
pub(crate) fn fatal(message: &str) -> ! {
    eprintln!("virtual-modem: {message}");
    device().log("fatal", message);
    std::process::abort()
}

/// Logs a hook call.
pub(crate) fn trace(line: impl AsRef<str>) {
    device().log("hook", line.as_ref());
}

/// Logs a call that happens often, with `VIRTUAL_MODEM_LOG=all` only.
pub(crate) fn trace_frequent(line: impl FnOnce() -> String) {
    static ALL: OnceLock<bool> = OnceLock::new();
    if *ALL.get_or_init(|| std::env::var("VIRTUAL_MODEM_LOG").as_deref() == Ok("all")) {
        trace(line());
    }
}

/// A notification from the modem: to the listeners, by way of the system work queue.
pub(crate) fn notify(text: &str) {
    queue::notify(text);
}
