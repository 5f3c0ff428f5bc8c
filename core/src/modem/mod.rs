//! The modem's language: AT commands we ask ([`query`]), notifications we understand ([`notice`]), the numbers in both ([`number`],
//! [`signal`]), power saving ([`saving`], [`timer`]), and commands it passes on to the SIM ([`apdu`]). Texts only; who sends them and
//! when is decided elsewhere.

pub mod apdu;
pub mod notice;
pub mod number;
pub mod query;
pub mod saving;
pub mod signal;
pub mod timer;
