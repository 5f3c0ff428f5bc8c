//! Named access points, packet data that ends, triggers by SMS, and a modem that the application powers off.

use carrier_lab::coap::Code;
use carrier_lab::hex;
use carrier_lab::request::Request;
use carrier_lab::server::{Server, ServerConfig};
use conformance::setup::{Pair, eventually};
use conformance::{Device, Event, Settings};
use std::time::Duration;

const SHORT: Duration = Duration::from_millis(400);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// Access point `iot.test` beside the default one; PDN ids are context ids plus 10.
const PROFILE: &str = r#"{"apns": [{"name": "iot.test"}, {"name": "spare.test"}],
    "delays": {"card": 5, "attach": 20, "time": 30}}"#;
/// The same with a card of an operator that takes the application's access point as the fallback.
const OPERATOR: &str = r#"{"imsi": "302640123456789", "operator_id": 9,
    "apns": [{"name": "operator.test", "refuse": 33}, {"name": "spare.test", "refuse": 33}],
    "delays": {"card": 5, "attach": 20, "time": 30}}"#;
const DEFERRED_PDN_ACTIVATE: i64 = 1;

fn custom(change: impl FnOnce(Settings) -> Settings) -> Pair {
    Pair::start(|settings| {
        let settings = settings.profile(PROFILE).clock("step");
        change(settings.option("--apn", "iot.test"))
    })
}

/// What the hooks were asked, in order: lines of the modem's log with this word, without time and place.
fn hooks(device: &Device, word: &str) -> Vec<String> {
    let log = device.log();
    let lines = log
        .lines()
        .filter_map(|line| line.find(word).map(|at| &line[at..]));
    lines.map(String::from).collect()
}

/// The PDN id of the only socket.
fn pdn_of_socket(device: &Device) -> String {
    let sockets = device.control("sockets");
    let mut words = sockets.split_whitespace().skip_while(|word| *word != "pdn");
    words.nth(1).unwrap_or("none").to_string()
}

fn served(pair: &Pair) -> bool {
    pair.try_ask(Request::read("/3/0/2").timeout(SHORT))
        .is_ok_and(|reply| reply.code() == Code::CONTENT)
}

/// A trigger for the Server instance as an SMS carries it.
fn trigger(instance: &str) -> String {
    let mut bytes = vec![0x50, 0x02, 0x12, 0x00, 0xB1, b'1'];
    bytes.push(instance.len() as u8);
    bytes.extend(instance.bytes());
    bytes.extend([0x01, b'8']);
    hex::encode(&bytes)
}

/// Delivers an SMS as soon as the one before it is acknowledged.
fn receive(pair: &Pair, text: &str) {
    let sms = format!("sms +15550100 {text}");
    eventually("an SMS delivered", || pair.device.try_control(&sms).ok());
}

#[test]
fn without_an_access_point_nothing_is_created() {
    let (pair, _) = Pair::start(|settings| settings.clock("step")).until_registered();
    assert_eq!(hooks(&pair.device, "pdn_"), Vec::<String>::new());
    assert_eq!(pdn_of_socket(&pair.device), "0");
}

#[test]
fn everything_goes_over_the_named_access_point() {
    let (pair, _) = custom(|settings| settings).until_registered();
    pair.expect_alive();
    assert_eq!(pdn_of_socket(&pair.device), "11");
    assert_eq!(
        hooks(&pair.device, "pdn_"),
        [
            "pdn_init",
            "pdn_ctx_create -> 0",
            "pdn_ctx_configure 1 iot.test IPV4V6 -> 0",
            "pdn_activate 1 -> 0"
        ]
    );
    assert_eq!(
        pair.device.event_names(),
        ["INIT", "LTE_LINK_UP", "REGISTERED"]
    );
}

