//! Settings of a product for operators as they come from C: an application's own `lwm2m_carrier_provision_read` wins over the built-in
//! one, and what it gives is checked.

use std::ffi::{CStr, c_int};
use std::ptr::{null, null_mut};
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, Ordering};

use carrier_core::profile::{Retry, Service, Settings};
use carrier_core::version::{HAS_1_1, Version};
use lwm2m_carrier::abi::lwm2m_carrier_event_t;
use lwm2m_carrier::sys::provision::*;

// Defines the hooks and the modem library.
extern crate virtual_modem;

/// What the application answers to operator 1; nothing to all others.
static ANSWER: AtomicPtr<lwm2m_carrier_provision_t> = AtomicPtr::new(null_mut());

/// One test at a time sets it.
static TURN: Mutex<()> = Mutex::new(());

const NOTHING: lwm2m_carrier_provision_t = lwm2m_carrier_provision_t {
    enable: LWM2M_CARRIER_PROVISION_DEFAULT,
    msisdn_digits: 0,
    retry_count: 0,
    retry_sequences: 0,
    retry_timer: 0,
    retry_delay: 0,
    maintenance_delay: 0,
    lifetime: 0,
    server_uri: null(),
    test_server_uri: null(),
    psk: null(),
    test_psk: null(),
    psk_identity: null(),
    endpoint: null(),
    apn: null(),
    lwm2m_version: LWM2M_CARRIER_PROVISION_LWM2M_DEFAULT,
};

#[unsafe(no_mangle)]
extern "C" fn lwm2m_carrier_provision_read(operator_id: u8) -> *const lwm2m_carrier_provision_t {
    if operator_id == LWM2M_CARRIER_OPERATOR_VERIZON {
        ANSWER.load(Ordering::Relaxed)
    } else {
        null()
    }
}

#[unsafe(no_mangle)]
extern "C" fn lwm2m_carrier_event_handler(_: *const lwm2m_carrier_event_t) -> c_int {
    0
}

fn given(answer: lwm2m_carrier_provision_t) -> Option<Settings> {
    let _turn = TURN.lock().unwrap();
    ANSWER.store(Box::leak(Box::new(answer)), Ordering::Relaxed);
    ask(LWM2M_CARRIER_OPERATOR_VERIZON);
    let mut settings = Settings::NONE;
    read(LWM2M_CARRIER_OPERATOR_VERIZON, &mut settings).then_some(settings)
}

#[test]
fn every_member_arrives_where_it_belongs() {
    let settings = given(lwm2m_carrier_provision_t {
        enable: LWM2M_CARRIER_PROVISION_ENABLE,
        msisdn_digits: 1,
        retry_count: 2,
        retry_sequences: 3,
        retry_timer: 4,
        retry_delay: 5,
        maintenance_delay: 6,
        lifetime: 7,
        server_uri: c"coaps://bs.example:5684".as_ptr(),
        test_server_uri: c"coap://test.example".as_ptr(),
        psk: c"00ffAA".as_ptr(),
        test_psk: c"01".as_ptr(),
        psk_identity: c"{imei}".as_ptr(),
        endpoint: c"device-{imei}".as_ptr(),
        apn: c"admin.example".as_ptr(),
        lwm2m_version: LWM2M_CARRIER_PROVISION_LWM2M_1_1,
    });
    let settings = settings.expect("valid settings");
    assert_eq!(settings.enable, Some(Service::On));
    assert_eq!(settings.msisdn_digits, 1);
    let retry = Retry {
        count: 2,
        sequences: 3,
        timer: 4,
        sequence_delay: 5,
        maintenance: 6,
    };
    assert_eq!(settings.retry, retry);
    assert_eq!(settings.lifetime, 7);
    assert_eq!(settings.server_uri, Some("coaps://bs.example:5684"));
    assert_eq!(settings.test_server_uri, Some("coap://test.example"));
    assert_eq!(settings.psk, Some("00ffAA"));
    assert_eq!(settings.test_psk, Some("01"));
    assert_eq!(settings.psk_identity, Some("{imei}"));
    assert_eq!(settings.endpoint, Some("device-{imei}"));
    assert_eq!(settings.apn, Some("admin.example"));
    let version = HAS_1_1.then_some(Version::V1_1);
    assert_eq!(settings.version, version);
}

