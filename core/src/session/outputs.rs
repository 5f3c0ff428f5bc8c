//! What is to be done outside.

use heapless::Vec;

use crate::boundary::Output;
use crate::config::SERVERS;

/// Nine for a modem that may have forgotten its subscriptions; when everything is due at once besides, four for a package that does not come
/// and for counters, and a link of each server to be closed.
const MOST: usize = 13 + SERVERS;

/// Outputs in the order they were put. There is room for the most that wait at the same time: what one of them causes comes behind the
/// others, so the place of one that is taken is free at once.
pub struct Outputs {
    all: Vec<Output, MOST, u8>,
}

impl Outputs {
    /// Nothing to do.
    pub const fn new() -> Outputs {
        Outputs { all: Vec::new() }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Puts one more behind the others.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn put(&mut self, output: Output) {
        // The next one may need the buffer that a datagram waits in.
        debug_assert!(self.all.is_empty() || !matches!(output, Output::Send { .. }));
        let full = self.all.push(output).is_err();
        debug_assert!(!full, "more outputs than can wait");
    }

    /// Takes the first one.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn take(&mut self) -> Option<Output> {
        let first = *self.all.first()?;
        if self.all.len() > 1 {
            self.all.copy_within(1.., 0);
        }
        self.all.pop();
        Some(first)
    }
}
