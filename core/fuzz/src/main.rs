//! A million mutated datagrams without libFuzzer: `mutate <runs> <seed> <report.json>`. The same arguments give the same
//! run; a failure names its turn, and the datagrams that led to it.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use carrier_fuzz::device::Device;
use carrier_fuzz::random::{Random, mutate};
use carrier_fuzz::{seeds, targets};

/// Longest time one turn may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// Turns of one device.
const LIFE: u64 = 5_000;

/// Prints what led to a panic.
struct Witness {
    target: &'static str,
    turn: u64,
    recent: VecDeque<Vec<u8>>,
}

impl Drop for Witness {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "{} failed in turn {}; the last inputs were",
                self.target, self.turn
            );
            for bytes in &self.recent {
                let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
                    write!(hex, "{byte:02x}").ok();
                    hex
                });
                eprintln!("  {hex}");
            }
        }
    }
}

/// Runs one target; gives runs, seconds and the longest turn.
fn run(target: &'static str, runs: u64, mut turn: impl FnMut(u64) -> Vec<u8>) -> String {
    let mut witness = Witness {
        target,
        turn: 0,
        recent: VecDeque::new(),
    };
    let begin = Instant::now();
    let mut slowest = Duration::ZERO;
    for count in 0..runs {
        witness.turn = count;
        let started = Instant::now();
        let input = turn(count);
        let took = started.elapsed();
        assert!(took < PATIENCE, "turn {count} took {took:?}");
        slowest = slowest.max(took);
        witness.recent.push_back(input);
        if witness.recent.len() > 12 {
            witness.recent.pop_front();
        }
    }
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "{target:<10} {runs:>9} inputs {seconds:>7.1} s   slowest {:>6} us   ok",
        slowest.as_micros()
    );
    format!(
        "{{\"target\": \"{target}\", \"engine\": \"seeded\", \"runs\": {runs}, \"seconds\": {seconds:.1}, \"slowest_us\": {}, \"failures\": 0}}",
        slowest.as_micros()
    )
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [runs, seed, report] = &arguments[..] else {
        eprintln!("mutate <runs> <seed> <report.json>");
        std::process::exit(2);
    };
    let (Ok(runs), Ok(seed)) = (runs.parse::<u64>(), seed.parse::<u64>()) else {
        eprintln!("runs and seed are numbers");
        std::process::exit(2);
    };
    let lines = [
        datagrams(runs, seed),
        bootstraps(runs, seed),
        texts("record", runs, seed, &RECORDS, targets::record),
        texts("payload", runs, seed, &PAYLOADS, targets::payload),
        texts("modem", runs, seed, &LINES, targets::modem),
        texts("card", runs, seed, &CARD, targets::card),
    ];
    let json = format!("[\n  {}\n]\n", lines.join(",\n  "));
    if let Err(error) = std::fs::write(report, json) {
        eprintln!("{report}: {error}");
        std::process::exit(1);
    }
}

/// Devices without accounts, and a bootstrap server that cannot be trusted. Whatever it does, afterwards a good one can
/// give accounts, or those it gave can be used.
fn bootstraps(runs: u64, seed: u64) -> String {
    let mut random = Random::new(seed);
    let mut device = Device::blank(false, false);
    let mut replies = BTreeMap::new();
    let mut registered = 0;
    let line = run("bootstrap", runs, |turn| {
        if turn % LIFE == 0 || device.is_old() {
            let life = turn / LIFE;
            let old = std::mem::replace(&mut device, Device::blank(life & 1 == 1, life & 2 == 2));
            for (code, count) in old.replies {
                *replies.entry(code).or_insert(0) += count;
            }
        }
        match random.below(400) {
            0 | 1 => device.wait(random.draw() % 5_000),
            2 => device.wait(random.draw() % 1_000_000),
            3 | 4 => device.answer(),
            5 => device.lose_link(),
            6 => device.restart_with(device.record().map(<[u8]>::to_vec)),
            7 => {
                let mut record = device.record().unwrap_or_default().to_vec();
                mutate(&mut random, &mut record);
                device.restart_with(Some(record));
            }
            8 => device.restart_with(None),
            9 => {
                registered += u64::from(device.is_registered());
                device.check_alive();
            }
            _ => {}
        }
        if device.is_registered() && random.one_in(32) {
            device.restart_with(None);
        }
        if !device.is_open() {
            device.await_bootstrap();
        }
        let mut bytes = seeds::provisioning(&mut random, &device, turn);
        if random.one_in(3) {
            mutate(&mut random, &mut bytes);
        }
        device.datagram(&bytes);
        bytes
    });
    let codes: Vec<String> = replies
        .iter()
        .map(|(code, count)| format!("{}.{:02} {count}", code >> 5, code & 31))
        .collect();
    println!(
        "           replies: {}; with accounts of its own {registered}",
        codes.join(", ")
    );
    line
}

