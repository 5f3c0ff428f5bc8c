//! One UDP server socket, plain or under DTLS, that moves whole messages between a test and its clients and records every
//! datagram. It interprets nothing above DTLS, so any bytes can be sent. All methods may be called from any thread.

use crate::dtls::{DtlsConfig, DtlsOutput, DtlsServer, Session};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often handshake timers run while a receive call waits.
const TICK: Duration = Duration::from_millis(20);
/// Records kept; when full, the older half is dropped.
const RECORDS: usize = 200_000;

/// Which way a datagram went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Client to server.
    Received,
    /// Server to client.
    Sent,
}

/// One datagram, as it lay on the wire (`sealed`, under DTLS only) or as CoAP bytes.
#[derive(Clone, Debug)]
pub struct Record {
    /// When it was received, or given to the socket.
    pub at: Instant,
    /// Which way.
    pub direction: Direction,
    /// Client address.
    pub peer: SocketAddr,
    /// A DTLS datagram, not its content.
    pub sealed: bool,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// What [`Wire::receive`] brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// A message, decrypted under DTLS.
    Message(SocketAddr, Vec<u8>),
    /// A DTLS handshake finished.
    Established(SocketAddr, Session),
    /// A DTLS handshake failed.
    Failed(SocketAddr, String),
    /// The client closed its DTLS session.
    Closed(SocketAddr),
}

/// A server socket.
pub struct Wire {
    socket: UdpSocket,
    address: SocketAddr,
    dtls: Option<Mutex<DtlsServer>>,
    deaf: AtomicBool,
    losses: Mutex<Vec<(Direction, u32)>>,
    records: Mutex<Vec<Record>>,
    queue: Mutex<std::collections::VecDeque<Arrival>>,
}

impl Wire {
    /// Binds a plain socket; port 0 lets the system choose.
    pub fn plain(address: SocketAddr) -> io::Result<Wire> {
        Wire::bind(address, None)
    }

    /// Binds a DTLS socket.
    pub fn dtls(address: SocketAddr, config: DtlsConfig) -> io::Result<Wire> {
        Wire::bind(address, Some(DtlsServer::new(config)?))
    }

    fn bind(address: SocketAddr, dtls: Option<DtlsServer>) -> io::Result<Wire> {
        let socket = UdpSocket::bind(address)?;
        socket.set_read_timeout(Some(TICK))?;
        Ok(Wire {
            address: socket.local_addr()?,
            socket,
            dtls: dtls.map(Mutex::new),
            deaf: AtomicBool::new(false),
            losses: Mutex::default(),
            records: Mutex::default(),
            queue: Mutex::default(),
        })
    }

    /// The bound address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Runs under DTLS.
    pub fn is_dtls(&self) -> bool {
        self.dtls.is_some()
    }

    /// Waits at most `timeout` for something to arrive. One thread at a time should call this.
    pub fn receive(&self, timeout: Duration) -> Option<Arrival> {
        let end = Instant::now() + timeout;
        let mut buffer = vec![0; 65_536];
        loop {
            if let Some(arrival) = lock(&self.queue).pop_front() {
                return Some(arrival);
            }
            // Errors are time-outs, or ICMP reports on datagrams sent to a client that is gone: nothing arrived.
            if let Ok((length, peer)) = self.socket.recv_from(&mut buffer) {
                self.take(peer, &buffer[..length]);
            } else if let Some(mut dtls) = self.dtls_server() {
                let outputs = dtls.tick(Instant::now());
                self.carry_out(outputs);
            }
            if Instant::now() >= end {
                return lock(&self.queue).pop_front();
            }
        }
    }

    /// Sends a message, encrypted under DTLS. Fails with `NotConnected` when the client has no DTLS session.
    pub fn send(&self, peer: SocketAddr, message: &[u8]) -> io::Result<()> {
        let Some(mut dtls) = self.dtls_server() else {
            return self.send_datagram(peer, message);
        };
        let datagrams = dtls
            .encrypt(peer, message)
            .ok_or(io::ErrorKind::NotConnected)?;
        self.record(Direction::Sent, peer, false, message);
        datagrams
            .iter()
            .try_for_each(|datagram| self.send_datagram(peer, datagram))
    }

    /// Sends bytes as they are, also under DTLS.
    pub fn send_datagram(&self, peer: SocketAddr, datagram: &[u8]) -> io::Result<()> {
        self.record(Direction::Sent, peer, self.is_dtls(), datagram);
        if self.loses(Direction::Sent) {
            return Ok(());
        }
        self.socket.send_to(datagram, peer).map(drop)
    }

