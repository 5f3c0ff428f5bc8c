//! Rows of the bootstrap group: the sequence and the operations of the bootstrap interface.

use carrier_lab::account::{Instance, write_object};
use carrier_lab::bootstrap::Provisioning;
use carrier_lab::coap::{Code, Kind, format, option};
use carrier_lab::event::{Event, Operation};
use carrier_lab::request::Request;
use carrier_lab::value::Value;
use conformance::ENDPOINT;
use conformance::blank::{Blank, FIRST_SERVER, identity};
use conformance::setup::expect_one_of;
use std::time::Duration;

use crate::security::assert_sealed;

/// Real time in which an answer would have come.
const SILENCE: Duration = Duration::from_millis(300);
/// Errors of the bootstrap interface that are all seen.
const ERRORS: [Code; 3] = [Code::BAD_REQUEST, Code::NOT_FOUND, Code::NOT_ALLOWED];

/// Whether the bootstrap server was asked for anything but a bootstrap.
fn misused(blank: &Blank) -> bool {
    let events = blank.bootstrap.events().into_iter();
    events.map(|(_, event)| event).any(|event| match event {
        Event::Attempt(operation, ..) => operation != Operation::Bootstrap,
        event => matches!(event, Event::Requested(..)),
    })
}

#[test]
fn bs_01_the_request_the_writes_and_the_finish_have_their_forms() {
    let blank = Blank::open(1);
    let client = blank.wait_bootstrap();
    assert_eq!(client.endpoint, ENDPOINT);
    let request = &client.message;
    assert_eq!((request.kind, request.code), (Kind::Con, Code::POST));
    assert_eq!(request.segments(option::URI_PATH), ["bs"]);
    let queries = request.segments(option::URI_QUERY);
    assert_eq!(queries, [format!("ep={ENDPOINT}")]);
    assert!(request.payload.is_empty());
    for instance in blank.account(0) {
        blank.expect(instance.write(), Code::CHANGED);
    }
    let found = blank.expect(Request::discover("/"), Code::CONTENT);
    assert_eq!(found.format(), Some(format::LINK.into()));
    let finish = blank.expect(Request::finish(), Code::CHANGED);
    assert!(finish.payload.is_empty());
    let registration = blank.wait_register(0);
    assert_eq!(registration.endpoint, ENDPOINT);
    assert_eq!(registration.lifetime, conformance::blank::LIFETIME);
    blank.expect_managed(0, Request::read("/3/0/2"), Code::CONTENT);
    blank
        .device
        .advance_to_event("REGISTERED", Duration::from_secs(5));
    let names = blank.device.event_names();
    assert_eq!(names, ["INIT", "LTE_LINK_UP", "BOOTSTRAPPED", "REGISTERED"]);
}

#[test]
fn bs_02_the_provisioned_key_opens_the_session_of_the_registration() {
    let blank = Blank::secure(1);
    let client = blank.wait_bootstrap();
    assert_eq!(client.identity.as_deref(), Some(ENDPOINT.as_bytes()));
    let done = blank
        .bootstrap
        .provision(&Provisioning::of(&blank.accounts()));
    done.unwrap_or_else(|problem| panic!("{problem}"));
    let registration = blank.wait_register(0);
    let used = registration.identity.as_deref();
    assert_eq!(used, Some(identity(0).as_bytes()));
    blank.expect_managed(0, Request::read("/3/0/2"), Code::CONTENT);
    assert!(!misused(&blank), "a registration with the bootstrap server");
    for server in [&blank.bootstrap, &blank.management[0]] {
        assert_sealed(&blank.wire(server));
    }
}

