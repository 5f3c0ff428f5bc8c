//! Every type and constant of the public header of lwm2m_carrier 0.30.0, in the header's own names and layout.
//! cbindgen turns this file and `api/` into `include/lwm2m_carrier.h`; comments are written for the C reader.
//! No behaviour lives here. Public structs hold fixed-width integers and pointers only, never enums.

#![allow(non_camel_case_types, unsafe_code)]

use core::ffi::{c_char, c_int};

/// Initialised: the modem library is usable, the link is still off. No payload.
///
/// Sent by the thread that calls lwm2m_carrier_init, before it returns 0. Write missing CA certificates now, then attach.
pub const LWM2M_CARRIER_EVENT_INIT: u32 = 1;
/// The library needs the LTE link: bring it up. No payload. The link may be up already.
pub const LWM2M_CARRIER_EVENT_LTE_LINK_UP: u32 = 2;
/// The library is about to change keys: take the link down and keep it down until the next LTE_LINK_UP. No payload.
pub const LWM2M_CARRIER_EVENT_LTE_LINK_DOWN: u32 = 3;
/// The library resets the device next: power the modem off so that it stores its settings. No payload.
pub const LWM2M_CARRIER_EVENT_LTE_POWER_OFF: u32 = 4;
/// The bootstrap has finished and its keys are stored. No payload.
pub const LWM2M_CARRIER_EVENT_BOOTSTRAPPED: u32 = 6;
/// All device management servers have registered the device. No payload.
pub const LWM2M_CARRIER_EVENT_REGISTERED: u32 = 7;
/// A connection attempt failed and is repeated later. Payload: data.deferred.
pub const LWM2M_CARRIER_EVENT_DEFERRED: u32 = 8;
/// A server starts a firmware update: close all TLS and DTLS sockets. Payload: data.fota_start.
pub const LWM2M_CARRIER_EVENT_FOTA_START: u32 = 9;
/// The library wants to reset the device. No payload.
///
/// Return 0 from the handler to agree; any other value says that the application resets the device later itself.
pub const LWM2M_CARRIER_EVENT_REBOOT: u32 = 10;
/// The modem reported a condition of its own. Payload: data.modem_domain, one of LWM2M_CARRIER_MODEM_EVENT_*.
pub const LWM2M_CARRIER_EVENT_MODEM_DOMAIN: u32 = 12;
/// A server wrote downlink data to the App Data Container. Payload: data.app_data.
pub const LWM2M_CARRIER_EVENT_APP_DATA: u32 = 13;
/// Something failed. Payload: data.error.
pub const LWM2M_CARRIER_EVENT_ERROR: u32 = 20;

/// The update is a patch for the modem firmware.
pub const LWM2M_CARRIER_FOTA_START_MODEM_DELTA: u32 = 0;
/// The update is an application image.
pub const LWM2M_CARRIER_FOTA_START_APPLICATION: u32 = 2;

/// The modem overheated and has deactivated itself.
pub const LWM2M_CARRIER_MODEM_EVENT_ME_OVERHEATED: u32 = 0;
/// The battery is low and the modem has deactivated itself.
pub const LWM2M_CARRIER_MODEM_EVENT_ME_BATTERY_LOW: u32 = 1;
/// The modem saw too many resets: attaching is restricted for the next 30 minutes.
pub const LWM2M_CARRIER_MODEM_EVENT_RESET_LOOP: u32 = 2;

