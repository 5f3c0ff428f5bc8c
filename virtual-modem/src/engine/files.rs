//! `+CRSM` (3GPP TS 27.007 8.18): files of the master file and the USIM application, without logical channels.

use super::Engine;
use super::command::{Command, Operation, Reply};
use super::credentials::{bytes_from_hex, hex};
use super::uicc::{CardFiles, Content, Place, usim};

const READ_BINARY: i64 = 176;
const READ_RECORD: i64 = 178;
const GET_RESPONSE: i64 = 192;
const UPDATE_BINARY: i64 = 214;
const UPDATE_RECORD: i64 = 220;
const STATUS: i64 = 242;

impl Engine {
    pub(crate) fn crsm(&mut self, command: &Command) -> Reply {
        if command.operation != Operation::Set || !self.card_is_ready() {
            return Reply::Error;
        }
        let Some(instruction) = command.number(0) else {
            return Reply::Cme(50);
        };
        self.answer_delay_ms += self.profile.card.delay;
        if instruction == STATUS {
            return status(0x90, 0);
        }
        let Some(id) = command.number(1).and_then(|id| u16::try_from(id).ok()) else {
            return Reply::Cme(50);
        };
        let number = |index| {
            command
                .number(index)
                .and_then(|value| usize::try_from(value).ok())
                .unwrap_or(0)
        };
        let (p1, p2, p3) = (number(2), number(3), number(4));
        let files = self.card_files();
        let place = find(&files, id, command.text(6));
        let Some(file) = place.and_then(|place| files.file(&place)) else {
            return status(0x6a, 0x82);
        };
        if !file.readable && matches!(instruction, READ_BINARY | READ_RECORD) {
            return status(0x69, 0x82);
        }
        match (instruction, &file.content) {
            (READ_BINARY, Content::Transparent(content)) => {
                let from = p1 << 8 | p2;
                let length = if p3 == 0 {
                    content.len().saturating_sub(from)
                } else {
                    p3
                };
                match content.get(from..from + length) {
                    Some(part) => Reply::line(format!("+CRSM: 144,0,\"{}\"", hex(part))),
                    // 6Cxx: wrong length, xx is the right one.
                    None => status(0x6c, content.len().saturating_sub(from) as u8),
                }
            }
            (READ_RECORD, Content::Records(records)) => {
                match p1.checked_sub(1).and_then(|index| records.get(index)) {
                    Some(record) if p3 == 0 || p3 == record.len() => {
                        Reply::line(format!("+CRSM: 144,0,\"{}\"", hex(record)))
                    }
                    Some(record) => status(0x6c, record.len() as u8),
                    None => status(0x6a, 0x83),
                }
            }
            (READ_BINARY | READ_RECORD, _) => status(0x69, 0x81),
            (GET_RESPONSE, content) => {
                // TS 51.011 9.2.1: size, file id, type EF, structure.
                let id = id.to_be_bytes();
                let size = (file.size() as u16).to_be_bytes();
                let (structure, record) = match content {
                    Content::Transparent(_) => (0, 0),
                    Content::Records(records) => (1, records.first().map_or(0, Vec::len) as u8),
                };
                let answer = [
                    0, 0, size[0], size[1], id[0], id[1], 4, 0, 0, 0, 0, 1, 2, structure, record,
                ];
                Reply::line(format!("+CRSM: 144,0,\"{}\"", hex(&answer)))
            }
            // Only the issuer may change these files.
            (UPDATE_BINARY | UPDATE_RECORD, _) => status(0x69, 0x82),
            _ => status(0x6d, 0),
        }
    }
}

/// The file with this id, below `path` (in hexadecimal, from the master file or 7FFF) or where the id is known.
fn find(files: &CardFiles, id: u16, path: Option<&str>) -> Option<Place> {
    let Some(path) = path.filter(|path| !path.is_empty()) else {
        return [usim(), Vec::new()]
            .into_iter()
            .map(|application| (application, vec![id]))
            .find(|place| files.file(place).is_some());
    };
    let ids = bytes_from_hex(path)?;
    let mut ids: Vec<u16> = ids
        .chunks_exact(2)
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
        .skip_while(|id| *id == 0x3f00)
        .collect();
    let application = match ids.first() {
        Some(0x7fff) => {
            ids.remove(0);
            usim()
        }
        Some(_) | None => Vec::new(),
    };
    ids.push(id);
    Some((application, ids))
}

fn status(first: u8, second: u8) -> Reply {
    Reply::line(format!("+CRSM: {first},{second}"))
}
