//! The cases whose instructions are counted. Only the functions named `measured_*` count; everything around them,
//! warming up included, does not.

use std::hint::black_box;

use carrier_core::coap::code;
use carrier_core::coap::message::Writer;
use carrier_core::coap::option::number;
use carrier_core::config::DATAGRAM;
use carrier_core::profile::generic;
use carrier_core::{Carrier, Duration, Instant, Output};

use crate::product::{LINK, Product};

/// A kind of datagram.
pub struct Case {
    /// Name in the report.
    pub name: &'static str,
    /// Most instructions per iteration.
    pub budget: u64,
}

const fn case(name: &'static str, budget: u64) -> Case {
    Case { name, budget }
}

/// All cases.
pub const CASES: [Case; 5] = [
    case("read_device_tlv", 5_000),
    case("read_battery", 1_500),
    case("write_lifetime", 1_800),
    case("discover_device", 4_000),
    case("notify_battery", 1_000),
];

/// Counted iterations of a case.
pub const ITERATIONS: u64 = 200;
/// Iterations before, until tables of recent exchanges are full.
const WARM_UP: u64 = 40;

/// From a datagram in to its reply out.
#[inline(never)]
fn measured_request(
    carrier: &mut Carrier,
    now: Instant,
    request: &[u8],
    reply: &mut [u8],
) -> Option<usize> {
    carrier.datagram(now, LINK, request, reply)
}

/// From a new value to the notification out.
#[inline(never)]
fn measured_notification(
    carrier: &mut Carrier,
    now: Instant,
    percent: u8,
    buffer: &mut [u8],
) -> Option<Output> {
    carrier.set_battery_level(percent).ok()?;
    carrier.poll(now, buffer)
}

/// Runs one case.
pub fn run(name: &str) -> Result<(), String> {
    let mut product = Product::registered("coap://server.example", &generic::PROFILE);
    match name {
        "read_device_tlv" => requests(&mut product, code::CONTENT, |product, _| {
            product.request(code::GET, &["3", "0"], |writer| accept(writer, 11_542))
        }),
        "read_battery" => requests(&mut product, code::CONTENT, |product, _| {
            product.request(code::GET, &["3", "0", "9"], |_| {})
        }),
        "write_lifetime" => requests(&mut product, code::CHANGED, |product, turn| {
            let lifetime: &[u8] = if turn % 2 == 0 { b"43200" } else { b"86400" };
            product.request(code::PUT, &["1", "0", "1"], |writer| {
                writer.option_uint(number::CONTENT_FORMAT, 0);
                writer.payload(lifetime);
            })
        }),
        "discover_device" => requests(&mut product, code::CONTENT, |product, _| {
            product.request(code::GET, &["3", "0"], |writer| accept(writer, 40))
        }),
        "notify_battery" => notifications(&mut product),
        _ => Err(format!("no case {name}")),
    }
}

fn accept(writer: &mut Writer<'_>, format: u32) {
    writer.option_uint(number::ACCEPT, format);
}

fn requests(
    product: &mut Product,
    expected: u8,
    mut request: impl FnMut(&mut Product, u64) -> Vec<u8>,
) -> Result<(), String> {
    let mut reply = [0; DATAGRAM];
    for turn in 0..WARM_UP + ITERATIONS {
        product.wait(Duration::from_secs(1));
        let request = request(product, turn);
        if turn < WARM_UP {
            product.exchange(&request);
            continue;
        }
        let length = black_box(measured_request(
            &mut product.carrier,
            product.now,
            black_box(&request),
            &mut reply,
        ));
        if length.is_none() || reply[1] != expected {
            return Err(format!("reply {:?} {:#04x}", length, reply[1]));
        }
        product.settle();
    }
    Ok(())
}

fn notifications(product: &mut Product) -> Result<(), String> {
    let observe = product.request(code::GET, &["3", "0", "9"], |_| {});
    // Observe stands before Uri-Path: the request is put together by hand.
    let mut with_observe = observe[..8].to_vec();
    with_observe.extend_from_slice(&[0x60, 0x51, b'3', 0x01, b'0', 0x01, b'9']);
    product.exchange(&with_observe);
    if product.carrier.observation_count() != 1 {
        return Err("not observed".into());
    }
    let mut buffer = [0; DATAGRAM];
    for turn in 0..WARM_UP + ITERATIONS {
        product.wait(Duration::from_secs(10));
        let percent = 10 + (turn % 80) as u8;
        if turn < WARM_UP {
            product.carrier.set_battery_level(percent).ok();
            product.settle();
            continue;
        }
        let output = measured_notification(
            &mut product.carrier,
            product.now,
            black_box(percent),
            &mut buffer,
        );
        if !matches!(black_box(output), Some(Output::Send { .. })) {
            return Err(format!("no notification but {output:?}"));
        }
        product.settle();
    }
    Ok(())
}
