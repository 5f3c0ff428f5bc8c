//! Block-wise transfer both ways (RFC 7959).

use carrier_core::Event;
use carrier_core::config::{ASSEMBLY, UPLINK};
use carrier_core::profile::{Profile, generic};

use crate::sim::coap::*;
use crate::sim::network::{GOOD, Quality, Way};
use crate::sim::*;

/// Reads a path in blocks of this size, as a server that asks for them from the start; gives payload and block count.
fn read_in_blocks(world: &mut World, path: &str, size: usize) -> (Vec<u8>, u32) {
    let mut payload = Vec::new();
    let mut etag = None;
    for number in 0.. {
        let wanted = Block {
            number,
            more: false,
            size,
        };
        let request = world.request(GET, path).with(BLOCK2, wanted.bytes());
        let response = world.exchange(&request);
        assert_eq!(dotted(response.code), 205);
        let block = response.block(BLOCK2).expect("Block2");
        assert_eq!((block.number, block.size), (number, size));
        assert_eq!(
            *etag.get_or_insert(response.option(4).map(<[u8]>::to_vec)),
            response.option(4).map(<[u8]>::to_vec)
        );
        payload.extend_from_slice(&response.payload);
        if !block.more {
            return (payload, number + 1);
        }
        assert_eq!(response.payload.len(), size);
    }
    unreachable!("blocks end")
}

/// Writes application data in blocks; gives the code of the last answer.
fn write_in_blocks(world: &mut World, data: &[u8], size: usize) -> u16 {
    let count = data.chunks(size).count();
    for (number, part) in data.chunks(size).enumerate() {
        let block = Block {
            number: number as u32,
            more: number + 1 < count,
            size,
        };
        let response = write_block(world, "/10250/0/1", block, part);
        if !block.more || dotted(response.code) != 231 {
            return dotted(response.code);
        }
        assert_eq!(response.block(BLOCK1), Some(block));
    }
    unreachable!("the last block is answered")
}

fn write_block(world: &mut World, path: &str, block: Block, part: &[u8]) -> Message {
    let request = world
        .request(PUT, path)
        .with_uint(CONTENT_FORMAT, u32::from(OPAQUE))
        .with(BLOCK1, block.bytes())
        .payload(part);
    world.exchange(&request)
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length)
        .map(|index| (index * 7 + index / 256) as u8)
        .collect()
}

#[test]
#[cfg(feature = "object-app-data")]
fn any_block_size_gives_the_same_content() {
    let mut world = plain();
    let data = bytes(UPLINK);
    world
        .apply(|carrier| carrier.set_app_data(&data))
        .expect("it fits");
    for exponent in 0..7 {
        let size = 16 << exponent;
        let (payload, count) = read_in_blocks(&mut world, "/10250/0/0", size);
        assert_eq!(payload, data, "{size}");
        assert_eq!(count as usize, data.len().div_ceil(size));
    }
    let whole = world.get("/3/0").payload;
    assert_eq!(read_in_blocks(&mut world, "/3/0", 16).0, whole);
    let links = world.get_as("/3/0", LINK).payload;
    assert!(links.len() > 128);
}

#[test]
#[cfg(feature = "object-app-data")]
fn an_answer_longer_than_a_block_comes_in_blocks_unasked() {
    let mut world = plain();
    let data = bytes(UPLINK);
    world
        .apply(|carrier| carrier.set_app_data(&data))
        .expect("it fits");
    let first = world.get("/10250/0/0");
    let block = first.block(BLOCK2).expect("Block2");
    assert_eq!((block.number, block.more, block.size), (0, true, 1_024));
    assert_eq!(first.payload, data[..1_024]);
    // The server goes on with smaller blocks at the same position.
    let smaller = Block {
        number: 16,
        more: false,
        size: 64,
    };
    let request = world
        .request(GET, "/10250/0/0")
        .with(BLOCK2, smaller.bytes());
    let rest = world.exchange(&request);
    assert_eq!(rest.payload, data[1_024..UPLINK.min(1_088)]);
}

#[test]
fn a_block_behind_the_end_does_not_exist() {
    let mut world = plain();
    let behind = Block {
        number: 100,
        more: false,
        size: 64,
    };
    let request = world.request(GET, "/3/0").with(BLOCK2, behind.bytes());
    assert_eq!(dotted(world.exchange(&request).code) / 100, 4);
}

