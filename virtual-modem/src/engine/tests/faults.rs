//! What control commands make the modem do: failing and late commands, refused credentials, reset loop, detach.

use super::*;

#[test]
fn a_command_can_be_made_to_fail_a_number_of_times() {
    let mut bench = Bench::new();
    bench.engine.fail_command(
        "AT+CEREG",
        fault::CommandFault::Reply(Reply::Error),
        fault::Span::next(2),
    );
    assert_eq!(bench.at("AT+CEREG=1"), "ERROR\r\n");
    assert_eq!(bench.at("AT+CFUN?"), "+CFUN: 0\r\nOK\r\n");
    assert_eq!(bench.at("at+cereg=1"), "ERROR\r\n");
    assert_eq!(bench.at("AT+CEREG=1"), "OK\r\n");
}

#[test]
fn a_command_can_be_late_and_a_later_one_can_fail_for_good() {
    let mut bench = Bench::new();
    let skip = |skip, count| fault::Span { skip, count };
    let reply = fault::CommandFault::Reply(Reply::Cme(60));
    bench.engine.fail_command("AT+CFUN?", reply, skip(1, None));
    let late = fault::CommandFault::Late(700);
    bench.engine.fail_command("AT+CGSN", late, skip(0, Some(1)));
    let late = bench.engine.command(bench.moment(), "AT+CGSN");
    assert_eq!((late.result, late.delay_ms), (0, 700));
    assert_eq!(bench.engine.command(bench.moment(), "AT+CGSN").delay_ms, 0);
    bench.at("AT+CMEE=1");
    assert_eq!(bench.at("AT+CFUN?"), "+CFUN: 0\r\nOK\r\n");
    for _ in 0..5 {
        assert_eq!(bench.at("AT+CFUN?"), "+CME ERROR: 60\r\n");
    }
    bench.engine.clear_faults();
    assert_eq!(bench.result("AT+CFUN?"), 0);
}

#[test]
fn chosen_writes_and_deletions_of_credentials_are_refused() {
    let mut bench = Bench::new();
    bench.at("AT+CMEE=1");
    let fault = fault::CredentialFault {
        tag: None,
        kind: Some(4),
        deletion: false,
        code: 515,
        span: fault::Span {
            skip: 1,
            count: Some(1),
        },
    };
    bench.engine.fail_credential(fault);
    bench.engine.fail_credential(fault::CredentialFault {
        tag: Some(26),
        kind: None,
        deletion: true,
        code: 514,
        span: fault::Span::next(1),
    });
    assert_eq!(bench.at("AT%CMNG=0,25,3,\"0011\""), "OK\r\n");
    assert_eq!(bench.at("AT%CMNG=0,25,4,\"one\""), "OK\r\n");
    assert_eq!(bench.at("AT%CMNG=0,26,4,\"two\""), "+CME ERROR: 515\r\n");
    assert_eq!(bench.at("AT%CMNG=3,26,4"), "+CME ERROR: 513\r\n");
    assert_eq!(bench.at("AT%CMNG=0,26,4,\"two\""), "OK\r\n");
    assert_eq!(bench.at("AT%CMNG=3,25,4"), "OK\r\n");
    assert_eq!(bench.at("AT%CMNG=3,26,4"), "+CME ERROR: 514\r\n");
    assert_eq!(bench.at("AT%CMNG=3,26,4"), "OK\r\n");
}

#[test]
fn a_modem_in_a_reset_loop_attaches_after_half_an_hour() {
    let mut bench = Bench::new();
    bench.engine.enter_reset_loop();
    bench.at("AT%MDMEV=1");
    bench.at("AT+CEREG=1");
    bench.at("AT+CFUN=1");
    assert_eq!(bench.texts(1_799_000), ["+CEREG: 2", "%MDMEV: RESET LOOP"]);
    assert_eq!(bench.texts(1_000), ["+CEREG: 1"]);
}

#[test]
fn without_its_default_connection_the_modem_attaches_anew() {
    let mut bench = Bench::new();
    bench.at("AT+CGEREP=1");
    bench.at("AT+CEREG=1");
    bench.online();
    bench.at("AT+CGDCONT=1,IP,fota.test");
    bench.at("AT+CGACT=1,1");
    bench.texts(10);
    assert!(bench.engine.network_deactivates(0));
    assert_eq!(
        bench.texts(199),
        [
            "+CGEV: NW PDN DEACT 0",
            "+CGEV: NW PDN DEACT 1",
            "+CGEV: NW DETACH",
            "+CEREG: 2"
        ]
    );
    assert_eq!(bench.texts(1), ["+CGEV: ME PDN ACT 0", "+CEREG: 1"]);
    assert_eq!(bench.engine.pdns().len(), 1);
}
