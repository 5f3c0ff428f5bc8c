//! DTLS 1.2 with pre-shared keys, server side, for many clients on one socket. Sans-IO: datagrams in, datagrams,
//! application data and events out. One OpenSSL session a peer address (RFC 6347).
//!
//! A ClientHello from a peer that already has a session starts a second one beside it, and only a finished handshake
//! replaces the first (RFC 6347 4.2.8); a late duplicate of the first one's ClientHello is recognised by its random.

use openssl::error::ErrorStack;
use openssl::ex_data::Index;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use openssl::ssl::{
    ErrorCode, ShutdownState, Ssl, SslContext, SslMethod, SslOptions, SslRef, SslSessionCacheMode,
    SslStream, SslVersion,
};
use std::collections::{HashMap, VecDeque};
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Longest DTLS record payload accepted or made.
const RECORD_LIMIT: usize = 16 * 1024;
/// A handshake that takes longer is given up.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(60);

/// Which kinds of session resumption the server offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumption {
    /// None: each handshake is a full one.
    Off,
    /// By session id, kept in the server.
    Ids,
    /// By session ticket, kept in the client (RFC 5077), and by id.
    Tickets,
}

/// What the server accepts.
#[derive(Clone, Debug)]
pub struct DtlsConfig {
    /// Identity and key.
    pub keys: HashMap<Vec<u8>, Vec<u8>>,
    /// OpenSSL cipher list.
    pub ciphers: String,
    /// Ask for a cookie first (HelloVerifyRequest).
    pub cookies: bool,
    /// Resumption offered.
    pub resumption: Resumption,
    /// Largest datagram made, in bytes.
    pub mtu: u32,
    /// Description of a plaintext fatal alert (RFC 5246 7.2) sent for records of a session nobody knows; `None`: silence.
    pub unknown_session_alert: Option<u8>,
}

impl Default for DtlsConfig {
    /// No keys; AES-128-CCM-8 before AES-128-CBC-SHA256; cookies, resumption by id and ticket, 1280 bytes.
    fn default() -> DtlsConfig {
        DtlsConfig {
            keys: HashMap::new(),
            // CCM-8 has a 64-bit tag, which OpenSSL allows at security level 0 only.
            ciphers: "PSK-AES128-CCM8:PSK-AES128-CBC-SHA256:@SECLEVEL=0".into(),
            cookies: true,
            resumption: Resumption::Tickets,
            mtu: 1280,
            unknown_session_alert: None,
        }
    }
}

impl DtlsConfig {
    /// The default with one identity and key.
    pub fn with_key(identity: &str, key: &[u8]) -> DtlsConfig {
        let mut config = DtlsConfig::default();
        config.keys.insert(identity.into(), key.to_vec());
        config
    }
}

/// An established session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Identity the client named, in this handshake or in the one it resumes.
    pub identity: Vec<u8>,
    /// OpenSSL's name of the cipher suite.
    pub cipher: String,
    /// The handshake was abbreviated.
    pub resumed: bool,
}

/// What came out of a datagram or a timer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DtlsOutput {
    /// Datagram to send to the peer.
    Send(SocketAddr, Vec<u8>),
    /// Decrypted application data.
    Data(SocketAddr, Vec<u8>),
    /// A handshake finished.
    Established(SocketAddr, Session),
    /// A handshake failed, for this reason. Whatever session the peer had before stays.
    Failed(SocketAddr, String),
    /// The peer ended its session (close_notify or a fatal alert).
    Closed(SocketAddr),
}

/// Every session of one server socket.
pub struct DtlsServer {
    config: DtlsConfig,
    context: SslContext,
    peers: HashMap<SocketAddr, Peer>,
}

#[derive(Default)]
struct Peer {
    current: Option<Handshake>,
    candidate: Option<Handshake>,
}

/// A session under way or established.
struct Handshake {
    stream: SslStream<Datagrams>,
    /// Random of its ClientHello, the same with and without a cookie.
    random: Vec<u8>,
    since: Instant,
}

