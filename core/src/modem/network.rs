//! What the modem says of the network it is registered with, of its connections there, and of the kinds of network it may use.

use super::query::{body, decimal, field, line, number_at};
use super::timer::bits;
use crate::text::hex_digit;

/// The serving network. What the modem did not tell, or told in a form that is not its own, is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Mobile country code, 0 to 999.
    pub country: Option<u32>,
    /// Mobile network code, 0 to 999.
    pub code: Option<u32>,
    /// Kind of access: 7 LTE-M, 9 NB-IoT (3GPP TS 27.007 10.1.22).
    pub access: Option<u32>,
    /// E-UTRAN cell identity, 28 bits (3GPP TS 23.003 19.6).
    pub cell: Option<u32>,
    /// Active time granted, coded as GPRS timer 2 (3GPP TS 24.008 10.5.7.4).
    pub active_time: Option<u8>,
    /// Periodic tracking area update granted, coded as GPRS timer 3 (3GPP TS 24.008 10.5.7.4a).
    pub periodic_update: Option<u8>,
}

/// The answer to [`super::query::Query::Network`]: `%XMONITOR: <status>,<name>,<short name>,<PLMN>,<area>,<access>,<band>,<cell>,
/// <physical cell>,<channel>,<strength>,<noise ratio>,<eDRX>,<active time>,<periodic update>,...`.
pub fn network(answer: &str) -> Network {
    let line = body(answer);
    let plmn = field(line, 3);
    // Three digits are the country's, the others its network's.
    let networks = match plmn.len() {
        5 => 100,
        6 => 1_000,
        _ => 0,
    };
    let plmn = decimal(plmn);
    Network {
        country: plmn.and_then(|digits| digits.checked_div(networks)),
        code: plmn.and_then(|digits| digits.checked_rem(networks)),
        access: number_at(line, 5),
        cell: identity(field(line, 7)),
        active_time: bits(field(line, 13)),
        periodic_update: bits(field(line, 14)),
    }
}

/// A cell identity in hexadecimal digits.
fn identity(digits: &[u8]) -> Option<u32> {
    let mut number = 0;
    for digit in digits {
        number = number << 4 | u32::from(hex_digit(*digit)?);
        if number >> 28 != 0 {
            return None;
        }
    }
    (!digits.is_empty()).then_some(number)
}

/// A connection to the packet network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context<'a> {
    /// Its number; 0 is the one that comes with the registration.
    pub id: u32,
    /// Name of the access point.
    pub access_point: &'a [u8],
    /// Its addresses with a blank between them; empty while it is not active.
    pub addresses: &'a [u8],
}

/// Takes the next connection from an answer to [`super::query::Query::Contexts`], which has a line for each: `+CGDCONT: <id>,<kind>,
/// <access point>,<addresses>,...`. What is left of the answer follows the line.
pub fn context<'a>(answer: &mut &'a [u8]) -> Option<Context<'a>> {
    while let Some(line) = line(answer) {
        if let Some(id) = number_at(line, 0) {
            return Some(Context {
                id,
                access_point: field(line, 2),
                addresses: field(line, 3),
            });
        }
    }
    None
}

