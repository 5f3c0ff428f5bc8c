//! Packet data hooks: the PDN library of the SDK over AT commands and `+CGEV` / `+CNEC_ESM` notifications.

use super::trace;
use crate::clock::{Event, clock};
use crate::device::{device, lock};
use crate::engine::Answer;
use crate::errno::{NRF_E2BIG, NRF_EBADMSG, NRF_EFAULT, NRF_EINVAL, NRF_ENOMEM, NRF_EPERM};
use std::ffi::{CStr, c_char, c_int};
use std::sync::{Mutex, OnceLock};

/// Not in the modem library's list; newlib's number.
const ENOEXEC: c_int = 8;
/// `CONFIG_PDN_ESM_TIMEOUT`
const ESM_WAIT_MS: i64 = 1000;
/// `CONFIG_PDN_CONTEXTS_MAX` of the carrier sample; `VIRTUAL_MODEM_PDN_CONTEXTS` changes it.
const CONTEXTS: usize = 3;
/// APN names are shorter than this.
const APN_LIMIT: usize = 64;

/// `enum lwm2m_os_pdn_event`, four bytes wide on a PC (T14).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PdnEvent {
    /// The network refused; the reason is the ESM cause.
    EsmError,
    /// Activated.
    Activated,
    /// Deactivated by modem or network.
    Deactivated,
    /// IPv6 address there.
    Ipv6Up,
    /// IPv6 address gone.
    Ipv6Down,
}

type Handler = extern "C" fn(u8, PdnEvent, c_int);

struct Library {
    initialized: bool,
    created: Vec<(u8, Option<Handler>)>,
    /// T9: one slot, the last one wins.
    default_handler: Option<Handler>,
    esm: Option<c_int>,
    /// Reason of the last activation event, -1 for none.
    granted: Option<c_int>,
}

static LIBRARY: Mutex<Library> = Mutex::new(Library {
    initialized: false,
    created: Vec::new(),
    default_handler: None,
    esm: None,
    granted: None,
});
static HEARD: Event = Event::new();
static ACTIVATING: Mutex<bool> = Mutex::new(false);

/// A notification, on the system work queue.
pub(super) fn heard(text: &str) {
    if !lock(&LIBRARY).initialized {
        return;
    }
    let text = text.trim_end();
    if let Some(fields) = text.strip_prefix("+CNEC_ESM: ") {
        let mut numbers = fields.split(',').map(|field| field.trim().parse::<c_int>());
        if let (Some(Ok(cause)), Some(Ok(cid))) = (numbers.next(), numbers.next()) {
            esm_error(cid as u8, cause);
        }
        return;
    }
    let Some(event) = text.strip_prefix("+CGEV: ") else {
        return;
    };
    let kinds = [
        ("ME PDN ACT ", PdnEvent::Activated),
        ("ME PDN DEACT ", PdnEvent::Deactivated),
        ("NW PDN DEACT ", PdnEvent::Deactivated),
        ("IPV6 FAIL ", PdnEvent::Ipv6Down),
        ("IPV6 ", PdnEvent::Ipv6Up),
    ];
    for (prefix, kind) in kinds {
        let Some(rest) = event.strip_prefix(prefix) else {
            continue;
        };
        let mut numbers = rest.split(',').map(|field| field.trim().parse::<c_int>());
        let Some(Ok(cid)) = numbers.next() else {
            return;
        };
        if kind == PdnEvent::Activated {
            let reason = numbers.next().and_then(Result::ok).unwrap_or(-1);
            lock(&LIBRARY).granted = Some(reason);
            clock().signal(&HEARD);
        }
        if let Some(handler) = handler(cid as u8) {
            handler(cid as u8, kind, 0);
        }
        return;
    }
}

fn handler(cid: u8) -> Option<Handler> {
    let library = lock(&LIBRARY);
    if cid == 0 {
        return library.default_handler;
    }
    library
        .created
        .iter()
        .find(|context| context.0 == cid)
        .and_then(|context| context.1)
}

