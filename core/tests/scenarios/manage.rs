//! Device management (OMA LwM2M TS Core 6.3): read, write, execute, create, delete, discover, attributes.

use carrier_core::Event;

use crate::sim::coap::*;
use crate::sim::*;

fn product() -> World {
    let mut world = plain();
    world.apply(|carrier| {
        carrier.set_power_sources(&[1, 5]).expect("valid");
        carrier
            .set_power_source_voltage(1, 3_800)
            .expect("declared");
        carrier.set_power_source_current(5, 900).expect("declared");
        carrier.set_battery_level(42).expect("declared");
        carrier.set_battery_status(1).expect("declared");
        carrier.set_memory_total(4_096).expect("in range");
    });
    world
}

/// The code of the response, as 205.
fn status(message: Message) -> u16 {
    dotted(message.code)
}

#[test]
fn every_resource_reads_as_text_and_as_tlv_alike() {
    let mut world = product();
    let expected = [
        ("0", "Maker"),
        ("1", "Model 1"),
        ("2", "352656100000001"),
        ("3", "mfw_1.3.2"),
        ("9", "42"),
        ("10", "100"),
        ("13", "1655296496"),
        ("14", "+02:00"),
        ("15", "Europe/Oslo"),
        ("16", "UQ"),
        ("20", "1"),
        ("21", "4096"),
    ];
    for (id, text) in expected {
        let path = format!("/3/0/{id}");
        let plain = world.get(&path);
        assert_eq!(
            plain.option_uint(CONTENT_FORMAT),
            Some(u32::from(TEXT)),
            "{path}"
        );
        assert_eq!(plain.text(), text, "{path}");
        let tlv = world.get_as(&path, TLV);
        let entries = tlv::decode(&tlv.payload);
        let [entry] = &entries[..] else {
            panic!("{entries:?}")
        };
        assert_eq!(
            (entry.kind, entry.id.to_string().as_str()),
            (tlv::RESOURCE, id)
        );
        if id == "9" || id == "13" || id == "21" || id == "10" || id == "20" {
            assert_eq!(entry.number().to_string(), text);
        } else {
            assert_eq!(entry.text(), text);
        }
    }
}

#[test]
fn an_instance_reads_as_its_readable_resources_in_order() {
    let mut world = product();
    let response = world.get("/3/0");
    assert_eq!(response.option_uint(CONTENT_FORMAT), Some(u32::from(TLV)));
    let entries = tlv::decode(&response.payload);
    let ids: Vec<u16> = entries.iter().map(|entry| entry.id).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    for absent in [4, 5, 12] {
        assert!(!ids.contains(&absent), "{absent} cannot be read");
    }
    let sources = tlv::find(&entries, 6);
    assert_eq!(sources.kind, tlv::MULTIPLE);
    let sources: Vec<(u16, i64)> = sources
        .nested()
        .iter()
        .map(|one| (one.id, one.number()))
        .collect();
    assert_eq!(sources, [(0, 1), (1, 5)]);
    let voltages: Vec<i64> = tlv::find(&entries, 7)
        .nested()
        .iter()
        .map(tlv::Entry::number)
        .collect();
    assert_eq!(voltages, [3_800, 0]);
    let errors: Vec<i64> = tlv::find(&entries, 11)
        .nested()
        .iter()
        .map(tlv::Entry::number)
        .collect();
    assert_eq!(errors, [0]);
}

#[test]
fn an_object_reads_as_its_instances() {
    let mut world = product();
    let entries = tlv::decode(&world.get("/3").payload);
    let [instance] = &entries[..] else {
        panic!("{entries:?}")
    };
    assert_eq!((instance.kind, instance.id), (tlv::INSTANCE, 0));
    assert_eq!(instance.value, world.get("/3/0").payload);
}

#[test]
fn resource_instances_have_no_paths_in_version_1_0() {
    let mut world = product();
    assert_eq!(status(world.get("/3/0/7/0")), 404);
    assert_eq!(status(world.get("/3/0/7/2")), 404);
}

