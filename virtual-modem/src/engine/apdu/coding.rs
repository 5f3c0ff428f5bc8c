//! Commands to the card as bytes (ISO 7816-3) and the templates a card describes its files with (TS 102 221 11.1.1.3).

use super::super::uicc::{CardFile, Content, Place};

/// Le of 0.
pub(super) const LONGEST: usize = 256;
/// Id of the master file.
pub(super) const MASTER: u16 = 0x3f00;

/// A command taken apart.
pub(super) struct Apdu {
    pub instruction: u8,
    pub p1: u8,
    pub p2: u8,
    pub data: Vec<u8>,
    /// Most bytes of answer wanted.
    pub le: Option<usize>,
}

impl Apdu {
    /// ISO 7816-3: header, then nothing, Le, Lc with data, or Lc with data and Le.
    pub fn parse(bytes: &[u8]) -> Option<Apdu> {
        let (header, body) = bytes.split_at_checked(4)?;
        let length = |byte: u8| match byte {
            0 => LONGEST,
            byte => usize::from(byte),
        };
        let (data, le) = match body {
            [] => (Vec::new(), None),
            [le] => (Vec::new(), Some(length(*le))),
            [lc, rest @ ..] => {
                let (data, rest) = rest.split_at_checked(usize::from(*lc))?;
                match rest {
                    [] => (data.to_vec(), None),
                    [le] => (data.to_vec(), Some(length(*le))),
                    _ => return None,
                }
            }
        };
        Some(Apdu {
            instruction: header[1],
            p1: header[2],
            p2: header[3],
            data,
            le,
        })
    }
}

/// File control parameters of a file (TS 102 221 11.1.1.3).
pub(super) fn file_template(place: &Place, file: &CardFile) -> Vec<u8> {
    let mut inner = match &file.content {
        Content::Transparent(_) => vec![0x82, 2, 0x41, 0x21],
        Content::Records(records) => {
            let length = records.first().map_or(0, Vec::len) as u16;
            let [high, low] = length.to_be_bytes();
            vec![0x82, 5, 0x42, 0x21, high, low, records.len() as u8]
        }
    };
    let [high, low] = place.1.last().copied().unwrap_or(MASTER).to_be_bytes();
    inner.extend_from_slice(&[0x83, 2, high, low, 0x8a, 1, 5]);
    let [high, low] = (file.size() as u16).to_be_bytes();
    inner.extend_from_slice(&[0x80, 2, high, low]);
    template(inner)
}

/// File control parameters of a directory or application.
pub(super) fn directory_template(place: &Place) -> Vec<u8> {
    let mut inner = vec![0x82, 2, 0x78, 0x21];
    match (place.1.last(), place.0.is_empty()) {
        (None, false) => inner.extend(identifier(&place.0)),
        (id, _) => {
            let [high, low] = id.copied().unwrap_or(MASTER).to_be_bytes();
            inner.extend_from_slice(&[0x83, 2, high, low]);
        }
    }
    inner.extend_from_slice(&[0x8a, 1, 5, 0xc6, 3, 0x90, 1, 0]);
    template(inner)
}

pub(super) fn identifier(application: &[u8]) -> Vec<u8> {
    let mut object = vec![0x84, application.len() as u8];
    object.extend_from_slice(application);
    object
}

fn template(inner: Vec<u8>) -> Vec<u8> {
    let mut object = vec![0x62, inner.len() as u8];
    object.extend(inner);
    object
}
