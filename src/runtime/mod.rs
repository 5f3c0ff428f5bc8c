//! The library's only state, and who may touch it.
//!
//! * [`CARRIER`], the protocol: the run thread and callers of the C API, for milliseconds.
//! * [`INBOX`]: what callbacks and the work queues leave for the run thread; anyone in thread context, for one copy.
//! * [`wake`]: called after either has changed, and when the helper thread lets go of the sockets.
//!
//! The two locks are never held together, and no lock is held while the application, a hook that may block, or the modem is called.

pub mod boot;
pub mod card;
pub mod event;
pub mod inbox;
pub mod run;

use core::ffi::c_int;
use core::sync::atomic::{AtomicBool, Ordering};

use carrier_core::Carrier;
use carrier_core::config::DATAGRAM;
use spin::mutex::{SpinMutex, SpinMutexGuard};
use spin::relax::RelaxStrategy;

use crate::errno::{Errno, to_c};
use crate::sys::os::{self, Semaphore};
use crate::sys::socket::Sockets;
use inbox::Inbox;

/// The protocol.
pub static CARRIER: Lock<Carrier> = Lock::new(Carrier::new());

/// What came in from other threads.
pub static INBOX: Lock<Inbox> = Lock::new(Inbox::new());

/// Wakes the run thread, see [`wake`].
static WAKE: Semaphore = Semaphore::new();

/// What belongs to the thread in `lwm2m_carrier_init` or `lwm2m_carrier_run`.
static WORKSPACE: Lock<Workspace> = Lock::new(Workspace::new());

/// Set when `lwm2m_carrier_init` has succeeded.
static INITIALISED: AtomicBool = AtomicBool::new(false);

/// Buffers and sockets of the run thread: statics because its stack is small.
pub struct Workspace {
    /// Where datagrams go out from. Between two outputs it is free for anything short.
    pub outgoing: [u8; DATAGRAM],
    /// Where datagrams come in. Free for anything short except while a datagram is looked at.
    pub incoming: [u8; DATAGRAM],
    /// The open links.
    pub sockets: Sockets,
}

impl Workspace {
    const fn new() -> Workspace {
        Workspace {
            outgoing: [0; DATAGRAM],
            incoming: [0; DATAGRAM],
            sockets: Sockets::new(),
        }
    }
}

/// A mutex whose guard never leaves a call. Waiting sleeps: the run thread has the lowest priority of all, so a thread that spins would
/// keep it from ever letting go.
pub struct Lock<T>(SpinMutex<T, Sleep>);

struct Sleep;

impl RelaxStrategy for Sleep {
    fn relax() {
        os::sleep(1);
    }
}

impl<T> Lock<T> {
    const fn new(value: T) -> Lock<T> {
        Lock(SpinMutex::new(value))
    }

    /// Runs `body` with the value. `body` is short and calls nothing outside this library.
    pub fn with<R>(&self, body: impl FnOnce(&mut T) -> R) -> R {
        let mut guard = self.lock();
        let result = body(&mut guard);
        release(guard);
        result
    }

    /// Out of line where flash is scarce: one copy for all that is done under the lock.
    #[cfg_attr(target_os = "none", inline(never))]
    fn lock(&self) -> SpinMutexGuard<'_, T, Sleep> {
        self.0.lock()
    }

    /// The value, unless somebody has it; nobody ever waits for a value that is used this way.
    #[cfg_attr(target_os = "none", inline(never))]
    fn own(&self) -> Option<SpinMutexGuard<'_, T, Sleep>> {
        self.0.try_lock()
    }
}

/// Lets go of a value; out of line like [`Lock::lock`].
#[cfg_attr(target_os = "none", inline(never))]
fn release<T>(guard: SpinMutexGuard<'_, T, Sleep>) {
    drop(guard);
}

/// Runs `lwm2m_carrier_init`'s work: once successfully, one caller at a time.
pub fn init(settings: &carrier_core::Config) -> Result<(), Errno> {
    let mut workspace = WORKSPACE.own().ok_or(Errno::FAULT)?;
    if INITIALISED.load(Ordering::Acquire) {
        return Err(Errno::FAULT);
    }
    boot::boot(&mut workspace, settings)?;
    INITIALISED.store(true, Ordering::Release);
    Ok(())
}

/// Runs `lwm2m_carrier_run`'s work; returns at once without a successful `init` or while another thread runs.
pub fn run() {
    if let Some(mut workspace) = WORKSPACE.own()
        && INITIALISED.load(Ordering::Acquire)
    {
        run::run(&mut workspace);
    }
}

/// Wakes the run thread: something has changed.
#[cfg_attr(target_os = "none", inline(never))]
pub fn wake() {
    WAKE.give();
}

/// Leaves a line or an SMS for the run thread.
#[cfg_attr(target_os = "none", inline(never))]
pub fn post(entry: &[u8]) {
    INBOX.with(|inbox| inbox.put(entry));
    wake();
}

/// Lets the application change the protocol's values and tells the run thread about it.
pub fn change(body: impl FnOnce(&mut Carrier) -> Result<(), Errno>) -> c_int {
    changed(CARRIER.with(body))
}

/// The result of a change for C; tells the run thread about a successful one.
#[cfg_attr(target_os = "none", inline(never))]
pub fn changed(result: Result<(), Errno>) -> c_int {
    if result.is_ok() {
        wake();
    }
    to_c(result)
}

/// As [`change`], for objects that are there only once `lwm2m_carrier_init` has started the protocol.
pub fn change_started(body: impl FnOnce(&mut Carrier) -> Result<(), Errno>) -> c_int {
    change(|carrier| {
        if carrier.is_started() {
            body(carrier)
        } else {
            Err(Errno::NOENT)
        }
    })
}