#[test]
fn bs_05_a_deleted_server_is_gone() {
    let blank = Blank::open(2).until_registered();
    blank.expect_managed(0, Request::execute("/1/0/9", ""), Code::CHANGED);
    blank.management[1].discard_events();
    blank.wait_bootstrap();
    blank.expect(Request::delete("/1/1"), Code::DELETED);
    blank.expect(Request::delete("/0/2"), Code::DELETED);
    blank.expect(Request::delete("/2"), Code::DELETED);
    blank.expect(Request::finish(), Code::CHANGED);
    let registration = blank.wait_register(0);
    let listed = |target: &str| registration.links.iter().any(|link| link.target == target);
    assert!(listed("/1/0") && !listed("/1/1"));
    blank.expect_managed(0, Request::read("/1/1"), Code::NOT_FOUND);
    blank.device.advance(Duration::from_secs(600));
    let registered = blank.management[1].wait_register(SILENCE);
    assert!(registered.is_none(), "the deleted server hears a Register");
}

#[test]
fn bs_06_a_server_that_asks_for_it_has_the_client_bootstrapped_again() {
    for blank in [Blank::open(1), Blank::secure(1)] {
        let blank = blank.until_registered();
        blank.management[0].discard_events();
        let trigger = Request::execute("/1/0/9", "");
        blank.expect_managed(0, trigger, Code::CHANGED);
        blank.provision(&blank.accounts());
        blank.wait_register(0);
        blank.expect_managed(0, Request::read("/3/0/2"), Code::CONTENT);
        assert_eq!(Blank::attempts(&blank.bootstrap, Operation::Bootstrap), 2);
        let events = blank.device.event_names();
        let told = |name: &str| events.iter().filter(|event| *event == name).count();
        assert_eq!((told("BOOTSTRAPPED"), told("DEFERRED")), (2, 0));
    }
}

#[test]
fn bs_07_only_a_device_without_an_account_bootstraps() {
    for blank in [Blank::open(1), Blank::secure(1)] {
        let mut blank = blank.until_registered();
        blank.bootstrap.discard_events();
        blank.device.power_cut();
        blank.device.start_again();
        blank.wait_register(0);
        blank.expect_managed(0, Request::read("/3/0/2"), Code::CONTENT);
        blank.device.advance(Duration::from_secs(60));
        assert!(blank.bootstrap.wait_bootstrap(SILENCE).is_none());
        blank.device.control("storage erase");
        blank.device.power_cut();
        blank.device.start_again();
        blank.wait_bootstrap();
        assert!(blank.management[0].wait_register(SILENCE).is_none());
    }
}

#[test]
fn bs_08_discovery_lists_objects_and_instances_with_their_servers() {
    let blank = Blank::open(2);
    blank.wait_bootstrap();
    let accounts = Provisioning {
        finish: false,
        ..Provisioning::of(&blank.accounts())
    };
    blank.bootstrap.provision(&accounts).unwrap();
    let reply = blank.expect(Request::discover("/"), Code::CONTENT);
    assert_eq!(reply.format(), Some(format::LINK.into()));
    assert!(
        reply.text().starts_with("lwm2m=\"1.0\","),
        "{}",
        reply.text()
    );
    let links = reply.links();
    let server = |target: &str| {
        let link = links.iter().find(|link| link.target == target);
        link.unwrap_or_else(|| panic!("no {target}"))
            .attribute("ssid")
    };
    // The bootstrap account belongs to no management server.
    assert_eq!(server("/0/0"), None);
    for (target, id) in [("/0/1", 101), ("/0/2", 102), ("/1/0", 101), ("/1/1", 102)] {
        assert_eq!(server(target), Some(id.to_string().as_str()), "{target}");
    }
    assert_eq!(server("/3/0"), None);
    let depth = |target: &str| target.matches('/').count();
    assert!(links.iter().all(|link| depth(&link.target) <= 2));
    blank.expect(Request::finish(), Code::CHANGED);
    // Nothing that is registered was missing.
    for link in blank.wait_register(0).links {
        server(&link.target);
    }
}

