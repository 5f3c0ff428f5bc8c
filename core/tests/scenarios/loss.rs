//! Bad networks: 20 percent loss both ways, duplicates, reordering, latencies of a second. Everything completes, and
//! nothing happens twice.

use carrier_core::Event;
use carrier_core::config::{ASSEMBLY, UPLINK};

use crate::sim::coap::*;
use crate::sim::network::{Network, Quality};
use crate::sim::*;

const BAD: Quality = Quality {
    loss: 20,
    duplication: 10,
    latency: (50, 1_000),
};

fn on_a_bad_network(uri: &'static str, seed: u64) -> World {
    let mut world = world(uri);
    // Longer than a server tries to deliver a request: without retransmissions arriving the link would count as idle.
    world.config.session_idle_timeout = 600;
    world.network = Network::new(seed);
    world.network.quality = BAD;
    world.start();
    let end = world.now + 2 * DAY;
    while !world.carrier.is_registered() || world.server.registration.is_none() {
        assert!(
            world.step(end),
            "seed {seed}: {:?}",
            world.application.events
        );
    }
    world
}

/// Repeats a request under a new message id until it is answered, as a server's operator would.
fn insist(world: &mut World, build: impl Fn(&mut World) -> Message) -> (Message, u32) {
    for attempt in 1..10 {
        let request = build(world);
        if let Some(response) = world.try_exchange(&request) {
            return (response, attempt);
        }
    }
    panic!("no response in ten attempts");
}

#[test]
fn registration_succeeds_whatever_the_seed() {
    for seed in 0..40 {
        let mut world = on_a_bad_network("coap://server.example", seed);
        world.run(DAY);
        assert!(world.carrier.is_registered(), "seed {seed}");
        assert_eq!(world.count(|event| *event == Event::Registered), 1);
    }
}

#[test]
#[cfg(feature = "object-app-data")]
fn every_write_of_application_data_arrives_exactly_once_and_in_order() {
    for seed in 0..20 {
        let mut world = on_a_bad_network("coap://server.example", seed);
        let mut wanted = Vec::new();
        for count in 0..50u8 {
            let (response, attempts) = insist(&mut world, |world| {
                world
                    .request(PUT, "/10250/0/1")
                    .with_uint(CONTENT_FORMAT, u32::from(OPAQUE))
                    .payload([count; 20])
            });
            assert_eq!(dotted(response.code), 204);
            // An attempt given up may have arrived nevertheless.
            wanted.push((vec![count; 20], attempts as usize));
        }
        world.run(5 * MINUTE);
        let mut data = world.application.data.clone();
        let total = data.len();
        data.dedup();
        assert_eq!(
            data,
            wanted
                .iter()
                .map(|(data, _)| data.clone())
                .collect::<Vec<_>>(),
            "seed {seed}"
        );
        let most: usize = wanted.iter().map(|(_, attempts)| attempts).sum();
        assert!(
            total <= most,
            "seed {seed}: {total} events for {most} requests"
        );
    }
}

#[test]
#[cfg(feature = "object-portfolio")]
fn creating_and_deleting_instances_leaves_exactly_what_was_asked_for() {
    let identity = tlv::entry(
        tlv::MULTIPLE,
        0,
        &tlv::entry(tlv::RESOURCE_INSTANCE, 0, b"one"),
    );
    for seed in 0..20 {
        let mut world = on_a_bad_network("coap://server.example", seed);
        for _ in 0..10 {
            let request = world
                .request(POST, "/16")
                .with_uint(CONTENT_FORMAT, u32::from(TLV))
                .payload(&identity);
            let Some(created) = world.try_exchange(&request) else {
                continue;
            };
            assert_eq!(dotted(created.code), 201, "seed {seed}");
            let location = format!("/{}", created.texts(LOCATION_PATH).join("/"));
            let (deleted, attempts) = insist(&mut world, |world| world.request(DELETE, &location));
            assert!(dotted(deleted.code) == 202 || attempts > 1, "seed {seed}");
        }
    }
}

#[test]
fn reads_and_writes_complete_over_dtls() {
    for seed in 0..10 {
        let mut world = on_a_bad_network("coaps://server.example", seed);
        for count in 0..30u32 {
            let lifetime = (3_600 + count).to_string();
            let (written, _) = insist(&mut world, |world| {
                world
                    .request(PUT, "/1/0/1")
                    .with_uint(CONTENT_FORMAT, 0)
                    .payload(&lifetime)
            });
            assert_eq!(dotted(written.code), 204);
            let (read, _) = insist(&mut world, |world| world.request(GET, "/1/0/1"));
            assert_eq!(read.text(), lifetime);
        }
    }
}

