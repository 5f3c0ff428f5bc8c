//! Object 11 by itself: what fits, what is stored, and what the modem says.

use std::vec::Vec;

use super::*;
use crate::lwm2m::object::{Object, Phase, Refusal};
use crate::lwm2m::value::Value;

fn set(own: &mut Apn, id: u16, resource: u16, text: &str) -> Result<(), Refusal> {
    let value = Value::Text(text.as_bytes());
    own.prepare(false);
    own.write(id, resource, 0, &value, Phase::Check)?;
    own.write(id, resource, 0, &value, Phase::Apply)
}

fn stored(own: &Apn) -> Vec<u8> {
    let mut bytes = Vec::new();
    own.store(&mut |more| bytes.extend_from_slice(more));
    bytes
}

#[test]
fn what_is_stored_comes_back_and_what_is_cut_short_does_no_harm() {
    let mut own = Apn::new();
    own.configure(Some("configured"), None);
    assert_eq!(own.create(None), Ok(2));
    assert_eq!(own.create(Some(3)), Ok(3));
    assert_eq!(own.create(None), Err(Refusal::Full));
    set(&mut own, 1, ACCESS_POINT, "written").unwrap();
    set(&mut own, 2, SECRET, "secret").unwrap();
    set(&mut own, 3, NAME, "n\u{e4}me").unwrap();
    let bytes = stored(&own);
    let mut restored = Apn::new();
    restored.restore(&bytes);
    assert_eq!(stored(&restored), bytes);
    assert_eq!(
        restored.written(1).map(|point| point.name),
        Some(&b"written"[..])
    );
    for length in 0..bytes.len() {
        let mut cut = Apn::new();
        cut.restore(&bytes[..length]);
        assert!(stored(&cut).len() <= bytes.len());
    }
    restored.restore(&[]);
    assert!(!restored.is_written() && restored.take_note(CHANGED));
    // Nothing to forget is no change.
    restored.restore(&[]);
    assert!(!restored.take_note(CHANGED));
}

#[test]
fn what_is_written_drives_out_what_the_modem_said_and_no_more() {
    let mut own = Apn::new();
    let answer = "+CGDCONT: 0,\"IPV4V6\",\"a.name\",\"10.0.0.2 2001:0DB8:0000:0000:0000:0000:0000:0001\",0,0\r\n";
    own.take(Query::Contexts, answer, 5);
    assert!(own.value(0, ADDRESSES, 1).is_some());
    own.create(Some(1)).unwrap();
    set(&mut own, 1, ACCESS_POINT, &"a".repeat(63)).unwrap();
    set(&mut own, 1, USER, &"u".repeat(64)).unwrap();
    assert!(own.value(0, ADDRESSES, 0).is_none());
    assert_eq!(set(&mut own, 1, SECRET, "one too many"), Err(Refusal::Full));
    // Values of one request are counted together.
    own.restore(&[]);
    own.create(Some(1)).unwrap();
    own.prepare(false);
    let (long, text) = (NAME, "x".repeat(64));
    for (resource, expected) in [(long, Ok(())), (USER, Ok(())), (SECRET, Err(Refusal::Full))] {
        let value = Value::Text(text.as_bytes());
        assert_eq!(own.write(1, resource, 0, &value, Phase::Check), expected);
    }
    own.take(Query::Contexts, answer, 6);
    assert!(own.value(0, ADDRESSES, 1).is_some());
}

#[test]
fn attempts_are_shown_with_their_times() {
    let mut own = Apn::new();
    own.configure(Some("one"), Some("two"));
    own.connected(0, 0, 0);
    own.time_is_known(100);
    own.refused(1, 33, 110);
    let number = |own: &Apn, id, resource| match own.value(id, resource, 0) {
        Some((0, Value::Integer(number))) => Some(number),
        _ => None,
    };
    assert_eq!(number(&own, 0, BEGAN), Some(100));
    assert_eq!(
        (number(&own, 1, RESULT), number(&own, 1, CAUSE)),
        (Some(1), Some(33))
    );
    own.connected(2, 4, 120);
    assert_eq!(own.active(), 0b101);
    // Only the last attempt is remembered.
    assert_eq!(number(&own, 1, RESULT), None);
    assert_eq!(
        (number(&own, 2, RESULT), number(&own, 2, CAUSE)),
        (Some(0), None)
    );
    // Looked after: it was there before.
    own.connected(2, 0, 130);
    assert_eq!(number(&own, 2, BEGAN), Some(120));
    let answer = "+CGDCONT: 0,\"IP\",\"net\",\"10.0.0.2\",0,0\r\n+CGDCONT: 4,\"IPV6\",\"two\",\"2001::1\",0,0\r\n";
    own.take(Query::Contexts, answer, 140);
    assert_eq!(number(&own, 2, KIND), Some(2));
    assert_eq!(number(&own, 0, KIND), Some(1));
    let ended = answer.replace("2001::1", "");
    own.take(Query::Contexts, &ended, 150);
    assert_eq!((number(&own, 2, ENDED), own.active()), (Some(150), 1));
    own.disconnected(true, 160);
    assert_eq!((number(&own, 0, ENDED), own.active()), (Some(160), 0));
}

