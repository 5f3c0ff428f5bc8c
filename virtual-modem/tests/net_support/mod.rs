//! What the network tests share: a modem with keys and a connection, real loopback servers, and safe calls of the C functions.

#![allow(dead_code, reason = "each test program uses a part")]

pub mod dtls_server;

use std::ffi::c_void;
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use virtual_modem::clock::clock;
use virtual_modem::errno::nrf_errno;
use virtual_modem::net::api::*;
use virtual_modem::net::{control, layout};
use virtual_modem::seam::{self, Modem, NetworkEvent, Pdn};

pub const DGRAM: i32 = 2;
pub const STREAM: i32 = 1;
pub const DTLS: i32 = 273;
pub const SOCKET_LEVEL: i32 = 1;
pub const SECURE_LEVEL: i32 = 282;
pub const POLLIN: i16 = 1;
pub const POLLOUT: i16 = 4;

/// Identity and key of security tag 25; tag 26 has a key the servers do not know, tag 27 an unknown identity.
pub const IDENTITY: &[u8] = b"urn:imei:350100000000012";
pub const KEY: [u8; 16] = *b"0123456789abcdef";

struct TestModem;

static NETWORK_UP: AtomicBool = AtomicBool::new(true);
static INITIALIZED: AtomicBool = AtomicBool::new(true);

impl Modem for TestModem {
    fn is_initialized(&self) -> bool {
        INITIALIZED.load(Ordering::SeqCst)
    }
    fn was_shut_down(&self) -> bool {
        !self.is_initialized()
    }
    fn pdns(&self) -> Vec<Pdn> {
        NETWORK_UP
            .load(Ordering::SeqCst)
            .then(pdn)
            .into_iter()
            .collect()
    }
    fn has_coverage(&self) -> bool {
        true
    }
    fn psk(&self, sec_tag: u32) -> Option<(Vec<u8>, Vec<u8>)> {
        match sec_tag {
            25 => Some((IDENTITY.to_vec(), KEY.to_vec())),
            26 => Some((IDENTITY.to_vec(), b"another key, yes".to_vec())),
            27 => Some((b"nobody".to_vec(), KEY.to_vec())),
            _ => None,
        }
    }
    fn directory(&self) -> PathBuf {
        std::env::temp_dir()
    }
    fn life(&self) -> u64 {
        1
    }
    fn log(&self, area: &str, line: &str) {
        println!("{:>8} {area} {line}", clock().now_ms());
    }
    fn count_traffic(&self, _sent: usize, _received: usize) {}
}

fn pdn() -> Pdn {
    Pdn {
        cid: 0,
        id: 0,
        ipv4: Some([10, 0, 0, 2].into()),
        ipv6: Some("2001:db8::2".parse().unwrap()),
    }
}

/// Starts a test: simulated time that jumps, no faults, network up. Tests of one program run one after the other.
pub fn start() -> MutexGuard<'static, ()> {
    start_with(&[])
}

/// Like [`start`], with environment variables for the whole test program.
pub fn start_with(environment: &[(&str, &str)]) -> MutexGuard<'static, ()> {
    static SERIAL: Mutex<()> = Mutex::new(());
    static PREPARE: Once = Once::new();
    let guard = SERIAL.lock().unwrap_or_else(PoisonError::into_inner);
    PREPARE.call_once(|| {
        let fixed = [
            ("VIRTUAL_MODEM_CLOCK", "skip"),
            ("VIRTUAL_MODEM_GRACE", "100"),
            ("VIRTUAL_MODEM_SEED", "1"),
            ("VIRTUAL_MODEM_SERVER_TIMER", "150"),
        ];
        for (name, value) in fixed.iter().chain(environment) {
            // SAFETY: no other thread of the test program reads the environment yet.
            unsafe { std::env::set_var(name, value) };
        }
        assert!(seam::install(Box::new(TestModem)));
    });
    // Time stands still while the test itself runs.
    clock().enter("test");
    // What a failed test left behind must not make the next one fail.
    for fd in 0..8 {
        nrf_close(fd);
    }
    control("fault clear").unwrap();
    control("dtls purge").unwrap();
    control("dtls limit 2").unwrap();
    guard
}

/// The connection goes down or comes up, as the engine would tell it.
pub fn set_network(up: bool) {
    NETWORK_UP.store(up, Ordering::SeqCst);
    seam::tell(&match up {
        true => NetworkEvent::Up(pdn()),
        false => NetworkEvent::Down {
            id: 0,
            reason: "test".into(),
        },
    });
}

