//! The modem's protection against reset loops: too many restarts in a row without `+CFUN=0`, each within a minute, and it
//! does not attach for half an hour. Kept in the file `resets` of the device directory.

use std::path::{Path, PathBuf};

/// Restarts that begin a loop.
const LIMIT: u32 = 7;
/// Uptime after which a life counts as a good one.
const GOOD_LIFE_MS: i64 = 60_000;

/// Restarts counted so far.
pub(crate) struct Resets {
    path: PathBuf,
    count: u32,
    /// The modem was on and not switched off with `+CFUN=0` since.
    unclean: bool,
    begun: Option<i64>,
}

impl Resets {
    /// What earlier lives left.
    pub fn open(directory: &Path) -> Resets {
        let path = directory.join("resets");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let mut words = text.split_whitespace();
        Resets {
            path,
            count: words.next().and_then(|word| word.parse().ok()).unwrap_or(0),
            unclean: words.next() == Some("1"),
            begun: None,
        }
    }

    /// The modem starts. True when it finds itself in a reset loop.
    pub fn modem_starts(&mut self, now_ms: i64) -> bool {
        if self.begun.is_none() {
            self.count = if self.unclean { self.count + 1 } else { 0 };
            self.begun = Some(now_ms);
        }
        self.unclean = true;
        self.store();
        self.count >= LIMIT
    }

    /// `+CFUN=0`.
    pub fn switched_off(&mut self) {
        if self.count > 0 || self.unclean {
            (self.count, self.unclean) = (0, false);
            self.store();
        }
    }

    /// Another mode than 0.
    pub fn switched_on(&mut self) {
        if !self.unclean {
            self.unclean = true;
            self.store();
        }
    }

    /// Time passes.
    pub fn lives(&mut self, now_ms: i64) {
        let good = self
            .begun
            .is_some_and(|begun| now_ms - begun >= GOOD_LIFE_MS);
        if good && self.count > 0 {
            self.count = 0;
            self.store();
        }
    }

    fn store(&self) {
        // A full disk must not change what the device does.
        let _ = std::fs::write(
            &self.path,
            format!("{} {}", self.count, u8::from(self.unclean)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("vm-resets-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn seven_short_lives_without_mode_0_are_a_loop() {
        let path = directory("loop");
        let loops = |_| Resets::open(&path).modem_starts(0);
        assert_eq!(
            (0..9).map(loops).collect::<Vec<_>>(),
            [false, false, false, false, false, false, false, true, true]
        );
        let mut resets = Resets::open(&path);
        resets.modem_starts(0);
        resets.switched_off();
        assert!(!Resets::open(&path).modem_starts(0));
        std::fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn a_minute_of_life_begins_the_count_anew() {
        let path = directory("minute");
        for _ in 0..7 {
            Resets::open(&path).modem_starts(0);
        }
        let mut resets = Resets::open(&path);
        assert!(resets.modem_starts(500));
        resets.lives(60_499);
        assert_eq!(resets.count, 7);
        resets.lives(60_500);
        assert!(!Resets::open(&path).modem_starts(0));
        std::fs::remove_dir_all(path).unwrap();
    }
}
