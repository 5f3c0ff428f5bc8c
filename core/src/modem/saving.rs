//! What the modem says of extended DRX as it was asked for (3GPP TS 27.007 7.40, nRF91 AT command reference).

use super::number::{Form, number_in};
use super::query::{line, number_at};

/// The four bits for a kind of access, 4 LTE-M and 5 NB-IoT, in the answer to [`super::query::Query::Cycles`] or
/// [`super::query::Query::Windows`], which has a line for each: `+CEDRXS: <access>,<cycle>` or `%XPTW: <access>,<window>`.
#[cfg_attr(target_os = "none", inline(never))]
pub fn edrx(answer: &str, access: u32) -> Option<u32> {
    let mut found = None;
    let mut rest = answer.as_bytes();
    while let Some(line) = line(&mut rest) {
        if number_at(line, 0) == Some(access) {
            found = number_in(line, 1, Form::Bits).filter(|bits| *bits < 16);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #[test]
    fn cycles_and_windows_come_a_line_each() {
        let edrx = |answer: &str| [4, 5].map(|access| super::edrx(answer, access));
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
