//! The engine without network and with time given by the test.

use super::card::Slot;
use super::*;
use crate::profile::Apn;

mod faults;
mod power_saving;

struct Bench {
    engine: Engine,
    now: i64,
}

impl Bench {
    fn new() -> Bench {
        Bench::with(Profile::default())
    }

    fn with(profile: Profile) -> Bench {
        Bench {
            engine: Engine::new(profile, "", "", Rng::stream(1, 1, "engine")),
            now: 0,
        }
    }

    fn moment(&self) -> Moment {
        Moment {
            uptime_ms: self.now,
            network_ms: 1_655_296_496_000 + self.now,
        }
    }

    fn at(&mut self, line: &str) -> String {
        self.engine.command(self.moment(), line).text
    }

    fn result(&mut self, line: &str) -> i32 {
        self.engine.command(self.moment(), line).result
    }

    /// Lets `ms` pass; gives the notifications with their time.
    fn pass(&mut self, ms: i64) -> Vec<(i64, String)> {
        let end = self.now + ms;
        let mut seen = Vec::new();
        loop {
            for output in self.engine.outputs() {
                if let Output::Notify(text) = output {
                    seen.push((self.now, text.trim_end().to_string()));
                }
            }
            match self.engine.deadline() {
                Some(deadline) if deadline <= end => self.now = deadline,
                _ => break,
            }
            self.engine.advance(self.moment());
        }
        self.now = end;
        self.engine.advance(self.moment());
        seen
    }

    fn texts(&mut self, ms: i64) -> Vec<String> {
        self.pass(ms).into_iter().map(|(_, text)| text).collect()
    }

    fn online(&mut self) {
        assert_eq!(self.at("AT+CFUN=1"), "OK\r\n");
        self.pass(1000);
        assert_eq!(self.engine.status(), registration::Status::Registered);
    }
}

#[test]
fn vm_10_modes_fold_into_0_1_and_4() {
    let mut bench = Bench::new();
    assert_eq!(bench.at("AT+CFUN?"), "+CFUN: 0\r\nOK\r\n");
    for (mode, seen) in [
        (1, 1),
        (4, 4),
        (21, 1),
        (20, 4),
        (41, 4),
        (44, 4),
        (40, 4),
        (0, 0),
    ] {
        assert_eq!(bench.result(&format!("AT+CFUN={mode}")), 0);
        assert_eq!(bench.at("AT+CFUN?"), format!("+CFUN: {seen}\r\nOK\r\n"));
    }
    assert_eq!(bench.at("AT+CFUN=7"), "ERROR\r\n");
    assert!(bench.at("AT+CFUN=?").contains("44"));
}

#[test]
fn vm_11_attach_tells_card_search_context_registration_and_time_in_order() {
    let mut bench = Bench::new();
    for line in ["AT%XSIM=1", "AT+CEREG=2", "AT+CGEREP=1", "AT%XTIME=1"] {
        assert_eq!(bench.at(line), "OK\r\n");
    }
    bench.at("AT+CFUN=1");
    let expected = [
        (50, "%XSIM: 1"),
        (50, "+CEREG: 2"),
        (250, "+CGEV: ME PDN ACT 0"),
        (250, "+CEREG: 1,\"0001\",\"00012345\",7"),
        (550, "%XTIME: \"00\",\"22605121436500\",\"00\""),
    ];
    assert_eq!(
        bench.pass(2000),
        expected.map(|(at, text)| (at, text.to_string()))
    );
    assert_eq!(
        bench.at("AT+CEREG?"),
        "+CEREG: 2,1,\"0001\",\"00012345\",7\r\nOK\r\n"
    );
}

#[test]
fn vm_11_ipv6_comes_after_activation() {
    let mut profile = Profile::default();
    profile.apn.family = "IPV4V6".into();
    let mut bench = Bench::with(profile);
    bench.at("AT+CGEREP=1");
    bench.at("AT+CFUN=1");
    let seen = bench.pass(1000);
    assert_eq!(
        seen,
        [
            (250, "+CGEV: ME PDN ACT 0".to_string()),
            (350, "+CGEV: IPV6 0".to_string())
        ]
    );
    assert!(
        bench
            .at("AT+CGPADDR=0")
            .contains("2001:0DB8:0000:0000:0000:0000:0000:0002")
    );
}