/// T9: looked up among created contexts only, so that context 0 never hears of it.
fn esm_error(cid: u8, cause: c_int) {
    let found = {
        let mut library = lock(&LIBRARY);
        let found = library
            .created
            .iter()
            .find(|context| context.0 == cid)
            .copied();
        if found.is_some() {
            library.esm = Some(cause);
        }
        found
    };
    if let Some((_, handler)) = found {
        clock().signal(&HEARD);
        if let Some(handler) = handler {
            handler(cid, PdnEvent::EsmError, cause);
        }
    }
}

fn at(line: &str) -> Result<Answer, c_int> {
    if device().library() != crate::device::Library::Up {
        return Err(-NRF_EPERM);
    }
    Ok(device().at_answered(line))
}

/// The number after `prefix`.
fn number(answer: &Answer, prefix: &str) -> Option<c_int> {
    answer
        .text
        .strip_prefix(prefix)?
        .lines()
        .next()?
        .trim()
        .parse()
        .ok()
}

/// Prepares the library: 0. May be called again.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_pdn_init() -> c_int {
    trace("pdn_init");
    lock(&LIBRARY).initialized = true;
    0
}

/// Gives a new context id. 0, `-ENOMEM`, `-EBADMSG`.
///
/// # Safety
/// `cid` is null or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_os_pdn_ctx_create(cid: *mut u8, handler: Option<Handler>) -> c_int {
    if cid.is_null() {
        return -NRF_EFAULT;
    }
    static LIMIT: OnceLock<usize> = OnceLock::new();
    let limit = *LIMIT.get_or_init(|| {
        let text = std::env::var("VIRTUAL_MODEM_PDN_CONTEXTS").ok();
        text.and_then(|text| text.parse().ok()).unwrap_or(CONTEXTS)
    });
    let result = if lock(&LIBRARY).created.len() >= limit {
        -NRF_ENOMEM
    } else {
        match at("AT%XNEWCID?").map(|answer| number(&answer, "%XNEWCID: ")) {
            Err(error) => error,
            Ok(None) => -NRF_EBADMSG,
            Ok(Some(new)) => {
                lock(&LIBRARY).created.push((new as u8, handler));
                // SAFETY: not null, and the caller gives a valid place.
                unsafe { *cid = new as u8 };
                0
            }
        }
    };
    trace(format!("pdn_ctx_create -> {result}"));
    result
}

/// Sets APN and family (0 IPv4, 1 IPv6, 2 both). 0, `-EFAULT`, `-EINVAL`, `-ENOEXEC`.
///
/// # Safety
/// `apn` is null or a zero-terminated string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_os_pdn_ctx_configure(
    cid: u8,
    apn: *const c_char,
    family: c_int,
) -> c_int {
    if apn.is_null() {
        return -NRF_EFAULT;
    }
    // SAFETY: the caller gives a zero-terminated string.
    let apn = unsafe { CStr::from_ptr(apn) }.to_string_lossy();
    let family = match family {
        0 => "IP",
        1 => "IPV6",
        2 => "IPV4V6",
        _ => return -NRF_EINVAL,
    };
    if apn.len() >= APN_LIMIT {
        return -NRF_EINVAL;
    }
    let result = refused_as(at(&format!("AT+CGDCONT={cid},{family},{apn}")), -ENOEXEC);
    trace(format!(
        "pdn_ctx_configure {cid} {apn} {family} -> {result}"
    ));
    result
}

fn refused_as(answer: Result<Answer, c_int>, refused: c_int) -> c_int {
    answer.map_or_else(
        |error| error,
        |answer| if answer.result == 0 { 0 } else { refused },
    )
}

