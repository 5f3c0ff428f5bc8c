//! LwM2M paths: `/3`, `/3/0`, `/3/0/9`, `/3/0/6/1`.

use std::fmt;
use std::str::FromStr;

/// Object, instance, resource and resource instance numbers; zero to four of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub Vec<u16>);

impl Path {
    /// This path with one more number.
    pub fn join(&self, id: u16) -> Path {
        Path(self.0.iter().copied().chain([id]).collect())
    }

    /// True when `other` is this path or lies below it.
    pub fn covers(&self, other: &Path) -> bool {
        other.0.starts_with(&self.0)
    }
}

/// The text is not a path: more than four numbers, or a segment that is no number from 0 to 65535.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAPath;

impl FromStr for Path {
    type Err = NotAPath;

    fn from_str(text: &str) -> Result<Path, NotAPath> {
        let numbers = text.strip_prefix('/').ok_or(NotAPath)?;
        if numbers.is_empty() {
            return Ok(Path::default());
        }
        let ids: Result<Vec<u16>, _> = numbers
            .split('/')
            .map(|id| id.parse().map_err(|_| NotAPath))
            .collect();
        ids.and_then(|ids| {
            if ids.len() <= 4 {
                Ok(Path(ids))
            } else {
                Err(NotAPath)
            }
        })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("/");
        }
        self.0.iter().try_for_each(|id| write!(f, "/{id}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_and_shown() {
        for text in ["/", "/3", "/3/0/6/65535"] {
            assert_eq!(text.parse::<Path>().unwrap().to_string(), text);
        }
        for text in ["3/0", "/3/0/", "/65536", "/1/2/3/4/5", "/a", ""] {
            assert_eq!(text.parse::<Path>(), Err(NotAPath), "{text}");
        }
    }
}
