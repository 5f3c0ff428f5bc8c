//! DTLS on a socket: when a session may start, its handshake in simulated time, and what its end means to the socket.
//!
//! Flow: [`begin`] sends the first flight -> [`datagram`] feeds what arrives, each new flight starts the retransmission
//! time at 1 s -> `repeat` sends the flight again and doubles the time (RFC 6347 4.2.4) -> connected, refused, or given
//! up by `expire` after the limit of the socket.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::dtls::{Parameters, Phase, Session};
use super::network::{lock, network};
use super::socket::{Association, Socket, State};
use super::wire;
use crate::clock::{Mode, clock};
use crate::errno::{NRF_ECONNREFUSED, NRF_ECONNRESET, NRF_ENOBUFS, NRF_ENOTCONN, NRF_ETIMEDOUT};
use crate::seam;

/// First retransmission time, ms.
const FIRST_REPEAT_MS: i64 = 1000;
/// Longest retransmission time, ms.
const LONGEST_REPEAT_MS: i64 = 60_000;

/// The DTLS session of a socket.
pub struct Secure {
    session: Session,
    peer: SocketAddr,
    sec_tag: u32,
    /// Number of the current flight.
    flight: u64,
    /// Arrivals and departures of the socket when the handshake began.
    arrivals: u64,
    departures: u64,
    _slot: Slot,
}

/// One of the sessions the modem can have at a time; free again when dropped.
struct Slot;

static SLOTS_IN_USE: AtomicUsize = AtomicUsize::new(0);

