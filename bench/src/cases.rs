//! The cases whose instructions are counted. Only the functions named `measured_*` count; everything around them,
//! warming up included, does not.

use std::hint::black_box;

use carrier_core::coap::code;
use carrier_core::coap::message::Writer;
use carrier_core::coap::option::number;
use carrier_core::config::{DATAGRAM, PORTFOLIO_INSTANCES};
use carrier_core::profile::generic;
use carrier_core::{Carrier, Duration, Input, Instant, Output};

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
pub const CASES: [Case; 6] = [
    case("read_device_tlv", 5_000),
    case("read_battery", 1_500),
    case("write_lifetime", 1_800),
    case("discover_device", 4_000),
    case("notify_battery", 1_000),
    case("register_all", 16_000),
];

/// A new value with so many observations, matching or not: from the application's call until nothing is left to send.
pub struct Growth {
    /// Name in the report.
    pub name: &'static str,
    /// Observations of the value.
    pub matching: u64,
    /// Observations of other values.
    pub others: u64,
}

const fn growth(name: &'static str, matching: u64, others: u64) -> Growth {
    Growth {
        name,
        matching,
        others,
    }
}

/// The numbers of observations a change is measured with; the first is without any.
pub const GROWTH: [Growth; 7] = [
    growth("change_observed_0", 0, 0),
    growth("change_observed_1", 1, 0),
    growth("change_observed_8", 8, 0),
    growth("change_observed_24", 24, 0),
    growth("change_beside_1", 0, 1),
    growth("change_beside_8", 0, 8),
    growth("change_beside_24", 0, 24),
];

/// Most instructions of a change besides what each observation adds.
const CHANGE: u64 = 400;
/// Most that a matching observation adds, which is its notification.
const MATCHING: u64 = 1_250;
/// Most that an observation of something else adds.
const OTHER: u64 = 20;

impl Growth {
    /// Most instructions: no more than linear in the matching observations.
    pub const fn budget(&self) -> u64 {
        CHANGE + MATCHING * self.matching + OTHER * self.others
    }
}

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

/// From a new value to the last notification out.
#[inline(never)]
fn measured_change(
    carrier: &mut Carrier,
    now: Instant,
    percent: u8,
    buffer: &mut [u8],
) -> Option<u64> {
    carrier.set_battery_level(percent).ok()?;
    let mut sent = 0;
    while let Some(output) = carrier.poll(now, buffer) {
        if !matches!(output, Output::Send { .. }) {
            return None;
        }
        sent += 1;
    }
    Some(sent)
}

/// What the client does by itself from a lost link to a new registration: Register, in blocks if it is long.
#[inline(never)]
fn measured_registration(carrier: &mut Carrier, now: Instant, buffer: &mut [u8]) -> Option<Output> {
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
        "register_all" => registrations(&mut product),
        _ => match GROWTH.iter().find(|growth| growth.name == name) {
            Some(growth) => changes(&mut product, growth),
            None => Err(format!("no case {name}")),
        },
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

/// Observes `/3/0/9`, or `/3/0/10` that does not change; the token ends with `number`.
fn observe(product: &mut Product, matching: bool, number: u8) {
    let request = product.request(code::GET, &["3", "0", "9"], |_| {});
    // Observe stands before Uri-Path: the request is put together by hand.
    let mut with_observe = request[..8].to_vec();
    with_observe[7] = number;
    with_observe.extend_from_slice(&[0x60, 0x51, b'3', 0x01, b'0']);
    with_observe.extend_from_slice(if matching {
        &[0x01, b'9']
    } else {
        &[0x02, b'1', b'0']
    });
    product.exchange(&with_observe);
}

/// Changes the battery level every ten seconds beside so many observations of it and so many others; `measured` is one turn.
fn battery(
    product: &mut Product,
    matching: u64,
    others: u64,
    mut measured: impl FnMut(&mut Product, u8, &mut [u8]) -> Result<(), String>,
) -> Result<(), String> {
    for number in 0..matching + others {
        observe(product, number < matching, number as u8);
    }
    if product.carrier.observation_count() as u64 != matching + others {
        return Err("not observed".into());
    }
    let mut buffer = [0; DATAGRAM];
    for turn in 0..WARM_UP + ITERATIONS {
        product.wait(Duration::from_secs(10));
        let percent = 10 + (turn % 80) as u8;
        if turn < WARM_UP {
            product.carrier.set_battery_level(percent).ok();
            product.settle();
        } else {
            measured(product, black_box(percent), &mut buffer)?;
        }
    }
    Ok(())
}

fn changes(product: &mut Product, growth: &Growth) -> Result<(), String> {
    battery(
        product,
        growth.matching,
        growth.others,
        |product, percent, buffer| {
            let sent = measured_change(&mut product.carrier, product.now, percent, buffer);
            match sent {
                Some(sent) if sent == growth.matching => Ok(()),
                _ => Err(format!("{sent:?} notifications")),
            }
        },
    )
}

fn notifications(product: &mut Product) -> Result<(), String> {
    battery(product, 1, 0, |product, percent, buffer| {
        let output = measured_notification(&mut product.carrier, product.now, percent, buffer);
        if !matches!(black_box(output), Some(Output::Send { .. })) {
            return Err(format!("no notification but {output:?}"));
        }
        product.settle();
        Ok(())
    })
}

/// Registers the longest object list there is, anew each time.
fn registrations(product: &mut Product) -> Result<(), String> {
    for instance in 1..PORTFOLIO_INSTANCES as u16 {
        let created = product.carrier.create_portfolio_instance(instance);
        created.map_err(|refusal| format!("{refusal:?}"))?;
    }
    let located = product.carrier.set_location(59.9, 10.7, 1.0, 1, 1.0);
    located.map_err(|refusal| format!("{refusal:?}"))?;
    for turn in 0..WARM_UP + ITERATIONS {
        product.wait(Duration::from_secs(3_600));
        let before = product.sent.len();
        product.carrier.input(product.now, Input::LinkLost(LINK));
        if turn < WARM_UP {
            product.settle();
        } else {
            product.settle_by(measured_registration);
        }
        if product.sent.len() == before || !product.carrier.is_registered() {
            return Err("no registration".into());
        }
    }
    Ok(())
}
