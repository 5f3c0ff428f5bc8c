//! A C program on several packet data connections, with a network that refuses, closes routes and ends them.

mod c_support;

use c_support::{compile, finish, folder, start};

const SCENARIO: &str = "
apn six.test family IPV6
apn closed.test no-route 127.0.0.1:9 unreachable
apn silent.test no-route *
on at:AT+CMEE=1 apn order after
on at:AT+CMEE=0 after 5s pdn down 1
on at:AT+CFUN=4 apn apn.test refuse 33
";

#[test]
fn connections_are_refused_limited_and_ended_by_the_network() {
    let program = compile("pdn", "pdn");
    let scenario = folder("pdn").join("scenario");
    std::fs::write(&scenario, SCENARIO).unwrap();
    let variables = [("VIRTUAL_MODEM_SCENARIO", scenario.to_str().unwrap())];
    let output = finish(start(&program, "pdn", &[], &variables), 20).expect("the program ends");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    assert_eq!(text, "complete\n");
}
