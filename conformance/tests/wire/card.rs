//! Bootstrap from the SIM: accounts that are there are used; a card with anything less leads to the next mode, the bootstrap
//! server of the configuration (OMA LwM2M TS Core 6.1.3.2 and Appendix G).

use carrier_lab::account::{Instance, NO_SEC};
use carrier_lab::coap::Code;
use carrier_lab::dtls::DtlsConfig;
use carrier_lab::event::Operation;
use carrier_lab::hex;
use carrier_lab::request::Request;
use carrier_lab::server::{Role, Server, ServerConfig};
use carrier_lab::tlv;
use carrier_lab::value::Value;
use conformance::Settings;
use conformance::blank::{Blank, LIFETIME};
use conformance::setup::{await_at, own_address};
use std::net::Ipv4Addr;
use std::time::Duration;

const SILENCE: Duration = Duration::from_millis(300);

/// A bootstrap account with a key and a hold-off time of 5 s, and a management account without security.
const EXAMPLE: &str = "00020084\
    0000000069\
    080041C8001C636F6170733A2F2F62732E6578616D706C652E746573743A35363834C10101C10200C40369643031\
    C80510101112131415161718191A1B1C1D1E1FC10B05\
    080122C80016636F61703A2F2F646D2E6578616D706C652E74657374C10100C10203C10A65\
    000101010010\
    08010DC10065C2010E10C10601C10755";
/// Of the unit test of the SDK's card library: a bootstrap account without security, and two bytes of padding.
const SDK: &str = "00010036000000003108002EC80025636F61703A2F2F6C657368616E2E65636C697073\
    6570726F6A656374732E696F3A35373833C10101C10203FFFF";
/// Of the documentation of another client's card bootstrap: a management account with a key.
const DOCUMENTED: &str = "0002007a000000005e08015bc80022636f6170733a2f2f65752e696f742e6176\
    73797374656d2e636c6f75643a353638\
    34c10100c10200c803146578616d706c652d70736b2d6964656e74697479c805\
    133378406d706c3350354b3533633732744b3379c10a01000100001208010f\
    c10001c40100015180c10600c10755";

/// A card whose bootstrap file has these digits, and other files besides.
fn with_card(settings: Settings, file: &str, more: &str) -> Settings {
    settings.profile(&format!(
        r#"{{"delays": {{"card": 5, "attach": 20, "time": 30}}, "card": {{"bootstrap": "{file}"{more}}}}}"#
    ))
}

/// Digits of a bootstrap file with these instances.
fn card_of(instances: &[Instance]) -> String {
    let object = |id: u16| {
        let own = instances.iter().filter(|instance| instance.object == id);
        let entries: Vec<tlv::Entry> = own
            .map(|instance| tlv::instance(instance.id, instance.resources.clone()))
            .collect();
        let content = tlv::encode(&entries);
        let length = (content.len() as u16).to_be_bytes();
        [&id.to_be_bytes()[..], &[0], &length, &content].concat()
    };
    let mut ids: Vec<u16> = instances.iter().map(|instance| instance.object).collect();
    ids.dedup();
    let body: Vec<u8> = ids.iter().flat_map(|id| object(*id)).collect();
    let sizes = [ids.len() as u16, body.len() as u16].map(u16::to_be_bytes);
    hex::encode(&[sizes.concat(), body].concat())
}

fn management(address: Ipv4Addr) -> Server {
    let server = Server::start(ServerConfig {
        coap: Some((address, 5683).into()),
        ..Default::default()
    });
    server.expect("nobody else uses the address")
}

