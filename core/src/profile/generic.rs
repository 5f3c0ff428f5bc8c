//! Generic mode: a custom server, any SIM. Every operator's profile starts from this one.

use super::{Apn, Bootstrap, Profile, Retry};
use crate::version::Version;

/// The profile.
pub static PROFILE: Profile = Profile {
    version: Version::V1_1,
    ..BASE
};

/// Its values, for the other profiles.
pub(super) const BASE: Profile = Profile {
    operator: 0,
    enabled: true,
    bootstrap: Bootstrap::Server,
    smartcard: true,
    apn: Apn::Replaces,
    model_is_service_code: false,
    sim_families: 0,
    prefixes: &[],
    endpoint: "urn:imei:{imei}",
    objects: &[1, 2, 3, 4, 5, 6, 7, 10, 11, 16, 10_250],
    version: Version::V1_0,
    lifetime: 3_600,
    retry: &Retry::STANDARD,
};
