//! The `carrier-lab` command as its users start it, against a client of a few lines.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::UdpSocket;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

struct Lab {
    child: Child,
    output: BufReader<ChildStdout>,
    address: String,
}

/// Starts it on a free port, with a script or commands on standard input, and reads the port it prints.
fn lab(arguments: &[&str], input: &str) -> Lab {
    let mut child = Command::new(env!("CARGO_BIN_EXE_carrier-lab"))
        .args(arguments)
        .args(["--coap", "127.0.0.1:0"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let address = line
        .trim()
        .strip_prefix("## serving coap://")
        .expect(&line)
        .to_string();
    Lab {
        child,
        output,
        address,
    }
}

impl Lab {
    /// Exit code, standard output, standard error.
    fn finish(mut self) -> (i32, String, String) {
        let (mut output, mut errors) = (String::new(), String::new());
        self.output.read_to_string(&mut output).unwrap();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut errors)
            .unwrap();
        (self.child.wait().unwrap().code().unwrap(), output, errors)
    }
}

/// Registers, then answers each request with the next of these codes and rests.
fn device(address: &str, answers: &'static [(u8, &'static [u8])]) -> JoinHandle<()> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(address).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    spawn(move || {
        let mut buffer = [0; 1500];
        socket
            .send(b"\x40\x02\x00\x01\xb2rd\x11\x28\x34ep=d\xff</1/0>,</3/0>")
            .unwrap();
        socket.recv(&mut buffer).unwrap();
        for (code, rest) in answers {
            socket.recv(&mut buffer).unwrap();
            let head = [0x64, *code, buffer[2], buffer[3]];
            socket.send(&[&head, &buffer[4..8], rest].concat()).unwrap();
            if *rest == b"\x60\x60\xff80" {
                // The observation's first notification.
                socket
                    .send(
                        &[
                            &[0x54, 0x45, 0x77, 1][..],
                            &buffer[4..8],
                            b"\x61\x01\x60\xff55",
                        ]
                        .concat(),
                    )
                    .unwrap();
            }
        }
    })
}

#[test]
fn a_script_that_holds_ends_with_zero_and_a_report() {
    let report = std::env::temp_dir().join(format!("carrier-lab-{}.json", std::process::id()));
    let script = "# a demonstration
        wait register ep=d timeout=10s
        expect link /3/0
        read /3/0 accept=tlv
        expect 2.05
        expect format tlv
        expect value /3/0/9 = 80
        expect value /3/0/9 >= 1
        expect no-value /3/0/4
        write /1/0/1 text 120
        read /9/0
        expect 4.04
        observe /3/0/9
        wait notify /3/0/9 value=55
        send-raw 40 00 12 34
        expect-silence 100ms
        print done";
    let lab = lab(
        &[
            "serve",
            "--script",
            "-",
            "--timeout",
            "20s",
            "--report",
            report.to_str().unwrap(),
        ],
        script,
    );
    let device = device(
        &lab.address,
        &[
            (0x45, b"\xc2\x2d\x16\xff\xc1\x09\x50"),
            (0x44, b""),
            (0x84, b""),
            (0x45, b"\x60\x60\xff80"),
        ],
    );
    let (code, output, errors) = lab.finish();
    device.join().unwrap();
    assert_eq!((code, errors.as_str()), (0, ""), "{output}");
    for line in [
        "<- d ACK 2.05",
        "| /3/0/9=80",
        "/1/0/1 format=0 | /1/0/1=120",
        "observe=1 format=0 | /3/0/9=55",
        "## 16 steps done",
    ] {
        assert!(output.contains(line), "{line} is not in\n{output}");
    }
    let json = std::fs::read_to_string(&report).unwrap();
    std::fs::remove_file(&report).unwrap();
    assert!(
        json.contains("\"ok\": true") && json.matches("\"line\"").count() == 16,
        "{json}"
    );
}

#[test]
fn the_first_unmet_expectation_ends_a_script() {
    for (script, wanted) in [
        (
            "wait register\nread /3/0/9\nexpect value /3/0/9 = 81\nprint never",
            "-:3: expect value /3/0/9 = 81: /3/0/9 is 80",
        ),
        (
            "wait register\nread /3/0/9\nexpect 4.05",
            "-:3: expect 4.05: the answer is 2.05, not 4.05",
        ),
        (
            "wait register\nwait notify /3/0/9 timeout=100ms",
            "nothing like that within 100 ms",
        ),
        (
            "wait register\nread /3/0/9\nexpect-raw 60 45 ?? timeout=100ms",
            "not among what the client sent: []",
        ),
    ] {
        let lab = lab(&["serve", "--script", "-", "--timeout", "20s"], script);
        let answers: &[(u8, &[u8])] = if script.contains("read") {
            &[(0x45, b"\xc0\xff80")]
        } else {
            &[]
        };
        let device = device(&lab.address, answers);
        let (code, output, errors) = lab.finish();
        device.join().unwrap();
        assert_eq!(code, 1, "{output}");
        assert!(errors.contains(wanted), "{errors}");
        assert!(!output.contains("never"));
    }
}

#[test]
fn an_error_nobody_expected_ends_a_script() {
    for script in [
        "wait register\nread /9\nprint next",
        "wait register\nread /9",
    ] {
        let lab = lab(&["serve", "--script", "-", "--timeout", "20s"], script);
        let device = device(&lab.address, &[(0x84, b"")]);
        let (code, _, errors) = lab.finish();
        device.join().unwrap();
        assert_eq!(code, 1);
        assert!(errors.contains("the answer before was 4.04"), "{errors}");
    }
}

#[test]
fn a_script_ends_when_its_time_is_over() {
    let lab = lab(
        &["serve", "--script", "-", "--timeout", "200ms"],
        "wait register timeout=10s",
    );
    let (code, _, errors) = lab.finish();
    assert_eq!(code, 1);
    assert!(errors.contains("wait register"), "{errors}");
}

#[test]
fn mistakes_in_a_script_are_found_before_anything_is_served() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_carrier-lab"))
        .args(["serve", "--coap", "127.0.0.1:0", "--script", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"wait register\nreed /3")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "carrier-lab: -:2: unknown command: reed\n"
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn a_person_may_err() {
    let lab = lab(
        &["interactive"],
        "reed /3\nread /3\nprint still here\nquit\nprint never\n",
    );
    let (code, output, _) = lab.finish();
    assert_eq!(code, 0);
    assert_eq!(
        output,
        "failed: unknown command: reed\nfailed: no client is registered\nok still here\n"
    );
}