#[test]
fn vm_12_flight_mode_keeps_subscriptions_and_mode_0_drops_them() {
    let mut bench = Bench::new();
    bench.at("AT+CEREG=1");
    bench.at("AT+CGEREP=1");
    bench.online();
    bench.at("AT+CFUN=4");
    assert_eq!(bench.texts(10), ["+CGEV: ME DETACH", "+CEREG: 0"]);
    bench.at("AT+CFUN=1");
    assert_eq!(
        bench.texts(1000),
        ["+CEREG: 2", "+CGEV: ME PDN ACT 0", "+CEREG: 1"]
    );
    bench.at("AT+CFUN=0");
    bench.pass(10);
    bench.at("AT+CFUN=1");
    assert!(bench.texts(1000).is_empty());
    assert_eq!(bench.at("AT+CEREG?"), "+CEREG: 0,1\r\nOK\r\n");
}

#[test]
fn vm_12_every_way_off_takes_the_network_down() {
    for mode in [0, 4, 20, 44] {
        let mut bench = Bench::new();
        bench.online();
        bench.at(&format!("AT+CFUN={mode}"));
        let down = bench
            .engine
            .outputs()
            .into_iter()
            .any(|o| matches!(o, Output::Network(NetworkEvent::Down { id: 0, .. })));
        assert!(down, "mode {mode}");
        assert_eq!(
            bench.at("AT+CIMI") != "ERROR\r\n",
            matches!(mode, 20 | 44),
            "card in mode {mode}"
        );
    }
}

#[test]
fn vm_13_commands_that_need_an_active_modem_fail_without() {
    let mut bench = Bench::new();
    for line in [
        "AT%XGETPDNID=0",
        "AT+CGPADDR=0",
        "AT+CGCONTRDP=0",
        "AT+CESQ",
        "AT+CGACT?",
        "AT+CNMA=1",
    ] {
        assert_eq!(bench.at(line), "ERROR\r\n", "{line}");
    }
    bench.online();
    bench.at("AT+CMEE=1");
    assert_eq!(bench.at("AT%XSYSTEMMODE=0,1,0,0"), "+CME ERROR: 518\r\n");
    assert_eq!(bench.at("AT%XGETPDNID=0"), "%XGETPDNID: 0\r\nOK\r\n");
}

#[test]
fn vm_20_unknown_is_error_and_cmee_decides_the_text() {
    let mut bench = Bench::new();
    assert_eq!(bench.at("AT%NOSUCH"), "ERROR\r\n");
    assert_eq!(bench.at("nonsense"), "ERROR\r\n");
    assert_eq!(
        bench.at("at+cgsn=1\r\n"),
        "+CGSN: \"352656100000001\"\r\nOK\r\n"
    );
    assert_eq!(bench.result("AT%CMNG=2,5,0"), 1 << 16);
    bench.at("AT+CMEE=1");
    assert_eq!(bench.result("AT%CMNG=2,5,0"), 2 << 16 | 513);
    assert_eq!(bench.result("AT+CNMI=1,1"), 3 << 16 | 303);
}

#[test]
fn vm_22_registration_levels_decide_the_fields() {
    let mut bench = Bench::new();
    bench.at("AT+CEREG=5");
    bench.engine.deny_registration(Some(11));
    bench.at("AT+CFUN=1");
    assert_eq!(
        bench.texts(1000),
        [
            "+CEREG: 2",
            "+CEREG: 3,\"0001\",\"00012345\",7,0,11,\"11100000\",\"11100000\""
        ]
    );
    bench.at("AT+CEREG=4");
    bench.engine.deny_registration(None);
    assert_eq!(
        bench.texts(1000),
        [
            "+CEREG: 2,\"0001\",\"00012345\",7,,,\"11100000\",\"11100000\"",
            "+CEREG: 1,\"0001\",\"00012345\",7,,,\"11100000\",\"11100000\""
        ]
    );
    assert_eq!(bench.at("AT+CEREG=6"), "ERROR\r\n");
}

