//! One socket: what it is connected to, what has arrived, and the blocking calls on it.

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard};

use super::handshake::{self, Secure};
use super::layout;
use super::network::{lock, network};
use super::options::Options;
use super::stream::Stream;
use super::wire;
use super::{dtls, layout::AF_INET, layout::AF_INET6};
use crate::clock::clock;
use crate::errno::*;
use crate::seam::{self, Route};

/// Flag of receive calls: leave the data in the queue.
pub const MSG_PEEK: i32 = 0x02;
/// Flag: do not wait.
pub const MSG_DONTWAIT: i32 = 0x40;
/// Flag of receive calls on streams: wait until the buffer is full.
pub const MSG_WAITALL: i32 = 0x100;
/// `NRF_POLLIN`.
pub const POLLIN: i16 = 0x01;
/// `NRF_POLLOUT`.
pub const POLLOUT: i16 = 0x04;
/// `NRF_POLLERR`.
pub const POLLERR: i16 = 0x08;
/// `NRF_POLLHUP`.
pub const POLLHUP: i16 = 0x10;
/// `NRF_POLLNVAL`.
pub const POLLNVAL: i16 = 0x20;

/// Datagrams kept for the application; later ones are lost, as on the modem.
const QUEUE: usize = 64;
/// Largest UDP payload.
const MAX_DATAGRAM: usize = 65_507;

/// Protocol of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Plain datagrams.
    Udp,
    /// Datagrams secured with DTLS 1.2.
    Dtls,
    /// Plain stream.
    Tcp,
}

/// Relation to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Association {
    /// No server.
    Unconnected,
    /// A handshake or TCP connection is under way.
    Connecting {
        /// Tells this attempt from earlier ones.
        attempt: u64,
    },
    /// Connected.
    Connected,
    /// The last attempt failed with this error number.
    Failed(i32),
}

/// A socket of the table.
pub struct Socket {
    /// Descriptor.
    pub fd: i32,
    /// Protocol.
    pub kind: Kind,
    /// IPv6 when true, IPv4 otherwise.
    pub v6: bool,
    /// Datagrams that came out of the real socket, before faults.
    pub arrivals: AtomicU64,
    /// Datagrams that went into the real socket, after faults.
    pub departures: Arc<AtomicU64>,
    state: Mutex<State>,
}

/// What changes in a socket.
pub struct State {
    /// Settings.
    pub options: Options,
    /// Real socket of the datagram kinds.
    pub udp: Option<Arc<UdpSocket>>,
    /// Connection of a TCP socket.
    pub stream: Option<Stream>,
    /// Server.
    pub peer: Option<SocketAddr>,
    /// Relation to the server.
    pub association: Association,
    /// DTLS session.
    pub secure: Option<Secure>,
    /// PDN id in use.
    pub attached: Option<u8>,
    /// Messages for the application, in order of arrival.
    pub received: VecDeque<(SocketAddr, Vec<u8>)>,
    /// Non-blocking by `nrf_fcntl`.
    pub nonblocking: bool,
    /// Error number for `NRF_SO_ERROR`, 0 for none.
    pub pending_error: i32,
    /// The DTLS server ended the session.
    pub ended: bool,
    /// Why the socket can only be closed: connection lost, closed, shut down.
    pub dead: Option<i32>,
}

