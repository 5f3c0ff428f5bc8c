//! The files on the card (ETSI TS 102 221, 3GPP TS 31.102): what the profile describes, as applications with paths.
//! How a command reaches them is in `apdu` and `files`.

use super::Engine;
use super::credentials::bytes_from_hex;
use std::collections::BTreeMap;

/// AID of the USIM application on these cards.
const USIM: [u8; 12] = [
    0xa0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02, 0xff, 0xff, 0xff, 0xff, 0x89,
];
/// AID of PKCS#15.
const PKCS15: [u8; 12] = [
    0xa0, 0x00, 0x00, 0x00, 0x63, 0x50, 0x4b, 0x43, 0x53, 0x2d, 0x31, 0x35,
];

/// Bytes of an MSISDN record without alpha identifier.
const MSISDN_RECORD: usize = 14;

/// PKCS#15: one directory of data objects, in 6430.
const OBJECT_DIRECTORY: [u8; 8] = [0xa7, 0x06, 0x30, 0x04, 0x04, 0x02, 0x64, 0x30];
/// PKCS#15: label "LWM2M BS", identifier 2.23.43.9.1, path 6432 (OMA LwM2M 1.1 core, Appendix G).
const DATA_OBJECTS: [u8; 32] = [
    0xa1, 0x1e, 0x30, 0x0a, 0x0c, 0x08, b'L', b'W', b'M', b'2', b'M', b' ', b'B', b'S', 0x30, 0x00,
    0xa1, 0x0e, 0x30, 0x0c, 0x06, 0x04, 0x67, 0x2b, 0x09, 0x01, 0x30, 0x04, 0x04, 0x02, 0x64, 0x32,
];

/// What is in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A run of bytes.
    Transparent(Vec<u8>),
    /// Records of one length.
    Records(Vec<Vec<u8>>),
}

/// An elementary file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardFile {
    /// What is in it.
    pub content: Content,
    /// False: reading answers 6982.
    pub readable: bool,
}

/// Where a file is: application (empty for the master file) and ids of directories and the file below it.
pub type Place = (Vec<u8>, Vec<u16>);

/// All elementary files of a card.
#[derive(Clone, Debug, Default)]
pub struct CardFiles {
    files: BTreeMap<Place, CardFile>,
}

impl CardFile {
    fn transparent(content: Vec<u8>) -> CardFile {
        CardFile {
            content: Content::Transparent(content),
            readable: true,
        }
    }

    fn records(mut records: Vec<Vec<u8>>) -> CardFile {
        let length = records.iter().map(Vec::len).max().unwrap_or(0);
        for record in &mut records {
            record.resize(length, 0xff);
        }
        CardFile {
            content: Content::Records(records),
            readable: true,
        }
    }

    /// Bytes in the file.
    pub fn size(&self) -> usize {
        match &self.content {
            Content::Transparent(content) => content.len(),
            Content::Records(records) => records.iter().map(Vec::len).sum(),
        }
    }

    /// Reads `<hex>`, or `<hex>|<hex>|...` for records; `!` before it makes the file unreadable.
    fn parse(text: &str) -> Option<CardFile> {
        let (readable, text) = match text.strip_prefix('!') {
            Some(rest) => (false, rest),
            None => (true, text),
        };
        let mut file = if text.contains('|') {
            let records = text.split('|').filter(|record| !record.is_empty());
            CardFile::records(records.map(bytes_from_hex).collect::<Option<_>>()?)
        } else {
            CardFile::transparent(bytes_from_hex(text)?)
        };
        file.readable = readable;
        Some(file)
    }
}

impl CardFiles {
    /// The file at `place`.
    pub fn file(&self, place: &Place) -> Option<&CardFile> {
        self.files.get(place)
    }

    /// True when `place` is the master file, an application or a directory with something below it.
    pub fn is_directory(&self, place: &Place) -> bool {
        (place.0.is_empty() && place.1.is_empty())
            || self.files.keys().any(|(application, path)| {
                *application == place.0 && path.len() > place.1.len() && path.starts_with(&place.1)
            })
    }

    /// AID of the first application that begins with `aid`.
    pub fn application(&self, aid: &[u8]) -> Option<&[u8]> {
        let mut names = self.files.keys().map(|(application, _)| application);
        names
            .find(|name| !aid.is_empty() && name.starts_with(aid))
            .map(Vec::as_slice)
    }
}

/// AID of the application that `+CRSM` works in.
pub(super) fn usim() -> Vec<u8> {
    USIM.to_vec()
}