#[test]
#[cfg(feature = "object-app-data")]
fn what_cannot_be_read_says_why() {
    let mut world = product();
    let cases = [
        ("/0", 401),
        ("/0/0", 401),
        ("/0/0/5", 401),
        ("/9", 404),
        ("/3/1", 404),
        ("/3/0/99", 404),
        ("/3/0/4", 405),
        ("/", 405),
        ("/3/0/9/0/1", 404),
        ("/3/0/x", 404),
        ("/nothing", 404),
        ("/10250/0/1", 405),
    ];
    for (path, code) in cases {
        assert_eq!(status(world.get(path)), code, "{path}");
    }
}

#[test]
fn a_format_that_cannot_carry_the_answer_is_not_acceptable() {
    let mut world = product();
    for (path, format) in [
        ("/3/0", TEXT),
        ("/3/0", OPAQUE),
        ("/3/0/9", OPAQUE),
        ("/3/0/9", 110),
        ("/3/0/6", TEXT),
    ] {
        assert_eq!(
            status(world.get_as(path, format)),
            406,
            "{path} as {format}"
        );
    }
}

#[test]
fn settings_of_the_server_object_can_be_written_one_by_one() {
    let mut world = plain();
    for (path, value) in [
        ("/1/0/1", "1000"),
        ("/1/0/2", "10"),
        ("/1/0/3", "60"),
        ("/1/0/5", "600"),
        ("/1/0/6", "0"),
        ("/1/0/7", "U"),
    ] {
        assert_eq!(status(world.put(path, TEXT, value)), 204, "{path}");
        assert_eq!(world.get(path).text(), value, "{path}");
    }
}

#[test]
fn values_out_of_range_or_of_another_type_are_bad_requests_and_change_nothing() {
    let mut world = plain();
    for (path, value) in [
        ("/1/0/1", "-1"),
        ("/1/0/1", "abc"),
        ("/1/0/1", ""),
        ("/1/0/1", "99999999999"),
        ("/1/0/6", "2"),
        ("/1/0/7", "XYZ"),
        ("/3/0/14", "25:00"),
        ("/3/0/13", "-5"),
    ] {
        assert_eq!(
            status(world.put(path, TEXT, value)),
            400,
            "{path} = {value}"
        );
    }
    assert_eq!(world.get("/1/0/1").text(), "3600");
}

#[test]
fn what_cannot_be_written_says_why() {
    let mut world = plain();
    let cases = [
        ("/3/0/0", 405),
        ("/3/0/9", 405),
        ("/3/0/4", 405),
        ("/1/0/0", 405),
        ("/1/9/1", 404),
        ("/1/0/77", 404),
        ("/77/0/1", 404),
        ("/0/0/0", 401),
        ("/3", 405),
    ];
    for (path, code) in cases {
        assert_eq!(status(world.put(path, TEXT, "1")), code, "{path}");
    }
}

#[test]
fn unknown_content_formats_are_unsupported() {
    let mut world = plain();
    for format in [LINK, 50, 110, 112, 11_543] {
        assert_eq!(status(world.put("/1/0/1", format, "1")), 415, "{format}");
    }
    assert_eq!(status(world.put("/1/0", TEXT, "1")), 415);
}

#[test]
fn a_partial_write_changes_what_it_names_and_a_replacing_one_forgets_the_rest() {
    let mut world = plain();
    world.put("/1/0/2", TEXT, "7");
    let lifetime = tlv::entry(tlv::RESOURCE, 1, &1_200u16.to_be_bytes());
    assert_eq!(status(world.post("/1/0", TLV, &lifetime)), 204);
    assert_eq!(
        (world.get("/1/0/1").text(), world.get("/1/0/2").text()),
        ("1200", "7")
    );
    assert_eq!(status(world.put("/1/0", TLV, &lifetime)), 204);
    assert_eq!(status(world.get("/1/0/2")), 404);
}

