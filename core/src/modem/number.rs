//! Numbers in the fields of the modem's lines, each as the modem writes it.

use super::query::field;
use super::signal::{db, dbm};
use crate::text::{hex_digit, sign};

/// How a number is written, and what it becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Form {
    /// Decimal digits, 32 bits.
    Decimal,
    /// An E-UTRAN cell identity in hexadecimal digits, 28 bits (3GPP TS 23.003 19.6).
    Cell,
    /// Eight binary digits at most.
    Bits,
    /// Mobile country code, 0 to 999, of a PLMN of five or six digits.
    Country,
    /// Mobile network code, 0 to 999, of the same.
    Network,
    /// A kind of access (3GPP TS 27.007 10.1.22) as a network bearer of object 4: LTE-M, or NB-IoT.
    Bearer,
    /// An interval of the received power as its lower end in dBm, a negative number.
    Strength,
    /// An interval of the received quality as its lower end in dB, possibly a negative number.
    Quality,
}

/// LTE-M on the list of network bearers of object 4. The modem has no band of LTE-TDD.
pub const LTE_FDD: u32 = 6;
/// NB-IoT on the same list.
pub const NB_IOT: u32 = 7;

/// The number in the `index`-th field of a line. `None` when it is not there, or not in its form.
#[cfg_attr(target_os = "none", inline(never))]
pub fn number_in(line: &[u8], index: usize, form: Form) -> Option<u32> {
    let text = field(line, index);
    let base = match form {
        Form::Strength | Form::Quality => {
            let (negative, magnitude) = sign(text);
            let magnitude = digits(magnitude, 10)?;
            // No interval has a number beyond: there is no overflow.
            if magnitude > 127 {
                return None;
            }
            let interval = if negative {
                -(magnitude as i32)
            } else {
                magnitude as i32
            };
            let end = if form == Form::Strength {
                dbm(interval)
            } else {
                db(interval)
            };
            return end.map(|end| end as u32);
        }
        Form::Cell => 16,
        Form::Bits => 2,
        _ => 10,
    };
    let number = digits(text, base)?;
    // Three digits are the country's, the others its network's.
    let networks = if text.len() == 5 { 100 } else { 1_000 };
    let is_plmn = matches!(text.len(), 5 | 6);
    match form {
        Form::Cell if number >> 28 != 0 => None,
        Form::Bits if text.len() > 8 => None,
        Form::Country if is_plmn => Some(number / networks),
        Form::Network if is_plmn => Some(number % networks),
        Form::Bearer if number == 7 => Some(LTE_FDD),
        Form::Bearer if number == 9 => Some(NB_IOT),
        Form::Country | Form::Network | Form::Bearer => None,
        _ => Some(number),
    }
}

/// The number that digits write in a base up to 16.
fn digits(text: &[u8], base: u32) -> Option<u32> {
    let mut number: u32 = 0;
    for digit in text {
        let digit = u32::from(hex_digit(*digit)?);
        if digit >= base {
            return None;
        }
        number = number.checked_mul(base)?.checked_add(digit)?;
    }
    (!text.is_empty()).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_its_digits_and_its_range() {
        for (form, text, number) in [
            (Form::Decimal, "4294967295", Some(u32::MAX)),
            (Form::Decimal, "4294967296", None),
            (Form::Decimal, "-1", None),
            (Form::Decimal, "+1", None),
            (Form::Decimal, "1A", None),
            (Form::Decimal, "", None),
            (Form::Cell, "0A012345", Some(0x0A01_2345)),
            (Form::Cell, "00fFFFFFF", Some(0x0FFF_FFFF)),
            (Form::Cell, "10000000", None),
            (Form::Cell, "100000000", None),
            (Form::Cell, "0000G000", None),
            (Form::Cell, "", None),
            (Form::Bits, "1001", Some(9)),
            (Form::Bits, "11111111", Some(255)),
            (Form::Bits, "", None),
            (Form::Bits, "2", None),
            (Form::Bits, "1 0", None),
            (Form::Bits, "000000110", None),
            (Form::Country, "310410", Some(310)),
            (Form::Network, "310410", Some(410)),
            (Form::Country, "00101", Some(1)),
            (Form::Network, "00101", Some(1)),
            (Form::Country, "0010012", None),
            (Form::Network, "1", None),
            (Form::Country, "00a0b", None),
            (Form::Bearer, "7", Some(6)),
            (Form::Bearer, "9", Some(7)),
            (Form::Bearer, "8", None),
            (Form::Strength, "53", Some(-88_i32 as u32)),
            (Form::Strength, "-5", Some(-145_i32 as u32)),
            (Form::Strength, "255", None),
            (Form::Strength, "4294967349", None),
            (Form::Strength, "5 3", None),
            (Form::Quality, "20", Some(-10_i32 as u32)),
            (Form::Quality, "46", Some(2)),
            (Form::Quality, "20x", None),
            (Form::Quality, "255", None),
        ] {
            let line = format!("0,\"{text}\",1");
            assert_eq!(
                number_in(line.as_bytes(), 1, form),
                number,
                "{form:?} {text}"
            );
        }
    }
}