impl Socket {
    /// A new socket with the descriptor `fd`, arguments as of `nrf_socket`.
    pub fn open(fd: i32, family: i32, kind: i32, protocol: i32) -> Result<Socket, i32> {
        let v6 = match family {
            AF_INET => false,
            AF_INET6 => true,
            _ => return Err(NRF_EAFNOSUPPORT),
        };
        let kind = match (kind, protocol) {
            (layout::SOCK_DGRAM, 0 | layout::PROTO_UDP) => Kind::Udp,
            (layout::SOCK_DGRAM, layout::PROTO_DTLS12) => Kind::Dtls,
            (layout::SOCK_STREAM, 0 | layout::PROTO_TCP) => Kind::Tcp,
            (layout::SOCK_STREAM, layout::PROTO_UDP | layout::PROTO_DTLS12)
            | (layout::SOCK_DGRAM, layout::PROTO_TCP) => return Err(NRF_EPROTOTYPE),
            _ => return Err(NRF_EPROTONOSUPPORT),
        };
        let udp = match kind {
            Kind::Tcp => None,
            Kind::Udp | Kind::Dtls => Some(wire::open(v6, 0).map_err(|error| io_to_nrf(&error))?),
        };
        let state = State {
            options: Options::new(seam::generation()),
            udp,
            stream: None,
            peer: None,
            association: Association::Unconnected,
            secure: None,
            attached: seam::modem().pdns().first().map(|pdn| pdn.id),
            received: VecDeque::new(),
            nonblocking: false,
            pending_error: 0,
            ended: false,
            dead: None,
        };
        Ok(Socket {
            fd,
            kind,
            v6,
            arrivals: AtomicU64::new(0),
            departures: Arc::default(),
            state: Mutex::new(state),
        })
    }

    /// The state, locked. Do not wait while holding it.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Gives the socket a local port.
    pub fn bind(&self, address: SocketAddr) -> Result<(), i32> {
        self.check_family(address)?;
        let mut state = self.lock();
        state.alive()?;
        if state.association != Association::Unconnected {
            return Err(NRF_EINVAL);
        }
        if self.kind == Kind::Tcp {
            return Err(NRF_EOPNOTSUPP);
        }
        // The modem's own address does not exist on the PC: the real socket listens on all.
        state.udp = None;
        let (udp, result) = match wire::open(self.v6, address.port()) {
            Ok(udp) => (Some(udp), Ok(())),
            Err(error) => (wire::open(self.v6, 0).ok(), Err(io_to_nrf(&error))),
        };
        state.udp = udp;
        drop(state);
        network().wake();
        result
    }

    /// Connects; for DTLS this is the handshake. Waits unless the socket is non-blocking.
    pub fn connect(self: &Arc<Self>, peer: SocketAddr) -> Result<(), i32> {
        self.check_family(peer)?;
        let nonblocking = {
            let mut state = self.lock();
            state.alive()?;
            match state.association {
                Association::Connecting { .. } => return Err(NRF_EALREADY),
                Association::Connected if self.kind != Kind::Udp => return Err(NRF_EISCONN),
                _ => {}
            }
            state.attach(self.v6)?;
            if network().route(peer, state.attached) == Route::Unreachable {
                return Err(NRF_ENETUNREACH);
            }
            match self.kind {
                Kind::Udp => {
                    state.peer = Some(peer);
                    state.association = Association::Connected;
                    state.received.retain(|message| message.0 == peer);
                    return Ok(());
                }
                Kind::Dtls => handshake::begin(self, &mut state, peer)?,
                Kind::Tcp => self.connect_stream(&mut state, peer),
            }
            state.nonblocking
        };
        if nonblocking {
            return Err(NRF_EINPROGRESS);
        }
        let connected = || {
            let mut state = self.lock();
            if let Some(error) = state.dead {
                return Some(Err(error));
            }
            match state.association {
                Association::Connecting { .. } => None,
                Association::Connected => Some(Ok(())),
                Association::Failed(error) => {
                    state.pending_error = 0;
                    Some(Err(error))
                }
                Association::Unconnected => Some(Err(NRF_ECONNABORTED)),
            }
        };
        clock()
            .wait_for(&network().changed, None, connected)
            .unwrap_or(Err(NRF_ETIMEDOUT))
    }