#[test]
fn a_write_with_one_wrong_value_writes_none() {
    let mut world = plain();
    let good = tlv::entry(tlv::RESOURCE, 1, &1_200u16.to_be_bytes());
    let cases = [
        (tlv::entry(tlv::RESOURCE, 6, &[7]), 400),
        (tlv::entry(tlv::RESOURCE, 0, &[7]), 405),
        (tlv::entry(tlv::RESOURCE, 99, &[7]), 404),
        (vec![0xC8, 0x02, 0x30, 0x00], 400),
    ];
    for (bad, code) in cases {
        let payload = [good.clone(), bad].concat();
        assert_eq!(status(world.post("/1/0", TLV, payload)), code);
        assert_eq!(world.get("/1/0/1").text(), "3600");
    }
}

#[test]
fn a_written_clock_reaches_the_application_before_the_answer() {
    let mut world = plain();
    assert_eq!(status(world.put("/3/0/13", TEXT, "1700000000")), 204);
    assert_eq!(world.application.utc_time, 1_700_000_000);
    assert_eq!(status(world.put("/3/0/14", TEXT, "-03:30")), 204);
    assert_eq!(world.application.utc_offset, -210);
    assert_eq!(status(world.put("/3/0/15", TEXT, "Asia/Tokyo")), 204);
    assert_eq!(world.get("/3/0/15").text(), "Asia/Tokyo");
}

#[test]
fn an_application_that_refuses_the_clock_makes_it_a_bad_request() {
    let mut world = plain();
    world.application.takes_clock = false;
    assert_eq!(status(world.put("/3/0/13", TEXT, "1700000000")), 400);
    assert_eq!(world.get("/3/0/13").text(), "1655296496");
    world.application.takes_clock = true;
    assert_eq!(status(world.put("/3/0/13", TEXT, "1700000001")), 204);
}

#[test]
fn executable_resources_execute_and_others_do_not() {
    let mut world = plain();
    world
        .apply(|carrier| carrier.add_error_code(3))
        .expect("valid");
    assert_eq!(status(world.execute("/3/0/12")), 204);
    let errors = tlv::decode(&world.get("/3/0/11").payload)[0].nested();
    assert_eq!(errors[0].number(), 0);
    for (path, code) in [
        ("/3/0/9", 405),
        ("/3/0/99", 404),
        ("/9/0/1", 404),
        ("/0/0/1", 401),
    ] {
        assert_eq!(status(world.execute(path)), code, "{path}");
    }
}

#[test]
fn arguments_of_execute_have_to_be_well_formed() {
    let mut world = plain();
    for (arguments, code) in [
        ("0='x'", 204),
        ("1,2='y'", 204),
        ("a", 400),
        ("0=x", 400),
        ("11", 400),
    ] {
        assert_eq!(
            status(world.post("/3/0/12", TEXT, arguments)),
            code,
            "{arguments}"
        );
    }
    assert_eq!(status(world.post("/3/0/12", TLV, "0")), 415);
}

#[test]
#[cfg(feature = "object-app-data")]
fn application_data_arrives_once_and_whole() {
    let mut world = plain();
    let data: Vec<u8> = (0..200).collect();
    assert_eq!(status(world.put("/10250/0/1", OPAQUE, &data)), 204);
    assert_eq!(world.application.data, [data]);
    assert_eq!(world.count(|event| *event == Event::AppData), 1);
}

#[test]
#[cfg(feature = "object-app-data")]
fn application_data_to_the_server_can_be_read() {
    let mut world = plain();
    world
        .apply(|carrier| carrier.set_app_data(&[1, 2, 0xFF]))
        .expect("it fits");
    let response = world.get("/10250/0/0");
    assert_eq!(
        response.option_uint(CONTENT_FORMAT),
        Some(u32::from(OPAQUE))
    );
    assert_eq!(response.payload, [1, 2, 0xFF]);
}