#[test]
fn vm_26_profiles_identify_card_and_network() {
    let mut bench = Bench::with(Profile::named("verizon").unwrap());
    bench.online();
    assert_eq!(bench.at("AT%XOPERID"), "%XOPERID: 1\r\nOK\r\n");
    assert_eq!(bench.at("AT+CIMI"), "311480000000001\r\nOK\r\n");
    assert_eq!(
        bench.at("AT%XICCID"),
        "%XICCID: 8914800000000000001F\r\nOK\r\n"
    );
    bench.at("AT+COPS=3,2");
    assert_eq!(bench.at("AT+COPS?"), "+COPS: 0,2,\"311480\",7\r\nOK\r\n");
    assert_eq!(
        bench.at("AT+CRSM=176,12258,0,0,10"),
        "+CRSM: 144,0,\"984108000000000000F1\"\r\nOK\r\n"
    );
    assert_eq!(
        bench.at("AT+CRSM=176,28589,0,0,4"),
        "+CRSM: 144,0,\"00000003\"\r\nOK\r\n"
    );
    assert_eq!(
        bench.at("AT+CRSM=176,28478,0,0,4"),
        "+CRSM: 106,130\r\nOK\r\n"
    );
}

#[test]
fn vm_30_card_states_reach_registration() {
    for (slot, notice) in [
        (Slot::Missing, "%XSIM: 0"),
        (Slot::Pin, "%XSIM: 0,1"),
        (Slot::Failure, "%XSIM: 0,9"),
    ] {
        let mut bench = Bench::new();
        bench.engine.insert_card(slot);
        bench.at("AT%XSIM=1");
        bench.at("AT+CEREG=1");
        bench.at("AT+CFUN=1");
        assert_eq!(bench.texts(1000), [notice, "+CEREG: 90"]);
        assert_eq!(bench.at("AT+CIMI"), "ERROR\r\n");
        bench.engine.insert_card(Slot::Ready);
        assert_eq!(bench.texts(1000), ["%XSIM: 1", "+CEREG: 2", "+CEREG: 1"]);
    }
}

#[test]
fn vm_30_a_removed_card_ends_the_registration() {
    let mut bench = Bench::new();
    bench.at("AT%XSIM=1");
    bench.at("AT+CEREG=1");
    bench.online();
    bench.engine.insert_card(Slot::Missing);
    assert_eq!(bench.texts(100), ["+CEREG: 90", "%XSIM: 0"]);
    assert!(bench.engine.pdns().is_empty());
}

#[test]
fn vm_30_the_pin_unlocks_the_card() {
    let mut bench = Bench::new();
    bench.engine.insert_card(Slot::Pin);
    bench.at("AT+CMEE=1");
    bench.at("AT+CFUN=41");
    bench.pass(100);
    assert_eq!(bench.at("AT+CPIN?"), "+CPIN: SIM PIN\r\nOK\r\n");
    assert_eq!(bench.at("AT+CPIN=\"0000\""), "+CME ERROR: 16\r\n");
    assert_eq!(bench.at("AT+CPIN=\"1234\""), "OK\r\n");
    bench.pass(100);
    assert_eq!(bench.at("AT+CPIN?"), "+CPIN: READY\r\nOK\r\n");
}

#[test]
fn vm_31_the_number_arrives_later() {
    let mut bench = Bench::with(Profile {
        msisdn: None,
        ..Profile::default()
    });
    bench.online();
    assert_eq!(bench.at("AT+CNUM"), "ERROR\r\n");
    bench.engine.set_msisdn(Some("+15550123".into()));
    assert_eq!(bench.at("AT+CNUM"), "+CNUM: ,\"+15550123\",145\r\nOK\r\n");
}

