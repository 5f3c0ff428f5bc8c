//! Notification attributes (OMA LwM2M TS Core 5.1.2): what servers wrote for which paths, and what a path inherits.

use heapless::Vec;

use super::object::Refusal;
use super::observe::remove;
use super::path::Path;
use crate::coap::option::{Options, number};
use crate::config::ATTRIBUTES;
use crate::text::{fixed, split, unsigned};

/// Names in the order in which they are kept and printed.
pub const NAMES: [&[u8]; 5] = [b"pmin", b"pmax", b"gt", b"lt", b"st"];

/// Index of the minimum period in [`NAMES`].
pub const PMIN: u8 = 0;
/// Of the maximum period.
pub const PMAX: u8 = 1;
const GT: u8 = 2;
const LT: u8 = 3;
const ST: u8 = 4;

/// One attribute of one path.
#[derive(Clone, Copy, Debug)]
struct Entry {
    server: u8,
    /// In [`NAMES`].
    name: u8,
    path: Path,
    value: i64,
}

/// The attributes all servers wrote; each server sees only its own.
#[derive(Clone, Debug, Default)]
pub struct AttributeTable {
    entries: Vec<Entry, ATTRIBUTES>,
}

impl AttributeTable {
    /// No attributes.
    pub const fn new() -> AttributeTable {
        AttributeTable {
            entries: Vec::new(),
        }
    }

    /// Takes all Uri-Query options of a Write-Attributes request or none: 4.00 for an unknown name, a malformed value, a
    /// contradiction, or thresholds where there is no number; 5.00 when the table is full. `numeric`: the path names a
    /// numeric resource.
    pub fn write(
        &mut self,
        server: u8,
        path: &Path,
        numeric: bool,
        options: Options<'_>,
    ) -> Result<(), Refusal> {
        let before = self.clone();
        let done = self.take(server, path, numeric, options);
        if done.is_err() {
            *self = before;
        }
        done
    }

    /// The same, but what came before a refusal is taken.
    #[inline(always)]
    fn take(
        &mut self,
        server: u8,
        path: &Path,
        numeric: bool,
        options: Options<'_>,
    ) -> Result<(), Refusal> {
        // What is named goes first: it makes room.
        for pass in 0..2 {
            for option in options.clone() {
                if option.number != number::URI_QUERY {
                    continue;
                }
                // `name=value` sets, `name` alone removes.
                let (name, text) = split(option.value, b'=').unwrap_or((option.value, &[]));
                let name = NAMES.iter().position(|known| *known == name);
                let name = name.ok_or(Refusal::BadRequest)? as u8;
                self.forget(&|entry| {
                    entry.server == server && entry.name == name && entry.path == *path
                });
                if text.is_empty() {
                    continue;
                }
                let value = value(name, text).ok_or(Refusal::BadRequest)?;
                let entry = Entry {
                    server,
                    name,
                    path: *path,
                    value,
                };
                if pass > 0 && self.entries.push(entry).is_err() {
                    return Err(Refusal::Full);
                }
            }
        }
        if !self.is_consistent(server, path)
            || !numeric && self.has_threshold(server, path, path.depth())
        {
            return Err(Refusal::BadRequest);
        }
        Ok(())
    }

    /// `lt < gt` and `lt + 2 * st < gt` (OMA LwM2M TS Core 5.1.2).
    fn is_consistent(&self, server: u8, path: &Path) -> bool {
        let own = |name| self.get(server, path, path.depth(), name);
        match (own(GT), own(LT)) {
            (Some(gt), Some(lt)) => {
                // The difference and twice a step fit without a sign.
                let room = gt.wrapping_sub(*lt) as u64;
                lt < gt && room > 2 * own(ST).copied().unwrap_or(0) as u64
            }
            _ => true,
        }
    }

    /// Whether nothing is written at all, which is the usual case.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What a server wrote for a path by the name with this index in [`NAMES`]; if nothing, what it wrote for the nearest
    /// path around it of at least this depth.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn get(&self, server: u8, path: &Path, from: u8, name: u8) -> Option<&i64> {
        let mut depth = from;
        let mut nearest = None;
        for entry in &self.entries {
            if entry.server == server
                && entry.name == name
                && entry.path.depth() >= depth
                && entry.path.contains(path)
            {
                depth = entry.path.depth();
                nearest = Some(&entry.value);
            }
        }
        nearest
    }

    /// A period that applies to a path, in seconds.
    pub fn period(&self, server: u8, path: &Path, name: u8) -> Option<u32> {
        self.get(server, path, 0, name)
            .map(|seconds| *seconds as u32)
    }

    /// Whether reporting a path depends on its value, by what was written for it and paths around it of at least this depth.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn has_threshold(&self, server: u8, path: &Path, from: u8) -> bool {
        let mut name = GT;
        while name <= ST && self.get(server, path, from, name).is_none() {
            name += 1;
        }
        name <= ST
    }

    /// Whether a change passes a threshold, if there is one: crosses `gt` or `lt` in either direction, or is a step of
    /// `st` at least.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn lets_through(&self, server: u8, path: &Path, old: i64, new: i64) -> bool {
        let mut passes = true;
        for name in GT..ST + 1 {
            let Some(limit) = self.get(server, path, 0, name) else {
                continue;
            };
            passes = if name == ST {
                new.abs_diff(old) >= *limit as u64
            } else {
                // Numbers below `lt` are those not above the one before it.
                let limit = limit - i64::from(name == LT);
                (old > limit) != (new > limit)
            };
            if passes {
                break;
            }
        }
        passes
    }

    /// Forgets what a server wrote.
    pub fn forget_server(&mut self, server: u8) {
        self.forget(&|entry| entry.server == server);
    }

    /// Forgets what was written for a path and below.
    pub fn forget_path(&mut self, path: &Path) {
        self.forget(&|entry| path.contains(&entry.path));
    }

    fn forget(&mut self, condition: &dyn Fn(&Entry) -> bool) {
        let mut index = 0;
        while let Some(entry) = self.entries.get(index) {
            if condition(entry) {
                remove(&mut self.entries, index);
            } else {
                index += 1;
            }
        }
    }
}

