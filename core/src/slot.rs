//! An optional value whose empty state is all zero bytes.
//!
//! `Option` hides its tag in unused values of its content, which makes `None` non-zero; a static with one non-zero byte
//! is stored twice on a device, in flash and in RAM.

/// A value or nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Slot<T> {
    /// Nothing.
    #[default]
    Empty,
    /// A value.
    Full(T),
}

impl<T> Slot<T> {
    /// The value, if there is one.
    pub fn as_ref(&self) -> Option<&T> {
        match self {
            Slot::Full(value) => Some(value),
            Slot::Empty => None,
        }
    }

    /// The value, if there is one, to change it.
    pub fn as_mut(&mut self) -> Option<&mut T> {
        match self {
            Slot::Full(value) => Some(value),
            Slot::Empty => None,
        }
    }

    /// Whether there is a value.
    pub fn is_full(&self) -> bool {
        matches!(self, Slot::Full(_))
    }

    /// Empties the slot and gives what it held.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn take(&mut self) -> Option<T> {
        match core::mem::replace(self, Slot::Empty) {
            Slot::Full(value) => Some(value),
            Slot::Empty => None,
        }
    }
}
