//! A registered client in a product: all values set, everything outside answered as a device would.

use carrier_core::coap::code;
use carrier_core::coap::message::{Kind, Message, Token, Writer};
use carrier_core::coap::option::number;
use carrier_core::config::DATAGRAM;
use carrier_core::profile::{Profile, Settings};
use carrier_core::{Carrier, Config, Duration, Event, Input, Instant, Link, Live, Output, Query};

/// The only link.
pub const LINK: Link = Link(0);

/// A client and the time it lives in.
pub struct Product {
    /// The client.
    pub carrier: Carrier,
    /// The present.
    pub now: Instant,
    /// Every datagram sent so far.
    pub sent: Vec<Vec<u8>>,
    next_id: u16,
}

impl Product {
    /// Starts a client with this server and registers it at the location `rd/1a2b`.
    pub fn registered(uri: &'static str, profile: &'static Profile) -> Product {
        let mut product = Product {
            carrier: Carrier::new(),
            now: Instant::from_millis(1_000),
            sent: Vec::new(),
            next_id: 0x4000,
        };
        let config = Config {
            server_uri: Some(uri),
            server_lifetime: 86_400,
            psk: Some("000102030405060708090a0b0c0d0e0f"),
            manufacturer: Some("Open Mobile Alliance"),
            model_number: Some("Lightweight M2M Client"),
            device_type: Some("Smart Device"),
            hardware_version: Some("1.2.3"),
            software_version: Some("4.5.6"),
            ..Config::NONE
        };
        let identity = product.carrier.identity_mut();
        let text = "every text is short enough for its field";
        identity.imei.push_str("352656100000001").expect(text);
        identity.firmware.push_str("mfw_nrf9160_1.3.2").expect(text);
        let carrier = &mut product.carrier;
        carrier.start_with(&config, 1, |_| Settings::NONE, profile);
        product.settle();
        let carrier = &mut product.carrier;
        let known = "the source was declared";
        carrier.set_power_sources(&[1, 5]).expect(known);
        carrier.set_power_source_voltage(1, 3_800).expect(known);
        carrier.set_power_source_voltage(5, 5_000).expect(known);
        carrier.set_power_source_current(1, 125).expect(known);
        carrier.set_power_source_current(5, 900).expect(known);
        carrier.set_battery_level(42).expect(known);
        carrier.set_battery_status(1).expect(known);
        carrier.set_memory_total(1_024).expect("in range");
        carrier.add_error_code(1).expect("in range");
        carrier.live(&Live {
            utc_time: 1_655_296_496,
            utc_offset: 120,
            timezone: "Europe/Oslo",
            memory_free: 512,
        });
        product.settle();
        assert!(product.carrier.is_registered());
        product
    }

    /// Carries out all outputs; every request of the client is answered with success.
    pub fn settle(&mut self) {
        self.settle_by(Carrier::poll);
    }

    /// The same, polled by another function.
    pub fn settle_by(&mut self, poll: fn(&mut Carrier, Instant, &mut [u8]) -> Option<Output>) {
        let mut buffer = [0; DATAGRAM];
        while let Some(output) = poll(&mut self.carrier, self.now, &mut buffer) {
            let input = match output {
                Output::Send { length, .. } => {
                    let bytes = &buffer[..length.into()];
                    self.sent.push(bytes.to_vec());
                    self.answer(bytes);
                    continue;
                }
                Output::Open(link) => Input::LinkOpened(link),
                Output::Event(Event::Error { kind, cause, .. }) => panic!("{kind:?} {cause:?}"),
                Output::Event(_) => Input::EventAnswer(0),
                Output::Query(Query::Registration) => {
                    Input::Reply(Query::Registration, Some("+CEREG: 4,1\r\nOK\r\n"))
                }
                Output::Query(Query::Functional) => {
                    Input::Reply(Query::Functional, Some("+CFUN: 4\r\nOK\r\n"))
                }
                Output::Query(query) => Input::Reply(query, None),
                Output::Load(id) => Input::Loaded(id, None),
                Output::ReadCard => Input::Card(None),
                Output::FindKeys => Input::KeysFound(true),
                Output::ActivatePdn => Input::Pdn(Ok(1)),
                Output::WriteKeys => Input::KeysWritten(Ok(())),
                Output::SetClock => Input::ClockSet(true),
                Output::Configure => Input::Configured(true),
                Output::Firmware(_) => Input::Firmware(0),
                Output::Save(_) | Output::Erase(_) | Output::Close(_) | Output::Reset => continue,
            };
            self.carrier.input(self.now, input);
        }
    }

    /// Lets time pass.
    pub fn wait(&mut self, span: Duration) {
        self.now = self.now.plus(span);
        self.settle();
    }

    /// Hands in a request and gives the reply.
    pub fn exchange(&mut self, request: &[u8]) -> Vec<u8> {
        let mut reply = [0; DATAGRAM];
        let length = self.carrier.datagram(self.now, LINK, request, &mut reply);
        let reply = reply[..length.unwrap_or(0)].to_vec();
        self.settle();
        reply
    }

    /// A confirmable request with a four-byte token and a new message id.
    pub fn request(&mut self, method: u8, path: &[&str], options: impl Fn(&mut Writer)) -> Vec<u8> {
        self.next_id = self.next_id.wrapping_add(1);
        let mut buffer = [0; 64];
        let token = Token::new(&[0xA1, 0xB2, 0xC3, 0xD4]);
        let mut writer = Writer::new(&mut buffer, Kind::Confirmable, method, self.next_id, &token);
        for segment in path {
            writer.option(number::URI_PATH, segment.as_bytes());
        }
        options(&mut writer);
        let length = writer.finish().expect("the request fits");
        buffer[..length].to_vec()
    }

    fn answer(&mut self, datagram: &[u8]) {
        let message = Message::parse(datagram).expect("the client sends whole messages");
        if message.kind != Kind::Confirmable {
            return;
        }
        let is_register = message.code == code::POST && message.option(number::URI_QUERY).is_some();
        let code = match message.code {
            code::POST if is_register => code::CREATED,
            code::DELETE => code::DELETED,
            _ => code::CHANGED,
        };
        let mut buffer = [0; 64];
        let mut writer = Writer::new(
            &mut buffer,
            Kind::Acknowledgement,
            code,
            message.id,
            &message.token,
        );
        if is_register {
            writer.option(number::LOCATION_PATH, b"rd");
            writer.option(number::LOCATION_PATH, b"1a2b");
        }
        let length = writer.finish().expect("the answer fits");
        let nothing = self
            .carrier
            .datagram(self.now, LINK, &buffer[..length], &mut [0; 64]);
        assert_eq!(nothing, None);
    }
}
