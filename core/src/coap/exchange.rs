//! Reliability of one link (RFC 7252 4): our one outstanding confirmable message with its retransmissions, and the
//! message ids seen lately with the replies kept for duplicates.

use super::code;
use super::message::{Kind, Message, Token};
use super::timing::{ACK_RANDOM, ACK_TIMEOUT, EXCHANGE_LIFETIME, MAX_RETRANSMIT};
use crate::config::KEPT_REPLIES;
use crate::slot::Slot;
use crate::time::{Duration, Instant};

/// Small random numbers for message ids, tokens and timeouts (xorshift, 32 bits). Not for keys.
#[derive(Clone, Copy, Debug)]
pub struct Random(u32);

impl Random {
    /// A generator; any seed will do.
    pub const fn new(seed: u32) -> Random {
        Random(if seed == 0 { 0x9E37_79B9 } else { seed })
    }

    /// The next random number.
    pub fn number(&mut self) -> u32 {
        let mut x = self.0;
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        self.0 = x;
        x
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u32) -> u32 {
        ((u64::from(self.number()) * u64::from(limit)) >> 32) as u32
    }
}

/// A confirmable message of ours that awaits its acknowledgement or, once acknowledged, its response. It is composed for each
/// transmission, from what there is to say about its purpose.
#[derive(Clone, Copy, Debug)]
pub struct Pending<P> {
    /// What the message is for.
    pub purpose: P,
    /// Its message id.
    pub id: u16,
    /// Its token.
    pub token: Token,
    sent: u8,
    acknowledged: bool,
    due: Instant,
    timeout: Duration,
}

/// A reply without payload, from which it can be written again with the request it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Brief {
    /// Its code. [`code::EMPTY`]: the request is answered later or not at all; a response was acknowledged.
    pub code: u8,
    /// With 2.01, the ids of its Location-Path.
    pub location: [u16; 2],
}

impl Brief {
    /// No reply.
    pub const NONE: Brief = Brief {
        code: code::EMPTY,
        location: [0; 2],
    };
}

/// A message seen lately, with the reply to repeat.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
struct Kept {
    id: u16,
    reply: Brief,
    /// When the id may be used for another message.
    until: Instant,
}

impl Kept {
    const UNUSED: Kept = Kept {
        id: 0,
        reply: Brief::NONE,
        until: Instant::ZERO,
    };
}

/// What a timer of the link demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due<P> {
    /// Send [`Exchanges::outgoing`].
    Send {
        /// Whether it was sent before.
        again: bool,
    },
    /// No answer came in time.
    TimedOut(P),
}

/// What a received message is to this link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received<P> {
    /// A request not seen before.
    Request,
    /// A message seen before, which got this reply.
    Duplicate(Brief),
    /// The response to our request. A confirmable one is to be acknowledged.
    Response(P),
    /// Our confirmable message is acknowledged without a response of its own.
    Acknowledged(P),
    /// Our confirmable message was rejected with RST.
    Rejected(P),
    /// A non-confirmable message of ours with this id was rejected with RST.
    RejectedNonConfirmable(u16),
    /// Not for us: to be answered with RST.
    Refuse,
    /// Not for us: nothing to do.
    Ignore,
}

/// The exchanges of one link. `P` says what an own request is for.
// Small fields first: what is near the start is reached with short instructions.
#[derive(Debug)]
#[repr(C)]
pub struct Exchanges<P> {
    random: Random,
    next_id: u16,
    /// Where the next reply is kept: in place of the oldest.
    next_kept: u8,
    pending: Slot<Pending<P>>,
    kept: [Kept; KEPT_REPLIES],
}

impl<P: Copy> Exchanges<P> {
    /// A link without exchanges.
    pub const fn new() -> Exchanges<P> {
        Exchanges {
            random: Random(0),
            next_id: 0,
            pending: Slot::Empty,
            kept: [Kept::UNUSED; KEPT_REPLIES],
            next_kept: 0,
        }
    }

    /// Seeds message ids, tokens and timeouts.
    pub fn seed(&mut self, seed: u32) {
        self.random = Random::new(seed);
        self.next_id = self.random.number() as u16;
    }

    /// A message id not used lately.
    pub fn new_id(&mut self) -> u16 {
        self.next_id = self.next_id.wrapping_add(1);
        self.next_id
    }

    /// A token for an own request: none inside a secure session, where nobody else can answer and one request is
    /// outstanding at a time; four random bytes otherwise (RFC 7252 5.3.1).
    pub fn new_token(&mut self, secure: bool) -> Token {
        if secure {
            Token::EMPTY
        } else {
            Token::new(&self.random.number().to_be_bytes())
        }
    }

    /// A random number below `limit`.
    pub fn random_below(&mut self, limit: u32) -> u32 {
        self.random.below(limit)
    }

    /// Whether an own confirmable message awaits its answer.
    pub fn is_busy(&self) -> bool {
        self.pending.is_full()
    }

