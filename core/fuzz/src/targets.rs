//! What is fuzzed: datagrams to a registered client, payload decoders, modem texts, files and answers of the SIM.

use carrier_core::Query;
use carrier_core::card::{self, Bootstrap};
use carrier_core::lwm2m::format::senml::{Pack, Writer};
use carrier_core::lwm2m::format::{Format, cbor, text, tlv};
use carrier_core::lwm2m::sink::Sink;
use carrier_core::lwm2m::value::{Type, Value};
use carrier_core::lwm2m::write::arguments_are_valid;
use carrier_core::modem::apdu::{Answer, OPEN_CHANNEL};
use carrier_core::modem::number::{Form, number_in};
use carrier_core::modem::{notice, query, saving};
use carrier_core::objects::Objects;
use carrier_core::record::{
    Basis, LARGEST, decode_access_points, decode_accounts, digest, encode_access_points,
    encode_accounts,
};

use crate::device::Device;

const TYPES: [Type; 8] = [
    Type::Integer,
    Type::Float,
    Type::Boolean,
    Type::Text,
    Type::Opaque,
    Type::Time,
    Type::Link,
    Type::None,
];

/// What can come of each form of number.
const FORMS: [(Form, std::ops::RangeInclusive<i64>); 7] = [
    (Form::Cell, 0..=0x0FFF_FFFF),
    (Form::Bits, 0..=255),
    (Form::Country, 0..=999),
    (Form::Network, 0..=999),
    (Form::Bearer, 6..=7),
    (Form::Strength, -157..=-44),
    (Form::Quality, -35..=2),
];

const QUERIES: [Query; 10] = [
    Query::SimState,
    Query::Imei,
    Query::Imsi,
    Query::Iccid,
    Query::Msisdn,
    Query::Manufacturer,
    Query::Hardware,
    Query::Clock,
    Query::Functional,
    Query::Registration,
];

/// Datagrams for a fresh device, each behind its length in two bytes; the first byte of all chooses the transport and
/// the version of LwM2M.
pub fn datagrams(data: &[u8]) {
    let Some((first, mut rest)) = data.split_first() else {
        return;
    };
    let mut device = Device::registered(first & 1 == 1, first & 2 == 2);
    while let [high, low, tail @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([high & 7, *low])).min(tail.len());
        device.datagram(&tail[..length]);
        // The high bits say how much time passes before the next.
        device.wait(1 << (high >> 3));
        rest = &tail[length..];
    }
    device.check_alive();
}

/// Datagrams for a blank device that awaits its bootstrap server, in the form of [`datagrams`].
pub fn bootstrap(data: &[u8]) {
    let Some((first, mut rest)) = data.split_first() else {
        return;
    };
    let mut device = Device::blank(first & 1 == 1, first & 2 == 2);
    while let [high, low, tail @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([high & 7, *low])).min(tail.len());
        device.datagram(&tail[..length]);
        device.wait(1 << (high >> 3));
        rest = &tail[length..];
    }
    device.check_alive();
}

/// The body of a stored record, around which head and checksum are right. What can be loaded can be stored and loaded
/// again, and a client lives with it.
pub fn record(data: &[u8]) {
    let mut bytes = vec![0x4C, 3];
    bytes.extend_from_slice(data);
    let checksum = digest(&[&bytes]).to_be_bytes();
    bytes.extend_from_slice(&checksum);
    let mut objects = Objects::new();
    let mut basis = Basis::NONE;
    if decode_accounts(&bytes, &mut basis, &mut objects) {
        let mut again = [0; LARGEST];
        let length = encode_accounts(&basis, &mut objects, &mut again);
        assert!(length > 0, "accounts fit into their record");
        let (mut same, mut same_basis) = (Objects::new(), Basis::NONE);
        assert!(decode_accounts(
            &again[..length],
            &mut same_basis,
            &mut same
        ));
        assert_eq!(same_basis, basis);
        assert!(same.security.all().eq(objects.security.all()));
        assert!(same.server.all().eq(objects.server.all()));
    }
    let sim = data.first_chunk().map_or(0, |sim| u32::from_be_bytes(*sim));
    decode_access_points(Some(&bytes), sim, &mut objects);
    let (mut once, mut twice) = ([0; LARGEST], [0; LARGEST]);
    let length = encode_access_points(sim, &objects, &mut once);
    decode_access_points(once.get(..length), sim, &mut objects);
    encode_access_points(sim, &objects, &mut twice);
    assert_eq!(once, twice);
    let mut device = Device::blank(false, false);
    device.restart_with(Some(bytes));
    device.notice("+CEREG: 1");
    device.answer();
    device.wait(300_000);
}

