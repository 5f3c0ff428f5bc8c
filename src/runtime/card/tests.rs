//! Reading the bootstrap file from a card that behaves as ETSI TS 102 221 allows, and from cards that do not.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::format;
use std::string::String;
use std::vec;
use std::vec::Vec;

use super::*;

/// EF(DODF) naming file 6432 and, in another form of data object, file 1111.
const DODF: &[u8] = b"\xA0\x06\x30\x04\x04\x02\x11\x11\
    \xA1\x1E\x30\x0A\x0C\x08LWM2M BS\x30\x00\xA1\x0E\x30\x0C\x06\x04\x67\x2B\x09\x01\x30\x04\x04\x02\x64\x32";

/// One Server instance.
const SHORT: &[u8] = b"\x00\x01\x00\x0D\x00\x01\x00\x00\x08\x08\x01\x05\xC1\x00\x65\xC0\x01";

/// How a card, or the modem before it, answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// Everything with the first answer.
    Plain,
    /// Selection answers that data are waiting.
    Fetch,
    /// Reading more than 200 bytes at once answers that these are too many.
    Exact,
    /// Reading answers half of what was asked for.
    Short,
    /// Every success comes with word of something for the modem.
    Proactive,
    /// What is wrong is always the length.
    NeverRight,
    /// Data are always waiting.
    NeverDone,
}

struct FakeCard {
    manner: Manner,
    channel: u8,
    files: BTreeMap<u16, Vec<u8>>,
    has_application: bool,
    /// Commands after which there is no answer any more.
    patience: usize,
    is_open: bool,
    is_selected: bool,
    file: u16,
    waiting: Vec<u8>,
    /// First bytes of all commands.
    log: Vec<Vec<u8>>,
}

std::thread_local! {
    static CARD: RefCell<FakeCard> = RefCell::new(FakeCard::new());
}

impl FakeCard {
    fn new() -> FakeCard {
        let odf = b"\xA4\x06\x30\x04\x04\x02\x44\x01\xA7\x06\x30\x04\x04\x02\x64\x30\xFF\xFF";
        let mut files = BTreeMap::new();
        files.insert(0x5031, odf.to_vec());
        files.insert(0x6430, DODF.to_vec());
        files.insert(0x6432, [SHORT, &[0xFF; 15]].concat());
        FakeCard {
            manner: Manner::Plain,
            channel: 1,
            files,
            has_application: true,
            patience: usize::MAX,
            is_open: false,
            is_selected: false,
            file: 0,
            waiting: Vec::new(),
            log: Vec::new(),
        }
    }

    /// Data and status.
    fn answer(&mut self, command: &[u8]) -> (Vec<u8>, u16) {
        let opens = *command == [0x00, 0x70, 0x00, 0x00, 0x01];
        if !opens && (command[0] != self.channel || !self.is_open) {
            return (vec![], 0x6881);
        }
        let parameters = |length: usize| {
            let [high, low] = (length as u16).to_be_bytes();
            vec![0x62, 0x07, 0x82, 0x01, 0x41, 0x80, 0x02, high, low]
        };
        let (data, status) = match command[1..] {
            _ if opens => {
                self.is_open = true;
                return (vec![self.channel], 0x9000);
            }
            [0x70, 0x80, channel] if channel == self.channel => {
                self.is_open = false;
                return (vec![], 0x9000);
            }
            [0xA4, 0x04, 0x04, 0x0C, ref aid @ .., 0x00] => {
                assert_eq!(aid, b"\xA0\x00\x00\x00\x63PKCS-15");
                if !self.has_application {
                    return (vec![], 0x6A82);
                }
                self.is_selected = true;
                (parameters(0), 0x9000)
            }
            [0xA4, 0x08, 0x04, 0x04, 0x7F, 0xFF, high, low, 0x00] if self.is_selected => {
                self.file = u16::from_be_bytes([high, low]);
                match self.files.get(&self.file) {
                    Some(file) => (parameters(file.len()), 0x9000),
                    None => return (vec![], 0x6A82),
                }
            }
            [0xB0, high, low, length] => return self.read([high, low], length),
            [0xC0, 0x00, 0x00, length] => {
                if self.manner == Manner::NeverDone {
                    return (vec![], 0x6101);
                }
                assert_eq!(usize::from(length), self.waiting.len());
                return (std::mem::take(&mut self.waiting), 0x9000);
            }
            _ => (vec![], 0x6D00),
        };
        if matches!(self.manner, Manner::Fetch | Manner::NeverDone) {
            self.waiting = data;
            return (vec![], 0x6100 | self.waiting.len() as u16);
        }
        (data, status)
    }

