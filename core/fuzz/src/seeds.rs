//! Well-formed datagrams of every kind a server sends, to be mutated.

use crate::device::Device;
use crate::random::Random;

const PATHS: [&[&str]; 43] = [
    &["3", "0", "9"],
    &["3", "0"],
    &["3"],
    &["3", "0", "6"],
    &["3", "0", "7", "0"],
    &["3", "0", "13"],
    &["3", "0", "14"],
    &["3", "0", "15"],
    &["3", "0", "12"],
    &["3", "0", "4"],
    &["3", "0", "5"],
    &["1", "0"],
    &["1", "0", "1"],
    &["1", "0", "8"],
    &["1", "0", "4"],
    &["4", "0"],
    &["4", "0", "2"],
    &["4", "0", "7"],
    &["5", "0"],
    &["5", "0", "0"],
    &["5", "0", "1"],
    &["5", "0", "2"],
    &["5", "0", "3"],
    &["6", "0"],
    &["7", "0"],
    &["7", "0", "6"],
    &["7", "0", "7"],
    &["7", "0", "8"],
    &["10", "0"],
    &["10", "0", "0"],
    &["10", "0", "1"],
    &["10", "0", "4"],
    &["10", "0", "8"],
    &["10", "0", "13"],
    &["11"],
    &["11", "0"],
    &["11", "1"],
    &["11", "1", "1"],
    &["11", "1", "6"],
    &["16"],
    &["16", "5"],
    &["10250", "0", "0"],
    &["10250", "0", "1"],
];

const QUERIES: [&str; 8] = [
    "pmin=1",
    "pmax=60",
    "gt=80",
    "lt=20.5",
    "st=0.1",
    "pmin",
    "pmin=4294967296",
    "gt=-99999999999",
];

const FORMATS: [u16; 10] = [0, 40, 42, 11_542, 11_543, 1_542, 60, 110, 112, 65_535];

