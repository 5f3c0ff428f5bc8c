//! What the modem says of extended DRX as it was asked for (3GPP TS 27.007 7.40, nRF91 AT command reference).

use super::number::{Form, number_in};
use super::query::{line, number_at};

/// The answer to [`super::query::Query::Cycles`] or [`super::query::Query::Windows`], a line each: `+CEDRXS: <access>,<cycle>` or
/// `%XPTW: <access>,<window>`. Four bits for LTE-M and for NB-IoT.
pub fn edrx(answer: &str) -> [Option<u32>; 2] {
    let mut found = [None; 2];
    let mut rest = answer.as_bytes();
    while let Some(line) = line(&mut rest) {
        let access = number_at(line, 0).unwrap_or(0);
        if let Some(place) = found.get_mut((access as usize).wrapping_sub(4)) {
            *place = number_in(line, 1, Form::Bits).filter(|bits| *bits < 16);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
