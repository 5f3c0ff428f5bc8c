//! What the shell does with the client: hands in datagrams, carries out outputs one after the other. Power may fail at any
//! of them.

use std::ffi::CStr;

use carrier_core::config::DATAGRAM;
use carrier_core::record::LARGEST;
use carrier_core::{
    Event, FirmwareStep, Input, Instant, KeyError, Link, LinkError, Live, Output, RecordId,
};

use super::coap::{BLOCK1, Message, POST, URI_QUERY};
use super::network::Way;
use super::{BOOTSTRAP, Cut, HOSTS, HOUR, World};

impl World {
    /// Hands the client a datagram, sends its reply, and drains. What a server was told to be written is stored before it
    /// hears so.
    pub(super) fn deliver_to(&mut self, link: usize, bytes: &[u8]) {
        self.sample();
        // 2.01, or 2.04 of a management server.
        let from = self.routes.get(&self.links[link].number);
        let code = bytes.get(1);
        if code == Some(&0x41) || code == Some(&0x44) && from != Some(&Some(BOOTSTRAP)) {
            self.accesses[link].clear();
        }
        let mut reply = [0; DATAGRAM];
        let now = Instant::from_millis(self.now);
        for query in self.carrier.questions(bytes) {
            let answer = self.modem.answer(*query);
            self.carrier
                .input(now, Input::Reply(*query, answer.as_deref()));
        }
        let length = if bytes.len() < DATAGRAM {
            self.carrier
                .datagram(now, Link(link as u8), bytes, &mut reply)
        } else {
            let head = &bytes[..DATAGRAM];
            self.carrier
                .oversized(now, Link(link as u8), head, &mut reply)
        };
        if let Some(length) = length {
            let life = self.seed;
            while let Some(id) = self.carrier.take_unsaved() {
                self.carry_out(Output::Save(id), &[]);
            }
            if life == self.seed && !self.off {
                self.send(Link(link as u8), &reply[..length]);
            }
        }
        self.drain();
    }

    pub(super) fn sample(&mut self) {
        let application = &self.application;
        self.carrier.live(&Live {
            utc_time: application.utc_time,
            utc_offset: application.utc_offset,
            timezone: &application.timezone,
            memory_free: application.memory_free,
        });
    }

    pub(super) fn drain(&mut self) {
        let mut buffer = [0; DATAGRAM];
        let mut outputs = 0;
        while !self.off {
            let now = Instant::from_millis(self.now);
            let Some(output) = self.carrier.poll(now, &mut buffer) else {
                return;
            };
            outputs += 1;
            assert!(outputs < 200, "outputs without end: {output:?} at {now:?}");
            self.carry_out(output, &buffer);
        }
    }

    /// Carries out an output, if the power lasts.
    fn carry_out(&mut self, output: Output, buffer: &[u8]) {
        if let Output::Query(query) = output {
            let answer = self.modem.answer(query);
            let now = Instant::from_millis(self.now);
            let answer = answer.as_deref();
            return self.carrier.input(now, Input::Reply(query, answer));
        }
        self.outputs += 1;
        let cut = self.cut.filter(|(at, _)| *at == self.outputs);
        match cut {
            None => self.effect(output, buffer),
            Some((_, Cut::Before)) => self.power_cut(),
            Some((_, Cut::Within)) => {
                if output == Output::WriteKeys {
                    self.write_half_a_key();
                }
                self.power_cut();
            }
            Some((_, Cut::After)) => {
                let life = self.seed;
                self.effect(output, buffer);
                if life == self.seed {
                    self.power_cut();
                }
            }
        }
    }