/// Frees a context made by `lwm2m_os_pdn_ctx_create`. 0, `-EINVAL`, `-ENOEXEC`.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_pdn_ctx_destroy(cid: u8) -> c_int {
    {
        let mut library = lock(&LIBRARY);
        let Some(index) = library.created.iter().position(|context| context.0 == cid) else {
            return -NRF_EINVAL;
        };
        library.created.remove(index);
    }
    let result = refused_as(at(&format!("AT+CGDCONT={cid}")), -ENOEXEC);
    trace(format!("pdn_ctx_destroy {cid} -> {result}"));
    result
}

/// Activates a context. 0, a positive modem error (T13), or negative. With `esm` it waits up to 1 s for a cause; with
/// `family` it waits for the activation event without limit (T8), which comes only with `+CGEREP=1`.
///
/// # Safety
/// `esm` and `family` are null or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_os_pdn_activate(
    cid: u8,
    esm: *mut c_int,
    family: *mut c_int,
) -> c_int {
    clock().wait_for(&HEARD, None, || {
        let mut activating = lock(&ACTIVATING);
        (!*activating).then(|| *activating = true)
    });
    {
        let mut library = lock(&LIBRARY);
        library.esm = None;
        library.granted = None;
    }
    let result =
        at(&format!("AT+CGACT=1,{cid}")).map_or_else(|error| error, |answer| answer.result);
    if !esm.is_null() {
        let deadline = clock().now_ms() + ESM_WAIT_MS;
        let cause = clock().wait_for(&HEARD, Some(deadline), || lock(&LIBRARY).esm);
        // SAFETY: not null, and the caller gives a valid place.
        unsafe { *esm = cause.unwrap_or(0) };
    }
    if result == 0 && !family.is_null() {
        let granted = clock().wait_for(&HEARD, None, || lock(&LIBRARY).granted);
        if let Some(only @ (0 | 1)) = granted {
            // SAFETY: not null, and the caller gives a valid place of an enum's width.
            unsafe { *family = only };
        }
    }
    *lock(&ACTIVATING) = false;
    clock().signal(&HEARD);
    trace(format!("pdn_activate {cid} -> {result}"));
    result
}

/// Deactivates a context. 0, a positive modem error (T13), or negative.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_pdn_deactivate(cid: u8) -> c_int {
    let result =
        at(&format!("AT+CGACT=0,{cid}")).map_or_else(|error| error, |answer| answer.result);
    trace(format!("pdn_deactivate {cid} -> {result}"));
    result
}

/// PDN id of an active context, for sockets. 0 or more, `-EBADMSG`.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_pdn_id_get(cid: u8) -> c_int {
    at(&format!("AT%XGETPDNID={cid}")).map_or_else(
        |error| error,
        |answer| number(&answer, "%XGETPDNID: ").unwrap_or(-NRF_EBADMSG),
    )
}

/// APN of context 0. 0, `-EFAULT`, `-E2BIG`, `-EBADMSG`.
///
/// # Safety
/// `buf` is null or has room for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_os_pdn_default_apn_get(buf: *mut c_char, len: usize) -> c_int {
    if buf.is_null() {
        return -NRF_EFAULT;
    }
    let answer = match at("AT+CGDCONT?") {
        Ok(answer) => answer,
        Err(error) => return error,
    };
    let Some(apn) = answer
        .text
        .strip_prefix("+CGDCONT: 0,")
        .and_then(|rest| rest.split('"').nth(3))
    else {
        return -NRF_EBADMSG;
    };
    if apn.len() >= len {
        return -NRF_E2BIG;
    }
    // SAFETY: `len` bytes are there, more than the name and its end need.
    unsafe {
        std::ptr::copy_nonoverlapping(apn.as_ptr().cast::<c_char>(), buf, apn.len());
        *buf.add(apn.len()) = 0;
    }
    0
}

/// Sets the handler of context 0, replacing another's (T9). 0, `-EINVAL` for null.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_pdn_default_callback_set(handler: Option<Handler>) -> c_int {
    if handler.is_none() {
        return -NRF_EINVAL;
    }
    lock(&LIBRARY).default_handler = handler;
    0
}
