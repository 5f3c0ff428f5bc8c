//! The connection to a named access point: one context, made when it is first needed, and how sockets and name queries are tied to it.
//!
//! It is ended only when a server wants it otherwise. (Some modem firmware hangs for minutes when a connection is ended on NB-IoT.)

use core::ffi::{CStr, c_int};
use core::ptr;
use core::sync::atomic::{AtomicU8, Ordering};

use carrier_core::config::PDN;

use super::hook_types::{lwm2m_os_pdn_event, lwm2m_os_pdn_fam};
use super::{hooks, nrf};
use crate::runtime::{INBOX, wake};

/// The context; 0, which is the default one: none made yet.
static CONTEXT: AtomicU8 = AtomicU8::new(0);

/// One more than the number sockets are bound by; 0: they use the default connection.
static BOUND: AtomicU8 = AtomicU8::new(0);

/// The text sockets and queries take.
pub type Name = [u8; 8];

/// Session management causes that ask for another address family (3GPP TS 24.301 9.9.4.4): unknown type, IPv4 only, IPv6 only.
const UNKNOWN_TYPE: c_int = 28;
const IPV4_ONLY: c_int = 50;
const IPV6_ONLY: c_int = 51;

/// How a connection is made.
pub struct Settings<'a> {
    /// Name of the access point.
    pub name: &'a CStr,
    /// Address families: 1 IPv4, 2 IPv6, otherwise both, or the one the network has.
    pub kind: u8,
    /// Authentication as `+CGAUTH` counts: 0 none.
    pub authentication: u8,
    /// User name and password for it, without quotation marks.
    pub user: &'a CStr,
    /// See `user`.
    pub secret: &'a CStr,
    /// A connection that is there has other settings.
    pub fresh: bool,
}

/// Connects to an access point unless the connection is there already, and lets links use it; otherwise they use the default one. `None`
/// ends the connection. The number of the context when it was activated, 0 when there was nothing to do; the error is the cause of session
/// management, or 0. Blocks for what the network takes, and a second longer when it refuses.
pub fn activate(settings: Option<&Settings<'_>>) -> Result<u8, u8> {
    let result = match settings {
        Some(settings) => connect(settings),
        None => {
            end(CONTEXT.load(Ordering::Relaxed));
            Err(0)
        }
    };
    let id = result
        .ok()
        .and_then(|_| active(CONTEXT.load(Ordering::Relaxed)));
    let bound = id.and_then(|id| u8::try_from(id).ok()?.checked_add(1));
    BOUND.store(bound.unwrap_or(0), Ordering::Release);
    match settings {
        Some(_) if bound.is_none() => Err(result.err().unwrap_or(0)),
        Some(_) => result,
        None => Ok(0),
    }
}

fn connect(settings: &Settings<'_>) -> Result<u8, u8> {
    let mut context = CONTEXT.load(Ordering::Relaxed);
    if context == 0 {
        // SAFETY: writable for the time of the call.
        let failed = hooks::lwm2m_os_pdn_init() != 0
            || unsafe { hooks::lwm2m_os_pdn_ctx_create(&raw mut context, changed) } != 0;
        if failed {
            return Err(0);
        }
        CONTEXT.store(context, Ordering::Relaxed);
    }
    if settings.fresh {
        end(context);
    } else if active(context).is_some() {
        return Ok(0);
    }
    let mut family = match settings.kind {
        1 => lwm2m_os_pdn_fam::LWM2M_OS_PDN_FAM_IPV4,
        2 => lwm2m_os_pdn_fam::LWM2M_OS_PDN_FAM_IPV6,
        _ => lwm2m_os_pdn_fam::LWM2M_OS_PDN_FAM_IPV4V6,
    };
    let mut cause = 0;
    for _ in 0..2 {
        // The family that was granted is not asked for: that would wait for an event that may have been dropped. Links find out.
        // SAFETY: a zero-terminated text, a number writable for the time of the call, and null where nothing is wanted.
        let failed = unsafe {
            hooks::lwm2m_os_pdn_ctx_configure(context, settings.name.as_ptr(), family) != 0
                || !authenticate(context, settings)
                || hooks::lwm2m_os_pdn_activate(context, &raw mut cause, ptr::null_mut()) != 0
        };
        if !failed {
            return Ok(context);
        }
        family = match cause {
            _ if family != lwm2m_os_pdn_fam::LWM2M_OS_PDN_FAM_IPV4V6 => break,
            IPV4_ONLY | UNKNOWN_TYPE => lwm2m_os_pdn_fam::LWM2M_OS_PDN_FAM_IPV4,
            IPV6_ONLY => lwm2m_os_pdn_fam::LWM2M_OS_PDN_FAM_IPV6,
            _ => break,
        };
    }
    Err(u8::try_from(cause).unwrap_or(0))
}

/// Tells the modem user name and password, or that there are none; a modem that does not know the command needs none either.
fn authenticate(context: u8, settings: &Settings<'_>) -> bool {
    let context = c_int::from(context);
    let kind = c_int::from(settings.authentication);
    // SAFETY: each format takes what follows it: numbers, and zero-terminated texts.
    unsafe {
        if kind == 0 {
            nrf::nrf_modem_at_printf(c"AT+CGAUTH=%d,0".as_ptr(), context);
            return true;
        }
        let format = c"AT+CGAUTH=%d,%d,\"%s\",\"%s\"".as_ptr();
        let (user, secret) = (settings.user.as_ptr(), settings.secret.as_ptr());
        nrf::nrf_modem_at_printf(format, context, kind, user, secret) == 0
    }
}

/// Ends the connection, if it is there.
fn end(context: u8) {
    if context != 0 && active(context).is_some() {
        hooks::lwm2m_os_pdn_deactivate(context);
    }
}

/// The number sockets are bound by, while the context is active.
fn active(context: u8) -> Option<c_int> {
    let id = hooks::lwm2m_os_pdn_id_get(context);
    (id >= 0).then_some(id)
}

/// The number sockets are to be bound by; `None`: they use the default connection.
pub fn bound() -> Option<u8> {
    if !PDN {
        return None;
    }
    BOUND.load(Ordering::Acquire).checked_sub(1)
}

/// The text for a number: "pdn" with one or two digits, zeros behind it. Also its length.
#[cfg_attr(target_os = "none", inline(never))]
pub fn name(id: u8) -> (Name, usize) {
    let digit = |value: u8| u64::from(b'0' + value % 10);
    let (digits, length) = if id < 10 {
        (digit(id), 4)
    } else {
        (digit(id / 10) | digit(id) << 8, 5)
    };
    (
        (u64::from_le_bytes(*b"pdn\0\0\0\0\0") | digits << 24).to_le_bytes(),
        length,
    )
}

/// Comes on a shared thread, as notifications do. The end of the connection is treated like a missed one: everything is looked at anew.
unsafe extern "C" fn changed(_: u8, event: lwm2m_os_pdn_event, _: c_int) {
    if event == lwm2m_os_pdn_event::LWM2M_OS_PDN_EVENT_DEACTIVATED {
        INBOX.with(|inbox| inbox.miss());
        wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_the_modem_library_takes() {
        for id in 0..=99_u8 {
            let (bytes, length) = name(id);
            let text = std::format!("pdn{id}");
            assert_eq!(&bytes[..length], text.as_bytes());
            assert!(bytes[length..].iter().all(|byte| *byte == 0));
        }
    }
}
