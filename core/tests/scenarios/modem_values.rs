//! Objects whose values are the modem's: asked for when a server reads, told to those who observe.

use crate::sim::coap::*;
use crate::sim::tlv::Entry;
use crate::sim::*;

/// The commands asked since the last call.
fn asked(world: &mut World) -> Vec<&'static str> {
    world.modem.commands.take()
}

fn single(entries: &[Entry], id: u16) -> Option<i64> {
    let entry = entries.iter().find(|entry| entry.id == id)?;
    assert_eq!(entry.kind, tlv::RESOURCE, "{entry:?}");
    Some(entry.number())
}

fn multiple(entries: &[Entry], id: u16) -> Option<Vec<Entry>> {
    let entry = entries.iter().find(|entry| entry.id == id)?;
    assert_eq!(entry.kind, tlv::MULTIPLE, "{entry:?}");
    let nested = entry.nested();
    assert!(
        (0..)
            .zip(&nested)
            .all(|(id, one)| one.kind == tlv::RESOURCE_INSTANCE && one.id == id)
    );
    Some(nested)
}

/// Lets notifications of the modem and of the client through; the payloads of the latter.
fn told(world: &mut World, token: &[u8], lines: &[&str]) -> Vec<String> {
    for line in lines {
        world.modem.notices.push((*line).to_owned());
    }
    world.run(SECOND);
    let all = world.take_notifications(token);
    all.iter()
        .map(|one| one.message.text().to_owned())
        .collect()
}

#[test]
fn connectivity_is_what_the_modem_says_at_the_moment_of_the_read() {
    let mut world = plain();
    asked(&mut world);
    let response = world.get("/4/0");
    assert_eq!(dotted(response.code), 205);
    assert_eq!(
        asked(&mut world),
        ["AT+CESQ", "AT%%XMONITOR", "AT+CGDCONT?", "AT%%XSYSTEMMODE?"]
    );
    let values = tlv::decode(&response.payload);
    assert_eq!(
        values.iter().map(|one| one.id).collect::<Vec<_>>(),
        [0, 1, 2, 3, 4, 7, 8, 9, 10]
    );
    assert_eq!(single(&values, 0), Some(6));
    let bearers = multiple(&values, 1).expect("bearers");
    assert_eq!(
        bearers.iter().map(Entry::number).collect::<Vec<_>>(),
        [6, 7]
    );
    assert_eq!(
        (single(&values, 2), single(&values, 3)),
        (Some(-88), Some(-10))
    );
    let addresses = multiple(&values, 4).expect("addresses");
    let addresses: Vec<_> = addresses.iter().map(Entry::text).collect();
    assert_eq!(
        addresses,
        ["10.0.0.2", "2001:0DB8:0000:0000:0000:0000:0000:0001"]
    );
    assert_eq!(multiple(&values, 7).expect("names")[0].text(), "iot.test");
    assert_eq!(
        (single(&values, 8), single(&values, 9), single(&values, 10)),
        (Some(0x1_2345), Some(1), Some(1))
    );
    // A single value takes a single command.
    for (path, value, command) in [
        ("/4/0/0", "6", "AT%%XMONITOR"),
        ("/4/0/2", "-88", "AT+CESQ"),
        ("/4/0/3", "-10", "AT+CESQ"),
        ("/4/0/8", "74565", "AT%%XMONITOR"),
    ] {
        assert_eq!(world.get(path).text(), value, "{path}");
        assert_eq!(asked(&mut world), [command], "{path}");
    }
    world.modem.answers.insert(
        "AT+CESQ",
        Some("+CESQ: 99,99,255,255,0,97\r\nOK\r\n".to_owned()),
    );
    assert_eq!(
        (world.get("/4/0/2").text(), world.get("/4/0/3").text()),
        ("-44", "-20")
    );
    // Nobody else's reads ask for anything.
    asked(&mut world);
    assert_eq!(dotted(world.get("/3/0/9").code), 205);
    assert_eq!(dotted(world.get("/4/0/99").code), 404);
    assert_eq!(
        asked(&mut world)
            .iter()
            .filter(|one| **one != "AT%%XMONITOR")
            .count(),
        0
    );
}

