//! The `carrier-lab` command with a bootstrap server and management servers in one process, as a script drives them, against
//! a client of a few lines.

mod device;

use carrier_lab::tlv;
use carrier_lab::value::Value;
use device::{Got, Link, Oddities, bootstrap, lines};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

struct Lab {
    child: Child,
    output: BufReader<ChildStdout>,
    uris: Vec<String>,
}

/// Starts the command with these servers; the script goes through standard input.
fn lab(servers: &[&str], script: &str) -> Lab {
    let mut command = Command::new(env!("CARGO_BIN_EXE_carrier-lab"));
    command.args(["serve", "--script", "-", "--timeout", "20s"]);
    for plan in servers {
        command.args(["--server", plan]);
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(script.as_bytes())
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut uris = Vec::new();
    for _ in servers {
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let (_, uri) = line.trim().split_once("serving ").unwrap();
        uris.push(uri.to_string());
    }
    Lab {
        child,
        output,
        uris,
    }
}

impl Lab {
    /// Exit code, standard output, standard error.
    fn finish(mut self) -> (i32, String, String) {
        let (mut output, mut errors) = (String::new(), String::new());
        self.output.read_to_string(&mut output).unwrap();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut errors).unwrap();
        (self.child.wait().unwrap().code().unwrap(), output, errors)
    }

    /// All steps did what they should; gives standard output.
    fn passed(self) -> String {
        let (code, output, errors) = self.finish();
        assert_eq!((code, errors.as_str()), (0, ""), "{output}");
        output
    }
}

/// Value of a resource in the last write that has it.
fn written(requests: &[Got], path: &str) -> Option<Value> {
    let path = path.parse().unwrap();
    let mut found = None;
    for write in requests.iter().filter(|got| got.method == "PUT") {
        let entries = tlv::parse(&write.payload).unwrap();
        let values = tlv::flatten(&write.path.parse().unwrap(), &entries).unwrap();
        let here = values.into_iter().find(|(known, _)| *known == path);
        found = here.map(|(_, value)| value).or(found);
    }
    found
}

/// Registers with the account in these Security and Server instances.
fn register(requests: &[Got], security: u16, server: u16) -> Option<String> {
    let bytes = |resource: &str| {
        let value = written(requests, &format!("/0/{security}/{resource}")).unwrap();
        value.to_bytes()
    };
    let uri = String::from_utf8(bytes("0")).unwrap();
    let mut link = Link::open(&uri, &bytes("3"), &bytes("5")).unwrap();
    let lifetime = written(requests, &format!("/1/{server}/1")).unwrap();
    link.post(
        "/rd",
        &["ep=dev", &format!("lt={lifetime}")],
        "</1/0>,</3/0>",
    )
}

const KEY: &[u8] = b"0123456789abcdef";
const BOOTSTRAP: &str =
    "bs bootstrap coaps=127.0.0.1:0 psk=factory:30313233343536373839616263646566";

#[test]
fn one_script_bootstraps_a_client_and_sees_it_register_with_two_servers() {
    let servers = [
        BOOTSTRAP,
        "dm coaps=127.0.0.1:0 psk=dm-identity:00112233445566778899aabbccddeeff",
        "other coaps=127.0.0.1:0",
    ];
    let script = "bs: wait bootstrap ep=dev
        expect identity factory
        expect query ep=dev
        expect no-query pct
        expect path /bs
        dm: expect-none register for=100ms
        bs: bootstrap default
        expect 2.04
        dm: wait register ep=dev
        expect identity dm-identity
        expect query lt=300
        use other
        wait reconnect
        wait register
        expect link /3/0
        bs: expect-none bootstrap for=100ms";
    let lab = lab(&servers, script);
    let mut link = Link::open(&lab.uris[0], b"factory", KEY).unwrap();
    let requests = bootstrap(&mut link, "dev", &[], Duration::from_secs(5));
    assert_eq!(
        lines(&requests),
        ["DELETE /", "PUT /0", "PUT /1", "POST /bs"]
    );
    assert_eq!(written(&requests, "/0/1/10"), Some(Value::Integer(101)));
    assert_eq!(written(&requests, "/1/1/0"), Some(Value::Integer(102)));
    assert_eq!(written(&requests, "/0/1/1"), Some(Value::Boolean(false)));
    assert_eq!(register(&requests, 1, 0).as_deref(), Some("2.01"));
    assert_eq!(register(&requests, 2, 1).as_deref(), Some("2.01"));
    let output = lab.passed();
    for line in [
        "bs <- 127.0.0.1:",
        "/bs?ep=dev",
        "bs -> dev CON 0.04 DELETE",
        "dm <- ",
        "## 16 steps done",
    ] {
        assert!(output.contains(line), "{line} is not in\n{output}");
    }
}

