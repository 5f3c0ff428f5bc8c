//! The modem's language: AT commands we ask ([`query`]), notifications we understand ([`notice`]) and commands it passes on to the SIM
//! ([`apdu`]); power saving parameters ([`timer`]). Texts only; who sends them and when is decided elsewhere.

pub mod apdu;
pub mod notice;
pub mod query;
pub mod timer;
