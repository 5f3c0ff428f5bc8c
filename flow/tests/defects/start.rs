//! Start-up: network, SIM, AT errors.

use carrier_lab::coap::Code;
use carrier_lab::request::Request;
use flow_tests::told::Told::Deferred;
use flow_tests::told::{BOOTSTRAPPED, DOWN, INIT, REGISTERED, UP};
use flow_tests::{Bench, Lab};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn defect_01_a_network_that_comes_late_is_waited_for() {
    let lab = Lab::secure();
    let settings = lab
        .direct()
        .scenario("coverage off")
        .scenario("at 30min coverage on");
    let mut bench = Bench::start(lab, settings);
    bench.expect_all(&[INIT, UP], MINUTE);
    bench.device.wait_line("init 0");
    bench.expect_silence(29 * MINUTE);
    let event = bench
        .expect_all(&[DOWN, UP, REGISTERED], 2 * MINUTE)
        .unwrap();
    assert!(event.at_ms >= 30 * 60_000);
}

#[test]
fn defect_02_a_sim_without_phone_number_lets_init_succeed() {
    let lab = Lab::secure();
    let settings = lab.operator(r#""msisdn": null,"#);
    lab.know("urn:imei-msisdn:352656100000001-12025550199");
    let mut bench = Bench::start(lab, settings);
    bench.expect_all(&[INIT, UP], MINUTE);
    bench.device.wait_line("init 0");
    for _ in 0..30 {
        bench.expect(Deferred(9, 60), 2 * MINUTE);
    }
    // Over the air, at last.
    bench.device.control("msisdn +12025550199");
    bench.expect_all(&[DOWN, UP, DOWN, BOOTSTRAPPED, UP, REGISTERED], 2 * MINUTE);
}

#[test]
fn defect_05_no_connection_is_ever_deactivated() {
    let lab = Lab::secure();
    // NB-IoT, where that hung modems, and an access point of its own.
    let delays = r#""delays": {"card": 5, "attach": 20, "time": 30}"#;
    let settings = lab.blank().option("--apn", "fota.test").profile(&format!(
        r#"{{"access": 9, "system_mode": [0, 1, 0, 0], {delays}}}"#
    ));
    let mut bench = Bench::start(lab, settings);
    bench.expect_all(
        &[INIT, UP, DOWN, UP, DOWN, BOOTSTRAPPED, UP, REGISTERED],
        MINUTE,
    );
    for _ in 0..3 {
        bench.pass(50 * MINUTE);
        bench.device.control("link drop 10s lose");
        bench.pass(10 * MINUTE);
    }
    let reply = bench.ask_when_awake(0, Request::execute("/1/0/9", ""));
    assert_eq!(reply.code(), Code::CHANGED);
    while bench.expect_any(MINUTE).name != "BOOTSTRAPPED" {}
    bench.pass(MINUTE);
    let log = bench.device.log();
    assert!(log.contains("pdn_activate"), "hooks are in the log");
    for word in ["pdn_deactivate", "CGACT=0"] {
        assert!(!log.contains(word), "{word} in the modem's log");
    }
}

#[test]
fn the_level_of_registration_notifications_is_never_lowered() {
    let lab = Lab::secure();
    // The application asks for level 5; the library subscribes again while it waits.
    let settings = lab.operator(r#""msisdn": null,"#);
    let mut bench = Bench::start(lab, settings);
    bench.expect_all(&[INIT, UP, Deferred(9, 60), Deferred(9, 60)], 2 * MINUTE);
    let answer = bench.device.control("at AT+CEREG?");
    assert!(answer.starts_with("+CEREG: 5,"), "{answer}");
}

#[test]
fn defect_12_an_error_is_an_error_however_the_application_wants_it_told() {
    for mode in 0..=2 {
        for code in ["0", "10", "100"] {
            let lab = Lab::secure();
            let settings = lab
                .operator("")
                .scenario(&format!("on init at AT+CMEE={mode}"))
                .scenario(&format!("at-error AT+CNUM {code} 2"));
            lab.know("urn:imei-msisdn:352656100000001-15550100");
            let mut bench = Bench::start(lab, settings);
            // Twice without a number, then with it.
            bench.expect_all(&[INIT, UP, Deferred(9, 60)], MINUTE);
            bench.expect_all(&[DOWN, UP, DOWN, BOOTSTRAPPED, UP, REGISTERED], 2 * MINUTE);
            let log = bench.device.log();
            assert!(log.contains(&format!("AT+CMEE={mode}")), "the mode was set");
        }
    }
}

#[test]
fn defect_15_files_of_the_card_are_left_alone() {
    let lab = Lab::secure();
    let settings = lab.operator("");
    lab.know("urn:imei-msisdn:352656100000001-15550100");
    let mut bench = Bench::start(lab, settings);
    bench.expect_all(
        &[INIT, UP, DOWN, UP, DOWN, BOOTSTRAPPED, UP, REGISTERED],
        MINUTE,
    );
    let log = bench.device.log();
    assert!(log.contains("AT+CNUM"), "the phone number was asked for");
    for command in ["AT+CRSM", "AT+CSIM"] {
        assert!(!log.contains(command), "{command} was sent");
    }
}
