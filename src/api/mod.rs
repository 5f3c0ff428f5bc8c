//! The functions exported to C, one file for each part of the header.
//!
//! Rules: every pointer is checked for null before use; out-parameters are written on success or as the comment says; errno values
//! are negative and chosen in one `match` in the order of the header's list; no lock is held when a function returns or calls out.
//! All functions may be called from any thread, none from an interrupt.

#![allow(unsafe_code)]

pub mod app_data;
pub mod device;
pub mod lifecycle;
pub mod location;
pub mod portfolio;
pub mod time;