#[test]
fn versions_are_named_or_left_to_the_library() {
    for (lwm2m_version, wanted) in [
        (LWM2M_CARRIER_PROVISION_LWM2M_DEFAULT, Some(None)),
        (LWM2M_CARRIER_PROVISION_LWM2M_1_0, Some(Some(Version::V1_0))),
        (LWM2M_CARRIER_PROVISION_LWM2M_1_1, Some(Some(Version::V1_1))),
        (12, None),
    ] {
        let found = given(lwm2m_carrier_provision_t {
            lwm2m_version,
            ..NOTHING
        });
        // A library without 1.1 does not look.
        let wanted = if HAS_1_1 { wanted } else { Some(None) };
        assert_eq!(
            found.map(|settings| settings.version),
            wanted,
            "{lwm2m_version}"
        );
    }
}

#[test]
fn null_zero_and_empty_are_not_set() {
    for answer in [
        NOTHING,
        lwm2m_carrier_provision_t {
            server_uri: c"".as_ptr(),
            psk: c"".as_ptr(),
            endpoint: c"".as_ptr(),
            ..NOTHING
        },
    ] {
        let settings = given(answer).expect("valid settings");
        assert_eq!(format!("{settings:?}"), format!("{:?}", Settings::NONE));
    }
    // The application has nothing for this one.
    let _turn = TURN.lock().unwrap();
    ask(LWM2M_CARRIER_OPERATOR_BELL);
    let mut other = Settings::NONE;
    assert!(read(LWM2M_CARRIER_OPERATOR_BELL, &mut other));
    assert_eq!(format!("{other:?}"), format!("{:?}", Settings::NONE));
}

#[test]
fn invalid_members_are_refused() {
    let text = |length: usize, start: &str| -> &'static CStr {
        let mut text = start.to_owned();
        text.push_str(&"1".repeat(length - start.len()));
        Box::leak(std::ffi::CString::new(text).unwrap().into_boxed_c_str())
    };
    let uri = |text: &CStr| lwm2m_carrier_provision_t {
        server_uri: text.as_ptr(),
        ..NOTHING
    };
    let test_uri = |text: &CStr| lwm2m_carrier_provision_t {
        test_server_uri: text.as_ptr(),
        ..NOTHING
    };
    let psk = |text: &CStr| lwm2m_carrier_provision_t {
        psk: text.as_ptr(),
        ..NOTHING
    };
    let test_psk = |text: &CStr| lwm2m_carrier_provision_t {
        test_psk: text.as_ptr(),
        ..NOTHING
    };
    let identity = |text: &CStr| lwm2m_carrier_provision_t {
        psk_identity: text.as_ptr(),
        ..NOTHING
    };
    let endpoint = |text: &CStr| lwm2m_carrier_provision_t {
        endpoint: text.as_ptr(),
        ..NOTHING
    };
    let apn = |text: &CStr| lwm2m_carrier_provision_t {
        apn: text.as_ptr(),
        ..NOTHING
    };
    for longest in [
        uri(text(255, "coap://")),
        test_uri(text(255, "coaps://")),
        psk(text(64, "")),
        test_psk(text(64, "")),
        identity(text(63, "")),
        endpoint(text(63, "")),
        apn(text(63, "")),
    ] {
        assert!(given(longest).is_some(), "{longest:?}");
    }
    for wrong in [
        uri(text(256, "coap://")),
        test_uri(text(256, "coaps://")),
        uri(c"http://bs.example"),
        test_uri(c"bs.example"),
        uri(c"coap://\xFF"),
        psk(text(66, "")),
        psk(c"123"),
        test_psk(c"0g"),
        identity(text(64, "")),
        endpoint(text(64, "")),
        endpoint(c"\xC3"),
        apn(text(64, "")),
        lwm2m_carrier_provision_t {
            enable: 3,
            ..NOTHING
        },
    ] {
        assert!(given(wrong).is_none(), "{wrong:?}");
    }
}
