//! SoftBank (Japan): no bootstrap server. Its service runs over a non-IP bearer and LwM2M 1.1, which the client does not
//! have, so the product has to ask for it.

use super::{Apn, Bootstrap, Profile, generic};

/// The profile.
pub static PROFILE: Profile = Profile {
    operator: 5,
    enabled: false,
    bootstrap: Bootstrap::None,
    smartcard: false,
    apn: Apn::Fallback,
    sim_families: 1 << 7,
    prefixes: &[44_020],
    endpoint: "",
    ..generic::BASE
};