#[test]
fn connectivity_is_read_only() {
    let mut world = plain();
    for path in ["/4/0/0", "/4/0/2", "/4/0/8"] {
        assert_eq!(dotted(world.put(path, TEXT, "1").code), 405, "{path}");
        assert_eq!(
            dotted(world.try_execute(path).expect("an answer").code),
            405,
            "{path}"
        );
    }
    assert_eq!(dotted(world.put("/4/0/7", TEXT, "apn").code), 405);
    assert_eq!(
        dotted(
            world
                .put("/4/0", TLV, tlv::entry(tlv::RESOURCE, 0, &[6]))
                .code
        ),
        405
    );
    assert_eq!(dotted(world.delete("/4/0").code), 405);
    assert_eq!(
        dotted(
            world
                .post("/4", TLV, tlv::entry(tlv::RESOURCE, 0, &[6]))
                .code
        ),
        405
    );
}

#[test]
fn what_the_modem_does_not_say_is_absent() {
    let mut world = plain();
    let hostile = [
        None,
        Some(String::new()),
        Some("OK\r\n".to_owned()),
        Some("+CESQ: 99,99,255,255,255,255\r\nOK\r\n".to_owned()),
        Some("%XMONITOR: 3,\"".to_owned()),
        Some("+CGDCONT: 0,\"IP\",\"a\",\"1".to_owned()),
        Some(format!(
            "+CGDCONT: 0,\"IP\",\"{0}\",\"{0}\",0,0\r\nOK\r\n",
            "7".repeat(80)
        )),
        Some(",".repeat(512)),
        Some("\"".repeat(511)),
        Some("+".repeat(512)),
        Some("\u{20AC}".repeat(170)),
    ];
    for answer in hostile {
        for command in ["AT+CESQ", "AT%%XMONITOR", "AT+CGDCONT?", "AT%%XSYSTEMMODE?"] {
            // An answer to another command is none to this one.
            let name = command.trim_start_matches("AT").trim_end_matches('?');
            let name = name.replace("%%", "%");
            let text = answer.as_deref().unwrap_or_default();
            let named = text.contains(": ") && !text.starts_with(&name);
            let answer = if named { None } else { answer.clone() };
            world.modem.answers.insert(command, answer);
        }
        let values = tlv::decode(&world.get("/4/0").payload);
        // Mandatory resources with instances are there without any.
        let ids: Vec<_> = values.iter().map(|one| (one.id, one.value.len())).collect();
        assert_eq!(ids, [(1, 0), (4, 0)], "{answer:?}");
        assert_eq!(dotted(world.get("/4/0/2").code), 404, "{answer:?}");
        assert!(world.carrier.is_registered());
    }
    world.modem.answers.clear();
    assert_eq!(world.get("/4/0/2").text(), "-88");
}

#[test]
fn texts_without_room_are_left_out() {
    let mut world = plain();
    let mut read = |addresses: &str, names: [&str; 2]| {
        let answer = format!(
            "+CGDCONT: 0,\"IPV4V6\",\"{}\",\"{addresses}\",0,0\r\n+CGDCONT: 1,\"IP\",\"{}\",\"10.9.8.7\",0,0\r\nOK\r\n",
            names[0], names[1]
        );
        world.modem.answers.insert("AT+CGDCONT?", Some(answer));
        let values = tlv::decode(&world.get("/4/0").payload);
        let texts = |id| {
            multiple(&values, id).map_or(Vec::new(), |all| {
                all.iter().map(|one| one.text().to_owned()).collect()
            })
        };
        (texts(4), texts(7))
    };
    let (addresses, names) = read("10.0.0.2", ["one.test", "two.test"]);
    assert_eq!(
        (addresses, names),
        (
            vec!["10.0.0.2".to_owned(), "10.9.8.7".to_owned()],
            vec!["one.test".to_owned(), "two.test".to_owned()]
        )
    );
    // Both addresses of one connection fit; of the names 39 bytes, each besides the first with one of its own.
    let both = "192.168.100.100 2001:0DB8:0000:0000:0000:0000:0000:0001";
    let (longest, longer) = ("a".repeat(39), "a".repeat(40));
    let (addresses, names) = read(both, [&longest, "two.test"]);
    assert_eq!((addresses.len(), names), (2, vec![longest]));
    let (addresses, names) = read(both, [&longer, "two.test"]);
    assert_eq!((addresses.len(), names), (2, vec!["two.test".to_owned()]));
}

