//! Card files as public sources print them, and what hostile cards could hold.

use super::*;

/// The identifier as an example of the standard has it.
const NESTED: [u8; 6] = [0x06, 0x04, 0x67, 0x2B, 0x09, 0x01];

/// The bytes of hexadecimal text; blanks and line ends do not count.
fn bytes(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|character| !character.is_whitespace())
        .map(|character| character.to_digit(16).unwrap() as u8)
        .collect();
    digits
        .chunks_exact(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

/// A BER object.
fn ber(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = match value.len() {
        length @ 0..=0x7F => vec![length as u8],
        length @ 0x80..=0xFF => vec![0x81, length as u8],
        length => vec![0x82, (length >> 8) as u8, length as u8],
    };
    [&[tag][..], &length, value].concat()
}

/// A data object of EF(DODF) with a label of `filler` letters.
fn data_object(identifier: &[u8], path: &[u8], filler: usize) -> Vec<u8> {
    let label = ber(0x30, &ber(0x0C, &vec![b'x'; filler]));
    let value = ber(0x30, &ber(0x04, path));
    let kind = ber(0x30, &[ber(0x06, identifier), value].concat());
    ber(0xA1, &[label, ber(0x30, &[]), ber(0xA1, &kind)].concat())
}

/// An object in EF(LwM2M_Bootstrap).
fn object(id: u16, version: &[u8], tlv: &[u8]) -> Vec<u8> {
    let length = (tlv.len() as u16).to_be_bytes();
    [&id.to_be_bytes()[..], version, &length, tlv].concat()
}

fn file(objects: &[Vec<u8>]) -> Vec<u8> {
    let body = objects.concat();
    let count = (objects.len() as u16).to_be_bytes();
    let size = (body.len() as u16).to_be_bytes();
    [&count[..], &size, &body].concat()
}

/// Ids and TLV lengths.
fn contents(file: &[u8]) -> Option<Vec<(u16, usize)>> {
    let objects = Bootstrap::new(file)?;
    Some(objects.map(|(id, tlv)| (id, tlv.len())).collect())
}

// Vectors of the nRF Connect SDK's unit test for `uicc_lwm2m`. The identifier stands in the form that is nested once too often.
const SDK_ODF: &str = "A706300404026430";
const SDK_DODF: &str = "A127300030110C0F4C774D324D20426F6F747374726170\
    A110300E06060604672B09013004 04026432";
const SDK_PARAMETERS: &str = "621682024121830264308A01058B036F0602800200788800";
const SDK_BOOTSTRAP: &str = "00010036000000003108002EC80025636F61703A2F2F6C657368616E2E65636C697073\
    6570726F6A656374732E696F3A35373833C10101C10203FFFF";

// The example output of `generator.py` in Anjay's documentation of its SIM bootstrap.
const ANJAY_BOOTSTRAP: &str = "0002007a000000005e08015bc8002263
    6f6170733a2f2f65752e696f742e6176 73797374656d2e636c6f75643a353638
    34c10100c10200c80314 6578616d706c652d70736b2d6964656e74697479c805
    133378406d706c3350354b353363723374 4b3379c10a010001000012 08010f
    c10001c40100015180c10600c10755";

#[test]
fn published_vectors_are_read_to_their_end() {
    let odf = bytes(SDK_ODF);
    assert_eq!(directories(&odf).collect::<Vec<_>>(), [0x6430]);
    assert_eq!(bootstrap_file(&bytes(SDK_DODF)), Some(0x6432));
    assert_eq!(file_size(&bytes(SDK_PARAMETERS)), Some(0x78));
    let bootstrap = bytes(SDK_BOOTSTRAP);
    assert_eq!(contents(&bootstrap), Some(vec![(0, 0x31)]));
    // Two bytes of padding.
    let length = Bootstrap::new(&bootstrap).unwrap().file_length();
    assert_eq!(length, bootstrap.len() - 2);
    let bootstrap = bytes(ANJAY_BOOTSTRAP);
    assert_eq!(contents(&bootstrap), Some(vec![(0, 0x5E), (1, 0x12)]));
    assert_eq!(Bootstrap::new(&bootstrap).unwrap().file_length(), 0x7E);
}

#[test]
fn identifiers_are_taken_in_both_encodings() {
    let right = [0x67, 0x2B, 0x09, 0x01];
    for identifier in [&right[..], &NESTED] {
        let others = data_object(&[0x67, 0x2B, 0x09, 0x02], &[0x11, 0x11], 3);
        // A label this long takes one, two and three bytes for its length.
        for filler in [0, 100, 200, 300] {
            let path = [0x3F, 0x00, 0x50, 0x15, 0x64, 0x32];
            let own = data_object(identifier, &path, filler);
            let dodf = [others.clone(), own, vec![0xFF; 9]].concat();
            assert_eq!(bootstrap_file(&dodf), Some(0x6432), "{filler}");
        }
        assert_eq!(bootstrap_file(&others), None);
    }
    for identifier in [
        &right[..3],
        &[0x06, 0x03, 0x67, 0x2B, 0x09],
        &[],
        &NESTED[1..],
    ] {
        assert_eq!(bootstrap_file(&data_object(identifier, &[1, 2], 3)), None);
    }
}

#[test]
fn a_damaged_data_object_does_not_hide_the_next() {
    let short_path = data_object(&NESTED, &[0x64], 1);
    let no_attributes = ber(0xA1, &ber(0x30, &[]));
    let right = data_object(&NESTED, &[0x64, 0x32], 1);
    let dodf = [short_path, no_attributes, right].concat();
    assert_eq!(bootstrap_file(&dodf), Some(0x6432));
}

#[test]
fn directories_come_in_order_up_to_the_padding() {
    let entry = |tag, file: &[u8]| ber(tag, &ber(0x30, &ber(0x04, file)));
    let odf = [
        // Certificates are no data objects.
        entry(0xA4, &[0x44, 0x01]),
        entry(0xA7, &[0x3F, 0x00, 0x64, 0x30]),
        entry(0xA7, &[0x64]),
        entry(0xA7, &[0x64, 0x31]),
        vec![0xFF; 4],
        entry(0xA7, &[0x64, 0x33]),
    ]
    .concat();
    assert_eq!(directories(&odf).collect::<Vec<_>>(), [0x6430, 0x6431]);
    for odf in [&[][..], &[0xFF; 16], &[0; 16], &[0xA7], &[0xA7, 0x80, 0, 0]] {
        assert_eq!(directories(odf).next(), None, "{odf:?}");
    }
}

#[test]
fn file_sizes_are_told_by_selection() {
    for (parameters, size) in [
        ("6204 8002 0400", Some(1_024)),
        ("6205 8003 010000", Some(65_536)),
        ("6204 8302 6432", None),
        ("8002 0400", None),
        ("6204 8003 0400", None),
        ("", None),
    ] {
        assert_eq!(file_size(&bytes(parameters)), size, "{parameters}");
    }
}

#[test]
fn versions_take_one_byte_or_two() {
    let tlv = [0x00, 0x00];
    let bootstrap = file(&[
        object(0, &[0], &tlv),
        object(1, &[1, 1], &tlv),
        // From a major version on that nobody knows, nothing is known of the format either.
        object(2, &[2, 0], b"unknown"),
        object(3, &[1, 0], &[]),
    ]);
    let expected = vec![(0, 2), (1, 2), (3, 0)];
    assert_eq!(contents(&bootstrap), Some(expected.clone()));
    let padded = [bootstrap.clone(), vec![0xFF; 50]].concat();
    assert_eq!(contents(&padded), Some(expected));
    let bare = Bootstrap::new(&padded).unwrap();
    assert_eq!(bare.file_length(), bootstrap.len());
    let unknown = file(&[object(0, &[2, 0], &tlv)]);
    assert_eq!(contents(&unknown), Some(vec![]));
}

#[test]
fn empty_and_erased_files_hold_no_data() {
    for length in [0, 1, 3, 4, 5, 100, 1_024, 70_000] {
        assert_eq!(contents(&vec![0xFF; length]), None);
        assert_eq!(contents(&vec![0; length]), None);
    }
}

#[test]
fn numbers_that_contradict_each_other_spoil_the_file() {
    let whole = bytes(ANJAY_BOOTSTRAP);
    for length in 0..whole.len() {
        assert_eq!(contents(&whole[..length]), None, "{length}");
    }
    // Count and size one off in both directions, and the length of the last object.
    for (at, change) in [
        (1, 1),
        (1, u8::MAX),
        (3, 1),
        (3, u8::MAX),
        (0x6B, 1),
        (0x6B, u8::MAX),
    ] {
        let mut file = [whole.clone(), vec![0xFF; 9]].concat();
        file[at] = file[at].wrapping_add(change);
        assert_eq!(contents(&file), None, "{at} {change}");
    }
}

#[test]
fn nesting_leads_nowhere() {
    // Objects inside objects as deep as a file can hold, and every cut of them.
    let mut nested = vec![0x04, 0x02, 0x64, 0x32];
    while nested.len() < 1_000 {
        for tag in [0x30, 0xA1, 0xA7, 0x06] {
            nested = ber(tag, &nested);
        }
    }
    for start in 0..nested.len() {
        let cut = &nested[start..];
        assert_eq!(bootstrap_file(cut), None);
        assert!(directories(cut).count() <= cut.len() / 2);
        assert_eq!(file_size(cut), None);
    }
}
