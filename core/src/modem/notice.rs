//! AT notifications, turned into what they mean to the library (3GPP TS 27.007 7.2, nRF91 AT command reference).

use super::query::{decimal, field, quoted};
use crate::boundary::ModemDomain;
use crate::text::hex_digit as hex;

/// A notification that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// `+CEREG`: registered at home or roaming.
    Registered,
    /// `+CEREG`: any other registration status.
    NotRegistered,
    /// `%XSIM`: whether the SIM is ready.
    Sim(bool),
    /// `%XTIME`: network time.
    Time(NetworkTime),
    /// `%MDMEV`: a condition of the modem.
    Domain(ModemDomain),
}

/// Time told by the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkTime {
    /// Seconds since 1970, UTC.
    pub utc_time: i64,
    /// Minutes east of UTC, when told.
    pub offset: Option<i32>,
}

/// Whether a `+CEREG` status means that data can flow: home (1) or roaming (5).
pub fn is_registered(status: u32) -> bool {
    status == 1 || status == 5
}

/// Whether a notification is of a kind that matters, by its first characters; cheap enough for any thread.
pub fn matters(line: &str) -> bool {
    let line = line.as_bytes();
    line.starts_with(b"+CEREG:")
        || line.starts_with(b"%XSIM:")
        || line.starts_with(b"%XTIME:")
        || line.starts_with(b"%MDMEV:")
}

/// Parses one notification line; `None` for lines that do not matter.
pub fn parse(line: &str) -> Option<Notice> {
    let line = line.as_bytes().trim_ascii();
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, body) = (line.get(..colon)?, line.get(colon + 1..)?.trim_ascii());
    match name {
        b"+CEREG" => {
            let status = decimal(field(body, 0)?)?;
            Some(if is_registered(status) {
                Notice::Registered
            } else {
                Notice::NotRegistered
            })
        }
        b"%XSIM" => Some(Notice::Sim(decimal(field(body, 0)?)? == 1)),
        b"%XTIME" => time(body).map(Notice::Time),
        b"%MDMEV" => domain(body).map(Notice::Domain),
        _ => None,
    }
}

fn domain(body: &[u8]) -> Option<ModemDomain> {
    match body {
        b"ME OVERHEATED" => Some(ModemDomain::Overheated),
        b"ME BATTERY LOW" => Some(ModemDomain::BatteryLow),
        b"RESET LOOP" => Some(ModemDomain::ResetLoop),
        _ => None,
    }
}

/// `%XTIME: "80","22605121436580","00"`: semi-octets, low digit first; time is UTC (3GPP TS 24.008 10.5.3.9).
fn time(body: &[u8]) -> Option<NetworkTime> {
    let stamp = quoted(field(body, 1)?)?;
    let mut octets = stamp.chunks_exact(2).map(|pair| match pair {
        [low, high] => hex(*low).zip(hex(*high)),
        _ => None,
    });
    let mut number = || {
        octets
            .next()
            .flatten()
            .and_then(|(units, tens)| semi_octets(units, tens))
    };
    let (year, month, day) = (number()?, number()?, number()?);
    let (hour, minute, second) = (number()?, number()?, number()?);
    let offset = octets
        .next()
        .flatten()
        .map(|(first, second)| quarters(first, second).saturating_mul(15));
    Some(NetworkTime {
        utc_time: seconds(year, month, day, hour, minute, second)?,
        offset,
    })
}

/// A semi-octet pair as printed: units first, tens second.
fn semi_octets(units: u8, tens: u8) -> Option<i64> {
    if units > 9 || tens > 9 {
        None
    } else {
        Some(i64::from(tens) * 10 + i64::from(units))
    }
}

/// Time zone octet: quarters of an hour; bit 3 of the tens digit is the sign (3GPP TS 23.040 9.2.3.11).
fn quarters(units: u8, tens: u8) -> i32 {
    let magnitude = i32::from(tens & 7) * 10 + i32::from(units);
    if tens & 8 != 0 { -magnitude } else { magnitude }
}

/// `+CCLK: "22/06/15,12:34:56+08"`: the digits are UTC on this modem, the zone is in quarters of an hour.
pub fn clock(answer: &str) -> Option<NetworkTime> {
    let text = quoted(answer.as_bytes())?;
    let mut numbers = text
        .split(|byte| matches!(byte, b'/' | b',' | b':' | b'+' | b'-'))
        .map(|part| decimal(part).map(i64::from));
    let mut number = || numbers.next().flatten();
    let (year, month, day) = (number()?, number()?, number()?);
    let (hour, minute, second) = (number()?, number()?, number()?);
    let zone = number().and_then(|quarters| i32::try_from(quarters).ok());
    let sign = if text.contains(&b'-') { -15 } else { 15 };
    let offset = zone.map(|quarters| quarters.saturating_mul(sign));
    Some(NetworkTime {
        utc_time: seconds(year, month, day, hour, minute, second)?,
        offset,
    })
}

/// Seconds since 1970 of a date with a two-digit year, 2000 to 2099.
fn seconds(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> Option<i64> {
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let month_index = usize::try_from(month).ok()?.checked_sub(1)?;
    let before = *BEFORE.get(month_index)?;
    if year > 99 || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Every fourth year from 2000 to 2099 is a leap year.
    let leap_days = (year + 3) / 4 + i64::from(year % 4 == 0 && month > 2);
    let days = 10_957 + year * 365 + leap_days + before + day - 1;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registration_levels_4_and_5_are_understood() {
        assert_eq!(
            parse("+CEREG: 1,\"0001\",\"00012345\",7,,,\"00000110\",\"00100001\"\r\n"),
            Some(Notice::Registered)
        );
        assert_eq!(
            parse("+CEREG: 5,\"0001\",\"00012345\",7,0,15"),
            Some(Notice::Registered)
        );
        assert_eq!(parse("+CEREG: 2"), Some(Notice::NotRegistered));
        assert_eq!(parse("+CEREG: 90"), Some(Notice::NotRegistered));
    }

    #[test]
    fn network_time_is_semi_octets_low_digit_first() {
        let time = NetworkTime {
            utc_time: 1_655_296_496,
            offset: Some(120),
        };
        assert_eq!(
            parse("%XTIME: \"80\",\"22605121436580\",\"00\"\r\n"),
            Some(Notice::Time(time))
        );
    }

    #[test]
    fn clock_digits_are_utc() {
        let answer = "+CCLK: \"22/06/15,12:34:56+08\"\r\nOK\r\n";
        assert_eq!(
            clock(answer),
            Some(NetworkTime {
                utc_time: 1_655_296_496,
                offset: Some(120)
            })
        );
        assert_eq!(
            clock("+CCLK: \"24/02/29,00:00:00-20\"").map(|t| (t.utc_time, t.offset)),
            Some((1_709_164_800, Some(-300)))
        );
        assert_eq!(clock("ERROR"), None);
    }

    #[test]
    fn damaged_lines_mean_nothing() {
        for line in [
            "+CEREG:",
            "+CEREG: x",
            "%XTIME: \"\",\"2260\",",
            "%XTIME: ,\"2G605121436580\"",
            "%MDMEV: NEW THING",
            "garbage",
            "",
        ] {
            assert_eq!(parse(line), None, "{line}");
        }
    }
}
