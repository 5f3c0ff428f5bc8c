//! Events of the core in the numbers of the public header.

use core::ffi::c_int;
use core::ptr;

use carrier_core::{Cause, DeferredReason, ErrorKind, Event, ModemDomain};

use super::CARRIER;
use crate::abi::*;
use crate::errno::Errno;
use crate::sys::application;

/// Tells the application; returns its answer. `room` is for application data.
pub fn tell(event: Event, room: &mut [u8]) -> c_int {
    match event {
        Event::LinkUp => tell_plain(LWM2M_CARRIER_EVENT_LTE_LINK_UP),
        Event::LinkDown => tell_plain(LWM2M_CARRIER_EVENT_LTE_LINK_DOWN),
        Event::PowerOff => tell_plain(LWM2M_CARRIER_EVENT_LTE_POWER_OFF),
        Event::Bootstrapped => tell_plain(LWM2M_CARRIER_EVENT_BOOTSTRAPPED),
        Event::Registered => tell_plain(LWM2M_CARRIER_EVENT_REGISTERED),
        Event::Reboot => tell_plain(LWM2M_CARRIER_EVENT_REBOOT),
        Event::Deferred { reason, delay } => {
            let mut deferred = lwm2m_carrier_event_deferred_t {
                reason: reason_number(reason),
                timeout: delay.as_secs_i32(),
            };
            let data = lwm2m_carrier_event_data_t {
                deferred: &raw mut deferred,
            };
            application::handle_event(LWM2M_CARRIER_EVENT_DEFERRED, data)
        }
        Event::FirmwareStarted => {
            let mut fota_start = lwm2m_carrier_event_fota_start_t {
                r#type: LWM2M_CARRIER_FOTA_START_MODEM_DELTA,
                uri: ptr::null(),
            };
            let data = lwm2m_carrier_event_data_t {
                fota_start: &raw mut fota_start,
            };
            application::handle_event(LWM2M_CARRIER_EVENT_FOTA_START, data)
        }
        Event::ModemDomain(condition) => {
            let mut modem_domain = match condition {
                ModemDomain::Overheated => LWM2M_CARRIER_MODEM_EVENT_ME_OVERHEATED,
                ModemDomain::BatteryLow => LWM2M_CARRIER_MODEM_EVENT_ME_BATTERY_LOW,
                ModemDomain::ResetLoop => LWM2M_CARRIER_MODEM_EVENT_RESET_LOOP,
            };
            let data = lwm2m_carrier_event_data_t {
                modem_domain: &raw mut modem_domain,
            };
            application::handle_event(LWM2M_CARRIER_EVENT_MODEM_DOMAIN, data)
        }
        Event::AppData => {
            let length = CARRIER.with(|carrier| carrier.take_app_data(room));
            let mut app_data = lwm2m_carrier_event_app_data_t {
                buffer: room.as_ptr(),
                buffer_len: length.min(room.len()),
            };
            let data = lwm2m_carrier_event_data_t {
                app_data: &raw mut app_data,
            };
            application::handle_event(LWM2M_CARRIER_EVENT_APP_DATA, data)
        }
        Event::Error { kind, cause, code } => {
            let value = if cause == Cause::Code {
                code
            } else {
                errno(cause).negative()
            };
            tell_error(error_number(kind), value)
        }
    }
}

/// Tells an event without payload.
pub fn tell_plain(event: u32) -> c_int {
    application::handle_event(
        event,
        lwm2m_carrier_event_data_t {
            error: ptr::null_mut(),
        },
    )
}

/// Tells an error, `LWM2M_CARRIER_ERROR_*`.
pub fn tell_error(number: u32, value: i32) -> c_int {
    let mut error = lwm2m_carrier_event_error_t {
        r#type: number,
        value,
    };
    application::handle_event(
        LWM2M_CARRIER_EVENT_ERROR,
        lwm2m_carrier_event_data_t {
            error: &raw mut error,
        },
    )
}

fn reason_number(reason: DeferredReason) -> u32 {
    match reason {
        DeferredReason::PdnActivate => LWM2M_CARRIER_DEFERRED_PDN_ACTIVATE,
        DeferredReason::BootstrapNoRoute => LWM2M_CARRIER_DEFERRED_BOOTSTRAP_NO_ROUTE,
        DeferredReason::BootstrapConnect => LWM2M_CARRIER_DEFERRED_BOOTSTRAP_CONNECT,
        DeferredReason::BootstrapSequence => LWM2M_CARRIER_DEFERRED_BOOTSTRAP_SEQUENCE,
        DeferredReason::SimMsisdn => LWM2M_CARRIER_DEFERRED_SIM_MSISDN,
        DeferredReason::ServerNoRoute => LWM2M_CARRIER_DEFERRED_SERVER_NO_ROUTE,
        DeferredReason::ServerConnect => LWM2M_CARRIER_DEFERRED_SERVER_CONNECT,
        DeferredReason::ServerRegistration => LWM2M_CARRIER_DEFERRED_SERVER_REGISTRATION,
        DeferredReason::ServiceUnavailable => LWM2M_CARRIER_DEFERRED_SERVICE_UNAVAILABLE,
    }
}

/// Looked up in a table of bytes: the compiler makes one of words, or jumps.
fn error_number(kind: ErrorKind) -> u32 {
    static NUMBERS: [u8; 7] = {
        let mut numbers = [0; 7];
        numbers[ErrorKind::LinkUp as usize] = LWM2M_CARRIER_ERROR_LTE_LINK_UP_FAIL as u8;
        numbers[ErrorKind::LinkDown as usize] = LWM2M_CARRIER_ERROR_LTE_LINK_DOWN_FAIL as u8;
        numbers[ErrorKind::Bootstrap as usize] = LWM2M_CARRIER_ERROR_BOOTSTRAP as u8;
        numbers[ErrorKind::Configuration as usize] = LWM2M_CARRIER_ERROR_CONFIGURATION as u8;
        numbers[ErrorKind::FirmwarePackage as usize] = LWM2M_CARRIER_ERROR_FOTA_PKG as u8;
        numbers[ErrorKind::FirmwareLost as usize] = LWM2M_CARRIER_ERROR_FOTA_CONN_LOST as u8;
        numbers[ErrorKind::FirmwareFailed as usize] = LWM2M_CARRIER_ERROR_FOTA_FAIL as u8;
        numbers
    };
    NUMBERS[kind as usize].into()
}

/// The error number of a cause that has no code of its own; see [`error_number`].
fn errno(cause: Cause) -> Errno {
    static NUMBERS: [Errno; 7] = {
        let mut numbers = [Errno::FAULT; 7];
        numbers[Cause::TimedOut as usize] = Errno::TIMEDOUT;
        numbers[Cause::Cancelled as usize] = Errno::CANCELED;
        numbers[Cause::LinkIsUp as usize] = Errno::ACCES;
        numbers[Cause::NotSupported as usize] = Errno::NOTSUP;
        numbers[Cause::Invalid as usize] = Errno::INVAL;
        numbers
    };
    NUMBERS[cause as usize]
}
