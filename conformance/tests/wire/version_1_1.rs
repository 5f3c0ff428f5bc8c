//! Rows of LwM2M 1.1, against the archive that speaks both versions. SenML and CBOR are read and written by other people's codecs.

use carrier_lab::coap::{Code, option};
use carrier_lab::event::Operation;
use carrier_lab::request::{Reply, Request};
use ciborium::value::Value as Cbor;
use conformance::blank::{Blank, FIRST_SERVER};
use conformance::device::Settings;
use conformance::setup::{Pair, eventually};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(10);
const CBOR: u16 = 60;
const SENML_JSON: u16 = 110;
const SENML_CBOR: u16 = 112;

fn both(settings: Settings) -> Settings {
    Settings {
        both_versions: true,
        ..settings
    }
}

/// A registered device with power sources and a battery.
fn prepared() -> Pair {
    let (mut pair, registration) = Pair::start(both).until_registered();
    assert_eq!(registration.version, "1.1");
    for command in ["sources 1 5", "voltage 5 5000", "battery 80"] {
        pair.device.tell(command);
    }
    pair
}

/// Values of a SenML payload by path, each as the JSON of its value.
fn values(reply: &Reply) -> BTreeMap<String, Json> {
    match reply.format() {
        Some(110) => from_json(&reply.payload),
        Some(112) => from_cbor(&reply.payload),
        other => panic!("no SenML: {other:?}"),
    }
}

fn from_json(payload: &[u8]) -> BTreeMap<String, Json> {
    let pack: Vec<BTreeMap<String, Json>> = serde_json::from_slice(payload).expect("SenML JSON");
    let mut base = String::new();
    let records = pack.into_iter().map(|mut record| {
        if let Some(name) = record.remove("bn") {
            base = name.as_str().expect("text").into();
        }
        let name = record.remove("n").unwrap_or(json!(""));
        let path = base.clone() + name.as_str().expect("text");
        assert_eq!(record.len(), 1, "{record:?}");
        (path, record.into_values().next().expect("a value"))
    });
    records.collect()
}

fn from_cbor(payload: &[u8]) -> BTreeMap<String, Json> {
    let pack: Cbor = ciborium::from_reader(payload).expect("CBOR");
    let mut base = String::new();
    let mut all = BTreeMap::new();
    for record in pack.into_array().expect("an array") {
        let mut name = String::new();
        let mut value = None;
        for (label, own) in record.into_map().expect("a map") {
            match label.as_integer().map(i128::from) {
                Some(-2) => base = own.into_text().expect("text"),
                Some(0) => name = own.into_text().expect("text"),
                _ => {
                    assert!(value.is_none());
                    value = Some(json_of(own));
                }
            }
        }
        all.insert(base.clone() + &name, value.expect("a value"));
    }
    all
}

fn json_of(value: Cbor) -> Json {
    match value {
        Cbor::Integer(number) => json!(i64::try_from(i128::from(number)).expect("64 bits")),
        Cbor::Float(number) => json!(number),
        Cbor::Bool(value) => json!(value),
        Cbor::Text(text) => json!(text),
        other => panic!("{other:?}"),
    }
}

/// SenML CBOR of paths, each with the label and value it may have.
fn packed(records: &[(&str, Option<(i64, Cbor)>)]) -> Vec<u8> {
    let records = records.iter().map(|(path, value)| {
        let mut pairs = vec![(Cbor::from(0), Cbor::from(*path))];
        if let Some((label, value)) = value {
            pairs.push((Cbor::from(*label), value.clone()));
        }
        Cbor::Map(pairs)
    });
    bytes(&Cbor::Array(records.collect()))
}

fn bytes(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("memory");
    bytes
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|one| one.to_digit(16)).collect();
    let pairs = digits.chunks(2);
    pairs.map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