    /// Sends one message, or what fits of a stream. Returns the number of bytes taken.
    pub fn send(&self, bytes: &[u8], flags: i32, target: Option<SocketAddr>) -> Result<usize, i32> {
        let (deadline, waits) = {
            let state = self.lock();
            (
                state
                    .options
                    .send_timeout_ms
                    .map(|ms| clock().now_ms() + ms),
                state.waits(flags),
            )
        };
        let attempt = || match self.send_now(bytes, target) {
            Ok(None) if !waits => Some(Err(NRF_EAGAIN)),
            Ok(None) => None,
            Ok(Some(length)) => Some(Ok(length)),
            Err(error) => Some(Err(error)),
        };
        let sent = clock()
            .wait_for(&network().changed, deadline, attempt)
            .unwrap_or(Err(NRF_EAGAIN))?;
        // Datagrams are counted on the wire, with what their security adds.
        if self.kind == Kind::Tcp {
            seam::modem().count_traffic(sent, 0);
        }
        Ok(sent)
    }

    /// Takes one message, or bytes of a stream. A message longer than the buffer loses its rest.
    pub fn receive(
        &self,
        buffer: &mut [u8],
        flags: i32,
    ) -> Result<(usize, Option<SocketAddr>), i32> {
        let (deadline, waits) = {
            let state = self.lock();
            (
                state
                    .options
                    .receive_timeout_ms
                    .map(|ms| clock().now_ms() + ms),
                state.waits(flags),
            )
        };
        let mut filled = 0;
        let attempt = || match self.receive_now(&mut buffer[filled..], flags & MSG_PEEK != 0) {
            Ok(None) if !waits => Some(Err(NRF_EAGAIN)),
            Ok(None) => None,
            Ok(Some((length, from))) => {
                filled += length;
                let all = self.kind == Kind::Tcp
                    && flags & (MSG_WAITALL | MSG_PEEK) == MSG_WAITALL
                    && waits;
                if all && length > 0 && filled < buffer.len() {
                    None
                } else {
                    Some(Ok(from))
                }
            }
            Err(error) => Some(Err(error)),
        };
        let outcome = clock().wait_for(&network().changed, deadline, attempt);
        let from = match outcome {
            Some(Ok(from)) => from,
            Some(Err(_)) | None if filled > 0 => None,
            Some(Err(error)) => return Err(error),
            None => return Err(NRF_EAGAIN),
        };
        if self.kind == Kind::Tcp {
            seam::modem().count_traffic(0, filled);
            // The I/O thread stopped reading when the buffer was full.
            network().wake();
        }
        Ok((filled, from))
    }

    /// The poll bits that are set now, of those wanted and of the three that always count.
    pub fn poll_bits(&self, wanted: i16) -> i16 {
        let state = self.lock();
        let mut bits = 0;
        if state.dead.is_some() || state.pending_error != 0 {
            bits |= POLLERR;
        }
        if state.ended || state.stream.as_ref().is_some_and(Stream::ended) {
            bits |= POLLHUP;
        }
        if matches!(state.association, Association::Failed(_)) {
            bits |= POLLHUP;
        }
        if state
            .stream
            .as_ref()
            .is_some_and(|stream| stream.error().is_some())
        {
            bits |= POLLERR | POLLHUP;
        }
        if !state.received.is_empty() || state.stream.as_ref().is_some_and(Stream::readable) {
            bits |= POLLIN;
        }
        let writable = match self.kind {
            Kind::Udp => true,
            Kind::Dtls => state.association == Association::Connected && !state.ended,
            Kind::Tcp => state.stream.as_ref().is_some_and(Stream::writable),
        };
        if writable && state.dead.is_none() {
            bits |= POLLOUT;
        }
        bits & (wanted | POLLERR | POLLHUP | POLLNVAL)
    }

    /// A datagram arrived, after faults.
    pub fn deliver(self: &Arc<Self>, from: SocketAddr, bytes: Vec<u8>) {
        let mut state = self.lock();
        if state.dead.is_some() || state.peer.is_some_and(|peer| peer != from) {
            return;
        }
        match self.kind {
            Kind::Udp => state.queue(from, bytes),
            Kind::Dtls => handshake::datagram(self, &mut state, &bytes),
            Kind::Tcp => return,
        }
        drop(state);
        network().changed.signal();
    }