    fn read(&self, offset: [u8; 2], length: u8) -> (Vec<u8>, u16) {
        let rest = &self.files[&self.file][u16::from_be_bytes(offset).into()..];
        let asked = match length {
            0 => 256,
            length => length.into(),
        };
        let sent = rest.len().min(asked);
        match self.manner {
            Manner::Exact if sent > 200 => (vec![], 0x6CC8),
            Manner::NeverRight => (vec![], 0x6C00 | u16::from(length.wrapping_add(1))),
            Manner::Short => (rest[..sent / 2].to_vec(), 0x9000),
            _ => (rest[..sent].to_vec(), 0x9000),
        }
    }
}

fn transmit<'a>(channel: u8, command: &Command, room: &'a mut [u8]) -> Option<&'a str> {
    let head = command.head.to_str().unwrap();
    let command: Vec<u8> = [channel]
        .into_iter()
        .chain(
            (0..head.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&head[at..at + 2], 16).unwrap()),
        )
        .chain(command.word.to_be_bytes())
        .chain([command.last])
        .collect();
    let (data, mut status) = CARD.with_borrow_mut(|card| {
        if card.log.len() >= card.patience {
            return None;
        }
        card.log.push(command.clone());
        Some(card.answer(&command))
    })?;
    if status == 0x9000 && CARD.with_borrow(|card| card.manner) == Manner::Proactive {
        status = 0x9130;
    }
    let mut digits: String = data.iter().map(|byte| format!("{byte:02X}")).collect();
    digits += &format!("{status:04X}");
    let answer = format!("+CSIM: {},\"{digits}\"\r\nOK\r\n", digits.len());
    room[..answer.len()].copy_from_slice(answer.as_bytes());
    str::from_utf8(&room[..answer.len()]).ok()
}

/// What is read from a card, and the card afterwards.
fn read_from(card: FakeCard) -> (Option<Vec<u8>>, FakeCard) {
    CARD.set(card);
    let mut text = [0; DATAGRAM];
    let mut room = [0; DATAGRAM];
    let file = read_through(transmit, &mut text, &mut room).map(<[u8]>::to_vec);
    (file, CARD.replace(FakeCard::new()))
}

/// A bootstrap file with one object whose instance has a resource of `length` bytes.
fn long_file(length: u16) -> Vec<u8> {
    let be = u16::to_be_bytes;
    let head = |first: u8, id: u8, length: u16| [&[first, id][..], &be(length)].concat();
    [
        &be(1)[..],
        &be(length + 13),
        &be(0),
        &[0],
        &be(length + 8),
        &head(0x10, 0, length + 4),
        &head(0xD0, 0, length),
        &vec![b'x'; length.into()],
    ]
    .concat()
}

#[test]
fn the_commands_are_those_of_the_standard_in_its_order() {
    let (file, card) = read_from(FakeCard::new());
    assert_eq!(file.as_deref(), Some(SHORT));
    let log: Vec<String> = card
        .log
        .iter()
        .map(|command| command.iter().map(|byte| format!("{byte:02X}")).collect())
        .collect();
    assert_eq!(
        log,
        [
            "0070000001",
            "01A404040CA000000063504B43532D313500",
            "01A40804047FFF503100",
            "01B0000012",
            "01A40804047FFF643000",
            "01B0000028",
            "01A40804047FFF643200",
            "01B0000020",
            "01708001",
        ]
    );
    assert!(!card.is_open);
}

#[test]
fn every_manner_the_standard_allows_is_understood_on_every_channel() {
    for manner in [Manner::Plain, Manner::Fetch, Manner::Proactive] {
        for channel in [1, 2, 3] {
            let mut card = FakeCard::new();
            card.manner = manner;
            card.channel = channel;
            let (file, card) = read_from(card);
            assert_eq!(file.as_deref(), Some(SHORT), "{manner:?} {channel}");
            assert!(!card.is_open);
        }
    }
    let whole = long_file(1_000);
    let mut card = FakeCard::new();
    card.manner = Manner::Exact;
    card.files.insert(0x6432, whole.clone());
    let (file, card) = read_from(card);
    assert_eq!(file, Some(whole));
    assert!(!card.is_open);
}

