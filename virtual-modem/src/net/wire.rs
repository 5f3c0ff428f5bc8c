//! The simulated wire: each datagram in and out meets the faults, is captured as it arrives, and takes its time on the
//! simulated clock. A thread of its own moves bytes from the real sockets; it takes no part in simulated time.

use std::io::Read;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use super::fault::{Datagram, Direction};
use super::network::{Network, lock, network};
use super::socket::{Socket, State};
use crate::clock::clock;
use crate::seam::{self, Route};

/// Sends a datagram of a socket, whose state the caller has locked. It may be lost, and this is not seen.
pub fn transmit(socket: &Socket, state: &State, peer: SocketAddr, bytes: Vec<u8>) {
    let Some(udp) = state.udp.clone() else { return };
    let network = network();
    if !network.coverage.load(Ordering::SeqCst) {
        return;
    }
    if !has_route(state.attached, peer) {
        return;
    }
    seam::modem().count_traffic(packet(peer, &bytes), 0);
    let datagram = Datagram {
        direction: Direction::Out,
        peer,
        pdn: state.attached,
        bytes: &bytes,
    };
    let copies = lock(&network.faults).fate(&datagram);
    for copy in copies {
        let bytes = damaged(&bytes, copy.flip_bit);
        let (udp, departures) = (Arc::clone(&udp), Arc::clone(&socket.departures));
        at(copy.delay_ms, move || {
            put(&udp, peer, &bytes);
            departures.fetch_add(1, Ordering::SeqCst);
        });
    }
}

/// True when the access point of this connection reaches `peer`.
fn has_route(pdn_id: Option<u8>, peer: SocketAddr) -> bool {
    pdn_id.is_none_or(|id| seam::modem().route(id, peer) == Route::Open)
}

/// Bytes of the IP packet that carries a datagram (RFC 791, RFC 8200, RFC 768).
fn packet(peer: SocketAddr, bytes: &[u8]) -> usize {
    bytes.len() + if peer.is_ipv6() { 40 + 8 } else { 20 + 8 }
}

/// Starts the I/O thread. `wake` becomes readable when the socket table changed.
pub fn start(network: &'static Network, wake: UnixStream) {
    std::thread::Builder::new()
        .name("modem-net".into())
        .spawn(move || run(network, wake))
        .expect("the system gives threads");
}

/// A free real socket of the family; `port` 0 takes any.
pub fn open(v6: bool, port: u16) -> std::io::Result<Arc<UdpSocket>> {
    let any: IpAddr = if v6 {
        [0_u16; 8].into()
    } else {
        [0, 0, 0, 0].into()
    };
    let udp = UdpSocket::bind((any, port))?;
    udp.set_nonblocking(true)?;
    Ok(Arc::new(udp))
}

/// Runs `action` after a time on the wire, at once when it is 0.
fn at(delay_ms: i64, action: impl FnOnce() + Send + 'static) {
    if delay_ms <= 0 {
        return action();
    }
    clock().schedule(clock().now_ms() + delay_ms, action);
}

fn damaged(bytes: &[u8], flip_bit: Option<usize>) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Some(bit) = flip_bit
        && let Some(byte) = bytes.get_mut(bit / 8)
    {
        *byte ^= 1 << (bit % 8);
    }
    bytes
}

fn put(udp: &UdpSocket, peer: SocketAddr, bytes: &[u8]) {
    clock().activity();
    network().capture(source_towards(udp, peer), peer, bytes);
    // A radio link does not tell about an unreachable port either.
    let _ = udp.send_to(bytes, peer);
}

/// The address the system sends from. The real socket is bound to none, so a connected one is asked.
fn source_towards(udp: &UdpSocket, peer: SocketAddr) -> SocketAddr {
    let port = udp.local_addr().map_or(0, |address| address.port());
    if peer.ip().is_loopback() {
        return SocketAddr::new(peer.ip(), port);
    }
    let any: IpAddr = if peer.is_ipv6() {
        [0_u16; 8].into()
    } else {
        [0, 0, 0, 0].into()
    };
    let asked = UdpSocket::bind((any, 0)).and_then(|probe| {
        probe.connect(peer)?;
        probe.local_addr()
    });
    SocketAddr::new(asked.map_or(any, |address| address.ip()), port)
}

fn run(network: &'static Network, mut wake: UnixStream) {
    let mut drain = [0; 64];
    let mut buffer = vec![0; 65536];
    loop {
        let sockets = network.sockets();
        let mut polled = vec![libc::pollfd {
            fd: wake.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        }];
        let mut owners: Vec<(Arc<Socket>, Option<Arc<UdpSocket>>)> = Vec::new();
        for socket in sockets {
            let state = socket.lock();
            let (fd, events) = match (&state.udp, &state.stream) {
                (Some(udp), _) => (udp.as_raw_fd(), libc::POLLIN),
                (None, Some(stream)) if stream.events() != 0 => (stream.raw_fd(), stream.events()),
                _ => continue,
            };
            let udp = state.udp.clone();
            drop(state);
            polled.push(libc::pollfd {
                fd,
                events,
                revents: 0,
            });
            owners.push((socket, udp));
        }
        // SAFETY: the array is valid for its length. A descriptor closed meanwhile is kept open by `owners` (UDP) or only
        // gives a spurious event (TCP).
        let ready = unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, -1) };
        if ready <= 0 {
            continue;
        }
        while wake
            .read(&mut drain)
            .is_ok_and(|length| length == drain.len())
        {}
        for (entry, (socket, udp)) in polled[1..].iter().zip(&owners) {
            if entry.revents == 0 {
                continue;
            }
            match udp {
                Some(udp) => {
                    while let Ok((length, peer)) = udp.recv_from(&mut buffer) {
                        arrived(network, socket, udp, peer, &buffer[..length]);
                    }
                }
                None => socket.stream_ready(entry.revents),
            }
        }
    }
}

/// A datagram came out of a real socket.
fn arrived(
    network: &Network,
    socket: &Arc<Socket>,
    udp: &Arc<UdpSocket>,
    peer: SocketAddr,
    bytes: &[u8],
) {
    clock().activity();
    socket.arrivals.fetch_add(1, Ordering::SeqCst);
    if !network.coverage.load(Ordering::SeqCst) {
        return;
    }
    let pdn = socket.lock().attached;
    if !has_route(pdn, peer) {
        return;
    }
    let datagram = Datagram {
        direction: Direction::In,
        peer,
        pdn,
        bytes,
    };
    let copies = lock(&network.faults).fate(&datagram);
    for copy in copies {
        let bytes = damaged(bytes, copy.flip_bit);
        let (socket, udp): (Weak<Socket>, _) = (Arc::downgrade(socket), Arc::clone(udp));
        at(copy.delay_ms, move || {
            let Some(socket) = socket.upgrade() else {
                return;
            };
            clock().activity();
            self::network().capture(peer, source_towards(&udp, peer), &bytes);
            seam::modem().count_traffic(0, packet(peer, &bytes));
            socket.deliver(peer, bytes);
        });
    }
}
