//! The error numbers of the C API: the values of the C library of the target, as the header's reader sees them.
//! newlib and Linux agree on all but two of them.

use core::ffi::c_int;

/// A C error number, positive. Functions return it negated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Errno(c_int);

impl Errno {
    /// Operation not permitted.
    pub const PERM: Self = Self(1);
    /// No such thing.
    pub const NOENT: Self = Self(2);
    /// Input or output failed.
    pub const IO: Self = Self(5);
    /// Too long.
    pub const TOO_BIG: Self = Self(7);
    /// Out of memory.
    pub const NOMEM: Self = Self(12);
    /// Access refused.
    pub const ACCES: Self = Self(13);
    /// Internal fault.
    pub const FAULT: Self = Self(14);
    /// No such device.
    pub const NODEV: Self = Self(19);
    /// Argument not valid.
    pub const INVAL: Self = Self(22);
    /// Not supported.
    pub const NOTSUP: Self = Self(if cfg!(target_os = "linux") { 95 } else { 134 });
    /// Time is up.
    pub const TIMEDOUT: Self = Self(if cfg!(target_os = "linux") { 110 } else { 116 });

    /// The number as a C function returns it: negative.
    pub const fn negative(self) -> c_int {
        -self.0
    }
}

/// The C result of an operation without a value: 0 or the negative error number.
pub fn to_c(result: Result<(), Errno>) -> c_int {
    match result {
        Ok(()) => 0,
        Err(errno) => errno.negative(),
    }
}
