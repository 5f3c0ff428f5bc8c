//! Start-up, memory, time, random numbers, reset, threads, LTE mode, AT callback, application update.

use super::{queue, trace, trace_frequent};
use crate::clock::clock;
use crate::device::{device, lock};
use crate::errno::{NRF_EINVAL, NRF_EIO, NRF_ENOTSUP};
use crate::rng::Rng;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};

/// Exit code of a process that wants to be started again (`VIRTUAL_MODEM_NO_EXEC=1`).
pub const EXIT_RESTART: i32 = 75;
/// `LWM2M_OS_MAX_THREAD_COUNT`
const THREADS: c_int = 1;
/// T15: 600 bytes on the device. The C library and this library need some themselves; what is not flat still dies here.
const THREAD_STACK: usize = 32 * 1024;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
/// Number of the allocation that fails, 0 for none.
static FAILING_ALLOCATION: AtomicU64 = AtomicU64::new(0);

/// Prepares the OS layer: 0. The calling thread takes part in simulated time from here on.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_init() -> c_int {
    clock().enter(std::thread::current().name().unwrap_or("application"));
    trace("init");
    0
}

/// Starts the modem library: 0, a positive result of a firmware update that has just taken place, `-EIO` (also when it runs already).
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_nrf_modem_init() -> c_int {
    let result = device().init().unwrap_or(-NRF_EIO);
    trace(format!("nrf_modem_init -> {result}"));
    result
}

/// Stops the modem library: 0, `-EIO`.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_nrf_modem_shutdown() -> c_int {
    let result = if device().shut_down() { 0 } else { -NRF_EIO };
    trace(format!("nrf_modem_shutdown -> {result}"));
    result
}

/// Sets the callback for all notifications: 0. It runs on the system work queue (T7).
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_at_init(callback: Option<queue::Listener>) -> c_int {
    trace("at_init");
    queue::set_callback(callback);
    0
}

/// Memory, or null.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_malloc(size: usize) -> *mut c_void {
    let number = ALLOCATIONS.fetch_add(1, Ordering::SeqCst) + 1;
    if number == FAILING_ALLOCATION.load(Ordering::SeqCst) {
        trace(format!("malloc {size} fails as asked"));
        return std::ptr::null_mut();
    }
    // SAFETY: plain allocation.
    unsafe { libc::malloc(size) }
}

/// Gives memory back; null is fine.
///
/// # Safety
/// `memory` is null or came from `lwm2m_os_malloc`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_os_free(memory: *mut c_void) {
    // SAFETY: the caller's promise.
    unsafe { libc::free(memory) }
}

/// Allocations so far.
pub(crate) fn allocations() -> u64 {
    ALLOCATIONS.load(Ordering::SeqCst)
}

/// Lets the `count`-th allocation from now on fail.
pub(crate) fn fail_allocation(count: u64) {
    FAILING_ALLOCATION.store(allocations() + count, Ordering::SeqCst);
}

/// Milliseconds since the process started.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_uptime_get() -> i64 {
    clock().now_ms()
}

/// Milliseconds since `*ref`; `*ref` becomes now.
///
/// # Safety
/// `reference` is valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_os_uptime_delta(reference: *mut i64) -> i64 {
    let now = clock().now_ms();
    // SAFETY: the caller gives a valid pointer.
    let before = unsafe { std::ptr::replace(reference, now) };
    now - before
}

/// Sleeps `ms` milliseconds: 0.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_sleep(ms: c_int) -> c_int {
    trace_frequent(|| format!("sleep {ms}"));
    clock().sleep_ms(i64::from(ms));
    0
}

/// 32 random bits.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_rand_get() -> u32 {
    static STREAM: OnceLock<Mutex<Rng>> = OnceLock::new();
    lock(STREAM.get_or_init(|| Mutex::new(crate::seam::random("os")))).next_u32()
}