fn composite(code: Code, format: u16, payload: &[u8]) -> Request {
    Request {
        format: Some(format),
        payload: payload.into(),
        ..Request::new(code, "/")
    }
}

fn fetch(pair: &Pair, format: u16, paths: &[&str]) -> Reply {
    let payload = if format == SENML_JSON {
        let names: Vec<Json> = paths.iter().map(|path| json!({ "n": path })).collect();
        serde_json::to_vec(&names).expect("JSON")
    } else {
        packed(&paths.iter().map(|path| (*path, None)).collect::<Vec<_>>())
    };
    pair.expect(composite(Code::FETCH, format, &payload), Code::CONTENT)
}

fn update(format: u16, payload: &[u8]) -> Request {
    Request {
        code: Code::POST,
        ..Request::write("/1/0", format, payload)
    }
}

#[test]
fn version_1_1_has_its_mode_apart_from_the_binding() {
    let (pair, registration) = Pair::start(both).until_registered();
    assert_eq!(registration.binding, "U");
    assert!(!registration.queue_mode);
    let root = registration.links.iter().find(|link| link.target == "/");
    let formats = root.expect("the root").attribute("ct").expect("formats");
    assert!(formats.contains("112"), "{formats}");
    let server = registration.links.iter().find(|link| link.target == "/1");
    assert_eq!(server.expect("an object").attribute("ver"), Some("1.1"));
    pair.expect_alive();
}

#[test]
fn the_product_can_choose_version_1_0() {
    let chosen = |settings| {
        both(settings)
            .option("--operator", "0")
            .option("--operator-lwm2m", "10")
    };
    let (pair, registration) = Pair::start(chosen).until_registered();
    assert_eq!(registration.version, "1.0");
    pair.expect(Request::read_as("/3/0", SENML_JSON), Code::NOT_ACCEPTABLE);
    pair.expect(Request::new(Code::FETCH, "/"), Code::NOT_ALLOWED);
}

#[test]
fn rg_17_a_refused_version_leads_to_the_older_one() {
    let pair = Pair::start(|settings| both(settings).clock("step"));
    let refusal = carrier_lab::answer::Answer::Code(Code::PRECONDITION_FAILED, None);
    pair.server.answer(Operation::Register, refusal, Some(1));
    let registration = pair.wait_registered();
    assert_eq!(registration.version, "1.0");
    let versions: Vec<String> = pair
        .registers()
        .iter()
        .filter_map(|(_, message)| message.query("lwm2m"))
        .collect();
    assert!(versions.contains(&"1.1".into()), "{versions:?}");
    assert_eq!(versions.last().map(String::as_str), Some("1.0"));
}

#[test]
fn rg_18_first_delay_and_retries_are_those_of_the_server_object() {
    let blank = Blank::open_with(1, both);
    blank.wait_bootstrap();
    let silence = carrier_lab::answer::Answer::Silence;
    blank.management[0].answer(Operation::Register, silence, Some(50));
    for instance in blank.account(0) {
        blank.expect(instance.write(), Code::CHANGED);
    }
    for (path, value) in [
        ("/1/0/14", "5"),
        ("/1/0/17", "2"),
        ("/1/0/18", "3"),
        ("/1/0/19", "1500"),
        ("/1/0/20", "2"),
        ("/1/0/16", "0"),
    ] {
        blank.expect(Request::write_text(path, value), Code::CHANGED);
    }
    blank.expect(Request::finish(), Code::CHANGED);
    let finished = blank.device.now_ms();
    for _ in 0..4 {
        blank
            .device
            .advance_to_event("DEFERRED", Duration::from_secs(1_800));
    }
    let port = blank.management[0].wires()[0].address().port();
    // The list goes in blocks: each attempt begins with the first of them.
    let mut starts: Vec<(u64, Vec<u8>)> = Vec::new();
    for packet in blank.device.wire(port) {
        let Some(message) = packet.message().filter(|_| packet.outbound) else {
            continue;
        };
        let first = message
            .block(option::BLOCK1)
            .is_none_or(|block| block.number == 0);
        if first && starts.last().is_none_or(|(_, own)| *own != message.token) {
            starts.push((packet.at_ms, message.token.clone()));
        }
    }
    let times: Vec<u64> = starts.iter().map(|(at, _)| *at).collect();
    assert!(times.len() >= 4, "{times:?}");
    let first = times[0] - finished;
    assert!((5_000..12_000).contains(&first), "{first}");
    // Each attempt lasts as long as its retransmissions; then 3 s, 6 s, and the pause of a sequence.
    let gaps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!((3_000..110_000).contains(&gaps[0]), "{gaps:?}");
    assert!((6_000..115_000).contains(&gaps[1]), "{gaps:?}");
    assert!((1_500_000..1_620_000).contains(&gaps[2]), "{gaps:?}");
}