impl Drop for Handshake {
    fn drop(&mut self) {
        // OpenSSL takes a session that was not shut down out of its cache; a client may still want to resume it.
        self.stream
            .set_shutdown(ShutdownState::SENT | ShutdownState::RECEIVED);
    }
}

impl DtlsServer {
    /// A server without sessions. Fails when OpenSSL does not know the ciphers.
    pub fn new(config: DtlsConfig) -> Result<DtlsServer, ErrorStack> {
        let context = context(&config)?;
        Ok(DtlsServer {
            config,
            context,
            peers: HashMap::new(),
        })
    }

    /// What it accepts.
    pub fn config(&self) -> &DtlsConfig {
        &self.config
    }

    /// Accepts something else from the next handshake on. Sessions go on; those kept for resumption are forgotten.
    pub fn reconfigure(&mut self, config: DtlsConfig) -> Result<(), ErrorStack> {
        self.context = context(&config)?;
        self.config = config;
        Ok(())
    }

    /// Forgets every session without a word, also those kept for resumption: as a server that lost its memory.
    pub fn forget(&mut self) -> Result<(), ErrorStack> {
        self.peers.clear();
        self.context = context(&self.config)?;
        Ok(())
    }

    /// The peer has a session.
    pub fn is_established(&self, peer: SocketAddr) -> bool {
        self.peers
            .get(&peer)
            .is_some_and(|peer| peer.current.is_some())
    }

    /// Encrypts for a peer. `None` when it has no session.
    pub fn encrypt(&mut self, peer: SocketAddr, data: &[u8]) -> Option<Vec<Vec<u8>>> {
        let stream = &mut self.peers.get_mut(&peer)?.current.as_mut()?.stream;
        stream.ssl_write(data).ok()?;
        Some(stream.get_mut().sent())
    }

    /// Ends the peer's session with close_notify. `None` when it has no session.
    pub fn close(&mut self, peer: SocketAddr) -> Option<Vec<Vec<u8>>> {
        let mut session = self.peers.get_mut(&peer)?.current.take()?;
        let stream = &mut session.stream;
        // The result says whether the peer closed as well, which nobody waits for.
        let _ = stream.shutdown();
        Some(stream.get_mut().sent())
    }

    /// Takes a datagram.
    pub fn received(&mut self, from: SocketAddr, datagram: &[u8], now: Instant) -> Vec<DtlsOutput> {
        let mut outputs = Vec::new();
        let plaintext_epoch = datagram.len() > 13 && datagram[3..5] == [0, 0];
        let peer = self.peers.entry(from).or_default();
        if let Some(random) = hello_random(datagram) {
            let same = |handshake: &Option<Handshake>| {
                handshake.as_ref().is_some_and(|h| h.random == random)
            };
            if same(&peer.current) {
                return outputs;
            }
            if !same(&peer.candidate) {
                match accept(&self.context, &self.config, from) {
                    Ok(stream) => {
                        peer.candidate = Some(Handshake {
                            stream,
                            random: random.to_vec(),
                            since: now,
                        })
                    }
                    Err(error) => outputs.push(DtlsOutput::Failed(from, error.to_string())),
                }
            }
        }
        let has_candidate = peer.candidate.is_some();
        if !has_candidate && peer.current.is_none() {
            let alert = |description| DtlsOutput::Send(from, alert_record(description));
            outputs.extend(self.config.unknown_session_alert.map(alert));
        }
        if has_candidate {
            peer.advance(from, Some(datagram), &mut outputs);
        }
        if !has_candidate || !plaintext_epoch {
            peer.read(from, Some(datagram), &mut outputs);
        }
        self.tidy(from);
        outputs
    }

