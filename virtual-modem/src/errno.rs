//! Error numbers of the modem library and their translation from and to Linux.
//!
//! The modem library uses newlib's numbers, which differ from Linux's from 35 up. Callers compare the C `errno` with
//! the modem library's numbers, so that is what [`set_nrf_errno`] stores there; a copy per thread survives Linux calls
//! made in between.

use std::cell::Cell;

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident = $nrf:literal, $linux:expr;)*) => {
        $($(#[$doc])* pub const $name: i32 = $nrf;)*
        /// Each modem library number with its name and Linux number (0 where Linux has none).
        const TABLE: &[(i32, i32, &str)] = &[$(($name, $linux, stringify!($name))),*];
    };
}

numbers! {
    /// Operation not permitted: the library is not initialised.
    NRF_EPERM = 1, libc::EPERM;
    /// No such entry.
    NRF_ENOENT = 2, libc::ENOENT;
    /// Input or output failed.
    NRF_EIO = 5, libc::EIO;
    /// Answer or argument too long.
    NRF_E2BIG = 7, libc::E2BIG;
    /// Not an open descriptor.
    NRF_EBADF = 9, libc::EBADF;
    /// Try again: nothing there, or the time-out passed.
    NRF_EAGAIN = 11, libc::EAGAIN;
    /// Out of memory.
    NRF_ENOMEM = 12, libc::ENOMEM;
    /// Access denied.
    NRF_EACCES = 13, libc::EACCES;
    /// Bad address (a null pointer).
    NRF_EFAULT = 14, libc::EFAULT;
    /// Busy.
    NRF_EBUSY = 16, libc::EBUSY;
    /// Exists already.
    NRF_EEXIST = 17, libc::EEXIST;
    /// No such device.
    NRF_ENODEV = 19, libc::ENODEV;
    /// Invalid argument.
    NRF_EINVAL = 22, libc::EINVAL;
    /// Too many open descriptors.
    NRF_EMFILE = 24, libc::EMFILE;
    /// Storage full.
    NRF_ENOSPC = 28, libc::ENOSPC;
    /// Broken pipe.
    NRF_EPIPE = 32, libc::EPIPE;
    /// No data.
    NRF_ENODATA = 61, libc::ENODATA;
    /// Timer expired.
    NRF_ETIME = 62, libc::ETIME;
    /// Protocol error.
    NRF_EPROTO = 71, libc::EPROTO;
    /// Message not understood.
    NRF_EBADMSG = 77, libc::EBADMSG;
    /// Function not there.
    NRF_ENOSYS = 88, libc::ENOSYS;
    /// Operation not supported on this socket.
    NRF_EOPNOTSUPP = 95, libc::EOPNOTSUPP;
    /// Connection reset.
    NRF_ECONNRESET = 104, libc::ECONNRESET;
    /// No buffer space: no free socket or session.
    NRF_ENOBUFS = 105, libc::ENOBUFS;
    /// Address family not supported.
    NRF_EAFNOSUPPORT = 106, libc::EAFNOSUPPORT;
    /// Wrong protocol for the socket type.
    NRF_EPROTOTYPE = 107, libc::EPROTOTYPE;
    /// Not a socket.
    NRF_ENOTSOCK = 108, libc::ENOTSOCK;
    /// Unknown option.
    NRF_ENOPROTOOPT = 109, libc::ENOPROTOOPT;
    /// The modem is shut down.
    NRF_ESHUTDOWN = 110, libc::ESHUTDOWN;
    /// Connection refused, or credentials missing.
    NRF_ECONNREFUSED = 111, libc::ECONNREFUSED;
    /// Address in use.
    NRF_EADDRINUSE = 112, libc::EADDRINUSE;
    /// Connection aborted.
    NRF_ECONNABORTED = 113, libc::ECONNABORTED;
    /// No route to the network.
    NRF_ENETUNREACH = 114, libc::ENETUNREACH;
    /// The packet data connection is gone.
    NRF_ENETDOWN = 115, libc::ENETDOWN;
    /// Connection attempt timed out.
    NRF_ETIMEDOUT = 116, libc::ETIMEDOUT;
    /// Host down.
    NRF_EHOSTDOWN = 117, libc::EHOSTDOWN;
    /// No route to the host.
    NRF_EHOSTUNREACH = 118, libc::EHOSTUNREACH;
    /// In progress.
    NRF_EINPROGRESS = 119, libc::EINPROGRESS;
    /// Already started.
    NRF_EALREADY = 120, libc::EALREADY;
    /// Destination address required.
    NRF_EDESTADDRREQ = 121, libc::EDESTADDRREQ;
    /// Message too long.
    NRF_EMSGSIZE = 122, libc::EMSGSIZE;
    /// Protocol not supported.
    NRF_EPROTONOSUPPORT = 123, libc::EPROTONOSUPPORT;
    /// Address not available.
    NRF_EADDRNOTAVAIL = 125, libc::EADDRNOTAVAIL;
    /// Connection reset by the network.
    NRF_ENETRESET = 126, libc::ENETRESET;
    /// Connected already.
    NRF_EISCONN = 127, libc::EISCONN;
    /// Not connected.
    NRF_ENOTCONN = 128, libc::ENOTCONN;
    /// Not supported. Linux has one number for this and `EOPNOTSUPP`.
    NRF_ENOTSUP = 134, 0;
    /// Value too large.
    NRF_EOVERFLOW = 139, libc::EOVERFLOW;
    /// Cancelled.
    NRF_ECANCELED = 140, libc::ECANCELED;
}

thread_local! {
    static LAST: Cell<i32> = const { Cell::new(0) };
}

/// Stores a modem library error number for this thread, also in the C `errno`.
pub fn set_nrf_errno(number: i32) {
    LAST.with(|last| last.set(number));
    // SAFETY: the C library gives each thread a valid errno location.
    unsafe { *libc::__errno_location() = number };
}

/// The number of this thread's last failed modem library call (0 before the first).
pub fn nrf_errno() -> i32 {
    LAST.with(Cell::get)
}

/// The modem library number for a Linux number; `NRF_EIO` when it has none.
pub fn linux_to_nrf(linux: i32) -> i32 {
    TABLE
        .iter()
        .find(|row| row.1 != 0 && row.1 == linux)
        .map_or(NRF_EIO, |row| row.0)
}

/// The Linux number for a modem library number; `EIO` when Linux has none.
pub fn nrf_to_linux(nrf: i32) -> i32 {
    match nrf {
        NRF_ENOTSUP => libc::ENOTSUP,
        _ => TABLE
            .iter()
            .find(|row| row.0 == nrf)
            .map_or(libc::EIO, |row| row.1),
    }
}

/// Modem library number of a Rust I/O error.
pub fn io_to_nrf(error: &std::io::Error) -> i32 {
    error.raw_os_error().map_or(NRF_EIO, linux_to_nrf)
}

/// Name of a modem library number for logs, `?` when unknown.
pub fn name(nrf: i32) -> &'static str {
    TABLE
        .iter()
        .find(|row| row.0 == nrf)
        .map_or("?", |row| row.2)
}

/// Serves `lwm2m_os_nrf_errno()`: the number of this thread's last failed modem library call.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_os_nrf_errno() -> i32 {
    nrf_errno()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_above_35_are_translated_both_ways() {
        assert_eq!(linux_to_nrf(libc::ETIMEDOUT), 116);
        assert_eq!(linux_to_nrf(libc::ECONNREFUSED), 111);
        assert_eq!(linux_to_nrf(libc::ENETDOWN), 115);
        for row in TABLE {
            assert_eq!(
                linux_to_nrf(nrf_to_linux(row.0)),
                if row.0 == NRF_ENOTSUP { 95 } else { row.0 }
            );
        }
        assert_eq!(linux_to_nrf(libc::EXDEV), NRF_EIO);
    }

    #[test]
    fn the_copy_survives_linux_calls() {
        set_nrf_errno(NRF_ENETDOWN);
        assert!(std::fs::File::open("/does/not/exist").is_err());
        assert_eq!(lwm2m_os_nrf_errno(), NRF_ENETDOWN);
    }
}