/// Bodies of the record of the accounts: what it was made from, tags, objects 0 to 2.
const RECORDS: [&[u8]; 2] = [
    b"\x01\x00\0\0\0\x01\0\0\0\x02\0\0\0\0\x19\0\0\0\x05\x1A\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
      \0\0\0\x20\x08\x01\x1D\xC8\0\x15coap://server.example\xC1\x02\x03\xC1\
      \0\x01\0\x0D\x08\x01\x0A\xC1\0\x01\xC1\x01\x3C\xC1\x07U",
    b"\x00\x00\0\0\0\x01\0\0\0\x02\0\0\0\0\x19\0\0\0\x05\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
];

fn datagrams(runs: u64, seed: u64) -> String {
    let mut random = Random::new(seed);
    let mut device = Device::registered(false, false);
    let mut replies = BTreeMap::new();
    let line = run("datagram", runs, |turn| {
        if turn % LIFE == 0 || device.is_old() {
            let life = turn / LIFE;
            let old = std::mem::replace(
                &mut device,
                Device::registered(life & 1 == 1, life & 2 == 2),
            );
            for (code, count) in old.replies {
                *replies.entry(code).or_insert(0) += count;
            }
        }
        match random.below(40) {
            0 => device.wait(random.draw() % 5_000),
            1 if random.one_in(20) => device.wait(random.draw() % 100_000_000),
            2 | 3 => device.answer(),
            4 => device.set_battery(random.draw() as u8),
            5 if random.one_in(50) => device.lose_link(),
            6 => device.wait(1),
            _ => {}
        }
        // Every input counted reaches the client.
        if !device.is_open() || !device.is_registered() && random.one_in(8) {
            device.repair();
        }
        let mut bytes = seeds::datagram(&mut random, &device, turn);
        for _ in 0..random.below(4) {
            mutate(&mut random, &mut bytes);
        }
        device.datagram(&bytes);
        if turn % 16 == 0 {
            device.check_alive();
        }
        bytes
    });
    // A run that only met closed doors would prove nothing.
    let codes: Vec<String> = replies
        .iter()
        .map(|(code, count)| format!("{}.{:02} {count}", code >> 5, code & 31))
        .collect();
    println!("           replies: {}", codes.join(", "));
    line
}

