//! Control of what is on the card and how it answers.

use super::{duration, word};
use crate::device::{device, replace};
use crate::engine::credentials::bytes_from_hex;
use crate::profile::{ChainStyle, Profile};

const USAGE: &str = "card bootstrap <hex>|none | file <place> <hex>|none | style direct|61xx|6cxx|both | delay <time> \
    | answer <instruction> <status word> [count] | remove-after <commands>";

pub(super) fn command(line: &str) -> Result<String, String> {
    let (verb, rest) = word(line);
    let words: Vec<&str> = rest.split_whitespace().collect();
    let device = device();
    match (verb, &words[..]) {
        ("bootstrap", ["none"]) => device.with_engine(|engine| engine.set_card_bootstrap("")),
        ("bootstrap", [hex]) if bytes_from_hex(hex).is_some() => {
            device.with_engine(|engine| engine.set_card_bootstrap(hex));
        }
        ("file", [place, content]) => {
            device.with_engine(|engine| engine.set_card_file(place, content))?;
        }
        ("style", [text]) => {
            let style = ChainStyle::parse(text).ok_or(USAGE)?;
            device.with_engine(|engine| engine.profile.card.style = style);
        }
        ("delay", [text]) => {
            let delay = duration(text).ok_or(USAGE)?;
            device.with_engine(|engine| engine.profile.card.delay = delay);
        }
        ("answer", [instruction, status]) | ("answer", [instruction, status, _]) => {
            let instruction = u8::from_str_radix(instruction, 16).map_err(|_| USAGE)?;
            let status = u16::from_str_radix(status, 16).map_err(|_| USAGE)?;
            let count = words.get(2).map_or(Ok(1), |text| text.parse());
            let count = count.map_err(|_| USAGE)?;
            device.with_engine(|engine| engine.force_status(instruction, status, count));
        }
        ("remove-after", [count]) => {
            let count = count.parse().map_err(|_| USAGE)?;
            device.with_engine(|engine| engine.remove_card_after(count));
        }
        _ => return Err(USAGE.into()),
    }
    Ok(String::new())
}

/// Puts another card into the slot for the next start: the subscriber and network of a profile, with changes.
pub(super) fn swap(line: &str) -> Result<String, String> {
    const USAGE: &str =
        "sim swap <profile> [imsi=<digits>] [iccid=<digits>] [msisdn=<number>|none] [gid1=<hex>]";
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let (name, changes) = words.split_first().ok_or(USAGE)?;
    let mut card = Profile::named(name).ok_or(USAGE)?;
    for change in changes {
        match change.split_once('=').ok_or(USAGE)? {
            ("imsi", digits) => card.imsi = digits.into(),
            ("iccid", digits) => card.iccid = digits.into(),
            ("msisdn", "none") => card.msisdn = None,
            ("msisdn", number) => card.msisdn = Some(number.into()),
            ("gid1", hex) => card.gid1 = hex.into(),
            _ => return Err(USAGE.into()),
        }
    }
    let path = device().directory().join("modem.json");
    let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let mut profile: Profile = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    profile.take_card(&card);
    let text = serde_json::to_string_pretty(&profile).map_err(|error| error.to_string())?;
    replace(&path, &text).map_err(|error| error.to_string())?;
    Ok(format!("{} at the next start", profile.imsi))
}
