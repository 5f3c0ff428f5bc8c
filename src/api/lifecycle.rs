//! Start and main loop: `lwm2m_carrier_init` and `lwm2m_carrier_run`.

use core::ffi::{c_char, c_int};

use carrier_core::Config;
use carrier_core::boundary::DEVICE_TEXT;

use crate::abi::lwm2m_carrier_config_t;
use crate::errno::{Errno, to_c};
use crate::runtime;
use crate::sys::ptr;

/// Initialises the library, the modem library and the modem's subscriptions.
///
/// Blocks until the modem reports a ready SIM, so for ever without one; after a modem firmware update some seconds longer. Sends
/// LWM2M_CARRIER_EVENT_INIT from the calling thread before it returns 0. The application must not initialise the modem library itself.
///
/// Call once, from the thread that then calls lwm2m_carrier_run.
///
/// @param config Settings, or NULL for all defaults. The structure is copied; its strings must stay valid for the life of the program.
///
/// @retval 0        Initialised.
/// @retval -EINVAL  A setting is not valid: a string too long, a key that is not hexadecimal or of odd length, a URI that is neither
///                  coap:// nor coaps://, a negative time.
/// @retval -EACCES  A function of the OS layer failed.
/// @retval -ENOMEM  The OS layer has too few resources.
/// @retval -EIO     The modem or an AT command failed.
/// @retval -EFAULT  Internal error, or already initialised.
///
/// # Safety
///
/// `config` is null or points to a valid structure whose strings are null or zero-terminated and live as long as the program.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_carrier_init(config: *const lwm2m_carrier_config_t) -> c_int {
    // SAFETY: the caller promises null or a valid structure, with strings as described.
    match unsafe { settings(config) } {
        Ok(settings) => to_c(runtime::init(&settings)),
        Err(errno) => errno.negative(),
    }
}

/// Runs the library: connects, bootstraps, registers and serves the servers.
///
/// Comes back only after an error it cannot recover from, which LWM2M_CARRIER_EVENT_ERROR has told before; returns at once when
/// lwm2m_carrier_init has not succeeded. One caller at a time, ever.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_carrier_run() {
    runtime::run();
}

/// Longest texts of the configuration, in bytes.
const URI: usize = 255;
const PSK: usize = 64;
const APN: usize = 63;
const SERVICE_CODE: usize = 5;

/// Checks the application's structure and copies it; the strings stay where they are.
///
/// # Safety
///
/// As [`lwm2m_carrier_init`].
unsafe fn settings(config: *const lwm2m_carrier_config_t) -> Result<Config, Errno> {
    if config.is_null() {
        return Ok(Config::default());
    }
    // SAFETY: not null; the caller promises a valid structure.
    let config = unsafe { config.read() };
    let text = |text: *const c_char, most: usize| {
        // SAFETY: the caller promises null or a zero-terminated text that stays for the life of the program.
        unsafe { ptr::setting(text, most) }.map_err(|_| Errno::INVAL)
    };
    let settings = Config {
        certification_mode: config.certification_mode,
        disable_bootstrap_from_smartcard: config.disable_bootstrap_from_smartcard,
        is_bootstrap_server: config.is_bootstrap_server,
        server_uri: text(config.server_uri, URI)?,
        server_lifetime: config.server_lifetime,
        session_idle_timeout: config.session_idle_timeout,
        psk: text(config.psk, PSK)?,
        apn: text(config.apn, APN)?,
        manufacturer: text(config.manufacturer, DEVICE_TEXT)?,
        model_number: text(config.model_number, DEVICE_TEXT)?,
        device_type: text(config.device_type, DEVICE_TEXT)?,
        hardware_version: text(config.hardware_version, DEVICE_TEXT)?,
        software_version: text(config.software_version, DEVICE_TEXT)?,
        service_code: text(config.service_code, SERVICE_CODE)?,
    };
    let uri_is_valid = settings
        .server_uri
        .is_none_or(|uri| uri.starts_with("coap://") || uri.starts_with("coaps://"));
    let psk_is_valid = settings
        .psk
        .is_none_or(|psk| psk.len() % 2 == 0 && psk.bytes().all(|digit| digit.is_ascii_hexdigit()));
    if uri_is_valid
        && psk_is_valid
        && settings.server_lifetime >= 0
        && settings.session_idle_timeout >= 0
    {
        Ok(settings)
    } else {
        Err(Errno::INVAL)
    }
}