    /// The real stream became ready.
    pub fn stream_ready(&self, events: i16) {
        if let Some(stream) = self.lock().stream.as_mut() {
            stream.ready(events);
        }
        network().changed.signal();
    }

    /// A packet data connection went down.
    pub fn connection_lost(&self, id: u8) {
        let mut state = self.lock();
        let concerned = match (state.options.pdn, state.attached) {
            (Some(bound), _) => bound == id,
            (None, Some(attached)) => attached == id,
            (None, None) => false,
        };
        if concerned && !state.options.keep_open && state.dead.is_none() {
            state.die(NRF_ENETDOWN);
        }
    }

    /// Ends the socket without a word to the server; waiting calls fail with `error`.
    pub fn abandon(&self, error: i32) {
        self.lock().die(error);
    }

    /// Ends the socket after it left the table: a DTLS server is told.
    pub fn close(&self) {
        let mut state = self.lock();
        if state.dead.is_none() {
            handshake::end(self, &mut state);
        }
        state.die(NRF_EBADF);
    }

    /// Continues from another source port, like behind a NAT that forgot the mapping.
    pub fn rebind(&self) -> Result<(), i32> {
        let mut state = self.lock();
        if state.udp.is_some() {
            state.udp = Some(wire::open(self.v6, 0).map_err(|error| io_to_nrf(&error))?);
        }
        drop(state);
        network().wake();
        Ok(())
    }

    fn check_family(&self, address: SocketAddr) -> Result<(), i32> {
        if address.is_ipv6() == self.v6 {
            Ok(())
        } else {
            Err(NRF_EAFNOSUPPORT)
        }
    }

    fn connect_stream(self: &Arc<Self>, state: &mut State, peer: SocketAddr) {
        let attempt = network().new_attempt();
        state.peer = Some(peer);
        state.association = Association::Connecting { attempt };
        let lost = network().route(peer, state.attached) == Route::Silent;
        let socket = Arc::clone(self);
        let finish = move |outcome: std::io::Result<TcpStream>| {
            let mut state = socket.lock();
            if state.association != (Association::Connecting { attempt }) {
                return;
            }
            match outcome.and_then(Stream::new) {
                Ok(stream) => {
                    state.stream = Some(stream);
                    state.association = Association::Connected;
                }
                Err(error) => state.fail(io_to_nrf(&error)),
            }
            drop(state);
            network().changed.signal();
            network().wake();
        };
        if lost {
            let timeout = || std::io::Error::from_raw_os_error(libc::ETIMEDOUT);
            clock().schedule(clock().now_ms() + 75_000, move || finish(Err(timeout())));
            return;
        }
        clock().activity();
        std::thread::spawn(move || {
            finish(TcpStream::connect_timeout(
                &peer,
                std::time::Duration::from_secs(75),
            ))
        });
    }

    /// One try to send; `None` when it would have to wait.
    fn send_now(&self, bytes: &[u8], target: Option<SocketAddr>) -> Result<Option<usize>, i32> {
        let mut state = self.lock();
        state.alive()?;
        if self.kind == Kind::Udp {
            if bytes.len() > MAX_DATAGRAM {
                return Err(NRF_EMSGSIZE);
            }
            let peer = state.peer.or(target).ok_or(NRF_EDESTADDRREQ)?;
            self.check_family(peer)?;
            state.attach(self.v6)?;
            if network().route(peer, state.attached) == Route::Unreachable {
                return Err(NRF_ENETUNREACH);
            }
            wire::transmit(self, &state, peer, bytes.to_vec());
            return Ok(Some(bytes.len()));
        }
        match state.association {
            Association::Connected => {}
            Association::Connecting { .. } => return Ok(None),
            Association::Unconnected | Association::Failed(_) => return Err(NRF_ENOTCONN),
        }
        state.attach(self.v6)?;
        match self.kind {
            Kind::Tcp => {
                let sent = state.stream.as_mut().ok_or(NRF_ENOTCONN)?.send(bytes)?;
                if sent.is_none() {
                    network().wake();
                }
                Ok(sent)
            }
            Kind::Udp | Kind::Dtls => {
                if bytes.len() > dtls::MAX_MESSAGE {
                    return Err(NRF_EMSGSIZE);
                }
                handshake::send(self, &mut state, bytes).map(|()| Some(bytes.len()))
            }
        }
    }

