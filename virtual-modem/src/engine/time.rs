//! Network time: `%XTIME` notifications and the modem's clock (3GPP TS 27.007 8.15, TS 24.301 9.9.3.30).

use super::Engine;
use super::command::{Command, Operation, Reply};

/// Date and time in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Calendar {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

impl Calendar {
    /// Proleptic Gregorian calendar (algorithm: count of days from March 1st of year 0).
    fn from_unix(seconds: i64) -> Calendar {
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 {
            shifted + 3
        } else {
            shifted - 9
        };
        Calendar {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted + 2) / 5 + 1,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
        }
    }
}

/// Two decimal digits with the low digit first.
fn semi_octet(value: i64) -> String {
    format!("{}{}", value % 10, value / 10 % 10)
}

/// Zone octet: quarters of an hour, low digit first, bit 3 of the first digit is the sign.
fn zone(quarters: i8) -> String {
    let size = i64::from(quarters.unsigned_abs());
    let tens = size / 10 % 10 + if quarters < 0 { 8 } else { 0 };
    format!("{:X}{:X}", size % 10, tens)
}

impl Engine {
    pub(super) fn time_sent(&mut self) {
        self.time_known = true;
        if self.subscriptions.time {
            let text = self.time_text();
            self.notify(text);
        }
    }

    /// Sends the network time now (zone in quarters of an hour), as networks do when the zone changes.
    pub fn send_time(&mut self, zone_quarters: i8, daylight: u8) {
        self.profile.zone_quarters = zone_quarters;
        self.profile.daylight = daylight;
        self.time_sent();
    }

    fn time_text(&self) -> String {
        let now = Calendar::from_unix(self.moment.network_ms.div_euclid(1000));
        let zone = zone(self.profile.zone_quarters);
        let digits: String = [
            now.year % 100,
            now.month,
            now.day,
            now.hour,
            now.minute,
            now.second,
        ]
        .map(semi_octet)
        .concat();
        format!(
            "%XTIME: \"{zone}\",\"{digits}{zone}\",\"0{}\"",
            self.profile.daylight
        )
    }

    pub(crate) fn xtime(&mut self, command: &Command) -> Reply {
        match (command.operation, command.switch(0)) {
            (Operation::Set, Some(on)) => {
                self.subscriptions.time = on;
                Reply::done()
            }
            (Operation::Set | Operation::Read | Operation::Test | Operation::Execute, _) => {
                Reply::Error
            }
        }
    }

    /// `+CCLK?` and `%CCLK?`; the latter has the daylight saving as well.
    pub(crate) fn cclk(&mut self, command: &Command) -> Reply {
        if command.operation != Operation::Read || !self.time_known {
            return Reply::Error;
        }
        let now = Calendar::from_unix(self.moment.network_ms.div_euclid(1000));
        let quarters = self.profile.zone_quarters;
        let sign = if quarters < 0 { '-' } else { '+' };
        let text = format!(
            "\"{:02}/{:02}/{:02},{:02}:{:02}:{:02}{sign}{:02}\"",
            now.year % 100,
            now.month,
            now.day,
            now.hour,
            now.minute,
            now.second,
            quarters.unsigned_abs()
        );
        match command.name.as_str() {
            "%CCLK" => Reply::line(format!("%CCLK: {text},{}", self.profile.daylight)),
            _ => Reply::line(format!("+CCLK: {text}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_is_right_around_leap_days_and_2038() {
        let date = |seconds| {
            let c = Calendar::from_unix(seconds);
            (c.year, c.month, c.day, c.hour, c.minute, c.second)
        };
        assert_eq!(date(1_655_296_496), (2022, 6, 15, 12, 34, 56));
        assert_eq!(date(951_782_400), (2000, 2, 29, 0, 0, 0));
        assert_eq!(date(2_147_483_648), (2038, 1, 19, 3, 14, 8));
        assert_eq!(date(4_107_542_400), (2100, 3, 1, 0, 0, 0));
    }

    #[test]
    fn zones_are_coded_as_24_008_says() {
        assert_eq!(zone(8), "80");
        assert_eq!(zone(-20), "0A");
        assert_eq!(zone(22), "22");
    }
}