#[test]
#[cfg(feature = "object-app-data")]
fn block_transfers_both_ways_are_whole() {
    let data: Vec<u8> = (0..UPLINK.min(ASSEMBLY))
        .map(|index| (index * 13) as u8)
        .collect();
    for seed in 0..10 {
        let mut world = on_a_bad_network("coap://server.example", seed);
        world
            .apply(|carrier| carrier.set_app_data(&data))
            .expect("it fits");
        let mut read = Vec::new();
        for number in 0..data.len().div_ceil(64) as u32 {
            let block = Block {
                number,
                more: false,
                size: 64,
            };
            let (response, _) = insist(&mut world, |world| {
                world.request(GET, "/10250/0/0").with(BLOCK2, block.bytes())
            });
            read.extend_from_slice(&response.payload);
        }
        assert_eq!(read, data, "seed {seed}");
        let parts: Vec<&[u8]> = data.chunks(128).collect();
        // A transfer in which a request is given up starts over.
        'transfer: for _ in 0..20 {
            for (number, part) in parts.iter().enumerate() {
                let block = Block {
                    number: number as u32,
                    more: number + 1 < parts.len(),
                    size: 128,
                };
                let request = world
                    .request(PUT, "/10250/0/1")
                    .with_uint(CONTENT_FORMAT, u32::from(OPAQUE))
                    .with(BLOCK1, block.bytes())
                    .payload(part);
                let Some(response) = world.try_exchange(&request) else {
                    continue 'transfer;
                };
                match dotted(response.code) {
                    231 if block.more => {}
                    204 if !block.more => break 'transfer,
                    other => panic!("seed {seed}: {other} for block {number}"),
                }
            }
        }
        assert!(!world.application.data.is_empty(), "seed {seed}");
        assert!(
            world
                .application
                .data
                .iter()
                .all(|arrived| *arrived == data)
        );
    }
}

/// Pushes a package in blocks as a server's operator would: a block that is not answered is repeated under a new message id.
/// Gives the number of attempts that were for nothing.
fn push(world: &mut World, package: &[u8], size: usize, seed: u64) -> u32 {
    let parts: Vec<&[u8]> = package.chunks(size).collect();
    let mut vain = 0;
    for (number, part) in parts.iter().enumerate() {
        let block = Block {
            number: number as u32,
            more: number + 1 < parts.len(),
            size,
        };
        let (response, attempts) = insist(world, |world| {
            world
                .request(PUT, "/5/0/0")
                .with_uint(CONTENT_FORMAT, u32::from(OPAQUE))
                .with(BLOCK1, block.bytes())
                .payload(part)
        });
        let wanted = if block.more { 231 } else { 204 };
        assert_eq!(dotted(response.code), wanted, "seed {seed}, block {number}");
        vain += attempts - 1;
    }
    vain
}

#[cfg(feature = "object-firmware")]
#[test]
fn a_firmware_package_is_whole_and_each_part_written_once() {
    let package: Vec<u8> = (0..4_500).map(|index| (index * 13 / 3) as u8).collect();
    let mut vain = 0;
    for seed in 0..20 {
        let size = [64, 256, 1_024][seed as usize % 3];
        let mut world = on_a_bad_network("coap://server.example", seed);
        vain += push(&mut world, &package, size, seed);
        assert_eq!(world.modem.package.bytes(), package, "seed {seed}");
        let parts = package.len().div_ceil(size);
        assert_eq!(world.modem.package.parts.len(), parts, "seed {seed}");
        // Copies of what began it come late, and begin nothing.
        world.run(5 * MINUTE);
        assert_eq!(world.count(|event| *event == Event::FirmwareStarted), 1);
        let (state, _) = insist(&mut world, |world| world.request(GET, "/5/0/3"));
        assert_eq!(state.text(), "2", "seed {seed}");
        let (answer, _) = insist(&mut world, |world| world.request(POST, "/5/0/2"));
        assert!([204, 405].contains(&dotted(answer.code)));
        world.run(10 * MINUTE);
        assert_eq!(
            (world.resets, world.modem.package.version()),
            (1, "mfw_1.3.3")
        );
    }
    assert!(vain > 0, "no request was ever given up");
}

#[test]
fn observers_see_the_newest_value_in_the_end() {
    for seed in 0..20 {
        let mut world = on_a_bad_network("coap://server.example", seed);
        world
            .apply(|carrier| carrier.set_power_sources(&[1]))
            .expect("valid");
        insist(&mut world, |world| {
            let mut request = world.request(PUT, "/3/0/9");
            for item in ["pmin=1", "pmax=30"] {
                request = request.with(URI_QUERY, item);
            }
            request
        });
        let token = world.server.new_token();
        insist(&mut world, |world| {
            let mut request = world.request(GET, "/3/0/9").with_uint(OBSERVE, 0);
            request.token = token.clone();
            request
        });
        for level in 0..100u8 {
            world
                .apply(|carrier| carrier.set_battery_level(level))
                .expect("declared");
            world.run(3 * SECOND);
        }
        world.run(5 * MINUTE);
        let notifications = world.take_notifications(&token);
        // The newest by sequence, not by arrival (RFC 7641 3.4).
        let newest = notifications
            .iter()
            .max_by_key(|one| one.message.option_uint(OBSERVE))
            .expect("notifications");
        assert_eq!(newest.message.text(), "99", "seed {seed}");
    }
}

#[test]
fn a_reboot_asked_for_once_happens_once() {
    for seed in 0..20 {
        let mut world = on_a_bad_network("coap://server.example", seed);
        world.restarts = false;
        let request = world.request(POST, "/3/0/4");
        let answered = world.try_exchange(&request).is_some();
        world.run(MINUTE);
        assert!(world.resets <= 1);
        assert!(!answered || world.resets == 1, "seed {seed}");
        assert_eq!(
            world.count(|event| *event == Event::Reboot),
            world.resets as usize
        );
    }
}
