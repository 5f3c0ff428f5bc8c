//! Verizon (United States): bootstrap once, two management servers, the device is named after IMEI and phone number.

use super::{Apn, Profile, generic};

/// The profile.
pub static PROFILE: Profile = Profile {
    operator: 1,
    smartcard: false,
    apn: Apn::Ignored,
    sim_families: 1 << 1,
    prefixes: &[
        10_012, 31_059, 10_890, 11_270, 31_128,
        31_148, // The five-digit ones are 590 to 599, 280 to 289, 480 to 489.
    ],
    endpoint: "urn:imei-msisdn:{imei}-{msisdn}",
    objects: &[1, 3, 4, 5],
    ..generic::BASE
};
