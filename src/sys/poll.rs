//! The helper thread: waits for sockets, because the modem library has no other way to tell that a datagram came.
//!
//! One-shot hand-over: the run thread hands over a set, the helper polls it until something happens or it is told to stop, leaves the
//! result in the set and lets go. Sockets change only while the helper has let go. Its stack has 600 bytes: nothing but the poll happens here.

use core::cell::UnsafeCell;
use core::ffi::{c_int, c_short, c_void};
use core::mem;
use core::sync::atomic::{AtomicBool, Ordering};

use carrier_core::config::SERVERS;

use super::nrf;
use super::os::{self, Semaphore};
use crate::runtime::wake;

/// Length of one poll in milliseconds: the longest wait for the helper to let go.
const SLICE: u16 = 1_000;

/// How often the run thread looks whether the helper has let go, in milliseconds.
const LOOK: u16 = 10;

/// The helper has the set.
static POLLING: AtomicBool = AtomicBool::new(false);
/// The helper is to let go of the set after its slice.
static STOP: AtomicBool = AtomicBool::new(false);
static REQUEST: Semaphore = Semaphore::new();
static STARTED: AtomicBool = AtomicBool::new(false);

/// The sockets that are polled, and what is found out about them.
struct Set {
    entries: [nrf::nrf_pollfd; SERVERS],
    count: u32,
}

/// The set: the run thread's while the helper is idle, the helper's otherwise.
struct Shared(UnsafeCell<Set>);

static SET: Shared = Shared(UnsafeCell::new(Set {
    entries: [const {
        nrf::nrf_pollfd {
            fd: 0,
            events: 0,
            revents: 0,
        }
    }; SERVERS],
    count: 0,
}));

// SAFETY: it has one owner at a time, as `POLLING` says.
unsafe impl Sync for Shared {}

/// The set for the run thread, while the helper is idle.
fn own_set() -> Option<&'static mut Set> {
    // SAFETY: the helper is idle and stays so until the run thread, which calls this for the time of one of the functions below, hands
    // the set over.
    is_idle().then(|| unsafe { &mut *SET.0.get() })
}

/// Starts the helper thread, once.
pub fn start() -> Result<(), os::HookFailed> {
    REQUEST.init()?;
    // One caller at a time.
    if !STARTED.load(Ordering::Acquire) {
        os::start_thread(watch, c"lwm2m_carrier_poll")?;
        STARTED.store(true, Ordering::Release);
    }
    Ok(())
}

/// Whether the helper has let go of the sockets.
pub fn is_idle() -> bool {
    !POLLING.load(Ordering::Acquire)
}

/// Hands sockets over, if there are any. Only while the helper is idle.
pub fn hand_over(sockets: impl Iterator<Item = c_int>) {
    let Some(set) = own_set() else {
        return;
    };
    set.count = 0;
    for (entry, fd) in set.entries.iter_mut().zip(sockets) {
        *entry = nrf::nrf_pollfd {
            fd,
            events: nrf::NRF_POLLIN,
            revents: 0,
        };
        set.count += 1;
    }
    if set.count != 0 {
        STOP.store(false, Ordering::Relaxed);
        POLLING.store(true, Ordering::Release);
        REQUEST.give();
    }
}

/// What the helper found out about a socket, `NRF_POLL*`; 0 when that was nothing, is not known yet, or was taken before. Also called when
/// a socket is closed, so that nothing said of it is taken for news of the next one with its number.
pub fn take(fd: c_int) -> c_short {
    let mut entries = own_set()
        .map_or(&mut [][..], |set| &mut set.entries)
        .iter_mut();
    entries
        .find(|entry| entry.fd == fd)
        .map_or(0, |entry| mem::take(&mut entry.revents))
}

/// Asks the helper to let go after its slice; it wakes the run thread then.
pub fn ask_to_stop() {
    STOP.store(true, Ordering::Relaxed);
}

/// Makes the helper let go, and waits for it, at most one slice.
pub fn stop() {
    ask_to_stop();
    while !is_idle() {
        os::sleep(LOOK);
    }
}

unsafe extern "C" fn watch(_: *mut c_void, _: *mut c_void, _: *mut c_void) {
    loop {
        REQUEST.take(os::FOREVER);
        while !is_idle() && !STOP.load(Ordering::Relaxed) {
            // SAFETY: the run thread leaves the set to the helper while it is not idle, which only the helper changes.
            if poll_once(unsafe { &mut *SET.0.get() }) {
                break;
            }
        }
        POLLING.store(false, Ordering::Release);
        wake();
    }
}

/// Polls the set for one slice; whether there is something to tell.
fn poll_once(set: &mut Set) -> bool {
    // SAFETY: there are at least `count` entries, and they live across the call.
    let ready = unsafe { nrf::nrf_poll(set.entries.as_mut_ptr(), set.count, SLICE.into()) };
    if ready < 0 {
        // Receiving will tell why. The pause keeps a modem that is gone from being asked without end.
        os::sleep(SLICE);
        for entry in set.entries.iter_mut().take(set.count as usize) {
            entry.revents |= nrf::NRF_POLLIN;
        }
    }
    ready != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_helper_found_is_told_once_and_only_when_it_has_let_go() {
        hand_over([].into_iter());
        assert!(is_idle());
        hand_over([5, 7].into_iter());
        assert!(!is_idle());
        // SAFETY: this is the helper here.
        let set = unsafe { &mut *SET.0.get() };
        assert_eq!(set.count, 2);
        set.entries[1].revents = nrf::NRF_POLLIN;
        assert_eq!(take(7), 0);
        POLLING.store(false, Ordering::Release);
        assert_eq!(take(5), 0);
        assert_eq!(take(6), 0);
        assert_eq!(take(7), nrf::NRF_POLLIN);
        assert_eq!(take(7), 0);
    }
}
