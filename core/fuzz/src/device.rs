//! A client with a modem, an application and a server around it that all do what they should: what is wrong comes from
//! the mutated datagrams alone.

use std::collections::{BTreeMap, HashMap};

use carrier_core::coap::code;
use carrier_core::config::{DATAGRAM, UPLINK};
use carrier_core::record::LARGEST;
use carrier_core::{
    Carrier, Config, Event, Identity, Input, Instant, Link, Live, Output, Query, RecordId,
};

use crate::check::{self, Decoded};

const LINK: Link = Link(0);

/// Outputs that one call may lead to; more would be a loop.
const MOST_OUTPUTS: usize = 100;

/// The client and its surroundings.
pub struct Device {
    carrier: Carrier,
    now: u64,
    secure: bool,
    is_open: bool,
    records: [Vec<u8>; 2],
    restarts: u32,
    asked: Option<(Decoded, bool)>,
    /// Datagrams the client sent by itself since the last call of [`Device::take_sent`].
    sent: Vec<Vec<u8>>,
    server_id: u16,
    /// How many replies of each code there were.
    pub replies: BTreeMap<u8, u64>,
    /// Tokens by message id.
    tokens: HashMap<u16, Vec<Vec<u8>>>,
}

impl Device {
    /// A registered device, over DTLS or not, with two observations.
    pub fn registered(secure: bool) -> Device {
        let mut device = Device {
            carrier: Carrier::new(),
            now: 1_000,
            secure,
            is_open: false,
            records: [Vec::new(), Vec::new()],
            restarts: 0,
            asked: None,
            sent: Vec::new(),
            server_id: 0x8000,
            replies: BTreeMap::new(),
            tokens: HashMap::new(),
        };
        device.start();
        device.repair();
        device
    }

    fn start(&mut self) {
        self.carrier = Carrier::new();
        self.is_open = false;
        self.asked = None;
        self.restarts += 1;
        for (id, bytes) in RecordId::ALL.into_iter().zip(&self.records) {
            if !bytes.is_empty() {
                self.carrier.restore(id, bytes);
            }
        }
        let config = Config {
            server_uri: Some(if self.secure {
                "coaps://server.example"
            } else {
                "coap://server.example"
            }),
            psk: Some("000102030405060708090a0b0c0d0e0f"),
            manufacturer: Some("Maker"),
            model_number: Some("Model"),
            ..Config::NONE
        };
        let mut identity = Identity::empty();
        identity.imei.push_str("352656100000001").expect("it fits");
        self.carrier.start(
            Instant::from_millis(self.now),
            &config,
            identity,
            self.restarts,
        );
        self.carrier.set_power_sources(&[1, 5]).expect("valid");
        self.carrier.set_battery_level(42).expect("declared");
        self.carrier.set_app_data(&[0xA5; UPLINK]).expect("it fits");
        self.drain();
    }

    /// Whether the client believes to be registered.
    pub fn is_registered(&self) -> bool {
        self.carrier.is_registered()
    }

    /// Whether datagrams reach the client.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// The client's last confirmable message that awaits an answer: code, id and token.
    pub fn awaited(&self) -> Option<(u8, u16, &[u8])> {
        let (asked, _) = self.asked.as_ref()?;
        Some((asked.code, asked.id, &asked.token))
    }

