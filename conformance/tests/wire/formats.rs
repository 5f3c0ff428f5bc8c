//! Content format rows: TLV and plain text, both ways. No object has an object link or a float that can be written, and none takes
//! more than 1040 bytes: the longest forms are read only.

use carrier_lab::coap::{Code, format};
use carrier_lab::hex;
use carrier_lab::request::{Reply, Request};
use carrier_lab::tlv::{self, Body, Entry, Kind, multiple, resource};
use carrier_lab::value::Value;
use conformance::blank::{Blank, FIRST_SERVER};
use conformance::setup::Pair;

/// Pre-standard numbers of TLV and JSON.
const OLD_TLV: u16 = 1542;
const OLD_JSON: u16 = 1543;

fn read(pair: &Pair, path: &str) -> Reply {
    pair.expect(Request::read_as(path, format::TLV), Code::CONTENT)
}

fn text(pair: &Pair, path: &str) -> Vec<u8> {
    let reply = pair.expect(Request::read_as(path, format::TEXT), Code::CONTENT);
    reply.payload
}

/// Partial update of an instance with TLV bytes as they are.
fn update(path: &str, payload: &[u8]) -> Request {
    Request {
        code: Code::POST,
        ..Request::write(path, format::TLV, payload)
    }
}

/// The entries of an answer, which has to be in the shortest form.
fn shortest(reply: &Reply) -> Vec<Entry> {
    let entries = tlv::parse(&reply.payload).expect("TLV");
    assert_eq!(tlv::encode(&entries), reply.payload, "the shortest form");
    entries
}

/// A resource in a form of the server's choice: bytes of its id and of its length.
fn entry(id: u16, id_bytes: usize, length_bytes: usize, value: &[u8]) -> Vec<u8> {
    let in_type = if length_bytes == 0 { value.len() } else { 0 };
    let kind = 0xc0 | (id_bytes - 1) << 5 | length_bytes << 3 | in_type;
    let length = (value.len() as u32).to_be_bytes();
    [
        &[kind as u8][..],
        &id.to_be_bytes()[2 - id_bytes..],
        &length[4 - length_bytes..],
        value,
    ]
    .concat()
}

#[test]
fn cf_01_every_kind_of_entry_and_every_length_is_read_and_written() {
    let mut pair = Pair::registered();
    // Lengths in the type byte, in 8 and in 16 bits.
    for length in [1, 7, 8, 255, 256, 1000] {
        let data = vec![0xa5; length];
        pair.device.tell(&format!("appdata {}", hex::encode(&data)));
        let entries = shortest(&read(&pair, "/10250/0"));
        let value = entries.iter().find(|entry| entry.id == 0);
        assert_eq!(value.map(|entry| &entry.body), Some(&Body::Value(data)));
    }
    // Instances, multiple resources and their instances, with short and long ids.
    let identity = multiple(0, &[(0, Value::Text("host-7".into()))]);
    for id in [7, 300] {
        let create = Request::create("/16", &[tlv::instance(id, vec![identity.clone()])]);
        pair.expect(create, Code::CREATED);
    }
    let entries = shortest(&read(&pair, "/16"));
    let found = entries.iter().map(|entry| (entry.kind, entry.id));
    let wanted = [0, 7, 300].map(|id| (Kind::Instance, id));
    assert_eq!(found.collect::<Vec<_>>(), wanted);
    assert_eq!(entries[2].body, Body::Entries(vec![identity]));
    // What is longer than it has to be is understood as well.
    for (seconds, id_bytes, length_bytes) in [
        (100, 1, 0),
        (101, 2, 0),
        (102, 1, 1),
        (103, 2, 1),
        (104, 1, 2),
        (105, 2, 2),
        (106, 1, 3),
        (107, 2, 3),
    ] {
        let payload = entry(5, id_bytes, length_bytes, &[seconds]);
        pair.expect(update("/1/0", &payload), Code::CHANGED);
        assert_eq!(text(&pair, "/1/0/5"), seconds.to_string().into_bytes());
    }
    // A length beyond the end.
    let cut = entry(5, 1, 1, &[9, 9]);
    pair.expect(update("/1/0", &cut[..4]), Code::BAD_REQUEST);
    assert_eq!(text(&pair, "/1/0/5"), b"107");
}

