//! Commands to the SIM through `AT+CSIM` (3GPP TS 27.007 8.17) and their answers, as far as reading files of another application takes:
//! over a logical channel of its own, so that the modem's selection stays as it is (ETSI TS 102 221 10.1, 11.1).

use core::ffi::CStr;

use super::query::quoted;
use crate::text::octets;

/// Most data bytes in an answer.
pub const MOST: usize = 256;

/// Room for any answer as the modem words it, in bytes: data and status in digits, and what stands around them.
pub const ANSWER: usize = 2 * (MOST + 2) + 32;

/// A command behind its class byte, the last two bits of which name the channel (ETSI TS 102 221 10.1.1). It is made of three parts, so
/// that whoever sends it writes the digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command {
    /// How it begins, in digits.
    pub head: &'static CStr,
    /// Two bytes that follow.
    pub word: u16,
    /// Its last byte, in all commands but the one that closes a channel: how much data is expected, zero for all there is.
    pub last: u8,
}

/// Opens a logical channel, the number of which [`channel`] reads from the data.
pub const OPEN_CHANNEL: Command = command(c"70", 0x0000, 1);

/// Closes a logical channel. Expects no data.
pub const fn close_channel(channel: u8) -> Command {
    command(c"", 0x7080, channel)
}

/// Selects the PKCS#15 application; the data are its file control parameters.
pub const SELECT_APPLICATION: Command = command(c"A404040CA000000063504B43532D", 0x3135, 0);

/// Selects a file of the application; the data are its file control parameters.
pub const fn select_file(file: u16) -> Command {
    command(c"A40804047FFF", file, 0)
}

/// Reads at most [`MOST`] bytes of the selected file from an offset below 32768; the data can be less.
pub const fn read(offset: u16, length: usize) -> Command {
    // The largest length does not fit its byte and is zero there.
    command(c"B0", offset & 0x7FFF, length as u8)
}

const fn command(head: &'static CStr, word: u16, last: u8) -> Command {
    Command { head, word, last }
}

/// What an answer means for its command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done, and this many bytes of data came.
    Data(usize),
    /// It has become another one: send that, its answer counts.
    Again,
}

impl Command {
    /// Takes `+CSIM: <length>,"<digits>"`, the answer to this command; its data go to `room`. `None` when it is malformed or too long
    /// for that, and when the card refuses the command.
    pub fn answer(&mut self, text: &str, room: &mut [u8]) -> Option<Answer> {
        // The number before the digits says again how many there are.
        let digits = quoted(text.as_bytes())?;
        let (data, status) = digits.split_at_checked(digits.len().checked_sub(4)?)?;
        let mut words = [0; 2];
        octets(status, &mut words)?;
        let length = octets(data, room)?;
        match words {
            // With the second, the card has something for the modem besides.
            [0x90, 0x00] | [0x91, _] => return Some(Answer::Data(length)),
            // So much is waiting to be fetched.
            [0x61, waiting] => *self = command(c"C0", 0x0000, waiting),
            // So much would be there: the same command with the right length.
            [0x6C, length] => self.last = length,
            _ => return None,
        }
        Some(Answer::Again)
    }
}

/// The channel that was opened, 1 to 3; those from 4 on have class bytes of another kind, and no modem takes so many.
pub fn channel(data: &[u8]) -> Option<u8> {
    match *data {
        [channel @ 1..=3] => Some(channel),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The command on a channel, as it is sent.
    fn digits(channel: u8, command: Command) -> String {
        let Command { head, word, last } = command;
        format!(
            "{channel:02X}{}{word:04X}{last:02X}",
            head.to_str().unwrap()
        )
    }

    #[test]
    fn commands_are_those_of_the_standard() {
        // ETSI TS 102 221 11.1.17, 11.1.1, 11.1.3; channel 1 as in the unit test of the nRF Connect SDK's `uicc_lwm2m`.
        for (channel, command, text) in [
            (0, OPEN_CHANNEL, "0070000001"),
            (
                1,
                SELECT_APPLICATION,
                "01A404040CA000000063504B43532D313500",
            ),
            (1, select_file(0x5031), "01A40804047FFF503100"),
            (1, read(0, 0x80), "01B0000080"),
            (3, read(0x0300, MOST), "03B0030000"),
            (2, close_channel(2), "02708002"),
        ] {
            assert_eq!(digits(channel, command), text);
        }
    }

    #[test]
    fn data_come_before_the_status() {
        let mut room = [0; 8];
        let mut apdu = OPEN_CHANNEL;
        let answer = apdu.answer("+CSIM: 6,\"029000\"\r\nOK\r\n", &mut room);
        assert_eq!(answer, Some(Answer::Data(1)));
        assert_eq!(channel(&room[..1]), Some(2));
        let answer = apdu.answer("+CSIM: 8,\"a7fF910B\"\r\nOK\r\n", &mut room);
        assert_eq!(answer, Some(Answer::Data(2)));
        assert_eq!(room[..2], [0xA7, 0xFF]);
    }

    #[test]
    fn waiting_data_are_fetched_on_the_same_channel() {
        let mut apdu = select_file(0x6432);
        let answer = apdu.answer("+CSIM: 4,\"6118\"\r\nOK\r\n", &mut []);
        assert_eq!(answer, Some(Answer::Again));
        assert_eq!(digits(3, apdu), "03C0000018");
    }

    #[test]
    fn a_wrong_length_is_corrected_again_and_again() {
        let mut apdu = read(0x0102, MOST);
        for (status, corrected) in [("6C20", "01B0010220"), ("6C00", "01B0010200")] {
            let answer = apdu.answer(&format!("+CSIM: 4,\"{status}\""), &mut []);
            assert_eq!(answer, Some(Answer::Again));
            assert_eq!(digits(1, apdu), corrected);
        }
    }

    #[test]
    fn refusals_and_damage_are_no_answer() {
        for text in [
            "",
            "ERROR\r\n",
            "+CME ERROR: 13\r\n",
            "+CSIM: 4,\"6A82\"",
            "+CSIM: 4,\"9001\"",
            "+CSIM: 4,\"6283\"",
            "+CSIM: 4,9000",
            "+CSIM: 4,\"9000",
            "+CSIM: 2,\"90\"",
            "+CSIM: 5,\"19000\"",
            "+CSIM: 6,\"0G9000\"",
            "+CSIM: 4,\"90O0\"",
            // One byte more than there is room for.
            "+CSIM: 10,\"0102039000\"",
        ] {
            let answer = { OPEN_CHANNEL }.answer(text, &mut [0; 2]);
            assert_eq!(answer, None, "{text}");
        }
        for data in [&[][..], &[0], &[4], &[1, 1]] {
            assert_eq!(channel(data), None);
        }
    }
}