/// Reads `MF/2FE2`, `USIM/6F07`, `PKCS15/6432` or `<AID in hex>/<id>/<id>`.
fn place(text: &str) -> Option<Place> {
    let mut parts = text.split('/');
    let application = match parts.next()? {
        "MF" => Vec::new(),
        "USIM" => USIM.to_vec(),
        "PKCS15" => PKCS15.to_vec(),
        aid => bytes_from_hex(aid).filter(|aid| (5..=16).contains(&aid.len()))?,
    };
    let path = parts.map(|id| u16::from_str_radix(id, 16).ok());
    let path: Vec<u16> = path.collect::<Option<_>>()?;
    (!path.is_empty()).then_some((application, path))
}

/// A record of EF(DIR): application template with AID and label.
fn directory_record(aid: &[u8], label: &str) -> Vec<u8> {
    let mut inner = vec![0x4f, aid.len() as u8];
    inner.extend_from_slice(aid);
    inner.extend_from_slice(&[0x50, label.len() as u8]);
    inner.extend_from_slice(label.as_bytes());
    let mut record = vec![0x61, inner.len() as u8];
    record.extend(inner);
    record
}

impl Engine {
    /// The files of the card as it is now.
    pub(crate) fn card_files(&self) -> CardFiles {
        let profile = &self.profile;
        let mut files = BTreeMap::new();
        let mut put = |application: &[u8], id: u16, file: CardFile| {
            files.insert((application.to_vec(), vec![id]), file);
        };
        put(
            &[],
            0x2fe2,
            CardFile::transparent(swapped(&format!("{:F<20}", profile.iccid))),
        );
        // TS 31.102 4.2.2: length, then parity nibble 9 (odd) or 1 (even) before the first digit.
        let parity = if profile.imsi.len() % 2 == 1 { 9 } else { 1 };
        let mut imsi = swapped(&format!("{parity}{:F<15}", profile.imsi));
        imsi.insert(0, 8);
        put(&USIM, 0x6f07, CardFile::transparent(imsi));
        put(
            &USIM,
            0x6fad,
            CardFile::transparent(vec![0, 0, 0, profile.mnc_length]),
        );
        if let Some(gid1) = bytes_from_hex(&profile.gid1) {
            put(&USIM, 0x6f3e, CardFile::transparent(gid1));
        }
        put(
            &USIM,
            0x6f40,
            CardFile::records(vec![msisdn_record(profile.msisdn.as_deref())]),
        );
        let mut applications = vec![directory_record(&USIM, "USIM")];
        if let Some(bootstrap) = bytes_from_hex(&profile.card.bootstrap) {
            put(
                &PKCS15,
                0x5031,
                CardFile::transparent(OBJECT_DIRECTORY.to_vec()),
            );
            put(
                &PKCS15,
                0x6430,
                CardFile::transparent(DATA_OBJECTS.to_vec()),
            );
            put(&PKCS15, 0x6432, CardFile::transparent(bootstrap));
            applications.push(directory_record(&PKCS15, "PKCS-15"));
        }
        put(&[], 0x2f00, CardFile::records(applications));
        for (name, text) in &profile.card.files {
            match (place(name), CardFile::parse(text)) {
                (Some(place), Some(file)) => {
                    files.insert(place, file);
                }
                (Some(place), None) => {
                    files.remove(&place);
                }
                (None, _) => {}
            }
        }
        CardFiles { files }
    }

    /// Changes a file of the card: `hex`, `hex|hex` for records, `!` before it for a file that cannot be read, `none` for
    /// no file. Fails when place or content cannot be read.
    pub fn set_card_file(&mut self, name: &str, content: &str) -> Result<(), &'static str> {
        place(name).ok_or("MF, USIM, PKCS15 or AID, then /<file id>")?;
        if content != "none" && CardFile::parse(content).is_none() {
            return Err("content in hexadecimal, or none");
        }
        self.profile.card.files.insert(name.into(), content.into());
        self.log(format!("card file {name} changed"));
        Ok(())
    }

    /// Changes the LwM2M bootstrap file of the card; empty for a card without PKCS#15 application.
    pub fn set_card_bootstrap(&mut self, hex: &str) {
        self.profile.card.bootstrap = hex.into();
        self.log("card bootstrap file changed");
    }
}

fn msisdn_record(number: Option<&str>) -> Vec<u8> {
    let mut record = vec![0xff; MSISDN_RECORD];
    if let Some(number) = number {
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
    record
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
