//! SMS in: what may be a request goes to the inbox.

use core::ffi::c_void;
use core::ptr;

use super::hook_types::lwm2m_os_sms_data;
use super::{hooks, ptr as c};
use crate::runtime::post;

/// Lets messages come in. Call once: the hook does not tell what it takes to stop.
pub fn register() {
    // Without, servers cannot ask for an Update by SMS; nothing else is lost.
    // SAFETY: the function lives for ever, and takes no context.
    unsafe { hooks::lwm2m_os_sms_client_register(received, ptr::null_mut()) };
}

/// Comes on a thread that is shared with the whole system, with little stack: copy and post.
unsafe extern "C" fn received(data: *mut lwm2m_os_sms_data, _: *mut c_void) {
    // SAFETY: the hook hands a message that is valid during the call.
    let Some(data) = (unsafe { data.as_ref() }) else {
        return;
    };
    let length = usize::try_from(data.payload_len).unwrap_or(0);
    // SAFETY: likewise its payload, of this length.
    let Some(payload) = (unsafe { c::bytes(data.payload.cast(), length) }) else {
        return;
    };
    if is_sms(payload) {
        post(payload);
    }
}

/// Whether an entry of the inbox is one of these rather than a notification: CoAP version 1, code POST. No text has that beginning.
pub fn is_sms(entry: &[u8]) -> bool {
    matches!(entry, [0x40..0x80, 2, ..])
}
