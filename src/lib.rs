//! The C ABI and OS shell of lwm2m-carrier.
//!
//! | module | what it is |
//! |---|---|
//! | [`abi`] | types and constants of the public header |
//! | [`api`] | the functions exported to C |
//! | [`errno`] | C error numbers |
//! | `runtime` | the state, its locks, start-up and the run loop |
//! | [`sys`] | everything declared `extern`: hooks, modem library; the only other unsafe code |
//! | `weak` | what an application may define itself |
//!
//! Read `api`, then the run loop, then `sys`. The protocol is the package `carrier-core`; this one gives it threads, sockets and C.

#![no_std]
#![deny(unsafe_code)]

#[cfg(not(target_os = "none"))]
extern crate std;

pub mod abi;
pub mod api;
pub mod errno;
mod layout;
#[cfg(all(target_os = "none", not(feature = "panic-abort")))]
mod panic;
mod runtime;
pub mod sys;
mod weak;

// Its panic handler instead of ours.
#[cfg(all(target_os = "none", feature = "panic-abort"))]
use panic_abort as _;
