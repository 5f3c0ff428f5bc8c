//! What is to be done outside.

use heapless::Vec;

use crate::boundary::Output;

/// Outputs in the order they were put. There is room for the most that one input can cause, since all are taken after each.
pub struct Outputs {
    taken: u8,
    all: Vec<Output, 12, u8>,
}

impl Outputs {
    /// Nothing to do.
    pub const fn new() -> Outputs {
        Outputs {
            taken: 0,
            all: Vec::new(),
        }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Puts one more behind the others.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn put(&mut self, output: Output) {
        let full = self.all.push(output).is_err();
        debug_assert!(!full, "outputs are drained after every input");
    }

    /// Takes the first one.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn take(&mut self) -> Option<Output> {
        let first = *self.all.get(usize::from(self.taken))?;
        self.taken += 1;
        if usize::from(self.taken) == self.all.len() {
            *self = Outputs::new();
        }
        Some(first)
    }
}