#[test]
fn vm_40_credentials_are_listed_with_their_digest_and_kept() {
    let mut bench = Bench::new();
    assert_eq!(
        bench.at("AT%CMNG=0,35724861,3,\"6e7266393174657374\""),
        "OK\r\n"
    );
    bench.at("AT%CMNG=0,35724861,4,\"device\"");
    bench.at("AT%CMNG=0,7,0,\"-----BEGIN\r\nX\"");
    // SHA-256 of "device", from coreutils.
    let digest = "263A4DBE41488FB87214B0032339DBB9F0C8DA14C16DFCF13084BF3C2552ECA5";
    let listed = bench.at("AT%CMNG=1,35724861");
    assert_eq!(
        listed.lines().nth(1),
        Some(format!("%CMNG: 35724861,4,\"{digest}\"").as_str())
    );
    assert_eq!(listed.lines().count(), 3);
    assert!(bench.at("AT%CMNG=2,7,0").contains("-----BEGIN\r\nX"));
    assert_eq!(bench.at("AT%CMNG=1,99"), "OK\r\n");
    let saved = bench
        .engine
        .outputs()
        .into_iter()
        .filter_map(|output| match output {
            Output::SaveCredentials { text, .. } => Some(text),
            _ => None,
        });
    let text = saved.into_iter().next_back().unwrap();
    let second = Engine::new(Profile::default(), &text, "", Rng::stream(1, 1, "engine"));
    assert_eq!(
        second.psk(35_724_861),
        Some((b"device".to_vec(), b"nrf91test".to_vec()))
    );
    assert_eq!(second.psk(7), None);
}

#[test]
fn vm_41_credentials_are_locked_while_the_link_is_on() {
    for (mode, locked) in [
        (0, false),
        (1, true),
        (2, true),
        (21, true),
        (4, false),
        (20, false),
        (44, false),
    ] {
        let mut bench = Bench::new();
        bench.at("AT+CMEE=1");
        bench.at(&format!("AT+CFUN={mode}"));
        let answer = bench.at("AT%CMNG=0,1,4,\"x\"");
        assert_eq!(answer.contains("518"), locked, "mode {mode}: {answer}");
        assert_eq!(
            bench.at("AT%CMNG=3,1,4").contains("518"),
            locked,
            "mode {mode}"
        );
    }
}

#[test]
fn vm_42_keys_are_checked_and_the_store_has_a_limit() {
    let mut bench = Bench::with(Profile {
        credential_limit: 2,
        ..Profile::default()
    });
    bench.at("AT+CMEE=1");
    assert_eq!(bench.at("AT%CMNG=0,1,3,\"abc\""), "+CME ERROR: 527\r\n");
    assert_eq!(bench.at("AT%CMNG=0,1,3,\"xyxy\""), "+CME ERROR: 527\r\n");
    assert_eq!(bench.at("AT%CMNG=0,1,3,\"\""), "+CME ERROR: 50\r\n");
    assert_eq!(bench.at("AT%CMNG=0,1,3,\"ab\""), "OK\r\n");
    assert_eq!(bench.at("AT%CMNG=0,1,4,\"x\""), "OK\r\n");
    assert_eq!(bench.at("AT%CMNG=0,2,4,\"x\""), "+CME ERROR: 515\r\n");
    assert_eq!(bench.at("AT%CMNG=0,1,4,\"y\""), "OK\r\n");
    assert_eq!(bench.at("AT%CMNG=2,1,3"), "+CME ERROR: 514\r\n");
    assert_eq!(bench.at("AT%CMNG=3,9,3"), "+CME ERROR: 513\r\n");
}