#[test]
fn every_cause_of_refusal_defers_and_the_grant_ends_it() {
    // Operator determined barring to protocol error; 50 and 51 ask for another family.
    let causes = [
        8, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 38, 39, 49, 50, 51, 52, 53, 54, 55, 57, 58, 59,
        65, 66, 95, 96, 97, 98, 99, 100, 101, 111, 112, 113,
    ];
    let pair = custom(|settings| settings.scenario("apn iot.test refuse 8"));
    for (index, cause) in causes.into_iter().enumerate() {
        pair.device.control(&format!("apn iot.test refuse {cause}"));
        if index > 0 {
            let told = pair.device.events();
            let wait = told.last().map_or(0, |event| event.number(1));
            pair.device.advance(Duration::from_secs(wait as u64 - 5));
            assert_eq!(
                pair.device.count("DEFERRED"),
                index,
                "cause {cause}: too early"
            );
        }
        let event = pair.device.advance_to_event("DEFERRED", MINUTE);
        assert_eq!(event.number(0), DEFERRED_PDN_ACTIVATE, "cause {cause}");
        let seconds = [60, 120, 240, 480, 960, 86_400];
        let later = if index < 6 { 0 } else { 1_200 };
        assert_eq!(
            event.number(1),
            seconds[index % 6].max(later),
            "cause {cause}"
        );
    }
    assert!(pair.wire().is_empty());
    assert_eq!(pair.device.count("DEFERRED"), causes.len());
    pair.device.control("apn iot.test allow");
    pair.device.advance(DAY);
    pair.wait_registered();
    assert_eq!(pdn_of_socket(&pair.device), "11");
    // One context in all this time, and nobody ended it.
    assert_eq!(hooks(&pair.device, "pdn_ctx_create").len(), 1);
    assert_eq!(hooks(&pair.device, "pdn_deactivate").len(), 0);
}

#[test]
fn a_network_of_one_family_is_enough() {
    let (pair, _) =
        custom(|settings| settings.scenario("apn iot.test family IP")).until_registered();
    assert_eq!(pdn_of_socket(&pair.device), "11");
    assert_eq!(pair.device.count("DEFERRED"), 0);
}

#[test]
fn an_ipv6_network_reaches_a_server_with_both_addresses() {
    let server = Server::start(ServerConfig {
        coap: Some("[::1]:0".parse().unwrap()),
        ..ServerConfig::default()
    })
    .unwrap();
    let port = server.wires()[0].address().port();
    let pair = Pair {
        device: Device::start(
            Settings::new(&format!("coap://both.test:{port}"))
                .profile(PROFILE)
                .option("--apn", "iot.test")
                .scenario("apn iot.test family IPV6")
                .scenario("dns host both.test=127.0.0.1")
                .scenario("dns host both.test=::1")
                .clock("step"),
        ),
        server,
    };
    pair.wait_registered();
    assert_eq!(pdn_of_socket(&pair.device), "11");
}

#[test]
fn a_server_without_a_route_from_the_access_point_defers() {
    let pair = custom(|settings| settings.scenario("apn iot.test no-route * unreachable"));
    let event = pair.device.advance_to_event("DEFERRED", MINUTE);
    // LWM2M_CARRIER_DEFERRED_SERVER_NO_ROUTE
    assert_eq!((event.number(0), event.number(1)), (5, 60));
    pair.device.control("apn iot.test no-route none");
    pair.device.advance(MINUTE);
    pair.wait_registered();
}

#[test]
fn an_operator_whose_access_point_is_refused_is_reached_by_the_fallback_and_then_by_the_default() {
    for (granted, bound) in [
        ("operator.test", true),
        ("spare.test", true),
        ("nobody.test", false),
    ] {
        let server = Server::plain().unwrap();
        // It is no bootstrap server, but that is enough to see which way it is asked.
        let settings = Settings::new("")
            .profile(OPERATOR)
            .scenario(&format!("apn {granted} allow"))
            .option("--operator", "6")
            .option("--operator-enable", "1")
            .option("--operator-uri", &server.uris()[0])
            .option("--operator-endpoint", "name")
            .option("--operator-apn", "operator.test")
            .option("--apn", "spare.test")
            .clock("step");
        let device = Device::start(settings);
        for _ in 0..20 {
            device.advance(Duration::from_millis(500));
        }
        let configured = hooks(&device, "pdn_ctx_configure");
        assert_eq!(
            configured[0],
            "pdn_ctx_configure 1 operator.test IPV4V6 -> 0"
        );
        let tries = if granted == "operator.test" { 1 } else { 2 };
        assert_eq!(configured.len(), tries, "{granted}");
        let lookups = hooks(&device, "nrf_getaddrinfo 127.0.0.1");
        assert!(!lookups.is_empty());
        for lookup in lookups {
            assert_eq!(lookup.contains(" pdn11 "), bound, "{granted}: {lookup}");
        }
        let refused =
            |event: &Event| event.name == "DEFERRED" && event.number(0) == DEFERRED_PDN_ACTIVATE;
        assert!(!device.events().iter().any(refused));
    }
}

