//! Bytes of UDP payload with objects 1 and 3 only.

use carrier_core::Duration;
use carrier_core::coap::code;
use carrier_core::coap::message::{Kind, Message};
use carrier_core::coap::option::number;
use carrier_core::profile::{Profile, generic};

use crate::product::Product;

static SMALL: Profile = Profile {
    objects: &[1, 3],
    lifetime: 86_400,
    ..generic::PROFILE
};

/// Name, result and budget of each measured length.
pub fn measure() -> Result<Vec<(&'static str, usize, usize)>, String> {
    let mut plain = Product::registered("coap://server.example", &SMALL);
    let mut secure = Product::registered("coaps://server.example", &SMALL);
    let register = last(&plain, code::POST)?;
    let update_dtls = update(&mut secure)?;
    let update_nosec = update(&mut plain)?;
    let notification = notification(&mut plain)?;
    let overhead = read_overhead(&mut plain)?;
    let deregister_dtls = deregister(&mut secure)?;
    let deregister_nosec = deregister(&mut plain)?;
    Ok(vec![
        ("register", register, 80),
        ("update_dtls", update_dtls, 12),
        ("update_nosec", update_nosec, 16),
        ("deregister_dtls", deregister_dtls, 12),
        ("deregister_nosec", deregister_nosec, 16),
        ("notify_battery", notification, 14),
        ("read_device_overhead", overhead, 12),
    ])
}

/// Length of the last datagram sent with this code.
fn last(product: &Product, wanted: u8) -> Result<usize, String> {
    product
        .sent
        .iter()
        .rfind(|datagram| datagram.get(1) == Some(&wanted))
        .map(Vec::len)
        .ok_or_else(|| format!("nothing sent with code {wanted:#04x}"))
}

fn update(product: &mut Product) -> Result<usize, String> {
    product.sent.clear();
    product.wait(Duration::from_secs(86_400 - 60));
    last(product, code::POST)
}

fn deregister(product: &mut Product) -> Result<usize, String> {
    let reboot = product.request(code::POST, &["3", "0", "4"], |_| {});
    product.sent.clear();
    product.exchange(&reboot);
    product.wait(Duration::from_secs(1));
    last(product, code::DELETE)
}

fn notification(product: &mut Product) -> Result<usize, String> {
    let read = product.request(code::GET, &["3", "0", "9"], |_| {});
    let mut observe = read[..8].to_vec();
    observe.extend_from_slice(&[0x60, 0x51, b'3', 0x01, b'0', 0x01, b'9']);
    product.exchange(&observe);
    product.sent.clear();
    product.carrier.set_battery_level(57).ok();
    product.wait(Duration::from_secs(1));
    let datagram = product.sent.first().ok_or("no notification")?;
    let message = Message::parse(datagram).map_err(|error| format!("{error:?}"))?;
    if message.kind != Kind::NonConfirmable || message.payload() != b"57" {
        return Err(format!("not the notification: {message:?}"));
    }
    Ok(datagram.len())
}

/// What the reply to Read /3/0 adds to its payload.
fn read_overhead(product: &mut Product) -> Result<usize, String> {
    let read = product.request(code::GET, &["3", "0"], |writer| {
        writer.option_uint(number::ACCEPT, 11_542)
    });
    let reply = product.exchange(&read);
    let message = Message::parse(&reply).map_err(|error| format!("{error:?}"))?;
    if message.code != code::CONTENT {
        return Err(format!("not a content reply: {message:?}"));
    }
    Ok(reply.len() - message.payload().len())
}
