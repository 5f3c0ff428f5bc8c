//! The layout of every public structure, checked when the library is compiled for any processor: sizes, alignments and offsets of
//! lwm2m_carrier 0.30.0, and of our own additions. `W` is the width of a pointer in bytes.

use core::mem::offset_of;

use carrier_core::Config;
use carrier_core::profile::Settings;

use crate::abi::*;
use crate::sys::hook_types::*;
use crate::sys::provision::lwm2m_carrier_provision_t;

const W: usize = size_of::<usize>();

/// Width of an enumeration: as small as its values on bare-metal Arm, an `int` elsewhere.
const ENUM: usize = if cfg!(all(target_arch = "arm", target_os = "none")) {
    1
} else {
    4
};

const _: () = {
    assert!(size_of::<lwm2m_carrier_event_fota_start_t>() == 2 * W);
    assert!(align_of::<lwm2m_carrier_event_fota_start_t>() == W);
    assert!(offset_of!(lwm2m_carrier_event_fota_start_t, r#type) == 0);
    assert!(offset_of!(lwm2m_carrier_event_fota_start_t, uri) == W);
};

const _: () = {
    assert!(size_of::<lwm2m_carrier_event_app_data_t>() == 2 * W);
    assert!(align_of::<lwm2m_carrier_event_app_data_t>() == W);
    assert!(offset_of!(lwm2m_carrier_event_app_data_t, buffer) == 0);
    assert!(offset_of!(lwm2m_carrier_event_app_data_t, buffer_len) == W);
};

const _: () = {
    assert!(size_of::<lwm2m_carrier_event_deferred_t>() == 8);
    assert!(align_of::<lwm2m_carrier_event_deferred_t>() == 4);
    assert!(offset_of!(lwm2m_carrier_event_deferred_t, reason) == 0);
    assert!(offset_of!(lwm2m_carrier_event_deferred_t, timeout) == 4);
};

const _: () = {
    assert!(size_of::<lwm2m_carrier_event_error_t>() == 8);
    assert!(align_of::<lwm2m_carrier_event_error_t>() == 4);
    assert!(offset_of!(lwm2m_carrier_event_error_t, r#type) == 0);
    assert!(offset_of!(lwm2m_carrier_event_error_t, value) == 4);
};

const _: () = {
    assert!(size_of::<lwm2m_carrier_event_t>() == 2 * W);
    assert!(align_of::<lwm2m_carrier_event_t>() == W);
    assert!(offset_of!(lwm2m_carrier_event_t, r#type) == 0);
    assert!(offset_of!(lwm2m_carrier_event_t, data) == W);
};

const _: () = {
    assert!(size_of::<lwm2m_carrier_config_t>() == 10 * W + 8);
    assert!(align_of::<lwm2m_carrier_config_t>() == W);
    assert!(offset_of!(lwm2m_carrier_config_t, certification_mode) == 0);
    assert!(offset_of!(lwm2m_carrier_config_t, disable_bootstrap_from_smartcard) == 1);
    assert!(offset_of!(lwm2m_carrier_config_t, is_bootstrap_server) == 2);
    assert!(offset_of!(lwm2m_carrier_config_t, server_uri) == W);
    assert!(offset_of!(lwm2m_carrier_config_t, server_lifetime) == 2 * W);
    assert!(offset_of!(lwm2m_carrier_config_t, session_idle_timeout) == 2 * W + 4);
    assert!(offset_of!(lwm2m_carrier_config_t, psk) == 2 * W + 8);
    assert!(offset_of!(lwm2m_carrier_config_t, apn) == 3 * W + 8);
    assert!(offset_of!(lwm2m_carrier_config_t, manufacturer) == 4 * W + 8);
    assert!(offset_of!(lwm2m_carrier_config_t, model_number) == 5 * W + 8);
    assert!(offset_of!(lwm2m_carrier_config_t, device_type) == 6 * W + 8);
    assert!(offset_of!(lwm2m_carrier_config_t, hardware_version) == 7 * W + 8);
    assert!(offset_of!(lwm2m_carrier_config_t, software_version) == 8 * W + 8);
    assert!(offset_of!(lwm2m_carrier_config_t, service_code) == 9 * W + 8);
};

const _: () = {
    assert!(size_of::<lwm2m_carrier_provision_t>() == 8 * W + if W == 8 { 24 } else { 20 });
    assert!(align_of::<lwm2m_carrier_provision_t>() == W);
    assert!(offset_of!(lwm2m_carrier_provision_t, enable) == 0);
    assert!(offset_of!(lwm2m_carrier_provision_t, retry_timer) == 4);
    assert!(offset_of!(lwm2m_carrier_provision_t, lifetime) == 16);
    assert!(
        offset_of!(lwm2m_carrier_provision_t, lwm2m_version) + W
            == size_of::<lwm2m_carrier_provision_t>()
    );
};

/// Whether the `$index`-th text of the structure `$ours` of the core is that of the `$index`-th pointer of the C structure from `$first` on:
/// `setting::take` goes through both.
macro_rules! same_texts {
    ($ours:ty, $from:expr, $theirs:ty, $first:ident: $($text:ident),+) => {
        const _: () = {
            let mut index = 0;
            $(
                assert!(offset_of!($ours, $text) == ($from + index) * size_of::<Option<&str>>());
                assert!(offset_of!($theirs, $text) == offset_of!($theirs, $first) + index * W);
                index += 1;
            )+
            assert!(index != 0);
        };
    };
}

same_texts!(Config, 0, lwm2m_carrier_config_t, server_uri: server_uri);
same_texts!(Config, 1, lwm2m_carrier_config_t, psk: psk, apn, manufacturer, model_number, device_type, hardware_version,
    software_version, service_code);
same_texts!(Settings, 0, lwm2m_carrier_provision_t, server_uri: server_uri, test_server_uri, psk, test_psk, psk_identity, endpoint, apn);

const _: () = {
    assert!(size_of::<lwm2m_os_sms_deliver_address>() == 2 * W);
    assert!(align_of::<lwm2m_os_sms_deliver_address>() == W);
    assert!(offset_of!(lwm2m_os_sms_deliver_address, address_str) == 0);
    assert!(offset_of!(lwm2m_os_sms_deliver_address, length) == W);
};

const _: () = {
    assert!(size_of::<lwm2m_os_sms_udh_app_port>() == 6);
    assert!(align_of::<lwm2m_os_sms_udh_app_port>() == 2);
    assert!(offset_of!(lwm2m_os_sms_udh_app_port, present) == 0);
    assert!(offset_of!(lwm2m_os_sms_udh_app_port, dest_port) == 2);
    assert!(offset_of!(lwm2m_os_sms_udh_app_port, src_port) == 4);
};

const _: () = {
    assert!(size_of::<lwm2m_os_sms_deliver_header>() == 2 * W + 8);
    assert!(align_of::<lwm2m_os_sms_deliver_header>() == W);
    assert!(offset_of!(lwm2m_os_sms_deliver_header, originating_address) == 0);
    assert!(offset_of!(lwm2m_os_sms_deliver_header, app_port) == 2 * W);
};

const _: () = {
    assert!(size_of::<lwm2m_os_sms_header>() == 2 * W + 8);
    assert!(align_of::<lwm2m_os_sms_header>() == W);
    assert!(offset_of!(lwm2m_os_sms_header, deliver) == 0);
};

const _: () = {
    assert!(size_of::<lwm2m_os_sms_data>() == 4 * W + 8);
    assert!(align_of::<lwm2m_os_sms_data>() == W);
    assert!(offset_of!(lwm2m_os_sms_data, header) == 0);
    assert!(offset_of!(lwm2m_os_sms_data, payload_len) == 2 * W + 8);
    assert!(offset_of!(lwm2m_os_sms_data, payload) == 3 * W + 8);
};

const _: () = {
    assert!(size_of::<lwm2m_os_fragment>() == 2 * W);
    assert!(align_of::<lwm2m_os_fragment>() == W);
    assert!(offset_of!(lwm2m_os_fragment, buf) == 0);
    assert!(offset_of!(lwm2m_os_fragment, len) == W);
};

const _: () = {
    assert!(size_of::<lwm2m_os_download_evt>() == 3 * W);
    assert!(align_of::<lwm2m_os_download_evt>() == W);
    assert!(offset_of!(lwm2m_os_download_evt, id) == 0);
    assert!(offset_of!(lwm2m_os_download_evt, payload.error) == W);
    assert!(offset_of!(lwm2m_os_download_evt, payload.fragment) == W);
};

const _: () = {
    assert!(size_of::<lwm2m_os_download_cfg>() == 8);
    assert!(align_of::<lwm2m_os_download_cfg>() == 4);
    assert!(offset_of!(lwm2m_os_download_cfg, sec_tag) == 0);
    assert!(offset_of!(lwm2m_os_download_cfg, pdn_id) == 4);
};

const _: () = {
    assert!(size_of::<lwm2m_os_pdn_fam>() == ENUM);
    assert!(size_of::<lwm2m_os_pdn_event>() == ENUM);
};