const PAYLOADS: [&[u8]; 11] = [
    &[
        0x08, 0x00, 0x09, 0xC4, 0x01, 0x00, 0x01, 0x51, 0x80, 0xC1, 0x02, 0x05,
    ],
    &[0x88, 0x06, 0x06, 0x41, 0x00, 0x01, 0x41, 0x01, 0x05],
    &[0xE8, 0x01, 0x00, 0x09, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    b"-12345.678901e5",
    b"0='https://x.example/?a=b',1,2='c'",
    b"AAECAwQFBgcICQ==",
    br#"[{"bn":"/3/0/","n":"0","vs":"a\u00e9\"b"},{"n":"9","v":-1.0e2},{"n":"14","vb":true}]"#,
    br#"[{"n":"/1/0/1","vlo":"3:0"},{"bn":"/2/","n":"0","vd":"__79_Ps"},{"n":"1/2"}]"#,
    b"\x82\xA3\x21\x65/3/0/\x00\x61\x30\x03\x63abc\xA2\x00\x61\x39\x02\x38\x63",
    b"\x9F\xBF\x21\x7F\x62/1\x63/0/\xFF\x00\x61\x32\x08\x5F\x41\x01\x42\x02\x03\xFF\xFF\xFF",
    b"\x81\xA2\x00\x66/6/0/0\x02\xFB\x40\x59\0\0\0\0\0\0",
];

const LINES: [&[u8]; 20] = [
    b"+CEREG: 1,\"0001\",\"00012345\",7,,,\"00000110\",\"00100001\"",
    b"%XSIM: 1",
    b"%XTIME: \"80\",\"22605121436580\",\"00\"",
    b"%MDMEV: ME OVERHEATED",
    b"+CCLK: \"22/06/15,12:34:56+08\"\r\nOK\r\n",
    b"+CNUM: ,\"+15550100\",145\r\nOK\r\n",
    b"+CGSN: \"352656100000001\"\r\nOK\r\n",
    b"+CEREG: 4,1\r\nOK\r\n",
    b"%CESQ: 53,2,20,2",
    b"+CGEV: ME PDN ACT 0",
    b"+CESQ: 99,99,255,255,20,53\r\nOK\r\n",
    b"%XMONITOR: 5,\"Test\",\"Test\",\"00101\",\"0001\",7,20,\"00012345\",7,6300,53,30,\"\",\"00000110\",\"00100001\"\r\nOK\r\n",
    b"+CGDCONT: 0,\"IPV4V6\",\"iot\",\"10.0.0.2 2001:0DB8:0:0:0:0:0:1\",0,0\r\n+CGDCONT: 1,\"IP\",\"x\",\"\",0,0\r\nOK\r\n",
    b"%XSYSTEMMODE: 1,1,0,0\r\nOK\r\n",
    b"%XCONNSTAT: 2,3,45,60,708,650\r\nOK\r\n",
    b"+CPSMS: 1,,,\"10101111\",\"01101100\"\r\nOK\r\n",
    b"+CEDRXS: 4,\"1001\"\r\n+CEDRXS: 5,\"0011\"\r\nOK\r\n",
    b"%XPTW: 4,\"0011\"\r\nOK\r\n",
    b"+CSCA: \"+15550199\",145\r\nOK\r\n",
    b"+CGCONTRDP: 0,,\"apn\",\"\",\"\",\"10.0.0.53\",\"10.0.0.54\",,,,,1464\r\nOK\r\n",
];

/// EF(ODF), EF(DODF), file control parameters, EF(LwM2M_Bootstrap) and answers.
const CARD: [&[u8]; 7] = [
    b"\xA4\x06\x30\x04\x04\x02\x44\x01\xA7\x06\x30\x04\x04\x02\x64\x30\xFF\xFF",
    b"\xA1\x1E\x30\x0A\x0C\x08LWM2M BS\x30\x00\xA1\x0E\x30\x0C\x06\x04\x67\x2B\x09\x01\x30\x04\x04\x02\x64\x32",
    b"\x62\x16\x82\x02\x41\x21\x83\x02\x64\x30\x8A\x01\x05\x8B\x03\x6F\x06\x02\x80\x02\x00\x78\x88\x00",
    b"\0\x02\0\x15\0\0\0\0\x05\x08\0\x02\xC0\x01\0\x01\x01\x01\0\x05\x08\x01\x02\xC0\0\xFF\xFF",
    b"+CSIM: 6,\"019000\"\r\nOK\r\n",
    b"+CSIM: 4,\"6118\"\r\nOK\r\n",
    b"+CSIM: 34,\"6210820501410080020400A70630049130\"\r\nOK\r\n",
];

fn texts(
    name: &'static str,
    runs: u64,
    seed: u64,
    from: &[&[u8]],
    target: impl Fn(&[u8]),
) -> String {
    let mut random = Random::new(seed);
    run(name, runs, |_| {
        let mut bytes = random.choose(from).to_vec();
        for _ in 0..=random.below(6) {
            mutate(&mut random, &mut bytes);
        }
        target(&bytes);
        bytes
    })
}