    /// Begins the exchange of an own confirmable message at `now`; gives its id. Only while not busy. Its transmission is
    /// what [`Exchanges::poll`] gives next.
    pub fn begin(&mut self, now: Instant, purpose: P, token: Token) -> u16 {
        let id = self.new_id();
        let timeout = ACK_TIMEOUT.plus(ACK_RANDOM.random(|limit| self.random.below(limit)));
        self.pending = Slot::Full(Pending {
            purpose,
            id,
            token,
            sent: 0,
            acknowledged: false,
            due: now,
            timeout,
        });
        id
    }

    /// A new id for the outstanding message, which says something new from now on. Its transmissions are counted as
    /// before (RFC 7641 4.5.2).
    pub fn renew(&mut self) -> u16 {
        let id = self.new_id();
        if let Slot::Full(pending) = &mut self.pending {
            pending.id = id;
        }
        id
    }

    /// Forgets the outstanding message.
    pub fn cancel(&mut self) {
        self.pending = Slot::Empty;
    }

    /// Forgets the outstanding message and, with `peer`, whom we talked to: message ids may begin anew.
    pub fn reset(&mut self, peer: bool) {
        self.pending = Slot::Empty;
        if peer {
            self.kept = [Kept::UNUSED; KEPT_REPLIES];
        }
    }

    /// When [`Exchanges::poll`] has something to do.
    pub fn deadline(&self) -> Instant {
        self.pending
            .as_ref()
            .map_or(Instant::NEVER, |pending| pending.due)
    }

    /// What is due at `now`: a (re)transmission or the end of waiting (RFC 7252 4.2).
    pub fn poll(&mut self, now: Instant) -> Option<Due<P>> {
        let pending = self.pending.as_mut()?;
        if now < pending.due {
            return None;
        }
        let Pending { purpose, sent, .. } = *pending;
        if pending.acknowledged || sent > MAX_RETRANSMIT {
            self.pending = Slot::Empty;
            return Some(Due::TimedOut(purpose));
        }
        pending.due = now.plus(pending.timeout.doubled(sent));
        pending.sent += 1;
        Some(Due::Send { again: sent > 0 })
    }

    /// The message that is outstanding.
    pub fn outgoing(&self) -> Option<&Pending<P>> {
        self.pending.as_ref()
    }

    /// Classifies a received message and notes what it means to our exchanges.
    pub fn received(&mut self, now: Instant, message: &Message<'_>) -> Received<P> {
        match message.kind {
            // A ping is refused, an empty non-confirmable message means nothing (RFC 7252 4.3).
            Kind::Confirmable if message.code == code::EMPTY => Received::Refuse,
            Kind::NonConfirmable if message.code == code::EMPTY => Received::Ignore,
            Kind::Confirmable | Kind::NonConfirmable => match self.kept(now, message.id) {
                Some(reply) => Received::Duplicate(reply),
                None if code::is_request(message.code) => Received::Request,
                None => self.response(message),
            },
            Kind::Acknowledgement | Kind::Reset => self.acknowledgement(now, message),
        }
    }

    /// Keeps the reply to a message, so that a duplicate gets the same. Requests whose repetition does no harm need
    /// not be kept (RFC 7252 4.5). The oldest entry gives way.
    pub fn keep(&mut self, now: Instant, id: u16, reply: Brief) {
        let known = self.kept.iter().position(|kept| kept.id == id);
        let index = known.unwrap_or(usize::from(self.next_kept));
        if known.is_none() {
            self.next_kept = (self.next_kept + 1) % KEPT_REPLIES as u8;
        }
        if let Some(kept) = self.kept.get_mut(index) {
            *kept = Kept {
                id,
                reply,
                until: now.plus(EXCHANGE_LIFETIME),
            };
        }
    }

    fn kept(&self, now: Instant, id: u16) -> Option<Brief> {
        let mut all = self.kept.iter();
        all.find(|kept| kept.id == id && now < kept.until)
            .map(|kept| kept.reply)
    }

    /// A separate response: matched by token (RFC 7252 5.3.2); one for nobody is refused if confirmable.
    fn response(&mut self, message: &Message<'_>) -> Received<P> {
        match self.pending.as_ref() {
            Some(pending) if pending.sent > 0 && pending.token == message.token => {
                let purpose = pending.purpose;
                self.pending = Slot::Empty;
                Received::Response(purpose)
            }
            _ if message.kind == Kind::Confirmable => Received::Refuse,
            _ => Received::Ignore,
        }
    }