/// Payloads: TLV of several kinds, text, arguments, bytes.
const PAYLOADS: [&[u8]; 21] = [
    b"",
    b"86400",
    b"-1",
    b"3.25",
    b"+02:00",
    b"Europe/Oslo",
    b"0='a',1",
    b"AAECAwQ=",
    &[0xC4, 0x01, 0x00, 0x01, 0x51, 0x80],
    &[0xC1, 0x02, 0x05, 0xC1, 0x03, 0x3C, 0xC1, 0x06, 0x01],
    &[0x08, 0x00, 0x06, 0xC4, 0x01, 0x00, 0x01, 0x51, 0x80],
    &[0x08, 0x05, 0x06, 0x88, 0x00, 0x03, 0x41, 0x00, b'x'],
    &[0x88, 0x00, 0x06, 0x41, 0x00, b'a', 0x41, 0x01, b'b'],
    &[
        0xC4, 0x0D, 0x62, 0xA9, 0xD2, 0xF0, 0xC6, 0x0E, b'+', b'0', b'2', b':', b'0', b'0',
    ],
    &[0xE8, 0x01, 0x00, 0x09, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    &[0xD8, 0x01, 0xFF, 0xFF, 0xFF],
    br#"[{"bn":"/1/0/","n":"1","v":300},{"n":"6","vb":true},{"n":"7","vs":"U"}]"#,
    br#"[{"n":"/16/5/0/0","vs":"a"},{"n":"/16/5/0/1","vs":"\u00e9"}]"#,
    b"\x81\xA2\x00\x66/1/0/1\x02\x19\x01\x2C",
    b"\x1A\x00\x01\x51\x80",
    b"\xC1\x1A\x65\x53\xF1\x00",
];

/// Payloads of composite requests, in JSON and in CBOR.
const COMPOSITES: [(bool, &[u8]); 12] = [
    (false, br#"[{"n":"/3/0/9"},{"n":"/1/0"},{"n":"/3/0/6/1"}]"#),
    (false, br#"[{"n":"/"}]"#),
    (false, br#"[{"bn":"/4/0/","n":"2"},{"n":"7/0"},{"n":"99"}]"#),
    (
        false,
        br#"[{"n":"/0/0"},{"n":"/7/0"},{"n":"/10"},{"n":"/11/0/1"}]"#,
    ),
    (
        false,
        br#"[{"n":"/1/0/1","v":86400},{"n":"/16/0/0/3","vs":"b"}]"#,
    ),
    (
        false,
        br#"[{"n":"/3/0/13","v":1.7e9},{"n":"/3/0/14","vs":"+02:00"}]"#,
    ),
    (
        false,
        br#"[{"n":"/1/0/2","v":5},{"n":"/3/0/15","vs":"Asia\/Tokyo"}]"#,
    ),
    (
        false,
        br#"[{"n":"/10250/0/1","vd":"aGVsbG8"},{"n":"/7/0/8","v":60}]"#,
    ),
    (true, b"\x82\xA1\x00\x66/3/0/9\xA1\x00\x64/1/0"),
    (true, b"\x9F\xBF\x21\x65/4/0/\x00\x612\xFF\xA1\x00\x617\xFF"),
    (
        true,
        b"\x82\xA2\x00\x66/1/0/1\x02\x19\x0E\x10\xA2\x00\x66/1/0/6\x04\xF5",
    ),
    (true, b"\x81\xA2\x00\x6A/10250/0/1\x08\x5F\x41a\x41b\xFF"),
];

/// Appends options in any order of calls; they are sorted when written.
struct Draft {
    head: Vec<u8>,
    options: Vec<(u16, Vec<u8>)>,
    payload: Vec<u8>,
}

impl Draft {
    fn bytes(mut self) -> Vec<u8> {
        self.options.sort_by_key(|(number, _)| *number);
        let mut bytes = self.head;
        let mut last = 0;
        for (number, value) in self.options {
            let (delta, more_delta) = nibble(number - last);
            let (length, more_length) = nibble(value.len() as u16);
            bytes.push(delta << 4 | length);
            bytes.extend(more_delta);
            bytes.extend(more_length);
            bytes.extend(value);
            last = number;
        }
        if !self.payload.is_empty() {
            bytes.push(0xFF);
            bytes.extend(self.payload);
        }
        bytes
    }
}

fn nibble(value: u16) -> (u8, Vec<u8>) {
    match value {
        0..=12 => (value as u8, vec![]),
        13..=268 => (13, vec![(value - 13) as u8]),
        _ => (14, (value - 269).to_be_bytes().to_vec()),
    }
}

fn uint(value: u32) -> Vec<u8> {
    value
        .to_be_bytes()
        .into_iter()
        .skip_while(|byte| *byte == 0)
        .collect()
}

fn head(kind: u8, code: u8, id: u16, token: &[u8]) -> Draft {
    let mut head = vec![0x40 | kind << 4 | token.len() as u8, code];
    head.extend(id.to_be_bytes());
    head.extend(token);
    Draft {
        head,
        options: Vec::new(),
        payload: Vec::new(),
    }
}

/// A confirmable request as a good server sends it.
pub fn request_to(method: u8, id: u16, path: &[&str], payload: &[u8]) -> Vec<u8> {
    let mut draft = head(0, method, id, &[0x5E]);
    for segment in path {
        draft.options.push((11, segment.as_bytes().to_vec()));
    }
    if !payload.is_empty() {
        draft.options.push((12, uint(11_542)));
        draft.payload = payload.to_vec();
    }
    draft.bytes()
}

const ACCOUNT_PATHS: [&[&str]; 17] = [
    &["bs"],
    &["bs"],
    &["0"],
    &["0", "0"],
    &["0", "1"],
    &["0", "2"],
    &["0", "1", "0"],
    &["0", "1", "1"],
    &["0", "1", "12"],
    &["1"],
    &["1", "1"],
    &["1", "2"],
    &["1", "1", "1"],
    &["2"],
    &["2", "3"],
    &["3", "0", "14"],
    &[],
];

/// Accounts and their parts.
const ACCOUNTS: [&[u8]; 16] = [
    b"\xC8\x00\x15coap://server.example\xC1\x02\x03\xC1\x0A\x01",
    b"\xC8\x00\x14coap://other.example\xC1\x02\x03\xC1\x0A\x02\xC0\x03\xC0\x05",
    b"\xC8\x00\x16coaps://server.example\xC1\x01\x00\xC1\x02\x00\xC2\x03id\xC8\x05\x10ABCDEFGHIJKLMNOP\xC1\x0A\x01",
    b"\xC8\x00\x16coaps://server.example\xC1\x01\x01\xC1\x02\x00\xC2\x03bs\xC8\x05\x10ABCDEFGHIJKLMNOP\xC1\x0B\x05\xC1\x0C\x3C",
    b"\x08\x01\x1E\xC8\x00\x15coap://server.example\xC1\x02\x03\xC1\x0A\x01",
    b"\xC1\x00\x01\xC2\x01\x0E\x10\xC1\x07U",
    b"\xC1\x00\x02\xC1\x01\x3C\xC1\x02\x01\xC1\x03\x05\xC1\x10\x00\xC1\x11\x03\xC1\x12\x00\xC1\x13\x00\xC1\x14\x02",
    b"\x08\x01\x09\xC1\x00\x01\xC1\x01\x3C\xC1\x07U\x08\x02\x06\xC1\x00\x02\xC1\x01\x3C",
    b"\xC1\x00\x03\xC1\x01\x00\x83\x02\x41\x00\x07\xC1\x03\x01",
    b"\x08\x00\x0E\xC1\x00\x01\xC1\x01\x01\x83\x02\x41\x01\x1F\xC1\x03\x01",
    b"coap://server.example",
    b"coaps://other.example:5690",
    b"1",
    b"0",
    b"86400",
    b"",
];

/// A datagram of a bootstrap server.
pub fn provisioning(random: &mut Random, device: &Device, turn: u64) -> Vec<u8> {
    let id = if random.one_in(8) {
        random.below(16)
    } else {
        (turn & 0x7FFF) as usize
    } as u16;
    if random.one_in(12) {
        return datagram(random, device, turn);
    }
    let method = *random.choose(&[1, 2, 3, 3, 3, 3, 3, 4]);
    let mut draft = head(u8::from(random.one_in(12)), method, id, &[7]);
    let finishes = method == 2;
    let path = if finishes {
        ACCOUNT_PATHS[0]
    } else {
        *random.choose(&ACCOUNT_PATHS)
    };
    for segment in path {
        draft.options.push((11, segment.as_bytes().to_vec()));
    }
    if method == 1 && !random.one_in(4) {
        draft.options.push((17, uint(40)));
    }
    if method == 3 {
        draft.payload = random.choose(&ACCOUNTS).to_vec();
        let text = path.len() == 3 && !random.one_in(4);
        draft
            .options
            .push((12, uint(if text { 0 } else { 11_542 })));
        if random.one_in(12) {
            draft.options.push((27, uint(random.below(64) as u32)));
        }
    }
    draft.bytes()
}

/// A datagram that fits the state of the device.
pub fn datagram(random: &mut Random, device: &Device, turn: u64) -> Vec<u8> {
    // Few ids, so that duplicates occur; the top half is kept for checks.
    let id = if random.one_in(8) {
        random.below(16)
    } else {
        (turn & 0x7FFF) as usize
    } as u16;
    match random.below(10) {
        0 | 1 => response(random, device),
        2 => block_write(random, id),
        3 => head(3, 0, random_id(random, device), &[]).bytes(),
        4 if random.one_in(2) => composite(random, id),
        4 if random.one_in(2) => (0..random.below(64)).map(|_| random.draw() as u8).collect(),
        _ => request(random, id),
    }
}

fn random_id(random: &mut Random, device: &Device) -> u16 {
    match device.awaited() {
        Some((_, id, _)) if random.one_in(2) => id,
        _ => random.draw() as u16,
    }
}

fn request(random: &mut Random, id: u16) -> Vec<u8> {
    let method = *random.choose(&[1, 1, 1, 2, 2, 3, 3, 4, 5]);
    let kind = u8::from(random.one_in(4));
    let token: Vec<u8> = (0..random.below(9))
        .map(|_| random.below(3) as u8)
        .collect();
    let mut draft = head(kind, method, id, &token);
    for segment in *random.choose(&PATHS) {
        draft.options.push((11, segment.as_bytes().to_vec()));
    }
    let format = u32::from(*random.choose(&FORMATS));
    match method {
        1 => {
            if random.one_in(3) {
                draft.options.push((6, uint(random.below(2) as u32)));
            }
            if random.one_in(2) {
                draft.options.push((17, uint(format)));
            }
            if random.one_in(4) {
                draft.options.push((23, uint(random.below(128) as u32)));
            }
        }
        2 | 3 => {
            if random.one_in(4) {
                for _ in 0..=random.below(3) {
                    draft
                        .options
                        .push((15, random.choose(&QUERIES).as_bytes().to_vec()));
                }
            }
            if random.one_in(2) {
                draft.options.push((12, uint(format)));
            }
            if !random.one_in(4) {
                draft.payload = random.choose(&PAYLOADS).to_vec();
            }
        }
        _ => {}
    }
    draft.bytes()
}

/// A FETCH or iPATCH.
fn composite(random: &mut Random, id: u16) -> Vec<u8> {
    let method = *random.choose(&[5, 7]);
    let token = [random.below(3) as u8, 0xC0];
    let mut draft = head(u8::from(random.one_in(4)), method, id, &token);
    let (cbor, payload) = *random.choose(&COMPOSITES);
    draft.payload = payload.to_vec();
    if random.one_in(16) {
        draft.options.push((11, b"3".to_vec()));
    }
    if random.one_in(3) {
        draft.options.push((6, uint(random.below(2) as u32)));
    }
    if !random.one_in(16) {
        let format = match (cbor, random.one_in(2)) {
            (false, false) => 110,
            (false, true) => 320,
            (true, false) => 112,
            (true, true) => 322,
        };
        draft.options.push((12, uint(format)));
    }
    if random.one_in(3) {
        let format = *random.choose(&[110, 112, 11_542]);
        draft.options.push((17, uint(format)));
    }
    if random.one_in(4) {
        draft.options.push((23, uint(random.below(128) as u32)));
    }
    if random.one_in(8) {
        draft.options.push((27, uint(random.below(64) as u32)));
    }
    draft.bytes()
}

fn block_write(random: &mut Random, id: u16) -> Vec<u8> {
    let mut draft = head(0, 3, id, &[7]);
    for segment in random.choose(&[["10250", "0", "1"], ["5", "0", "0"]]) {
        draft.options.push((11, segment.as_bytes().to_vec()));
    }
    let exponent = random.below(7);
    let number = random.below(5);
    let more = random.below(2);
    draft.options.push((12, uint(42)));
    draft
        .options
        .push((27, uint((number << 4 | more << 3 | exponent) as u32)));
    if random.one_in(3) {
        draft.options.push((60, uint(random.below(5_000) as u32)));
    }
    let length = if more == 1 {
        16 << exponent
    } else {
        random.below(16 << exponent)
    };
    draft.payload = vec![id as u8; length.min(1_100)];
    draft.bytes()
}

/// A response to what the client awaits, or to nothing.
fn response(random: &mut Random, device: &Device) -> Vec<u8> {
    let code = *random.choose(&[
        0x41, 0x42, 0x44, 0x45, 0x5F, 0x80, 0x83, 0x84, 0x8C, 0x8D, 0xA0, 0xA3, 0,
    ]);
    let kind = *random.choose(&[2, 2, 2, 0, 1]);
    let (id, token) = match device.awaited() {
        Some((_, id, token)) => (id, token.to_vec()),
        None => (random.draw() as u16, vec![1, 2, 3, 4]),
    };
    let mut draft = head(kind, code, id, if code == 0 { &[] } else { &token });
    match code {
        0x41 => {
            for segment in ["rd", "1a2b"] {
                draft.options.push((8, segment.as_bytes().to_vec()));
            }
        }
        0x5F => draft.options.push((27, uint(random.below(32) as u32))),
        0xA3 => draft.options.push((14, uint(random.draw() as u32))),
        _ => {}
    }
    draft.bytes()
}