#[test]
fn bs_04_the_accounts_of_the_card_are_used() {
    let (dm, bs) = (own_address(), own_address());
    let key: Vec<u8> = (0x10..0x20).collect();
    let server = Server::start(ServerConfig {
        role: Role::Bootstrap,
        coaps: Some(((bs, 5684).into(), DtlsConfig::with_key("id01", &key))),
        ..Default::default()
    });
    for style in ["direct", "61xx", "6cxx", "both"] {
        let blank = Blank::with(
            Server::bootstrap_plain().unwrap(),
            vec![management(dm)],
            |settings| {
                let style = format!(r#", "style": "{style}""#);
                with_card(settings, EXAMPLE, &style)
                    .host("dm.example.test", dm)
                    .host("bs.example.test", bs)
            },
        );
        let registration = blank.wait_register(0);
        assert_eq!(registration.lifetime, 3600, "{style}");
        let listed = |target: &str| registration.links.iter().any(|link| link.target == target);
        assert!(listed("/1/1") && !listed("/1/0"));
        blank.device.advance(Duration::from_millis(500));
        let id = blank.expect_managed(0, Request::read_as("/1/1/0", 0), Code::CONTENT);
        assert_eq!(id.text(), "101");
        // The server of the configuration is not needed.
        assert_eq!(Blank::attempts(&blank.bootstrap, Operation::Bootstrap), 0);
        if style == "both" {
            // The card's bootstrap account has its key, too, and its hold-off time.
            let asked = blank.device.now_ms();
            blank.expect_managed(0, Request::execute("/1/1/9", ""), Code::CHANGED);
            let client = await_at(&blank.device, "a Bootstrap-Request", |pause| {
                server.as_ref().unwrap().wait_bootstrap(pause)
            });
            assert_eq!(client.identity.as_deref(), Some(&b"id01"[..]));
            let waited = blank.device.now_ms() - asked;
            assert!((4_500..=6_500).contains(&waited), "{waited} ms");
        }
    }
}

#[test]
fn a_published_card_with_a_bootstrap_account_leads_to_that_server() {
    let address = own_address();
    let bootstrap = Server::start(ServerConfig {
        role: Role::Bootstrap,
        coap: Some((address, 5783).into()),
        ..Default::default()
    });
    let management = vec![Server::plain().unwrap()];
    let blank = Blank::with(bootstrap.unwrap(), management, |mut settings| {
        settings.options.clear();
        with_card(settings, SDK, "").host("leshan.eclipseprojects.io", address)
    });
    blank.provision(&blank.accounts());
    blank.wait_register(0);
}

#[test]
fn a_published_card_with_a_key_leads_to_a_registration_with_it() {
    let address = own_address();
    let key = DtlsConfig::with_key("example-psk-identity", b"3x@mpl3P5K53c72tK3y");
    let server = Server::start(ServerConfig {
        coaps: Some(((address, 5684).into(), key)),
        ..Default::default()
    });
    let other = Server::bootstrap_plain().unwrap();
    let blank = Blank::with(other, vec![server.unwrap()], |settings| {
        with_card(settings, DOCUMENTED, "").host("eu.iot.avsystem.cloud", address)
    });
    let registration = blank.wait_register(0);
    let used = registration.identity.as_deref();
    assert_eq!(used, Some(&b"example-psk-identity"[..]));
    assert_eq!(registration.lifetime, 86_400);
}

/// A device with this card asks the bootstrap server of its configuration.
fn expect_next_mode(told: &str, file: &str, more: &str) {
    let blank = Blank::open_with(0, |settings| with_card(settings, file, more));
    println!("card: {told}");
    blank.wait_bootstrap();
    assert_eq!(blank.device.count("ERROR"), 0, "{told}");
    assert!(blank.device.log().contains("AT+CSIM="), "{told}: not read");
    assert_eq!(
        blank.requests()[0].1.query("ep").as_deref(),
        Some(conformance::ENDPOINT)
    );
}

#[test]
fn cards_without_the_files_lead_to_the_next_mode() {
    let file =
        |place: &str, content: &str| format!(r#", "files": {{"PKCS15/{place}": "{content}"}}"#);
    let locked = format!("!{EXAMPLE}");
    for (told, place, content) in [
        ("no directory", "5031", "none"),
        ("no list of data objects", "6430", "none"),
        ("no bootstrap file", "6432", "none"),
        ("a locked directory", "5031", "!A706300404026430"),
        ("a locked bootstrap file", "6432", &locked),
        ("an empty directory", "5031", ""),
        ("an erased directory", "5031", "FFFFFFFFFFFFFFFF"),
        (
            "a directory that is its own list",
            "5031",
            "A706300404025031",
        ),
        ("a directory that ends early", "5031", "A7063004"),
        ("a directory of no length", "5031", "A780300404026430"),
        (
            "a directory of a huge length",
            "5031",
            "A782FFFF300404026430",
        ),
        (
            "a directory that names itself many times",
            "5031",
            "A706300404025031A706300404025031A706300404025031A706300404025031A706300404025031A706300404025031",
        ),
        ("an erased list", "6430", "FFFFFFFFFFFFFFFFFFFF"),
        (
            "a list that is too short",
            "6430",
            "A11E300A0C084C574D324D204253",
        ),
        (
            "another identifier",
            "6430",
            "A11E300A0C084C574D324D2042533000A10E300C0604672B090230040402 6432",
        ),
        (
            "a list that leads back to the directory",
            "6430",
            "A11E300A0C084C574D324D2042533000A10E300C0604672B0901300404025031",
        ),
        (
            "a list that leads to itself",
            "6430",
            "A11E300A0C084C574D324D2042533000A10E300C0604672B0901300404026430",
        ),
        (
            "a list that leads nowhere",
            "6430",
            "A11E300A0C084C574D324D2042533000A10E300C0604672B0901300404020000",
        ),
    ] {
        expect_next_mode(told, EXAMPLE, &file(place, &content.replace(' ', "")));
    }
}

#[test]
fn cards_with_damaged_data_lead_to_the_next_mode() {
    let whole = hex::decode(EXAMPLE).unwrap();
    let changed = |at: usize, bytes: &[u8]| {
        let mut file = whole.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        hex::encode(&file)
    };
    let mut cards = vec![
        ("padding only", "FF".repeat(136)),
        ("zeros only", "00".repeat(136)),
        ("one byte", "00".into()),
        ("no objects", "00000000".into()),
        ("more objects than there are", changed(1, &[3])),
        ("fewer objects than there are", changed(1, &[1])),
        ("65535 objects", changed(0, &[0xff, 0xff])),
        ("a size beyond the end", changed(2, &[0x00, 0x85])),
        ("the largest size", changed(2, &[0xff, 0xff])),
        ("a size that is too small", changed(2, &[0x00, 0x83])),
        ("an object beyond the end", changed(7, &[0xff, 0xff])),
        ("an object of no bytes", changed(7, &[0x00, 0x00])),
        ("an instance beyond its object", changed(11, &[0xff])),
        ("an instance of no bytes", changed(11, &[0x00])),
        ("a text beyond its instance", changed(14, &[0xff])),
        ("resources where instances should be", changed(9, &[0xc8])),
        ("no text in the URI", changed(15, &[0xff; 28])),
        ("a version nobody knows", changed(6, &[0x09])),
    ];
    for length in [1, 3, 4, 5, 8, 60, 100, 135] {
        cards.push(("an early end", hex::encode(&whole[..length])));
    }
    for (told, file) in cards {
        expect_next_mode(told, &file, "");
    }
}

#[test]
fn cards_whose_accounts_are_not_usable_lead_to_the_next_mode() {
    let uri = "coap://127.0.0.1:9";
    let security = || Instance::security_open(1, uri, 101);
    let server = || Instance::server(0, 101, LIFETIME);
    let bootstrap = |id| Instance::security(id, uri, NO_SEC, "", &[]).of_bootstrap_server();
    let text = |text: &str| Value::Text(text.into());
    for (told, instances) in [
        ("a server without settings", vec![security()]),
        ("settings without a server", vec![server()]),
        (
            "settings of another server",
            vec![security(), Instance::server(0, 102, 60)],
        ),
        ("two bootstrap accounts", vec![bootstrap(0), bootstrap(1)]),
        ("no URI", vec![security().without(0), server()]),
        ("an empty URI", vec![security().set(0, text("")), server()]),
        (
            "a URI of another kind",
            vec![security().set(0, text("http://a/")), server()],
        ),
        (
            "a secure server without a key",
            vec![
                security()
                    .set(0, text("coaps://127.0.0.1:9"))
                    .set(2, Value::Integer(0)),
                server(),
            ],
        ),
        (
            "certificates",
            vec![
                security()
                    .set(0, text("coaps://127.0.0.1:9"))
                    .set(2, Value::Integer(2)),
                server(),
            ],
        ),
        (
            "a number for a text",
            vec![
                security(),
                server().set(1, Value::Text("much too long".into())),
            ],
        ),
        (
            "two servers of one id",
            vec![
                security(),
                Instance {
                    id: 2,
                    ..security()
                },
                server(),
            ],
        ),
        (
            "more accounts than there is room for",
            (1..=9)
                .map(|id| Instance::security_open(id, uri, 100 + id))
                .chain((1..=9).map(|id| Instance::server(id, 100 + id, 60)))
                .collect(),
        ),
        (
            "an unknown object alone",
            vec![Instance::new(9999, 0).set(0, Value::Integer(1))],
        ),
    ] {
        expect_next_mode(told, &card_of(&instances), "");
    }
}

#[test]
fn a_card_that_fails_while_it_is_read_leads_to_the_next_mode() {
    for line in [
        "card answer 70 6881 9",
        "card answer A4 6F00 9",
        "card answer A4 6A82 9",
        "card answer B0 6982 9",
        "card answer B0 6B00 9",
        "card answer C0 6F00 9",
        "card remove-after 3",
        "at-error AT+CSIM 0 always",
        "at-error AT+CSIM 14 2 skip=2",
    ] {
        // Its transport needs GET RESPONSE, so that this can fail as well.
        let blank = Blank::open_with(0, |settings| {
            with_card(settings, EXAMPLE, r#", "style": "61xx""#).scenario(line)
        });
        println!("card: {line}");
        if line.contains("remove") {
            blank.device.advance(Duration::from_secs(5));
            blank.device.control("sim ready");
        }
        blank.wait_bootstrap();
    }
}

#[test]
fn an_application_may_switch_the_card_off() {
    let blank = Blank::open_with(0, |settings| {
        with_card(settings, EXAMPLE, "").option("--smartcard", "0")
    });
    blank.wait_bootstrap();
    assert!(!blank.device.log().contains("AT+CSIM"));
}

#[test]
fn unknown_objects_and_resources_on_the_card_are_left_aside() {
    let server = Server::plain().unwrap();
    let uri = server.uris()[0].clone();
    let blank = Blank::with(
        Server::bootstrap_plain().unwrap(),
        vec![server],
        |settings| {
            let card = card_of(&[
                Instance::security_open(1, &uri, 101).set(77, Value::Integer(1)),
                Instance::server(0, 101, 777).set(99, Value::Text("x".repeat(30))),
                Instance::new(9999, 0).set(0, Value::Integer(1)),
            ]);
            with_card(settings, &(card + &"FF".repeat(40)), "")
        },
    );
    assert_eq!(blank.wait_register(0).lifetime, 777);
    assert!(blank.bootstrap.wait_bootstrap(SILENCE).is_none());
}

#[test]
fn changed_data_on_the_card_replace_the_accounts() {
    let servers = [Server::plain().unwrap(), Server::plain().unwrap()];
    let card = |index: usize| {
        let uri = &servers[index].uris()[0];
        card_of(&[
            Instance::security_open(1, uri, 101),
            Instance::server(0, 101, LIFETIME),
        ])
    };
    let (first, second) = (card(0), card(1));
    let other = Server::bootstrap_plain().unwrap();
    let mut blank = Blank::with(other, servers.into(), |settings| {
        with_card(settings, &first, "")
    });
    blank.wait_register(0);
    blank.device.advance(Duration::from_secs(1));
    // What the server sets stays, as long as the card does.
    blank.expect_managed(0, Request::write_text("/1/0/1", "500"), Code::CHANGED);
    blank.device.advance(Duration::from_secs(1));
    blank.device.power_cut();
    blank.device.start_again();
    assert_eq!(blank.wait_register(0).lifetime, 500);
    blank.device.power_cut();
    blank.device.settings().scenario = format!("card bootstrap {second}\n");
    blank.device.start_again();
    assert_eq!(blank.wait_register(1).lifetime, LIFETIME);
    assert!(blank.management[0].wait_register(SILENCE).is_none());
}

#[test]
fn accounts_of_a_card_end_with_that_card() {
    let server = Server::plain().unwrap();
    let accounts = card_of(&[
        Instance::security_open(1, &server.uris()[0], 101),
        Instance::server(0, 101, LIFETIME),
    ]);
    let other = Server::bootstrap_plain().unwrap();
    let mut blank = Blank::with(other, vec![server], |settings| {
        with_card(settings, &accounts, "")
    });
    blank.wait_register(0);
    blank.device.advance(Duration::from_secs(1));
    let swap = "sim swap generic imsi=001010000000077 iccid=8901000000000000077";
    blank.device.control(swap);
    blank.device.power_cut();
    blank.device.start_again();
    blank.wait_bootstrap();
    assert!(blank.management[0].wait_register(SILENCE).is_none());
}
