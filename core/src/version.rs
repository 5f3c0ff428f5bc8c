//! The version of LwM2M: 1.0, or 1.1 where that is built in.

/// Whether LwM2M 1.1 is built in (feature `lwm2m-1-1`). Code behind it is none in other builds.
pub const HAS_1_1: bool = cfg!(feature = "lwm2m-1-1");

/// The version a client speaks with its servers. From 1 on, so that none at all is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// LwM2M 1.0.
    V1_0 = 1,
    /// LwM2M 1.1; in a build without it the same as 1.0.
    V1_1,
}

impl Version {
    /// Whether this is 1.1.
    #[inline(always)]
    pub const fn is_1_1(self) -> bool {
        HAS_1_1 && matches!(self, Version::V1_1)
    }

    /// The number, as messages have it.
    #[inline(always)]
    pub const fn text(self) -> &'static str {
        if self.is_1_1() { "1.1" } else { "1.0" }
    }
}
