//! Keys: exchanged SIMs, servers without security, an empty key store.

use conformance::setup::KEY_TEXT;
use flow_tests::told::Told::Error;
use flow_tests::told::{BOOTSTRAPPED, DOWN, ENOMEM, ENOTSUP, INIT, REGISTERED, UP};
use flow_tests::{Bench, Lab, Told};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);
/// From a blank device to the end.
const WHOLE_WAY: &[Told] = &[INIT, UP, DOWN, UP, DOWN, BOOTSTRAPPED, UP, REGISTERED];
/// What an operation on keys leaves in the modem's log.
const KEY_WORDS: [&str; 3] = ["CMNG", "psk", "identity"];
const FIRST_NAME: &str = "urn:imei-msisdn:352656100000001-15550100";
const SECOND_NAME: &str = "urn:imei-msisdn:352656100000001-12025550777";

/// A device with an operator's SIM that has come all the way.
fn operator_device() -> Bench {
    let lab = Lab::secure();
    let settings = lab.operator("");
    lab.know(FIRST_NAME);
    let mut bench = Bench::start(lab, settings);
    bench.expect_all(WHOLE_WAY, MINUTE);
    bench
}

/// Another card, and the restart that this takes.
fn swap(bench: &mut Bench, card: &str) {
    bench.device.control(&format!("sim swap {card}"));
    bench.device.power_cut();
    bench.start_again();
}

/// Changes of keys so far: `write <tag> <type>` and `delete <tag> <type>` lines of the modem.
fn key_changes(bench: &Bench) -> Vec<String> {
    let writes = std::fs::read_to_string(bench.device.folder().join("modem/writes"));
    let writes = writes.unwrap_or_default();
    let keys = writes
        .lines()
        .filter(|line| line.split(' ').nth(3) == Some("key"));
    keys.map(ToString::to_string).collect()
}

#[test]
fn defect_03_an_exchanged_sim_has_its_own_key_in_the_same_boot() {
    let mut bench = operator_device();
    bench.lab.know(SECOND_NAME);
    swap(&mut bench, "verizon msisdn=+12025550777");
    let last = bench.expect_all(WHOLE_WAY, MINUTE).unwrap();
    assert_eq!(last.life, 2, "without a further restart");
    let client = bench.lab.bootstrap.bootstrapping().unwrap();
    assert_eq!(client.identity.as_deref(), Some(SECOND_NAME.as_bytes()));
    assert_eq!(client.endpoint, SECOND_NAME);
}

#[test]
fn defect_04_an_exchanged_sim_never_costs_the_bootstrap_key() {
    let mut bench = operator_device();
    let before = key_changes(&bench);
    // The new key cannot be stored: the old one stays.
    bench.lab.know(SECOND_NAME);
    bench.device.settings().scenario += "key-error 515 write always\n";
    swap(&mut bench, "verizon msisdn=+12025550777");
    bench.expect_all(&[INIT, UP, DOWN, Error(3, ENOMEM), UP], MINUTE);
    assert_eq!(key_changes(&bench), before, "nothing was deleted");
    bench.device.control("at-clear");
    bench.expect_all(&WHOLE_WAY[1..], DAY + MINUTE);
    // A card of nobody, and back again.
    let scenario = &mut bench.device.settings().scenario;
    *scenario = scenario.replace("key-error 515 write always\n", "");
    swap(&mut bench, "generic");
    bench.expect(INIT, MINUTE);
    while let Some(event) = bench.next(MINUTE) {
        if Error(9, ENOTSUP).is(&event) {
            break;
        }
        if event.name == "LTE_POWER_OFF" {
            bench.device.wait_exit();
            bench.start_again();
        }
    }
    swap(&mut bench, "verizon msisdn=+12025550777");
    bench.expect(INIT, MINUTE);
    while bench.expect_any(MINUTE).name != "REGISTERED" {}
}

#[test]
fn defect_06_no_key_operation_without_security() {
    let lab = Lab::plain();
    // A key is configured, and the store would refuse everything.
    let settings = lab
        .blank()
        .option("--psk", KEY_TEXT)
        .scenario("key-error 514 always");
    let mut bench = Bench::start(lab, settings);
    bench.expect_all(&[INIT, UP, BOOTSTRAPPED, REGISTERED], MINUTE);
    bench.pass(10 * MINUTE);
    assert_eq!(key_changes(&bench), [""; 0]);
    let log = bench.device.log();
    for word in KEY_WORDS {
        assert!(!log.contains(word), "{word} in the modem's log");
    }
}

#[test]
fn defect_07_the_first_bootstrap_finds_an_empty_key_store() {
    let lab = Lab::secure();
    let settings = lab.operator("");
    lab.know(FIRST_NAME);
    let mut bench = Bench::start(lab, settings);
    bench.expect_all(&[INIT, UP, DOWN], MINUTE);
    bench.expect_all(&[UP, DOWN, BOOTSTRAPPED, UP, REGISTERED], MINUTE);
    let changes = key_changes(&bench);
    assert!(!changes.is_empty(), "keys were written");
    // What another test looks for in vain is there when keys are written.
    let log = bench.device.log();
    assert!(KEY_WORDS.iter().any(|word| log.contains(word)), "{log}");
    assert!(
        changes[0].contains("25"),
        "the bootstrap key first: {changes:?}"
    );
}
