//! Block-wise rows. Writes go to the application data of `/10250/0/1`, which takes 1040 bytes and tells the application what came, and
//! where a row names `/5/0/0` also there; reads come from `/10250/0/0`.

use carrier_lab::coap::{Block, Code, Message, format, option};
use carrier_lab::hex;
use carrier_lab::request::{Reply, Request};
use carrier_lab::tlv::{self, multiple};
use carrier_lab::value::Value;
use conformance::firmware;
use conformance::setup::Pair;
use std::time::Duration;

const DOWNLINK: &str = "/10250/0/1";
const UPLINK: &str = "/10250/0/0";
/// Most bytes the container takes.
const LARGEST: usize = 1040;

/// Bytes without a period of a block size.
fn data(length: usize) -> Vec<u8> {
    (0..length)
        .map(|index| (index * 7 + index / 251) as u8)
        .collect()
}

fn write(payload: &[u8]) -> Request {
    Request::write(DOWNLINK, format::OPAQUE, payload)
}

/// The next application data event holds these bytes.
fn expect_event(pair: &Pair, payload: &[u8]) {
    let event = pair.device.wait_event("APP_DATA");
    assert_eq!(event.details[0], payload.len().to_string());
    assert_eq!(
        event.details.get(1).cloned().unwrap_or_default(),
        hex::encode(payload)
    );
}

fn messages(reply: &Reply) -> impl Iterator<Item = &Message> {
    reply.earlier.iter().chain([&reply.message])
}

/// One block of a write, sent by itself.
fn one_block(number: u32, more: bool, exponent: u8, payload: &[u8]) -> Request {
    let block = Block {
        number,
        more,
        exponent,
    };
    let mut request = write(payload);
    let value = block.to_uint().to_be_bytes();
    let short: Vec<u8> = value.into_iter().skip_while(|byte| *byte == 0).collect();
    request.options.push((option::BLOCK1, short));
    request
}

/// Each block but the last was answered 2.31, and all of them with their number, size and whether more follow.
fn expect_continued(reply: &Reply, length: usize, size: usize) {
    let blocks = length.div_ceil(size);
    assert_eq!(reply.earlier.len() + 1, blocks, "{size}");
    for (number, message) in messages(reply).enumerate() {
        let last = number + 1 == blocks;
        let code = if last { Code::CHANGED } else { Code::CONTINUE };
        assert_eq!(message.code, code, "{size}: block {number}");
        let echo = message.block(option::BLOCK1).expect("a Block1 option");
        assert_eq!(
            (echo.number as usize, echo.more, echo.size()),
            (number, !last, size),
        );
    }
}

#[test]
fn bk_01_writes_in_blocks_of_each_size_arrive_whole() {
    let pair = Pair::registered();
    for size in [16, 256, 1024] {
        let payload = data(LARGEST);
        let reply = pair.expect(write(&payload).block1(size), Code::CHANGED);
        expect_continued(&reply, LARGEST, size);
        expect_event(&pair, &payload);
    }
    assert_eq!(pair.device.count("APP_DATA"), 3);
    let (pair, _) = Pair::start(firmware::quick).until_registered();
    let image = firmware::package(&pair.device, 5_000, "");
    for size in [16, 256, 1024] {
        let reply = pair.expect(firmware::write(&image).block1(size), Code::CHANGED);
        expect_continued(&reply, image.len(), size);
        assert_eq!(firmware::written(&pair.device), image, "{size}");
        pair.expect(firmware::write(&[0]), Code::CHANGED);
    }
    assert_eq!(pair.device.count("FOTA_START"), 3);
}

#[test]
fn bk_02_a_single_block_is_a_whole_write() {
    let pair = Pair::registered();
    let payload = data(9);
    let reply = pair.expect(one_block(0, false, 2, &payload), Code::CHANGED);
    let echo = reply
        .message
        .block(option::BLOCK1)
        .expect("a Block1 option");
    assert_eq!((echo.number, echo.more), (0, false));
    expect_event(&pair, &payload);
}

#[test]
fn bk_03_a_transfer_does_not_begin_in_the_middle() {
    let pair = Pair::registered();
    pair.expect(one_block(1, true, 0, &data(16)), Code::INCOMPLETE);
    pair.expect(one_block(1, false, 0, &data(5)), Code::INCOMPLETE);
    pair.expect_alive();
    assert_eq!(pair.device.count("APP_DATA"), 0);
}

