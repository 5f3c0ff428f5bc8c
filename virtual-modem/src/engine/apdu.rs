//! `+CSIM`: commands to the card on its logical channels (ETSI TS 102 221 10 and 11): SELECT, STATUS, READ BINARY, READ
//! RECORD, GET RESPONSE and MANAGE CHANNEL. Other instructions answer 6D00. Channel 0 belongs to the modem.

mod coding;

use super::Engine;
use super::card::Slot;
use super::command::{Command, Operation, Reply};
use super::credentials::{bytes_from_hex, hex};
use super::uicc::{CardFile, CardFiles, Content, Place};
use crate::profile::ChainStyle;
use coding::{Apdu, LONGEST, MASTER, directory_template, file_template, identifier};

const CHANNELS: usize = 4;

/// The application that is selected on the channel.
const CURRENT_APPLICATION: u16 = 0x7fff;

const MANAGE_CHANNEL: u8 = 0x70;
const SELECT: u8 = 0xa4;
const READ_BINARY: u8 = 0xb0;
const READ_RECORD: u8 = 0xb2;
const GET_RESPONSE: u8 = 0xc0;
const STATUS: u8 = 0xf2;
/// PIN commands and ENVELOPE, which the modem lets pass on channel 0 as well.
const ALSO_ON_CHANNEL_0: [u8; 6] = [0x20, 0x24, 0x26, 0x28, 0x2c, 0xc2];

/// Status words.
const FINE: u16 = 0x9000;
const MORE: u16 = 0x6100;
const WRONG_LENGTH: u16 = 0x6700;
const CHANNEL_CLOSED: u16 = 0x6881;
const NO_RECORDS: u16 = 0x6981;
const NOT_ALLOWED: u16 = 0x6982;
const NO_DATA: u16 = 0x6985;
const NO_FILE_SELECTED: u16 = 0x6986;
const UNSUPPORTED: u16 = 0x6a81;
const NOT_FOUND: u16 = 0x6a82;
const RECORD_NOT_FOUND: u16 = 0x6a83;
const WRONG_PARAMETERS: u16 = 0x6a86;
const OUTSIDE: u16 = 0x6b00;
const EXACT_LENGTH: u16 = 0x6c00;
const UNKNOWN_INSTRUCTION: u16 = 0x6d00;
const UNKNOWN_CLASS: u16 = 0x6e00;

/// Data and status word.
type Response = (Vec<u8>, u16);

/// What is selected on one open channel.
#[derive(Clone, Debug, Default)]
struct Channel {
    application: Vec<u8>,
    directory: Vec<u16>,
    file: Option<Place>,
    /// Waits for GET RESPONSE.
    pending: Vec<u8>,
}

/// The card's side of the interface; gone with its power.
#[derive(Clone, Debug, Default)]
pub(crate) struct Channels {
    open: [Option<Channel>; CHANNELS],
    /// Commands until the card is pulled out, when a control command asked for that.
    removal: Option<u32>,
    /// Instruction, status word, times left: what a control command made the card answer.
    forced: Vec<(u8, u16, u32)>,
}

impl Channels {
    /// Power was off: only channel 0 is open, with nothing selected.
    pub fn reset(&mut self) {
        self.open = Default::default();
    }
}

impl Engine {
    /// The card is pulled out when `commands` further `+CSIM` commands were answered.
    pub fn remove_card_after(&mut self, commands: u32) {
        self.channels.removal = Some(commands);
    }

    /// The next `count` commands with this instruction byte are answered with this status word and do nothing.
    pub fn force_status(&mut self, instruction: u8, status: u16, count: u32) {
        self.channels.forced.push((instruction, status, count));
    }

    pub(crate) fn csim(&mut self, command: &Command) -> Reply {
        let usable = matches!(self.card.slot, Slot::Ready | Slot::Pin | Slot::Puk);
        if command.operation != Operation::Set || !self.card.started || !usable {
            return Reply::Error;
        }
        match &mut self.channels.removal {
            Some(0) => {
                self.channels.removal = None;
                self.insert_card(Slot::Missing);
                return Reply::Error;
            }
            Some(left) => *left -= 1,
            None => {}
        }
        let text = command.text(1).unwrap_or("");
        if command.number(0) != Some(text.len() as i64) {
            return Reply::Cme(50);
        }
        let Some(bytes) = bytes_from_hex(text).filter(|bytes| bytes.len() >= 4) else {
            return Reply::Cme(50);
        };
        let reserved = bytes[0] & 3 == 0
            && !matches!(bytes[1], MANAGE_CHANNEL | STATUS)
            && !ALSO_ON_CHANNEL_0.contains(&bytes[1]);
        if reserved {
            return Reply::Error;
        }
        self.answer_delay_ms += self.profile.card.delay;
        let (mut answer, status) = self.card_command(&bytes);
        answer.extend_from_slice(&status.to_be_bytes());
        Reply::line(format!("+CSIM: {},\"{}\"", answer.len() * 2, hex(&answer)))
    }