/// Restarts: the process executes itself again with the same arguments, or ends with code 75.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_sys_reset() -> ! {
    trace("sys_reset");
    crate::control::happened("reset");
    device().save_network_time();
    flush_output();
    if std::env::var("VIRTUAL_MODEM_NO_EXEC").as_deref() == Ok("1") {
        // SAFETY: ends the process without running handlers, as a reset does.
        unsafe { libc::_exit(EXIT_RESTART) }
    }
    // Of the thread: once the main thread has ended, the process's own entries are empty.
    let path = std::fs::read_link("/proc/thread-self/exe").unwrap_or_default();
    let arguments = std::fs::read("/proc/thread-self/cmdline").unwrap_or_default();
    let arguments: Vec<CString> = arguments
        .split_inclusive(|byte| *byte == 0)
        .filter_map(|part| CStr::from_bytes_with_nul(part).ok())
        .map(CString::from)
        .collect();
    let mut pointers: Vec<*const c_char> =
        arguments.iter().map(|argument| argument.as_ptr()).collect();
    pointers.push(std::ptr::null());
    if let Ok(path) = CString::new(path.as_os_str().as_bytes()) {
        // SAFETY: the name is ours; a new life begins at uptime 0.
        unsafe { libc::unsetenv(c"VIRTUAL_MODEM_UPTIME".as_ptr()) };
        // SAFETY: zero-terminated strings and a list that ends with null.
        unsafe { libc::execv(path.as_ptr(), pointers.as_ptr()) };
    }
    super::fatal("the process could not execute itself again")
}

/// Writes out what the C library holds of standard output and standard error, which exec would lose. A stream that another
/// thread uses is left alone: that thread may be blocked in it for ever, as `fflush(NULL)` would then be.
pub(crate) fn flush_output() {
    unsafe extern "C" {
        static stdout: *mut libc::FILE;
        static stderr: *mut libc::FILE;
        fn ftrylockfile(stream: *mut libc::FILE) -> c_int;
        fn funlockfile(stream: *mut libc::FILE);
    }
    // SAFETY: both are set before any thread exists; a reset comes from one thread, and nothing assigns them here.
    for stream in unsafe { [stdout, stderr] } {
        // SAFETY: an open stream of the C library. Its lock is recursive, so the flush below does not wait for it.
        unsafe {
            if ftrylockfile(stream) == 0 {
                libc::fflush(stream);
                funlockfile(stream);
            }
        }
    }
}

/// Starts thread `index`: 0, `-EINVAL` when index is not 0.
///
/// # Safety
/// `name` is null or a zero-terminated string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_os_thread_start(
    index: c_int,
    entry: Option<extern "C" fn(*mut c_void, *mut c_void, *mut c_void)>,
    name: *const c_char,
) -> c_int {
    let Some(entry) = entry.filter(|_| (0..THREADS).contains(&index)) else {
        return -NRF_EINVAL;
    };
    let name = if name.is_null() {
        format!("thread {index}")
    } else {
        // SAFETY: the caller gives a zero-terminated string.
        unsafe { CStr::from_ptr(name) }
            .to_string_lossy()
            .into_owned()
    };
    trace(format!("thread_start {index} {name}"));
    let nothing = std::ptr::null_mut;
    clock().spawn_with_stack(&name, Some(THREAD_STACK), move || {
        entry(nothing(), nothing(), nothing())
    });
    0
}

/// Configured LTE mode: 6 LTE-M, 7 NB-IoT, -1 for both or none (T10). A failed query leaves an arbitrary value (T10).
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_lte_mode_get() -> i32 {
    let answer = match device().library() {
        crate::device::Library::Up => device().at("AT%XSYSTEMMODE?"),
        _ => return lwm2m_os_rand_get() as i32,
    };
    let fields = answer
        .text
        .strip_prefix("%XSYSTEMMODE: ")
        .map(|text| (text.starts_with('1'), text[2..].starts_with('1')));
    match fields {
        Some((true, false)) => 6,
        Some((false, true)) => 7,
        Some(_) => -1,
        None => lwm2m_os_rand_get() as i32,
    }
}

/// No boot loader here: `-ENOTSUP`.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_app_fota_start(_max_file_size: usize) -> c_int {
    -NRF_ENOTSUP
}

/// No boot loader here: `-ENOTSUP`.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_app_fota_fragment(
    _buf: *const c_char,
    _len: u16,
    _offset: u16,
    _crc32: u32,
) -> c_int {
    -NRF_ENOTSUP
}

/// No boot loader here: `-ENOTSUP`.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_app_fota_finish(_crc32: u32) -> c_int {
    -NRF_ENOTSUP
}

/// No boot loader here: nothing to clear.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_app_fota_abort() {}