#[test]
fn bs_09_discovery_of_an_object_shows_that_alone() {
    let blank = Blank::open(1);
    blank.wait_bootstrap();
    for instance in blank.account(0) {
        blank.expect(instance.write(), Code::CHANGED);
    }
    for (object, wanted) in [
        ("/0", &["/0/0", "/0/1"][..]),
        ("/1", &["/1/0"]),
        ("/3", &["/3/0"]),
    ] {
        let reply = blank.expect(Request::discover(object), Code::CONTENT);
        assert!(
            reply.text().starts_with("lwm2m=\"1.0\""),
            "{}",
            reply.text()
        );
        let links = reply.links();
        let mut targets: Vec<&str> = links.iter().map(|link| link.target.as_str()).collect();
        targets.retain(|target| !target.is_empty() && *target != object);
        assert_eq!(targets, wanted);
    }
    for object in ["/9", "/9999"] {
        blank.expect(Request::discover(object), Code::NOT_FOUND);
    }
}

#[test]
fn bs_10_accounts_can_be_written_resource_by_resource() {
    for content_format in [format::TLV, format::TEXT] {
        let blank = Blank::open(1);
        blank.wait_bootstrap();
        let [security, server] = blank.account(0);
        let server = Instance { id: 5, ..server };
        let security = Instance { id: 7, ..security };
        // An empty value has nothing to be written.
        let security = security.without(3).without(4).without(5);
        for instance in [&server, &security] {
            for entry in &instance.resources {
                let write = instance.write_resource(entry.id, content_format).unwrap();
                blank.expect(write, Code::CHANGED);
            }
        }
        assert!(blank.discovered().contains(&"/0/7".to_string()));
        blank.expect(Request::finish(), Code::CHANGED);
        let registration = blank.wait_register(0);
        assert!(registration.links.iter().any(|link| link.target == "/1/5"));
        let id = blank.expect_managed(0, Request::read_as("/1/5/0", 0), Code::CONTENT);
        assert_eq!(id.text(), FIRST_SERVER.to_string());
    }
}

#[test]
fn bs_11_one_payload_brings_several_instances() {
    for (blank, block1) in [(Blank::open(2), None), (Blank::secure(2), Some(64))] {
        blank.wait_bootstrap();
        let accounts = blank.accounts();
        for object in [0, 1, 2] {
            let write = write_object(object, &accounts);
            blank.expect(Request { block1, ..write }, Code::CHANGED);
        }
        let found = blank.discovered();
        for instance in &accounts {
            assert!(found.contains(&instance.path().to_string()), "{found:?}");
        }
        blank.expect(Request::finish(), Code::CHANGED);
        blank.wait_register(0);
        blank.wait_register(1);
        blank.device.advance(Duration::from_millis(500));
        // Each with its own account.
        for (index, server) in blank.management.iter().enumerate() {
            blank.expect_managed(index, Request::read("/3/0/2"), Code::CONTENT);
            let registered = server.newest().unwrap().identity;
            let secure = server.uris()[0].starts_with("coaps");
            assert_eq!(registered, secure.then(|| identity(index).into_bytes()));
        }
    }
}

#[test]
fn bs_12_a_client_of_version_1_0_names_no_format() {
    let blank = Blank::open(1);
    let client = blank.wait_bootstrap();
    assert_eq!(client.preferred_format, None);
    // The one format it has to take.
    for instance in blank.account(0) {
        let write = instance.write();
        assert_eq!(write.format, Some(format::TLV));
        blank.expect(write, Code::CHANGED);
    }
    let senml = Request::write("/1/0", 112, b"\x80");
    blank.expect(senml, Code::UNSUPPORTED_FORMAT);
    blank.expect(Request::finish(), Code::CHANGED);
    assert_eq!(blank.wait_register(0).version, "1.0");
}

#[test]
fn bs_13_path_and_query_of_the_uri_are_kept_or_left_aside() {
    let blank = Blank::open_with(1, |mut settings| {
        settings.options[0].1 += "/a/b?c=d";
        settings
    });
    let client = blank.wait_bootstrap();
    let path = client.message.segments(option::URI_PATH);
    let queries = client.message.segments(option::URI_QUERY);
    let own = format!("ep={ENDPOINT}");
    let kept = path == ["a", "b", "bs"] && queries.contains(&"c=d".to_string());
    assert!(
        kept || (path == ["bs"] && queries == [own]),
        "{path:?} {queries:?}"
    );
    // The server of an account may have one, too.
    let [security, server] = blank.account(0);
    let uri = format!("{}/x?y=z", blank.management[0].uris()[0]);
    let security = security.set(0, Value::Text(uri));
    let accounts = Provisioning::of(&[security, server]);
    blank.bootstrap.provision(&accounts).unwrap();
    assert_eq!(blank.wait_register(0).endpoint, ENDPOINT);
}

