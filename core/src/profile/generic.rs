//! Generic mode: a custom server, any SIM.

use super::{Profile, Retry};

/// The profile. Retry values are the defaults of the LwM2M 1.1 Server object.
pub static PROFILE: Profile = Profile {
    objects: &[1, 3, 6, 16, 10_250],
    version: "1.0",
    lifetime: 3_600,
    retry: Retry {
        count: 5,
        timer: 60,
        sequence_delay: 86_400,
        maintenance: 4 * 3_600,
    },
};