#[test]
fn observers_hear_what_the_modem_tells() {
    let mut world = plain();
    let (response, token) = world.observe("/4/0/2");
    assert_eq!(response.text(), "-88");
    let mut signal = |strength: i32, quality: i32| {
        let answer = format!("+CESQ: 99,99,255,255,{quality},{strength}\r\nOK\r\n");
        world.modem.answers.insert("AT+CESQ", Some(answer));
        let notice = format!("%CESQ: {strength},2,{quality},2\r\n");
        told(&mut world, &token, &[&notice])
    };
    assert_eq!(signal(40, 20), ["-101"]);
    // Quality is another resource, and the same strength is no news.
    assert!(signal(40, 21).is_empty());
    assert_eq!(signal(-5, 21), ["-145"]);

    let (response, cell) = world.observe("/4/0/8");
    assert_eq!(response.text(), "74565");
    let monitor = "%XMONITOR: 5,\"T\",\"T\",\"00101\",\"0001\",7,20,\"0ABCDEF0\",7,6300,53,30,\"\",\"\",\"\"\r\nOK\r\n";
    world
        .modem
        .answers
        .insert("AT%%XMONITOR", Some(monitor.to_owned()));
    let moved = "+CEREG: 5,\"0001\",\"0ABCDEF0\",7,,,\"00000110\",\"00100001\"\r\n";
    assert_eq!(told(&mut world, &cell, &[moved]), ["180150000"]);
    assert!(told(&mut world, &cell, &[moved]).is_empty());

    let (_, addresses) = world.observe("/4/0/4");
    let answer = "+CGDCONT: 0,\"IP\",\"iot.test\",\"10.0.0.3\",0,0\r\nOK\r\n";
    world
        .modem
        .answers
        .insert("AT+CGDCONT?", Some(answer.to_owned()));
    world
        .modem
        .notices
        .push("+CGEV: ME PDN ACT 0\r\n".to_owned());
    world.run(SECOND);
    let [notification] = &world.take_notifications(&addresses)[..] else {
        panic!("one notification");
    };
    let values = tlv::decode(&notification.message.payload);
    assert_eq!(
        multiple(&values, 4).expect("addresses")[0].text(),
        "10.0.0.3"
    );
}

#[test]
fn a_subscription_made_anew_is_no_signal() {
    let mut world = secure();
    let (response, token) = world.observe("/4/0/2");
    assert_eq!(response.text(), "-88");
    world.lose_coverage(false);
    asked(&mut world);
    world.run(100 * SECOND);
    assert!(asked(&mut world).contains(&"AT%%CESQ=1"));
    world.regain_coverage();
    world.run(100 * SECOND);
    assert!(world.take_notifications(&token).is_empty());
}

#[test]
fn without_observers_the_modem_is_left_alone() {
    let mut world = plain();
    asked(&mut world);
    for line in [
        "+CGEV: IPV6 0\r\n",
        "%CESQ: 40,2,20,2\r\n",
        "+CEREG: 5,\"0001\",\"0ABCDEF0\",7\r\n",
    ] {
        world.modem.notices.push(line.to_owned());
    }
    world.run(SECOND);
    assert!(asked(&mut world).is_empty());
}

fn counters(world: &mut World, numbers: &str) {
    let answer = format!("%XCONNSTAT: {numbers}\r\nOK\r\n");
    world.modem.answers.insert("AT%%XCONNSTAT?", Some(answer));
}

#[test]
fn statistics_are_counted_by_the_modem_from_start_to_stop() {
    let mut world = plain();
    asked(&mut world);
    assert_eq!(dotted(world.execute("/7/0/6").code), 204);
    assert_eq!(asked(&mut world), ["AT%%XCONNSTAT=1"]);
    counters(&mut world, "1,2,70000,3,1280,512");
    let values = tlv::decode(&world.get("/7/0").payload);
    let numbers: Vec<_> = values.iter().map(|one| (one.id, one.number())).collect();
    assert_eq!(
        numbers,
        [
            (0, 1),
            (1, 2),
            (2, 70_000),
            (3, 3),
            (4, 1_280),
            (5, 512),
            (8, 0)
        ]
    );
    assert_eq!(asked(&mut world), ["AT%%XCONNSTAT?"]);
    assert_eq!(dotted(world.execute("/7/0/7").code), 204);
    assert_eq!(asked(&mut world), ["AT%%XCONNSTAT=0"]);
    assert_eq!(world.get("/7/0/2").text(), "70000");
    // Without a period it goes on until it is stopped.
    world.execute("/7/0/6");
    world.run(2 * DAY);
    assert!(!asked(&mut world).contains(&"AT%%XCONNSTAT=0"));
    // Executables and the period take no question.
    asked(&mut world);
    assert_eq!(world.get("/7/0/8").text(), "0");
    assert_eq!(dotted(world.get("/7/0/6").code), 405);
    assert!(!asked(&mut world).contains(&"AT%%XCONNSTAT?"));
    assert_eq!(dotted(world.put("/7/0/2", TEXT, "0").code), 405);
}

