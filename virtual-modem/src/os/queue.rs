//! Work queues and timers (`k_work_delayable` behind `lwm2m_os_timer_*`), and the system work queue, which also delivers
//! AT notifications from a pool of 320 bytes.

use super::{assertions, fatal, trace, trace_frequent};
use crate::clock::{Event, clock};
use crate::device::{device, lock};
use crate::errno::{NRF_EBUSY, NRF_EINVAL};
use std::collections::VecDeque;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::{Mutex, OnceLock};
use std::thread::ThreadId;

/// `LWM2M_OS_MAX_WORK_QS`
const WORK_QUEUES: usize = 2;
/// `LWM2M_OS_MAX_TIMER_COUNT`
const TIMERS: usize = 11;
/// The system work queue comes after the own ones.
const SYSTEM: usize = WORK_QUEUES;
/// Heap of the AT monitor for notifications that wait.
const NOTIFICATION_POOL: usize = 320;
/// What one waiting notification takes besides its text: list pointer and heap chunk header.
const NOTIFICATION_OVERHEAD: usize = 8;

type Handler = extern "C" fn(*mut c_void);
/// Task for the system work queue.
pub(crate) type Task = Box<dyn FnOnce() + Send>;
/// Listener for notifications.
pub(crate) type Listener = extern "C" fn(*const c_char);

#[derive(Clone, Copy)]
struct Timer {
    in_use: bool,
    handler: Option<Handler>,
    /// Due time, order, queue.
    pending: Option<(i64, u64, usize)>,
    running: Option<(usize, ThreadId)>,
    cancelling: bool,
}

struct State {
    timers: [Timer; TIMERS],
    tasks: VecDeque<(i64, u64, Task)>,
    started: [bool; WORK_QUEUES + 1],
    order: u64,
    pool_used: usize,
    pool_dropped: u64,
    /// The hook's callback, and the monitors a PC program added.
    callback: Option<Listener>,
    monitors: Vec<Listener>,
    /// Replaces the AT monitor altogether.
    raw_handler: Option<Listener>,
}

static STATE: Mutex<State> = Mutex::new(State {
    timers: [Timer {
        in_use: false,
        handler: None,
        pending: None,
        running: None,
        cancelling: false,
    }; TIMERS],
    tasks: VecDeque::new(),
    started: [false; WORK_QUEUES + 1],
    order: 0,
    pool_used: 0,
    pool_dropped: 0,
    callback: None,
    monitors: Vec::new(),
    raw_handler: None,
});

/// Handles are addresses inside these.
static TIMER_HANDLES: [u64; TIMERS] = [0; TIMERS];
static QUEUE_HANDLES: [u64; WORK_QUEUES] = [0; WORK_QUEUES];
static CHANGED: [Event; WORK_QUEUES + 1] = [const { Event::new() }; WORK_QUEUES + 1];
static FINISHED: Event = Event::new();

fn index_of(handles: &[u64], handle: *const c_void) -> Option<usize> {
    let offset = (handle as usize).checked_sub(handles.as_ptr() as usize)?;
    let index = offset / size_of::<u64>();
    (offset % size_of::<u64>() == 0 && index < handles.len()).then_some(index)
}

fn timer_index(timer: *const c_void) -> Option<usize> {
    index_of(&TIMER_HANDLES, timer)
}

/// Starts a queue's thread once; false when it ran already.
fn start_queue(queue: usize, name: &str) -> bool {
    if std::mem::replace(&mut lock(&STATE).started[queue], true) {
        return false;
    }
    clock().spawn(name, move || run_queue(queue));
    true
}

fn start_system_queue() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        start_queue(SYSTEM, "sysworkq");
    });
}

/// Runs `task` on the system work queue after what is there.
pub(crate) fn post(task: Task) {
    start_system_queue();
    let now = clock().now_ms();
    {
        let mut state = lock(&STATE);
        state.order += 1;
        let order = state.order;
        state.tasks.push_back((now, order, task));
    }
    clock().signal(&CHANGED[SYSTEM]);
}

