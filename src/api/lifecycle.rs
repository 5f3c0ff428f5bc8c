//! Start and main loop: `lwm2m_carrier_init` and `lwm2m_carrier_run`.

use core::ffi::c_int;

use carrier_core::Config;
use carrier_core::boundary::DEVICE_TEXT;

use crate::abi::lwm2m_carrier_config_t;
use crate::errno::{Errno, to_c};
use crate::runtime;
use crate::sys::setting;

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
    let valid = config.is_null() || unsafe { take(&mut settings, config) };
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

/// Longest texts of the configuration besides the address of the server, in the order of the structure. The last one is the service code.
const LONGEST: [u8; 8] = {
    const TEXT: u8 = DEVICE_TEXT as u8;
    [setting::PSK, setting::NAME, TEXT, TEXT, TEXT, TEXT, TEXT, 5]
};

/// Copies the application's structure, while the strings stay where they are; whether it is valid.
///
/// # Safety
///
/// As [`lwm2m_carrier_init`], and `config` is not null.
unsafe fn take(settings: &mut Config, config: *const lwm2m_carrier_config_t) -> bool {
    let texts = (&raw mut *settings).cast();
    // SAFETY: `layout` holds the texts of both structures against the list; the caller promises null or zero-terminated ones that stay for
    // the life of the program.
    let valid = unsafe {
        setting::take(texts, &raw const (*config).server_uri, &[setting::URI])
            && setting::take(texts.add(1), &raw const (*config).psk, &LONGEST)
    };
    // SAFETY: the caller promises a valid structure.
    let config = unsafe { &*config };
    settings.certification_mode = config.certification_mode;
    settings.disable_bootstrap_from_smartcard = config.disable_bootstrap_from_smartcard;
    settings.is_bootstrap_server = config.is_bootstrap_server;
    settings.server_lifetime = config.server_lifetime;
    settings.session_idle_timeout = config.session_idle_timeout;
    valid && config.server_lifetime >= 0 && config.session_idle_timeout >= 0
}
