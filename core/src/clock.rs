//! Time of day: what the network told, or a server wrote, carried on by the uptime.

use heapless::String;

use crate::bytes::copy;
use crate::config::TIMEZONE;
use crate::modem::notice::NetworkTime;
use crate::time::Instant;

/// A clock that may not know the time yet.
#[derive(Debug)]
pub struct Clock {
    known: bool,
    at: Instant,
    utc_time: i64,
    offset: i32,
    timezone: String<TIMEZONE, u8>,
}

impl Clock {
    /// A clock that knows nothing.
    pub const fn new() -> Clock {
        Clock {
            known: false,
            at: Instant::ZERO,
            utc_time: 0,
            offset: 0,
            timezone: String::new(),
        }
    }

    /// Seconds since 1970, clamped to what 32 bits hold; 0 while unknown.
    pub fn utc_time(&self, now: Instant) -> i32 {
        if !self.known {
            return 0;
        }
        let passed = i64::from(now.since(self.at).as_secs_i32());
        i32::try_from(self.utc_time.saturating_add(passed)).unwrap_or(i32::MAX)
    }

    /// Minutes east of UTC.
    pub fn utc_offset(&self) -> i32 {
        self.offset
    }

    /// Copies the time zone name; gives its length.
    pub fn timezone(&self, out: &mut [u8]) -> usize {
        copy(self.timezone.as_bytes(), out).unwrap_or(0)
    }

    /// Sets the time.
    pub fn set_utc_time(&mut self, now: Instant, seconds: i64) {
        self.known = true;
        self.at = now;
        self.utc_time = seconds;
    }

    /// Sets the offset in minutes.
    pub fn set_utc_offset(&mut self, minutes: i32) {
        self.offset = minutes;
    }

    /// Sets the time zone name; false when it is too long.
    pub fn set_timezone(&mut self, zone: &str) -> bool {
        if zone.len() > TIMEZONE {
            return false;
        }
        self.timezone.clear();
        self.timezone.push_str(zone).is_ok()
    }

    /// The network told the time.
    pub fn set_network(&mut self, now: Instant, time: &NetworkTime) {
        self.set_utc_time(now, time.utc_time);
        if let Some(offset) = time.offset {
            self.offset = offset;
        }
    }
}