/// The modem library is shut down or initialised.
pub fn set_initialized(there: bool) {
    INITIALIZED.store(there, Ordering::SeqCst);
    seam::tell(if there {
        &NetworkEvent::Init
    } else {
        &NetworkEvent::Shutdown
    });
}

/// The end of a thread of the test; time may pass meanwhile.
pub fn join<T>(thread: std::thread::JoinHandle<T>) -> T {
    clock().leave();
    let result = thread.join().unwrap();
    clock().enter("test");
    result
}

/// A descriptor or count, or the error number.
pub fn checked(result: i32) -> Result<i32, i32> {
    if result >= 0 {
        Ok(result)
    } else {
        Err(nrf_errno())
    }
}

pub fn open(kind: i32, protocol: i32) -> i32 {
    checked(nrf_socket(1, kind, protocol)).unwrap()
}

pub fn connect(fd: i32, peer: SocketAddr) -> Result<i32, i32> {
    let bytes = layout::write_address(seam::generation(), peer);
    checked(unsafe { nrf_connect(fd, bytes.as_ptr().cast(), bytes.len() as u32) })
}

pub fn send(fd: i32, bytes: &[u8]) -> Result<i32, i32> {
    checked(unsafe { nrf_send(fd, bytes.as_ptr().cast(), bytes.len(), 0) } as i32)
}

pub fn receive(fd: i32, room: usize, flags: i32) -> Result<Vec<u8>, i32> {
    let mut buffer = vec![0; room];
    let length = checked(unsafe { nrf_recv(fd, buffer.as_mut_ptr().cast(), room, flags) } as i32)?;
    buffer.truncate(length as usize);
    Ok(buffer)
}

pub fn set_option(fd: i32, level: i32, option: i32, bytes: &[u8]) -> Result<i32, i32> {
    checked(unsafe { nrf_setsockopt(fd, level, option, bytes.as_ptr().cast(), bytes.len() as u32) })
}

pub fn set_int(fd: i32, level: i32, option: i32, value: i32) -> Result<i32, i32> {
    set_option(fd, level, option, &value.to_ne_bytes())
}

pub fn get_int(fd: i32, level: i32, option: i32) -> Result<i32, i32> {
    let (mut value, mut length) = ([0_u8; 4], 4);
    checked(unsafe {
        nrf_getsockopt(
            fd,
            level,
            option,
            value.as_mut_ptr().cast::<c_void>(),
            &raw mut length,
        )
    })?;
    assert_eq!(length, 4);
    Ok(i32::from_ne_bytes(value))
}

/// Receive time limit in seconds.
pub fn limit_receive(fd: i32, seconds: u32) {
    let bytes = [seconds.to_ne_bytes(), 0_u32.to_ne_bytes()].concat();
    set_option(fd, SOCKET_LEVEL, 20, &bytes).unwrap();
}

pub fn poll(wanted: &[(i32, i16)], timeout_ms: i32) -> (i32, Vec<i16>) {
    let mut fds: Vec<_> = wanted
        .iter()
        .map(|&(fd, events)| PollFd {
            fd,
            events,
            revents: 0x7f,
        })
        .collect();
    let found = unsafe { nrf_poll(fds.as_mut_ptr(), fds.len() as u32, timeout_ms) };
    (found, fds.iter().map(|entry| entry.revents).collect())
}

/// Closes sockets at the end of a test.
pub fn close(fds: &[i32]) {
    for fd in fds {
        assert_eq!(nrf_close(*fd), 0);
    }
}

/// A UDP server that sends everything back and tells from which ports it was asked.
pub struct Echo {
    pub address: SocketAddr,
    pub ports: Arc<Mutex<Vec<u16>>>,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Echo {
    pub fn start() -> Echo {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        udp.set_read_timeout(Some(Duration::from_millis(20)))
            .unwrap();
        let address = udp.local_addr().unwrap();
        let (ports, stop) = (
            Arc::new(Mutex::new(Vec::new())),
            Arc::new(AtomicBool::new(false)),
        );
        let (seen, stopped) = (Arc::clone(&ports), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 65536];
            while !stopped.load(Ordering::SeqCst) {
                if let Ok((length, from)) = udp.recv_from(&mut buffer) {
                    seen.lock().unwrap().push(from.port());
                    udp.send_to(&buffer[..length], from).unwrap();
                }
            }
        });
        Echo {
            address,
            ports,
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.take().unwrap().join().unwrap();
    }
}
