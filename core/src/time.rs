//! Points in time and spans, in eighths of a second: exact for the whole seconds that protocols speak in, and small,
//! since time is compared everywhere. Time is always an argument: nothing in this package reads a clock.

/// Milliseconds of one tick.
const TICK: u64 = 125;

/// Seconds of the longest span, two years: whatever servers ask for, it ends well within the range of an instant.
const LONGEST: u32 = 1 << 26;

/// A point in time since the device started, never going backwards. 32 bits of ticks last 17 years.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(u32);

/// A span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(u32);

impl Instant {
    /// The start of the device.
    pub const ZERO: Instant = Instant(0);

    /// After everything else: a deadline that never comes.
    pub const NEVER: Instant = Instant(u32::MAX);

    /// `millis` after the start of the device, rounded down to a tick.
    pub const fn from_millis(millis: u64) -> Instant {
        Instant(ticks(millis))
    }

    /// Milliseconds since the start of the device.
    pub const fn as_millis(self) -> u64 {
        self.0 as u64 * TICK
    }

    /// This point in spans of 68 minutes and 16 seconds, for 8 years.
    pub const fn coarse(self) -> u16 {
        (self.0 >> 15) as u16
    }

    /// This point plus `span`. Spans end at an eighth of the range of an instant, so there is no overflow in the first 14 years.
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

    /// A span of milliseconds, rounded up to a tick.
    pub const fn from_millis(millis: u64) -> Duration {
        Duration(ticks(millis.saturating_add(TICK - 1)))
    }

    /// A span of seconds; at most 2 years.
    #[cfg_attr(target_os = "none", inline(never))]
    pub const fn from_secs(seconds: u32) -> Duration {
        Duration((if seconds > LONGEST { LONGEST } else { seconds }) * 8)
    }

    /// The span in milliseconds.
    pub const fn as_millis(self) -> u64 {
        self.0 as u64 * TICK
    }

    /// The span in whole seconds, rounded up.
    pub const fn as_secs_i32(self) -> i32 {
        self.0.div_ceil(8) as i32
    }

    /// This span doubled `times` times; at most 2 years.
    pub const fn doubled(self, times: u8) -> Duration {
        let longest = Duration::from_secs(LONGEST);
        if times as u32 >= self.0.leading_zeros() || self.0 << times > longest.0 {
            return longest;
        }
        Duration(self.0 << times)
    }

    /// Half of this span.
    pub const fn halved(self) -> Duration {
        Duration(self.0 / 2)
    }

    /// This span without `other`; zero when `other` is longer.
    pub const fn less(self, other: Duration) -> Duration {
        Duration(self.0.saturating_sub(other.0))
    }

    /// A random span below this one plus a tick; `random` gives a number below its argument.
    pub fn random(self, random: impl FnOnce(u32) -> u32) -> Duration {
        Duration(random(self.0 + 1))
    }

    /// This span and another.
    pub const fn plus(self, other: Duration) -> Duration {
        Duration(self.0.wrapping_add(other.0))
    }
}

/// Whole ticks of a number of milliseconds, at most `u32::MAX`. Long division in steps of 16 bits: dividing 64 bits at
/// once is a large library function on the device.
const fn ticks(millis: u64) -> u32 {
    const STEP: u32 = TICK as u32;
    let high = (millis >> 32) as u32;
    if high >= STEP {
        return u32::MAX;
    }
    let low = millis as u32;
    let upper = (high << 16) | (low >> 16);
    let lower = ((upper % STEP) << 16) | (low & 0xFFFF);
    ((upper / STEP) << 16) | (lower / STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_seconds_are_exact_and_ends_saturate() {
        assert_eq!(Instant::from_millis(1_999).as_millis(), 1_875);
        assert_eq!(
            Instant::ZERO.plus(Duration::from_secs(86_400)).as_millis(),
            86_400_000
        );
        assert_eq!(Duration::from_millis(1).as_millis(), 125);
        assert_eq!(Duration::from_millis(2_001).as_secs_i32(), 3);
        assert!(Instant::from_millis(1 << 36).plus(Duration::from_secs(u32::MAX)) < Instant::NEVER);
        assert_eq!(Instant::from_millis(u64::MAX), Instant::NEVER);
        for millis in [
            0,
            124,
            125,
            65_535,
            65_536,
            (1 << 32) - 1,
            1 << 32,
            536_870_911_874,
            536_870_911_875,
        ] {
            let expected = u32::try_from(millis / 125).unwrap_or(u32::MAX);
            assert_eq!(Instant::from_millis(millis), Instant(expected), "{millis}");
        }
        // Uptime beyond 32 bits of milliseconds.
        assert_eq!(
            Instant::from_millis(1 << 33).as_millis(),
            (1 << 33) / 125 * 125
        );
    }
}
