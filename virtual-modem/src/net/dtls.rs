//! One DTLS 1.2 client session with a pre-shared key (RFC 6347, RFC 4279), as a machine without sockets and without time:
//! datagrams go in, datagrams and messages come out, and the owner says when the retransmission time has passed.
//!
//! The protocol is OpenSSL's. Its own retransmission timer runs on real time, so it is kept short, and what it repeats
//! unasked is held back until [`Session::retransmit`] asks: simulated time decides alone when a flight is repeated.

use std::collections::VecDeque;
use std::ffi::{c_int, c_long, c_uint, c_void};
use std::io::{self, Read, Write};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use foreign_types::ForeignTypeRef;
use openssl::ex_data::Index;
use openssl::ssl::{
    ErrorCode, Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslRef, SslSession,
    SslSessionCacheMode, SslStream, SslVersion,
};

/// Longest application message of a session, as on the modem.
pub const MAX_MESSAGE: usize = 2048;

/// IANA numbers and OpenSSL names of the cipher suites offered, in order of preference.
pub const SUITES: [(u16, &str); 3] = [
    (0xc0a8, "PSK-AES128-CCM8"),
    (0x00ae, "PSK-AES128-CBC-SHA256"),
    (0x008c, "PSK-AES128-CBC-SHA"),
];

/// Real time after which OpenSSL agrees to repeat a flight; it takes the last 15 ms for already past.
const OPENSSL_TIMER: Duration = Duration::from_millis(35);
/// Times OpenSSL is let repeat a flight; it makes the handshake fail after one more.
const MAX_REPETITIONS: u32 = 11;
/// `SSL_OP_LEGACY_SERVER_CONNECT`: the modem also takes servers without RFC 5746, such as Leshan 2.0.0-M4.
const LEGACY_SERVER_CONNECT: SslOptions = SslOptions::from_bits_retain(0x4);
const DTLS_CTRL_GET_TIMEOUT: c_int = 73;
const DTLS_CTRL_HANDLE_TIMEOUT: c_int = 74;

unsafe extern "C" {
    fn DTLS_set_timer_cb(ssl: *mut c_void, callback: extern "C" fn(*mut c_void, c_uint) -> c_uint);
    fn SSL_ctrl(ssl: *mut c_void, command: c_int, number: c_long, argument: *mut c_void) -> c_long;
}

/// Asked by OpenSSL for the time (microseconds) until the next repetition; `previous` is 0 for a new flight.
extern "C" fn timer(ssl: *mut c_void, previous: c_uint) -> c_uint {
    // SAFETY: OpenSSL gives the session it works on.
    let ssl: &SslRef = unsafe { SslRef::from_ptr(ssl.cast()) };
    let repeated = ssl.ex_data(*REPETITIONS).map_or(0, |count| match previous {
        0 => {
            count.store(0, Ordering::Relaxed);
            0
        }
        _ => count.fetch_add(1, Ordering::Relaxed) + 1,
    });
    let time = if repeated < MAX_REPETITIONS {
        OPENSSL_TIMER
    } else {
        Duration::from_secs(3600)
    };
    time.as_micros() as c_uint
}

/// Times the current flight was repeated.
static REPETITIONS: LazyLock<Index<Ssl, AtomicU32>> =
    LazyLock::new(|| Ssl::new_ex_index().expect("OpenSSL gives indices"));

/// What a session is opened with.
#[derive(Clone)]
pub struct Parameters {
    /// PSK identity, bytes as stored in the credential store.
    pub identity: Vec<u8>,
    /// Key bytes.
    pub key: Vec<u8>,
    /// Cipher suites by IANA number, best first; empty for all of [`SUITES`]. Unknown numbers are skipped.
    pub suites: Vec<u16>,
    /// An earlier session with the same server to resume, from [`Session::resumable`].
    pub resume: Option<Vec<u8>>,
    /// Hears the secret of the session before a flight that needs it goes out, as a line of a key log (`CLIENT_RANDOM ...`).
    pub secret: fn(&str),
}

/// Where a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The handshake is running.
    Handshaking,
    /// Messages can be exchanged.
    Open,
    /// The server said close_notify or sent a fatal alert after the handshake.
    Closed,
    /// The handshake failed: alert, no common cipher suite, bad Finished.
    Refused,
}

/// A client session. Not shared: its owner keeps it behind the socket's lock.
#[derive(Debug)]
pub struct Session {
    stream: SslStream<Channel>,
    phase: Phase,
    messages: VecDeque<Vec<u8>>,
}