    fn card_command(&mut self, bytes: &[u8]) -> Response {
        if let Some(index) = self
            .channels
            .forced
            .iter()
            .position(|(instruction, _, left)| *instruction == bytes[1] && *left > 0)
        {
            let forced = &mut self.channels.forced[index];
            forced.2 -= 1;
            return (Vec::new(), forced.1);
        }
        let files = self.card_files();
        let style = self.profile.card.style;
        let locked = self.card.slot != Slot::Ready;
        let open = &mut self.channels.open;
        open[0].get_or_insert_with(|| Channel {
            application: super::uicc::usim(),
            ..Channel::default()
        });
        // Channels 0 to 3 are the low bits of classes 0X and 8X.
        if !matches!(bytes[0], 0..=3 | 0x80..=0x83) {
            return (Vec::new(), UNKNOWN_CLASS);
        }
        let number = usize::from(bytes[0] & 3);
        let Some(apdu) = Apdu::parse(bytes) else {
            return (Vec::new(), WRONG_LENGTH);
        };
        if open[number].is_none() {
            return (Vec::new(), CHANNEL_CLOSED);
        }
        if apdu.instruction == MANAGE_CHANNEL {
            return manage(open, number, &apdu, style);
        }
        let Some(channel) = &mut open[number] else {
            return (Vec::new(), CHANNEL_CLOSED);
        };
        if apdu.instruction == GET_RESPONSE {
            let pending = &mut channel.pending;
            return match apdu.le {
                _ if pending.is_empty() => (Vec::new(), NO_DATA),
                None => (Vec::new(), WRONG_LENGTH),
                Some(le) if le > pending.len() && style.shows_wrong_length() => {
                    (Vec::new(), EXACT_LENGTH | (pending.len() & 0xff) as u16)
                }
                Some(le) => {
                    let rest = pending.split_off(le.min(pending.len()));
                    let status = if rest.is_empty() {
                        FINE
                    } else {
                        MORE | (rest.len() & 0xff) as u16
                    };
                    (std::mem::replace(pending, rest), status)
                }
            };
        }
        channel.pending.clear();
        match apdu.instruction {
            SELECT => match channel.select(&files, &apdu) {
                Ok(answer) if answer.is_empty() || !style.chains() => (answer, FINE),
                Ok(answer) => {
                    let status = MORE | (answer.len() & 0xff) as u16;
                    channel.pending = answer;
                    (Vec::new(), status)
                }
                Err(status) => (Vec::new(), status),
            },
            STATUS => match (apdu.p2, apdu.le) {
                (0x0c, _) => (Vec::new(), FINE),
                (0x01, Some(le)) => fitted(identifier(&channel.application), le, style),
                (0x00, Some(le)) => {
                    let place = (channel.application.clone(), channel.directory.clone());
                    fitted(directory_template(&place), le, style)
                }
                (0x00 | 0x01, None) => (Vec::new(), WRONG_LENGTH),
                _ => (Vec::new(), WRONG_PARAMETERS),
            },
            READ_BINARY | READ_RECORD => {
                let Some(place) = &channel.file else {
                    return (Vec::new(), NO_FILE_SELECTED);
                };
                // TS 31.102 4.2: what the USIM application holds wants the PIN.
                if locked && place.0 == super::uicc::usim() {
                    return (Vec::new(), NOT_ALLOWED);
                }
                match files.file(place) {
                    Some(file) if !file.readable => (Vec::new(), NOT_ALLOWED),
                    Some(file) => read(file, &apdu, style),
                    None => (Vec::new(), NOT_FOUND),
                }
            }
            _ => (Vec::new(), UNKNOWN_INSTRUCTION),
        }
    }
}

/// MANAGE CHANNEL (TS 102 221 11.1.17): P1 00 opens, 80 closes.
fn manage(
    open: &mut [Option<Channel>; CHANNELS],
    number: usize,
    apdu: &Apdu,
    style: ChainStyle,
) -> Response {
    match (apdu.p1, usize::from(apdu.p2)) {
        (0x00, 0) => match (1..CHANNELS).find(|number| open[*number].is_none()) {
            Some(free) => {
                let answer = fitted(vec![free as u8], apdu.le.unwrap_or(0), style);
                if answer.1 == FINE {
                    open[free] = Some(Channel::default());
                }
                answer
            }
            None => (Vec::new(), UNSUPPORTED),
        },
        (0x00, wanted) if wanted < CHANNELS => {
            if open[wanted].is_some() {
                return (Vec::new(), WRONG_PARAMETERS);
            }
            open[wanted] = Some(Channel::default());
            (Vec::new(), FINE)
        }
        (0x80, wanted) => {
            let closed = if wanted == 0 { number } else { wanted };
            if closed == 0 || closed >= CHANNELS || open[closed].take().is_none() {
                return (Vec::new(), WRONG_PARAMETERS);
            }
            (Vec::new(), FINE)
        }
        _ => (Vec::new(), WRONG_PARAMETERS),
    }
}

