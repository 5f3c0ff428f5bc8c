//! Power saving parameters of 3GPP TS 24.008: timers as octets and as seconds, extended DRX octets, and the binary
//! digits in which AT commands take both.

/// The first octet of a timer that is off.
pub const OFF: u8 = 0b111_00000;

/// How the upper three bits of a timer's octet count the lower five: the seconds of each unit, 0 for a timer that is off.
pub type Units = [u32; 8];

/// The periodic timer and the active time.
pub static TIMERS: [Units; 2] = [PERIODIC, ACTIVE];

/// GPRS timer 3 (10.5.7.4a): the extended periodic timer T3412.
const PERIODIC: Units = [600, 3_600, 36_000, 2, 30, 60, 1_152_000, 0];

/// GPRS timer 2, coded like the GPRS timer (10.5.7.3): the active time T3324. Units without a meaning count minutes.
const ACTIVE: Units = [2, 60, 360, 60, 60, 60, 60, 0];

/// The seconds of an octet; `None` for a timer that is off.
pub fn seconds(units: &Units, octet: u8) -> Option<u32> {
    let unit = *units.get(usize::from(octet >> 5))?;
    (unit != 0).then_some(unit * u32::from(octet & 31))
}

/// The octet of a time, exact where there is one, otherwise of the next longer time; `None` for more than the longest.
pub fn octet(units: &Units, seconds: u32) -> Option<u8> {
    let mut best = None;
    let mut least = u32::MAX;
    for (code, unit) in (0..).zip(units) {
        if *unit == 0 {
            continue;
        }
        let count = seconds.div_ceil(*unit);
        if count < 32 && count * unit < least {
            least = count * unit;
            best = Some(code << 5 | count as u8);
        }
    }
    best
}

/// Whether an octet of extended DRX parameters (10.5.5.32, octet 3: paging time window, then cycle) can be asked for.
/// Every window has a meaning; of the cycles some belong to wide-band mode only, others to narrow-band mode only.
pub fn is_edrx(octet: u8, narrow: bool) -> bool {
    const WIDE: u16 = 0x3FFF;
    const NARROW: u16 = 0xFE2C;
    let cycles = if narrow { NARROW } else { WIDE };
    cycles >> (octet & 15) & 1 == 1
}

/// Puts the lowest `count` bits of a number as digits, and a quotation mark.
pub fn put_digits(put: &mut dyn FnMut(&[u8]), value: u8, count: u32) {
    for bit in (0..count).rev() {
        put(&[b'0' + (value >> bit & 1)]);
    }
    put(b"\"");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modem::number::{Form, number_in};

    /// 3GPP TS 24.008 table 10.5.163a (GPRS timer 3): octet and seconds.
    const PERIODIC_EXAMPLES: [(u8, u32); 8] = [
        (0b000_00001, 600),
        (0b001_00001, 3_600),
        (0b010_00001, 36_000),
        (0b011_00001, 2),
        (0b100_00001, 30),
        (0b101_00001, 60),
        (0b110_00001, 1_152_000),
        (0b110_11111, 35_712_000),
    ];

    /// Table 10.5.172 (GPRS timer); other units are multiples of a minute.
    const ACTIVE_EXAMPLES: [(u8, u32); 6] = [
        (0b000_00000, 0),
        (0b000_11111, 62),
        (0b001_00010, 120),
        (0b010_00001, 360),
        (0b010_11111, 11_160),
        (0b011_00010, 120),
    ];

    #[test]
    fn octets_have_the_seconds_of_their_tables() {
        for (octet, expected) in PERIODIC_EXAMPLES {
            assert_eq!(seconds(&PERIODIC, octet), Some(expected), "{octet:08b}");
        }
        for (octet, expected) in ACTIVE_EXAMPLES {
            assert_eq!(seconds(&ACTIVE, octet), Some(expected), "{octet:08b}");
        }
        for octet in 0b111_00000..=0b111_11111 {
            assert_eq!(seconds(&PERIODIC, octet), None);
            assert_eq!(seconds(&ACTIVE, octet), None);
        }
    }

    #[test]
    fn every_time_an_octet_can_tell_comes_back_exactly() {
        for units in [&PERIODIC, &ACTIVE] {
            for own in 0..0b111_00000 {
                let time = seconds(units, own).unwrap();
                let coded = octet(units, time).unwrap();
                assert_eq!(seconds(units, coded), Some(time), "{own:08b}");
            }
        }
    }

    #[test]
    fn other_times_become_the_next_longer_one_and_the_longest_is_the_end() {
        for units in [&PERIODIC, &ACTIVE] {
            let mut all: Vec<u32> = (0..0b111_00000)
                .filter_map(|own| seconds(units, own))
                .collect();
            all.sort_unstable();
            for pair in all.windows(2) {
                let [before, next] = pair else { continue };
                if before < next {
                    let coded = octet(units, before + 1).unwrap();
                    assert_eq!(seconds(units, coded), Some(*next));
                }
            }
            let longest = *all.last().unwrap();
            assert_eq!(octet(units, longest + 1), None);
            assert_eq!(octet(units, u32::MAX), None);
        }
        // No unit but that of minutes is exact, and it has no more than 31 of them.
        assert_eq!(octet(&ACTIVE, 61), Some(0b000_11111));
        assert_eq!(octet(&ACTIVE, 63), Some(0b001_00010));
        assert_eq!(octet(&PERIODIC, 3_599), Some(0b000_00110));
    }

    #[test]
    fn cycles_belong_to_their_modes() {
        // 3GPP TS 24.008 table 10.5.5.32: notes 4 to 6.
        let wide: Vec<u8> = (0..16).filter(|own| is_edrx(*own, false)).collect();
        assert_eq!(wide, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
        let narrow: Vec<u8> = (0..16).filter(|own| is_edrx(*own, true)).collect();
        assert_eq!(narrow, [2, 3, 5, 9, 10, 11, 12, 13, 14, 15]);
        for octet in 0..=255 {
            assert_eq!(is_edrx(octet, true), is_edrx(octet & 15, true));
        }
    }

    #[test]
    fn digits_are_read_as_they_are_written() {
        let digits = |value: u8, count: u32| {
            let mut text = Vec::new();
            put_digits(&mut |bytes| text.extend_from_slice(bytes), value, count);
            text
        };
        assert_eq!(digits(0b1010_1111, 8), b"10101111\"");
        assert_eq!(digits(0b1010_1001, 4), b"1001\"");
        for value in 0..=255 {
            let line = [b"\"", &digits(value, 8)[..]].concat();
            assert_eq!(number_in(&line, 0, Form::Bits), Some(value.into()));
        }
    }
}
