//! A client with a modem, an application and a server around it that all do what they should: what is wrong comes from
//! the mutated datagrams alone.

use std::collections::{BTreeMap, HashMap};

use carrier_core::coap::code;
use carrier_core::config::{DATAGRAM, SERVERS, UPLINK};
use carrier_core::objects::Objects;
use carrier_core::profile::Settings;
use carrier_core::record::{Basis, FirmwareRecord, LARGEST, decode_accounts};
use carrier_core::version::Version;
use carrier_core::{
    Carrier, Cause, Config, ErrorKind, Event, FirmwareStep, Input, Instant, Link, Live, Output,
    Piece, Query, RecordId,
};

use crate::check::{self, Decoded};
use crate::seeds;

/// The key of every account that comes from the configuration.
const PSK: &str = "000102030405060708090a0b0c0d0e0f";

/// Outputs that one call may lead to; more would be a loop.
const MOST_OUTPUTS: usize = 100;

/// Things a client may do before it is registered: one server may want to hear of it every half minute, while another
/// asked to be left alone for a day.
const PATIENCE: u32 = 20_000;

/// What a message of the client asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Bootstrap,
    Register,
    Other,
}

/// The client and its surroundings.
pub struct Device {
    carrier: Carrier,
    now: u64,
    secure: bool,
    /// The client speaks LwM2M 1.0.
    older: bool,
    /// The configured server is a bootstrap server.
    bootstraps: bool,
    is_open: [bool; SERVERS],
    record: Option<Vec<u8>>,
    restarts: u32,
    firmware_steps: usize,
    /// The last confirmable message of each link that awaits an answer, and what it is.
    asked: [Option<(Decoded, Asked)>; SERVERS],
    /// Datagrams the client sent by itself since the last call of [`Device::take_sent`].
    sent: Vec<Vec<u8>>,
    /// The client does nothing more until it is reset.
    gave_up: bool,
    server_id: u16,
    /// How many replies of each code there were.
    pub replies: BTreeMap<u8, u64>,
    /// Tokens by message id.
    tokens: HashMap<u16, Vec<Vec<u8>>>,
}

impl Device {
    /// A registered device, over DTLS or not, that speaks LwM2M 1.0 or 1.1.
    pub fn registered(secure: bool, older: bool) -> Device {
        let mut device = Device::new(secure, older, false);
        device.repair();
        device
    }

    /// A blank device that asks its bootstrap server for accounts, over DTLS or not, in LwM2M 1.0 or 1.1.
    pub fn blank(secure: bool, older: bool) -> Device {
        let mut device = Device::new(secure, older, true);
        device.await_bootstrap();
        device
    }

    fn new(secure: bool, older: bool, bootstraps: bool) -> Device {
        let mut device = Device {
            carrier: Carrier::new(),
            now: 1_000,
            secure,
            older,
            bootstraps,
            is_open: [false; SERVERS],
            record: None,
            restarts: 0,
            firmware_steps: 0,
            asked: [const { None }; SERVERS],
            sent: Vec::new(),
            gave_up: false,
            server_id: 0x8000,
            replies: BTreeMap::new(),
            tokens: HashMap::new(),
        };
        device.start();
        device
    }

    fn start(&mut self) {
        self.carrier = Carrier::new();
        self.is_open = [false; SERVERS];
        self.asked = [const { None }; SERVERS];
        self.restarts += 1;
        let config = Config {
            server_uri: Some(if self.secure {
                "coaps://server.example"
            } else {
                "coap://server.example"
            }),
            is_bootstrap_server: self.bootstraps,
            psk: Some(PSK),
            manufacturer: Some("Maker"),
            model_number: Some("Model"),
            ..Config::NONE
        };
        let imei = &mut self.carrier.identity_mut().imei;
        imei.push_str("352656100000001").expect("it fits");
        let settings: fn(u8) -> Settings = if self.older {
            |_| Settings {
                version: Some(Version::V1_0),
                ..Settings::NONE
            }
        } else {
            |_| Settings::NONE
        };
        self.carrier.start(&config, self.restarts, settings);
        self.carrier.set_power_sources(&[1, 5]).expect("valid");
        self.carrier.set_battery_level(42).expect("declared");
        self.carrier.set_app_data(&[0xA5; UPLINK]).expect("it fits");
        self.drain();
    }

