//! A C program on the shared library: switches on, registers, restarts itself. And what its environment decides.

mod c_support;

use c_support::{compile, finish, folder, start};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;

#[test]
fn a_c_program_registers_and_restarts_with_its_state() {
    let program = compile("smoke", "smoke");
    let output =
        finish(start(&program, "smoke", &["argument"], &[]), 20).expect("the program ends");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{text} {}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(text.contains("registered at 250 ms"), "{text}");
    assert!(text.contains("second life"), "{text}");
    let device = folder("smoke").join("device");
    assert_eq!(std::fs::read_to_string(device.join("life")).unwrap(), "2");
    let log = std::fs::read_to_string(device.join("log")).unwrap();
    assert!(log.contains("AT+CFUN=1 -> OK") && log.contains("sys_reset"));
}

#[test]
fn without_exec_the_exit_code_asks_for_a_restart() {
    let program = compile("smoke", "noexec");
    let child = start(
        &program,
        "noexec",
        &[],
        &[
            ("VIRTUAL_MODEM_NO_EXEC", "1"),
            ("VIRTUAL_MODEM_EPOCH", "4102444800"),
        ],
    );
    assert_eq!(
        finish(child, 20).expect("the program ends").status.code(),
        Some(75)
    );
    let saved = std::fs::read_to_string(folder("noexec").join("device/network-time")).unwrap();
    let passed = saved.parse::<i64>().unwrap() - 4_102_444_800_000;
    assert!((3_600_000..3_700_000).contains(&passed), "{passed}");
}

#[test]
fn the_next_life_finds_the_card_that_was_swapped_in() {
    let program = compile("smoke", "swap");
    let scenario = folder("swap").join("scenario");
    let lines = "at 200ms at AT+CIMI\n";
    std::fs::write(&scenario, lines).unwrap();
    let variables = [("VIRTUAL_MODEM_SCENARIO", scenario.to_str().unwrap())];
    // In real time the program sleeps long enough to be asked.
    let slow = [("VIRTUAL_MODEM_CLOCK", "real"), variables[0]];
    let mut child = start(&program, "swap", &[], &slow);
    let path = folder("swap").join("device/control");
    let mut stream = (0..1000)
        .find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(5));
            UnixStream::connect(&path).ok()
        })
        .expect("the control socket opens");
    stream.write_all(b"sim swap verizon msisdn=none\n").unwrap();
    let mut answer = String::new();
    BufReader::new(stream.try_clone().unwrap())
        .read_line(&mut answer)
        .unwrap();
    assert_eq!(answer, "ok 311480000000001 at the next start\n");
    child.kill().unwrap();
    child.wait().unwrap();
    let log = || std::fs::read_to_string(folder("swap").join("device/log")).unwrap();
    assert!(!log().contains("311480000000001\\r\\nOK"));
    // Without its record the program does not end at once, as its second life does.
    std::fs::remove_file(folder("swap").join("device/nvs")).unwrap();
    finish(start(&program, "swap", &[], &variables), 20).expect("the program ends");
    assert!(log().contains("AT+CIMI -> 311480000000001"), "{}", log());
}

#[test]
fn runs_with_one_seed_are_the_same() {
    let logs = ["seed-a", "seed-b"].map(|test| {
        let program = compile("smoke", test);
        let child = start(
            &program,
            test,
            &[],
            &[
                ("VIRTUAL_MODEM_EPOCH", "1700000000"),
                ("VIRTUAL_MODEM_SEED", "7"),
            ],
        );
        assert!(
            finish(child, 20)
                .expect("the program ends")
                .status
                .success()
        );
        std::fs::read_to_string(folder(test).join("device/log")).unwrap()
    });
    assert_eq!(logs[0], logs[1]);
}

#[test]
fn a_second_process_on_the_directory_is_refused_and_control_answers() {
    let program = compile("smoke", "locked");
    let variables = [("VIRTUAL_MODEM_CLOCK", "step")];
    let mut first = start(&program, "locked", &[], &variables);
    let path = folder("locked").join("device/control");
    let mut stream = (0..1000)
        .find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(5));
            UnixStream::connect(&path).ok()
        })
        .expect("the control socket opens");
    let second = finish(start(&program, "locked", &[], &variables), 10).expect("the program ends");
    assert_eq!(second.status.code(), Some(73));
    assert!(String::from_utf8_lossy(&second.stderr).contains("in use"));

    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut ask = |line: &str| {
        stream.write_all(format!("{line}\n").as_bytes()).unwrap();
        let mut answer = String::new();
        reader.read_line(&mut answer).unwrap();
        answer.trim_end().to_string()
    };
    // The program runs up to its first wait by itself.
    assert!(
        (0..1000).any(|_| ask("state").contains("cfun=1") && ask("state").ends_with("running="))
    );
    assert_eq!(ask("clock now"), "ok 0");
    assert_eq!(ask("clock advance 249"), "ok 249");
    assert!(
        ask("state").contains("registration=Searching"),
        "{}",
        ask("state")
    );
    assert_eq!(ask("clock advance 1"), "ok 250");
    assert!(ask("state").contains("cfun=1 registration=Registered coverage=on pdn=0:0"));
    assert_eq!(ask("at AT+CGSN=1"), "ok +CGSN: \"352656100000001\"\\r\\nOK");
    assert_eq!(ask("coverage off"), "ok");
    assert!(ask("state").contains("registration=Searching coverage=off"));
    assert_eq!(ask("msisdn +15550199"), "ok");
    assert_eq!(ask("at AT+CNUM"), "ok +CNUM: ,\"+15550199\",145\\r\\nOK");
    assert!(ask("storage dump").starts_with("ok ca00="));
    assert!(ask("log tail 5").contains("+CNUM"));
    assert!(ask("nonsense").starts_with("error"));
    first.kill().unwrap();
    first.wait().unwrap();
}
