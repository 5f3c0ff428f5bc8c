//! T-Mobile (United States): bootstrap once, from the SIM if it holds the data.

use super::{Apn, Profile, generic};

/// The profile.
pub static PROFILE: Profile = Profile {
    operator: 3,
    apn: Apn::Fallback,
    prefixes: &[
        10_026, 10_160, 10_200, 10_210, 10_220, 10_230, 10_240, 10_250, 10_260, 10_270, 10_300,
        10_310, 10_490, 10_530, 10_640, 10_660, 10_800, 11_490, 11_882, 12_250, 31_026,
    ],
    endpoint: "",
    objects: &[1, 3, 5, 6],
    ..generic::BASE
};