#[test]
fn files_are_read_in_pieces_of_at_most_256_bytes() {
    for (length, padding) in [
        (100, 0),
        (238, 0),
        (239, 0),
        (240, 0),
        (600, 700),
        (1_007, 0),
        (1_071, 8_000),
    ] {
        let whole = long_file(length);
        let mut card = FakeCard::new();
        card.files
            .insert(0x6432, [&whole[..], &vec![0xFF; padding]].concat());
        let (file, card) = read_from(card);
        assert_eq!(file, Some(whole), "{length} {padding}");
        assert!(!card.is_open);
    }
    let mut card = FakeCard::new();
    card.files.insert(0x6432, long_file(1_072));
    let (file, card) = read_from(card);
    assert_eq!(file, None);
    assert!(!card.is_open);
}

#[test]
fn the_first_directory_with_the_identifier_counts() {
    let mut card = FakeCard::new();
    // Missing, without the identifier, and right; then one that names another file.
    let odf = [[0x64, 0x33], [0x64, 0x34], [0x64, 0x30], [0x64, 0x35]]
        .map(|[high, low]| [0xA7, 0x08, 0x30, 0x06, 0x04, 0x04, 0x50, 0x15, high, low]);
    card.files.insert(0x5031, odf.concat());
    card.files.insert(0x6434, vec![0xFF; 40]);
    card.files.insert(0x6435, DODF.to_vec());
    let (file, card) = read_from(card);
    assert_eq!(file.as_deref(), Some(SHORT));
    assert!(
        !card
            .log
            .iter()
            .any(|command| command.ends_with(&[0x64, 0x35, 0x00]))
    );
}

#[test]
fn what_is_missing_leaves_no_data_and_no_open_channel() {
    let mut without_application = FakeCard::new();
    without_application.has_application = false;
    let (file, card) = read_from(without_application);
    assert_eq!(file, None);
    assert_eq!(card.log.len(), 3);
    assert!(!card.is_open);
    for file in [0x5031, 0x6430, 0x6432] {
        let mut card = FakeCard::new();
        card.files.remove(&file);
        let (data, card) = read_from(card);
        assert_eq!(data, None, "{file:04X}");
        assert!(!card.is_open);
        for contents in [
            vec![],
            vec![0xFF; 20],
            vec![0; 20],
            vec![0xFF; 2_000],
            vec![0xA7; 600],
        ] {
            let mut card = FakeCard::new();
            card.files.insert(file, contents);
            let (data, card) = read_from(card);
            assert_eq!(data, None, "{file:04X}");
            assert!(!card.is_open);
        }
    }
}

#[test]
fn a_modem_that_stops_answering_ends_it_anywhere() {
    for patience in 0..9 {
        let mut card = FakeCard::new();
        card.patience = patience;
        let (file, card) = read_from(card);
        // Without an answer to the last one, closing, there are data all the same.
        assert_eq!(file.is_some(), patience == 8, "{patience}");
        assert_eq!(card.log.len(), patience);
    }
}

#[test]
fn channels_that_cannot_be_are_not_used() {
    for channel in [0, 4, 255] {
        let mut card = FakeCard::new();
        card.channel = channel;
        let (file, card) = read_from(card);
        assert_eq!(file, None);
        assert_eq!(card.log.len(), 1);
    }
}

#[test]
fn a_hostile_card_comes_to_an_end() {
    for manner in [Manner::NeverRight, Manner::NeverDone, Manner::Short] {
        let mut card = FakeCard::new();
        card.manner = manner;
        let (file, card) = read_from(card);
        assert_eq!(file, None, "{manner:?}");
        assert!(card.log.len() < 100, "{manner:?}: {}", card.log.len());
        assert!(!card.is_open);
    }
    // As many directories as fit, all of them as long as can be, none of them right: also the directory itself.
    for name in [[0x64, 0x30], [0x50, 0x31]] {
        let mut card = FakeCard::new();
        let entry = [0xA7, 0x06, 0x30, 0x04, 0x04, 0x02, name[0], name[1]];
        card.files.insert(0x5031, entry.repeat(100));
        card.files.insert(0x6430, vec![0xA1; 800]);
        let (file, card) = read_from(card);
        assert_eq!(file, None);
        assert!(card.log.len() < 25, "{}", card.log.len());
        assert!(!card.is_open);
    }
}