    /// The power fails and comes back, and what is stored is this.
    pub fn restart_with(&mut self, record: Option<Vec<u8>>) {
        self.record = record;
        self.start();
    }

    /// What is stored.
    pub fn record(&self) -> Option<&[u8]> {
        self.record.as_deref()
    }

    /// Whether the client believes to be registered.
    pub fn is_registered(&self) -> bool {
        self.carrier.is_registered()
    }

    /// Whether datagrams reach the client on its first link.
    pub fn is_open(&self) -> bool {
        self.is_open[0]
    }

    /// Whether the client awaits what its bootstrap server has to say.
    pub fn awaits_bootstrap(&self) -> bool {
        matches!(self.asked[0], Some((_, Asked::Bootstrap)))
    }

    /// The client's last confirmable message that awaits an answer: code, id and token.
    pub fn awaited(&self) -> Option<(u8, u16, &[u8])> {
        let (asked, _) = self.asked.iter().flatten().next()?;
        Some((asked.code, asked.id, &asked.token))
    }

    /// What the client sent by itself since the last call.
    pub fn take_sent(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.sent)
    }

    /// Hands in a datagram on the first link and checks what comes back.
    pub fn datagram(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.datagram_on(0, bytes)
    }

    /// Hands in a datagram and checks what comes back.
    pub fn datagram_on(&mut self, link: usize, bytes: &[u8]) -> Option<Vec<u8>> {
        if !self.is_open[link] {
            return None;
        }
        self.sample();
        if let [first, _, high, low, rest @ ..] = bytes {
            let id = u16::from_be_bytes([*high, *low]);
            let token = rest.get(..usize::from(first & 15)).unwrap_or(&[]).to_vec();
            self.tokens.entry(id).or_default().push(token);
        }
        let mut buffer = [0; DATAGRAM];
        let now = Instant::from_millis(self.now);
        let link = Link(link as u8);
        for query in self.carrier.questions(bytes) {
            // True answers, and the request's bytes in place of one.
            let text = match (query, bytes.last()) {
                (_, Some(0..64)) => String::from_utf8_lossy(bytes),
                (Query::Contexts, _) => "+CGDCONT: 0,\"IP\",\"iot\",\"10.0.0.2\"\r\nOK\r\n".into(),
                (Query::NameServers, _) => {
                    "+CGCONTRDP: 0,,\"iot\",,,\"10.0.0.53\"\r\nOK\r\n".into()
                }
                (Query::Psm, _) => "+CPSMS: 1,,,\"00100001\",\"00000101\"\r\nOK\r\n".into(),
                (Query::Cycles, _) => "+CEDRXS: 4,\"1001\"\r\nOK\r\n".into(),
                (Query::Windows, _) => "%XPTW: 4,\"0011\"\r\nOK\r\n".into(),
                (Query::ServiceCentre, _) => "+CSCA: \"+15550199\",145\r\nOK\r\n".into(),
                (Query::Statistics, _) => "%XCONNSTAT: 2,3,45,60,708,650\r\nOK\r\n".into(),
                (Query::Modes, _) => "%XSYSTEMMODE: 1,1,0,0\r\nOK\r\n".into(),
                (Query::Network, _) => "%XMONITOR: 5,,,\"00101\",,7,,\"00012345\"\r\nOK\r\n".into(),
                _ => "+CESQ: 99,99,255,255,20,53\r\nOK\r\n".into(),
            };
            self.carrier.input(now, Input::Reply(*query, Some(&text)));
        }
        let length = if bytes.len() < DATAGRAM {
            self.carrier.datagram(now, link, bytes, &mut buffer)
        } else {
            let head = &bytes[..DATAGRAM];
            self.carrier.oversized(now, link, head, &mut buffer)
        };
        let answer = length.map(|length| {
            let answer = &buffer[..length];
            let id = u16::from_be_bytes([bytes[2], bytes[3]]);
            check::reply(bytes, answer, &self.tokens[&id]);
            *self.replies.entry(answer[1]).or_default() += 1;
            answer.to_vec()
        });
        self.drain();
        answer
    }

    /// Hands in an AT notification.
    pub fn notice(&mut self, line: &str) {
        self.carrier
            .input(Instant::from_millis(self.now), Input::Notification(line));
        self.drain();
    }

    /// The sockets die.
    pub fn lose_link(&mut self) {
        for link in 0..SERVERS {
            if std::mem::take(&mut self.is_open[link]) {
                self.asked[link] = None;
                let lost = Input::LinkLost(Link(link as u8));
                self.carrier.input(Instant::from_millis(self.now), lost);
                self.drain();
            }
        }
    }

    /// Lets time pass.
    pub fn wait(&mut self, millis: u64) {
        self.now += millis;
        self.sample();
        self.drain();
    }

    /// Whether time is about to end: no device runs for that long.
    pub fn is_old(&self) -> bool {
        self.now > 8 * 365 * 86_400_000
    }

    /// Lets time pass until the client has something to do.
    fn wait_for_client(&mut self) {
        let deadline = self.carrier.deadline().map_or(self.now, Instant::as_millis);
        self.wait(deadline.saturating_sub(self.now).clamp(1, 1 << 40));
    }

    /// The application sets a value.
    pub fn set_battery(&mut self, percent: u8) {
        self.carrier.set_battery_level(percent % 101).ok();
        self.drain();
    }

    /// Answers the client's outstanding messages as good servers would.
    pub fn answer(&mut self) {
        for link in 0..SERVERS {
            let Some((asked, kind)) = self.asked[link].take() else {
                continue;
            };
            let code = match (asked.code, kind) {
                (code::POST, Asked::Register) => code::CREATED,
                (code::DELETE, _) => code::DELETED,
                (code::POST, _) => code::CHANGED,
                _ => code::EMPTY,
            };
            let mut bytes = vec![0x60, code, (asked.id >> 8) as u8, asked.id as u8];
            if code != code::EMPTY {
                bytes[0] |= asked.token.len() as u8;
                bytes.extend_from_slice(&asked.token);
            }
            if kind == Asked::Register {
                // Location-Path rd/1a2b.
                bytes.extend_from_slice(&[0x82, b'r', b'd', 0x04, b'1', b'a', b'2', b'b']);
            }
            self.datagram_on(link, &bytes);
        }
    }

    /// Everything goes well until the client is registered again.
    pub fn repair(&mut self) {
        for _ in 0..PATIENCE {
            if self.is_registered() && self.is_open[0] {
                return;
            }
            if self.is_registered() {
                // A closed DTLS link opens for the next message.
                self.set_battery(1 + (self.now % 90) as u8);
            }
            let bootstraps = self.awaits_bootstrap();
            self.answer();
            if bootstraps {
                self.give_accounts();
            }
            self.notice("+CEREG: 1");
            if self.is_registered() && self.is_open[0] {
                return;
            }
            if std::mem::take(&mut self.gave_up) {
                self.start();
            }
            self.wait_for_client();
        }
        panic!("the client does not register any more");
    }

    /// Time passes until the client asks for a bootstrap, or uses the accounts it has.
    pub fn await_bootstrap(&mut self) {
        for _ in 0..PATIENCE {
            if self.awaits_bootstrap() || self.is_registered() {
                return;
            }
            self.answer();
            self.notice("+CEREG: 1");
            if std::mem::take(&mut self.gave_up) {
                self.start();
            }
            self.wait_for_client();
        }
        panic!("the client does not ask for a bootstrap any more");
    }

    /// A good bootstrap server gives an account.
    fn give_accounts(&mut self) {
        const PATHS: [&[&str]; 4] = [&[], &["0", "1"], &["1", "1"], &["bs"]];
        let payloads: [&[u8]; 4] = [
            b"",
            b"\xC8\x00\x15coap://server.example\xC1\x02\x03\xC1\x0A\x01",
            b"\xC1\x00\x01\xC2\x01\x0E\x10\xC1\x07U",
            b"",
        ];
        let methods = [code::DELETE, code::PUT, code::PUT, code::POST];
        for ((path, payload), method) in PATHS.iter().zip(payloads).zip(methods) {
            let id = self.new_id();
            let request = seeds::request_to(method, id, path, payload);
            self.datagram(&request);
        }
    }

    /// A message id that was not seen lately.
    fn new_id(&mut self) -> u16 {
        for _ in 0..=u16::MAX {
            self.server_id = self.server_id.wrapping_add(1);
            if !self.tokens.contains_key(&self.server_id) {
                return self.server_id;
            }
        }
        panic!("no message id is left");
    }

    /// The client still answers a Read of /3/0/9.
    pub fn check_alive(&mut self) {
        self.repair();
        let [high, low] = self.new_id().to_be_bytes();
        let read = [
            0x42,
            code::GET,
            high,
            low,
            0xAB,
            0xCD,
            0xB1,
            b'3',
            0x01,
            b'0',
            0x01,
            b'9',
        ];
        let mut answer = self.datagram(&read);
        if answer.is_none() {
            // The server's part of a package may have to wait for the modem.
            self.wait(2_000);
            // With a short lifetime the registration is over by then.
            self.repair();
            answer = self.datagram(&read);
        }
        let answer = answer.expect("a Read is answered");
        let answer = check::decode(&answer);
        // A bootstrap server may have left no right.
        if !(self.bootstraps && answer.code == code::UNAUTHORIZED) {
            assert_eq!(answer.code, code::CONTENT, "{:?}", answer.payload);
            assert!(answer.payload.iter().all(u8::is_ascii_digit));
        }
    }

    fn sample(&mut self) {
        self.carrier.live(&Live {
            utc_time: 1_655_296_496,
            utc_offset: 120,
            timezone: "Europe/Oslo",
            memory_free: 100,
        });
    }

    fn drain(&mut self) {
        let mut buffer = [0; DATAGRAM];
        for _ in 0..MOST_OUTPUTS {
            let now = Instant::from_millis(self.now);
            let Some(output) = self.carrier.poll(now, &mut buffer) else {
                return;
            };
            if output == Output::Reset {
                self.start();
                return;
            }
            self.carry_out(output, &buffer);
        }
        panic!("outputs without end");
    }

    fn carry_out(&mut self, output: Output, buffer: &[u8]) {
        let record = self.record.clone();
        let input = match output {
            Output::Send { link, length } => {
                let link = usize::from(link.0);
                assert!(self.is_open[link], "sent without a link");
                let bytes = &buffer[..length.into()];
                let message = check::decode(bytes);
                self.sent.push(bytes.to_vec());
                if self.sent.len() > 64 {
                    self.sent.remove(0);
                }
                if message.kind == 0 {
                    let has =
                        |wanted: &[u8]| bytes.windows(wanted.len()).any(|part| part == wanted);
                    let kind = match (has(b"ep="), has(b"\xB2bs")) {
                        (true, true) => Asked::Bootstrap,
                        (true, false) => Asked::Register,
                        _ => Asked::Other,
                    };
                    self.asked[link] = Some((message, kind));
                }
                return;
            }
            Output::Open(link) => {
                let open = &mut self.is_open[usize::from(link.0)];
                assert!(!*open, "opened twice");
                *open = true;
                assert!(self.carrier.remote(link).is_some(), "a link to nowhere");
                Input::LinkOpened(link)
            }
            Output::Close(link) => {
                self.is_open[usize::from(link.0)] = false;
                self.asked[usize::from(link.0)] = None;
                return;
            }
            Output::Event(Event::AppData) => {
                let mut data = [0; 2_048];
                self.carrier.take_app_data(&mut data);
                Input::EventAnswer(0)
            }
            Output::Event(event) => {
                let error = Event::Error {
                    kind: ErrorKind::Bootstrap,
                    cause: Cause::TimedOut,
                    code: 0,
                };
                self.gave_up |= event == error;
                Input::EventAnswer(0)
            }
            Output::Query(Query::Registration) => {
                Input::Reply(Query::Registration, Some("+CEREG: 4,1\r\nOK\r\n"))
            }
            Output::Query(Query::Functional) => {
                Input::Reply(Query::Functional, Some("+CFUN: 4\r\nOK\r\n"))
            }
            Output::Query(query) => Input::Reply(query, None),
            Output::WriteKeys => {
                self.check_keys();
                Input::KeysWritten(Ok(()))
            }
            Output::FindKeys => Input::KeysFound(true),
            Output::Load(RecordId::Accounts) => {
                Input::Loaded(RecordId::Accounts, record.as_deref())
            }
            Output::Load(id) => Input::Loaded(id, None),
            Output::ReadCard => Input::Card(None),
            Output::ActivatePdn => {
                let wanted = self.carrier.access_point();
                let plain = |text: &[u8]| {
                    text.iter()
                        .all(|byte| (b' '..=b'~').contains(byte) && *byte != b'"')
                };
                if let Some(wanted) = wanted {
                    assert!((1..64).contains(&wanted.name.len()) && plain(wanted.name));
                    assert!(plain(wanted.user) && plain(wanted.secret));
                }
                Input::Pdn(match wanted {
                    Some(wanted) if wanted.name.len() % 2 == 0 => Err(27),
                    _ => Ok(1),
                })
            }
            Output::Configure => {
                let mut command = [0; 128];
                let mut all = true;
                while all && self.carrier.command(&mut command) > 0 {
                    let length = command.iter().position(|byte| *byte == 0);
                    let text = command.get(..length.expect("a zero behind it"));
                    let text = text.expect("a command");
                    assert!(text.starts_with(b"AT"), "no command");
                    assert!(text.iter().all(|byte| (b' '..=b'~').contains(byte)));
                    assert!(text.iter().filter(|byte| **byte == b'"').count() % 2 == 0);
                    all = command.get(3) != Some(&b'S');
                }
                Input::Configured(all)
            }
            Output::SetClock => {
                let taken = self.carrier.clock_request().utc_time != Some(0);
                Input::ClockSet(taken)
            }
            Output::Save(id) => {
                let mut bytes = [0; LARGEST];
                let length = self.carrier.record(id, &mut bytes);
                assert!(length > 0, "nothing to store for {id:?}");
                let bytes = &bytes[..length];
                let readable = match id {
                    RecordId::Accounts => {
                        self.record = Some(bytes.to_vec());
                        decode_accounts(bytes, &mut Basis::default(), &mut Objects::new())
                    }
                    RecordId::Firmware => FirmwareRecord::decode(bytes).is_some(),
                    RecordId::AccessPoints | RecordId::Portfolio => true,
                };
                assert!(readable, "what was stored cannot be loaded");
                return;
            }
            Output::Erase(id) => {
                if id == RecordId::Accounts {
                    self.record = None;
                }
                return;
            }
            Output::Firmware(step) => {
                self.check_part(step);
                // Sometimes the modem does not like what it gets.
                self.firmware_steps += 1;
                Input::Firmware([0, 0, 17, 0, 3][self.firmware_steps % 5])
            }
            Output::Reset => return,
        };
        self.carrier.input(Instant::from_millis(self.now), input);
    }

    /// A part of a package is whole, and belongs where it is written.
    fn check_part(&self, step: FirmwareStep) {
        let mut room = [0; DATAGRAM];
        let length = self.carrier.firmware_part(&mut room);
        if step == FirmwareStep::Write {
            let Piece { first, size, .. } = self.carrier.firmware_piece().expect("a piece");
            assert!(length as u32 <= size, "more than the package has");
            assert!(!first || length > 0, "a package that begins with nothing");
        }
    }

    /// Keys are whole and each has a tag of its own, one of the library's.
    fn check_keys(&self) {
        let mut tags = Vec::new();
        while let Some(key) = self.carrier.credential(tags.len()) {
            assert!((25..=28).contains(&key.tag), "a tag of somebody else");
            assert!(!tags.contains(&key.tag), "a tag for two keys");
            assert!(!key.identity.is_empty() && !key.psk.is_empty());
            tags.push(key.tag);
        }
    }
}
