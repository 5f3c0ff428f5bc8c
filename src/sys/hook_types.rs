//! The types and constants of the hook header of lwm2m_carrier 0.30.0, in the header's own names and layout.
//! cbindgen turns this file and `hooks.rs` into `include/lwm2m_os.h`; comments are written for whoever ports the library.

#![allow(non_camel_case_types)]

use core::ffi::{c_char, c_int, c_void};

/// Number of work queues a port provides.
pub const LWM2M_OS_MAX_WORK_QS: c_int = 2;
/// Number of timers a port provides.
pub const LWM2M_OS_MAX_TIMER_COUNT: c_int = 11;
/// Number of threads a port provides besides the one that runs the library.
pub const LWM2M_OS_MAX_THREAD_COUNT: c_int = 1;
/// Number of semaphores a port provides.
pub const LWM2M_OS_MAX_SEM_COUNT: c_int = 8;

/// Radio access technology not known.
pub const LWM2M_OS_LTE_MODE_NONE: i32 = -1;
/// LTE-M.
pub const LWM2M_OS_LTE_MODE_CAT_M1: i32 = 6;
/// NB-IoT.
pub const LWM2M_OS_LTE_MODE_CAT_NB1: i32 = 7;

/// First record id that belongs to the library.
pub const LWM2M_OS_STORAGE_BASE: u16 = 0xCA00;
/// Last record id that belongs to the library.
pub const LWM2M_OS_STORAGE_END: u16 = 0xCAFF;

/// Download event: a part of the file arrived; see fragment.
pub const LWM2M_OS_DOWNLOAD_EVT_FRAGMENT: c_int = 0;
/// Download event: something failed; see error.
pub const LWM2M_OS_DOWNLOAD_EVT_ERROR: c_int = 1;
/// Download event: the whole file has arrived.
pub const LWM2M_OS_DOWNLOAD_EVT_DONE: c_int = 2;
/// Value of sec_tag for a download without TLS.
pub const LWM2M_OS_DOWNLOAD_SEC_TAG_NONE: c_int = -1;

/// A work queue of the port.
pub type lwm2m_os_work_q_t = c_void;
/// A timer of the port.
pub type lwm2m_os_timer_t = c_void;
/// A semaphore of the port.
pub type lwm2m_os_sem_t = c_void;

/// Entry of a thread; all arguments are NULL.
pub type lwm2m_os_thread_entry_t =
    unsafe extern "C" fn(p1: *mut c_void, p2: *mut c_void, p3: *mut c_void);

/// Receives AT notifications: zero-terminated text, valid during the call. Returns at once and never blocks.
pub type lwm2m_os_at_handler_callback_t = unsafe extern "C" fn(notif: *const c_char);

/// Called when a timer has run out, with the pointer lwm2m_os_timer_get returned. May start the timer anew.
pub type lwm2m_os_timer_handler_t = unsafe extern "C" fn(timer: *mut c_void);

/// Address family of a packet data network.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum lwm2m_os_pdn_fam {
    /// IPv4 only.
    LWM2M_OS_PDN_FAM_IPV4 = 0,
    /// IPv6 only.
    LWM2M_OS_PDN_FAM_IPV6 = 1,
    /// Both.
    LWM2M_OS_PDN_FAM_IPV4V6 = 2,
}

/// What happened to a packet data network context.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum lwm2m_os_pdn_event {
    /// The network reported a session management error; reason holds its cause.
    LWM2M_OS_PDN_EVENT_CNEC_ESM = 0,
    /// The context is active.
    LWM2M_OS_PDN_EVENT_ACTIVATED = 1,
    /// The modem or the network ended the context.
    LWM2M_OS_PDN_EVENT_DEACTIVATED = 2,
    /// IPv6 works.
    LWM2M_OS_PDN_EVENT_IPV6_UP = 3,
    /// IPv6 is lost.
    LWM2M_OS_PDN_EVENT_IPV6_DOWN = 4,
}

/// Receives events of a context; reason counts for LWM2M_OS_PDN_EVENT_CNEC_ESM only. Returns at once and never blocks.
pub type lwm2m_os_pdn_event_handler_t =
    unsafe extern "C" fn(cid: u8, event: lwm2m_os_pdn_event, reason: c_int);

/// Sender of an SMS.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct lwm2m_os_sms_deliver_address {
    /// Number as text.
    pub address_str: *mut c_char,
    /// Number of characters.
    pub length: u8,
}

/// Application ports of an SMS.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct lwm2m_os_sms_udh_app_port {
    /// Whether the message carried ports.
    pub present: bool,
    /// Destination port.
    pub dest_port: u16,
    /// Source port.
    pub src_port: u16,
}

/// Header of a received SMS.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct lwm2m_os_sms_deliver_header {
    /// Sender.
    pub originating_address: lwm2m_os_sms_deliver_address,
    /// Ports.
    pub app_port: lwm2m_os_sms_udh_app_port,
}

/// Header of an SMS.
#[repr(C)]
#[derive(Clone, Copy)]
pub union lwm2m_os_sms_header {
    /// Of a received message.
    pub deliver: lwm2m_os_sms_deliver_header,
}

/// A received SMS.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lwm2m_os_sms_data {
    /// Sender and ports.
    pub header: lwm2m_os_sms_header,
    /// Number of payload bytes.
    pub payload_len: c_int,
    /// Payload.
    pub payload: *mut c_char,
}

/// Receives an SMS and the context given at registration. Everything is valid during the call. Returns at once and never blocks.
pub type lwm2m_os_sms_callback_t =
    unsafe extern "C" fn(data: *mut lwm2m_os_sms_data, context: *mut c_void);

/// A part of a downloaded file.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct lwm2m_os_fragment {
    /// The bytes, valid during the call.
    pub buf: *const c_void,
    /// Number of bytes.
    pub len: usize,
}

/// Payload of a download event. Its members are direct members of the event in C.
#[repr(C)]
#[derive(Clone, Copy)]
pub union lwm2m_os_download_evt_payload {
    /// With LWM2M_OS_DOWNLOAD_EVT_ERROR: negative error number.
    pub error: c_int,
    /// With LWM2M_OS_DOWNLOAD_EVT_FRAGMENT: the part.
    pub fragment: lwm2m_os_fragment,
}

/// What happened to a download.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lwm2m_os_download_evt {
    /// LWM2M_OS_DOWNLOAD_EVT_*.
    pub id: c_int,
    /// Payload of the event.
    pub payload: lwm2m_os_download_evt_payload,
}

/// How to connect to a download server.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct lwm2m_os_download_cfg {
    /// Security tag of the CA certificate, or LWM2M_OS_DOWNLOAD_SEC_TAG_NONE.
    pub sec_tag: c_int,
    /// Packet data network to use, as lwm2m_os_pdn_id_get numbers them.
    pub pdn_id: c_int,
}

/// Receives the events of a download, on the download's own thread. Returns 0 to go on, any other value to stop.
pub type lwm2m_os_download_callback_t =
    unsafe extern "C" fn(event: *const lwm2m_os_download_evt) -> c_int;
