//! LG U+ (Korea): bootstrap at each start, application data, and a service code that names the product.

use super::{Apn, Bootstrap, Profile, generic};

/// The profile.
pub static PROFILE: Profile = Profile {
    operator: 4,
    bootstrap: Bootstrap::EveryStart,
    smartcard: false,
    apn: Apn::Ignored,
    model_is_service_code: true,
    sim_families: 1 << 10,
    prefixes: &[45_006],
    endpoint: "",
    objects: &[1, 3, 5, 10_250],
    ..generic::BASE
};