    /// Loses the `nth` datagram from now on in one direction, counted from 1. It is recorded all the same. May be called
    /// several times: each loss counts for itself.
    pub fn lose(&self, direction: Direction, nth: u32) {
        lock(&self.losses).push((direction, nth));
    }

    /// While deaf, every datagram is recorded and then ignored: nothing answers, not even DTLS.
    pub fn set_deaf(&self, deaf: bool) {
        self.deaf.store(deaf, Ordering::Relaxed);
    }

    /// Forgets every DTLS session without telling the clients. Nothing happens on a plain socket.
    pub fn forget_dtls(&self) -> io::Result<()> {
        self.dtls_server()
            .map_or(Ok(()), |mut dtls| dtls.forget().map_err(io::Error::from))
    }

    /// Ends a client's DTLS session with close_notify. Fails with `NotConnected` when there is none.
    pub fn close_dtls(&self, peer: SocketAddr) -> io::Result<()> {
        let datagrams = self
            .dtls_server()
            .and_then(|mut dtls| dtls.close(peer))
            .ok_or(io::ErrorKind::NotConnected)?;
        datagrams
            .iter()
            .try_for_each(|datagram| self.send_datagram(peer, datagram))
    }

    /// Changes keys, ciphers, cookies or resumption for the handshakes to come. Nothing happens on a plain socket.
    pub fn configure_dtls(&self, change: impl FnOnce(&mut DtlsConfig)) -> io::Result<()> {
        let Some(mut dtls) = self.dtls_server() else {
            return Ok(());
        };
        let mut config = dtls.config().clone();
        change(&mut config);
        dtls.reconfigure(config).map_err(io::Error::from)
    }

    /// Identities and keys accepted in handshakes; none on a plain socket.
    pub fn keys(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let dtls = self.dtls_server();
        let keys = dtls.map(|dtls| dtls.config().keys.clone());
        keys.unwrap_or_default().into_iter().collect()
    }

    /// Every datagram so far, oldest first.
    pub fn records(&self) -> Vec<Record> {
        lock(&self.records).clone()
    }

    /// CoAP bytes received from anyone since `since`, oldest first.
    pub fn received_since(&self, since: Instant) -> Vec<Record> {
        let fresh = |r: &&Record| r.at >= since && !r.sealed && r.direction == Direction::Received;
        lock(&self.records).iter().filter(fresh).cloned().collect()
    }

    fn take(&self, peer: SocketAddr, datagram: &[u8]) {
        self.record(Direction::Received, peer, self.is_dtls(), datagram);
        if self.loses(Direction::Received) || self.deaf.load(Ordering::Relaxed) {
            return;
        }
        match self.dtls_server() {
            None => lock(&self.queue).push_back(Arrival::Message(peer, datagram.to_vec())),
            Some(mut dtls) => {
                let outputs = dtls.received(peer, datagram, Instant::now());
                self.carry_out(outputs);
            }
        }
    }

    /// Counts a datagram and says whether it is to be lost.
    fn loses(&self, direction: Direction) -> bool {
        let mut lost = false;
        lock(&self.losses).retain_mut(|(of, left)| {
            if *of == direction {
                *left = left.saturating_sub(1);
                lost |= *left == 0;
            }
            *left > 0
        });
        lost
    }

    fn carry_out(&self, outputs: Vec<DtlsOutput>) {
        for output in outputs {
            let arrival = match output {
                DtlsOutput::Send(peer, datagram) => {
                    // A client that is gone cannot be told; its absence shows in what does not arrive.
                    let _ = self.send_datagram(peer, &datagram);
                    continue;
                }
                DtlsOutput::Data(peer, message) => {
                    self.record(Direction::Received, peer, false, &message);
                    Arrival::Message(peer, message)
                }
                DtlsOutput::Established(peer, session) => Arrival::Established(peer, session),
                DtlsOutput::Failed(peer, why) => Arrival::Failed(peer, why),
                DtlsOutput::Closed(peer) => Arrival::Closed(peer),
            };
            lock(&self.queue).push_back(arrival);
        }
    }

    fn record(&self, direction: Direction, peer: SocketAddr, sealed: bool, bytes: &[u8]) {
        let mut records = lock(&self.records);
        if records.len() >= RECORDS {
            records.drain(..RECORDS / 2);
        }
        records.push(Record {
            at: Instant::now(),
            direction,
            peer,
            sealed,
            bytes: bytes.to_vec(),
        });
    }

    fn dtls_server(&self) -> Option<MutexGuard<'_, DtlsServer>> {
        self.dtls.as_ref().map(lock)
    }
}

/// A test that fails while holding a lock must not hide its message behind a second panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
