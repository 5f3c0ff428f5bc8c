//! The TLV format (OMA LwM2M 1.0 TS 6.4.3): entries as they lie on the wire, flattening into paths and values, and
//! building payloads for writes.

use crate::path::Path;
use crate::value::{Type, Value};
use std::fmt;

/// What an entry identifies; the two upper bits of its type byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Object instance holding resources (00).
    Instance,
    /// Resource instance inside a multiple resource (01).
    ResourceInstance,
    /// Multiple resource holding resource instances (10).
    MultipleResource,
    /// Resource with a value (11).
    Resource,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What the id means.
    pub kind: Kind,
    /// Identifier.
    pub id: u16,
    /// Entries inside an instance or multiple resource, or a value.
    pub body: Body,
}

/// Inside of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Value bytes.
    Value(Vec<u8>),
    /// Entries.
    Entries(Vec<Entry>),
}

/// Offset and reason at which bytes stopped being TLV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotTlv {
    /// Byte offset in the innermost container.
    pub at: usize,
    /// What is wrong there.
    pub why: &'static str,
}

impl fmt::Display for NotTlv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TLV: {} at byte {}", self.why, self.at)
    }
}

/// Reads entries and everything inside them. Resources may not hold resources, instances may not hold instances.
pub fn parse(bytes: &[u8]) -> Result<Vec<Entry>, NotTlv> {
    let mut entries = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let error = |why| NotTlv { at, why };
        let kind_byte = bytes[at];
        let kind = kind_of(kind_byte);
        let id_length = 1 + usize::from(kind_byte >> 5 & 1);
        let length_bytes = usize::from(kind_byte >> 3 & 3);
        let header = bytes
            .get(at + 1..at + 1 + id_length + length_bytes)
            .ok_or(error("header cut short"))?;
        let (id, length) = header.split_at(id_length);
        let length = if length_bytes == 0 {
            usize::from(kind_byte & 7)
        } else {
            number(length)
        };
        let start = at + 1 + id_length + length_bytes;
        let value = bytes
            .get(start..start + length)
            .ok_or(error("value cut short"))?;
        let body = match kind {
            Kind::Resource | Kind::ResourceInstance => Body::Value(value.to_vec()),
            Kind::Instance | Kind::MultipleResource => {
                let inside = parse(value)?;
                let fits = |entry: &Entry| match kind {
                    Kind::Instance => matches!(entry.kind, Kind::Resource | Kind::MultipleResource),
                    _ => entry.kind == Kind::ResourceInstance,
                };
                if !inside.iter().all(fits) {
                    return Err(error("entry of a kind that does not belong here"));
                }
                Body::Entries(inside)
            }
        };
        entries.push(Entry {
            kind,
            id: number(id) as u16,
            body,
        });
        at = start + length;
    }
    Ok(entries)
}

/// Bytes of entries, each in its shortest form.
pub fn encode(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in entries {
        let value = match &entry.body {
            Body::Value(value) => value.clone(),
            Body::Entries(inside) => encode(inside),
        };
        let kind = match entry.kind {
            Kind::Instance => 0x00,
            Kind::ResourceInstance => 0x40,
            Kind::MultipleResource => 0x80,
            Kind::Resource => 0xC0,
        };
        let wide = entry.id > 0xFF;
        let length = (value.len() as u32).to_be_bytes();
        let length_bytes = match value.len() {
            0..=7 => 0,
            8..=0xFF => 1,
            0x100..=0xFFFF => 2,
            _ => 3,
        };
        let short = if length_bytes == 0 {
            value.len() as u8
        } else {
            0
        };
        bytes.push(kind | u8::from(wide) << 5 | (length_bytes as u8) << 3 | short);
        bytes.extend_from_slice(&entry.id.to_be_bytes()[usize::from(!wide)..]);
        bytes.extend_from_slice(&length[4 - length_bytes..]);
        bytes.extend_from_slice(&value);
    }
    bytes
}

