//! Hexadecimal text: bytes, and patterns in which `??` stands for any byte.

/// Lower-case digits without separators.
pub fn encode(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes of digits; white space is skipped. `None` for an odd number of digits or anything else.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    pattern(text)?.into_iter().collect()
}

/// Like [`decode`], with `None` where the text has `??`.
pub fn pattern(text: &str) -> Option<Vec<Option<u8>>> {
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let pair = |pair: &[char]| match pair {
        ['?', '?'] => Some(None),
        [high, low] => Some(Some((high.to_digit(16)? << 4 | low.to_digit(16)?) as u8)),
        _ => None,
    };
    digits.chunks(2).map(pair).collect()
}

/// Same length and equal at every byte that is not `??`.
pub fn matches(pattern: &[Option<u8>], bytes: &[u8]) -> bool {
    pattern.len() == bytes.len()
        && pattern
            .iter()
            .zip(bytes)
            .all(|(want, got)| want.is_none_or(|want| want == *got))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_wildcards() {
        assert_eq!(decode("70 00\t7D34"), Some(vec![0x70, 0, 0x7d, 0x34]));
        assert!(
            ["7", "xx", "7?", "??"]
                .iter()
                .all(|text| decode(text).is_none())
        );
        let wanted = pattern("70 00 ?? ??").unwrap();
        assert!(matches(&wanted, &[0x70, 0, 1, 2]));
        assert!(!matches(&wanted, &[0x60, 0, 1, 2]) && !matches(&wanted, &[0x70, 0, 1]));
        assert_eq!(encode(&[0, 0xff]), "00ff");
    }
}