    /// Repeats lost handshake flights and gives up handshakes that take too long. Call every 100 ms or so.
    pub fn tick(&mut self, now: Instant) -> Vec<DtlsOutput> {
        let mut outputs = Vec::new();
        let waiting =
            |(addr, peer): (&SocketAddr, &Peer)| peer.candidate.is_some().then_some(*addr);
        let waiting: Vec<SocketAddr> = self.peers.iter().filter_map(waiting).collect();
        for addr in waiting {
            let Some(peer) = self.peers.get_mut(&addr) else {
                continue;
            };
            if peer
                .candidate
                .as_ref()
                .is_some_and(|c| now.duration_since(c.since) > HANDSHAKE_LIMIT)
            {
                peer.candidate = None;
            } else {
                peer.advance(addr, None, &mut outputs);
            }
            self.tidy(addr);
        }
        outputs
    }

    fn tidy(&mut self, addr: SocketAddr) {
        if self
            .peers
            .get(&addr)
            .is_some_and(|peer| peer.current.is_none() && peer.candidate.is_none())
        {
            self.peers.remove(&addr);
        }
    }
}

impl Peer {
    /// Moves the handshake on; a finished one becomes the session.
    fn advance(
        &mut self,
        from: SocketAddr,
        datagram: Option<&[u8]>,
        outputs: &mut Vec<DtlsOutput>,
    ) {
        let Some(mut candidate) = self.candidate.take() else {
            return;
        };
        let stream = &mut candidate.stream;
        stream
            .get_mut()
            .received
            .extend(datagram.map(<[u8]>::to_vec));
        let result = stream.accept();
        outputs.extend(
            stream
                .get_mut()
                .sent()
                .into_iter()
                .map(|bytes| DtlsOutput::Send(from, bytes)),
        );
        match result {
            Ok(()) => {
                outputs.push(DtlsOutput::Established(from, session(stream.ssl())));
                self.current = Some(candidate);
                // Data may have come in the same datagram as the end of the handshake.
                self.read(from, None, outputs);
            }
            Err(error) if would_block(&error) => self.candidate = Some(candidate),
            Err(error) => outputs.push(DtlsOutput::Failed(from, error.to_string())),
        }
    }

    /// Decrypts what the session holds for the application.
    fn read(&mut self, from: SocketAddr, datagram: Option<&[u8]>, outputs: &mut Vec<DtlsOutput>) {
        let Some(Handshake { stream, .. }) = self.current.as_mut() else {
            return;
        };
        stream
            .get_mut()
            .received
            .extend(datagram.map(<[u8]>::to_vec));
        let mut buffer = vec![0; RECORD_LIMIT];
        let result = loop {
            match stream.ssl_read(&mut buffer) {
                Ok(length) => outputs.push(DtlsOutput::Data(from, buffer[..length].to_vec())),
                Err(error) => break error,
            }
        };
        // A repeated last flight of the client makes OpenSSL repeat its own.
        outputs.extend(
            stream
                .get_mut()
                .sent()
                .into_iter()
                .map(|bytes| DtlsOutput::Send(from, bytes)),
        );
        if !would_block(&result) {
            self.current = None;
            outputs.push(DtlsOutput::Closed(from));
        }
    }
}

/// The datagrams of one peer, as OpenSSL reads and writes them: one call, one datagram.
#[derive(Default)]
struct Datagrams {
    received: VecDeque<Vec<u8>>,
    written: Vec<Vec<u8>>,
}

impl Datagrams {
    fn sent(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.written)
    }
}

impl Read for Datagrams {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let datagram = self.received.pop_front().ok_or(io::ErrorKind::WouldBlock)?;
        let length = datagram.len().min(buffer.len());
        buffer[..length].copy_from_slice(&datagram[..length]);
        Ok(length)
    }
}