    fn effect(&mut self, output: Output, buffer: &[u8]) {
        let now = Instant::from_millis(self.now);
        match output {
            Output::Send { link, length } => self.send(link, &buffer[..length.into()]),
            Output::Open(link) => {
                let socket = &mut self.links[usize::from(link.0)];
                assert!(
                    !socket.is_open && socket.opening.is_none(),
                    "{link:?} opened twice: {:?}",
                    self.application.events
                );
                socket.opening = Some(self.now + self.opening_time);
                self.finish_openings();
            }
            Output::Close(link) => {
                let socket = &mut self.links[usize::from(link.0)];
                socket.opening = None;
                if std::mem::take(&mut socket.is_open) {
                    self.closed.push(self.now);
                }
            }
            Output::Event(event) => {
                let answer = self.tell(event);
                self.carrier.input(now, Input::EventAnswer(answer));
            }
            Output::Query(_) => {}
            Output::FindKeys => {
                let holds = |tag| {
                    let key = self.modem.keys.get(&tag);
                    key.is_some_and(|(identity, psk)| !identity.is_empty() && !psk.is_empty())
                };
                let all = (25..=28).all(|tag| !self.carrier.uses_tag(tag) || holds(tag));
                self.carrier.input(now, Input::KeysFound(all));
            }
            Output::Load(id) => {
                let bytes = self.storage.get(&id.storage_id()).cloned();
                self.carrier.input(now, Input::Loaded(id, bytes.as_deref()));
            }
            Output::ActivatePdn => {
                let answer = self.modem.activate(self.carrier.access_point());
                self.carrier.input(now, Input::Pdn(answer));
            }
            Output::ReadCard => {
                let data = self.sim.card.clone();
                self.carrier.input(now, Input::Card(data.as_deref()));
            }
            Output::WriteKeys => {
                let written = self.write_keys();
                self.carrier.input(now, Input::KeysWritten(written));
            }
            Output::Save(id) => self.save(id),
            Output::Erase(id) => {
                self.storage.remove(&id.storage_id());
            }
            Output::SetClock => {
                let taken = self.set_clock();
                self.sample();
                self.carrier.input(now, Input::ClockSet(taken));
            }
            Output::Configure => {
                let mut command = [0; DATAGRAM];
                let mut all = true;
                while all && self.carrier.command(&mut command) > 0 {
                    let text = CStr::from_bytes_until_nul(&command).expect("a zero behind it");
                    all = self.modem.take(text.to_str().expect("text"));
                }
                self.carrier.input(now, Input::Configured(all));
            }
            Output::Firmware(step) => {
                let result = self.firmware(step);
                self.carrier.input(now, Input::Firmware(result));
            }
            Output::Reset => {
                self.resets += 1;
                self.switch_off();
                if self.restarts {
                    self.start();
                }
            }
        }
    }

    fn firmware(&mut self, step: FirmwareStep) -> i32 {
        let mut part = [0; DATAGRAM];
        let length = self.carrier.firmware_part(&mut part);
        let piece = self.carrier.firmware_piece();
        let now = self.now;
        self.modem.package.step(now, step, piece, &part[..length])
    }

    fn save(&mut self, id: RecordId) {
        let mut bytes = [0; LARGEST];
        let length = self.carrier.record(id, &mut bytes);
        assert!(length > 0, "nothing to store for {id:?}");
        self.saved += 1;
        if !self.storage_fails {
            self.storage
                .insert(id.storage_id(), bytes[..length].to_vec());
        }
    }

    /// Links whose time has come are open, or not.
    pub(super) fn finish_openings(&mut self) {
        for index in 0..self.links.len() {
            let due = self.links[index].opening.is_some_and(|at| at <= self.now);
            if !due || self.off {
                continue;
            }
            self.links[index].opening = None;
            let link = Link(index as u8);
            let usual = self.destination(link);
            let outcome = match self.openings.pop_front() {
                Some(outcome) => outcome.and(usual),
                None => usual,
            };
            let input = match outcome {
                Ok(server) => {
                    self.sockets += 1;
                    self.routes.insert(self.sockets, server);
                    self.links[index].is_open = true;
                    self.links[index].number = self.sockets;
                    self.opened.push(self.now);
                    Input::LinkOpened(link)
                }
                Err(error) => {
                    self.access(link);
                    Input::LinkFailed(link, error)
                }
            };
            let now = Instant::from_millis(self.now);
            self.carrier.input(now, input);
        }
    }

