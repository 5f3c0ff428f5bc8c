//! Semaphores: a pool of eight that is never given back.

use super::{assertions, fatal, trace, trace_frequent};
use crate::clock::{Event, clock};
use crate::device::lock;
use crate::errno::{NRF_EAGAIN, NRF_EBUSY, NRF_EINVAL};
use std::ffi::{c_int, c_uint, c_void};
use std::sync::Mutex;

/// `LWM2M_OS_MAX_SEM_COUNT`
const SEMAPHORES: usize = 8;

struct Semaphore {
    state: Mutex<State>,
    changed: Event,
}

#[derive(Clone, Copy)]
struct State {
    count: c_uint,
    limit: c_uint,
    resets: u64,
}

static POOL: [Semaphore; SEMAPHORES] = [const {
    Semaphore {
        state: Mutex::new(State {
            count: 0,
            limit: 1,
            resets: 0,
        }),
        changed: Event::new(),
    }
}; SEMAPHORES];
static TAKEN: Mutex<usize> = Mutex::new(0);

fn find(handle: *const c_void) -> Option<&'static Semaphore> {
    POOL.iter()
        .find(|semaphore| std::ptr::from_ref(*semaphore).cast::<c_void>() == handle)
}

fn known(handle: *const c_void) -> &'static Semaphore {
    find(handle).unwrap_or_else(|| fatal("not a semaphore of this library"))
}

/// Takes a semaphore from the pool when `*semaphore` is null, then initialises it. 0, `-EINVAL` (limit 0, or `initial`
/// above it). T3: another pointer trips an assertion. T16: the pool is not checked without assertions.
///
/// # Safety
/// `semaphore` points to a pointer that is null or came from here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_os_sem_init(
    semaphore: *mut *mut c_void,
    initial: c_uint,
    limit: c_uint,
) -> c_int {
    // SAFETY: the caller gives a valid pointer.
    let old = unsafe { *semaphore };
    trace(format!("sem_init initial {initial} limit {limit}"));
    let found = if old.is_null() {
        let mut taken = lock(&TAKEN);
        let Some(found) = POOL.get(*taken) else {
            drop(taken);
            fatal("more than 8 semaphores: a write past the pool");
        };
        *taken += 1;
        found
    } else if assertions() {
        fatal("sem_init with a pointer that is not null: assertion");
    } else {
        known(old)
    };
    // SAFETY: as above.
    unsafe { *semaphore = std::ptr::from_ref(found).cast_mut().cast() };
    if limit == 0 || initial > limit {
        return -NRF_EINVAL;
    }
    let mut state = lock(&found.state);
    (state.count, state.limit) = (initial, limit);
    0
}

/// Takes one. `timeout` in ms, -1 for ever, 0 without waiting. 0, `-EBUSY` (no wait), `-EAGAIN` (time up or reset).
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_sem_take(semaphore: *mut c_void, timeout: c_int) -> c_int {
    let semaphore = known(semaphore);
    let resets = lock(&semaphore.state).resets;
    let look = || {
        let mut state = lock(&semaphore.state);
        if state.resets != resets {
            return Some(-NRF_EAGAIN);
        }
        (state.count > 0).then(|| {
            state.count -= 1;
            0
        })
    };
    let result = match timeout {
        0 => look().unwrap_or(-NRF_EBUSY),
        ..0 => clock()
            .wait_for(&semaphore.changed, None, look)
            .unwrap_or(-NRF_EAGAIN),
        ms => {
            let deadline = clock().now_ms() + i64::from(ms);
            clock()
                .wait_for(&semaphore.changed, Some(deadline), look)
                .unwrap_or(-NRF_EAGAIN)
        }
    };
    trace_frequent(|| format!("sem_take timeout {timeout} -> {result}"));
    result
}

/// Gives one, up to the limit.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_sem_give(semaphore: *mut c_void) {
    let semaphore = known(semaphore);
    {
        let mut state = lock(&semaphore.state);
        state.count = (state.count + 1).min(state.limit);
    }
    clock().signal(&semaphore.changed);
}

/// Sets the count to 0 and wakes waiters with `-EAGAIN`.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_sem_reset(semaphore: *mut c_void) {
    let semaphore = known(semaphore);
    {
        let mut state = lock(&semaphore.state);
        state.count = 0;
        state.resets += 1;
    }
    clock().signal(&semaphore.changed);
}