#[test]
fn bk_04_too_large_payloads_are_refused() {
    let pair = Pair::registered();
    let too_large = Code::of(4, 13);
    // Larger than the resource can hold: told by Size1 at once, or found out on the way.
    let reply = pair.expect(write(&data(5000)).block1(512), too_large);
    assert_eq!(reply.message.uint(option::SIZE1), Some(LARGEST as u32));
    assert!(
        reply.earlier.is_empty(),
        "Size1 told it with the first block"
    );
    for number in 0..2 {
        pair.expect(one_block(number, true, 5, &data(512)), Code::CONTINUE);
    }
    let reply = pair.expect(one_block(2, true, 5, &data(512)), too_large);
    assert_eq!(reply.message.uint(option::SIZE1), Some(LARGEST as u32));
    pair.expect_alive();
    // Larger than the receive buffer.
    for length in [1500, 4000] {
        let reply = pair.expect(
            write(&data(length)).timeout(Duration::from_secs(5)),
            too_large,
        );
        assert!(reply.message.payload.is_empty());
        pair.expect_alive();
    }
    assert_eq!(pair.device.count("APP_DATA"), 0);
    pair.expect(write(&data(64)), Code::CHANGED);
    expect_event(&pair, &data(64));
}

#[test]
fn bk_05_a_long_value_is_read_in_blocks() {
    let mut pair = Pair::registered();
    let value = data(LARGEST);
    pair.device
        .tell(&format!("appdata {}", hex::encode(&value)));
    let reply = pair.expect(Request::read(UPLINK), Code::CONTENT);
    let first = messages(&reply).next().unwrap().block(option::BLOCK2);
    assert!(first.is_some_and(|block| block.number == 0 && block.more));
    assert_eq!(reply.payload, value);
}

#[test]
fn bk_06_the_servers_block_size_is_used() {
    let mut pair = Pair::registered();
    let value = data(200);
    pair.device
        .tell(&format!("appdata {}", hex::encode(&value)));
    let reply = pair.expect(Request::read(UPLINK).block2(16), Code::CONTENT);
    assert_eq!(reply.payload, value);
    let blocks: Vec<Block> = messages(&reply)
        .filter_map(|message| message.block(option::BLOCK2))
        .collect();
    assert_eq!(blocks.len(), 13);
    for (number, block) in blocks.iter().enumerate() {
        assert_eq!((block.number as usize, block.size()), (number, 16));
        assert_eq!(block.more, number < 12);
    }
}

#[test]
fn bk_07_a_short_value_is_one_block() {
    let mut pair = Pair::registered();
    let value = data(5);
    pair.device
        .tell(&format!("appdata {}", hex::encode(&value)));
    let reply = pair.expect(Request::read(UPLINK).block2(1024), Code::CONTENT);
    assert!(reply.earlier.is_empty());
    assert_eq!(reply.payload, value);
    let block = reply.message.block(option::BLOCK2);
    assert!(
        block.is_none_or(|block| block.number == 0 && !block.more),
        "{block:?}"
    );
}

#[test]
fn bk_09_blocks_may_cut_a_value() {
    let mut pair = Pair::registered();
    pair.device.tell("portfolio create 1");
    let texts: Vec<(u16, Value)> = [
        "an-identity-of-the-host",
        "a manufacturer",
        "m-1",
        "7.7.7-release",
    ]
    .iter()
    .enumerate()
    .map(|(index, text)| (index as u16, Value::Text(text.to_string())))
    .collect();
    let payload = tlv::encode(&[multiple(0, &texts)]);
    let request = Request {
        code: Code::POST,
        ..Request::write("/16/1", format::TLV, &payload).block1(16)
    };
    pair.expect(request, Code::CHANGED);
    let reply = pair.expect(Request::read_as("/16/1", format::TLV), Code::CONTENT);
    for (index, value) in texts {
        assert_eq!(reply.value(&format!("/16/1/0/{index}")), Some(value));
    }
}

#[test]
fn a_repeated_block_is_answered_alike_and_counted_once() {
    let pair = Pair::registered();
    let payload = data(40);
    for (number, part) in payload.chunks(16).enumerate() {
        let more = number < 2;
        let request = Request {
            token: Some(vec![7; 4]),
            message_id: Some(0x4000 + number as u16),
            ..one_block(number as u32, more, 0, part)
        };
        let code = if more { Code::CONTINUE } else { Code::CHANGED };
        pair.expect(request.clone(), code);
        pair.expect(request, code);
    }
    expect_event(&pair, &payload);
    pair.expect_alive();
    assert_eq!(pair.device.count("APP_DATA"), 1);
}
