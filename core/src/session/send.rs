//! What a session sends, and when: transmissions that are due, registration messages, notifications. Opens the link for
//! them and gives it back.

use super::{Purpose, Scene, Session, State, Transport};
use crate::boundary::{DeferredReason, Link, Output};
use crate::coap::block::Block;
use crate::coap::code;
use crate::coap::exchange::Due;
use crate::coap::message::Kind;
use crate::config::OUTGOING_SZX;
use crate::lwm2m::observe::Notification;
use crate::lwm2m::read;
use crate::lwm2m::reply::{self, Address, Content, REPLY_SZX};
use crate::lwm2m::sink::Sink;
use crate::time::Instant;
use crate::version::HAS_1_1;

/// The start of a Register.
pub(super) const FIRST_BLOCK: Block = Block::new(0, OUTGOING_SZX);

/// What there is to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Want {
    Nothing,
    /// A message of the registration interface.
    Own,
    Report(Notification),
}

impl Session {
    /// Puts the next thing this session wants done, given a network. Why an attempt failed, if one did.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    pub fn poll(
        &mut self,
        now: Instant,
        scene: &mut Scene,
        buffer: &mut [u8],
    ) -> Option<DeferredReason> {
        let link = Link(self.index);
        let failed = self.transmit(now, scene, buffer);
        if failed.is_some() || !scene.outputs.is_empty() {
            return failed;
        }
        self.advance(now);
        let want = self.want(now, scene);
        let asked = core::mem::take(&mut self.asked);
        if self.transport == Transport::Open
            && !asked
            && let Want::Report(notification) = want
            && let Some(one) = scene.observations.get(notification.index)
        {
            // What is reported is of this moment, whatever made it due.
            let questions = if HAS_1_1 {
                let paths = scene.observations.paths(self.index, &one.token);
                paths.fold(&[][..], |asked, path| {
                    scene.objects.more_questions(asked, path)
                })
            } else {
                scene.objects.questions(&one.path)
            };
            self.asked = !questions.is_empty();
            if self.asked {
                for query in questions {
                    scene.outputs.put(Output::Query(*query));
                }
                return None;
            }
        }
        match self.transport {
            Transport::Closed if want != Want::Nothing => {
                self.transport = Transport::Opening;
                scene.outputs.put(Output::Open(link));
            }
            Transport::Open if want != Want::Nothing => {
                return self.send(now, want, scene, buffer);
            }
            Transport::Open if self.has_no_use_for_link(now) => {
                self.transport = Transport::Closed;
                self.exchanges.reset(true);
                scene.outputs.put(Output::Close(link));
            }
            _ => {}
        }
        None
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
    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn want(&mut self, now: Instant, scene: &mut Scene) -> Want {
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
        self.queues = server.queues();
        let due = scene.observations.due(
            now,
            self.index,
            busy,
            &scene.attributes,
            server.defaults(),
            &scene.objects,
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
                    && now >= self.idle_from()
            }
        }
    }

    /// Sends what there is to send, over an open link.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn send(
        &mut self,
        now: Instant,
        want: Want,
        scene: &mut Scene,
        buffer: &mut [u8],
    ) -> Option<DeferredReason> {
        if let Want::Report(notification) = want {
            self.notify(now, notification, scene, buffer)?;
        }
        match self.state {
            _ if want != Want::Own => {}
            State::Registering => self.send_register(now, FIRST_BLOCK),
            State::Leaving { .. } => self.begin_own(now, Purpose::Deregister),
            State::Requesting { .. } => self.begin_own(now, Purpose::Bootstrap),
            State::Registered { expires, .. } => self.send_update(now, expires, scene),
            _ => {}
        }
        self.transmit(now, scene, buffer)
    }

    /// Begins a notification; one without confirmation is sent at once: then there is nothing to transmit.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn notify(
        &mut self,
        now: Instant,
        due: Notification,
        scene: &mut Scene,
        buffer: &mut [u8],
    ) -> Option<()> {
        let id = if due.confirmable {
            let token = scene.observations.get(due.index)?.token;
            self.exchanges.begin(now, Purpose::Notify, token)
        } else {
            self.exchanges.new_id()
        };
        scene.observations.notified(now, due, id, &scene.objects);
        if due.confirmable {
            return Some(());
        }
        let length = self.report(due, scene, buffer);
        self.put(now, length, scene);
        None
    }

    /// Writes a notification with the value of now.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn report(&self, due: Notification, scene: &Scene, buffer: &mut [u8]) -> Option<usize> {
        let one = scene.observations.get(due.index)?;
        let content = Content {
            format: one.format,
            observe: Some(scene.observations.sequence(self.index, due.confirmable)),
            block: Block::NONE,
        };
        let address = Address {
            kind: if due.confirmable {
                Kind::Confirmable
            } else {
                Kind::NonConfirmable
            },
            id: one.message_id(),
            token: one.token,
        };
        if one.is_gone() {
            return Some(reply::simple(
                buffer,
                &address,
                code::NOT_FOUND,
                Block::NONE,
            ));
        }
        let produce = &|sink: &mut Sink<'_>| {
            if one.format.is_senml() {
                read::read_all(&scene.objects, self.index, one.format, sink, &|each| {
                    let paths = scene.observations.paths(self.index, &one.token);
                    paths.for_each(&mut *each);
                });
            } else {
                read::read(&scene.objects, self.index, &one.path, one.format, sink);
            }
        };
        content
            .write(&address, code::CONTENT, produce, REPLY_SZX, buffer)
            .ok()
    }

    /// Does what is due for the message that awaits its answer: sends it, for the first time or again, or gives it up.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn transmit(
        &mut self,
        now: Instant,
        scene: &mut Scene,
        buffer: &mut [u8],
    ) -> Option<DeferredReason> {
        match self.exchanges.poll(now)? {
            Due::Send { again } => {
                let length = self.write(now, again, scene, buffer);
                if length.is_none() {
                    self.exchanges.cancel();
                }
                self.put(now, length, scene);
                None
            }
            Due::TimedOut(purpose) => {
                let failed = self.unanswered(now, purpose, scene);
                if self.secure && matches!(purpose, Purpose::Update(_)) {
                    self.transport = Transport::Closed;
                    scene.outputs.put(Output::Close(Link(self.index)));
                }
                failed
            }
        }
    }

    /// Writes a message that awaits its answer. Composed from what is so now, it says at least as much as the first time;
    /// what changed since then is told again afterwards. A notification's new value is a new notification (RFC 7641
    /// 4.5.2); one whose observation ended is no more.
    fn write(
        &mut self,
        now: Instant,
        again: bool,
        scene: &mut Scene,
        buffer: &mut [u8],
    ) -> Option<usize> {
        if !matches!(self.exchanges.outgoing()?.purpose, Purpose::Notify) {
            return self.compose(scene, buffer);
        }
        let (index, outdated) = scene.observations.awaiting(self.index)?;
        let due = Notification {
            index,
            confirmable: true,
        };
        if again && outdated {
            let id = self.exchanges.renew();
            scene.observations.notified(now, due, id, &scene.objects);
        }
        self.report(due, scene, buffer)
    }

    /// Lets a message be sent, if there is one.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn put(&mut self, now: Instant, length: Option<usize>, scene: &mut Scene) {
        self.activity = now;
        if let Some(length) = length {
            scene.outputs.put(Output::Send {
                link: Link(self.index),
                length: length as u16,
            });
        }
    }
}
