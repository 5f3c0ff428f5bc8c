//! Points in time and spans, in milliseconds. Time is always an argument: nothing in this package reads a clock.

/// A point in time: milliseconds since the device started, never going backwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(u64);

/// A span of time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(u64);

impl Instant {
    /// The start of the device.
    pub const ZERO: Instant = Instant(0);

    /// `millis` after the start of the device.
    pub const fn from_millis(millis: u64) -> Instant {
        Instant(millis)
    }

    /// Milliseconds since the start of the device.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// This point plus `span`. Spans are made of 32-bit seconds, so the sum stays far from the end of 64 bits.
    pub const fn plus(self, span: Duration) -> Instant {
        Instant(self.0.wrapping_add(span.0))
    }

    /// The span from `earlier` to this point; zero when `earlier` is later.
    pub const fn since(self, earlier: Instant) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }
}

impl Duration {
    /// No time at all.
    pub const ZERO: Duration = Duration(0);

    /// A span of milliseconds.
    pub const fn from_millis(millis: u64) -> Duration {
        Duration(millis)
    }

    /// A span of seconds, at most `u32::MAX` of them.
    pub const fn from_secs(seconds: u32) -> Duration {
        Duration(seconds as u64 * 1_000)
    }

    /// The span in milliseconds.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The span in whole seconds, rounded up, at most `i32::MAX`.
    pub fn as_secs_i32(self) -> i32 {
        i32::try_from(self.0.div_ceil(1_000)).unwrap_or(i32::MAX)
    }

    /// This span doubled `times` times, 31 at most.
    pub const fn doubled(self, times: u8) -> Duration {
        Duration(self.0 << (times & 31))
    }

    /// This span without `other`; zero when `other` is longer.
    pub const fn less(self, other: Duration) -> Duration {
        Duration(self.0.saturating_sub(other.0))
    }
}

/// The earlier of two optional deadlines.
pub fn earliest(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if a < b { a } else { b }),
        (one, None) | (None, one) => one,
    }
}
