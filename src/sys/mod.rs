//! The only place, besides the exported functions, where unsafe code lives.
//!
//! `hook_types`, `hooks` and `nrf` declare what others define; the files beside them wrap each function once, turning codes into `Result` and
//! pointers into slices, so that nothing above this module sees a raw pointer. Callbacks from C copy, post and return.

#![allow(unsafe_code)]

pub(crate) mod application;
pub(crate) mod at;
pub(crate) mod dfu;
pub mod hook_types;
pub mod hooks;
pub(crate) mod keys;
pub mod modem_abi;
pub mod nrf;
pub mod opening;
pub(crate) mod os;
pub(crate) mod pdn;
pub(crate) mod poll;
pub mod provision;
pub(crate) mod ptr;
pub(crate) mod setting;
pub(crate) mod sms;
pub(crate) mod socket;
pub(crate) mod storage;
