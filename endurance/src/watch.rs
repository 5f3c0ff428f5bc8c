//! What is to be known of one server over a long time: when the device was last confirmed there, how often it tried, and how often
//! in vain. Times are simulated milliseconds since the first start; a device's own begin anew in each of its lives.

use carrier_lab::event::Event;
use carrier_lab::server::Server;
use conformance::Device;
use std::time::Duration;

/// An hour in milliseconds.
pub const HOUR: u64 = 3_600_000;
/// Tries of a first sequence: one, and five after doubled delays.
const SEQUENCE: usize = 6;

/// One server, seen over all lives of a device.
#[derive(Default)]
pub struct Watch {
    /// UDP port.
    pub port: u16,
    /// When a registration was last confirmed by an answer; `None`: forgotten, or never.
    confirmed: Option<u64>,
    /// When anything last succeeded, each.
    successes: Vec<u64>,
    /// DTLS sessions in which a registration, an Update or a bootstrap succeeded.
    good_sessions: usize,
    /// Whether the newest session has shown nothing yet.
    fresh: bool,
    /// Registrations.
    pub registers: usize,
    /// Updates.
    pub updates: usize,
}

impl Watch {
    /// Of this server.
    pub fn new(server: &Server) -> Watch {
        Watch {
            port: server.wires()[0].address().port(),
            ..Watch::default()
        }
    }

    /// Takes what has happened at the server until now.
    pub fn look(&mut self, server: &Server, now: u64) {
        while let Some(event) = server.wait_event(Duration::ZERO, |event| Some(event.clone())) {
            match event {
                Event::Connected(..) => self.fresh = true,
                Event::Registered(_) => {
                    self.registers += 1;
                    self.confirmed = Some(now);
                    self.succeeded(now);
                }
                Event::Updated(..) => {
                    self.updates += 1;
                    self.confirmed = Some(now);
                    self.succeeded(now);
                }
                Event::Deregistered(_) => self.confirmed = None,
                _ => {}
            }
        }
    }

    /// Something in the newest session has succeeded: a registration, an Update or, which is not to be seen here, a bootstrap.
    pub fn succeeded(&mut self, now: u64) {
        self.successes.push(now);
        self.good_sessions += usize::from(std::mem::take(&mut self.fresh));
    }

    /// The server has lost its database.
    pub fn forgotten(&mut self) {
        self.confirmed = None;
    }

    /// Whether the server knows the device, given the lifetime of registrations in milliseconds.
    pub fn is_registered(&self, now: u64, lifetime: u64) -> bool {
        self.confirmed.is_some_and(|at| now < at + lifetime)
    }

    /// When the device began to open sessions with this server.
    pub fn tries(&self, device: &Device, lives: &[u64]) -> Vec<u64> {
        handshakes(device, self.port, lives)
    }

    /// How often the device tried to reach this server, judged by what it sent.
    pub fn attempts(&self, device: &Device, lives: &[u64]) -> Attempts {
        let tries = self.tries(device, lives);
        let mut attempts = Attempts {
            tries: tries.len(),
            // What succeeded without a handshake of its own is none.
            failed: tries.len().saturating_sub(self.good_sessions),
            ..Attempts::default()
        };
        let mut late: Vec<u64> = Vec::new();
        let mut since_success = 0;
        let mut successes = self.successes.iter().peekable();
        for (index, at) in tries.iter().enumerate() {
            // A success is known by the end of the stretch of time in which it happened.
            while successes.next_if(|success| *success <= at).is_some() {
                since_success = 0;
            }
            since_success += 1;
            let hour_before = |other: &&u64| **other + HOUR > *at;
            let within = tries[..=index].iter().rev().take_while(hour_before).count();
            attempts.most_an_hour = attempts.most_an_hour.max(within);
            if since_success > SEQUENCE {
                late.push(*at);
                let within = late.iter().rev().take_while(hour_before).count();
                attempts.most_an_hour_later = attempts.most_an_hour_later.max(within);
            }
        }
        attempts
    }
}

/// Tries to reach one server.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attempts {
    /// Handshakes begun.
    pub tries: usize,
    /// Those without a success.
    pub failed: usize,
    /// Most within an hour.
    pub most_an_hour: usize,
    /// Most within an hour of those after a first sequence.
    pub most_an_hour_later: usize,
}

/// When handshakes began towards this port. Repetitions and the answer to a cookie carry the random of the first ClientHello.
fn handshakes(device: &Device, port: u16, lives: &[u64]) -> Vec<u64> {
    const HANDSHAKE: u8 = 22;
    const CLIENT_HELLO: u8 = 1;
    let mut life = 0;
    let mut last = 0;
    let mut random = Vec::new();
    let mut begun = Vec::new();
    for packet in device.wire(port) {
        if packet.at_ms < last {
            life += 1;
        }
        last = packet.at_ms;
        let bytes = &packet.bytes;
        let hello = bytes.first() == Some(&HANDSHAKE) && bytes.get(13) == Some(&CLIENT_HELLO);
        // After record header, message header and version.
        if let Some(own) = bytes.get(27..59).filter(|_| packet.outbound && hello)
            && own != random
        {
            random = own.to_vec();
            begun.push(lives.get(life).copied().unwrap_or(0) + packet.at_ms);
        }
    }
    begun
}