/// No reason given; a long pause is ordinary.
pub const LWM2M_CARRIER_DEFERRED_NO_REASON: u32 = 0;
/// The packet data network could not be activated.
pub const LWM2M_CARRIER_DEFERRED_PDN_ACTIVATE: u32 = 1;
/// The bootstrap server's name or address cannot be reached.
pub const LWM2M_CARRIER_DEFERRED_BOOTSTRAP_NO_ROUTE: u32 = 2;
/// The DTLS handshake with the bootstrap server failed; check the format of a custom key.
pub const LWM2M_CARRIER_DEFERRED_BOOTSTRAP_CONNECT: u32 = 3;
/// The bootstrap server did not acknowledge the request or did not finish its sequence.
pub const LWM2M_CARRIER_DEFERRED_BOOTSTRAP_SEQUENCE: u32 = 4;
/// The LwM2M server's name or address cannot be reached.
pub const LWM2M_CARRIER_DEFERRED_SERVER_NO_ROUTE: u32 = 5;
/// The DTLS handshake with the LwM2M server failed.
pub const LWM2M_CARRIER_DEFERRED_SERVER_CONNECT: u32 = 6;
/// The registration was not completed: the server does not answer or does not know the device.
pub const LWM2M_CARRIER_DEFERRED_SERVER_REGISTRATION: u32 = 7;
/// The server is in maintenance.
pub const LWM2M_CARRIER_DEFERRED_SERVICE_UNAVAILABLE: u32 = 8;
/// Waiting for the SIM to be given its phone number.
pub const LWM2M_CARRIER_DEFERRED_SIM_MSISDN: u32 = 9;

/// No error; never sent as an event.
pub const LWM2M_CARRIER_ERROR_NO_ERROR: u32 = 0;
/// The request to bring the link up failed; value is the non-zero result of the event handler.
pub const LWM2M_CARRIER_ERROR_LTE_LINK_UP_FAIL: u32 = 1;
/// The request to take the link down failed; value is the non-zero result of the event handler.
pub const LWM2M_CARRIER_ERROR_LTE_LINK_DOWN_FAIL: u32 = 2;
/// The bootstrap failed.
///
/// value is -ETIMEDOUT when all tries are used up (the next one follows the next reset), the key store's error such as -EACCES when
/// the key could not be written (the next try follows in 24 hours), or -EFAULT when the SIM's identity could not be read.
pub const LWM2M_CARRIER_ERROR_BOOTSTRAP: u32 = 3;
/// The update package was refused; value is the modem's positive delta update code.
pub const LWM2M_CARRIER_ERROR_FOTA_PKG: u32 = 4;
/// The download server broke the protocol; value is a negative error number.
pub const LWM2M_CARRIER_ERROR_FOTA_PROTO: u32 = 5;
/// The download server could not be reached, or no CA certificate fits; value is a negative error number.
pub const LWM2M_CARRIER_ERROR_FOTA_CONN: u32 = 6;
/// The connection to the download server was lost; value is a negative error number.
pub const LWM2M_CARRIER_ERROR_FOTA_CONN_LOST: u32 = 7;
/// A valid update could not be applied.
pub const LWM2M_CARRIER_ERROR_FOTA_FAIL: u32 = 8;
/// The objects contradict each other, or no server is configured; value is a negative error number.
pub const LWM2M_CARRIER_ERROR_CONFIGURATION: u32 = 9;
/// The initialisation failed; value is what lwm2m_carrier_init returns.
pub const LWM2M_CARRIER_ERROR_INIT: u32 = 10;
/// Modem and library cannot go on together; lwm2m_carrier_run returns. Only a reset helps.
pub const LWM2M_CARRIER_ERROR_INTERNAL: u32 = 11;

/// Direct current supply.
pub const LWM2M_CARRIER_POWER_SOURCE_DC: u32 = 0;
/// Internal battery.
pub const LWM2M_CARRIER_POWER_SOURCE_INTERNAL_BATTERY: u32 = 1;
/// External battery.
pub const LWM2M_CARRIER_POWER_SOURCE_EXTERNAL_BATTERY: u32 = 2;
/// Power over Ethernet.
pub const LWM2M_CARRIER_POWER_SOURCE_ETHERNET: u32 = 4;
/// USB.
pub const LWM2M_CARRIER_POWER_SOURCE_USB: u32 = 5;
/// Mains.
pub const LWM2M_CARRIER_POWER_SOURCE_AC: u32 = 6;
/// Solar cell.
pub const LWM2M_CARRIER_POWER_SOURCE_SOLAR: u32 = 7;

