//! Opens links on the library's own work queues: name lookup and handshake take up to half a minute, in which the run thread serves
//! the other servers.
//!
//! Each wish to open or not to open a link has a version; what comes of an outdated wish is thrown away.

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicU8, Ordering};

use carrier_core::config::SERVERS;
use carrier_core::{Link, LinkError};

use super::hook_types::{LWM2M_OS_MAX_WORK_QS, lwm2m_os_timer_t, lwm2m_os_work_q_t};
use super::os::HookFailed;
use super::socket::{self, Socket};
use super::{hooks, ptr};
use crate::runtime::{CARRIER, INBOX, wake};

/// Longest host name with its zero: that of an address of 255 bytes.
const HOST: usize = 256;

const QUEUES: usize = LWM2M_OS_MAX_WORK_QS as usize;

/// A dead server keeps its queue busy: neighbours have different ones.
static QUEUE: [AtomicPtr<lwm2m_os_work_q_t>; QUEUES] =
    [const { AtomicPtr::new(null_mut()) }; QUEUES];
/// One for each link.
static TIMER: [AtomicPtr<lwm2m_os_timer_t>; SERVERS] =
    [const { AtomicPtr::new(null_mut()) }; SERVERS];
/// The newest wish for each link: odd to open it.
static WISH: [AtomicU8; SERVERS] = [const { AtomicU8::new(0) }; SERVERS];

/// What came of a wish.
pub type Opened = (u8, Result<Socket, LinkError>);

/// Starts the queues, once.
pub fn start() -> Result<(), HookFailed> {
    for (index, queue) in (0..).zip(&QUEUE) {
        if queue.load(Ordering::Relaxed).is_null() {
            // SAFETY: a literal. Once for each index.
            let started =
                unsafe { hooks::lwm2m_os_work_q_start(index, c"lwm2m_carrier_open".as_ptr()) };
            keep(queue, started)?;
        }
    }
    for timer in &TIMER {
        if timer.load(Ordering::Relaxed).is_null() {
            keep(timer, hooks::lwm2m_os_timer_get(open))?;
        }
    }
    Ok(())
}

fn keep(place: &AtomicPtr<c_void>, found: *mut c_void) -> Result<(), HookFailed> {
    place.store(found, Ordering::Release);
    if found.is_null() {
        Err(HookFailed)
    } else {
        Ok(())
    }
}

/// Opens a link; what comes of it is left in the inbox. False: the layer below refuses.
pub fn ask(link: Link) -> bool {
    let index = usize::from(link.0);
    let (Some(timer), Some(queue)) = (TIMER.get(index), QUEUE.get(index % QUEUES)) else {
        return false;
    };
    wish(link, 1);
    let (timer, queue) = (timer.load(Ordering::Relaxed), queue.load(Ordering::Relaxed));
    // SAFETY: both were made by `start`, before this thread got here, and are never given back.
    let started: c_int = unsafe { hooks::lwm2m_os_timer_start_on_q(queue, timer, 0) };
    started == 0
}

/// Wishes a link not to be opened any more.
pub fn cancel(link: Link) {
    wish(link, 0);
}

/// What came of the newest wish for a link; older ones are thrown away.
pub fn take(link: Link) -> Option<Result<Socket, LinkError>> {
    let (version, opened) = INBOX.with(|inbox| inbox.take_opened(link))?;
    if version == newest(link) {
        return Some(opened);
    }
    discard(opened);
    None
}

fn wish(link: Link, open: u8) {
    if let Some(place) = WISH.get(usize::from(link.0)) {
        // Only the run thread writes.
        let version = (place.load(Ordering::Relaxed) | 1).wrapping_add(1);
        place.store(version | open, Ordering::Release);
    }
}

fn newest(link: Link) -> u8 {
    WISH.get(usize::from(link.0))
        .map_or(0, |place| place.load(Ordering::Acquire))
}

fn discard(opened: Result<Socket, LinkError>) {
    if let Ok(socket) = opened {
        socket.close();
    }
}

/// Runs on a work queue, whose stack is the library's own.
unsafe extern "C" fn open(timer: *mut c_void) {
    let is_it = |own: &AtomicPtr<c_void>| own.load(Ordering::Acquire) == timer;
    let Some(index) = TIMER.iter().position(is_it) else {
        return;
    };
    let link = Link(index as u8);
    let version = newest(link);
    if version & 1 == 0 {
        return;
    }
    let outcome = connect(link);
    let older = INBOX.with(|inbox| inbox.put_opened(link, (version, outcome)));
    if let Some((_, outcome)) = older {
        discard(outcome);
    }
    wake();
}

fn connect(link: Link) -> Result<Socket, LinkError> {
    let mut host = [0; HOST];
    let remote = CARRIER.with(|carrier| {
        let remote = carrier.remote(link)?;
        ptr::with_zero(remote.host, &mut host)?;
        Some((remote.port, remote.security_tag))
    });
    match (remote, ptr::c_text(&host)) {
        (Some((port, security_tag)), Some(host)) => socket::open(host, port, security_tag),
        _ => Err(LinkError::NoRoute),
    }
}