#[test]
fn version_1_1_discovery_and_writes_of_a_bootstrap() {
    let blank = Blank::open_with(1, both);
    let client = blank.wait_bootstrap();
    assert_eq!(client.preferred_format.as_deref(), Some("112"));
    let reply = blank.expect(Request::discover("/"), Code::CONTENT);
    let found = reply.text();
    assert!(found.starts_with("</>;lwm2m=1.1,"), "{found}");
    let uri = format!(";uri=\"{}\"", blank.bootstrap.uris()[0]);
    assert!(found.contains(&format!("</0/0>{uri}")), "{found}");
    let one = blank.expect(Request::discover("/1"), Code::CONTENT).text();
    assert!(one.starts_with("</>;lwm2m=1.1,</1>;ver=1.1"), "{one}");
    blank.expect(Request::discover("/77"), Code::NOT_FOUND);
    // The format that is named is taken.
    let uri = blank.management[0].uris()[0].clone();
    let security = packed(&[
        ("/0/1/0", Some((3, Cbor::from(uri.as_str())))),
        ("/0/1/1", Some((4, Cbor::from(false)))),
        ("/0/1/2", Some((2, Cbor::from(3)))),
        ("/0/1/10", Some((2, Cbor::from(FIRST_SERVER)))),
    ]);
    blank.expect(Request::write("/0", SENML_CBOR, &security), Code::CHANGED);
    let server = packed(&[
        ("/1/0/0", Some((2, Cbor::from(FIRST_SERVER)))),
        ("/1/0/1", Some((2, Cbor::from(3_600)))),
        ("/1/0/6", Some((4, Cbor::from(true)))),
        ("/1/0/7", Some((3, Cbor::from("U")))),
    ]);
    blank.expect(Request::write("/1/0", SENML_CBOR, &server), Code::CHANGED);
    let read = blank.expect(Request::read_as("/1", SENML_CBOR), Code::CONTENT);
    assert_eq!(values(&read)["/1/0/1"], json!(3_600));
    blank.expect(Request::read_as("/0", SENML_CBOR), Code::NOT_ALLOWED);
    blank.expect(Request::finish(), Code::CHANGED);
    assert_eq!(blank.wait_register(0).version, "1.1");
    // A server may have it all anew.
    blank.expect_managed(0, Request::execute("/1/0/9", ""), Code::CHANGED);
    blank.wait_bootstrap();
}

#[test]
fn dm_05_single_values_are_exchanged_in_cbor() {
    let pair = prepared();
    for (path, wanted) in [
        ("/1/0/0", Cbor::from(1)),
        ("/1/0/6", Cbor::from(true)),
        ("/1/0/7", Cbor::from("U")),
    ] {
        let reply = pair.expect(Request::read_as(path, CBOR), Code::CONTENT);
        assert_eq!(reply.format(), Some(CBOR.into()));
        let value: Cbor = ciborium::from_reader(&reply.payload[..]).expect("CBOR");
        assert_eq!(value, wanted, "{path}");
        assert_eq!(bytes(&wanted), reply.payload, "the shortest form");
    }
    for (path, value, wanted) in [
        ("/1/0/2", Cbor::from(300), "300"),
        ("/1/0/6", Cbor::from(false), "0"),
    ] {
        pair.expect(Request::write(path, CBOR, &bytes(&value)), Code::CHANGED);
        assert_eq!(pair.text(path), wanted);
    }
}

