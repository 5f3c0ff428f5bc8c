//! What goes wrong before a server is asked: SIM, link, keys, configuration, modem library.

use conformance::Settings;
use flow_tests::row::{About, Row};
use flow_tests::told::Told::{Deferred, Error};
use flow_tests::told::{
    BOOTSTRAPPED, DOWN, EACCES, EFAULT, EINVAL, EIO, ENOMEM, ENOTSUP, EPERM, INIT, REGISTERED, UP,
};
use flow_tests::{Bench, Lab, Told};
use std::time::Duration;

/// The library looks at the modem when it has to, at the latest for the next Update.
const LIFETIME: u64 = flow_tests::lab::LIFETIME as u64;
const DAY: u64 = 86_400;
/// From the beginning of a connection to the end, with keys to be written.
const WHOLE_WAY: &[Told] = &[UP, DOWN, UP, DOWN, BOOTSTRAPPED, UP, REGISTERED];
const FROM_THE_START: &[Told] = &[INIT, UP, DOWN, UP, DOWN, BOOTSTRAPPED, UP, REGISTERED];
/// What a hook answers for a modem error it does not know.
const UNKNOWN_ERROR: i64 = 0xBAAD_BAAD_u32 as i32 as i64;

/// The modem is switched on by hand, for applications that leave it alone.
fn switch_on(bench: &mut Bench) {
    // Once the library has the modem.
    bench.pass(Duration::from_millis(10));
    bench.device.tell("mode 1");
}

fn obey(bench: &mut Bench) {
    bench.device.tell("lazy 0");
}

fn end_of_trouble(bench: &mut Bench) {
    bench.device.control("at-clear");
}

/// The device is built or set up anew and starts again.
fn restart_as(bench: &mut Bench, device: fn(&Lab) -> Settings) {
    bench.device.power_cut();
    let options = device(&bench.lab).options;
    bench.device.settings().options = options;
    bench.start_again();
}

/// Another try of the process.
fn reset(bench: &mut Bench) {
    bench.device.wait_exit();
    let scenario = &mut bench.device.settings().scenario;
    *scenario = scenario.replace("init-fail", "# init-fail");
    bench.start_again();
}

const fn key_row(value: i64, fault: &'static str) -> Row {
    Row {
        pause: DAY,
        repair: end_of_trouble,
        then: WHOLE_WAY,
        ..Row::new(About::Error(3, value), fault)
    }
}

/// The network grants what it refused.
fn grant(bench: &mut Bench) {
    bench.device.control("apn refused.test allow");
}

