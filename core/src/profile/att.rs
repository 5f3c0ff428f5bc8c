//! AT&T (United States). Later releases of the original must not connect there any more, so the product has to ask for it.

use super::{Apn, Profile, generic};

/// The profile.
pub static PROFILE: Profile = Profile {
    operator: 2,
    enabled: false,
    smartcard: false,
    apn: Apn::Fallback,
    // The operator itself and three brands on its network.
    sim_families: 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5,
    prefixes: &[
        10_030, 10_070, 10_170, 10_280, 10_380, 10_410, 10_560, 10_680, 10_950, 11_180,
    ],
    endpoint: "",
    objects: &[1, 3, 5, 16],
    ..generic::BASE
};