/// Queues a notification, or drops it when the pool is full.
pub(super) fn notify(text: &str) {
    let size = (text.len() + 1 + NOTIFICATION_OVERHEAD).next_multiple_of(8);
    {
        let mut state = lock(&STATE);
        if state.raw_handler.is_none() {
            if state.pool_used + size > NOTIFICATION_POOL {
                state.pool_dropped += 1;
                drop(state);
                device().log("notify", "dropped, the pool is full");
                return;
            }
            state.pool_used += size;
        }
    }
    let text = text.to_string();
    post(Box::new(move || deliver(&text, size)));
}

fn deliver(text: &str, size: usize) {
    let Ok(c_text) = std::ffi::CString::new(text) else {
        return;
    };
    let (raw, listeners) = {
        let state = lock(&STATE);
        (
            state.raw_handler,
            state
                .monitors
                .iter()
                .copied()
                .chain(state.callback)
                .collect::<Vec<_>>(),
        )
    };
    if let Some(handler) = raw {
        handler(c_text.as_ptr());
    } else {
        super::pdn::heard(text);
        super::sms::heard(text);
        for listener in listeners {
            listener(c_text.as_ptr());
        }
    }
    let mut state = lock(&STATE);
    state.pool_used = state.pool_used.saturating_sub(size);
    drop(state);
    crate::control::happened(&format!("notify:{}", text.trim_end()));
}

/// Bytes of the pool in use, and notifications dropped so far.
pub(crate) fn pool() -> (usize, u64) {
    let state = lock(&STATE);
    (state.pool_used, state.pool_dropped)
}

/// Sets the hook's callback.
pub(super) fn set_callback(callback: Option<Listener>) {
    lock(&STATE).callback = callback;
}

/// Takes all notifications away from the AT monitor (`None`: gives them back).
pub(crate) fn set_raw_handler(handler: Option<Listener>) {
    lock(&STATE).raw_handler = handler;
}

/// Adds a listener as another part of an application would have one.
pub(crate) fn add_monitor(listener: Listener) {
    lock(&STATE).monitors.push(listener);
}

enum Work {
    Task(Task),
    Timer(usize),
    Nothing(Option<i64>),
}

fn run_queue(queue: usize) {
    loop {
        let ticket = CHANGED[queue].ticket();
        match next_work(queue) {
            Work::Task(task) => task(),
            Work::Timer(index) => run_timer(index),
            Work::Nothing(deadline) => {
                clock().wait_since(&CHANGED[queue], ticket, deadline);
            }
        }
    }
}

fn next_work(queue: usize) -> Work {
    let now = clock().now_ms();
    let mut state = lock(&STATE);
    let timers = state
        .timers
        .iter()
        .enumerate()
        .filter_map(|(index, timer)| {
            let (due, order, on) = timer.pending?;
            (on == queue).then_some((due, order, index))
        });
    let first = timers.min();
    let task = if queue == SYSTEM {
        state.tasks.front().map(|task| (task.0, task.1))
    } else {
        None
    };
    match (first, task) {
        (timer, Some(task))
            if timer.is_none_or(|timer| (timer.0, timer.1) > task || timer.0 > now) =>
        {
            state
                .tasks
                .pop_front()
                .map_or(Work::Nothing(None), |task| Work::Task(task.2))
        }
        (Some((due, _, index)), _) if due <= now => {
            let timer = &mut state.timers[index];
            timer.pending = None;
            timer.running = Some((queue, std::thread::current().id()));
            Work::Timer(index)
        }
        (timer, _) => Work::Nothing(timer.map(|timer| timer.0)),
    }
}

fn run_timer(index: usize) {
    let handler = lock(&STATE).timers[index].handler;
    let handle = std::ptr::from_ref(&TIMER_HANDLES[index])
        .cast_mut()
        .cast::<c_void>();
    match handler {
        Some(handler) => handler(handle),
        // T4: release leaves a pending timer, which then calls address 0.
        None => fatal("a released timer ran: call of address 0"),
    }
    lock(&STATE).timers[index].running = None;
    clock().signal(&FINISHED);
}