fn identity(text: &[u8]) -> Vec<u8> {
    tlv::entry(
        tlv::MULTIPLE,
        0,
        &tlv::entry(tlv::RESOURCE_INSTANCE, 0, text),
    )
}

#[test]
#[cfg(feature = "object-portfolio")]
fn instances_are_created_with_the_wanted_or_a_free_id_and_deleted() {
    let mut world = plain();
    let created = world.post(
        "/16",
        TLV,
        tlv::entry(tlv::INSTANCE, 7, &identity(b"seven")),
    );
    assert_eq!(dotted(created.code), 201);
    assert_eq!(created.texts(LOCATION_PATH), ["16", "7"]);
    let read = tlv::decode(&world.get("/16/7/0").payload);
    assert_eq!(read[0].nested()[0].text(), "seven");
    let chosen = world.post("/16", TLV, identity(b"any"));
    assert_eq!(dotted(chosen.code), 201);
    let location = chosen.texts(LOCATION_PATH);
    assert_eq!(
        status(world.post(
            "/16",
            TLV,
            tlv::entry(tlv::INSTANCE, 7, &identity(b"again"))
        )),
        400
    );
    let read = tlv::decode(&world.get("/16/7/0").payload);
    assert_eq!(read[0].nested()[0].text(), "seven");
    assert_eq!(status(world.delete(&format!("/16/{}", location[1]))), 202);
    assert_eq!(status(world.delete("/16/7")), 202);
    assert_eq!(status(world.delete("/16/7")), 404);
    assert_eq!(status(world.get("/16/7")), 404);
}

#[test]
fn objects_with_fixed_instances_are_neither_created_nor_deleted() {
    let mut world = plain();
    assert_eq!(status(world.post("/3", TLV, identity(b"x"))), 405);
    assert_eq!(status(world.delete("/3/0")), 405);
    assert_eq!(status(world.delete("/1/0")), 405);
    assert_eq!(status(world.delete("/3")), 405);
    assert_eq!(status(world.delete("/0/0")), 401);
}

#[test]
#[cfg(feature = "object-portfolio")]
fn a_failed_create_leaves_nothing_behind() {
    let mut world = plain();
    let before = world.get_as("/16", LINK).text().to_owned();
    assert_eq!(status(world.post("/16", TLV, [])), 400);
    assert_eq!(
        status(world.post("/16", TLV, [0xC8, 0x00, 0x30, b'x'])),
        400
    );
    assert_eq!(world.get_as("/16", LINK).text(), before);
}

#[test]
fn discover_lists_object_instances_resources_and_attributes() {
    let mut world = product();
    let text = world.get_as("/3/0", LINK).text().to_owned();
    let links: Vec<&str> = text.split(',').collect();
    assert_eq!(links[0], "</3/0>");
    assert!(links.contains(&"</3/0/6>;dim=2"), "{text}");
    assert!(links.contains(&"</3/0/4>"));
    assert!(world.get_as("/3", LINK).text().starts_with("</3>"));
    assert_eq!(
        status(world.attributes("/3/0/9", "pmin=5&pmax=60&gt=20.5&st=2")),
        204
    );
    assert_eq!(
        world.get_as("/3/0/9", LINK).text(),
        "</3/0/9>;pmin=5;pmax=60;gt=20.5;st=2"
    );
    assert!(
        world
            .get_as("/3/0", LINK)
            .text()
            .contains("</3/0/9>;pmin=5;pmax=60;gt=20.5;st=2,")
    );
    assert_eq!(status(world.get_as("/3/5", LINK)), 404);
    assert_eq!(status(world.get_as("/0", LINK)), 401);
}

#[test]
fn a_resource_shows_inherited_attributes_when_asked_for_by_itself() {
    let mut world = product();
    world.attributes("/3", "pmin=3");
    world.attributes("/3/0", "pmax=300");
    assert_eq!(
        world.get_as("/3/0/9", LINK).text(),
        "</3/0/9>;pmin=3;pmax=300"
    );
}

