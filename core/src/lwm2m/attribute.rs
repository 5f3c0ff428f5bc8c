//! Notification attributes (OMA LwM2M TS Core 5.1.2): what servers wrote for which paths, and what a path inherits.

use heapless::Vec;

use super::object::Refusal;
use super::observe::remove;
use super::path::Path;
use crate::config::ATTRIBUTES;
use crate::text::{fixed, split, unsigned};

/// Names in the order in which they are kept and printed.
pub const NAMES: [&[u8]; 5] = [b"pmin", b"pmax", b"gt", b"lt", b"st"];

const PMIN: usize = 0;
const PMAX: usize = 1;
const GT: usize = 2;
const LT: usize = 3;
const ST: usize = 4;

/// Attributes of one path or the sum of what applies to it: periods in seconds, thresholds in millionths.
// Small fields first: what is near the start is reached with short instructions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Attributes {
    /// One bit for each value that is set.
    set: u8,
    values: [i64; 5],
}

impl Attributes {
    /// Nothing set.
    pub const NONE: Attributes = Attributes {
        values: [0; 5],
        set: 0,
    };

    /// The value of the name with this index in [`NAMES`].
    pub fn get(&self, index: usize) -> Option<i64> {
        if self.has(index) {
            self.values.get(index).copied()
        } else {
            None
        }
    }

    const fn has(&self, index: usize) -> bool {
        self.set >> index & 1 != 0
    }

    /// How many values are set.
    #[cfg_attr(target_os = "none", inline(never))]
    fn count(&self) -> usize {
        let mut count = 0;
        for index in 0..NAMES.len() {
            count += usize::from(self.set >> index & 1);
        }
        count
    }

    /// Minimum period in seconds.
    pub fn pmin(&self) -> Option<u32> {
        self.get(PMIN).map(|seconds| seconds as u32)
    }

    /// Maximum period in seconds.
    pub fn pmax(&self) -> Option<u32> {
        self.get(PMAX).map(|seconds| seconds as u32)
    }

    /// Whether reporting depends on the value.
    pub const fn has_threshold(&self) -> bool {
        self.set & (1 << GT | 1 << LT | 1 << ST) != 0
    }

    /// Whether a change passes a threshold: crosses `gt` or `lt` in either direction, or is a step of `st` at least.
    pub fn lets_through(&self, old: i64, new: i64) -> bool {
        self.get(GT).is_some_and(|gt| (old > gt) != (new > gt))
            || self.get(LT).is_some_and(|lt| (old < lt) != (new < lt))
            || self
                .get(ST)
                .is_some_and(|st| new.abs_diff(old) >= st as u64)
    }

    /// Applies one item of a Uri-Query: `name=value` sets, `name` alone removes.
    fn apply(&mut self, item: &[u8]) -> Option<()> {
        let (name, text) = split(item, b'=').unwrap_or((item, &[]));
        let index = NAMES.iter().position(|known| *known == name)?;
        self.set &= !(1 << index);
        if text.is_empty() {
            return Some(());
        }
        let value = if index <= PMAX {
            // Periods are whole seconds of 32 bits.
            i64::from(u32::try_from(unsigned(text)?).ok()?)
        } else {
            fixed(text)?
        };
        if index == ST && value <= 0 {
            return None;
        }
        *self.values.get_mut(index)? = value;
        self.set |= 1 << index;
        Some(())
    }

    /// `lt < gt` and `lt + 2 * st < gt` (OMA LwM2M TS Core 5.1.2).
    fn is_consistent(&self) -> bool {
        match (self.get(GT), self.get(LT)) {
            (Some(gt), Some(lt)) => {
                // Half of the room between them, rounded down; the difference fits without a sign.
                let room = gt.wrapping_sub(lt).wrapping_sub(1) as u64 >> 1;
                lt < gt && room >= self.get(ST).unwrap_or(0) as u64
            }
            _ => true,
        }
    }
}

/// One attribute of one path.
#[derive(Clone, Copy, Debug)]
struct Entry {
    server: u8,
    /// In [`NAMES`].
    index: u8,
    path: Path,
    value: i64,
}

/// The attributes all servers wrote; each server sees only its own.
#[derive(Debug, Default)]
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

    /// Takes all items of a Write-Attributes request or none: 4.00 for an unknown name, a malformed value, a contradiction,
    /// or thresholds where there is no number; 5.00 when the table is full. `numeric`: the path names a numeric resource.
    pub fn write(
        &mut self,
        server: u8,
        path: &Path,
        numeric: bool,
        items: &mut dyn Iterator<Item = &[u8]>,
    ) -> Result<(), Refusal> {
        let before = self.own(server, path);
        let mut after = before;
        for item in items {
            after.apply(item).ok_or(Refusal::BadRequest)?;
        }
        if !after.is_consistent() || after.has_threshold() && !numeric {
            return Err(Refusal::BadRequest);
        }
        let left = self.entries.len() - before.count();
        if left + after.count() > ATTRIBUTES {
            return Err(Refusal::Full);
        }
        self.forget(&|entry| entry.server == server && entry.path == *path);
        for (index, value) in after.values.iter().enumerate() {
            if after.has(index) {
                // There is room: it was counted.
                self.entries
                    .push(Entry {
                        server,
                        index: index as u8,
                        path: *path,
                        value: *value,
                    })
                    .ok();
            }
        }
        Ok(())
    }

    /// Whether nothing is written at all, which is the usual case.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What a server wrote for exactly this path.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn own(&self, server: u8, path: &Path) -> Attributes {
        let mut own = Attributes::NONE;
        self.collect(server, path, path.depth(), &mut own);
        own
    }

    /// What applies to a path: the most specific of the values written for it and for what contains it.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn effective(&self, server: u8, path: &Path) -> Attributes {
        let mut sum = Attributes::NONE;
        if !self.is_empty() {
            self.collect(server, path, 0, &mut sum);
        }
        sum
    }

    /// Adds what a server wrote for a path and what contains it, from this depth on.
    fn collect(&self, server: u8, path: &Path, from: u8, sum: &mut Attributes) {
        let mut depths = [0; NAMES.len()];
        for entry in &self.entries {
            let depth = entry.path.depth();
            if entry.server != server || depth < from || !entry.path.contains(path) {
                continue;
            }
            let index = usize::from(entry.index);
            if let (Some(value), Some(best)) = (sum.values.get_mut(index), depths.get_mut(index))
                && depth >= *best
            {
                *best = depth;
                *value = entry.value;
                sum.set |= 1 << index;
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn write(table: &mut AttributeTable, path: Path, query: &str) -> Result<(), Refusal> {
        table.write(
            0,
            &path,
            path.depth() >= 3,
            &mut query.split('&').map(str::as_bytes),
        )
    }

    #[test]
    fn the_most_specific_value_wins_and_an_empty_name_removes() {
        let mut table = AttributeTable::new();
        let resource = Path::resource(3, 0, 9);
        write(&mut table, Path::object(3), "pmin=10&pmax=100").unwrap();
        write(&mut table, Path::instance(3, 0), "pmax=60").unwrap();
        write(&mut table, resource, "pmin=1&gt=80").unwrap();
        let sum = table.effective(0, &resource);
        assert_eq!(
            (sum.pmin(), sum.pmax(), sum.get(GT)),
            (Some(1), Some(60), Some(80_000_000))
        );
        write(&mut table, resource, "pmin").unwrap();
        assert_eq!(table.effective(0, &resource).pmin(), Some(10));
        assert_eq!(table.effective(1, &resource), Attributes::NONE);
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
        assert_eq!(table.own(0, &resource), Attributes::NONE);
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
    }
}