#[test]
#[cfg(feature = "object-app-data")]
fn a_changed_value_shows_in_the_entity_tag() {
    let mut world = plain();
    let tag = |world: &mut World| {
        let block = Block {
            number: 0,
            more: false,
            size: 64,
        };
        let request = world.request(GET, "/10250/0/0").with(BLOCK2, block.bytes());
        world.exchange(&request).option(4).map(<[u8]>::to_vec)
    };
    world
        .apply(|carrier| carrier.set_app_data(&[1; 200]))
        .expect("it fits");
    let first = tag(&mut world);
    assert!(first.is_some());
    assert_eq!(tag(&mut world), first);
    world
        .apply(|carrier| carrier.set_app_data(&[2; 200]))
        .expect("it fits");
    assert_ne!(tag(&mut world), first);
}

#[test]
#[cfg(feature = "object-app-data")]
fn blocks_written_in_order_arrive_as_one() {
    for size in [16, 64, 256, 1_024] {
        let mut world = plain();
        let data = bytes(ASSEMBLY);
        assert_eq!(write_in_blocks(&mut world, &data, size), 204, "{size}");
        assert_eq!(world.application.data, [data]);
    }
}

#[test]
#[cfg(feature = "object-app-data")]
fn a_longer_payload_than_can_be_taken_is_too_large_at_the_first_block_with_its_size() {
    let mut world = plain();
    let block = Block {
        number: 0,
        more: true,
        size: 1_024,
    };
    let request = world
        .request(PUT, "/10250/0/1")
        .with(BLOCK1, block.bytes())
        .with_uint(SIZE1, 100_000)
        .payload(bytes(1_024));
    let response = world.exchange(&request);
    assert_eq!(dotted(response.code), 413);
    assert!(response.option_uint(SIZE1).is_some());
    // No more blocks are asked for.
    assert_eq!(response.option_uint(BLOCK1).map(|bits| bits & 8), Some(0));
    assert_eq!(write_in_blocks(&mut world, &bytes(100_000), 1_024), 413);
    assert!(world.application.data.is_empty());
}

#[test]
#[cfg(feature = "object-app-data")]
fn a_missing_block_makes_the_request_incomplete() {
    let mut world = plain();
    let block = |number, more| Block {
        number,
        more,
        size: 64,
    };
    assert_eq!(
        dotted(write_block(&mut world, "/10250/0/1", block(1, true), &[1; 64]).code),
        408
    );
    assert_eq!(
        dotted(write_block(&mut world, "/10250/0/1", block(0, true), &[1; 64]).code),
        231
    );
    assert_eq!(
        dotted(write_block(&mut world, "/10250/0/1", block(2, false), &[1; 64]).code),
        408
    );
    assert!(world.application.data.is_empty());
}

#[test]
#[cfg(feature = "object-app-data")]
fn a_new_first_block_starts_over() {
    let mut world = plain();
    let first = Block {
        number: 0,
        more: true,
        size: 64,
    };
    write_block(&mut world, "/10250/0/1", first, &[1; 64]);
    write_block(
        &mut world,
        "/10250/0/1",
        Block { number: 1, ..first },
        &[1; 64],
    );
    let data = bytes(100);
    assert_eq!(write_in_blocks(&mut world, &data, 64), 204);
    assert_eq!(world.application.data, [data]);
}

#[test]
#[cfg(feature = "object-app-data")]
fn a_transfer_left_alone_is_forgotten() {
    let mut world = plain();
    let first = Block {
        number: 0,
        more: true,
        size: 64,
    };
    write_block(&mut world, "/10250/0/1", first, &[1; 64]);
    world.run(5 * MINUTE);
    let last = Block {
        number: 1,
        more: false,
        size: 64,
    };
    assert_eq!(
        dotted(write_block(&mut world, "/10250/0/1", last, &[1; 3]).code),
        408
    );
}

#[test]
#[cfg(feature = "object-app-data")]
fn a_short_block_in_the_middle_is_a_bad_request() {
    let mut world = plain();
    let first = Block {
        number: 0,
        more: true,
        size: 64,
    };
    assert_eq!(
        dotted(write_block(&mut world, "/10250/0/1", first, &[1; 63]).code),
        400
    );
}