    /// An acknowledgement or its opposite: matched by message id.
    fn acknowledgement(&mut self, now: Instant, message: &Message<'_>) -> Received<P> {
        let reset = message.kind == Kind::Reset;
        let Some(pending) = self
            .pending
            .as_mut()
            .filter(|pending| pending.id == message.id && pending.sent > 0)
        else {
            return if reset {
                Received::RejectedNonConfirmable(message.id)
            } else {
                Received::Ignore
            };
        };
        let purpose = pending.purpose;
        if reset {
            self.pending = Slot::Empty;
            return Received::Rejected(purpose);
        }
        if message.code == code::EMPTY {
            // The response comes separately; wait for it as long as the exchange lives.
            if !pending.acknowledged {
                pending.acknowledged = true;
                pending.due = now.plus(EXCHANGE_LIFETIME);
            }
            return Received::Acknowledged(purpose);
        }
        if pending.token != message.token || !code::is_response(message.code) {
            return Received::Ignore;
        }
        self.pending = Slot::Empty;
        Received::Response(purpose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> Exchanges<u8> {
        let mut exchanges = Exchanges::new();
        exchanges.seed(42);
        exchanges
    }

    /// The id of the message that is due.
    fn transmitted(link: &mut Exchanges<u8>, now: Instant) -> [u8; 2] {
        match link.poll(now) {
            Some(Due::Send { .. }) => link.outgoing().unwrap().id.to_be_bytes(),
            other => panic!("{other:?}"),
        }
    }

    fn after(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    #[test]
    fn an_unanswered_message_is_sent_five_times_with_doubling_gaps() {
        let mut link = link();
        let first = link.begin(after(0), 1, Token::EMPTY);
        let mut sent = Vec::new();
        loop {
            let now = link.deadline();
            match link.poll(now).unwrap() {
                Due::Send { again } => {
                    let id = link.outgoing().unwrap().id;
                    assert_eq!((id, again), (first, !sent.is_empty()));
                    sent.push(now.as_millis());
                }
                Due::TimedOut(purpose) => {
                    assert_eq!(purpose, 1);
                    assert!(now.as_millis() <= 93_000);
                    break;
                }
            }
        }
        assert_eq!(sent.len(), 5);
        let first_gap = sent[1];
        assert!((2_000..=3_000).contains(&first_gap));
        for (index, at) in sent.iter().enumerate() {
            assert_eq!(*at, first_gap * ((1 << index) - 1));
        }
    }

    #[test]
    fn a_message_that_says_something_new_has_a_new_id_and_the_old_count() {
        let mut link = link();
        let first = link.begin(after(0), 1, Token::EMPTY);
        for _ in 0..5 {
            let now = link.deadline();
            transmitted(&mut link, now);
            assert_ne!(link.renew(), first);
        }
        let now = link.deadline();
        assert_eq!(link.poll(now), Some(Due::TimedOut(1)));
    }

    #[test]
    fn the_same_message_id_gets_the_kept_reply_for_an_exchange_lifetime() {
        let mut link = link();
        let request = [0x40, code::PUT, 0, 9];
        let message = Message::parse(&request).unwrap();
        assert_eq!(link.received(after(0), &message), Received::Request);
        let reply = Brief {
            code: code::CREATED,
            location: [16, 4],
        };
        link.keep(after(0), 9, reply);
        assert_eq!(
            link.received(after(246_999), &message),
            Received::Duplicate(reply)
        );
        assert_eq!(link.received(after(247_000), &message), Received::Request);
    }

    #[test]
    fn an_empty_acknowledgement_stops_retransmission_until_the_separate_response() {
        let mut link = link();
        link.begin(after(0), 1, Token::new(b"tokn"));
        let id = transmitted(&mut link, after(0));
        let ack = [0x60, 0, id[0], id[1]];
        assert_eq!(
            link.received(after(10), &Message::parse(&ack).unwrap()),
            Received::Acknowledged(1)
        );
        assert_eq!(link.poll(after(100_000)), None);
        let wrong = [0x44, code::CREATED, 0, 1, b't', b'o', b'k', b'x'];
        assert_eq!(
            link.received(after(20), &Message::parse(&wrong).unwrap()),
            Received::Refuse
        );
        let right = [0x44, code::CREATED, 0, 1, b't', b'o', b'k', b'n'];
        assert_eq!(
            link.received(after(20), &Message::parse(&right).unwrap()),
            Received::Response(1)
        );
        assert!(!link.is_busy());
    }

    #[test]
    fn an_acknowledgement_with_the_wrong_token_is_no_answer() {
        let mut link = link();
        link.begin(after(0), 1, Token::new(b"tokn"));
        let id = transmitted(&mut link, after(0));
        let reply = [0x64, code::CREATED, id[0], id[1], 1, 2, 3, 4];
        assert_eq!(
            link.received(after(10), &Message::parse(&reply).unwrap()),
            Received::Ignore
        );
        assert!(link.is_busy());
    }

    #[test]
    fn ping_is_refused_and_stray_resets_name_a_notification() {
        let mut link = link();
        assert_eq!(
            link.received(after(0), &Message::parse(&[0x40, 0, 1, 2]).unwrap(),),
            Received::Refuse
        );
        let reset = Message::parse(&[0x70, 0, 1, 2]).unwrap();
        assert_eq!(
            link.received(after(0), &reset),
            Received::RejectedNonConfirmable(0x0102)
        );
    }
}