/// No error; stands alone in the list.
pub const LWM2M_CARRIER_ERROR_CODE_NO_ERROR: i32 = 0;
/// Battery charge is low.
pub const LWM2M_CARRIER_ERROR_CODE_LOW_CHARGE: i32 = 1;
/// The external supply is off.
pub const LWM2M_CARRIER_ERROR_CODE_EXTERNAL_SUPPLY_OFF: i32 = 2;
/// The satellite receiver failed.
pub const LWM2M_CARRIER_ERROR_CODE_GPS_FAILURE: i32 = 3;
/// The received signal is weak.
pub const LWM2M_CARRIER_ERROR_CODE_LOW_SIGNAL: i32 = 4;
/// Out of memory.
pub const LWM2M_CARRIER_ERROR_CODE_OUT_OF_MEMORY: i32 = 5;
/// SMS failed.
pub const LWM2M_CARRIER_ERROR_CODE_SMS_FAILURE: i32 = 6;
/// No IP connectivity.
pub const LWM2M_CARRIER_ERROR_CODE_IP_CONNECTIVITY_FAILURE: i32 = 7;
/// A peripheral works badly.
pub const LWM2M_CARRIER_ERROR_CODE_PERIPHERAL_MALFUNCTION: i32 = 8;

/// The battery is in order and not on power.
pub const LWM2M_CARRIER_BATTERY_STATUS_NORMAL: i32 = 0;
/// The battery is charging.
pub const LWM2M_CARRIER_BATTERY_STATUS_CHARGING: i32 = 1;
/// The battery is full and still on power.
pub const LWM2M_CARRIER_BATTERY_STATUS_CHARGE_COMPLETE: i32 = 2;
/// The battery has a defect.
pub const LWM2M_CARRIER_BATTERY_STATUS_DAMAGED: i32 = 3;
/// The charge is low.
pub const LWM2M_CARRIER_BATTERY_STATUS_LOW_BATTERY: i32 = 4;
/// No battery is installed.
pub const LWM2M_CARRIER_BATTERY_STATUS_NOT_INSTALLED: i32 = 5;
/// Nothing is known of the battery.
pub const LWM2M_CARRIER_BATTERY_STATUS_UNKNOWN: i32 = 6;

/// Identity: serial number or other id of the host device.
pub const LWM2M_CARRIER_IDENTITY_ID: u32 = 0;
/// Identity: manufacturer of the host device.
pub const LWM2M_CARRIER_IDENTITY_MANUFACTURER: u32 = 1;
/// Identity: model of the host device.
pub const LWM2M_CARRIER_IDENTITY_MODEL: u32 = 2;
/// Identity: software version of the host device.
pub const LWM2M_CARRIER_IDENTITY_SW_VERSION: u32 = 3;

/// Payload of LWM2M_CARRIER_EVENT_FOTA_START.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct lwm2m_carrier_event_fota_start_t {
    /// LWM2M_CARRIER_FOTA_START_*.
    pub r#type: u32,
    /// Where the package comes from, or NULL when the server pushes it. Valid during the call.
    pub uri: *const c_char,
}

/// Payload of LWM2M_CARRIER_EVENT_MODEM_DOMAIN: LWM2M_CARRIER_MODEM_EVENT_*.
pub type lwm2m_carrier_event_modem_domain_t = u32;

/// Payload of LWM2M_CARRIER_EVENT_APP_DATA.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct lwm2m_carrier_event_app_data_t {
    /// The bytes the server wrote. Valid during the call.
    pub buffer: *const u8,
    /// Number of bytes.
    pub buffer_len: usize,
}

/// Payload of LWM2M_CARRIER_EVENT_DEFERRED.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct lwm2m_carrier_event_deferred_t {
    /// LWM2M_CARRIER_DEFERRED_*.
    pub reason: u32,
    /// Time until the next try, in seconds.
    pub timeout: i32,
}

/// Payload of LWM2M_CARRIER_EVENT_ERROR.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct lwm2m_carrier_event_error_t {
    /// LWM2M_CARRIER_ERROR_*.
    pub r#type: u32,
    /// What is behind it; see the error type.
    pub value: i32,
}