#[test]
fn cf_02_integers_have_1_2_4_or_8_bytes() {
    let mut pair = Pair::registered();
    pair.device.tell("sources 1");
    for (value, length) in [
        (0, 1),
        (-1, 1),
        (127, 1),
        (-128, 1),
        (128, 2),
        (-129, 2),
        (32_767, 2),
        (-32_768, 2),
        (32_768, 4),
        (-32_769, 4),
        (i32::MAX, 4),
        (i32::MIN, 4),
    ] {
        pair.device.tell(&format!("current 1 {value}"));
        let reply = read(&pair, "/3/0/8");
        let entries = shortest(&reply);
        let Some(Body::Entries(inside)) = entries.first().map(|entry| &entry.body) else {
            panic!("no multiple resource: {entries:?}");
        };
        let Body::Value(bytes) = &inside[0].body else {
            panic!("no value: {inside:?}");
        };
        assert_eq!(bytes.len(), length, "{value}");
        assert_eq!(
            reply.value("/3/0/8/0"),
            Some(Value::Integer(i64::from(value)))
        );
    }
    for number in [0_i64, 1, 127, 128, 32_767, 32_768, i64::from(i32::MAX)] {
        let bytes = number.to_be_bytes();
        for length in [1, 2, 4, 8] {
            let fits = length == 8 || number < 1 << (8 * length - 1);
            if fits {
                let payload = entry(5, 1, 1, &bytes[8 - length..]);
                pair.expect(update("/1/0", &payload), Code::CHANGED);
                assert_eq!(text(&pair, "/1/0/5"), number.to_string().into_bytes());
            }
        }
    }
    // Out of the range of a time-out, or no length of an integer.
    let wrong = [
        &i64::MIN.to_be_bytes()[..],
        &(1_i64 << 31).to_be_bytes(),
        &[0xff],
        &[0, 0, 1],
        &[],
    ];
    for bytes in wrong {
        pair.expect(update("/1/0", &entry(5, 1, 1, bytes)), Code::BAD_REQUEST);
        assert_eq!(text(&pair, "/1/0/5"), i32::MAX.to_string().into_bytes());
    }
}

#[test]
fn cf_03_other_types_have_their_forms() {
    let mut pair = Pair::registered();
    for (byte, value) in [(1, true), (0, false), (1, true)] {
        pair.expect(update("/1/0", &entry(6, 1, 0, &[byte])), Code::CHANGED);
        assert_eq!(
            read(&pair, "/1/0/6").value("/1/0/6"),
            Some(Value::Boolean(value))
        );
    }
    for bytes in [&[2][..], &[0, 1], &[]] {
        pair.expect(update("/1/0", &entry(6, 1, 0, bytes)), Code::BAD_REQUEST);
    }
    pair.device.tell("location 59.25 -10.5 12.5 1700000000 3");
    let location = read(&pair, "/6/0");
    for entry in shortest(&location) {
        if let (0..=3, Body::Value(bytes)) = (entry.id, &entry.body) {
            assert!([4, 8].contains(&bytes.len()), "{entry:?}");
        }
    }
    // Numbers that both lengths hold exactly.
    for (path, wanted) in [("/6/0/0", 59.25), ("/6/0/1", -10.5), ("/6/0/2", 12.5)] {
        let value = location.value(path).and_then(|value| value.as_number());
        assert_eq!(value, Some(wanted), "{path}");
    }
    assert_eq!(location.value("/6/0/5"), Some(Value::Time(1_700_000_000)));
    let opaque = [0, 0xff, 0x80, 0x0a];
    pair.device
        .tell(&format!("appdata {}", hex::encode(&opaque)));
    assert_eq!(
        read(&pair, "/10250/0/0").value("/10250/0/0"),
        Some(Value::Opaque(opaque.to_vec()))
    );
    // The longest identity is kept whole, a longer one refused, and nothing is a text as well.
    for string in ["", "ä", &"x".repeat(200)] {
        let texts = multiple(0, &[(0, Value::Text(string.into()))]);
        pair.expect(Request::update_tlv("/16/0", &[texts]), Code::CHANGED);
        assert_eq!(
            read(&pair, "/16/0").value("/16/0/0/0"),
            Some(Value::Text(string.into()))
        );
    }
    let long = multiple(0, &[(0, Value::Text("x".repeat(300)))]);
    let codes = [Code::BAD_REQUEST, Code::of(4, 13)];
    pair.expect_one_of(Request::update_tlv("/16/0", &[long]), &codes);
    assert_eq!(
        read(&pair, "/16/0").value("/16/0/0/0"),
        Some(Value::Text("x".repeat(200)))
    );
}

#[test]
fn cf_04_resource_instances_keep_their_ids() {
    let blank = Blank::open(2).until_registered();
    let rights = [(2, Value::Integer(1)), (4, Value::Integer(3))];
    let list = multiple(2, &rights);
    // The first server owns what controls the device.
    let write = Request::write_tlv("/2/9/2", std::slice::from_ref(&list));
    blank.expect_managed(0, write, Code::CHANGED);
    let reply = blank.expect_managed(0, Request::read_as("/2/9/2", format::TLV), Code::CONTENT);
    assert_eq!(shortest(&reply), [list]);
    // One instance is a list all the same.
    let one = multiple(2, &[(FIRST_SERVER + 1, Value::Integer(31))]);
    let write = Request::write_tlv("/2/9/2", std::slice::from_ref(&one));
    blank.expect_managed(0, write, Code::CHANGED);
    let reply = blank.expect_managed(0, Request::read_as("/2/9/2", format::TLV), Code::CONTENT);
    assert_eq!(shortest(&reply), [one]);
}

