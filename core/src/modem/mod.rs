//! The modem's language: AT commands we ask ([`query`]) and notifications we understand ([`notice`]).
//! Texts only; who sends them and when is decided elsewhere.

pub mod notice;
pub mod query;
