//! Control of what is on the card and how it answers.

use super::{duration, word};
use crate::device::device;
use crate::engine::credentials::bytes_from_hex;
use crate::profile::ChainStyle;

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