    /// One try to receive; `None` when nothing is there.
    fn receive_now(
        &self,
        buffer: &mut [u8],
        peek: bool,
    ) -> Result<Option<(usize, Option<SocketAddr>)>, i32> {
        let mut state = self.lock();
        state.alive()?;
        if self.kind == Kind::Tcp {
            let stream = state.stream.as_mut().ok_or(NRF_ENOTCONN)?;
            return Ok(stream.receive(buffer, peek)?.map(|length| (length, None)));
        }
        if let Some((from, message)) = state.received.front() {
            let length = message.len().min(buffer.len());
            buffer[..length].copy_from_slice(&message[..length]);
            let from = *from;
            if !peek {
                state.received.pop_front();
            }
            return Ok(Some((length, Some(from))));
        }
        if state.ended {
            state.pending_error = 0;
            return Err(NRF_ECONNRESET);
        }
        if self.kind == Kind::Dtls
            && !matches!(
                state.association,
                Association::Connected | Association::Connecting { .. }
            )
        {
            return Err(NRF_ENOTCONN);
        }
        Ok(None)
    }
}

impl State {
    /// The reason why the socket can only be closed, as an error.
    pub fn alive(&self) -> Result<(), i32> {
        self.dead.map_or(Ok(()), Err)
    }

    /// Finds the packet data connection to use; `NRF_ENETUNREACH` when it is not there or lacks the family.
    pub fn attach(&mut self, v6: bool) -> Result<(), i32> {
        let pdns = seam::modem().pdns();
        let pdn = match self.options.pdn {
            Some(id) => pdns.iter().find(|pdn| pdn.id == id),
            None => pdns.first(),
        };
        let pdn = pdn.ok_or(NRF_ENETUNREACH)?;
        self.attached = Some(pdn.id);
        let has_family = if v6 {
            pdn.ipv6.is_some()
        } else {
            pdn.ipv4.is_some()
        };
        if has_family {
            Ok(())
        } else {
            Err(NRF_ENETUNREACH)
        }
    }

    /// Adds a message for the application; lost when the queue is full.
    pub fn queue(&mut self, from: SocketAddr, message: Vec<u8>) {
        if self.received.len() < QUEUE {
            self.received.push_back((from, message));
        }
    }

    /// The connection attempt ended with an error number.
    pub fn fail(&mut self, error: i32) {
        self.secure = None;
        self.peer = None;
        self.pending_error = error;
        self.association = Association::Failed(error);
    }

    /// Takes the error for `NRF_SO_ERROR`.
    pub fn take_error(&mut self) -> i32 {
        self.dead
            .unwrap_or_else(|| std::mem::take(&mut self.pending_error))
    }

    /// IANA number of the DTLS cipher suite in use.
    pub fn suite_number(&self) -> Option<u16> {
        self.secure.as_ref().and_then(Secure::suite_number)
    }

    fn waits(&self, flags: i32) -> bool {
        !self.nonblocking && flags & MSG_DONTWAIT == 0
    }

    fn die(&mut self, error: i32) {
        self.dead = Some(error);
        self.secure = None;
        self.stream = None;
        self.received.clear();
        if matches!(self.association, Association::Connecting { .. }) {
            self.association = Association::Failed(error);
        }
    }
}