pub const ROWS: &[Row] = &[
    Row {
        device: |lab| lab.blank().option("--apn", "refused.test"),
        told: &[
            INIT,
            UP,
            DOWN,
            UP,
            Deferred(1, 60),
            Deferred(1, 120),
            Deferred(1, 240),
        ],
        attempt: (0, 2),
        repair: grant,
        then: &[DOWN, BOOTSTRAPPED, UP, REGISTERED],
        ..Row::new(
            About::Reason(1),
            "the network refuses the access point, before the bootstrap",
        )
    },
    Row {
        device: |lab| lab.direct().option("--apn", "nowhere.test"),
        told: &[
            INIT,
            UP,
            DOWN,
            UP,
            Deferred(1, 60),
            Deferred(1, 120),
            Deferred(1, 240),
            Deferred(1, 480),
            Deferred(1, 960),
            Deferred(1, DAY as i64),
            Deferred(1, 1200),
        ],
        attempt: (0, 2),
        repair: |bench| {
            bench.device.control("apn nowhere.test allow");
        },
        then: &[REGISTERED],
        ..Row::new(
            About::Reason(1),
            "the network does not know the access point",
        )
    },
    Row {
        device: |lab| lab.operator(r#""msisdn": null,"#),
        told: &[INIT, UP, Deferred(9, 60), Deferred(9, 60), Deferred(9, 60)],
        repair: |bench| {
            bench.device.control("msisdn +15550177");
            let name = "urn:imei-msisdn:352656100000001-15550177";
            bench.lab.know(name);
        },
        then: &[DOWN, UP, DOWN, BOOTSTRAPPED, UP, REGISTERED],
        ..Row::new(About::Reason(9), "the SIM has no phone number yet")
    },
    Row {
        device: |lab| {
            lab.blank()
                .option("--lazy", "1")
                .option("--link-answer", "-19")
        },
        told: &[INIT, UP, Error(1, -19)],
        repair: |bench| {
            obey(bench);
            switch_on(bench);
        },
        then: &[DOWN, UP, DOWN, BOOTSTRAPPED, UP, REGISTERED],
        ..Row::new(
            About::Error(1, -19),
            "the application cannot bring the link up",
        )
    },
    Row {
        device: |lab| {
            lab.blank()
                .option("--lazy", "1")
                .option("--link-answer", "-19")
        },
        begin: switch_on,
        told: &[
            INIT,
            UP,
            Error(1, -19),
            DOWN,
            Error(2, -19),
            Error(3, EACCES),
            UP,
            Error(1, -19),
        ],
        attempt: (30, 30),
        pause: DAY,
        repair: obey,
        then: WHOLE_WAY,
        ..Row::new(
            About::Error(2, -19),
            "the application cannot take the link down",
        )
    },
    Row {
        device: |lab| lab.blank().option("--lazy", "1"),
        begin: switch_on,
        told: &[INIT, UP, DOWN, Error(3, EACCES), UP],
        attempt: (30, 30),
        repair: obey,
        ..key_row(EACCES, "the application leaves the link up")
    },
    Row {
        device: |lab| lab.blank().scenario("key-error 514 write always"),
        told: &[INIT, UP, DOWN, Error(3, EPERM), UP],
        ..key_row(EPERM, "the modem denies access to its keys")
    },
    Row {
        device: |lab| lab.blank().scenario("key-error 515 write always"),
        told: &[INIT, UP, DOWN, Error(3, ENOMEM), UP],
        ..key_row(ENOMEM, "the modem's key store is full")
    },
    Row {
        device: |lab| lab.blank().scenario("key-error 50 write always"),
        told: &[INIT, UP, DOWN, Error(3, UNKNOWN_ERROR), UP],
        ..key_row(UNKNOWN_ERROR, "writing a key fails in a way nobody knows")
    },
    Row {
        device: |lab| {
            lab.operator("")
                .option("--operator-endpoint", "urn:iccid:{iccid}")
                .scenario("at-error AT%XICCID 0 always")
        },
        told: &[INIT, UP, Error(3, EFAULT)],
        repair: |bench| {
            // Not before the next network connection.
            bench.expect_silence(Duration::from_secs(DAY));
            bench.device.control("at-clear");
            bench.expect_silence(Duration::from_secs(600));
            let name = "urn:iccid:8900101000000000001";
            bench.lab.know(name);
            bench.device.control("link drop 5s");
        },
        then: &[DOWN, UP, DOWN, BOOTSTRAPPED, UP, REGISTERED],
        ..Row::new(
            About::Error(3, EFAULT),
            "the SIM's number (ICCID) cannot be read",
        )
    },
    Row {
        device: Lab::stranger,
        told: &[INIT, Error(9, ENOTSUP)],
        pause: DAY,
        repair: |bench| restart_as(bench, |lab| lab.blank()),
        then: FROM_THE_START,
        ..Row::new(
            About::Error(9, ENOTSUP),
            "a SIM of no known operator, and no custom server",
        )
    },
    Row {
        device: |lab| lab.operator("").option("--operator-psk", ""),
        told: &[INIT, Error(9, EINVAL)],
        pause: DAY,
        repair: |bench| {
            bench.lab.know("urn:imei-msisdn:352656100000001-15550100");
            restart_as(bench, |lab| lab.operator(""));
        },
        then: FROM_THE_START,
        ..Row::new(About::Error(9, EINVAL), "the operator's key is not set")
    },
    Row {
        device: |lab| lab.blank().scenario("init-fail"),
        told: &[Error(10, EIO)],
        repair: reset,
        then: FROM_THE_START,
        ..Row::new(About::Error(10, EIO), "the modem library does not start")
    },
    Row {
        device: Lab::direct,
        told: &[INIT, UP, DOWN, UP, REGISTERED],
        repair: |bench| {
            bench.device.tell("shutdown");
            bench.expect(Error(11, EIO), Duration::from_secs(2 * LIFETIME));
            reset(bench);
        },
        then: &[INIT, UP, REGISTERED],
        ..Row::new(About::Error(11, EIO), "the modem library is shut down")
    },
];