/// Entries of a payload that was read from or is written to `base`, as full paths with typed values.
///
/// Instances with an id already named by `base` are accepted (a wrapped instance), as are resources below the object's
/// or instance's path. Fails when entries do not fit the path.
pub fn flatten(base: &Path, entries: &[Entry]) -> Result<Vec<(Path, Value)>, NotTlv> {
    let mut values = Vec::new();
    for entry in entries {
        let misplaced = NotTlv {
            at: 0,
            why: "entry does not belong below the path",
        };
        let depth = match entry.kind {
            Kind::Instance => 1,
            Kind::Resource | Kind::MultipleResource => 2,
            Kind::ResourceInstance => 3,
        };
        let parent = base
            .0
            .get(..depth)
            .map(|ids| Path(ids.to_vec()))
            .ok_or(misplaced.clone())?;
        let path = parent.join(entry.id);
        if !base.covers(&path) && !path.covers(base) {
            return Err(misplaced);
        }
        match &entry.body {
            Body::Entries(inside) => values.extend(flatten(&path, inside)?),
            Body::Value(bytes) => {
                let value = Value::from_bytes(Type::of(&path), bytes);
                values.push((path, value));
            }
        }
    }
    Ok(values)
}

/// A resource entry.
pub fn resource(id: u16, value: &Value) -> Entry {
    Entry {
        kind: Kind::Resource,
        id,
        body: Body::Value(value.to_bytes()),
    }
}

/// A multiple resource of these instances.
pub fn multiple(id: u16, values: &[(u16, Value)]) -> Entry {
    let instance = |(id, value): &(u16, Value)| Entry {
        kind: Kind::ResourceInstance,
        id: *id,
        body: Body::Value(value.to_bytes()),
    };
    Entry {
        kind: Kind::MultipleResource,
        id,
        body: Body::Entries(values.iter().map(instance).collect()),
    }
}

/// An instance wrapper around resources.
pub fn instance(id: u16, resources: Vec<Entry>) -> Entry {
    Entry {
        kind: Kind::Instance,
        id,
        body: Body::Entries(resources),
    }
}

fn kind_of(byte: u8) -> Kind {
    match byte >> 6 {
        0 => Kind::Instance,
        1 => Kind::ResourceInstance,
        2 => Kind::MultipleResource,
        _ => Kind::Resource,
    }
}

