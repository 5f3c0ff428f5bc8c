#![cfg(feature = "operators")]

use super::*;
use crate::boundary::{Config, Identity};
use crate::config::ENDPOINT;

const VERIZON: u8 = 1;
const ATT: u8 = 2;
const TMOBILE: u8 = 3;
const LGUPLUS: u8 = 4;
const SOFTBANK: u8 = 5;
const BELL: u8 = 6;

/// Home networks as published in the Android carrier list, network codes as written there.
const NETWORKS: [(u8, &[&str]); 6] = [
    (
        VERIZON,
        &[
            "310012", "310590", "310591", "310592", "310593", "310594", "310595", "310596",
            "310597", "310598", "310599", "310890", "311270", "311280", "311281", "311282",
            "311283", "311284", "311285", "311286", "311287", "311288", "311289", "311480",
            "311481", "311482", "311483", "311484", "311485", "311486", "311487", "311488",
            "311489",
        ],
    ),
    (
        ATT,
        &[
            "310030", "310070", "310170", "310280", "310380", "310410", "310560", "310680",
            "310950", "311180",
        ],
    ),
    (
        TMOBILE,
        &[
            "310026", "310160", "310200", "310210", "310220", "310230", "310240", "310250",
            "310260", "310270", "310300", "310310", "310490", "310530", "310640", "310660",
            "310800", "311490", "311882", "312250", "31026",
        ],
    ),
    (LGUPLUS, &["45006"]),
    (SOFTBANK, &["44020"]),
    (BELL, &["302610", "302630", "302640", "30264"]),
];

fn operator(family: u8, imsi: &str) -> Option<u8> {
    detect(family, imsi).map(|profile| profile.operator)
}

#[test]
fn every_published_network_leads_to_its_operator() {
    for (expected, networks) in NETWORKS {
        for network in networks {
            for subscriber in ["000000000", "123456789", "999999999"] {
                let imsi = &format!("{network}{subscriber}0")[..15];
                assert_eq!(operator(0, imsi), Some(expected), "{imsi}");
            }
        }
    }
}

#[test]
fn tables_hold_published_networks_only() {
    let mut found = 0;
    for network in 0..1_000_000 {
        let network = format!("{network:06}");
        let expected = NETWORKS
            .iter()
            .find(|(_, networks)| networks.iter().any(|own| network.starts_with(own)));
        let expected = expected.map(|(operator, _)| *operator);
        assert_eq!(
            operator(0, &format!("{network}123456789")),
            expected,
            "{network}"
        );
        found += u32::from(expected.is_some());
    }
    // Ten codes of six digits for each of five, one of them being in the list itself.
    assert_eq!(found, 33 + 10 + 20 + 9 + 10 + 10 + 2 + 10);
}

#[test]
fn the_modem_s_finding_comes_before_the_subscriber_number() {
    let (verizon, lguplus) = ("311480123456789", "450061234567890");
    for (family, expected) in [
        (1, VERIZON),
        (2, ATT),
        (3, ATT),
        (4, ATT),
        (5, ATT),
        (7, SOFTBANK),
        (9, BELL),
        (10, LGUPLUS),
    ] {
        assert_eq!(operator(family, verizon), Some(expected));
        assert_eq!(operator(family, ""), Some(expected));
    }
    // None found, or one without a profile.
    for family in [0, 6, 8, 11, 15, 16, 200, 255] {
        assert_eq!(operator(family, verizon), Some(VERIZON));
        assert_eq!(operator(family, lguplus), Some(LGUPLUS));
        assert_eq!(operator(family, "001010123456789"), None);
    }
}

#[test]
fn short_or_broken_subscriber_numbers_belong_to_nobody() {
    for imsi in [
        "",
        "4",
        "4500",
        "31x480123456789",
        "311-48012345678",
        "+45006123456789",
    ] {
        assert_eq!(operator(0, imsi), None, "{imsi}");
    }
    assert_eq!(operator(0, "45006"), Some(LGUPLUS));
}