/// TLV, text, CBOR and SenML payloads, and arguments of Execute.
pub fn payload(data: &[u8]) {
    entries(data, 0);
    for kind in TYPES {
        let mut scratch = [0; 64];
        std::hint::black_box(text::value(kind, data, &mut scratch));
        if let Some(Value::Text(text)) = cbor::value(kind, data, &mut scratch) {
            assert!(text.len() <= data.len() && std::str::from_utf8(text).is_ok());
        }
    }
    records(data, Format::SenmlJson);
    records(data, Format::SenmlCbor);
    std::hint::black_box(arguments_are_valid(data));
}

/// What is read as a value is written and read again the same.
fn records(data: &[u8], format: Format) {
    let mut pack = Pack::new(format, data);
    let mut count = 0;
    while pack.advance() {
        count += 1;
        assert!(count <= data.len(), "more records than bytes");
        for kind in TYPES {
            let mut scratch = [0; 256];
            let value = pack.value(kind);
            // A float has more digits than JSON is given.
            let Some(value) = value
                .and_then(|value| format.value(kind, value, &mut scratch))
                .filter(|value| !matches!(value, Value::Float(_) | Value::Double(_)))
                // Nothing has its value at the root.
                .filter(|_| pack.path().depth() > 0)
            else {
                continue;
            };
            let mut bytes = [0; 8_192];
            let mut sink = Sink::new(&mut bytes);
            let mut writer = Writer::new(&mut sink, format);
            for _ in 0..2 {
                writer.base(pack.path());
                writer.record(pack.path(), &value);
                writer.turn();
            }
            let length = sink.written();
            if !sink.is_complete() {
                continue;
            }
            let mut again = Pack::new(format, &bytes[..length]);
            assert!(again.advance(), "a record");
            assert_eq!(again.path(), pack.path());
            let mut room = [0; 8_192];
            let same = again.value(kind).expect("a value");
            assert_eq!(format.value(kind, same, &mut room), Some(value));
            assert!(!again.advance() && again.is_whole());
        }
    }
    std::hint::black_box(pack.is_whole());
}

fn entries(data: &[u8], depth: u32) {
    let mut entries = tlv::Entries::new(data);
    let mut total = 0;
    for entry in entries.by_ref() {
        total += entry.value.len() + 2;
        assert!(total <= data.len(), "entries are longer than their bytes");
        for kind in TYPES {
            std::hint::black_box(tlv::value(kind, entry.value));
        }
        if depth < 3 {
            entries_inside(entry.value, depth);
        }
    }
    std::hint::black_box(entries.is_whole());
}

fn entries_inside(data: &[u8], depth: u32) {
    entries(data, depth + 1);
}

/// AT notifications and answers.
pub fn modem(data: &[u8]) {
    let Ok(line) = std::str::from_utf8(data) else {
        return;
    };
    let parsed = notice::parse(line);
    if parsed.is_some() {
        assert!(
            notice::matters(line.trim()),
            "a notice is not recognised by its prefix: {line:?}"
        );
    }
    std::hint::black_box(notice::clock(line));
    std::hint::black_box(query::registration_status(line));
    for index in 0..8 {
        for (form, range) in FORMS {
            let number = number_in(data, index, form);
            assert!(number.is_none_or(|number| range.contains(&i64::from(number as i32))));
        }
    }
    let mut rest = line.as_bytes();
    while let Some(line) = query::line(&mut rest) {
        assert!(query::field(line, 2).len() + query::field(line, 3).len() < data.len());
    }
    for access in [4, 5] {
        assert!(saving::edrx(line, access).is_none_or(|bits| bits < 16));
    }
    for query in QUERIES {
        std::hint::black_box(query::text(query, line));
        std::hint::black_box(query::number(query, line));
    }
}

/// Files of the SIM, and its answers to commands.
pub fn card(data: &[u8]) {
    assert!(card::directories(data).count() <= data.len() / 2);
    std::hint::black_box(card::bootstrap_file(data));
    std::hint::black_box(card::file_size(data));
    if let Some(bootstrap) = Bootstrap::new(data) {
        let length = bootstrap.file_length();
        assert_eq!(Bootstrap::new(&data[..length]), Some(bootstrap.clone()));
        let longest = length - 4;
        let mut total = 0;
        for (_, tlv) in bootstrap {
            total += tlv.len() + 5;
            assert!(total <= longest, "objects are longer than their bytes");
        }
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut room = [0xA5; 24];
    let mut command = OPEN_CHANNEL;
    // The last byte is not offered.
    match command.answer(text, &mut room[..23]) {
        Some(Answer::Data(length)) => assert!(4 + 2 * length <= data.len()),
        Some(Answer::Again) => assert!(command != OPEN_CHANNEL || command.last == 1),
        None => {}
    }
    assert_eq!(room[23], 0xA5);
}
