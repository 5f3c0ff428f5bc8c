//! What a session sends, and when: transmissions that are due, registration messages, notifications. Opens the link for
//! them and gives it back.

use super::{Purpose, Scene, Session, State, Transport};
use crate::boundary::{Link, Output};
use crate::coap::block::Block;
use crate::coap::code;
use crate::coap::exchange::Due;
use crate::coap::message::Kind;
use crate::config::OUTGOING_SZX;
use crate::lwm2m::observe::Notification;
use crate::lwm2m::read;
use crate::lwm2m::reply::{Address, Content, REPLY_SZX};
use crate::lwm2m::sink::Sink;
use crate::time::Instant;

/// The start of a Register.
pub(super) const FIRST_BLOCK: Block = Block {
    number: 0,
    more: false,
    szx: OUTGOING_SZX,
};

/// What there is to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Want {
    Nothing,
    /// A message of the registration interface.
    Own,
    Report(Notification),
}

impl Session {
    /// The next thing this session wants done, given a network.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    pub fn poll(
        &mut self,
        now: Instant,
        scene: &mut Scene<'_>,
        buffer: &mut [u8],
    ) -> Option<Output> {
        let link = Link(self.index);
        self.polled = now;
        match self.exchanges.poll(now, buffer) {
            Some(Due::Send(length)) => {
                self.activity = now;
                return Some(Output::Send { link, length });
            }
            Some(Due::TimedOut(purpose)) => {
                let silent_update = purpose == Purpose::Update;
                if let Some(event) = self.unanswered(now, purpose, scene) {
                    return Some(Output::Event(event));
                }
                if silent_update && self.secure {
                    self.transport = Transport::Closed;
                    return Some(Output::Close(link));
                }
            }
            None => {}
        }
        self.advance(now);
        let want = self.want(now, scene);
        match self.transport {
            Transport::Closed if want != Want::Nothing => {
                self.transport = Transport::Opening;
                Some(Output::Open(link))
            }
            Transport::Open if want != Want::Nothing => self.send(now, want, scene, buffer),
            Transport::Open if self.has_no_use_for_link(now) => {
                self.transport = Transport::Closed;
                self.exchanges.reset(true);
                Some(Output::Close(link))
            }
            _ => None,
        }
    }

    /// Moves on from states that end by themselves.
    fn advance(&mut self, now: Instant) {
        match self.state {
            State::Waiting { until, .. } | State::Disabled { until } if now >= until => {
                self.state = if self.bootstraps() {
                    State::Requesting { from: now }
                } else {
                    State::Registering
                }
            }
            State::Registered { expires, .. } if now >= expires => self.state = State::Registering,
            _ => {}
        }
    }

    /// What there is to send now.
    fn want(&mut self, now: Instant, scene: &mut Scene<'_>) -> Want {
        let busy = self.exchanges.is_busy();
        match self.state {
            State::Registering if !busy => return Want::Own,
            State::Leaving { from, .. } | State::Requesting { from } if !busy && now >= from => {
                return Want::Own;
            }
            State::Registered { update, .. } if !busy && (self.update_wanted || now >= update) => {
                return Want::Own;
            }
            State::Registered { .. } | State::Updating { .. } => {}
            _ => return Want::Nothing,
        }
        let Some(server) = scene.objects.server.of_session(self.index) else {
            return Want::Nothing;
        };
        let due = scene.observations.due(
            now,
            self.index,
            busy,
            scene.attributes,
            server.defaults(),
            scene.objects,
        );
        due.map_or(Want::Nothing, Want::Report)
    }

    /// A DTLS session without traffic is given back; any link of a server that is left alone as well.
    fn has_no_use_for_link(&self, now: Instant) -> bool {
        match self.state {
            State::Idle | State::Disabled { .. } | State::Waiting { .. } => true,
            // A bootstrap server may think before it writes.
            _ => {
                self.secure
                    && !self.bootstraps()
                    && !self.exchanges.is_busy()
                    && !self.parked.is_full()
                    && now >= self.activity.plus(self.idle_timeout)
            }
        }
    }

    /// Sends what there is to send, over an open link.
    fn send(
        &mut self,
        now: Instant,
        want: Want,
        scene: &mut Scene<'_>,
        buffer: &mut [u8],
    ) -> Option<Output> {
        if let Want::Report(notification) = want {
            return self.notify(now, notification, scene, buffer);
        }
        match self.state {
            State::Registering => self.send_register(now, FIRST_BLOCK, scene),
            State::Leaving { .. } => self.send_deregister(now, scene),
            State::Requesting { .. } => self.send_request(now, scene),
            State::Registered { expires, .. } => self.send_update(now, expires, scene),
            _ => {}
        }
        self.first_transmission(now, buffer)
    }

    fn notify(
        &mut self,
        now: Instant,
        due: Notification,
        scene: &mut Scene<'_>,
        buffer: &mut [u8],
    ) -> Option<Output> {
        let one = scene.observations.get(due.index)?;
        let (path, format, token) = (one.path, one.format, one.token);
        let content = Content {
            format,
            observe: Some(due.sequence),
            block: None,
        };
        let produce = &|sink: &mut Sink<'_>| {
            read::read(scene.objects, self.index, &path, format, sink);
        };
        let id = if due.confirmable {
            0
        } else {
            self.exchanges.new_id()
        };
        let address = Address {
            kind: Kind::NonConfirmable,
            id,
            token,
        };
        if !due.confirmable {
            let length = content
                .write(&address, code::CONTENT, produce, REPLY_SZX, buffer)
                .ok()?;
            scene.observations.notified(now, due, id, scene.objects);
            self.activity = now;
            return Some(Output::Send {
                link: Link(self.index),
                length,
            });
        }
        let mut own_id = 0;
        let mut compose = |buffer: &mut [u8], id: u16| {
            own_id = id;
            let address = Address {
                kind: Kind::Confirmable,
                id,
                token,
            };
            content
                .write(&address, code::CONTENT, produce, OUTGOING_SZX, buffer)
                .ok()
        };
        if !self
            .exchanges
            .send(now, Purpose::Notify, token, &mut compose)
        {
            return None;
        }
        scene.observations.notified(now, due, own_id, scene.objects);
        self.first_transmission(now, buffer)
    }

    /// Takes the message just begun out of the exchange.
    fn first_transmission(&mut self, now: Instant, buffer: &mut [u8]) -> Option<Output> {
        match self.exchanges.poll(now, buffer)? {
            Due::Send(length) => {
                self.activity = now;
                Some(Output::Send {
                    link: Link(self.index),
                    length,
                })
            }
            Due::TimedOut(_) => None,
        }
    }
}