/// Payload of an event, chosen by its type. NULL for events without payload.
#[repr(C)]
#[derive(Clone, Copy)]
pub union lwm2m_carrier_event_data_t {
    /// With LWM2M_CARRIER_EVENT_FOTA_START.
    pub fota_start: *mut lwm2m_carrier_event_fota_start_t,
    /// With LWM2M_CARRIER_EVENT_MODEM_DOMAIN.
    pub modem_domain: *mut lwm2m_carrier_event_modem_domain_t,
    /// With LWM2M_CARRIER_EVENT_APP_DATA.
    pub app_data: *mut lwm2m_carrier_event_app_data_t,
    /// With LWM2M_CARRIER_EVENT_DEFERRED.
    pub deferred: *mut lwm2m_carrier_event_deferred_t,
    /// With LWM2M_CARRIER_EVENT_ERROR.
    pub error: *mut lwm2m_carrier_event_error_t,
}

/// An event for the application. Valid, with all it points to, during the call of the handler only.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lwm2m_carrier_event_t {
    /// LWM2M_CARRIER_EVENT_*.
    pub r#type: u32,
    /// Payload.
    pub data: lwm2m_carrier_event_data_t,
}

/// Settings for lwm2m_carrier_init. All zero is a valid configuration.
///
/// NULL and the empty string mean the same for every string. The strings must live as long as the program: the library keeps the pointers.
/// The structure itself is copied.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct lwm2m_carrier_config_t {
    /// true: use the carrier's certification servers; false: its production servers. Without effect when server_uri is set.
    pub certification_mode: bool,
    /// true: never read bootstrap information from the SIM.
    pub disable_bootstrap_from_smartcard: bool,
    /// Tells what server_uri names: a bootstrap server (true) or an LwM2M server (false).
    pub is_bootstrap_server: bool,
    /// Custom server, such as coap://192.0.2.1:5683 or coaps://server.example, at most 255 characters.
    pub server_uri: *const c_char,
    /// Registration lifetime at a custom LwM2M server, in seconds; 0 means 3600.
    pub server_lifetime: i32,
    /// Time without traffic after which a DTLS session is closed, in seconds; 0 means 60.
    pub session_idle_timeout: i32,
    /// Pre-shared key as hexadecimal text, at most 64 digits, an even number of them.
    pub psk: *const c_char,
    /// Access point name, at most 63 characters.
    pub apn: *const c_char,
    /// Manufacturer, at most 32 characters; read from the modem when not given.
    pub manufacturer: *const c_char,
    /// Model number, at most 32 characters; read from the modem when not given.
    pub model_number: *const c_char,
    /// Device type, at most 32 characters; "Smart Device" when not given.
    pub device_type: *const c_char,
    /// Hardware version, at most 32 characters; read from the modem when not given.
    pub hardware_version: *const c_char,
    /// Software version, at most 32 characters; "LwM2M 0.30.0" when not given.
    pub software_version: *const c_char,
    /// Service code of LG U+, at most 5 characters.
    pub service_code: *const c_char,
}

unsafe extern "C" {
    /// Receives the events of the library. Defined by the application or by the integration layer.
    ///
    /// LWM2M_CARRIER_EVENT_INIT comes from the thread that calls lwm2m_carrier_init, every other event from the thread that runs
    /// lwm2m_carrier_run, one at a time and in order. The handler may block, and may call every function of this header except
    /// lwm2m_carrier_init and lwm2m_carrier_run: the library holds no lock meanwhile.
    ///
    /// @param event What happened. Valid during the call only.
    ///
    /// @return Looked at for LWM2M_CARRIER_EVENT_REBOOT, where 0 agrees to the reset and any other value refuses it; a non-zero value
    ///         for LWM2M_CARRIER_EVENT_LTE_LINK_UP or LWM2M_CARRIER_EVENT_LTE_LINK_DOWN is reported as an error event.
    pub fn lwm2m_carrier_event_handler(event: *const lwm2m_carrier_event_t) -> c_int;
}
