//! Packages of the modem's firmware: the modem makes them, a server pushes them to `/5/0/0`, and the modem's folder tells
//! which bytes arrived.

use crate::device::{Device, Settings};
use carrier_lab::coap::format;
use carrier_lab::request::Request;
use std::time::Duration;

/// The version that a package brings unless said otherwise.
pub const UPDATED: &str = "mfw_nrf9160_1.3.3";

/// Makes the modem quick.
pub fn quick(settings: Settings) -> Settings {
    settings
        .scenario("firmware erase-time 50ms")
        .scenario("firmware apply-time 50ms")
}

/// A package of so many bytes in all; `kind` is empty, `foreign` or `damaged`.
pub fn package(device: &Device, bytes: usize, kind: &str) -> Vec<u8> {
    let file = device.folder().join("update.bin");
    let path = file.display();
    device.control(&format!("firmware package {path} {UPDATED} {bytes} {kind}"));
    std::fs::read(&file).expect("the modem has made a package")
}

/// The bytes in the modem's area.
pub fn written(device: &Device) -> Vec<u8> {
    std::fs::read(device.folder().join("modem/package")).unwrap_or_default()
}

/// Writes `/5/0/0`.
pub fn write(payload: &[u8]) -> Request {
    Request::write("/5/0/0", format::OPAQUE, payload).timeout(Duration::from_secs(30))
}
