//! Power saving, service centre, and the credentials of access points.

use super::*;

#[test]
fn what_is_asked_for_is_granted_told_and_stored() {
    let mut bench = Bench::new();
    bench.online();
    bench.at("AT+CEREG=5");
    assert_eq!(bench.at("AT+CPSMS=1,,,\"00100001\",\"00000101\""), "OK\r\n");
    assert_eq!(
        bench.texts(0),
        ["+CEREG: 1,\"0001\",\"00012345\",7,,,\"00000101\",\"00100001\""]
    );
    // What is left out stays.
    bench.at("AT+CPSMS=1,,,,\"00000110\"");
    assert_eq!(
        bench.at("AT+CPSMS?"),
        "+CPSMS: 1,,,\"00100001\",\"00000110\"\r\nOK\r\n"
    );
    bench.at("AT+CPSMS=0");
    assert!(bench.at("AT+CEREG?").contains("\"11100000\",\"11100000\""));
    for bad in [
        "AT+CPSMS=1,,,\"001\"",
        "AT+CPSMS=1,,,\"0010000x\"",
        "AT+CPSMS=7",
    ] {
        assert!(bench.at(bad).contains("ERROR"), "{bad}");
    }
}

#[test]
fn cycles_and_windows_belong_to_an_access_technology() {
    let mut bench = Bench::new();
    bench.online();
    assert_eq!(bench.at("AT%XPTW=4,\"0011\""), "OK\r\n");
    assert_eq!(bench.at("AT+CEDRXS=2,4,\"1001\""), "OK\r\n");
    assert_eq!(bench.at("AT+CEDRXS=2,5,\"1010\""), "OK\r\n");
    assert_eq!(bench.texts(0)[0], "+CEDRXP: 4,\"1001\",\"1001\",\"0011\"");
    assert_eq!(
        bench.at("AT+CEDRXS?"),
        "+CEDRXS: 4,\"1001\"\r\n+CEDRXS: 5,\"1010\"\r\nOK\r\n"
    );
    assert_eq!(bench.at("AT%XPTW?"), "%XPTW: 4,\"0011\"\r\nOK\r\n");
    assert_eq!(
        bench.at("AT+CEDRXRDP"),
        "+CEDRXRDP: 4,\"1001\",\"1001\",\"0011\"\r\nOK\r\n"
    );
    bench.at("AT+CEDRXS=3");
    assert_eq!(bench.at("AT+CEDRXS?"), "OK\r\n");
    assert_eq!(bench.at("AT+CEDRXRDP"), "+CEDRXRDP: 0\r\nOK\r\n");
    for bad in [
        "AT+CEDRXS=2,4,\"10010\"",
        "AT+CEDRXS=2,9,\"1001\"",
        "AT%XPTW=3,\"0011\"",
    ] {
        assert!(bench.at(bad).contains("ERROR"), "{bad}");
    }
}

#[test]
fn the_service_centre_is_that_of_the_card_until_another_is_set() {
    let mut bench = Bench::new();
    bench.online();
    assert_eq!(bench.at("AT+CSCA?"), "+CSCA: \"+15550199\",145\r\nOK\r\n");
    assert_eq!(bench.at("AT+CSCA=\"+491710760000\",145"), "OK\r\n");
    assert_eq!(
        bench.at("AT+CSCA?"),
        "+CSCA: \"+491710760000\",145\r\nOK\r\n"
    );
    assert_eq!(bench.result("AT+CSCA=\"x\",129"), 3 << 16 | 305);
}

#[test]
fn an_access_point_with_a_password_refuses_others() {
    let mut bench = Bench::with(Profile {
        apns: vec![Apn {
            name: "closed.test".into(),
            user: "me".into(),
            password: "secret".into(),
            ..Apn::default()
        }],
        ..Profile::default()
    });
    bench.online();
    bench.at("AT+CNEC=24");
    bench.at("AT%XNEWCID?");
    bench.at("AT+CGDCONT=1,IP,closed.test");
    for (authentication, granted) in [
        ("", false),
        ("AT+CGAUTH=1,2,\"me\",\"wrong\"", false),
        ("AT+CGAUTH=1,1,\"me\",\"secret\"", true),
        ("AT+CGAUTH=1,0", false),
    ] {
        bench.at(authentication);
        bench.texts(0);
        assert_eq!(
            bench.result("AT+CGACT=1,1") == 0,
            granted,
            "{authentication}"
        );
        if granted {
            assert!(
                bench
                    .at("AT+CGAUTH?")
                    .contains("+CGAUTH: 1,1,\"me\",\"secret\"")
            );
            // Both contexts are told of at once.
            let details = bench.at("AT+CGCONTRDP");
            assert!(details.contains("+CGCONTRDP: 0,,\"apn.test\""), "{details}");
            assert!(
                details.contains("+CGCONTRDP: 1,,\"closed.test\""),
                "{details}"
            );
            bench.at("AT+CGACT=0,1");
        } else {
            assert_eq!(bench.texts(0), ["+CNEC_ESM: 29,1"]);
        }
    }
    assert!(bench.at("AT+CGAUTH=1,2,\"me\"").contains("ERROR"));
}