impl Channel {
    /// SELECT (TS 102 221 11.1.1): what to answer, or the status word.
    fn select(&mut self, files: &CardFiles, apdu: &Apdu) -> Result<Vec<u8>, u16> {
        let ids: Vec<u16> = apdu
            .data
            .chunks_exact(2)
            .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
            .collect();
        if apdu.p1 != 0x04 && !apdu.data.len().is_multiple_of(2) {
            return Err(WRONG_LENGTH);
        }
        let here = (self.application.clone(), self.directory.clone());
        let place = match apdu.p1 {
            0x00 => match ids[..] {
                [] => (Vec::new(), Vec::new()),
                [id] => self.by_id(files, id).ok_or(NOT_FOUND)?,
                _ => return Err(WRONG_LENGTH),
            },
            0x04 => {
                let application = files.application(&apdu.data).ok_or(NOT_FOUND)?;
                (application.to_vec(), Vec::new())
            }
            0x08 => match ids.split_first() {
                Some((&CURRENT_APPLICATION, path)) if !self.application.is_empty() => {
                    (self.application.clone(), path.to_vec())
                }
                Some((&CURRENT_APPLICATION, _)) | None => return Err(NOT_FOUND),
                Some(_) => (Vec::new(), ids),
            },
            0x09 => (here.0, [here.1, ids].concat()),
            _ => return Err(WRONG_PARAMETERS),
        };
        let answer = match files.file(&place) {
            Some(file) => {
                let answer = file_template(&place, file);
                self.application.clone_from(&place.0);
                self.directory = place.1[..place.1.len() - 1].to_vec();
                self.file = Some(place);
                answer
            }
            None if files.is_directory(&place) => {
                let answer = directory_template(&place);
                (self.application, self.directory) = place;
                self.file = None;
                answer
            }
            None => return Err(NOT_FOUND),
        };
        // P2: 00 and 04 want the template, 0C nothing.
        Ok(if apdu.p2 & 0x0c == 0x0c {
            Vec::new()
        } else {
            answer
        })
    }

    /// TS 102 221 8.4.1: below the current directory, its parent, or beside it.
    fn by_id(&self, files: &CardFiles, id: u16) -> Option<Place> {
        if id == MASTER {
            return Some((Vec::new(), Vec::new()));
        }
        if id == CURRENT_APPLICATION {
            return (!self.application.is_empty()).then(|| (self.application.clone(), Vec::new()));
        }
        let below = |directory: &[u16]| {
            let place = (self.application.clone(), [directory, &[id]].concat());
            (files.file(&place).is_some() || files.is_directory(&place)).then_some(place)
        };
        let parent = self.directory.split_last().map(|(_, parent)| parent);
        below(&self.directory).or_else(|| match parent {
            Some(parent) if parent.last() == Some(&id) => {
                Some((self.application.clone(), parent.to_vec()))
            }
            Some(parent) => below(parent).filter(|place| files.is_directory(place)),
            None => None,
        })
    }
}

fn read(file: &CardFile, apdu: &Apdu, style: ChainStyle) -> Response {
    let Some(le) = apdu.le else {
        return (Vec::new(), WRONG_LENGTH);
    };
    match (apdu.instruction, &file.content) {
        // Bit 8: short file identifier, which these files do not have.
        (READ_BINARY, _) if apdu.p1 & 0x80 != 0 => (Vec::new(), NOT_FOUND),
        (READ_BINARY, Content::Transparent(content)) => {
            let from = usize::from(u16::from_be_bytes([apdu.p1, apdu.p2]));
            match content.get(from..).filter(|rest| !rest.is_empty()) {
                Some(rest) => {
                    let part = rest[..rest.len().min(LONGEST)].to_vec();
                    fitted(part, le, style)
                }
                None => (Vec::new(), OUTSIDE),
            }
        }
        // P2 04: record P1 of the current file.
        (READ_RECORD, Content::Records(records)) if apdu.p2 == 0x04 => {
            match usize::from(apdu.p1)
                .checked_sub(1)
                .and_then(|index| records.get(index))
            {
                Some(record) if le < record.len() => {
                    (Vec::new(), EXACT_LENGTH | record.len() as u16)
                }
                Some(record) => fitted(record.clone(), le, style),
                None => (Vec::new(), RECORD_NOT_FOUND),
            }
        }
        (READ_RECORD, Content::Records(_)) => (Vec::new(), WRONG_PARAMETERS),
        _ => (Vec::new(), NO_RECORDS),
    }
}

/// At most `le` bytes of `answer`; a card that shows wrong lengths wants the exact one.
fn fitted(answer: Vec<u8>, le: usize, style: ChainStyle) -> Response {
    if le > answer.len() && style.shows_wrong_length() {
        return (Vec::new(), EXACT_LENGTH | (answer.len() & 0xff) as u16);
    }
    (answer.into_iter().take(le).collect(), FINE)
}

#[cfg(test)]
mod tests;