#[test]
fn contexts_are_made_activated_and_taken_away() {
    let mut bench = Bench::new();
    bench.at("AT+CGEREP=1");
    bench.at("AT+CNEC=16");
    bench.online();
    assert_eq!(bench.at("AT%XNEWCID?"), "%XNEWCID: 1\r\nOK\r\n");
    assert_eq!(bench.at("AT+CGDCONT=1,IP,fota.test"), "OK\r\n");
    assert_eq!(bench.at("AT+CGACT=1,1"), "OK\r\n");
    assert_eq!(bench.at("AT%XGETPDNID=1"), "%XGETPDNID: 11\r\nOK\r\n");
    assert_eq!(
        bench.at("AT+CGPADDR=1"),
        "+CGPADDR: 1,\"10.0.1.2\"\r\nOK\r\n"
    );
    assert!(bench.engine.network_deactivates(1));
    assert!(!bench.engine.network_deactivates(1));
    bench.at("AT+CGDCONT=1,\"IP\",\"refused.test\"");
    assert_eq!(bench.at("AT+CGACT=1,1"), "ERROR\r\n");
    bench.at("AT+CGDCONT=1,\"IP\",\"nowhere\"");
    assert_eq!(bench.at("AT+CGACT=1,1"), "ERROR\r\n");
    let expected = [
        "+CGEV: ME PDN ACT 1",
        "+CGEV: NW PDN DEACT 1",
        "+CNEC_ESM: 33,1",
        "+CNEC_ESM: 27,1",
    ];
    assert_eq!(bench.texts(10), expected);
    assert_eq!(bench.at("AT+CGDCONT=1"), "OK\r\n");
    assert_eq!(bench.at("AT%XNEWCID?"), "%XNEWCID: 1\r\nOK\r\n");
}

#[test]
fn a_network_with_one_family_says_which() {
    let mut profile = Profile::default();
    profile.apns.push(Apn {
        name: "dual".into(),
        family: "IP".into(),
        ..Apn::default()
    });
    let mut bench = Bench::with(profile);
    bench.at("AT+CGEREP=1");
    bench.online();
    bench.at("AT+CGDCONT=2,IPV4V6,dual");
    bench.at("AT+CGACT=1,2");
    assert_eq!(bench.texts(10), ["+CGEV: ME PDN ACT 2,0"]);
    bench.at("AT+CGDCONT=3,IPV6,dual");
    assert_eq!(bench.at("AT+CGACT=1,3"), "ERROR\r\n");
}

#[test]
fn a_link_drop_keeps_or_loses_connections() {
    let mut bench = Bench::new();
    bench.at("AT+CEREG=1");
    bench.at("AT+CGEREP=1");
    bench.online();
    bench.engine.drop_link(60_000, false);
    assert_eq!(bench.engine.pdns().len(), 1);
    assert!(!bench.engine.has_coverage());
    let seen = bench.pass(70_000);
    assert_eq!(
        seen.last().map(|(at, text)| (*at, text.as_str())),
        Some((61_000, "+CEREG: 1"))
    );
    bench.engine.drop_link(1000, true);
    assert!(bench.engine.pdns().is_empty());
    assert_eq!(
        bench.texts(5000),
        [
            "+CGEV: NW DETACH",
            "+CEREG: 2",
            "+CGEV: ME PDN ACT 0",
            "+CEREG: 1"
        ]
    );
}

#[test]
fn without_coverage_the_search_goes_on_until_it_comes() {
    let mut bench = Bench::new();
    bench.at("AT+CEREG=1");
    bench.engine.set_coverage(false);
    bench.at("AT+CFUN=1");
    assert_eq!(bench.texts(600_000), ["+CEREG: 2"]);
    bench.engine.set_coverage(true);
    assert_eq!(bench.texts(1000), ["+CEREG: 1"]);
}

