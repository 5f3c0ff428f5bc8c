//! Credential store behind `%CMNG`: (security tag, type) to content, with the rules of the modem.

use super::command::{Command, Operation, Reply};
use super::{Engine, Output};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const PSK: u8 = 3;
const IDENTITY: u8 = 4;
const LAST_TYPE: u8 = 5;

/// Tags that belong to the carrier library.
pub const RESERVED_TAGS: std::ops::RangeInclusive<u32> = 25..=28;

#[derive(Clone, Debug, Default)]
pub(crate) struct Credentials {
    entries: BTreeMap<(u32, u8), String>,
    damaged: bool,
}

impl Credentials {
    /// Reads the text made by [`Credentials::store`].
    pub fn load(text: &str) -> Credentials {
        if text.is_empty() {
            return Credentials::default();
        }
        match serde_json::from_str::<Vec<(u32, u8, String)>>(text) {
            Ok(list) => Credentials {
                entries: list
                    .into_iter()
                    .map(|(tag, kind, content)| ((tag, kind), content))
                    .collect(),
                damaged: false,
            },
            Err(_) => Credentials {
                damaged: true,
                ..Credentials::default()
            },
        }
    }

    pub fn is_damaged(&self) -> bool {
        self.damaged
    }

    fn store(&self) -> String {
        let list: Vec<_> = self
            .entries
            .iter()
            .map(|((tag, kind), content)| (tag, kind, content))
            .collect();
        serde_json::to_string_pretty(&list).unwrap_or_default()
    }
}

impl Engine {
    /// Identity bytes and binary key under `tag`, if both are stored.
    pub fn psk(&self, tag: u32) -> Option<(Vec<u8>, Vec<u8>)> {
        let key = bytes_from_hex(self.credentials.entries.get(&(tag, PSK))?)?;
        let identity = self.credentials.entries.get(&(tag, IDENTITY))?;
        Some((identity.clone().into_bytes(), key))
    }

    pub(crate) fn cmng(&mut self, command: &Command) -> Reply {
        if command.operation != Operation::Set {
            return Reply::Error;
        }
        let tag = match command.number(1) {
            Some(tag @ 0..=0x7fff_ffff) => Some(tag as u32),
            Some(_) => return Reply::Cme(50),
            None => None,
        };
        let kind = match command.number(2) {
            Some(kind @ 0..=5) => Some(kind as u8),
            Some(_) => return Reply::Cme(50),
            None => None,
        };
        match (command.number(0), tag, kind) {
            (Some(0), Some(tag), Some(kind)) => self.write_credential(tag, kind, command.text(3)),
            (Some(1), tag, kind) => self.list_credentials(tag, kind),
            (Some(2), Some(tag), Some(kind)) => self.read_credential(tag, kind),
            (Some(3), Some(tag), Some(kind)) => self.delete_credential(tag, kind),
            _ => Reply::Cme(50),
        }
    }

    fn write_credential(&mut self, tag: u32, kind: u8, content: Option<&str>) -> Reply {
        if self.is_active() {
            return Reply::Cme(518);
        }
        let Some(content) = content.filter(|content| !content.is_empty()) else {
            return Reply::Cme(50);
        };
        if kind == PSK && bytes_from_hex(content).is_none() {
            return Reply::Cme(527);
        }
        let key = (tag, kind);
        if !self.credentials.entries.contains_key(&key)
            && self.credentials.entries.len() >= self.profile.credential_limit
        {
            return Reply::Cme(515);
        }
        if let Some(code) = self.credential_fault(tag, kind, false) {
            return Reply::Cme(code);
        }
        self.credentials.entries.insert(key, content.to_string());
        self.save_credentials(format!("write {tag},{kind} {} characters", content.len()));
        Reply::done()
    }

    fn delete_credential(&mut self, tag: u32, kind: u8) -> Reply {
        if self.is_active() {
            return Reply::Cme(518);
        }
        if !self.credentials.entries.contains_key(&(tag, kind)) {
            return Reply::Cme(513);
        }
        if let Some(code) = self.credential_fault(tag, kind, true) {
            return Reply::Cme(code);
        }
        self.credentials.entries.remove(&(tag, kind));
        self.save_credentials(format!("delete {tag},{kind}"));
        Reply::done()
    }

    fn read_credential(&self, tag: u32, kind: u8) -> Reply {
        let Some(content) = self.credentials.entries.get(&(tag, kind)) else {
            return Reply::Cme(513);
        };
        if !matches!(kind, 0 | IDENTITY) {
            return Reply::Cme(514);
        }
        Reply::line(format!(
            "%CMNG: {tag},{kind},\"{}\",\"{content}\"",
            digest(content)
        ))
    }

    fn list_credentials(&self, tag: Option<u32>, kind: Option<u8>) -> Reply {
        let mut text = String::new();
        for ((entry_tag, entry_kind), content) in &self.credentials.entries {
            if tag.is_none_or(|tag| tag == *entry_tag)
                && kind.is_none_or(|kind| kind == *entry_kind)
            {
                debug_assert!(*entry_kind <= LAST_TYPE);
                let _ = write!(
                    text,
                    "%CMNG: {entry_tag},{entry_kind},\"{}\"\r\n",
                    digest(content)
                );
            }
        }
        Reply::Ok(text)
    }

    fn save_credentials(&mut self, change: String) {
        let text = self.credentials.store();
        self.outputs.push(Output::SaveCredentials { text, change });
    }
}

fn digest(content: &str) -> String {
    hex(&Sha256::digest(content.as_bytes()))
}

/// Upper case hexadecimal text.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Bytes of hexadecimal text of even, non-zero length.
pub fn bytes_from_hex(text: &str) -> Option<Vec<u8>> {
    if text.is_empty()
        || !text.len().is_multiple_of(2)
        || !text.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect()
}