#[test]
fn attributes_that_make_no_sense_are_bad_requests() {
    let mut world = product();
    for query in [
        "lt=10&gt=5",
        "lt=10&gt=20&st=5",
        "pmin=-1",
        "pmin=x",
        "foo=1",
        "st=0",
    ] {
        assert_eq!(status(world.attributes("/3/0/9", query)), 400, "{query}");
    }
    assert_eq!(status(world.attributes("/3/0", "gt=5")), 400);
    assert_eq!(status(world.attributes("/3/0/0", "gt=5")), 400);
    assert_eq!(status(world.attributes("/3/7", "pmin=1")), 404);
    assert_eq!(world.get_as("/3/0/9", LINK).text(), "</3/0/9>");
}

#[test]
fn unknown_critical_options_are_refused_and_elective_ones_ignored() {
    let mut world = plain();
    let request = world.request(GET, "/3/0/0").with(65_001, b"x");
    assert_eq!(status(world.exchange(&request)), 402);
    let request = world.request(GET, "/3/0/0").with(65_000, b"x");
    assert_eq!(status(world.exchange(&request)), 205);
}

#[test]
fn methods_without_a_meaning_are_not_allowed() {
    let mut world = plain();
    for method in [5, 6, 7] {
        let request = world.request(method, "/3/0");
        assert_eq!(status(world.exchange(&request)), 405, "{method}");
    }
}

#[test]
fn a_non_confirmable_request_gets_a_non_confirmable_answer() {
    let mut world = plain();
    let mut request = world.request(GET, "/3/0/0");
    request.kind = Kind::Non;
    let response = world.exchange(&request);
    assert_eq!((response.kind, response.text()), (Kind::Non, "Maker"));
    assert_ne!(response.id, request.id);
}

#[test]
fn a_ping_is_answered_with_a_reset_and_noise_with_silence() {
    let mut world = plain();
    let ping = Message::new(Kind::Con, 0, 0x7777, &[]);
    world.server.send_raw(&ping.encode());
    world.run(SECOND);
    let (_, last) = world.server.heard.last().expect("something was heard");
    assert_eq!((last.kind, last.code, last.id), (Kind::Rst, 0, 0x7777));
    let heard = world.server.heard.len();
    for noise in [
        &b""[..],
        b"\x40",
        b"\x00\x01\x02\x03",
        b"\x80\x01\x00\x01",
        b"\x50\x00\x12\x34",
        b"\x6f\x45\x00\x01",
    ] {
        world.server.send_raw(noise);
        world.run(SECOND);
        assert_eq!(world.server.heard.len(), heard, "{noise:02x?}");
    }
    world.server.send_raw(b"\x4f\x01\x12\x34");
    world.run(SECOND);
    let (_, last) = world.server.heard.last().expect("something was heard");
    assert_eq!(
        (last.kind, last.id),
        (Kind::Rst, 0x1234),
        "a format error in a confirmable message"
    );
}

#[test]
fn responses_to_nothing_are_rejected_when_confirmable() {
    let mut world = plain();
    let stray = Message::new(Kind::Con, code(204), 0x5555, &[1, 2, 3, 4]);
    world.server.send_raw(&stray.encode());
    world.run(SECOND);
    assert_eq!(world.server.rejected, [0x5555]);
}

#[test]
#[cfg(feature = "object-location")]
fn an_opaque_value_is_read_as_base64() {
    let mut world = plain();
    world.apply(|carrier| {
        let unknown = f32::NAN;
        carrier
            .set_velocity(270, 10.0, unknown, unknown, unknown)
            .expect("valid");
    });
    let answer = world.get_as("/6/0/4", TEXT);
    assert_eq!(
        (dotted(answer.code), &answer.payload[..]),
        (205, &b"AQ4AJA=="[..])
    );
}
