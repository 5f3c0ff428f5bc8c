//! Start and main loop: `lwm2m_carrier_init` and `lwm2m_carrier_run`.

use core::ffi::{c_char, c_int};

use carrier_core::Config;
use carrier_core::boundary::DEVICE_TEXT;

use crate::abi::lwm2m_carrier_config_t;
use crate::errno::{Errno, to_c};
use crate::runtime;
use crate::sys::provision::{is_key, is_uri};
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
    let mut settings = Config::NONE;
    // SAFETY: not null; the caller promises a valid structure, with strings as described.
    let valid = config.is_null() || unsafe { take(&mut settings, &*config) };
    to_c(if valid {
        runtime::init(&settings)
    } else {
        Err(Errno::INVAL)
    })
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

/// Copies the application's structure, while the strings stay where they are; whether it is valid.
///
/// # Safety
///
/// As [`lwm2m_carrier_init`].
unsafe fn take(settings: &mut Config, config: &lwm2m_carrier_config_t) -> bool {
    settings.certification_mode = config.certification_mode;
    settings.disable_bootstrap_from_smartcard = config.disable_bootstrap_from_smartcard;
    settings.is_bootstrap_server = config.is_bootstrap_server;
    settings.server_lifetime = config.server_lifetime;
    settings.session_idle_timeout = config.session_idle_timeout;
    // SAFETY: the caller promises null or zero-terminated texts that stay for the life of the program.
    unsafe {
        text(&mut settings.server_uri, config.server_uri, URI)
            && text(&mut settings.psk, config.psk, PSK)
            && text(&mut settings.apn, config.apn, APN)
            && text(&mut settings.manufacturer, config.manufacturer, DEVICE_TEXT)
            && text(&mut settings.model_number, config.model_number, DEVICE_TEXT)
            && text(&mut settings.device_type, config.device_type, DEVICE_TEXT)
            && text(
                &mut settings.hardware_version,
                config.hardware_version,
                DEVICE_TEXT,
            )
            && text(
                &mut settings.software_version,
                config.software_version,
                DEVICE_TEXT,
            )
            && text(
                &mut settings.service_code,
                config.service_code,
                SERVICE_CODE,
            )
            && settings.server_uri.is_none_or(is_uri)
            && settings.psk.is_none_or(is_key)
            && settings.server_lifetime >= 0
            && settings.session_idle_timeout >= 0
    }
}

/// Takes one text of at most `most` bytes; whether it is valid.
///
/// # Safety
///
/// `text` is null or zero-terminated and stays unchanged for the life of the program.
#[cfg_attr(target_os = "none", inline(never))]
unsafe fn text(setting: &mut Option<&'static str>, text: *const c_char, most: usize) -> bool {
    // SAFETY: the caller promises the same.
    match unsafe { ptr::setting(text, most) } {
        Ok(text) => {
            *setting = text;
            true
        }
        Err(ptr::BadText) => false,
    }
}