#[test]
fn dm_13_a_composite_read_gives_exactly_what_it_names() {
    let pair = prepared();
    for format in [SENML_JSON, SENML_CBOR] {
        let found = values(&fetch(&pair, format, &["/3", "/1/0"]));
        assert_eq!(found["/3/0/2"], json!("352656100000001"));
        assert_eq!(found["/3/0/6/1"], json!(5));
        assert_eq!(found["/1/0/7"], json!("U"));
        let named = |path: &String| path.starts_with("/3/0/") || path.starts_with("/1/0/");
        assert!(found.keys().all(named), "{found:?}");
        let found = values(&fetch(&pair, format, &["/1/0/1", "/3/0/11/0"]));
        let paths: Vec<&String> = found.keys().collect();
        assert_eq!(paths, ["/1/0/1", "/3/0/11/0"]);
        assert_eq!(found["/3/0/11/0"], json!(0));
    }
}

#[test]
fn dm_14_a_composite_write_is_whole() {
    let pair = prepared();
    let good = json!([
        {"n": "/1/0/1", "v": 60},
        {"n": "/1/0/6", "vb": false},
        {"n": "/16/0/0/2", "vs": "two"},
        {"n": "/16/0/0/3", "vs": "three"}
    ]);
    let payload = serde_json::to_vec(&good).expect("JSON");
    pair.expect(composite(Code::IPATCH, SENML_JSON, &payload), Code::CHANGED);
    let found = values(&fetch(&pair, SENML_JSON, &["/1/0/1", "/1/0/6", "/16/0/0"]));
    assert_eq!(found["/1/0/1"], json!(60));
    assert_eq!(found["/1/0/6"], json!(false));
    assert_eq!(found["/16/0/0/2"], json!("two"));
    assert_eq!(found["/16/0/0/3"], json!("three"));
    let bad = packed(&[
        ("/1/0/1", Some((2, Cbor::from(99)))),
        ("/3/0/9", Some((2, Cbor::from(1)))),
    ]);
    pair.expect(composite(Code::IPATCH, SENML_CBOR, &bad), Code::NOT_ALLOWED);
    assert_eq!(pair.text("/1/0/1"), "60");
}

#[test]
fn dm_15_both_encodings_say_the_same() {
    let pair = prepared();
    for path in ["/1", "/3/0/0", "/3/0/6", "/3/0/16", "/3/0/11/0"] {
        let [json, cbor] = [SENML_JSON, SENML_CBOR]
            .map(|format| values(&pair.expect(Request::read_as(path, format), Code::CONTENT)));
        assert_eq!(json, cbor, "{path}");
        assert!(!json.is_empty(), "{path}");
    }
}