#[test]
fn nothing_is_written_before_the_last_block() {
    let mut world = plain();
    let payload = tlv::entry(tlv::RESOURCE, 1, &1_200u16.to_be_bytes());
    let pad = tlv::entry(tlv::RESOURCE, 2, &[0, 0, 0, 0, 0, 0, 0, 9]);
    let all = [payload, pad].concat();
    let write = |world: &mut World, number, more, part: &[u8]| {
        let block = Block {
            number,
            more,
            size: 16,
        };
        let request = world
            .request(POST, "/1/0")
            .with_uint(CONTENT_FORMAT, u32::from(TLV))
            .with(BLOCK1, block.bytes())
            .payload(part);
        dotted(world.exchange(&request).code)
    };
    assert_eq!(all.len(), 15);
    assert_eq!(write(&mut world, 0, false, &all), 204);
    let twice = [all.clone(), all].concat();
    assert_eq!(write(&mut world, 0, true, &twice[..16]), 231);
    assert_eq!(world.get("/1/0/1").text(), "1200");
    assert_eq!(write(&mut world, 1, false, &twice[16..]), 204);
}

/// A list of instances much longer than one block: the same object over and over.
static LONG: Profile = Profile {
    objects: &[3; 100],
    ..generic::PROFILE
};

#[test]
fn a_long_object_list_is_registered_block_by_block() {
    for (size, quality) in [
        (None, GOOD),
        (Some(64), GOOD),
        (Some(32), GOOD),
        (Some(16), BAD),
    ] {
        let mut world = world("coap://server.example");
        world.profile = &LONG;
        world.server.block_size = size;
        world.network.quality = quality;
        world.start();
        world.run_until_registered();
        let objects = world
            .server
            .registration
            .clone()
            .expect("registered")
            .objects;
        assert_eq!(objects, ["</3/0>"; 100].join(","), "{size:?}");
        let blocks = world.server.registers.len();
        let last = world
            .server
            .registers
            .last()
            .expect("a block")
            .message
            .clone();
        let block = last.block(BLOCK1).expect("Block1");
        assert!(!block.more && block.size <= size.unwrap_or(1_024));
        assert!(blocks > objects.len() / 1_024 + 1, "{blocks}");
        assert_eq!(world.count(|event| *event == Event::Registered), 1);
    }
}

/// Loss that retransmission makes up for.
const BAD: Quality = Quality {
    loss: 5,
    duplication: 10,
    latency: (50, 500),
};

/// A device whose object list does not fit into 16 bytes, registering with a server that takes so little.
fn registered_in_blocks(size: usize) -> World {
    let mut world = world("coap://server.example");
    world.server.block_size = Some(size);
    world.start();
    world.run_until_registered();
    world
}

#[test]
#[cfg(feature = "object-portfolio")]
fn a_server_that_wants_smaller_blocks_gets_the_object_list_in_them() {
    for size in [16, 32] {
        let world = registered_in_blocks(size);
        let objects = world
            .server
            .registration
            .clone()
            .expect("registered")
            .objects;
        assert_eq!(
            objects,
            plain().server.registration.expect("registered").objects
        );
        assert!(world.delays().is_empty(), "no failed attempt");
        let blocks = world
            .server
            .registers
            .iter()
            .filter(|contact| contact.message.option(BLOCK1).is_some());
        assert!(blocks.count() >= 2);
    }
}

#[test]
fn every_block_of_a_registration_repeats_its_parameters_under_a_token_of_its_own() {
    let world = registered_in_blocks(16);
    let mut tokens = Vec::new();
    for contact in &world.server.registers {
        assert_eq!(contact.message.texts(URI_PATH), ["rd"]);
        assert_eq!(contact.message.texts(URI_QUERY).len(), 4);
        assert!(!tokens.contains(&contact.message.token));
        tokens.push(contact.message.token.clone());
    }
}

#[test]
#[cfg(feature = "object-portfolio")]
fn a_lost_block_of_a_registration_is_repeated() {
    let mut world = world("coap://server.example");
    world.server.block_size = Some(16);
    world.network.drop_next(Way::ToServer, 0);
    world.start();
    let end = world.now + MINUTE;
    while world.server.registers.len() < 2 {
        assert!(world.step(end));
    }
    world.network.drop_next(Way::ToClient, 1);
    world.network.drop_next(Way::ToServer, 1);
    world.run_until_registered();
    assert!(world.delays().is_empty());
}