fn number(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .fold(0, |sum, byte| sum << 8 | usize::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OMA LwM2M 1.0 TS 6.4.3.1: Read on /3/0 of the example client of appendix E.
    const DEVICE: &[u8] = b"\xC8\x00\x14Open Mobile Alliance\xC8\x01\x16Lightweight M2M Client\xC8\x02\x09345000123\
        \xC3\x031.0\x86\x06\x41\x00\x01\x41\x01\x05\x88\x07\x08\x42\x00\x0E\xD8\x42\x01\x13\x88\x87\x08\x41\x00\x7D\
        \x42\x01\x03\x84\xC1\x09\x64\xC1\x0A\x0F\x83\x0B\x41\x00\x00\xC4\x0D\x51\x82\x42\x8F\xC6\x0E+02:00\xC1\x10U";

    /// The same chapter: two instances of the Access Control object, read as an object; the second has a 16-bit
    /// resource instance id.
    const ACCESS: &[u8] = b"\x08\x00\x0E\xC1\x00\x01\xC1\x01\x00\x83\x02\x41\x7F\x07\xC1\x03\x7F\
        \x08\x02\x12\xC1\x00\x03\xC1\x01\x00\x87\x02\x41\x7F\x07\x61\x01\x36\x01\xC1\x03\x7F";

    /// The same chapter: object 65 with object links.
    const LINKS: &[u8] =
        b"\x88\x00\x0C\x44\x00\x00\x42\x00\x00\x44\x01\x00\x42\x00\x01\xC8\x01\x0D8613800755500\xC4\x02\x12\x34\x56\x78";

    fn at<'a>(values: &'a [(Path, Value)], path: &str) -> Option<&'a Value> {
        let path: Path = path.parse().unwrap();
        values
            .iter()
            .find(|(known, _)| *known == path)
            .map(|(_, value)| value)
    }

    #[test]
    fn device_instance_of_the_standard() {
        assert_eq!(DEVICE.len(), 121);
        let entries = parse(DEVICE).unwrap();
        assert_eq!(encode(&entries), DEVICE);
        let values = flatten(&"/3/0".parse().unwrap(), &entries).unwrap();
        assert_eq!(
            at(&values, "/3/0/0"),
            Some(&Value::Text("Open Mobile Alliance".into()))
        );
        assert_eq!(at(&values, "/3/0/6/1"), Some(&Value::Integer(5)));
        assert_eq!(at(&values, "/3/0/7/0"), Some(&Value::Integer(3800)));
        assert_eq!(at(&values, "/3/0/8/1"), Some(&Value::Integer(900)));
        assert_eq!(at(&values, "/3/0/9"), Some(&Value::Integer(100)));
        assert_eq!(at(&values, "/3/0/13"), Some(&Value::Time(1_367_491_215)));
        assert_eq!(values.len(), 16);
    }

    #[test]
    fn wrapped_instance_reads_the_same() {
        let wrapped = [&[0x08, 0x00, 0x79][..], DEVICE].concat();
        let entries = parse(&wrapped).unwrap();
        let bare = flatten(&"/3/0".parse().unwrap(), &parse(DEVICE).unwrap()).unwrap();
        assert_eq!(flatten(&"/3".parse().unwrap(), &entries).unwrap(), bare);
        assert_eq!(flatten(&"/3/0".parse().unwrap(), &entries).unwrap(), bare);
        assert!(flatten(&"/3/1".parse().unwrap(), &entries).is_err());
    }

    #[test]
    fn access_control_object_of_the_standard() {
        let entries = parse(ACCESS).unwrap();
        assert_eq!(encode(&entries), ACCESS);
        let values = flatten(&"/2".parse().unwrap(), &entries).unwrap();
        assert_eq!(at(&values, "/2/0/2/127"), Some(&Value::Integer(7)));
        assert_eq!(at(&values, "/2/2/2/310"), Some(&Value::Integer(1)));
        assert_eq!(at(&values, "/2/2/3"), Some(&Value::Integer(127)));
    }

    #[test]
    fn object_links_of_the_standard() {
        let entries = parse(LINKS).unwrap();
        assert_eq!(encode(&entries), LINKS);
        let Body::Entries(links) = &entries[0].body else {
            panic!("multiple resource expected")
        };
        let Body::Value(bytes) = &links[1].body else {
            panic!("value expected")
        };
        assert_eq!(Value::from_bytes(Type::Link, bytes), Value::Link(66, 1));
    }

    #[test]
    fn lengths_take_the_shortest_field() {
        for (length, header) in [
            (7, &[0xC7, 0x05][..]),
            (8, &[0xC8, 0x05, 0x08]),
            (255, &[0xC8, 0x05, 0xFF]),
            (256, &[0xD0, 0x05, 0x01, 0x00]),
            (65536, &[0xD8, 0x05, 0x01, 0x00, 0x00]),
        ] {
            let entries = [resource(5, &Value::Opaque(vec![0xAA; length]))];
            let bytes = encode(&entries);
            assert!(bytes.starts_with(header), "{length}");
            assert_eq!(parse(&bytes).unwrap(), entries);
        }
    }

    #[test]
    fn broken_entries_are_refused() {
        for bytes in [
            &[0xC1][..],
            &[0xC1, 1],
            &[0xE1, 1],
            &[0xC8, 1],
            &[0xC8, 1, 2, 0],
            &[0x83, 0, 0xC1, 0, 0],
            &[0x03, 0, 0x41, 0, 0],
        ] {
            assert!(parse(bytes).is_err(), "{bytes:02x?}");
        }
        assert_eq!(parse(&[]), Ok(vec![]));
    }
}