impl Slot {
    fn take() -> Option<Slot> {
        let limit = network().session_limit.load(Ordering::SeqCst);
        let more = |used| (used < limit).then_some(used + 1);
        SLOTS_IN_USE
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, more)
            .ok()
            .map(|_| Slot)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        SLOTS_IN_USE.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Secure {
    /// IANA number of the cipher suite in use.
    pub fn suite_number(&self) -> Option<u16> {
        self.session.suite_number()
    }

    /// One word or two for the socket table.
    pub fn describe(&self) -> String {
        format!(
            "{:?} {}",
            self.session.phase(),
            self.session.suite().unwrap_or("-")
        )
    }
}

/// Starts the handshake with `peer`. `NRF_ECONNREFUSED` without credentials, `NRF_ENOBUFS` when all sessions are in use.
pub fn begin(socket: &Arc<Socket>, state: &mut State, peer: SocketAddr) -> Result<(), i32> {
    let tags = state.options.sec_tags.iter();
    let credentials = tags
        .filter_map(|tag| Some((*tag, seam::modem().psk(*tag)?)))
        .next();
    let (sec_tag, (identity, key)) = credentials.ok_or(NRF_ECONNREFUSED)?;
    let slot = Slot::take().ok_or(NRF_ENOBUFS)?;
    let resume = state.options.session_cache.then(|| {
        lock(&network().resumption)
            .kept
            .get(&(peer, sec_tag))
            .cloned()
    });
    let suites = state.options.suites.clone();
    let parameters = Parameters {
        identity,
        key,
        suites,
        resume: resume.flatten(),
        secret: |line| network().capture_secret(line),
    };
    let session = Session::start(parameters).map_err(|reason| {
        seam::modem().log("net", &format!("dtls fd={}: {reason}", socket.fd));
        NRF_ECONNREFUSED
    })?;
    let attempt = network().new_attempt();
    let arrivals = socket.arrivals.load(Ordering::SeqCst);
    let departures = socket.departures.load(Ordering::SeqCst);
    state.peer = Some(peer);
    state.ended = false;
    state.pending_error = 0;
    state.association = Association::Connecting { attempt };
    state.secure = Some(Secure {
        session,
        peer,
        sec_tag,
        flight: 0,
        arrivals,
        departures,
        _slot: slot,
    });
    if state.options.handshake_timeout_s > 0 {
        let limit_ms = i64::from(state.options.handshake_timeout_s) * 1000;
        let socket = Arc::downgrade(socket);
        clock().schedule(clock().now_ms() + limit_ms, move || {
            expire(&socket, attempt)
        });
    }
    proceed(socket, state);
    Ok(())
}

/// A datagram of the server arrived.
pub fn datagram(socket: &Arc<Socket>, state: &mut State, bytes: &[u8]) {
    if let Some(secure) = state.secure.as_mut() {
        secure.session.datagram(bytes);
        proceed(socket, state);
    }
}

/// Sends one message.
pub fn send(socket: &Socket, state: &mut State, message: &[u8]) -> Result<(), i32> {
    if state.ended {
        return Err(NRF_ECONNRESET);
    }
    let secure = state.secure.as_mut().ok_or(NRF_ENOTCONN)?;
    if !secure.session.send(message) {
        return Err(NRF_ENOTCONN);
    }
    flush(socket, state);
    Ok(())
}

/// Says close_notify if there is a session.
pub fn end(socket: &Socket, state: &mut State) {
    if let Some(secure) = state.secure.as_mut() {
        secure.session.close();
        flush(socket, state);
    }
}

/// Sends what the session has to send. True when that was something.
fn flush(socket: &Socket, state: &mut State) -> bool {
    let Some(secure) = state.secure.as_mut() else {
        return false;
    };
    let peer = secure.peer;
    let datagrams = secure.session.take_datagrams();
    let some = !datagrams.is_empty();
    for bytes in datagrams {
        wire::transmit(socket, state, peer, bytes);
    }
    some
}

/// Draws the consequences of the session's last input.
fn proceed(socket: &Arc<Socket>, state: &mut State) {
    let new_flight = flush(socket, state);
    let Some(secure) = state.secure.as_mut() else {
        return;
    };
    let messages = secure.session.take_messages();
    let peer = secure.peer;
    match (state.association, secure.session.phase()) {
        (Association::Connecting { attempt }, Phase::Handshaking) => {
            if new_flight {
                secure.flight += 1;
                let (weak, flight) = (Arc::downgrade(socket), secure.flight);
                repeat_after(FIRST_REPEAT_MS, weak, attempt, flight);
            }
        }
        (Association::Connecting { .. }, Phase::Open | Phase::Closed) => {
            state.association = Association::Connected;
            state.ended = secure.session.phase() == Phase::Closed;
            remember(secure, state.options.session_cache);
            seam::modem().log(
                "net",
                &format!("dtls fd={} open {}", socket.fd, secure.describe()),
            );
        }
        (Association::Connecting { .. }, Phase::Refused) => {
            // What the server refused is not tried again.
            lock(&network().resumption)
                .kept
                .remove(&(peer, secure.sec_tag));
            state.fail(NRF_ECONNREFUSED);
        }
        (Association::Connected, Phase::Closed) if !state.ended => {
            state.ended = true;
            state.pending_error = NRF_ECONNRESET;
        }
        (Association::Connected | Association::Unconnected | Association::Failed(_), _) => {}
    }
    for message in messages {
        state.queue(peer, message);
    }
}

fn remember(secure: &Secure, keep: bool) {
    let mut resumption = lock(&network().resumption);
    match secure.session.resumed() {
        true => resumption.resumed += 1,
        false => resumption.full += 1,
    }
    if keep && let Some(session) = secure.session.resumable() {
        resumption
            .kept
            .insert((secure.peer, secure.sec_tag), session);
    }
}

fn repeat_after(interval_ms: i64, socket: Weak<Socket>, attempt: u64, flight: u64) {
    clock().schedule(clock().now_ms() + interval_ms, move || {
        repeat(&socket, attempt, flight, interval_ms)
    });
}

/// The retransmission time of a flight has passed.
fn repeat(socket: &Weak<Socket>, attempt: u64, flight: u64, interval_ms: i64) {
    let jumping = matches!(clock().mode(), Mode::Skip | Mode::Step);
    let began = Instant::now();
    let mut arrivals_before = None;
    loop {
        let Some(socket) = socket.upgrade() else {
            return;
        };
        let mut state = socket.lock();
        if state.association != (Association::Connecting { attempt }) {
            return;
        }
        let Some(secure) = state
            .secure
            .as_mut()
            .filter(|secure| secure.flight == flight)
        else {
            return;
        };
        let arrivals = socket.arrivals.load(Ordering::SeqCst);
        // A server works in real time, and so does its own retransmission: jumping over simulated minutes meanwhile would
        // only exhaust the limit of the handshake. One that has said nothing after two repetitions is taken for absent.
        let asked = interval_ms <= 2 * FIRST_REPEAT_MS
            && socket.departures.load(Ordering::SeqCst) > secure.departures;
        let there = asked || arrivals > secure.arrivals;
        let silent = *arrivals_before.get_or_insert(arrivals) == arrivals;
        let pause = if jumping && there && silent && began.elapsed() < server_timer() {
            Duration::from_millis(5)
        } else if let Some(rest) = secure.session.retransmit() {
            rest
        } else {
            flush(&socket, &mut state);
            let next = (interval_ms * 2).min(LONGEST_REPEAT_MS);
            return repeat_after(next, Arc::downgrade(&socket), attempt, flight);
        };
        drop(state);
        std::thread::sleep(pause);
    }
}

/// Real time given to a server for its own retransmission: `VIRTUAL_MODEM_SERVER_TIMER` in ms, default 1100.
fn server_timer() -> Duration {
    let text = std::env::var("VIRTUAL_MODEM_SERVER_TIMER").ok();
    Duration::from_millis(text.and_then(|text| text.parse().ok()).unwrap_or(1100))
}

/// The time limit of the handshake has passed.
fn expire(socket: &Weak<Socket>, attempt: u64) {
    let Some(socket) = socket.upgrade() else {
        return;
    };
    let mut state = socket.lock();
    if state.association == (Association::Connecting { attempt }) {
        state.fail(NRF_ETIMEDOUT);
        drop(state);
        network().changed.signal();
    }
}
