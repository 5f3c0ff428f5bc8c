//! What the modem says of power saving as it was asked for, and of the SMS service centre (3GPP TS 27.007 7.38 and 7.40, 27.005
//! 3.3.1, nRF91 AT command reference).

use super::query::{body, field, line, number_at};
use super::timer::bits;

/// Power saving mode as it was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Psm {
    /// Whether it is.
    pub on: bool,
    /// Periodic tracking area update, coded as GPRS timer 3.
    pub periodic: Option<u8>,
    /// Active time, coded as GPRS timer 2.
    pub active: Option<u8>,
}

/// The answer to [`super::query::Query::Psm`]: `+CPSMS: <mode>,,,<periodic update>,<active time>`.
pub fn psm(answer: &str) -> Psm {
    let line = body(answer);
    Psm {
        on: number_at(line, 0) == Some(1),
        periodic: bits(field(line, 3)),
        active: bits(field(line, 4)),
    }
}

/// The answer to [`super::query::Query::Cycles`] or [`super::query::Query::Windows`], a line each: `+CEDRXS: <access>,<cycle>` or
/// `%XPTW: <access>,<window>`. Four bits for LTE-M and for NB-IoT.
pub fn edrx(answer: &str) -> [Option<u8>; 2] {
    let mut found = [None; 2];
    let mut rest = answer.as_bytes();
    while let Some(line) = line(&mut rest) {
        let access = number_at(line, 0).unwrap_or(0);
        if let Some(place) = found.get_mut((access as usize).wrapping_sub(4)) {
            *place = bits(field(line, 1)).filter(|bits| *bits < 16);
        }
    }
    found
}

/// The answer to [`super::query::Query::ServiceCentre`]: `+CSCA: <address>,<type>`.
pub fn service_centre(answer: &str) -> &[u8] {
    field(body(answer), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_saving_mode_is_taken_apart() {
        let own = psm("+CPSMS: 1,,,\"10101111\",\"01101100\"\r\nOK\r\n");
        assert_eq!(
            own,
            Psm {
                on: true,
                periodic: Some(0xAF),
                active: Some(0x6C)
            }
        );
        assert_eq!(psm("+CPSMS: 0,,,\"\",\"\"\r\nOK\r\n"), Psm::default());
        for text in ["", "OK\r\n", "ERROR\r\n", "+CPSMS:", "+CPSMS: x"] {
            assert_eq!(psm(text), Psm::default(), "{text}");
        }
    }

    #[test]
    fn cycles_and_windows_come_a_line_each() {
        assert_eq!(
            edrx("+CEDRXS: 4,\"1001\"\r\n+CEDRXS: 5,\"0011\"\r\nOK\r\n"),
            [Some(9), Some(3)]
        );
        assert_eq!(edrx("%XPTW: 5,\"0010\"\r\nOK\r\n"), [None, Some(2)]);
        for text in [
            "",
            "OK\r\n",
            "ERROR\r\n",
            "+CEDRXS: 4",
            "+CEDRXS: 4,\"10010\"",
            "+CEDRXS: 3,\"1001\"",
            "+CEDRXS: 4,1001x",
        ] {
            assert_eq!(edrx(text), [None, None], "{text}");
        }
    }

    #[test]
    fn the_service_centre_is_the_first_field() {
        assert_eq!(
            service_centre("+CSCA: \"+15550199\",145\r\nOK\r\n"),
            b"+15550199"
        );
        for text in ["", "OK\r\n", "+CMS ERROR: 321\r\n", "+CSCA: \"\",129"] {
            assert_eq!(service_centre(text), b"", "{text}");
        }
    }
}
