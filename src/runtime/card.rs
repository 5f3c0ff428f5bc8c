//! Bootstrap data from the SIM, a plain sequence on the caller's thread (OMA LwM2M TS Core 6.1.3.2 and Appendix G):
//!
//! 1. a logical channel, and the PKCS#15 application on it,
//! 2. its directories of data objects, one after the other, until one names the bootstrap file,
//! 3. that file, and the channel closed whatever happened.
//!
//! When anything is missing, refused or malformed there are no data, as with most cards.

use carrier_core::card::{self, Bootstrap};
use carrier_core::config::DATAGRAM;
use carrier_core::modem::apdu::{self, Answer, Command};

use super::Workspace;
use crate::sys::at;

/// Most bytes of a directory that are read; real ones have some dozens.
const DIRECTORY: usize = 512;

/// Most directories of data objects that are looked into; real cards have one or two.
const DIRECTORIES: usize = 4;

/// In how many pieces a file is read at most: twice as many as it takes with the longest answers.
const PIECES: usize = 10;

/// How often one command is sent: as it is, with the length the card wants, and to fetch what the card has waiting.
const TRIES: usize = 3;

const _: () = assert!(apdu::ANSWER <= DATAGRAM && 2 * DIRECTORY <= DATAGRAM);

/// The SIM's bootstrap file without its padding; `None` unless there is one that [`Bootstrap::new`] accepts, of at most [`DATAGRAM`] bytes.
/// Blocks for one AT command at least, nine for a short file, about two hundred for the worst of cards. The SIM has to be ready.
#[cfg_attr(target_os = "none", inline(never))]
pub fn read(workspace: &mut Workspace) -> Option<&[u8]> {
    let Workspace {
        outgoing, incoming, ..
    } = workspace;
    read_through(at::card, outgoing, incoming)
}

/// As [`read`]; answers of the modem are written to `text`, data of the card to `room`.
fn read_through<'a>(
    transmit: Transmit,
    text: &mut [u8],
    room: &'a mut [u8; DATAGRAM],
) -> Option<&'a [u8]> {
    let mut card = Card {
        transmit,
        text,
        channel: 0,
    };
    card.channel = apdu::channel(card.ask(apdu::OPEN_CHANNEL, room)?)?;
    let length = card.bootstrap_data(room);
    // If this fails, the channel stays open until the card is reset; nothing else needs it.
    card.ask(apdu::close_channel(card.channel), &mut []);
    room.get(..length?)
}

/// Passes a command to the card on a channel and writes the modem's answer to the room.
type Transmit = for<'a> fn(u8, &Command, &'a mut [u8]) -> Option<&'a str>;

/// The card, seen through a logical channel.
struct Card<'a> {
    transmit: Transmit,
    text: &'a mut [u8],
    channel: u8,
}

impl Card<'_> {
    /// Leaves the bootstrap file at the start of `room`; its length without padding.
    fn bootstrap_data(&mut self, room: &mut [u8; DATAGRAM]) -> Option<usize> {
        self.ask(apdu::SELECT_APPLICATION, room)?;
        let (odf, dodf) = room.split_at_mut(DIRECTORY);
        let file = card::directories(self.file(card::ODF, odf)?)
            .take(DIRECTORIES)
            .find_map(|directory| card::bootstrap_file(self.file(directory, dodf)?))?;
        let file = self.file(file, room)?;
        Some(Bootstrap::new(file)?.file_length())
    }

    /// Reads a file from its start, as much of it as there is room for.
    #[cfg_attr(target_os = "none", inline(never))]
    fn file<'a>(&mut self, id: u16, room: &'a mut [u8]) -> Option<&'a [u8]> {
        let size = card::file_size(self.ask(apdu::select_file(id), room)?)?;
        let mut length = 0;
        for _ in 0..PIECES {
            let rest = room.get_mut(length..)?;
            let wanted = size.saturating_sub(length).min(rest.len()).min(apdu::MOST);
            if wanted == 0 {
                break;
            }
            length += self.ask(apdu::read(length as u16, wanted), rest)?.len();
        }
        room.get(..length)
    }

    /// Sends a command; its data in `room`.
    #[cfg_attr(target_os = "none", inline(never))]
    fn ask<'a>(&mut self, command: Command, room: &'a mut [u8]) -> Option<&'a [u8]> {
        let mut command = command;
        for _ in 0..TRIES {
            let text = (self.transmit)(self.channel, &command, self.text)?;
            if let Answer::Data(length) = command.answer(text, room)? {
                return room.get(..length);
            }
        }
        None
    }
}

#[cfg(test)]
mod modem_tests;
#[cfg(test)]
mod tests;
