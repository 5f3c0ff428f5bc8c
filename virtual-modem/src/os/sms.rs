//! SMS client hooks: the SMS library of the SDK over `+CNMI`, `+CMT` and `+CNMA`.

use super::trace;
use crate::device::{Library, device, lock};
use crate::engine::pdu::Delivered;
use crate::errno::NRF_EIO;
use std::ffi::{CString, c_char, c_int, c_void};
use std::sync::Mutex;

/// Listeners the SMS library has room for.
const LISTENERS: usize = 3;

#[repr(C)]
struct Address {
    text: *mut c_char,
    length: u8,
}

#[repr(C)]
struct Ports {
    present: bool,
    destination: u16,
    source: u16,
}

/// `struct lwm2m_os_sms_data` with its parts, as the C header lays it out.
#[repr(C)]
pub struct SmsData {
    address: Address,
    ports: Ports,
    payload_length: c_int,
    payload: *mut c_char,
}

const _: () = assert!(size_of::<*const ()>() != 8 || size_of::<SmsData>() == 40);

type Callback = extern "C" fn(*mut SmsData, *mut c_void);

#[derive(Clone, Copy)]
struct Registered {
    callback: Callback,
    context: usize,
}

static REGISTERED: Mutex<[Option<Registered>; LISTENERS]> = Mutex::new([None; LISTENERS]);

/// Registers a listener for received messages. 0 (T2: never the number that deregistering wants), `-EIO`.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_sms_client_register(
    callback: Option<Callback>,
    context: *mut c_void,
) -> c_int {
    let Some(callback) = callback else {
        return -NRF_EIO;
    };
    let device = device();
    let result = {
        let mut registered = lock(&REGISTERED);
        let first = registered.iter().all(Option::is_none);
        let free = registered.iter_mut().find(|place| place.is_none());
        match free {
            Some(place) if device.library() == Library::Up && (!first || subscribe()) => {
                *place = Some(Registered {
                    callback,
                    context: context as usize,
                });
                0
            }
            _ => -NRF_EIO,
        }
    };
    trace(format!("sms_client_register -> {result}"));
    result
}

/// Stops listener number `handle`.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_sms_client_deregister(handle: c_int) {
    trace(format!("sms_client_deregister {handle}"));
    let last = {
        let mut registered = lock(&REGISTERED);
        let place = usize::try_from(handle)
            .ok()
            .and_then(|index| registered.get_mut(index));
        place.is_some_and(|place| place.take().is_some()) && registered.iter().all(Option::is_none)
    };
    if last {
        device().at("AT+CNMI=0,0,0,0");
    }
}

fn subscribe() -> bool {
    // Somebody else may have the one client of the modem.
    device().at("AT+CNMI?").text.starts_with("+CNMI: 0,0,0,0")
        && device().at("AT+CNMI=3,2,0,1").result == 0
}

/// A notification, on the system work queue.
pub(super) fn heard(text: &str) {
    let registered: Vec<Registered> = lock(&REGISTERED).iter().flatten().copied().collect();
    if registered.is_empty() {
        return;
    }
    if text.starts_with("+CMS ERROR: 524") {
        device().at("AT+CNMI=3,2,0,1");
        return;
    }
    let Some(pdu) = text
        .strip_prefix("+CMT:")
        .and_then(|rest| rest.split("\r\n").nth(1))
    else {
        return;
    };
    let message = Delivered::parse(pdu);
    device().at("AT+CNMA=1");
    let Some(message) = message else { return };
    for listener in registered {
        deliver(&message, listener);
    }
}

fn deliver(message: &Delivered, listener: Registered) {
    let Ok(sender) = CString::new(message.sender.as_str()) else {
        return;
    };
    let mut sender = sender.into_bytes_with_nul();
    let mut payload = message.payload.clone();
    payload.push(0);
    let mut data = SmsData {
        address: Address {
            text: sender.as_mut_ptr().cast(),
            length: (sender.len() - 1) as u8,
        },
        ports: Ports {
            present: message.ports.is_some(),
            destination: message.ports.map_or(0, |ports| ports.0),
            // The glue does not fill it.
            source: 0,
        },
        payload_length: message.payload.len() as c_int,
        payload: payload.as_mut_ptr().cast(),
    };
    (listener.callback)(&raw mut data, listener.context as *mut c_void);
}