#[test]
fn dm_16_writes_in_senml_json_are_taken() {
    let pair = prepared();
    let payload = br#"[{"bn":"/1/0/","n":"1","v":600},{"n":"2","v":7},{"n":"6","vb":true}]"#;
    pair.expect(update(SENML_JSON, payload), Code::CHANGED);
    pair.expect(
        Request::write("/1/0/3", SENML_JSON, br#"[{"bn":"/1/0/3","v":90}]"#),
        Code::CHANGED,
    );
    for (path, value) in [
        ("/1/0/1", "600"),
        ("/1/0/2", "7"),
        ("/1/0/3", "90"),
        ("/1/0/6", "1"),
    ] {
        assert_eq!(pair.text(path), value, "{path}");
    }
}

#[test]
fn dm_22_nothing_beyond_the_named_paths_is_read() {
    let pair = prepared();
    let found = values(&fetch(&pair, SENML_CBOR, &["/3/0/16", "/3/0/11/0", "/1/0"]));
    let others: Vec<&String> = found
        .keys()
        .filter(|path| !path.starts_with("/1/0/"))
        .collect();
    assert_eq!(others, ["/3/0/11/0", "/3/0/16"]);
}

/// Observe-Composite of these paths, with a token; 1 ends it.
fn observe(pair: &Pair, paths: &[&str], register: u32, token: &[u8]) -> Reply {
    let names: Vec<Json> = paths.iter().map(|path| json!({ "n": path })).collect();
    let payload = serde_json::to_vec(&names).expect("JSON");
    pair.expect(
        Request {
            observe: Some(register),
            token: Some(token.into()),
            ..composite(Code::FETCH, SENML_JSON, &payload)
        },
        Code::CONTENT,
    )
}

#[test]
fn ir_04_a_composite_notification_has_all_paths() {
    let started = Pair::start(|settings| both(settings).clock("step")).until_registered();
    let mut pair = started.0;
    pair.device.tell("sources 1");
    pair.device.tell("battery 80");
    pair.expect(
        Request::attributes("/3/0/9", &["pmin=30", "pmax=45"]),
        Code::CHANGED,
    );
    let first = observe(&pair, &["/3/0/9", "/1/0/1", "/3/0/6/0"], 0, b"comp");
    assert_eq!(values(&first).len(), 3);
    let begin = pair.device.now_ms();
    pair.device.advance(Duration::from_secs(60));
    let mut told = pair.sent();
    told.retain(|(at, message)| *at > begin && message.token == b"comp");
    let [(at, message)] = &told[..] else {
        panic!("{told:?}");
    };
    assert!((30_000..=46_000).contains(&(at - begin)), "{at}");
    let found = from_json(&message.payload);
    let paths: Vec<&String> = found.keys().collect();
    assert_eq!(paths, ["/1/0/1", "/3/0/6/0", "/3/0/9"]);
    assert!(message.uint(option::OBSERVE).is_some());
}

#[test]
fn ir_05_a_composite_observation_is_ended_as_a_whole() {
    let mut pair = prepared();
    let paths = ["/3/0/9", "/1/0/1"];
    observe(&pair, &paths, 0, b"comp");
    observe(&pair, &paths, 1, b"comp");
    pair.device.tell("battery 40");
    pair.expect_alive();
    std::thread::sleep(Duration::from_millis(700));
    let mut told = pair.sent();
    told.retain(|(_, message)| message.uint(option::OBSERVE).is_some() && message.token == b"comp");
    // The first answer.
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn ir_07_what_comes_later_is_told_later() {
    let pair = prepared();
    let first = observe(&pair, &["/16/0", "/16/1"], 0, b"late");
    assert!(values(&first).keys().all(|path| path.starts_with("/16/0/")));
    let create = br#"[{"n":"/16/1/0/0","vs":"new"}]"#;
    let request = Request {
        code: Code::POST,
        ..Request::write("/16", SENML_JSON, create)
    };
    pair.expect(request, Code::CREATED);
    let told = eventually("a notification", || {
        let mut sent = pair.sent();
        sent.retain(|(_, message)| message.token == b"late");
        sent.into_iter().nth(1)
    });
    assert_eq!(from_json(&told.1.payload)["/16/1/0/0"], json!("new"));
}

#[test]
fn qm_05_queue_mode_changes_with_a_register() {
    let pair = prepared();
    pair.server.discard_events();
    for (binding, queued) in [("UQ", true), ("U", false)] {
        pair.expect(Request::write_text("/1/0/7", binding), Code::CHANGED);
        let registration = pair.server.wait_register(WAIT).expect("a Register");
        assert_eq!(registration.queue_mode, queued);
        assert_eq!(registration.binding, "U");
        std::thread::sleep(Duration::from_millis(300));
    }
    assert!(pair.updates().is_empty());
}

#[test]
fn cf_09_senml_cbor_is_read_in_every_form() {
    let pair = prepared();
    for (payload, wanted) in [
        // The base name alone, with a name, and for several records.
        ("81 a2 21 66 2f312f302f32 02 0b", "11"),
        ("81 a3 21 65 2f312f302f 00 61 32 02 0c", "12"),
        (
            "82 a3 21 65 2f312f302f 00 61 33 02 1864 a2 00 61 32 02 0d",
            "13",
        ),
        // Numbers of 16, 32 and 64 bits with a point.
        ("81 a2 00 66 2f312f302f32 02 f94b00", "14"),
        ("81 a2 00 66 2f312f302f32 02 fa41700000", "15"),
        ("81 a2 00 66 2f312f302f32 02 fb4030000000000000", "16"),
        // Arrays, maps and strings of no told length.
        (
            "9f bf 21 7f 62 2f31 63 2f302f ff 00 61 32 02 11 ff ff",
            "17",
        ),
    ] {
        let payload = hex(payload);
        let _: Cbor = ciborium::from_reader(&payload[..]).expect("CBOR");
        pair.expect(update(SENML_CBOR, &payload), Code::CHANGED);
        assert_eq!(pair.text("/1/0/2"), wanted);
    }
}

#[test]
fn cf_10_senml_json_has_the_label_of_each_type() {
    let pair = prepared();
    let read = |path: &str| {
        let reply = pair.expect(Request::read_as(path, SENML_JSON), Code::CONTENT);
        let all: Json = serde_json::from_slice(&reply.payload).expect("JSON");
        all[0].clone()
    };
    assert_eq!(read("/1/0/1"), json!({"bn": "/1/0/1", "v": 3600}));
    assert_eq!(read("/1/0/6"), json!({"bn": "/1/0/6", "vb": true}));
    assert_eq!(read("/1/0/7"), json!({"bn": "/1/0/7", "vs": "U"}));
    let own = [("/10250/0/1", Some((8, Cbor::Bytes(vec![0, 255, 254]))))];
    let cbor = Request::write("/10250/0/1", SENML_CBOR, &packed(&own));
    pair.expect(cbor, Code::CHANGED);
    pair.device.wait_event("APP_DATA");
    let json = br#"[{"n":"/10250/0/1","vd":"AP_-"}]"#;
    pair.expect(
        Request::write("/10250/0/1", SENML_JSON, json),
        Code::CHANGED,
    );
    pair.device.wait_event("APP_DATA");
}

#[test]
fn cf_11_cbor_values_of_each_type_are_taken() {
    let pair = prepared();
    for (path, payload, wanted) in [
        ("/1/0/2", "1903e8", "1000"),
        ("/1/0/2", "f95640", "100"),
        ("/1/0/6", "f4", "0"),
        ("/16/0/0/0", "63 c3a9 21", "\u{E9}!"),
        ("/3/0/13", "1a65920080", "1704067200"),
        ("/3/0/13", "c1 1a65920081", "1704067201"),
    ] {
        pair.expect(Request::write(path, CBOR, &hex(payload)), Code::CHANGED);
        let found = pair.text(path);
        if path == "/3/0/13" {
            let [found, wanted] = [&found[..], wanted].map(|text| text.parse::<i64>().unwrap());
            assert!((wanted..wanted + 20).contains(&found), "{found}");
        } else {
            assert_eq!(found, wanted, "{path}");
        }
    }
    for (path, payload) in [
        ("/1/0/2", "6161"),
        ("/1/0/6", "01"),
        ("/1/0/2", "1903"),
        ("/1/0/2", "0000"),
    ] {
        let request = Request::write(path, CBOR, &hex(payload));
        pair.expect(request, Code::BAD_REQUEST);
    }
}
