//! A DTLS 1.2 server with pre-shared key, cookies and session tickets: OpenSSL over a real UDP socket on the loopback.

use std::collections::{HashMap, VecDeque};
use std::ffi::{c_int, c_long, c_uint, c_void};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use foreign_types::ForeignTypeRef;
use openssl::ssl::{ErrorCode, Ssl, SslContext, SslMethod, SslOptions, SslStream};

use super::{IDENTITY, KEY};

unsafe extern "C" {
    fn DTLS_set_timer_cb(ssl: *mut c_void, callback: extern "C" fn(*mut c_void, c_uint) -> c_uint);
    fn SSL_ctrl(ssl: *mut c_void, command: c_int, number: c_long, argument: *mut c_void) -> c_long;
}

/// The server repeats a flight soon in real time, as simulated time does not wait for a second of it.
extern "C" fn timer(_ssl: *mut c_void, previous: c_uint) -> c_uint {
    if previous == 0 {
        30_000
    } else {
        previous.min(100_000_000) * 2
    }
}

/// Echoes every message; `close` ends the session with close_notify.
pub struct DtlsServer {
    pub address: SocketAddr,
    /// Handshakes finished, sessions resumed.
    pub finished: Arc<AtomicUsize>,
    /// close_notify alerts received.
    pub closed: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl DtlsServer {
    /// Starts with OpenSSL names of the suites accepted.
    pub fn start(suites: &str) -> DtlsServer {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        udp.set_read_timeout(Some(Duration::from_millis(5)))
            .unwrap();
        let address = udp.local_addr().unwrap();
        let context = context(suites);
        let (finished, closed, stop) =
            <(Arc<AtomicUsize>, Arc<AtomicUsize>, Arc<AtomicBool>)>::default();
        let shared = (
            Arc::clone(&finished),
            Arc::clone(&closed),
            Arc::clone(&stop),
        );
        let thread =
            std::thread::spawn(move || run(&udp, &context, &shared.0, &shared.1, &shared.2));
        DtlsServer {
            address,
            finished,
            closed,
            stop,
            thread: Some(thread),
        }
    }

    /// Waits in real time until the number of close_notify alerts is reached.
    pub fn saw_close(&self, count: usize) -> bool {
        for _ in 0..200 {
            if self.closed.load(Ordering::SeqCst) >= count {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    }
}

impl Drop for DtlsServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.take().unwrap().join().unwrap();
    }
}

fn context(suites: &str) -> SslContext {
    let mut builder = SslContext::builder(SslMethod::dtls_server()).unwrap();
    builder
        .set_cipher_list(&format!("{suites}:@SECLEVEL=0"))
        .unwrap();
    builder.set_session_id_context(b"test").unwrap();
    builder.set_options(SslOptions::COOKIE_EXCHANGE);
    builder.set_cookie_generate_cb(|_, cookie| {
        cookie[..6].copy_from_slice(b"cookie");
        Ok(6)
    });
    builder.set_cookie_verify_cb(|_, cookie| cookie == b"cookie");
    builder.set_psk_server_callback(|_, identity, key| {
        if identity != Some(IDENTITY) {
            return Ok(0);
        }
        key[..KEY.len()].copy_from_slice(&KEY);
        Ok(KEY.len())
    });
    builder.build()
}

fn run(
    udp: &UdpSocket,
    context: &SslContext,
    finished: &AtomicUsize,
    closed: &AtomicUsize,
    stop: &AtomicBool,
) {
    let mut clients: HashMap<SocketAddr, (SslStream<Channel>, bool)> = HashMap::new();
    let mut buffer = [0; 4096];
    while !stop.load(Ordering::SeqCst) {
        let datagram = udp.recv_from(&mut buffer).ok();
        if let Some((length, from)) = datagram {
            let new = || {
                let mut ssl = Ssl::new(context).unwrap();
                ssl.set_mtu(1280).unwrap();
                unsafe { DTLS_set_timer_cb(ssl.as_ptr().cast(), timer) };
                (SslStream::new(ssl, Channel::default()).unwrap(), false)
            };
            let (stream, open) = clients.entry(from).or_insert_with(new);
            stream
                .get_mut()
                .incoming
                .push_back(buffer[..length].to_vec());
            if !*open && stream.accept().is_ok() {
                *open = true;
                finished.fetch_add(1, Ordering::SeqCst);
            }
            let mut message = [0; 4096];
            while *open {
                match stream.ssl_read(&mut message) {
                    Ok(length) if &message[..length] == b"close" => {
                        let _ = stream.shutdown();
                    }
                    Ok(length) => {
                        stream.ssl_write(&message[..length]).unwrap();
                    }
                    Err(error) => {
                        if error.code() == ErrorCode::ZERO_RETURN {
                            closed.fetch_add(1, Ordering::SeqCst);
                            *open = false;
                        }
                        break;
                    }
                }
            }
        }
        for (peer, (stream, open)) in &mut clients {
            if !*open {
                // DTLS_CTRL_HANDLE_TIMEOUT
                unsafe { SSL_ctrl(stream.ssl().as_ptr().cast(), 74, 0, std::ptr::null_mut()) };
            }
            for datagram in std::mem::take(&mut stream.get_mut().outgoing) {
                udp.send_to(&datagram, peer).unwrap();
            }
        }
    }
}

#[derive(Debug, Default)]
struct Channel {
    incoming: VecDeque<Vec<u8>>,
    outgoing: Vec<Vec<u8>>,
}

impl Read for Channel {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let datagram = self.incoming.pop_front().ok_or(io::ErrorKind::WouldBlock)?;
        buffer[..datagram.len()].copy_from_slice(&datagram);
        Ok(datagram.len())
    }
}

impl Write for Channel {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.outgoing.push(buffer.to_vec());
        Ok(buffer.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