#[test]
fn profiles_are_numbered_once_and_offer_ascending_objects() {
    let mut seen = vec![];
    for profile in everyone() {
        assert!(!seen.contains(&profile.operator));
        seen.push(profile.operator);
        assert!(
            profile.objects.is_sorted_by(|a, b| a < b),
            "{:?}",
            profile.objects
        );
        assert!(profile.objects.contains(&1) && profile.objects.contains(&3));
        assert_eq!(
            *profile.retry,
            Retry::STANDARD,
            "no operator's own values are public"
        );
        assert_eq!(profile.version == Version::V1_1, profile.operator == 0);
    }
    seen.sort_unstable();
    assert_eq!(seen, [0, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn published_particulars() {
    let [verizon, att, tmobile, lguplus, softbank, bell] =
        NETWORKS.map(|(_, networks)| *detect(0, &format!("{}0123456789", networks[0])).unwrap());
    for (profile, enabled, bootstrap, smartcard, apn) in [
        (
            generic::PROFILE,
            true,
            Bootstrap::Server,
            true,
            Apn::Replaces,
        ),
        (verizon, true, Bootstrap::Server, false, Apn::Ignored),
        (att, false, Bootstrap::Server, false, Apn::Fallback),
        (tmobile, true, Bootstrap::Server, true, Apn::Fallback),
        (lguplus, true, Bootstrap::EveryStart, false, Apn::Ignored),
        (softbank, false, Bootstrap::None, false, Apn::Fallback),
        (bell, true, Bootstrap::Server, true, Apn::Fallback),
    ] {
        assert_eq!(profile.enabled, enabled, "{}", profile.operator);
        assert_eq!(profile.bootstrap, bootstrap, "{}", profile.operator);
        assert_eq!(profile.smartcard, smartcard, "{}", profile.operator);
        assert_eq!(profile.apn, apn, "{}", profile.operator);
        assert_eq!(profile.model_is_service_code, profile.operator == LGUPLUS);
    }
}

#[test]
fn an_operator_without_settings_is_connected_to_nowhere() {
    for profile in everyone() {
        for certification_mode in [false, true] {
            let config = Config {
                certification_mode,
                ..Config::NONE
            };
            let terms = Terms::of(profile, Settings::NONE, &config);
            let expected = if profile.enabled {
                Missing::Server
            } else {
                Missing::Disabled
            };
            assert_eq!(terms.check(), Err(expected), "{}", profile.operator);
        }
    }
}

#[test]
fn each_missing_setting_is_told() {
    let complete = Settings {
        enable: Some(Service::On),
        server_uri: Some("coaps://bs.example"),
        psk: Some("0102"),
        endpoint: Some("device"),
        ..Settings::NONE
    };
    for profile in everyone() {
        let check =
            |settings: &Settings, config: &Config| Terms::of(profile, *settings, config).check();
        assert_eq!(check(&complete, &Config::NONE), Ok(()));
        let off = Settings {
            enable: Some(Service::Off),
            ..complete
        };
        assert_eq!(check(&off, &Config::NONE), Err(Missing::Disabled));
        let no_key = Settings {
            psk: None,
            ..complete
        };
        assert_eq!(check(&no_key, &Config::NONE), Err(Missing::Key));
        let plain = Settings {
            server_uri: Some("coap://bs.example"),
            ..no_key
        };
        assert_eq!(check(&plain, &Config::NONE), Ok(()));
        let unnamed = Settings {
            endpoint: None,
            ..complete
        };
        let expected = if profile.endpoint.is_empty() {
            Err(Missing::Endpoint)
        } else {
            Ok(())
        };
        assert_eq!(check(&unnamed, &Config::NONE), expected);
        // Production settings are none for certification, and the other way round.
        let certification = Config {
            certification_mode: true,
            ..Config::NONE
        };
        assert_eq!(check(&complete, &certification), Err(Missing::Server));
        let half = Settings {
            test_server_uri: Some("COAPS://test.example"),
            ..complete
        };
        assert_eq!(check(&half, &certification), Err(Missing::Key));
        let whole = Settings {
            test_psk: Some("03"),
            ..half
        };
        assert_eq!(check(&whole, &certification), Ok(()));
        let terms = Terms::of(profile, whole, &certification);
        assert_eq!(
            (terms.own.server_uri, terms.own.psk),
            (Some("COAPS://test.example"), Some("03"))
        );
    }
}

#[test]
fn the_application_s_server_and_key_come_first() {
    let settings = Settings {
        server_uri: Some("coaps://bs.example"),
        psk: Some("0102"),
        lifetime: 600,
        ..Settings::NONE
    };
    let config = Config {
        server_uri: Some("coaps://custom.example"),
        server_lifetime: 60,
        ..Config::NONE
    };
    let of = |config: &Config| Terms::of(&generic::PROFILE, settings, config);
    let terms = of(&config);
    assert_eq!(terms.own.server_uri, Some("coaps://custom.example"));
    assert_eq!(
        terms.check(),
        Err(Missing::Key),
        "the key of another server is none for this one"
    );
    assert_eq!((terms.bootstrap, terms.own.lifetime), (Bootstrap::None, 60));
    let terms = of(&Config {
        server_lifetime: 0,
        ..config
    });
    assert_eq!(terms.own.lifetime, 600);
    let terms = of(&Config {
        is_bootstrap_server: true,
        psk: Some("ff"),
        certification_mode: true,
        ..config
    });
    assert_eq!(
        (terms.bootstrap, terms.own.lifetime),
        (Bootstrap::Server, 600)
    );
    assert_eq!(
        (terms.own.server_uri, terms.own.psk),
        (Some("coaps://custom.example"), Some("ff"))
    );
    let terms = of(&Config {
        psk: Some("ff"),
        ..Config::NONE
    });
    assert_eq!(
        (terms.own.server_uri, terms.own.psk),
        (Some("coaps://bs.example"), Some("ff"))
    );
}

#[test]
fn access_points_follow_the_operator_s_rule() {
    let config = Config {
        apn: Some("own"),
        ..Config::NONE
    };
    let settings = Settings {
        apn: Some("admin"),
        ..Settings::NONE
    };
    let of = |apn, settings: &Settings, config: &Config| {
        let terms = Terms::of(
            &Profile {
                apn,
                ..generic::PROFILE
            },
            *settings,
            config,
        );
        (terms.own.apn, terms.fallback_apn)
    };
    assert_eq!(of(Apn::Ignored, &Settings::NONE, &config), (None, None));
    assert_eq!(of(Apn::Ignored, &settings, &config), (Some("admin"), None));
    assert_eq!(
        of(Apn::Fallback, &Settings::NONE, &config),
        (None, Some("own"))
    );
    assert_eq!(
        of(Apn::Fallback, &settings, &config),
        (Some("admin"), Some("own"))
    );
    assert_eq!(of(Apn::Replaces, &settings, &config), (Some("own"), None));
    assert_eq!(
        of(Apn::Replaces, &settings, &Config::NONE),
        (Some("admin"), None)
    );
    assert_eq!(
        of(Apn::Replaces, &Settings::NONE, &Config::NONE),
        (None, None)
    );
}

#[test]
fn retry_settings_replace_the_standard_one_by_one() {
    let of = |retry| {
        let settings = Settings {
            retry,
            ..Settings::NONE
        };
        Terms::of(&generic::PROFILE, settings, &Config::NONE)
            .own
            .retry
    };
    let standard = Retry {
        count: 5,
        sequences: 3,
        timer: 60,
        sequence_delay: 86_400,
        maintenance: 14_400,
    };
    let none = Settings::NONE.retry;
    assert_eq!(of(none), standard);
    assert_eq!(
        of(Retry { count: 2, ..none }),
        Retry {
            count: 2,
            ..standard
        }
    );
    assert_eq!(
        of(Retry {
            sequences: 255,
            ..none
        }),
        Retry {
            sequences: 255,
            ..standard
        }
    );
    let all = Retry {
        count: 1,
        sequences: 2,
        timer: 3,
        sequence_delay: 4,
        maintenance: 5,
    };
    assert_eq!(of(all), all);
}

#[test]
fn endpoint_names_follow_the_operator_s_form() {
    let identity = identity();
    let name = |family: u8, settings: Settings, config: Config| {
        let profile = detect(family, "").unwrap_or(&generic::PROFILE);
        let terms = Terms::of(profile, settings, &config);
        compose(&terms, terms.endpoint(), &identity)
    };
    let none = Settings::NONE;
    let ok = |text: &str| Ok(text.to_owned());
    assert_eq!(name(0, none, Config::NONE), ok("urn:imei:352656100000001"));
    assert_eq!(
        name(VERIZON, none, Config::NONE),
        ok("urn:imei-msisdn:352656100000001-15555550100")
    );
    let ten = Settings {
        msisdn_digits: 10,
        ..none
    };
    assert_eq!(
        name(VERIZON, ten, Config::NONE),
        ok("urn:imei-msisdn:352656100000001-5555550100")
    );
    let many = Settings {
        msisdn_digits: 15,
        ..none
    };
    assert_eq!(
        name(VERIZON, many, Config::NONE),
        name(VERIZON, none, Config::NONE)
    );
    assert_eq!(name(ATT, none, Config::NONE), Err(Missing::Endpoint));
    let literal = Settings {
        endpoint: Some("device-7"),
        ..none
    };
    assert_eq!(name(ATT, literal, Config::NONE), ok("device-7"));
    assert_eq!(
        name(10, none, Config::NONE),
        Err(Missing::Endpoint),
        "its form is not published"
    );
    let pattern = Settings {
        endpoint: Some("D-{imsi}-{service}"),
        ..none
    };
    assert_eq!(
        name(10, pattern, Config::NONE),
        Err(Missing::Identity),
        "no service code"
    );
    let config = Config {
        service_code: Some("TEST1"),
        ..Config::NONE
    };
    assert_eq!(name(10, pattern, config), ok("D-450061234567890-TEST1"));
}

#[test]
fn patterns_take_every_number_and_refuse_others() {
    let terms = Terms::of(&generic::PROFILE, Settings::NONE, &Config::NONE);
    let identity = identity();
    let name = |pattern: &str| compose(&terms, pattern, &identity);
    assert_eq!(
        name("{imsi}{iccid}"),
        Ok("45006123456789089820612345678901234".to_owned())
    );
    assert_eq!(name("a{msisdn}"), Ok("a15555550100".to_owned()));
    for pattern in ["", "{", "{imei", "{IMEI}", "{}", "x{serial}"] {
        assert_eq!(name(pattern), Err(Missing::Endpoint), "{pattern}");
    }
    let longest = "n".repeat(ENDPOINT);
    assert_eq!(name(&longest), Ok(longest.clone()));
    assert_eq!(name(&format!("{longest}n")), Err(Missing::Endpoint));
    assert_eq!(
        name("\u{E9}{imei}\u{E9}"),
        Ok("\u{E9}352656100000001\u{E9}".to_owned())
    );
}

#[test]
fn numbers_that_are_not_there_are_told_apart() {
    let terms = Terms::of(&generic::PROFILE, Settings::NONE, &Config::NONE);
    let name = |pattern: &str| compose(&terms, pattern, &Identity::empty());
    assert_eq!(name("{msisdn}"), Err(Missing::Msisdn));
    for pattern in ["{imei}", "{imsi}", "{iccid}", "{service}"] {
        assert_eq!(name(pattern), Err(Missing::Identity), "{pattern}");
    }
    assert_eq!(name("same"), Ok("same".to_owned()));
}

#[test]
fn the_key_s_identity_is_the_endpoint_name_unless_set() {
    let terms = |psk_identity, endpoint| {
        let settings = Settings {
            psk_identity,
            endpoint,
            ..Settings::NONE
        };
        Terms::of(&generic::PROFILE, settings, &Config::NONE).psk_identity()
    };
    assert_eq!(terms(None, None), "urn:imei:{imei}");
    assert_eq!(terms(None, Some("x")), "x");
    assert_eq!(terms(Some("{imei}"), Some("x")), "{imei}");
}

fn everyone() -> Vec<&'static Profile> {
    let operators = NETWORKS.iter().map(|(_, networks)| {
        detect(0, &format!("{}0123456789", networks[0])).expect("a published network")
    });
    core::iter::once(&generic::PROFILE)
        .chain(operators)
        .collect()
}

fn identity() -> Identity {
    let mut identity = Identity::empty();
    identity.imei.push_str("352656100000001").unwrap();
    identity.imsi.push_str("450061234567890").unwrap();
    identity.iccid.push_str("89820612345678901234").unwrap();
    identity.msisdn.push_str("15555550100").unwrap();
    identity
}

fn compose(terms: &Terms, pattern: &str, identity: &Identity) -> Result<String, Missing> {
    let mut out = Name::from_slice(b"old").unwrap();
    terms.compose(pattern, identity, &mut out)?;
    Ok(str::from_utf8(&out).unwrap().to_owned())
}
