//! What a product brings for an operator under its own agreement with it. The library ships none of it: the built-in function has
//! nothing for anybody.

use core::ffi::c_char;
use core::ptr::{null, null_mut};
use core::sync::atomic::{AtomicPtr, Ordering};

use carrier_core::profile::{Retry, Service, Settings};
use carrier_core::version::{HAS_1_1, Version};

use super::setting;

/// No operator: the settings for a custom server, whose address, key and access point name are members of lwm2m_carrier_config_t.
pub const LWM2M_CARRIER_OPERATOR_GENERIC: u8 = 0;
/// Verizon, United States.
pub const LWM2M_CARRIER_OPERATOR_VERIZON: u8 = 1;
/// AT&T, United States. Served only when the product asks for it.
pub const LWM2M_CARRIER_OPERATOR_ATT: u8 = 2;
/// T-Mobile, United States.
pub const LWM2M_CARRIER_OPERATOR_TMOBILE: u8 = 3;
/// LG U+, Korea.
pub const LWM2M_CARRIER_OPERATOR_LGUPLUS: u8 = 4;
/// SoftBank, Japan. Served only when the product asks for it; over UDP, while the operator's own service uses a non-IP bearer.
pub const LWM2M_CARRIER_OPERATOR_SOFTBANK: u8 = 5;
/// Bell, Canada.
pub const LWM2M_CARRIER_OPERATOR_BELL: u8 = 6;

/// The library decides: all operators are served but the two marked above.
pub const LWM2M_CARRIER_PROVISION_DEFAULT: u8 = 0;
/// Serve the operator.
pub const LWM2M_CARRIER_PROVISION_ENABLE: u8 = 1;
/// Do not serve the operator; its SIM is one of nobody.
pub const LWM2M_CARRIER_PROVISION_DISABLE: u8 = 2;

/// The library decides: LwM2M 1.1 with a custom server, 1.0 with an operator's.
pub const LWM2M_CARRIER_PROVISION_LWM2M_DEFAULT: u8 = 0;
/// LwM2M 1.0.
pub const LWM2M_CARRIER_PROVISION_LWM2M_1_0: u8 = 10;
/// LwM2M 1.1.
pub const LWM2M_CARRIER_PROVISION_LWM2M_1_1: u8 = 11;

/// Longest texts in the order of the structure.
const LONGEST: [u8; 7] = [
    setting::URI,
    setting::URI,
    setting::PSK,
    setting::PSK,
    setting::NAME,
    setting::NAME,
    setting::NAME,
];

/// Settings of a product for one operator.
///
/// A member that is NULL, empty or 0 is not set. None of the values has a built-in default unless it says so: server addresses, keys and
/// names are told to the maker of a product by the operator, in its device or certification agreement. An operator whose server address,
/// key or endpoint name is not set is not connected to; the application is told so by LWM2M_CARRIER_EVENT_ERROR with
/// LWM2M_CARRIER_ERROR_CONFIGURATION.
///
/// Texts are UTF-8. A name is a pattern: it may contain `{imei}` (15 digits), `{imsi}`, `{iccid}`, `{msisdn}` (phone number without plus
/// sign) and `{service}` (the service code of lwm2m_carrier_config_t), each replaced by that number of modem, SIM or configuration. A name
/// may have 48 bytes after that.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
#[allow(non_camel_case_types)]
pub struct lwm2m_carrier_provision_t {
    /// Whether the operator is served, one of LWM2M_CARRIER_PROVISION_*.
    pub enable: u8,
    /// How many digits of the phone number `{msisdn}` stands for, counted from its end; 0: all of them.
    pub msisdn_digits: u8,
    /// Tries before a pause, 1 to 255; 0: 5.
    pub retry_count: u8,
    /// Pauses between bootstrap tries before the library gives up until the next reset, 1 to 255; 0: 3.
    pub retry_sequences: u8,
    /// Seconds after the first failed try, doubled with each further one; 0: 60.
    pub retry_timer: u32,
    /// Seconds of the pause after the last try; 0: 86400.
    pub retry_delay: u32,
    /// Seconds until the next try when a server in maintenance does not name a time; 0: 14400.
    pub maintenance_delay: u32,
    /// Lifetime in seconds of a registration when no server has set one; 0: 3600.
    pub lifetime: u32,
    /// Server of the operator, "coap://host:port" or "coaps://host:port", at most 255 bytes: the bootstrap server, or for an operator
    /// without one the management server.
    pub server_uri: *const c_char,
    /// The operator's server for tests, used in certification mode instead.
    pub test_server_uri: *const c_char,
    /// Pre-shared key for server_uri, at most 64 hexadecimal digits. Needed with coaps; the application's own key comes first.
    pub psk: *const c_char,
    /// Pre-shared key for test_server_uri.
    pub test_psk: *const c_char,
    /// Identity of the keys, a pattern of at most 63 bytes. Not set: the endpoint name.
    pub psk_identity: *const c_char,
    /// Endpoint name, a pattern of at most 63 bytes. Not set: the published form for Verizon (`urn:imei-msisdn:{imei}-{msisdn}`) and custom
    /// servers (`urn:imei:{imei}`). Needed for the others.
    pub endpoint: *const c_char,
    /// The operator's access point name for device management, at most 63 bytes. Not set: the default context.
    pub apn: *const c_char,
    /// LwM2M version to begin with, one of LWM2M_CARRIER_PROVISION_LWM2M_*. A server that refuses 1.1 is spoken to in 1.0. Only a library
    /// built with LwM2M 1.1 looks at it; others speak 1.0.
    pub lwm2m_version: u8,
}

