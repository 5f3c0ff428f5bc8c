//! Signal strength and quality as the modem tells them: numbers of intervals, turned into the lower ends of those (3GPP TS 27.007
//! 8.69, TS 36.133 9.1.4 and 9.1.7).

/// The lower end of an interval of RSRP in dBm (TS 36.133 table 9.1.4-1): 1 begins at -140, and -16, the second of the extended
/// range, at -156. Those below all ends, 0 and -17, stand for the number just below.
pub(super) fn dbm(index: i32) -> Option<i32> {
    match index {
        0..=97 => Some(index - 141),
        -17..0 => Some(index - 140),
        _ => None,
    }
}

/// The lower end of an interval of RSRQ in whole dB, rounded down (TS 36.133 table 9.1.7-1), in steps of a half: 1 begins at -19.5,
/// of the extended range -29 at -34 and 35 at -3. Those below all ends, 0 and -30, stand for half a dB below.
pub(super) fn db(index: i32) -> Option<i32> {
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
}
