//! The error numbers of the C API: the values of the C library of the target, as the header's reader sees them.
//! newlib and Linux agree on all but three of them.

use core::ffi::c_int;
use core::num::NonZeroU8;

/// A C error number, positive. Functions return it negated. One byte and never zero, so that a result fits a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Errno(NonZeroU8);

impl Errno {
    /// Operation not permitted.
    pub const PERM: Self = Self::new(1);
    /// No such thing.
    pub const NOENT: Self = Self::new(2);
    /// Input or output failed.
    pub const IO: Self = Self::new(5);
    /// Too long.
    pub const TOO_BIG: Self = Self::new(7);
    /// Out of memory.
    pub const NOMEM: Self = Self::new(12);
    /// Access refused.
    pub const ACCES: Self = Self::new(13);
    /// Internal fault.
    pub const FAULT: Self = Self::new(14);
    /// No such device.
    pub const NODEV: Self = Self::new(19);
    /// Argument not valid.
    pub const INVAL: Self = Self::new(22);
    /// Not supported.
    pub const NOTSUP: Self = Self::new(if cfg!(target_os = "linux") { 95 } else { 134 });
    /// Given up by the other side.
    pub const CANCELED: Self = Self::new(if cfg!(target_os = "linux") { 125 } else { 140 });
    /// Time is up.
    pub const TIMEDOUT: Self = Self::new(if cfg!(target_os = "linux") { 110 } else { 116 });

    /// Only for the constants above: zero does not compile there.
    const fn new(number: u8) -> Self {
        match NonZeroU8::new(number) {
            Some(number) => Self(number),
            None => panic!(),
        }
    }

    /// The number as a C function returns it: negative.
    pub const fn negative(self) -> c_int {
        -(self.0.get() as c_int)
    }
}

/// The C result of an operation without a value: 0 or the negative error number.
pub fn to_c(result: Result<(), Errno>) -> c_int {
    match result {
        Ok(()) => 0,
        Err(errno) => errno.negative(),
    }
}