/// Datagrams between OpenSSL and the owner.
#[derive(Debug, Default)]
struct Channel {
    incoming: VecDeque<Vec<u8>>,
    outgoing: Vec<Vec<u8>>,
    /// Set until OpenSSL reads: before that it only repeats a flight because its real-time timer ran out.
    unasked: bool,
    /// Repetitions of the current flight that were not asked for, with record numbers the server has not seen.
    spare: VecDeque<Vec<Vec<u8>>>,
}

impl Session {
    /// Starts a handshake; the first flight waits in [`Session::take_datagrams`]. Fails when the parameters cannot be
    /// used: identity with a zero byte or longer than OpenSSL takes, no known suite.
    pub fn start(parameters: Parameters) -> Result<Session, String> {
        let context = context(&parameters).map_err(|error| error.to_string())?;
        let ssl =
            new_ssl(&context, parameters.resume.as_deref()).map_err(|error| error.to_string())?;
        let stream = SslStream::new(ssl, Channel::default()).map_err(|error| error.to_string())?;
        let mut session = Session {
            stream,
            phase: Phase::Handshaking,
            messages: VecDeque::new(),
        };
        session.advance();
        Ok(session)
    }

    /// Where the session is.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// True when the handshake was an abbreviated one.
    pub fn resumed(&self) -> bool {
        self.stream.ssl().session_reused()
    }

    /// What may be resumed later; none before the handshake ended.
    pub fn resumable(&self) -> Option<Vec<u8>> {
        // As bytes, because OpenSSL spoils a kept session object when its connection ends without close_notify.
        let session = self
            .stream
            .ssl()
            .session()
            .filter(|_| self.phase == Phase::Open)?;
        session.to_der().ok()
    }

    /// Name of the cipher suite in use; none before the handshake ended.
    pub fn suite(&self) -> Option<&'static str> {
        self.stream
            .ssl()
            .current_cipher()
            .map(|cipher| cipher.name())
    }

    /// IANA number of the cipher suite in use.
    pub fn suite_number(&self) -> Option<u16> {
        let name = self.suite()?;
        SUITES
            .iter()
            .find(|suite| suite.1 == name)
            .map(|suite| suite.0)
    }

    /// A datagram came from the server. Anything malformed or not authentic is dropped silently.
    pub fn datagram(&mut self, bytes: &[u8]) {
        let handshaking = self.phase == Phase::Handshaking;
        let channel = self.stream.get_mut();
        channel.incoming.push_back(bytes.to_vec());
        if handshaking {
            channel.unasked = true;
            channel.spare.push_back(Vec::new());
        }
        self.advance();
        let channel = self.stream.get_mut();
        channel.unasked = false;
        channel.spare.retain(|flight| !flight.is_empty());
        if !channel.outgoing.is_empty() {
            channel.spare.clear();
        }
    }

    /// The retransmission time has passed: the last flight is repeated. When OpenSSL is not ready for it, the answer is
    /// the real time (35 ms at most) after which to call again. A flight is repeated eleven times at most.
    pub fn retransmit(&mut self) -> Option<Duration> {
        if self.phase != Phase::Handshaking {
            return None;
        }
        let channel = self.stream.get_mut();
        if let Some(mut flight) = channel.spare.pop_front() {
            channel.outgoing.append(&mut flight);
            return None;
        }
        if let Some(rest) = self.openssl_timer() {
            return (rest <= OPENSSL_TIMER).then_some(rest);
        }
        // SAFETY: the session is valid for the call; this command takes no argument.
        unsafe {
            SSL_ctrl(
                self.stream.ssl().as_ptr().cast(),
                DTLS_CTRL_HANDLE_TIMEOUT,
                0,
                std::ptr::null_mut(),
            )
        };
        None
    }

    /// Encrypts one message into one datagram. False when the session is not open or the message is too long.
    pub fn send(&mut self, message: &[u8]) -> bool {
        self.phase == Phase::Open
            && message.len() <= MAX_MESSAGE
            && self.stream.ssl_write(message).is_ok()
    }

    /// Says close_notify to the server when the session is open.
    pub fn close(&mut self) {
        if self.phase == Phase::Open {
            // The answer is not waited for, as a failure to send it would not change anything.
            let _ = self.stream.shutdown();
            self.phase = Phase::Closed;
        }
    }

    /// Datagrams to send, in order.
    pub fn take_datagrams(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.stream.get_mut().outgoing)
    }

    /// Messages received, in order.
    pub fn take_messages(&mut self) -> VecDeque<Vec<u8>> {
        std::mem::take(&mut self.messages)
    }

    fn advance(&mut self) {
        if self.phase == Phase::Handshaking {
            match self.stream.connect() {
                Ok(()) => self.phase = Phase::Open,
                Err(error)
                    if matches!(error.code(), ErrorCode::WANT_READ | ErrorCode::WANT_WRITE) =>
                {
                    return;
                }
                Err(_) => self.phase = Phase::Refused,
            }
        }
        let mut buffer = vec![0; 16 * 1024];
        while self.phase == Phase::Open {
            match self.stream.ssl_read(&mut buffer) {
                Ok(length) => self.messages.push_back(buffer[..length].to_vec()),
                Err(error)
                    if matches!(error.code(), ErrorCode::WANT_READ | ErrorCode::WANT_WRITE) =>
                {
                    return;
                }
                Err(_) => self.phase = Phase::Closed,
            }
        }
    }

    /// Real time until OpenSSL agrees to repeat a flight.
    fn openssl_timer(&self) -> Option<Duration> {
        let mut rest = libc::timeval {
            tv_sec: 0,
            tv_usec: 0,
        };
        // SAFETY: the session is valid for the call, and the command writes one timeval to its argument.
        let set = unsafe {
            SSL_ctrl(
                self.stream.ssl().as_ptr().cast(),
                DTLS_CTRL_GET_TIMEOUT,
                0,
                (&raw mut rest).cast::<c_void>(),
            )
        };
        let rest = Duration::new(rest.tv_sec as u64, rest.tv_usec as u32 * 1000);
        (set == 1 && !rest.is_zero()).then_some(rest)
    }
}