#[test]
fn a_connection_that_the_network_ends_is_made_again() {
    let (pair, _) = custom(|settings| settings).until_registered();
    for _ in 0..3 {
        pair.device.control("pdn down 1");
        let again = pair.wait_register();
        assert_eq!(again.lifetime, 3_600);
        pair.device.advance(SHORT);
        assert_eq!(pdn_of_socket(&pair.device), "11");
        // Links that die one after the other are opened ever more rarely; these do not.
        pair.device.advance(Duration::from_secs(1_250));
    }
    assert_eq!(pair.device.count("DEFERRED"), 0);
    assert_eq!(hooks(&pair.device, "pdn_ctx_create").len(), 1);
    assert_eq!(hooks(&pair.device, "pdn_activate").len(), 4);
}

#[test]
fn a_connection_that_ends_while_no_link_is_open_is_made_again_before_the_next_one() {
    let pair = Pair::start_secure(|settings| {
        settings
            .profile(PROFILE)
            .option("--apn", "iot.test")
            .clock("scale:20")
    });
    pair.wait_registered();
    eventually("idle session closed", || {
        (pair.device.control("sockets").is_empty()).then_some(())
    });
    pair.device.control("pdn down 1");
    eventually("active again", || {
        (hooks(&pair.device, "pdn_activate").len() == 2).then_some(())
    });
    receive(&pair, &format!("hex {}", trigger("0")));
    pair.server
        .wait_update(Duration::from_secs(20))
        .expect("an Update over the new connection");
    assert_eq!(pdn_of_socket(&pair.device), "11");
    assert_eq!(pair.device.count("DEFERRED"), 0);
}

#[test]
fn a_trigger_by_sms_opens_an_idle_session_and_resumes_it() {
    let pair = Pair::start_secure(|settings| settings.clock("scale:20"));
    pair.wait_registered();
    eventually("idle session closed", || {
        (pair.device.control("sockets").is_empty()).then_some(())
    });
    // For people, for another instance, for something else, damaged.
    let others = [
        "text Hello",
        "hex 50021200B131",
        "hex 50021200B133013001345FFF",
        "hex 5002",
        "hex 40",
    ];
    for sms in others {
        receive(&pair, sms);
    }
    receive(&pair, &format!("hex {}", trigger("7")));
    assert!(pair.server.wait_update(Duration::from_secs(2)).is_none());
    pair.device
        .control(&format!("sms +15550100 port=5684 hex {}", trigger("0")));
    pair.server
        .wait_update(Duration::from_secs(20))
        .expect("an Update");
    assert!(
        pair.device.control("dtls").starts_with("full 1 resumed 1"),
        "{}",
        pair.device.control("dtls")
    );
}

#[test]
fn a_modem_that_was_powered_off_tells_and_receives_everything_as_before() {
    let (mut pair, _) = custom(|settings| settings.lifetime(3_600)).until_registered();
    pair.device.tell("mode 0");
    pair.device.advance(Duration::from_secs(5));
    assert!(!served(&pair));
    pair.device.tell("mode 1");
    pair.wait_register();
    pair.device.advance(Duration::from_secs(5));
    assert_eq!(pdn_of_socket(&pair.device), "11");
    receive(&pair, &format!("hex {}", trigger("0")));
    let update = eventually("an Update", || {
        pair.device.advance(SHORT);
        pair.server.wait_update(Duration::from_millis(50))
    });
    assert!(update.1.query("lt").is_none());
    pair.device.control("event ME BATTERY LOW");
    pair.device.advance_to_event("MODEM_DOMAIN", MINUTE);
}