fn start_timer(index: usize, queue: usize, delay: i64) -> c_int {
    trace_frequent(|| format!("timer_start {index} queue {queue} delay {delay}"));
    start_system_queue();
    let due = clock().now_ms().saturating_add(delay.max(0));
    let queue = {
        let mut state = lock(&STATE);
        state.order += 1;
        let order = state.order;
        let timer = &mut state.timers[index];
        if timer.cancelling {
            return -NRF_EBUSY;
        }
        // Zephyr keeps a running item on the queue where it runs, so that it never runs twice at a time.
        let queue = timer.running.map_or(queue, |(on, _)| on);
        timer.pending = Some((due, order, queue));
        queue
    };
    clock().signal(&CHANGED[queue]);
    0
}

/// Starts own work queue `index` (0 or 1). Null when out of range. A second start of one index is an error (assertion).
///
/// # Safety
/// `name` is null or a zero-terminated string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_os_work_q_start(index: c_int, name: *const c_char) -> *mut c_void {
    let Some(queue) = usize::try_from(index)
        .ok()
        .filter(|queue| *queue < WORK_QUEUES)
    else {
        return std::ptr::null_mut();
    };
    let name = if name.is_null() {
        format!("queue {queue}")
    } else {
        // SAFETY: the caller gives a zero-terminated string.
        unsafe { CStr::from_ptr(name) }
            .to_string_lossy()
            .into_owned()
    };
    trace(format!("work_q_start {queue} {name}"));
    if !start_queue(queue, &name) && assertions() {
        fatal("work queue started twice");
    }
    std::ptr::from_ref(&QUEUE_HANDLES[queue]).cast_mut().cast()
}

/// Reserves a timer for `handler`; null when all 11 are in use (T16).
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_timer_get(handler: Option<Handler>) -> *mut c_void {
    let mut state = lock(&STATE);
    let Some(index) = state.timers.iter().position(|timer| !timer.in_use) else {
        return std::ptr::null_mut();
    };
    state.timers[index].in_use = true;
    state.timers[index].handler = handler;
    drop(state);
    trace(format!("timer_get -> {index}"));
    std::ptr::from_ref(&TIMER_HANDLES[index]).cast_mut().cast()
}

/// Gives a timer back. Only the handler is cleared (T4): cancel first.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_timer_release(timer: *mut c_void) {
    if let Some(index) = timer_index(timer) {
        trace(format!("timer_release {index}"));
        let mut state = lock(&STATE);
        state.timers[index].in_use = false;
        state.timers[index].handler = None;
    }
}

/// (Re)starts a timer on the system work queue (T6). 0, `-EINVAL`.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_timer_start(timer: *mut c_void, delay: i64) -> c_int {
    timer_index(timer).map_or(-NRF_EINVAL, |index| start_timer(index, SYSTEM, delay))
}

/// (Re)starts a timer on an own queue. 0, `-EINVAL`.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_timer_start_on_q(
    queue: *mut c_void,
    timer: *mut c_void,
    delay: i64,
) -> c_int {
    match (index_of(&QUEUE_HANDLES, queue), timer_index(timer)) {
        (Some(queue), Some(index)) => start_timer(index, queue, delay),
        _ => -NRF_EINVAL,
    }
}

/// After return the handler is not running and will not run. From the handler itself it never returns (T5).
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_timer_cancel(timer: *mut c_void) {
    let Some(index) = timer_index(timer) else {
        return;
    };
    {
        let mut state = lock(&STATE);
        let timer = &mut state.timers[index];
        timer.pending = None;
        let Some((_, thread)) = timer.running else {
            return;
        };
        timer.cancelling = true;
        if thread == std::thread::current().id() && assertions() {
            drop(state);
            fatal("timer cancelled from its own handler: deadlock");
        }
    }
    clock().wait_for(&FINISHED, None, || {
        let mut state = lock(&STATE);
        let timer = &mut state.timers[index];
        timer.running.is_none().then(|| timer.cancelling = false)
    });
}

/// Milliseconds until a started timer is due, 0 when it is not waiting.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_timer_remaining(timer: *mut c_void) -> i64 {
    let now = clock().now_ms();
    let due = timer_index(timer).and_then(|index| lock(&STATE).timers[index].pending);
    due.map_or(0, |(due, ..)| (due - now).max(0))
}

/// True while a timer waits, is queued or runs.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_timer_is_pending(timer: *mut c_void) -> bool {
    let Some(index) = timer_index(timer) else {
        return false;
    };
    let timer = lock(&STATE).timers[index];
    timer.pending.is_some() || timer.running.is_some()
}
