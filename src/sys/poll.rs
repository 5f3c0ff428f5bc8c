//! The helper thread: waits for sockets, because the modem library has no other way to tell that a datagram came.
//!
//! One-shot hand-over: the run thread hands over a set, the helper polls it until something happens or it is told to stop, posts the
//! result and lets go. Sockets change only while the helper has let go. Its stack has 600 bytes: nothing but the poll happens here.

use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use carrier_core::Link;
use carrier_core::config::SERVERS;

use super::nrf;
use super::os::{self, Semaphore};
use crate::runtime::inbox::Links;
use crate::runtime::{INBOX, wake};

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

/// The set: one more than each link's socket, 0 for none. Written by the run thread while the helper is idle.
static SET: [AtomicI32; SERVERS] = [const { AtomicI32::new(0) }; SERVERS];

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

/// Hands the sockets over, each as one more than its number, 0 for none. Only while the helper is idle and a link is open.
pub fn hand_over(descriptors: [c_int; SERVERS]) {
    for (slot, descriptor) in SET.iter().zip(descriptors) {
        slot.store(descriptor, Ordering::Relaxed);
    }
    STOP.store(false, Ordering::Relaxed);
    POLLING.store(true, Ordering::Release);
    REQUEST.give();
}

/// Asks the helper to let go after its slice; it gives `WAKE` then.
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
            let (readable, failed) = poll_once();
            if !readable.is_empty() || !failed.is_empty() {
                INBOX.with(|inbox| inbox.ready(readable, failed));
                break;
            }
        }
        POLLING.store(false, Ordering::Release);
        wake();
    }
}

/// Polls the set for one slice: links with something to receive, and failed ones.
fn poll_once() -> (Links, Links) {
    const NOTHING: nrf::nrf_pollfd = nrf::nrf_pollfd {
        fd: -1,
        events: 0,
        revents: 0,
    };
    let mut entries = [NOTHING; SERVERS];
    let mut links = [Link(0); SERVERS];
    let mut count = 0;
    for (index, descriptor) in (0_u8..).zip(&SET) {
        let descriptor = descriptor.load(Ordering::Relaxed);
        if let (1.., Some(entry), Some(link)) =
            (descriptor, entries.get_mut(count), links.get_mut(count))
        {
            *entry = nrf::nrf_pollfd {
                fd: descriptor - 1,
                events: nrf::NRF_POLLIN,
                revents: 0,
            };
            *link = Link(index);
            count += 1;
        }
    }
    let (mut readable, mut failed) = (Links::default(), Links::default());
    // SAFETY: `entries` holds at least `count` entries and lives across the call.
    let ready = unsafe { nrf::nrf_poll(entries.as_mut_ptr(), count as u32, SLICE.into()) };
    if ready < 0 {
        // Receiving will tell why. The pause keeps a modem that is gone from being asked without end.
        os::sleep(SLICE);
    }
    for (entry, link) in entries.iter().zip(links).take(count) {
        if ready < 0 || entry.revents & nrf::NRF_POLLIN != 0 {
            readable.insert(link);
        }
        if entry.revents & (nrf::NRF_POLLERR | nrf::NRF_POLLHUP | nrf::NRF_POLLNVAL) != 0 {
            failed.insert(link);
        }
    }
    (readable, failed)
}
