//! Pieces of script lines: words, `key=value` options, paths, durations and comma separated items.

use crate::path::Path;
use std::time::Duration;

/// What is left of a line.
pub(crate) struct Words<'a>(pub &'a str);

impl<'a> Words<'a> {
    pub fn next(&mut self) -> Option<&'a str> {
        let text = self.0.trim_start();
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        self.0 = rest;
        (!word.is_empty()).then_some(word)
    }

    pub fn need(&mut self, what: &str) -> Result<&'a str, String> {
        self.next().ok_or(format!("{what} is missing"))
    }

    pub fn path(&mut self) -> Result<String, String> {
        let word = self.need("a path")?;
        word.parse::<Path>()
            .map(|_| word.to_string())
            .map_err(|_| format!("not a path: {word}"))
    }

    /// Takes `key=value` words with these keys, in any order, and stops at the first other word.
    pub fn options(&mut self, keys: &[&str]) -> Result<Vec<Option<&'a str>>, String> {
        let mut found = vec![None; keys.len()];
        loop {
            let before = self.0;
            let pair = self.next().and_then(|word| word.split_once('='));
            match pair.and_then(|(key, value)| {
                Some((keys.iter().position(|known| *known == key)?, value))
            }) {
                Some((index, _)) if found[index].is_some() => {
                    return Err(format!("{} is given twice", keys[index]));
                }
                Some((index, value)) => found[index] = Some(value),
                None => {
                    self.0 = before;
                    return Ok(found);
                }
            }
        }
    }

    pub fn rest(&mut self) -> &'a str {
        std::mem::take(&mut self.0).trim()
    }
}

/// Reads `500ms`, `20s`, `2m` or a bare number of seconds.
pub fn duration(text: &str) -> Result<Duration, String> {
    let split = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit {
        "ms" => 0.001,
        "s" | "" => 1.0,
        "m" => 60.0,
        _ => return Err(format!("not a duration: {text}")),
    };
    let seconds = number
        .parse::<f64>()
        .map_err(|_| format!("not a duration: {text}"))?;
    Duration::try_from_secs_f64(seconds * factor).map_err(|_| format!("not a duration: {text}"))
}

/// Splits at commas outside quotes.
pub(crate) fn items(text: &str) -> Vec<&str> {
    let (mut quoted, mut start, mut parts) = (false, 0, Vec::new());
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
        .into_iter()
        .filter(|part| !part.trim().is_empty())
        .collect()
}
