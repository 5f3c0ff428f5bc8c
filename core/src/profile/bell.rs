//! Bell (Canada): bootstrap once, from the SIM if it holds the data.

use super::{Apn, Profile, generic};

/// The profile.
pub static PROFILE: Profile = Profile {
    operator: 6,
    apn: Apn::Fallback,
    sim_families: 1 << 9,
    prefixes: &[2_610, 2_630, 2_640, 30_264],
    endpoint: "",
    ..generic::BASE
};