unsafe extern "C" {
    /// Tells the settings of a product for an operator.
    ///
    /// An application defines this function itself to be served by an operator; the built-in one returns NULL. The library calls it from
    /// lwm2m_carrier_init, for LWM2M_CARRIER_OPERATOR_GENERIC and for the operator of the SIM. The modem is initialised,
    /// its LTE link may be off. The structure and its texts must stay valid and unchanged for the life of the program.
    ///
    /// When a member is not valid, none of them counts: a text that is too long or not UTF-8, an address of another scheme, a key that is
    /// not hexadecimal or of odd length, an unknown value of enable or lwm2m_version.
    ///
    /// @param operator_id One of LWM2M_CARRIER_OPERATOR_*.
    ///
    /// @return Settings, or NULL for none.
    pub fn lwm2m_carrier_provision_read(operator_id: u8) -> *const lwm2m_carrier_provision_t;
}

/// Built-in `lwm2m_carrier_provision_read`.
pub(crate) extern "C" fn default_provision_read(_: u8) -> *const lwm2m_carrier_provision_t {
    null()
}

/// What the application told for generic mode, and for the operator of the SIM.
static TOLD: [AtomicPtr<lwm2m_carrier_provision_t>; 2] = [const { AtomicPtr::new(null_mut()) }; 2];

/// Asks the application for its settings for generic mode and for an operator. Before the protocol starts: no lock may be held.
pub fn ask(operator: u8) {
    for (place, id) in TOLD.iter().zip(&[LWM2M_CARRIER_OPERATOR_GENERIC, operator]) {
        // SAFETY: any number will do.
        let told = unsafe { lwm2m_carrier_provision_read(*id) };
        place.store(told.cast_mut(), Ordering::Release);
    }
}

/// Fills `settings`, which are [`Settings::NONE`], with the product's own for generic mode, or else for the operator of the SIM, as told
/// when they were asked for. False: they are not valid, and what they are now is of no use.
pub fn read(operator: u8, settings: &mut Settings) -> bool {
    let [generic, own] = &TOLD;
    let place = if operator == LWM2M_CARRIER_OPERATOR_GENERIC {
        generic
    } else {
        own
    };
    let told = place.load(Ordering::Acquire);
    // SAFETY: the application answered by null or a valid structure that stays, as the header asks of it.
    let Some(found) = (unsafe { told.as_ref() }) else {
        return true;
    };
    settings.enable = match found.enable {
        LWM2M_CARRIER_PROVISION_DEFAULT => None,
        LWM2M_CARRIER_PROVISION_ENABLE => Some(Service::On),
        LWM2M_CARRIER_PROVISION_DISABLE => Some(Service::Off),
        _ => return false,
    };
    if HAS_1_1 {
        settings.version = match found.lwm2m_version {
            LWM2M_CARRIER_PROVISION_LWM2M_DEFAULT => None,
            LWM2M_CARRIER_PROVISION_LWM2M_1_0 => Some(Version::V1_0),
            LWM2M_CARRIER_PROVISION_LWM2M_1_1 => Some(Version::V1_1),
            _ => return false,
        };
    }
    settings.msisdn_digits = found.msisdn_digits;
    settings.lifetime = found.lifetime;
    settings.retry = Retry {
        count: found.retry_count,
        sequences: found.retry_sequences,
        timer: found.retry_timer,
        sequence_delay: found.retry_delay,
        maintenance: found.maintenance_delay,
    };
    // SAFETY: `layout` holds the texts of both structures against this list; those of the application are null or zero-terminated and
    // there for the life of the program, as the header asks.
    unsafe {
        setting::take(
            (&raw mut *settings).cast(),
            &raw const (*told).server_uri,
            &LONGEST,
        )
    }
}
