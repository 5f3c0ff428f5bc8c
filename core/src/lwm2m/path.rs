//! The address of something in the data model: object, instance, resource or, with LwM2M 1.1, resource instance; or none
//! of them for the root (OMA LwM2M 1.0 TS 6.3, TS Core 7.3).

use crate::text::unsigned;
use crate::version::HAS_1_1;

/// Ids of the longest path. LwM2M 1.0 has no paths to resource instances.
pub const LONGEST: usize = if HAS_1_1 { 4 } else { 3 };

/// A path of up to three ids, with LwM2M 1.1 four. Id 65535 is reserved and never part of a path (OMA LwM2M TS Core 7.1).
// With this alignment three ids and the length are two words, and four are three.
#[derive(Clone, Copy, Debug, Default, Eq)]
#[repr(align(4))]
pub struct Path {
    ids: [u16; LONGEST],
    length: u8,
}

impl PartialEq for Path {
    #[cfg_attr(target_os = "none", inline(never))]
    fn eq(&self, other: &Path) -> bool {
        self.ids == other.ids && self.length == other.length
    }
}

impl Path {
    /// The root.
    pub const ROOT: Path = Path {
        ids: [0; LONGEST],
        length: 0,
    };

    /// `/o`
    #[cfg_attr(target_os = "none", inline(never))]
    pub const fn object(object: u16) -> Path {
        Path::of([object, 0, 0], 1)
    }

    /// `/o/i`
    #[cfg_attr(target_os = "none", inline(never))]
    pub const fn instance(object: u16, instance: u16) -> Path {
        Path::of([object, instance, 0], 2)
    }

    /// `/o/i/r`
    pub const fn resource(object: u16, instance: u16, resource: u16) -> Path {
        Path::of([object, instance, resource], 3)
    }

    #[inline(always)]
    const fn of(first: [u16; 3], length: u8) -> Path {
        let mut ids = [0; LONGEST];
        ids[0] = first[0];
        ids[1] = first[1];
        ids[2] = first[2];
        Path { ids, length }
    }

    /// This path with one more id; `None` when it is the longest.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn then(mut self, id: u16) -> Option<Path> {
        *self.ids.get_mut(usize::from(self.length))? = id;
        self.length += 1;
        Some(self)
    }

    /// This path with a segment of a Uri-Path: a decimal id below 65535 without leading zeros.
    pub fn then_segment(mut self, segment: &[u8]) -> Option<Path> {
        if self.extend(segment) {
            Some(self)
        } else {
            None
        }
    }

    /// Appends a segment like [`Path::then_segment`]; says whether that was possible.
    pub fn extend(&mut self, segment: &[u8]) -> bool {
        if matches!(segment, [b'0', _, ..]) {
            return false;
        }
        if let Some(id) = unsigned(segment)
            && id < u64::from(u16::MAX)
            && let Some(slot) = self.ids.get_mut(usize::from(self.length))
        {
            *slot = id as u16;
            self.length += 1;
            return true;
        }
        false
    }

    /// The ids.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn ids(&self) -> &[u16] {
        self.ids.get(..usize::from(self.length)).unwrap_or(&[])
    }

    /// How many ids: 1 object, 2 instance, 3 resource, 4 resource instance.
    pub const fn depth(&self) -> u8 {
        self.length
    }

    /// Whether one of two paths contains the other.
    pub fn overlaps(&self, other: &Path) -> bool {
        let common = self.length.min(other.length);
        let ([a, b, c, ..], [x, y, z, ..]) = (self.ids, other.ids);
        let last = LONGEST < 4 || common < 4 || self.ids.get(3) == other.ids.get(3);
        // From the end: paths of one object differ there.
        last && (common < 3 || c == z) && (common < 2 || b == y) && (common < 1 || a == x)
    }

    /// Whether `other` is this path or below it.
    pub fn contains(&self, other: &Path) -> bool {
        self.length <= other.length
            && self
                .ids()
                .iter()
                .zip(&other.ids)
                .all(|(mine, theirs)| mine == theirs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decimal_ids() {
        assert_eq!(
            Path::ROOT
                .then_segment(b"3")
                .and_then(|path| path.then_segment(b"0")),
            Some(Path::instance(3, 0))
        );
        for segment in [
            &b""[..],
            b"x",
            b"-1",
            b"65535",
            b"65536",
            b"00",
            b"+1",
            b"18446744073709551616",
        ] {
            assert_eq!(Path::ROOT.then_segment(segment), None, "{segment:?}");
        }
        let longest = Path::resource(1, 2, 3).then(4);
        assert_eq!(longest.is_some(), HAS_1_1);
        let longest = longest.unwrap_or(Path::resource(1, 2, 3));
        assert_eq!(longest.then(5), None);
        assert_eq!(longest.then_segment(b"5"), None);
    }

    #[test]
    fn a_path_contains_itself_and_what_is_below() {
        let resource = Path::resource(3, 0, 9);
        assert!(Path::object(3).contains(&resource));
        assert!(resource.contains(&resource));
        assert!(Path::ROOT.contains(&resource));
        assert!(!resource.contains(&Path::instance(3, 0)));
        assert!(!Path::instance(3, 1).contains(&resource));
        assert!(
            resource.overlaps(&Path::instance(3, 0)) && Path::instance(3, 0).overlaps(&resource)
        );
        assert!(!resource.overlaps(&Path::instance(3, 1)) && !Path::object(6).overlaps(&resource));
    }
}