#[test]
fn signal_has_one_model_for_all_answers() {
    let mut bench = Bench::new();
    bench.online();
    bench.engine.set_signal(-88, -10, 5);
    assert_eq!(bench.at("AT+CESQ"), "+CESQ: 99,99,255,255,20,53\r\nOK\r\n");
    assert_eq!(bench.at("AT%XSNRSQ?"), "%XSNRSQ: 30,168,0\r\nOK\r\n");
    assert!(
        bench
            .at("AT%CONEVAL")
            .starts_with("%CONEVAL: 0,1,7,53,20,30,\"00012345\",\"00101\"")
    );
    assert!(
        bench
            .at("AT%XMONITOR")
            .starts_with("%XMONITOR: 1,\"Test\",\"Test\",\"00101\",\"0001\",7,20,")
    );
    assert_eq!(bench.at("AT%CESQ=1"), "OK\r\n");
    assert_eq!(bench.texts(1), ["%CESQ: 53,2,20,2"]);
    // Told is what passes a threshold: strength 40 to 60, quality 14 to 21.
    bench.engine.set_signal(-101, -13, 5);
    assert!(bench.texts(1).is_empty());
    bench.engine.set_signal(-102, -13, 5);
    assert_eq!(bench.texts(1), ["%CESQ: 39,1,14,2"]);
    bench.engine.set_signal(-102, -9, 5);
    assert_eq!(bench.texts(1), ["%CESQ: 39,1,22,3"]);
}

#[test]
fn clock_is_an_error_until_the_network_gave_time() {
    let mut bench = Bench::with(Profile {
        zone_quarters: 8,
        ..Profile::default()
    });
    assert_eq!(bench.at("AT+CCLK?"), "ERROR\r\n");
    bench.online();
    assert_eq!(
        bench.at("AT+CCLK?"),
        "+CCLK: \"22/06/15,12:34:57+08\"\r\nOK\r\n"
    );
    assert_eq!(
        bench.at("AT%CCLK?"),
        "%CCLK: \"22/06/15,12:34:57+08\",0\r\nOK\r\n"
    );
}

#[test]
fn one_sms_client_that_must_acknowledge() {
    use super::pdu::{Content, Delivered};
    let mut bench = Bench::new();
    bench.online();
    let content = Content::Bytes(vec![1, 2, 3]);
    assert!(
        bench
            .engine
            .deliver_sms("+15550100", None, &content)
            .is_err()
    );
    assert_eq!(bench.at("AT+CNMI=3,2,0,1"), "OK\r\n");
    assert_eq!(bench.result("AT+CNMI=3,2,0,1"), 3 << 16 | 302);
    bench
        .engine
        .deliver_sms("+15550100", Some((5683, 1)), &content)
        .unwrap();
    let seen = bench.texts(10);
    let pdu = seen[0].lines().nth(1).unwrap();
    assert_eq!(Delivered::parse(pdu).unwrap().ports, Some((5683, 1)));
    assert_eq!(bench.at("AT+CNMA=1"), "OK\r\n");
    bench
        .engine
        .deliver_sms("+15550100", None, &content)
        .unwrap();
    assert_eq!(bench.texts(20_000)[1], "+CMS ERROR: 524");
    assert_eq!(bench.at("AT+CNMI?"), "+CNMI: 0,0,0,0,1\r\nOK\r\n");
}

#[test]
fn settings_survive_mode_0_and_statistics_count() {
    let mut bench = Bench::new();
    bench.at("AT%XSYSTEMMODE=0,1,0,2");
    bench.at("AT+CFUN=0");
    let saved = bench
        .engine
        .outputs()
        .into_iter()
        .find_map(|output| match output {
            Output::SaveSettings(text) => Some(text),
            _ => None,
        });
    let mut second = Engine::new(
        Profile::default(),
        "",
        &saved.unwrap(),
        Rng::stream(1, 2, "engine"),
    );
    let answer = second.command(Moment::default(), "AT%XSYSTEMMODE?").text;
    assert_eq!(answer, "%XSYSTEMMODE: 0,1,0,2\r\nOK\r\n");
    bench.at("AT%XCONNSTAT=1");
    bench.engine.count_traffic(2048, 0);
    bench.engine.count_traffic(0, 1024);
    assert_eq!(
        bench.at("AT%XCONNSTAT?"),
        "%XCONNSTAT: 0,0,2,1,2048,1536\r\nOK\r\n"
    );
}