impl Write for Datagrams {
    fn write(&mut self, datagram: &[u8]) -> io::Result<usize> {
        self.written.push(datagram.to_vec());
        Ok(datagram.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where a session's peer address is kept, for the cookie callbacks.
fn peer_index() -> Index<Ssl, SocketAddr> {
    static INDEX: OnceLock<Index<Ssl, SocketAddr>> = OnceLock::new();
    *INDEX.get_or_init(|| Ssl::new_ex_index().expect("OpenSSL hands out ex_data indices"))
}

fn context(config: &DtlsConfig) -> Result<SslContext, ErrorStack> {
    let mut builder = SslContext::builder(SslMethod::dtls())?;
    builder.set_min_proto_version(Some(SslVersion::DTLS1_2))?;
    builder.set_security_level(0);
    builder.set_cipher_list(&config.ciphers)?;
    builder.set_session_id_context(b"carrier-lab")?;
    let mut options = SslOptions::NO_QUERY_MTU;
    options.set(SslOptions::COOKIE_EXCHANGE, config.cookies);
    options.set(
        SslOptions::NO_TICKET,
        config.resumption != Resumption::Tickets,
    );
    builder.set_options(options);
    builder.set_session_cache_mode(match config.resumption {
        Resumption::Off => SslSessionCacheMode::OFF,
        Resumption::Ids | Resumption::Tickets => SslSessionCacheMode::SERVER,
    });
    let keys = config.keys.clone();
    builder.set_psk_server_callback(move |_, identity, key| {
        // Length 0 makes OpenSSL send the alert unknown_psk_identity.
        let known = keys
            .get(identity.unwrap_or_default())
            .filter(|known| known.len() <= key.len());
        Ok(known.map_or(0, |known| {
            key[..known.len()].copy_from_slice(known);
            known.len()
        }))
    });
    let mut secret = [0; 32];
    openssl::rand::rand_bytes(&mut secret)?;
    builder.set_cookie_generate_cb(move |ssl, cookie| {
        let made = cookie_of(ssl, &secret)?;
        cookie[..made.len()].copy_from_slice(&made);
        Ok(made.len())
    });
    builder.set_cookie_verify_cb(move |ssl, cookie| {
        cookie_of(ssl, &secret).is_ok_and(|made| made == cookie)
    });
    Ok(builder.build())
}

fn cookie_of(ssl: &SslRef, secret: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let key = PKey::hmac(secret)?;
    let mut signer = Signer::new(MessageDigest::sha256(), &key)?;
    let peer = ssl
        .ex_data(peer_index())
        .map(SocketAddr::to_string)
        .unwrap_or_default();
    signer.update(peer.as_bytes())?;
    signer.sign_to_vec()
}

fn accept(
    context: &SslContext,
    config: &DtlsConfig,
    peer: SocketAddr,
) -> Result<SslStream<Datagrams>, ErrorStack> {
    let mut ssl = Ssl::new(context)?;
    ssl.set_mtu(config.mtu)?;
    ssl.set_ex_data(peer_index(), peer);
    SslStream::new(ssl, Datagrams::default())
}

fn session(ssl: &SslRef) -> Session {
    Session {
        identity: ssl.psk_identity().unwrap_or_default().to_vec(),
        cipher: ssl
            .current_cipher()
            .map(|cipher| cipher.name().to_string())
            .unwrap_or_default(),
        resumed: ssl.session_reused(),
    }
}

fn would_block(error: &openssl::ssl::Error) -> bool {
    error.code() == ErrorCode::WANT_READ || error.code() == ErrorCode::WANT_WRITE
}

/// Random of a ClientHello, from its first fragment in a plaintext handshake record; `None` for any other datagram.
fn hello_random(datagram: &[u8]) -> Option<&[u8]> {
    let is = |at: usize, bytes: &[u8]| datagram.get(at..at + bytes.len()) == Some(bytes);
    // Record: type 0, epoch 3. Handshake message after 13 bytes: type 0, fragment offset 6, then 12 on version and random.
    let is_hello = is(0, &[22]) && is(3, &[0, 0]) && is(13, &[1]) && is(19, &[0, 0, 0]);
    if is_hello { datagram.get(27..59) } else { None }
}

/// Fatal alert without protection (RFC 6347 4.1: type, version, epoch, sequence number, length).
fn alert_record(description: u8) -> Vec<u8> {
    vec![21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 2, description]
}
