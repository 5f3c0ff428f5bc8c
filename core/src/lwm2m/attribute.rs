//! Notification attributes (OMA LwM2M TS Core 5.1.2): what servers wrote for which paths, and what a path inherits.

use heapless::Vec;

use super::path::Path;
use crate::config::ATTRIBUTES;
use crate::text::{fixed, unsigned};

/// Attributes of one path or the sum of what applies to it. Thresholds are in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Minimum period in seconds.
    pub pmin: Option<u32>,
    /// Maximum period in seconds.
    pub pmax: Option<u32>,
    /// Greater than.
    pub gt: Option<i64>,
    /// Less than.
    pub lt: Option<i64>,
    /// Step.
    pub st: Option<i64>,
}

/// Why attributes are not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeError {
    /// Unknown name, malformed value, contradiction, or thresholds where there is no number.
    Invalid,
    /// The table is full.
    Full,
}

impl Attributes {
    const NONE: Attributes = Attributes {
        pmin: None,
        pmax: None,
        gt: None,
        lt: None,
        st: None,
    };

    /// Whether reporting depends on the value.
    pub const fn has_threshold(&self) -> bool {
        self.gt.is_some() || self.lt.is_some() || self.st.is_some()
    }

    /// Applies one item of a Uri-Query: `name=value` sets, `name` alone removes.
    fn apply(&mut self, item: &[u8]) -> Option<()> {
        let mut parts = item.splitn(2, |byte| *byte == b'=');
        let name = parts.next()?;
        let value = parts.next();
        let period = || match value {
            None | Some([]) => Some(None),
            Some(text) => unsigned(text)
                .and_then(|value| u32::try_from(value).ok())
                .map(Some),
        };
        let threshold = || match value {
            None | Some([]) => Some(None),
            Some(text) => fixed(text).map(Some),
        };
        match name {
            b"pmin" => self.pmin = period()?,
            b"pmax" => self.pmax = period()?,
            b"gt" => self.gt = threshold()?,
            b"lt" => self.lt = threshold()?,
            b"st" => self.st = threshold().filter(|st| st.is_none_or(|st| st > 0))?,
            _ => return None,
        }
        Some(())
    }

    /// `lt < gt` and `lt + 2 * st < gt` (OMA LwM2M TS Core 5.1.2).
    fn is_consistent(&self) -> bool {
        match (self.gt, self.lt) {
            (Some(gt), Some(lt)) => lt.saturating_add(self.st.unwrap_or(0).saturating_mul(2)) < gt,
            _ => true,
        }
    }

    /// What remains when a more specific path says `inner`.
    fn overlaid(self, inner: &Attributes) -> Attributes {
        Attributes {
            pmin: inner.pmin.or(self.pmin),
            pmax: inner.pmax.or(self.pmax),
            gt: inner.gt.or(self.gt),
            lt: inner.lt.or(self.lt),
            st: inner.st.or(self.st),
        }
    }
}

/// The attributes all servers wrote; each server sees only its own.
#[derive(Debug)]
pub struct AttributeTable {
    entries: Vec<(u8, Path, Attributes), ATTRIBUTES>,
}

impl AttributeTable {
    /// No attributes.
    pub const fn new() -> AttributeTable {
        AttributeTable {
            entries: Vec::new(),
        }
    }

    /// Takes all items of a Write-Attributes request or none. `numeric`: the path names a numeric resource.
    pub fn write<'q>(
        &mut self,
        server: u8,
        path: &Path,
        numeric: bool,
        items: impl Iterator<Item = &'q [u8]>,
    ) -> Result<(), AttributeError> {
        let mut attributes = self.own(server, path);
        for item in items {
            attributes.apply(item).ok_or(AttributeError::Invalid)?;
        }
        if !attributes.is_consistent() || attributes.has_threshold() && !numeric {
            return Err(AttributeError::Invalid);
        }
        self.entries
            .retain(|(owner, own, _)| *owner != server || own != path);
        if attributes != Attributes::NONE {
            // A changed entry always fits: it was just removed.
            self.entries
                .push((server, *path, attributes))
                .map_err(|_| AttributeError::Full)?;
        }
        Ok(())
    }

    /// What a server wrote for exactly this path.
    pub fn own(&self, server: u8, path: &Path) -> Attributes {
        let own = self
            .entries
            .iter()
            .find(|(owner, own, _)| *owner == server && own == path);
        own.map_or(Attributes::NONE, |(_, _, attributes)| *attributes)
    }

    /// What applies to a path: the most specific of the values written for it and for what contains it.
    pub fn effective(&self, server: u8, path: &Path) -> Attributes {
        let mut sum = Attributes::NONE;
        for depth in 1..=path.depth() {
            for (owner, own, attributes) in &self.entries {
                if *owner == server && own.depth() == depth && own.contains(path) {
                    sum = sum.overlaid(attributes);
                }
            }
        }
        sum
    }

    /// Forgets what a server wrote.
    pub fn forget_server(&mut self, server: u8) {
        self.entries.retain(|(owner, ..)| *owner != server);
    }

    /// Forgets what was written for a path and below.
    pub fn forget_path(&mut self, path: &Path) {
        self.entries.retain(|(_, own, _)| !path.contains(own));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(table: &mut AttributeTable, path: Path, query: &str) -> Result<(), AttributeError> {
        table.write(
            0,
            &path,
            path.depth() >= 3,
            query.split('&').map(str::as_bytes),
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
            (sum.pmin, sum.pmax, sum.gt),
            (Some(1), Some(60), Some(80_000_000))
        );
        write(&mut table, resource, "pmin").unwrap();
        assert_eq!(table.effective(0, &resource).pmin, Some(10));
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
            "foo=1",
            "gt=",
            "st=0",
        ] {
            let result = write(&mut table, resource, query);
            assert_eq!(result.is_err(), query != "gt=", "{query}");
        }
        assert_eq!(
            write(&mut table, Path::instance(3, 0), "gt=1"),
            Err(AttributeError::Invalid)
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
            Err(AttributeError::Full)
        );
        write(&mut table, Path::resource(3, 0, 0), "pmin=2").unwrap();
    }
}
