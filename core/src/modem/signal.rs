//! Signal strength and quality as the modem tells them: numbers of intervals, turned into the lower ends of those (3GPP TS 27.007
//! 8.69, TS 36.133 9.1.4 and 9.1.7).

use super::query::{body, field};
use crate::text::signed;

/// How well the serving cell is received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signal {
    /// Reference signal received power in dBm.
    pub strength: Option<i32>,
    /// Reference signal received quality in dB, rounded down.
    pub quality: Option<i32>,
}

/// The answer to [`super::query::Query::Signal`]: `+CESQ: 99,99,255,255,<quality>,<strength>`.
pub fn asked(answer: &str) -> Signal {
    signal(body(answer), 5, 4)
}

/// A notification behind its name: `%CESQ: <strength>,<its threshold>,<quality>,<its threshold>`.
pub fn told(line: &[u8]) -> Signal {
    signal(line, 0, 2)
}

/// The signal of a line, with strength and quality in these fields.
#[cfg_attr(target_os = "none", inline(never))]
fn signal(line: &[u8], strength: usize, quality: usize) -> Signal {
    let number = |index| i32::try_from(signed(field(line, index))?).ok();
    Signal {
        strength: number(strength).and_then(dbm),
        quality: number(quality).and_then(db),
    }
}

/// The lower end of an interval of RSRP in dBm (TS 36.133 table 9.1.4-1): 1 begins at -140, and -16, the second of the extended
/// range, at -156. Those below all ends, 0 and -17, stand for the number just below.
fn dbm(index: i32) -> Option<i32> {
    match index {
        0..=97 => Some(index - 141),
        -17..0 => Some(index - 140),
        _ => None,
    }
}

/// The lower end of an interval of RSRQ in whole dB, rounded down (TS 36.133 table 9.1.7-1), in steps of a half: 1 begins at -19.5,
/// of the extended range -29 at -34 and 35 at -3. Those below all ends, 0 and -30, stand for half a dB below.
fn db(index: i32) -> Option<i32> {
    match index {
        0..=34 => Some((index - 40) >> 1),
        -30..0 => Some((index - 39) >> 1),
        35..=46 => Some((index - 41) >> 1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strength_is_the_lower_end_of_its_interval() {
        // 3GPP TS 27.007 8.69 and TS 36.133 table 9.1.4-1.
        for (index, strength) in [
            (0, -141),
            (1, -140),
            (2, -139),
            (53, -88),
            (95, -46),
            (96, -45),
            (97, -44),
            (-1, -141),
            (-2, -142),
            (-15, -155),
            (-16, -156),
            (-17, -157),
        ] {
            assert_eq!(dbm(index), Some(strength), "{index}");
        }
        for index in [98, 99, 127, 255, -18, i32::MAX, i32::MIN] {
            assert_eq!(dbm(index), None, "{index}");
        }
    }

    #[test]
    fn quality_is_the_lower_end_of_its_interval() {
        // 3GPP TS 27.007 8.69 and TS 36.133 table 9.1.7-1: the ends are -19.5, -19, -10, -3.5, -3; -34, -33.5, -20.5, -20; -3, -2.5, 2.5.
        for (index, quality) in [
            (0, -20),
            (1, -20),
            (2, -19),
            (3, -19),
            (20, -10),
            (33, -4),
            (34, -3),
            (-30, -35),
            (-29, -34),
            (-28, -34),
            (-2, -21),
            (-1, -20),
            (35, -3),
            (36, -3),
            (37, -2),
            (46, 2),
        ] {
            assert_eq!(db(index), Some(quality), "{index}");
        }
        for index in [47, 99, 255, -31, i32::MAX, i32::MIN] {
            assert_eq!(db(index), None, "{index}");
        }
    }

    #[test]
    fn answers_and_notifications_differ_in_order() {
        let signal = Signal {
            strength: Some(-88),
            quality: Some(-10),
        };
        assert_eq!(asked("+CESQ: 99,99,255,255,20,53\r\nOK\r\n"), signal);
        assert_eq!(told(b" 53,2,20,2"), signal);
        assert_eq!(
            asked("+CESQ: 99,99,255,255,255,53\r\nOK\r\n"),
            Signal {
                quality: None,
                ..signal
            }
        );
    }

    #[test]
    fn damaged_answers_have_no_signal() {
        for text in [
            "",
            "OK\r\n",
            "ERROR\r\n",
            "+CME ERROR: 0\r\n",
            "+CESQ:",
            "+CESQ: 99,99,255,255",
            "+CESQ: 99,99,255,255,255,255\r\nOK\r\n",
            "+CESQ: 99,99,255,255,20x,5 3",
            "+CESQ: 99,99,255,255,4294967316,4294967349",
            "+CESQ: 99,99,255,255,,",
        ] {
            assert_eq!(asked(text), Signal::default(), "{text}");
        }
        for line in ["", " ", "x", ",,,", "255,0,255,0", "\"53"] {
            assert_eq!(told(line.as_bytes()), Signal::default(), "{line}");
        }
    }
}