#[test]
fn single_steps_of_a_script_go_out_as_written() {
    const ODD: Oddities = &[
        (
            "GET",
            "/",
            0x45,
            "lwm2m=\"1.0\",</0/0>,</0/1>;ssid=101,</3/0>",
        ),
        ("DELETE", "/9", 0x84, ""),
        ("PUT", "/77", 0x80, ""),
    ];
    let servers = ["bs bootstrap coap=127.0.0.1:0", "dm coap=127.0.0.1:0"];
    let script = "use bs
        answer bootstrap silence count=1
        wait bootstrap
        delete /
        define account dm lifetime=60 hold-off=3 retry-timer=9
        define security 1 uri=coap://127.0.0.1:9 without=hold-off
        define security 0 bootstrap=true uri=coap://127.0.0.1:8 mode=nosec account-timeout=5
        define server 0 pmax=10 without=storing
        define access 0 object=3 instance=0 acl=101:15,0:1 owner=101
        define instance 77 0 1=2
        put /0 block=32
        put /1/0 type=non
        put /1/0/1 format=text
        put /2
        put /77
        expect 4.00
        write /0 tlv c1
        delete /9
        expect 4.04
        discover / option=2053:aa
        expect text lwm2m=\"1.0\",</0/0>,</0/1>;ssid=101,</3/0>
        expect link /0/1 ssid=101
        expect link /0/0
        expect no-link /1/0
        stranger wait=100ms read /1
        expect no-answer
        read /1
        expect 4.05
        finish";
    let lab = lab(&servers, script);
    let mut link = Link::open(&lab.uris[0], b"", b"").unwrap();
    let requests = bootstrap(&mut link, "dev", ODD, Duration::from_secs(5));
    let output = lab.passed();
    let wanted = [
        "DELETE /",
        "PUT /0",
        "PUT /1/0",
        "PUT /1/0/1",
        "PUT /2",
        "PUT /77",
        "PUT /0",
        "DELETE /9",
        "GET /",
        "GET /1",
        "POST /bs",
    ];
    assert_eq!(lines(&requests), wanted, "{output}");
    let hex = |index: usize| carrier_lab::hex::encode(&requests[index].payload);
    let account = format!(
        "c80012{}c10100c10203c003c004c005c10a65",
        carrier_lab::hex::encode(b"coap://127.0.0.1:9")
    );
    assert!(hex(1).contains(&account), "{}", hex(1));
    assert!(
        hex(1).contains("c10101") && hex(1).contains("c10c05"),
        "{}",
        hex(1)
    );
    assert!(requests[1].blocks > 2);
    assert_eq!(hex(2), "c10065c1013cc10755c11209c1030a");
    assert!(!requests[2].confirmable && requests[1].confirmable);
    assert_eq!(hex(3), carrier_lab::hex::encode(b"60"));
    assert_eq!(hex(4), "080011c10003c10100860241650f410001c10365");
    assert_eq!(hex(5), "0300c10102");
    assert_eq!(hex(6), "c1");
}

#[test]
fn keys_change_while_a_server_runs() {
    let script = "bs: wait refused
        bs: keys factory:30313233343536373839616263646566 b:22
        bs: wait reconnect identity=factory
        bs: wait bootstrap";
    let servers = ["bs bootstrap coaps=127.0.0.1:0 psk=other:00"];
    let lab = lab(&servers, script);
    let error = Link::open(&lab.uris[0], b"factory", KEY).err().unwrap();
    assert!(error.contains("alert"), "{error}");
    // The script changes the keys right after the refusal.
    let mut tries = 0;
    let mut link = loop {
        match Link::open(&lab.uris[0], b"factory", KEY) {
            Ok(link) => break link,
            Err(error) => assert!(tries < 50, "{error}"),
        }
        tries += 1;
    };
    let answer = link.post("/bs", &["ep=dev"], "");
    assert_eq!(answer.as_deref(), Some("2.04"));
    lab.passed();
}

#[test]
fn unmet_expectations_and_refused_sequences_end_a_script() {
    const ODD: Oddities = &[("PUT", "/1", 0x80, ""), ("DELETE", "/", 0x45, "</3/0>;a=1")];
    for (script, wanted) in [
        ("bootstrap default", "0.04 /: the answer is 2.05"),
        (
            "bootstrap default delete=none",
            "0.03 /1: the answer is 4.00",
        ),
        ("expect query ep=other", "the query is ep=dev"),
        ("expect no-query ep", "the query is ep=dev"),
        ("expect path /a/bs", "the path is /bs"),
        ("expect identity me", "the identity is None"),
        ("put /1", "nothing is defined for /1"),
        ("delete /\nexpect link /3/0 a=2", "its attributes are"),
        ("delete /\nexpect text </3>", "the text is </3/0>;a=1"),
        ("delete /\nexpect no-answer", "the answer is 2.05"),
        (
            "expect-none reconnect for=50ms\nwait bootstrap timeout=50ms",
            "nothing like that within 50 ms",
        ),
    ] {
        let script = format!("wait bootstrap\n{script}");
        let servers = ["bs bootstrap coap=127.0.0.1:0", "dm coap=127.0.0.1:0"];
        let lab = lab(&servers, &script);
        let mut link = Link::open(&lab.uris[0], b"", b"").unwrap();
        bootstrap(&mut link, "dev", ODD, Duration::from_millis(300));
        let (code, output, errors) = lab.finish();
        assert_eq!(code, 1, "{script}\n{output}");
        assert!(errors.contains(wanted), "{script}\n{errors}");
    }
}

#[test]
fn unknown_servers_are_found_before_anything_is_served() {
    for line in [
        "use nobody",
        "nobody: read /3",
        "bs: define account nobody",
        "bootstrap default nobody",
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_carrier-lab"))
            .args([
                "serve",
                "--server",
                "bs bootstrap coap=127.0.0.1:0",
                "--script",
                "-",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(line.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{line}");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(errors, "carrier-lab: -:1: no server is called nobody\n");
        assert!(output.stdout.is_empty());
    }
}