    /// What the client sent by itself since the last call.
    pub fn take_sent(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.sent)
    }

    /// Hands in a datagram and checks what comes back.
    pub fn datagram(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        if !self.is_open {
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
        let length = self.carrier.datagram(now, LINK, bytes, &mut buffer);
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

    /// The socket dies.
    pub fn lose_link(&mut self) {
        if std::mem::take(&mut self.is_open) {
            self.asked = None;
            self.carrier
                .input(Instant::from_millis(self.now), Input::LinkLost(LINK));
            self.drain();
        }
    }

    /// Lets time pass.
    pub fn wait(&mut self, millis: u64) {
        self.now += millis;
        self.sample();
        self.drain();
    }

    /// The application sets a value.
    pub fn set_battery(&mut self, percent: u8) {
        self.carrier.set_battery_level(percent % 101).ok();
        self.drain();
    }

    /// Answers the client's outstanding message as a good server would.
    pub fn answer(&mut self) {
        let Some((asked, is_register)) = self.asked.take() else {
            return;
        };
        let code = match asked.code {
            code::POST if is_register => code::CREATED,
            code::DELETE => code::DELETED,
            code::POST => code::CHANGED,
            _ => code::EMPTY,
        };
        let mut bytes = vec![0x60, code, (asked.id >> 8) as u8, asked.id as u8];
        if code != code::EMPTY {
            bytes[0] |= asked.token.len() as u8;
            bytes.extend_from_slice(&asked.token);
        }
        if is_register {
            // Location-Path rd/1a2b.
            bytes.extend_from_slice(&[0x82, b'r', b'd', 0x04, b'1', b'a', b'2', b'b']);
        }
        self.datagram(&bytes);
    }

    /// Everything goes well until the client is registered again.
    pub fn repair(&mut self) {
        for _ in 0..200 {
            if self.is_registered() && self.is_open {
                return;
            }
            if self.is_registered() {
                // A closed DTLS link opens for the next message.
                self.set_battery(1 + (self.now % 90) as u8);
            }
            self.answer();
            self.notice("+CEREG: 1");
            if self.is_registered() && self.is_open {
                return;
            }
            let deadline = self.carrier.deadline().map_or(self.now, Instant::as_millis);
            self.wait(deadline.saturating_sub(self.now).clamp(1, 1 << 40));
        }
        panic!("the client does not register any more");
    }

    /// The client still answers a Read of /3/0/9.
    pub fn check_alive(&mut self) {
        for _ in 0..20 {
            self.repair();
            self.server_id = self.server_id.wrapping_add(1);
            // A message id seen lately belongs to another request, whose reply comes again: not a fair question.
            if self.tokens.contains_key(&self.server_id) {
                continue;
            }
            let [high, low] = self.server_id.to_be_bytes();
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
            let answer = self.datagram(&read).expect("a Read is answered");
            let answer = check::decode(&answer);
            assert_eq!(answer.code, code::CONTENT, "{:?}", answer.payload);
            assert!(answer.payload.iter().all(u8::is_ascii_digit));
            return;
        }
        panic!("no message id is left");
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
        let input = match output {
            Output::Send { length, .. } => {
                assert!(self.is_open, "sent without a link");
                let bytes = &buffer[..length];
                let message = check::decode(bytes);
                self.sent.push(bytes.to_vec());
                if self.sent.len() > 64 {
                    self.sent.remove(0);
                }
                if message.kind == 0 {
                    let is_register = bytes.windows(3).any(|part| part == b"ep=");
                    self.asked = Some((message, is_register));
                }
                return;
            }
            Output::Open(link) => {
                assert!(!self.is_open, "opened twice");
                self.is_open = true;
                Input::LinkOpened(link)
            }
            Output::Close(_) => {
                self.is_open = false;
                self.asked = None;
                return;
            }
            Output::Event(Event::AppData) => {
                let mut data = [0; 2_048];
                self.carrier.take_app_data(&mut data);
                Input::EventAnswer(0)
            }
            Output::Event(_) => Input::EventAnswer(0),
            Output::Query(Query::Registration) => {
                Input::Reply(Query::Registration, Some("+CEREG: 4,1\r\nOK\r\n"))
            }
            Output::Query(Query::Functional) => {
                Input::Reply(Query::Functional, Some("+CFUN: 4\r\nOK\r\n"))
            }
            Output::Query(query) => Input::Reply(query, None),
            Output::WriteKeys => Input::KeysWritten(Ok(())),
            Output::SetClock => {
                let taken = self.carrier.clock_request().utc_time != Some(0);
                Input::ClockSet(taken)
            }
            Output::Save(id) => {
                let mut bytes = [0; LARGEST];
                let length = self.carrier.record(id, &mut bytes);
                assert!(length > 0, "nothing to store for {id:?}");
                self.records[id as usize] = bytes[..length].to_vec();
                return;
            }
            Output::Erase(id) => {
                self.records[id as usize].clear();
                return;
            }
            Output::Reset => return,
        };
        self.carrier.input(Instant::from_millis(self.now), input);
    }
}