/// Takes the next line with a number in front from an answer to [`super::query::Query::NameServers`], one for each address family of each
/// context: `+CGCONTRDP: <id>,,<access point>,<address>,<gateway>,<first>,<second>,...`. Context and servers, empty where there is none.
pub fn name_servers<'a>(answer: &mut &'a [u8]) -> Option<(u32, [&'a [u8]; 2])> {
    while let Some(line) = line(answer) {
        if let Some(context) = number_at(line, 0) {
            return Some((context, [field(line, 5), field(line, 6)]));
        }
    }
    None
}

/// The answer to [`super::query::Query::Modes`]: `%XSYSTEMMODE: <LTE-M>,<NB-IoT>,<GNSS>,<preference>`; whether it may use the first and
/// the second.
pub fn modes(answer: &str) -> [bool; 2] {
    let line = body(answer);
    [0, 1].map(|index| number_at(line, index) == Some(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONITOR: &str = "%XMONITOR: 5,\"Test, Net\",\"Test\",\"310410\",\"0001\",9,20,\"0A012345\",7,6300,53,30,\"\",\"00000110\",\
                           \"10100001\",\"00000000\"\r\nOK\r\n";

    #[test]
    fn the_network_is_taken_apart() {
        let full = Network {
            country: Some(310),
            code: Some(410),
            access: Some(9),
            cell: Some(0x0A01_2345),
            active_time: Some(0b0000_0110),
            periodic_update: Some(0b1010_0001),
        };
        assert_eq!(network(MONITOR), full);
        let short = network(&MONITOR.replace("310410", "00101"));
        assert_eq!((short.country, short.code), (Some(1), Some(1)));
    }

    #[test]
    fn what_is_missing_or_damaged_is_not_there() {
        for text in [
            "",
            "OK",
            "ERROR\r\n",
            "+CME ERROR: 13",
            "%XMONITOR: 2\r\nOK\r\n",
            "%XMONITOR:",
            "%XMONITOR: 1,\"a\",\"b\",\"c",
            "%XMONITOR: 1,,,\"1\",,,,,,,,,,,,",
            "%XMONITOR: 1,,,\"0010012\",,x,,\"10000000\",,,,,,\"000000110\",\"00000012\"",
            "%XMONITOR: 1,,,\"00a0b\",,4294967296,,\"0000G000\",,,,,,\"000000000\",\"",
        ] {
            assert_eq!(network(text), Network::default(), "{text}");
        }
        // Every beginning of a true answer gives what it has.
        for length in 0..MONITOR.len() {
            let whole = network(MONITOR);
            let part = network(&MONITOR[..length]);
            assert!(
                part.access
                    .is_none_or(|access| Some(access) == whole.access)
            );
            assert!(
                part.active_time
                    .is_none_or(|time| Some(time) == whole.active_time)
            );
        }
    }

    #[test]
    fn contexts_come_a_line_each() {
        let answer = "+CGDCONT: 0,\"IPV4V6\",\"iot.test\",\"10.0.0.2 2001:0DB8:0000:0000:0000:0000:0000:0001\",0,0\r\n\
                      +CGDCONT: 1,\"IP\",\"own\",\"\",0,0\r\nOK\r\n";
        let contexts = |answer: &'static str| {
            let mut rest = answer.as_bytes();
            std::iter::from_fn(move || context(&mut rest)).collect::<Vec<_>>()
        };
        let own = contexts(answer);
        assert_eq!(own.len(), 2);
        assert_eq!((own[0].id, own[0].access_point), (0, &b"iot.test"[..]));
        assert!(own[0].addresses.starts_with(b"10.0.0.2 2001:"));
        assert!(own[1].addresses.is_empty());
        for text in [
            "",
            "OK\r\n",
            "ERROR",
            "+CGDCONT",
            "+CGDCONT: 0",
            "+CGDCONT: x,\"IP\",\"a\",\"b\"",
            "+CGDCONT: 0,\"IP\",\"a\",\"b",
        ] {
            assert!(contexts(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn name_servers_come_a_line_for_each_family() {
        let answer = "+CGCONTRDP: 0,,\"apn.test\",\"\",\"\",\"10.0.0.53\",\"10.0.0.54\",,,,,1464\r\n\
                      +CGCONTRDP: 0,,\"apn.test\",\"\",\"\",\"2001:0DB8::53\",\"\"\r\nOK\r\n";
        let list = |text: &'static str| {
            let mut rest = text.as_bytes();
            std::iter::from_fn(move || name_servers(&mut rest)).collect::<Vec<_>>()
        };
        let all = list(answer);
        assert_eq!(
            all,
            [
                (0, [&b"10.0.0.53"[..], b"10.0.0.54"]),
                (0, [b"2001:0DB8::53", b""])
            ]
        );
        assert_eq!(list("+CGCONTRDP: 0,,\"a\r\n"), [(0, [&b""[..], b""])]);
        for text in [
            "",
            "OK\r\n",
            "ERROR",
            "+CGCONTRDP: 0",
            "+CGCONTRDP: ,,,,,\"1\"",
        ] {
            assert!(list(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn modes_are_the_first_two() {
        assert_eq!(modes("%XSYSTEMMODE: 1,0,1,0\r\nOK\r\n"), [true, false]);
        assert_eq!(modes("%XSYSTEMMODE: 0,1,0,2\r\nOK\r\n"), [false, true]);
        for text in ["", "ERROR", "%XSYSTEMMODE:", "%XSYSTEMMODE: 11,x"] {
            assert_eq!(modes(text), [false, false], "{text}");
        }
    }
}