#[test]
fn what_the_modem_said_is_news_once() {
    let mut own = Apn::new();
    own.configure(Some("one"), None);
    own.connected(1, 4, 10);
    let news = |own: &mut Apn| [0, 1, 2].map(|id| own.take_news(id).unwrap());
    assert_eq!(news(&mut own), [0, u32::MAX, 0]);
    assert_eq!(own.take_news(4), None);
    let answer = "+CGDCONT: 0,\"IPV4V6\",\"iot.test\",\"10.0.0.2 2001:0DB8::1\",0,0\r\n\
                  +CGDCONT: 4,\"IP\",\"own\",\"10.0.0.3\",0,0\r\nOK\r\n";
    own.take(Query::Contexts, answer, 11);
    assert_eq!(news(&mut own), [u32::MAX, 1 << ADDRESSES, 0]);
    let servers = "+CGCONTRDP: 0,,\"iot.test\",\"\",\"\",\"10.0.0.53\",\"10.0.0.54\",,,,,1464\r\n\
                   +CGCONTRDP: 0,,\"iot.test\",\"\",\"\",\"2001:0DB8::53\",\"\"\r\n\
                   +CGCONTRDP: 4,,\"own\",\"\",\"\",\"10.0.0.55\",\"\"\r\nOK\r\n";
    own.take(Query::NameServers, servers, 12);
    let both = 1 << NAME_SERVER | 1 << SECOND_NAME_SERVER;
    assert_eq!(news(&mut own), [both, 1 << NAME_SERVER, 0]);
    let text = |id, resource, index| match own.value(id, resource, index) {
        Some((place, Value::Text(text))) if usize::from(place) == index => Some(text),
        _ => None,
    };
    assert_eq!(text(0, ADDRESSES, 1), Some(&b"2001:0DB8::1"[..]));
    assert_eq!(text(0, NAME_SERVER, 1), Some(&b"2001:0DB8::53"[..]));
    assert_eq!(text(0, SECOND_NAME_SERVER, 0), Some(&b"10.0.0.54"[..]));
    assert_eq!(text(1, NAME_SERVER, 0), Some(&b"10.0.0.55"[..]));
    own.take(Query::Contexts, answer, 13);
    own.take(Query::NameServers, servers, 13);
    assert_eq!(news(&mut own), [0; 3]);
    for text in [
        "",
        "OK\r\n",
        "ERROR",
        "+CGDCONT",
        "+CGDCONT: 0",
        "+CGDCONT: x,\"IP\",\"a\",\"b\"\r\n",
        "+CGDCONT: 0,\"IP\",\"a\",\"b",
    ] {
        own.take(Query::Contexts, text, 14);
        own.take(Query::NameServers, text, 14);
        assert_eq!(news(&mut own), [0; 3], "{text}");
    }
    own.take(Query::Contexts, "+CGDCONT: 0\r\n", 15);
    assert_eq!(news(&mut own), [1 << ACCESS_POINT | 1 << ADDRESSES, 0, 0]);
}

#[test]
fn what_is_only_read_is_not_written_by_a_bootstrap_server_either() {
    let mut own = Apn::new();
    own.configure(Some("configured"), None);
    for resource in [BEGAN, RESULT, CAUSE, ENDED] {
        for number in 0..4 {
            let written = own.write(1, resource, 0, &Value::Integer(number), Phase::Apply);
            assert_eq!(written, Err(Refusal::BadRequest), "{resource}");
        }
    }
    assert!(!own.is_written() && !own.take_note(UNSAVED | CHANGED));
}
