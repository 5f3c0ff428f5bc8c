//! Time, waiting, semaphores, the helper thread and start of the layer below: wrappers of the operating system hooks.

use core::ffi::{CStr, c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use carrier_core::Instant;

use super::hook_types::{lwm2m_os_sem_t, lwm2m_os_thread_entry_t};
use super::hooks;

/// A hook refused or could not do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HookFailed;

/// Prepares the layer.
pub fn init() -> Result<(), HookFailed> {
    succeeded(hooks::lwm2m_os_init())
}

/// Starts the modem library. A positive result: not yet; the modem has just dealt with a package of its own firmware, with this result,
/// and the library has to be shut down and started again.
pub fn modem_init() -> Result<c_int, HookFailed> {
    let result = hooks::lwm2m_os_nrf_modem_init();
    if result < 0 {
        Err(HookFailed)
    } else {
        Ok(result)
    }
}

/// Shuts the modem library down.
pub fn modem_shutdown() -> Result<(), HookFailed> {
    succeeded(hooks::lwm2m_os_nrf_modem_shutdown())
}

/// The modem library was shut down under us, as a call of the run thread has found out.
static MODEM_GONE: AtomicBool = AtomicBool::new(false);

/// Notes that the modem library is not running.
pub fn modem_gone() {
    MODEM_GONE.store(true, Ordering::Relaxed);
}

/// Whether that was noted since the last [`modem_is_there`]: nothing works any more.
pub fn modem_is_gone() -> bool {
    MODEM_GONE.load(Ordering::Relaxed)
}

/// Forgets what was noted.
pub fn modem_is_there() {
    MODEM_GONE.store(false, Ordering::Relaxed);
}

/// Time since start.
pub fn now() -> Instant {
    Instant::from_millis(u64::try_from(hooks::lwm2m_os_uptime_get()).unwrap_or(0))
}

/// Suspends the calling thread for about `milliseconds`.
pub fn sleep(milliseconds: u16) {
    hooks::lwm2m_os_sleep(milliseconds.into());
}

/// 32 random bits.
pub fn random() -> u32 {
    hooks::lwm2m_os_rand_get()
}

/// Resets the device. A port whose reset takes a moment may return.
pub fn reset() {
    hooks::lwm2m_os_sys_reset();
}

/// Starts the one thread a port offers. Call once.
pub fn start_thread(entry: lwm2m_os_thread_entry_t, name: &'static CStr) -> Result<(), HookFailed> {
    // SAFETY: `entry` is a function and `name` a literal; both outlive the thread.
    succeeded(unsafe { hooks::lwm2m_os_thread_start(0, entry, name.as_ptr()) })
}

fn succeeded(result: c_int) -> Result<(), HookFailed> {
    if result == 0 { Ok(()) } else { Err(HookFailed) }
}

/// Limit of a wait that ends only with what is waited for.
pub const FOREVER: c_int = -1;

/// A semaphore that counts to one. Before [`Semaphore::init`] giving does nothing.
pub struct Semaphore(AtomicPtr<lwm2m_os_sem_t>);

impl Semaphore {
    /// A semaphore without its operating system part.
    pub const fn new() -> Semaphore {
        Semaphore(AtomicPtr::new(ptr::null_mut()))
    }

    /// Takes the semaphore from the pool of the port; does nothing the second time, since ports never take one back.
    pub fn init(&self) -> Result<(), HookFailed> {
        if !self.0.load(Ordering::Acquire).is_null() {
            return Ok(());
        }
        let mut semaphore: *mut c_void = ptr::null_mut();
        // SAFETY: points to a null pointer, as the hook wants.
        succeeded(unsafe { hooks::lwm2m_os_sem_init(&raw mut semaphore, 0, 1) })?;
        if semaphore.is_null() {
            return Err(HookFailed);
        }
        self.0.store(semaphore, Ordering::Release);
        Ok(())
    }

    /// Lets the one who waits go on, or the next one who comes.
    pub fn give(&self) {
        let semaphore = self.0.load(Ordering::Acquire);
        if !semaphore.is_null() {
            // SAFETY: made by `init`, never given back.
            unsafe { hooks::lwm2m_os_sem_give(semaphore) };
        }
    }

    /// Waits for a `give`, at most for `limit` milliseconds or [`FOREVER`]. Returns at once when not initialised.
    pub fn take(&self, limit: c_int) {
        let semaphore = self.0.load(Ordering::Acquire);
        if !semaphore.is_null() {
            // SAFETY: made by `init`, never given back. Whether it was given or the time is up, the caller looks at its own state next.
            unsafe { hooks::lwm2m_os_sem_take(semaphore, limit) };
        }
    }
}
