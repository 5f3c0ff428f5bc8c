//! Card files for `+CRSM` (3GPP TS 27.007 8.18, TS 31.102): ICCID, IMSI, AD, MSISDN, GID1.

use super::Engine;
use super::command::{Command, Operation, Reply};
use super::credentials::{bytes_from_hex, hex};

const EF_ICCID: i64 = 0x2fe2;
const EF_IMSI: i64 = 0x6f07;
const EF_AD: i64 = 0x6fad;
const EF_GID1: i64 = 0x6f3e;
const EF_MSISDN: i64 = 0x6f40;

const READ_BINARY: i64 = 176;
const READ_RECORD: i64 = 178;
const GET_RESPONSE: i64 = 192;

/// Bytes of an MSISDN record without alpha identifier.
const MSISDN_RECORD: usize = 14;

impl Engine {
    pub(crate) fn crsm(&self, command: &Command) -> Reply {
        if command.operation != Operation::Set || !self.card_is_ready() {
            return Reply::Error;
        }
        let (Some(instruction), Some(file)) = (command.number(0), command.number(1)) else {
            return Reply::Cme(50);
        };
        let number = |index| {
            command
                .number(index)
                .and_then(|value| usize::try_from(value).ok())
                .unwrap_or(0)
        };
        let (p1, p2, p3) = (number(2), number(3), number(4));
        let Some(content) = self.card_file(file) else {
            return status(0x6a, 0x82);
        };
        match instruction {
            READ_BINARY if file != EF_MSISDN => {
                let from = p1 << 8 | p2;
                let length = if p3 == 0 {
                    content.len().saturating_sub(from)
                } else {
                    p3
                };
                match content.get(from..from + length) {
                    Some(part) => Reply::line(format!("+CRSM: 144,0,\"{}\"", hex(part))),
                    // 6Cxx: wrong length, xx is the right one.
                    None => status(0x6c, content.len().saturating_sub(from) as u8),
                }
            }
            READ_RECORD if file == EF_MSISDN && p1 == 1 => match p3 {
                0 | MSISDN_RECORD => Reply::line(format!("+CRSM: 144,0,\"{}\"", hex(&content))),
                _ => status(0x6c, MSISDN_RECORD as u8),
            },
            READ_RECORD if file == EF_MSISDN => status(0x6a, 0x83),
            READ_BINARY | READ_RECORD => status(0x69, 0x81),
            GET_RESPONSE => {
                // TS 51.011 9.2.1: size, file id, type EF, structure.
                let id = file.to_be_bytes();
                let size = (content.len() as u16).to_be_bytes();
                let structure = if file == EF_MSISDN { 1 } else { 0 };
                let answer = [
                    0, 0, size[0], size[1], id[6], id[7], 4, 0, 0, 0, 0, 1, 2, structure, 0,
                ];
                Reply::line(format!("+CRSM: 144,0,\"{}\"", hex(&answer)))
            }
            _ => status(0x6d, 0),
        }
    }

    fn card_file(&self, file: i64) -> Option<Vec<u8>> {
        let profile = &self.profile;
        match file {
            EF_ICCID => Some(swapped(&format!("{:F<20}", profile.iccid))),
            // TS 31.102 4.2.2: length, then parity nibble 9 (odd) or 1 (even) before the first digit.
            EF_IMSI => {
                let parity = if profile.imsi.len() % 2 == 1 {
                    "9"
                } else {
                    "1"
                };
                let mut content = swapped(&format!("{parity}{:F<15}", profile.imsi));
                content.insert(0, 8);
                Some(content)
            }
            EF_AD => Some(vec![0, 0, 0, profile.mnc_length]),
            EF_GID1 => bytes_from_hex(&profile.gid1),
            EF_MSISDN => {
                let mut record = vec![0xff; MSISDN_RECORD];
                if let Some(number) = &profile.msisdn {
                    let digits = number.trim_start_matches('+');
                    let padded = if digits.len() % 2 == 1 {
                        format!("{digits}F")
                    } else {
                        digits.to_string()
                    };
                    let packed = swapped(&padded);
                    record[0] = packed.len() as u8 + 1;
                    record[1] = if number.starts_with('+') { 0x91 } else { 0x81 };
                    for (place, byte) in record[2..12].iter_mut().zip(packed) {
                        *place = byte;
                    }
                }
                Some(record)
            }
            _ => None,
        }
    }
}

fn status(first: u8, second: u8) -> Reply {
    Reply::line(format!("+CRSM: {first},{second}"))
}

/// Digits packed two a byte, low nibble first.
pub(crate) fn swapped(digits: &str) -> Vec<u8> {
    let nibble = |c: u8| (c as char).to_digit(16).unwrap_or(0xf) as u8;
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| nibble(pair[0]) | pair.get(1).map_or(0xf, |c| nibble(*c)) << 4)
        .collect()
}