#[test]
fn cf_05_an_instance_is_written_with_and_without_its_entry() {
    let pair = Pair::registered();
    let saved = tlv::parse(&read(&pair, "/1/0").payload).expect("TLV");
    let content = |seconds: i64| {
        let mut entries = saved.clone();
        // The short server id is not for servers to write.
        entries.retain(|entry| entry.id != 0 && entry.id != 5);
        entries.push(resource(5, &Value::Integer(seconds)));
        entries
    };
    for (entries, seconds) in [
        (content(60), "60"),
        (vec![tlv::instance(0, content(61))], "61"),
    ] {
        pair.expect(Request::write_tlv("/1/0", &entries), Code::CHANGED);
        assert_eq!(text(&pair, "/1/0/5"), seconds.as_bytes());
    }
    let other = [tlv::instance(1, content(62))];
    pair.expect(Request::write_tlv("/1/0", &other), Code::BAD_REQUEST);
    assert_eq!(text(&pair, "/1/0/5"), b"61");
}

#[test]
fn cf_06_plain_text_is_decimal() {
    let mut pair = Pair::registered();
    for value in ["1", "0"] {
        pair.expect(Request::write_text("/1/0/6", value), Code::CHANGED);
        assert_eq!(text(&pair, "/1/0/6"), value.as_bytes());
    }
    for value in ["2", "true", "", "01 "] {
        pair.expect(Request::write_text("/1/0/6", value), Code::BAD_REQUEST);
    }
    for value in ["0", "7", "2147483647"] {
        pair.expect(Request::write_text("/1/0/5", value), Code::CHANGED);
        assert_eq!(text(&pair, "/1/0/5"), value.as_bytes());
    }
    for value in [
        "",
        "-",
        "1.5",
        "0x10",
        " 1",
        "1e3",
        "99999999999999999999",
        "-1",
    ] {
        pair.expect(Request::write_text("/1/0/5", value), Code::BAD_REQUEST);
        assert_eq!(text(&pair, "/1/0/5"), b"2147483647", "{value}");
    }
    pair.device.tell("sources 1");
    pair.device.tell("current 1 -250");
    let list = pair.expect(Request::read_as("/3/0/8", format::TLV), Code::CONTENT);
    assert_eq!(list.value("/3/0/8/0"), Some(Value::Integer(-250)));
    pair.device
        .tell("location -59.9139 10.75 0.5 1700000000 3.25");
    for (path, wanted) in [("/6/0/0", -59.9139), ("/6/0/1", 10.75), ("/6/0/2", 0.5)] {
        let number: f64 = String::from_utf8(text(&pair, path))
            .ok()
            .and_then(|text| text.parse().ok())
            .expect("a number");
        assert!((number - wanted).abs() < 1e-5, "{path}: {number}");
    }
    assert_eq!(text(&pair, "/6/0/5"), b"1700000000");
    pair.expect(Request::write_text("/3/0/13", "1800000000"), Code::CHANGED);
    let seconds: i64 = String::from_utf8(text(&pair, "/3/0/13"))
        .ok()
        .and_then(|text| text.parse().ok())
        .expect("seconds");
    assert!((1_800_000_000..1_800_000_005).contains(&seconds));
}

#[test]
fn cf_07_bytes_are_base64_in_plain_text() {
    let mut pair = Pair::registered();
    // RFC 4648 10.
    for (data, coded) in [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
    ] {
        if !data.is_empty() {
            let data = hex::encode(data.as_bytes());
            pair.device.tell(&format!("appdata {data}"));
            assert_eq!(text(&pair, "/10250/0/0"), coded.as_bytes());
        }
        pair.expect(Request::write_text("/10250/0/1", coded), Code::CHANGED);
        let event = pair.device.wait_event("APP_DATA");
        assert_eq!(event.details[0], data.len().to_string());
        let bytes = event.details.get(1).map_or("", String::as_str);
        assert_eq!(bytes, hex::encode(data.as_bytes()));
    }
    for wrong in ["Zg", "Zg=", "Z", "Zm9v====", "Z*9v"] {
        pair.expect(Request::write_text("/10250/0/1", wrong), Code::BAD_REQUEST);
    }
}

#[test]
fn cf_12_the_old_number_of_tlv_is_understood_and_that_of_json_unknown() {
    let pair = Pair::registered();
    let seconds = |number: i64| tlv::encode(&[resource(5, &Value::Integer(number))]);
    let old = Request {
        code: Code::POST,
        ..Request::write("/1/0", OLD_TLV, &seconds(60))
    };
    pair.expect(old, Code::CHANGED);
    assert_eq!(text(&pair, "/1/0/5"), b"60");
    let reply = pair.expect(Request::read_as("/1/0", OLD_TLV), Code::CONTENT);
    assert_eq!(reply.payload, read(&pair, "/1/0").payload);
    let json = br#"{"e":[{"n":"5","v":61}]}"#;
    for code in [Code::POST, Code::PUT] {
        let request = Request {
            code,
            ..Request::write("/1/0", OLD_JSON, json)
        };
        pair.expect(request, Code::UNSUPPORTED_FORMAT);
    }
    pair.expect(Request::read_as("/1/0", OLD_JSON), Code::NOT_ACCEPTABLE);
    assert_eq!(text(&pair, "/1/0/5"), b"60");
}
