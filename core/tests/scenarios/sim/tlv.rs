//! LwM2M TLV (OMA LwM2M TS Core 7.4.3), written anew for the tests.

/// Entry types, bits 7 and 6 of the first byte.
pub const INSTANCE: u8 = 0;
pub const RESOURCE_INSTANCE: u8 = 1;
pub const MULTIPLE: u8 = 2;
pub const RESOURCE: u8 = 3;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub kind: u8,
    pub id: u16,
    pub value: Vec<u8>,
}

impl Entry {
    pub fn number(&self) -> i64 {
        let negative = self.value.first().is_some_and(|byte| byte & 0x80 != 0);
        assert!([1, 2, 4, 8].contains(&self.value.len()), "{self:?}");
        let start = if negative { -1 } else { 0 };
        self.value
            .iter()
            .fold(start, |value, byte| value << 8 | i64::from(*byte))
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.value).expect("text")
    }

    pub fn nested(&self) -> Vec<Entry> {
        decode(&self.value)
    }
}

pub fn decode(mut bytes: &[u8]) -> Vec<Entry> {
    let mut entries = Vec::new();
    while let [first, rest @ ..] = bytes {
        let id_size = if first & 0x20 != 0 { 2 } else { 1 };
        let length_size = usize::from(first >> 3 & 3);
        let number = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0usize, |value, byte| value << 8 | usize::from(*byte))
        };
        let id = number(&rest[..id_size]) as u16;
        let length = if length_size == 0 {
            usize::from(first & 7)
        } else {
            assert_eq!(first & 7, 0, "unused bits are zero");
            number(&rest[id_size..id_size + length_size])
        };
        let start = id_size + length_size;
        entries.push(Entry {
            kind: first >> 6,
            id,
            value: rest[start..start + length].to_vec(),
        });
        bytes = &rest[start + length..];
    }
    entries
}

/// The entry with this id.
pub fn find(entries: &[Entry], id: u16) -> &Entry {
    let found = entries.iter().find(|entry| entry.id == id);
    found.unwrap_or_else(|| panic!("no entry {id} in {entries:?}"))
}

pub fn entry(kind: u8, id: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind << 6];
    if id > 255 {
        bytes[0] |= 0x20;
        bytes.push((id >> 8) as u8);
    }
    bytes.push(id as u8);
    match value.len() {
        0..=7 => bytes[0] |= value.len() as u8,
        8..=255 => {
            bytes[0] |= 0x08;
            bytes.push(value.len() as u8);
        }
        _ => {
            bytes[0] |= 0x10;
            bytes.extend_from_slice(&(value.len() as u16).to_be_bytes());
        }
    }
    bytes.extend_from_slice(value);
    bytes
}