fn context(parameters: &Parameters) -> Result<SslContext, openssl::error::ErrorStack> {
    let mut builder = SslContextBuilder::new(SslMethod::dtls_client())?;
    builder.set_min_proto_version(Some(SslVersion::DTLS1_2))?;
    builder.set_max_proto_version(Some(SslVersion::DTLS1_2))?;
    // CCM-8 has a short tag, which OpenSSL only allows at security level 0.
    builder.set_cipher_list(&format!("{}:@SECLEVEL=0", suite_names(&parameters.suites)))?;
    builder.set_options(SslOptions::NO_QUERY_MTU | LEGACY_SERVER_CONNECT);
    builder.set_session_cache_mode(SslSessionCacheMode::OFF);
    let secret = parameters.secret;
    builder.set_keylog_callback(move |_, line| secret(line));
    let (identity, key) = (parameters.identity.clone(), parameters.key.clone());
    builder.set_psk_client_callback(move |_, _hint, identity_out, key_out| {
        // The identity buffer also holds a terminating zero; key length 0 makes OpenSSL refuse the handshake.
        if identity.contains(&0)
            || identity.len() >= identity_out.len()
            || key.len() > key_out.len()
        {
            return Ok(0);
        }
        identity_out[..identity.len()].copy_from_slice(&identity);
        identity_out[identity.len()] = 0;
        key_out[..key.len()].copy_from_slice(&key);
        Ok(key.len())
    });
    Ok(builder.build())
}

fn suite_names(numbers: &[u16]) -> String {
    let name = |number: u16| {
        SUITES
            .iter()
            .find(|suite| suite.0 == number)
            .map(|suite| suite.1)
    };
    let names: Vec<_> = match numbers {
        [] => SUITES.iter().map(|suite| suite.1).collect(),
        chosen => chosen.iter().filter_map(|number| name(*number)).collect(),
    };
    names.join(":")
}

fn new_ssl(context: &SslContext, resume: Option<&[u8]>) -> Result<Ssl, openssl::error::ErrorStack> {
    let mut ssl = Ssl::new(context)?;
    ssl.set_mtu(1280)?;
    if let Some(earlier) = resume {
        let earlier = SslSession::from_der(earlier)?;
        // SAFETY: the contexts of all sessions are made alike, with the same method and protocol version.
        unsafe { ssl.set_session(&earlier)? };
    }
    // SAFETY: the session is valid, and the callback has static lifetime.
    unsafe { DTLS_set_timer_cb(ssl.as_ptr().cast(), timer) };
    ssl.set_ex_data(*REPETITIONS, AtomicU32::new(0));
    Ok(ssl)
}

impl Read for Channel {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.unasked = false;
        let Some(datagram) = self.incoming.pop_front() else {
            return Err(io::ErrorKind::WouldBlock.into());
        };
        let length = datagram.len().min(buffer.len());
        buffer[..length].copy_from_slice(&datagram[..length]);
        Ok(length)
    }
}

impl Write for Channel {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self.spare.back_mut() {
            Some(flight) if self.unasked => flight.push(buffer.to_vec()),
            _ => self.outgoing.push(buffer.to_vec()),
        }
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