#[test]
fn counters_that_the_modem_does_not_tell_are_absent() {
    let mut world = plain();
    counters(&mut world, "1,2,x");
    let values = tlv::decode(&world.get("/7/0").payload);
    assert_eq!(
        values.iter().map(|one| one.id).collect::<Vec<_>>(),
        [0, 1, 8]
    );
    for answer in [None, Some("\"".repeat(500)), Some("%XCONNSTAT".to_owned())] {
        world.modem.answers.insert("AT%%XCONNSTAT?", answer);
        let values = tlv::decode(&world.get("/7/0").payload);
        assert_eq!(values.iter().map(|one| one.id).collect::<Vec<_>>(), [8]);
        assert_eq!(dotted(world.get("/7/0/0").code), 404);
    }
}

#[test]
fn a_collection_period_ends_the_counting() {
    let mut world = plain();
    for wrong in ["-1", "2147483648", "x", ""] {
        assert_eq!(
            dotted(world.put("/7/0/8", TEXT, wrong).code),
            400,
            "{wrong}"
        );
    }
    assert_eq!(dotted(world.put("/7/0/8", TEXT, "3600").code), 204);
    counters(&mut world, "0,0,7,0,0,0");
    let (_, token) = world.observe("/7/0/2");
    counters(&mut world, "0,0,12,3,1280,512");
    asked(&mut world);
    world.execute("/7/0/6");
    world.run(HOUR - 10 * SECOND);
    let mut commands = asked(&mut world);
    commands.dedup();
    assert_eq!(commands, ["AT%%XCONNSTAT=1", "AT%%XCONNSTAT?"]);
    world.take_notifications(&token);
    counters(&mut world, "0,0,15,3,1280,512");
    world.run(20 * SECOND);
    let mut commands = asked(&mut world);
    commands.dedup();
    assert_eq!(commands, ["AT%%XCONNSTAT=0", "AT%%XCONNSTAT?"]);
    // Whoever observes hears of the end.
    let told = world.take_notifications(&token);
    assert_eq!(told.last().expect("a notification").message.text(), "15");
    // A Start in between begins a new period, a Stop ends it.
    world.execute("/7/0/6");
    world.run(HOUR / 2);
    world.execute("/7/0/6");
    asked(&mut world);
    world.run(HOUR - 10 * SECOND);
    assert!(asked(&mut world).is_empty());
    world.execute("/7/0/7");
    asked(&mut world);
    world.run(2 * HOUR);
    assert!(!asked(&mut world).contains(&"AT%%XCONNSTAT=0"));
}

#[test]
fn the_collection_period_survives_a_reset_but_not_a_factory_reset() {
    let mut world = plain();
    assert_eq!(dotted(world.put("/7/0/8", TEXT, "86400").code), 204);
    world.execute("/3/0/4");
    world.run(MINUTE);
    assert_eq!(world.resets, 1);
    assert_eq!(world.get("/7/0/8").text(), "86400");
    // A replacing write of the instance without it takes it away.
    assert_eq!(
        dotted(
            world
                .put("/7/0", TLV, tlv::entry(tlv::RESOURCE, 8, &[60]))
                .code
        ),
        204
    );
    assert_eq!(world.get("/7/0/8").text(), "60");
    world.execute("/3/0/5");
    world.run(MINUTE);
    assert_eq!(world.get("/7/0/8").text(), "0");
}

#[test]
fn what_is_reported_by_the_maximum_period_is_of_that_moment() {
    let mut world = plain();
    world.attributes("/4/0/2", "pmin=1&pmax=60");
    let (_, token) = world.observe("/4/0/2");
    asked(&mut world);
    for (index, strength) in [(60, "-81"), (61, "-80"), (61, "-80")] {
        let answer = format!("+CESQ: 99,99,255,255,20,{index}\r\nOK\r\n");
        world.modem.answers.insert("AT+CESQ", Some(answer));
        world.run(MINUTE);
        let told = world.take_notifications(&token);
        let values: Vec<_> = told.iter().map(|one| one.message.text()).collect();
        assert_eq!(values, [strength]);
        // Nothing is asked in between.
        let commands = asked(&mut world);
        let count = commands.iter().filter(|one| **one == "AT+CESQ").count();
        assert_eq!(count, 1, "{commands:?}");
    }
}
