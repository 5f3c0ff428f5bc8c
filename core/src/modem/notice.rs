//! AT notifications, turned into what they mean to the library (3GPP TS 27.007 7.2, nRF91 AT command reference).

use super::query::{field, number_at, quoted};
use crate::boundary::ModemDomain;
use crate::config::MODEM_VALUES;
use crate::text::{find, hex_digit as hex, split, trim};

/// A notification that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// `+CEREG`: registered at home or roaming.
    Registered,
    /// `+CEREG`: any other registration status.
    NotRegistered,
    /// `%CESQ`: the signal, in the line itself.
    Signal,
    /// `+CGEV`: a connection to the packet network came, went or changed.
    Packets,
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

/// The kinds that matter, by their names; the last two only to objects.
const KINDS: &[u8] = if MODEM_VALUES {
    b"+CEREG:%XSIM:%XTIME:%MDMEV:%CESQ:+CGEV:"
} else {
    b"+CEREG:%XSIM:%XTIME:%MDMEV:"
};

/// Which of [`KINDS`] a line is, and what follows.
fn kind(line: &[u8]) -> Option<(u8, &[u8])> {
    let (own, body) = split(line, b':')?;
    let mut kinds = KINDS;
    for index in 0.. {
        let (name, rest) = split(kinds, b':')?;
        if name == own {
            return Some((index, body));
        }
        kinds = rest;
    }
    None
}

/// Whether a notification is of a kind that matters; cheap enough for any thread.
pub fn matters(line: &str) -> bool {
    kind(line.as_bytes()).is_some()
}

/// Parses one notification line; `None` for lines that do not matter.
pub fn parse(line: &str) -> Option<Notice> {
    let (kind, body) = kind(line.as_bytes())?;
    let body = trim(body);
    match kind {
        0 => {
            let status = number_at(body, 0)?;
            Some(if is_registered(status) {
                Notice::Registered
            } else {
                Notice::NotRegistered
            })
        }
        1 => Some(Notice::Sim(number_at(body, 0)? == 1)),
        2 => time(field(body, 1), Stamp::Semioctets).map(Notice::Time),
        3 => domain(body).map(Notice::Domain),
        4 if MODEM_VALUES => Some(Notice::Signal),
        _ => MODEM_VALUES.then_some(Notice::Packets),
    }
}

fn domain(body: &[u8]) -> Option<ModemDomain> {
    if body == b"ME OVERHEATED" {
        Some(ModemDomain::Overheated)
    } else if body == b"ME BATTERY LOW" {
        Some(ModemDomain::BatteryLow)
    } else if body == b"RESET LOOP" {
        Some(ModemDomain::ResetLoop)
    } else {
        None
    }
}

/// How a time is written: year of the century, month, day, hour, minute, second and zone in two digits each.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stamp {
    /// `22605121436580`: low digit first (3GPP TS 24.008 10.5.3.9); bit 3 of the zone's tens is its sign (3GPP TS
    /// 23.040 9.2.3.11).
    Semioctets,
    /// `22/06/15,12:34:56+08` (3GPP TS 27.007 8.15).
    Clock,
}

/// `+CCLK: "22/06/15,12:34:56+08"`: the digits are UTC on this modem, the zone is in quarters of an hour.
pub fn clock(answer: &str) -> Option<NetworkTime> {
    time(quoted(answer.as_bytes())?, Stamp::Clock)
}

/// The time of a stamp; it has no zone when that is missing or malformed.
fn time(text: &[u8], stamp: Stamp) -> Option<NetworkTime> {
    /// Least and largest value of year, month, day, hour, minute and second.
    static RANGES: [(u8, u8); 6] = [(0, 99), (1, 12), (1, 31), (0, 23), (0, 59), (0, 60)];

    let mut rest = text;
    let mut numbers = [0; 6];
    for (number, (least, largest)) in numbers.iter_mut().zip(&RANGES) {
        let octet = two_digits(rest, stamp)?;
        let (tens, units) = (octet >> 4, octet & 15);
        let value = tens * 10 + units;
        if tens > 9 || units > 9 || value < *least || value > *largest {
            return None;
        }
        *number = u32::from(value);
        rest = rest
            .get(if stamp == Stamp::Clock { 3 } else { 2 }..)
            .unwrap_or(&[]);
    }
    let offset = two_digits(rest, stamp).map(|octet| {
        let (tens, units) = (octet >> 4, octet & 15);
        let (west, tens) = match stamp {
            Stamp::Semioctets => (tens & 8 != 0, tens & 7),
            Stamp::Clock => (find(text, b'-').is_some(), tens),
        };
        let minutes = (i32::from(tens) * 10 + i32::from(units)) * 15;
        if west { -minutes } else { minutes }
    });
    Some(NetworkTime {
        utc_time: i64::from(seconds(numbers)),
        offset,
    })
}

/// The two hexadecimal digits at the start as tens and units of one octet.
#[cfg_attr(target_os = "none", inline(never))]
fn two_digits(text: &[u8], stamp: Stamp) -> Option<u8> {
    let (first, second) = (hex(*text.first()?)?, hex(*text.get(1)?)?);
    Some(match stamp {
        Stamp::Semioctets => second << 4 | first,
        Stamp::Clock => first << 4 | second,
    })
}

/// Seconds since 1970 of a valid date of 2000 to 2099, in which every fourth year is a leap year. Years are counted from
/// March 1996, so that leap days come last.
fn seconds([year, month, day, hour, minute, second]: [u32; 6]) -> u32 {
    /// Days from 1970 to the first of March 1996, less the one that the day of a month counts.
    const BEFORE: u32 = 9_555;
    let (year, month) = if month > 2 {
        (year + 4, month - 3)
    } else {
        (year + 3, month + 9)
    };
    let days = BEFORE + year * 365 + year / 4 + (153 * month + 2) / 5 + day;
    ((days * 24 + hour) * 60 + minute) * 60 + second
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
    fn dates_are_those_of_the_calendar() {
        for (text, utc_time, offset) in [
            ("00/01/01,00:00:00", 946_684_800, None),
            ("00/02/29,23:59:59+00", 951_868_799, Some(0)),
            ("00/03/01,00:00:00-48", 951_868_800, Some(-720)),
            ("21/12/31,23:59:60+56", 1_640_995_200, Some(840)),
            ("23/02/28,12:00:00+96", 1_677_585_600, Some(1_440)),
            ("99/12/31,23:59:59-9", 4_102_444_799, None),
        ] {
            let answer = format!("+CCLK: \"{text}\"");
            let time = clock(&answer).map(|time| (time.utc_time, time.offset));
            assert_eq!(time, Some((utc_time, offset)), "{text}");
        }
        for text in [
            "22/13/01,00:00:00",
            "22/00/01,00:00:00",
            "22/01/00,00:00:00",
            "22/01/32,00:00:00",
            "22/01/01,24:00:00",
            "22/01/01,00:60:00",
            "22/01/01,00:00:61",
            "22/01/01,00:00",
            "2A/01/01,00:00:00",
        ] {
            assert_eq!(clock(&format!("\"{text}\"")), None, "{text}");
        }
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
