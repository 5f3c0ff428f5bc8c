//! Requests of servers: from the datagram to the reply, and what they make the client do afterwards.

use super::Carrier;
use crate::boundary::{Event, Link, Output};
use crate::coap::code;
use crate::coap::message::Message;
use crate::coap::option::number;
use crate::lwm2m::dispatch::{self, Handled};
use crate::lwm2m::object::Object;
use crate::lwm2m::path::Path;
use crate::objects::app_data::AppData;
use crate::objects::cellular::Cellular;
use crate::objects::server::ServerInstance;
use crate::objects::statistics::Statistics;
use crate::objects::{Changed, access, device, server, statistics};
use crate::time::{Duration, Instant};

impl Carrier {
    pub(super) fn request(
        &mut self,
        now: Instant,
        link: Link,
        message: &Message<'_>,
        reply: &mut [u8],
    ) -> Option<usize> {
        let bootstrap = self.bootstraps();
        let version = self.scene.version();
        // The part of a package that waits for the modem lies where other payloads are collected.
        let holds_firmware = self.holds_firmware();
        let session = self.sessions.get_mut(usize::from(link.0))?;
        // Requests of anybody but the server whose turn it is, or at the wrong time, are ignored.
        let serves = if bootstrap {
            session.takes_accounts()
        } else {
            session.serves() && !session.is_parked()
        };
        if !serves || holds_firmware && message.code != code::GET {
            return None;
        }
        let Some(address) = &session.address_of_reply(message) else {
            return None;
        };
        self.scene.objects.provision(bootstrap);
        let mut scene = dispatch::Scene {
            directory: &mut self.scene.objects,
            observations: &mut self.scene.observations,
            attributes: &mut self.scene.attributes,
            assembly: &mut self.assembly,
            server: link.0,
            bootstrap,
            version: session.version_of(version),
        };
        let handled = dispatch::dispatch(&mut scene, now, message, address, reply);
        let finish = bootstrap && handled == Handled::Finish;
        let finished = finish && self.scene.objects.accounts_are_consistent();
        self.scene.objects.provision(false);
        let (length, brief) = match handled {
            Handled::Replied(length, brief) => (length, brief),
            Handled::Finish => dispatch::finished(reply, address, finished),
            Handled::Parked => {
                session.park(now, message, address);
                if !self.firmware_arrived() {
                    self.ask_outside();
                }
                return None;
            }
        };
        // Reads may be repeated freely; everything else must not happen twice.
        let acted = message.code != code::GET;
        if acted {
            self.scene.observations.reconsider();
            session.exchanges.keep(now, message.id, brief);
        }
        if bootstrap {
            session.provisioned(now, finished);
            self.provisioned(finish, finished);
        } else if acted {
            self.grant_wishes(now, link);
        }
        Some(length)
    }

    /// Asks application or modem about values that were written, if any wait for that.
    pub(super) fn ask_outside(&mut self) {
        if self.scene.objects.device.awaits_outside() {
            self.put(Output::SetClock);
        }
        let cellular = self.scene.objects.cellular.first();
        if cellular.is_some_and(|own| own.awaits_outside()) {
            self.put(Output::Configure);
        }
    }

    /// A message that came by SMS: the registration update trigger of a server's instance (OMA LwM2M TS 1.0 8.2.5 and 8.4). Anybody can
    /// send one, so that nothing else is obeyed.
    pub(super) fn sms(&mut self, bytes: &[u8]) {
        let Ok(message) = Message::parse(bytes) else {
            return;
        };
        let path = target(&message);
        let [server::ID, id, server::TRIGGER] = *path.ids() else {
            return;
        };
        if message.code != code::POST {
            return;
        }
        let servers = self.scene.objects.server.all();
        for (server, session) in servers.zip(&mut self.sessions) {
            if server.id() == id && session.is_registered() {
                session.want_update(Changed::NOTHING);
            }
        }
    }

    /// What the request just answered asked for.
    pub(super) fn grant_wishes(&mut self, now: Instant, link: Link) {
        let server = &mut self.scene.objects.server;
        let (changed, executed) = server.take_wishes();
        if let Some(session) = self.sessions.get_mut(usize::from(link.0)) {
            if changed != Changed::NOTHING || executed == server::TRIGGER {
                session.want_update(changed);
            }
            if executed == server::DISABLE {
                let server = server.of_session(link.0);
                let seconds = server.map_or(0, ServerInstance::disable_seconds);
                session.leave(now, now.plus(Duration::from_secs(seconds)));
            }
        }
        if executed == server::REQUEST_BOOTSTRAP {
            self.bootstrap_again(now);
        }
        match self.scene.objects.device.take_executed() {
            device::REBOOT => self.put(Output::Event(Event::Reboot)),
            device::FACTORY_RESET => self.factory_reset(now),
            _ => {}
        }
        let statistics = self.scene.objects.statistics.first_mut();
        match statistics.map_or(0, Statistics::take_executed) {
            statistics::START => self.count(now, true),
            statistics::STOP => self.count(now, false),
            _ => {}
        }
        let cellular = self.scene.objects.cellular.first_mut();
        if let Some(minutes) = cellular.and_then(Cellular::take_radio_off) {
            self.radio_off(now, minutes);
        }
        let app_data = self.scene.objects.app_data.first_mut();
        if app_data.is_some_and(AppData::take_arrived) {
            self.put(Output::Event(Event::AppData));
        }
        if let Some(firmware) = self.scene.objects.firmware.first_mut() {
            let order = firmware.take_order();
            self.firmware_ordered(order);
        }
        self.note_object_list();
        if self.scene.objects.access_changed() {
            self.unsaved = true;
            self.scene.observations.changed(&Path::object(access::ID));
            self.scene
                .observations
                .forget_unreadable(&self.scene.objects);
        }
        let statistics = self.scene.objects.statistics.first_mut();
        let period_changed = statistics.is_some_and(Statistics::take_period_changed);
        if self.scene.objects.server.take_settings_changed() | period_changed {
            self.unsaved = true;
        }
    }

    /// Replies to a parked request, the outside having answered; whether there is something to do now. The reply comes first: what the
    /// request asked for besides may need the buffer it is in.
    pub(super) fn parked_reply(&mut self, now: Instant, buffer: &mut [u8]) -> bool {
        let code = core::mem::take(&mut self.answer);
        for (index, session) in (0..).zip(&mut self.sessions) {
            if let Some(length) = session.unpark(now, code, buffer) {
                let link = Link(index);
                // The link may have been given up meanwhile.
                if session.is_open() {
                    let length = length as u16;
                    self.scene.outputs.put(Output::Send { link, length });
                }
                self.grant_wishes(now, link);
                return !self.scene.outputs.is_empty();
            }
        }
        false
    }

    pub(super) fn clock_set(&mut self, taken: bool) {
        self.scene.objects.device.clock_answered();
        if taken {
            self.scene.observations.changed(&device::INSTANCE);
        }
        self.outside_took(taken);
    }

    /// Application or modem took the values of a parked request, or did not.
    pub(super) fn outside_took(&mut self, all: bool) {
        self.answer = if all {
            code::CHANGED
        } else {
            code::BAD_REQUEST
        };
    }
}

/// What a request is about; the root when its path is none of the data model.
pub(super) fn target(message: &Message<'_>) -> Path {
    let mut path = Path::ROOT;
    let known = message
        .options()
        .filter(|option| option.number == number::URI_PATH)
        .all(|option| path.extend(option.value));
    if known { path } else { Path::ROOT }
}