    /// The server a link leads to, as far as it can be reached.
    fn destination(&self, link: Link) -> Result<Option<usize>, LinkError> {
        if !self.modem.registered || self.network.is_down || !self.modem.has_route() {
            return Err(LinkError::NoRoute);
        }
        let remote = self.carrier.remote(link).expect("where to connect to");
        let host = std::str::from_utf8(remote.host).expect("text");
        let other = HOSTS.iter().position(|own| *own == host);
        if other.is_none() && host != "server.example" {
            return Err(LinkError::NoRoute);
        }
        let server = other.map_or(&self.server, |other| &self.others[other]);
        match remote.security_tag {
            Some(_) if server.is_dead => Err(LinkError::Handshake),
            Some(tag) => match self.modem.keys.get(&tag) {
                Some(key) if *key == server.key || *key == server.next_key => Ok(other),
                _ => Err(LinkError::Handshake),
            },
            None => Ok(other),
        }
    }

    /// A link was used: after its first sequence in vain, no more than four times an hour.
    fn access(&mut self, link: Link) {
        let list = &mut self.accesses[usize::from(link.0)];
        list.push(self.now);
        if let Some([first, .., last]) = list
            .get(self.first_sequence..)
            .and_then(|later| later.windows(5).next_back())
        {
            assert!(last - first >= HOUR, "too often on {link:?}: {list:?}");
        }
    }

    fn tell(&mut self, event: Event) -> i32 {
        self.application.events.push((self.now, event));
        match event {
            Event::LinkUp => {
                if self.application.link_up_answer == 0 {
                    self.modem.link_up(self.now);
                }
                self.application.link_up_answer
            }
            Event::LinkDown => {
                if self.application.link_down_answer == 0 {
                    self.modem.link_down();
                }
                self.application.link_down_answer
            }
            Event::Reboot => self.application.reboot_answer,
            Event::AppData => {
                let mut data = [0; 2_048];
                let length = self.carrier.take_app_data(&mut data);
                self.application.data.push(data[..length].to_vec());
                0
            }
            _ => 0,
        }
    }

    fn write_keys(&mut self) -> Result<(), KeyError> {
        if self.modem.functional == 1 {
            return Err(KeyError::LinkIsUp);
        }
        if let Some(error) = self.key_errors.pop_front() {
            return Err(KeyError::Other(error));
        }
        let mut index = 0;
        while let Some(keys) = self.carrier.credential(index) {
            assert!((25..=28).contains(&keys.tag), "a tag of somebody else");
            assert!(!keys.identity.is_empty() && !keys.psk.is_empty());
            self.modem
                .keys
                .insert(keys.tag, (keys.identity.to_vec(), keys.psk.to_vec()));
            index += 1;
        }
        assert!(index > 0, "no key to store");
        let carrier = &self.carrier;
        self.modem.keys.retain(|tag, _| carrier.uses_tag(*tag));
        Ok(())
    }

    /// The first key is stored without its identity.
    fn write_half_a_key(&mut self) {
        if let Some(keys) = self.carrier.credential(0) {
            self.modem.keys.entry(keys.tag).or_default().1 = keys.psk.to_vec();
        }
    }

    fn set_clock(&mut self) -> bool {
        if !self.application.takes_clock {
            return false;
        }
        let request = self.carrier.clock_request();
        let application = &mut self.application;
        application.utc_time = request.utc_time.unwrap_or(application.utc_time);
        application.utc_offset = request.utc_offset.unwrap_or(application.utc_offset);
        if let Some(zone) = request.timezone {
            application.timezone = String::from_utf8(zone.to_vec()).expect("it is text");
        }
        true
    }

    fn send(&mut self, link: Link, bytes: &[u8]) {
        let socket = self.links[usize::from(link.0)];
        assert!(socket.is_open, "sent without a link");
        // A new Register or Bootstrap-Request; its repetitions are the same bytes.
        let message = Message::decode(bytes);
        let first = message.block(BLOCK1).is_none_or(|block| block.number == 0);
        let named = message
            .texts_of(URI_QUERY)
            .any(|item| item.starts_with(b"ep="));
        if message.code == POST && first && named && self.last_own != bytes {
            self.last_own = bytes.to_vec();
            self.access(link);
        }
        self.network
            .send(self.now, Way::ToServer, socket.number, bytes);
    }
}