#[test]
fn bs_14_what_the_interface_does_not_have_changes_nothing() {
    let blank = Blank::open(1);
    blank.wait_bootstrap();
    for instance in blank.account(0) {
        blank.expect(instance.write(), Code::CHANGED);
    }
    let before = blank.discovered();
    let lifetime = [carrier_lab::tlv::resource(1, &Value::Integer(77))];
    let requests = [
        Request::read("/"),
        Request::write_tlv("/", &lifetime),
        Request::update_tlv("/", &lifetime),
        Request::create("/1", &lifetime),
        Request::update_tlv("/1/0", &lifetime),
        Request::read("/1/0/0"),
        Request::execute("/1/0/0", ""),
        Request::delete("/1/0/0"),
        Request::execute("/1/0/4", ""),
        Request::execute("/1/0/8", ""),
        Request::execute("/3/0/4", ""),
        Request::execute("/bs/0", ""),
        Request::attributes("/1/0", &["pmin=5"]),
        Request::observe("/3/0/9"),
        Request::read("/0/0"),
        Request::write_tlv("/9999/0", &lifetime),
        Request::delete("/0/0"),
    ];
    for request in requests {
        expect_one_of(&blank.bootstrap, request, &ERRORS);
        assert_eq!(blank.discovered(), before);
    }
    blank.expect(Request::finish(), Code::CHANGED);
    let registration = blank.wait_register(0);
    assert_eq!(registration.lifetime, conformance::blank::LIFETIME);
}

#[test]
fn bs_16_there_are_never_two_bootstrap_accounts() {
    let blank = Blank::open(1);
    blank.wait_bootstrap();
    for instance in blank.account(0) {
        blank.expect(instance.write(), Code::CHANGED);
    }
    let uri = &blank.bootstrap.uris()[0];
    let second = Instance::security(9, uri, carrier_lab::account::NO_SEC, "", &[]);
    let second = second.of_bootstrap_server();
    let written = expect_one_of(
        &blank.bootstrap,
        second.write(),
        &[Code::CHANGED, Code::BAD_REQUEST],
    );
    if written.code() == Code::CHANGED {
        blank.expect(Request::finish(), Code::NOT_ACCEPTABLE);
        assert!(blank.management[0].wait_register(SILENCE).is_none());
        // The server makes it good.
        let first = Request::write_tlv("/0/9", &second.set(1, Value::Boolean(false)).resources);
        blank.expect(first, Code::CHANGED);
        blank.expect(Request::delete("/0/9"), Code::DELETED);
    }
    blank.expect(Request::finish(), Code::CHANGED);
    blank.wait_register(0);
}

#[test]
fn bs_17_strangers_learn_nothing_and_disturb_nothing() {
    for blank in [Blank::open(1), Blank::secure(1)] {
        blank.wait_bootstrap();
        let accounts = blank.accounts();
        let strangers = [
            Request::read("/3/0"),
            Request::discover("/"),
            Request::delete("/"),
            Request::finish(),
        ];
        let ask = || {
            for (number, request) in strangers.iter().enumerate() {
                let bytes = request.encode(0x7100 + number as u16, &[7]);
                let answer = blank.bootstrap.send_from_elsewhere(&bytes, SILENCE / 3);
                assert_eq!(answer, Ok(None), "{} {}", request.code, request.path);
            }
        };
        ask();
        for object in [0, 1] {
            blank.expect(write_object(object, &accounts), Code::CHANGED);
        }
        ask();
        blank.expect(Request::finish(), Code::CHANGED);
        blank.wait_register(0);
    }
}