/// The value of a name from its text.
fn value(name: u8, text: &[u8]) -> Option<i64> {
    if name <= PMAX {
        // Periods are whole seconds of 32 bits.
        return Some(u32::try_from(unsigned(text)?).ok()?.into());
    }
    fixed(text).filter(|value| name != ST || *value > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coap::message::{Kind, Message, Token, Writer};

    fn write(table: &mut AttributeTable, path: Path, query: &str) -> Result<(), Refusal> {
        let mut buffer = [0; 128];
        let mut writer = Writer::new(&mut buffer, Kind::Confirmable, 3, 1, &Token::EMPTY);
        writer.option(number::URI_PATH, b"3");
        for item in query.split('&') {
            writer.option(number::URI_QUERY, item.as_bytes());
        }
        let length = writer.finish().unwrap();
        let message = Message::parse(&buffer[..length]).unwrap();
        table.write(0, &path, path.depth() >= 3, message.options())
    }

    #[test]
    fn the_most_specific_value_wins_and_an_empty_name_removes() {
        let mut table = AttributeTable::new();
        let resource = Path::resource(3, 0, 9);
        write(&mut table, Path::object(3), "pmin=10&pmax=100").unwrap();
        write(&mut table, Path::instance(3, 0), "pmax=60").unwrap();
        write(&mut table, resource, "pmin=1&gt=80").unwrap();
        let all = |table: &AttributeTable, server, from| {
            [PMIN, PMAX, GT, LT].map(|name| table.get(server, &resource, from, name).copied())
        };
        assert_eq!(
            all(&table, 0, 0),
            [Some(1), Some(60), Some(80_000_000), None]
        );
        assert_eq!(all(&table, 0, 3), [Some(1), None, Some(80_000_000), None]);
        write(&mut table, resource, "pmin").unwrap();
        assert_eq!(table.period(0, &resource, PMIN), Some(10));
        assert_eq!(all(&table, 1, 0), [None; 4]);
    }

    #[test]
    fn a_threshold_lets_crossings_and_steps_through() {
        let mut table = AttributeTable::new();
        let resource = Path::resource(3, 0, 9);
        let passes = |table: &AttributeTable, old: i64, new: i64| {
            table.lets_through(0, &resource, old * 1_000_000, new * 1_000_000)
        };
        assert!(passes(&table, 1, 2) && !table.has_threshold(0, &resource, 0));
        write(&mut table, resource, "gt=80&lt=20").unwrap();
        assert!(table.has_threshold(0, &resource, 0));
        assert!(passes(&table, 80, 81) && passes(&table, 81, 80) && !passes(&table, 81, 90));
        assert!(passes(&table, 20, 19) && passes(&table, 19, 20) && !passes(&table, 19, 10));
        write(&mut table, resource, "gt&lt&st=5").unwrap();
        assert!(passes(&table, 10, 15) && passes(&table, 15, 10) && !passes(&table, 10, 14));
    }

    #[test]
    fn contradictions_and_nonsense_change_nothing() {
        let mut table = AttributeTable::new();
        let resource = Path::resource(3, 0, 9);
        for query in [
            "lt=20&gt=10",
            "lt=10&gt=20&st=5",
            "pmin=-1",
            "pmin=x",
            "pmin=1.5",
            "pmax=4294967296",
            "foo=1",
            "gt=",
            "st=0",
        ] {
            let result = write(&mut table, resource, query);
            assert_eq!(result.is_err(), query != "gt=", "{query}");
        }
        assert_eq!(
            write(&mut table, Path::instance(3, 0), "gt=1"),
            Err(Refusal::BadRequest)
        );
        assert!(table.is_empty());
    }

    #[test]
    fn a_full_table_says_so() {
        let mut table = AttributeTable::new();
        for id in 0..ATTRIBUTES as u16 {
            write(&mut table, Path::resource(3, 0, id), "pmin=1").unwrap();
        }
        assert_eq!(
            write(&mut table, Path::object(3), "pmin=1"),
            Err(Refusal::Full)
        );
        write(&mut table, Path::resource(3, 0, 0), "pmin=2").unwrap();
        // One goes, another comes.
        write(&mut table, Path::resource(3, 0, 0), "pmax=2&pmin").unwrap();
        assert_eq!(
            write(&mut table, Path::resource(3, 0, 0), "pmax=3&pmin=2"),
            Err(Refusal::Full)
        );
        assert_eq!(table.period(0, &Path::resource(3, 0, 0), PMAX), Some(2));
    }
}
