//! A bootstrap server (OMA LwM2M 1.0 TS 5.2.7): who asked to be bootstrapped, and the usual sequence of deleting everything,
//! writing accounts and finishing. Every single step can also be sent with [`Server::send`].
//!
//! ```no_run
//! use carrier_lab::account::Instance;
//! use carrier_lab::bootstrap::Provisioning;
//! use carrier_lab::server::Server;
//! use std::time::Duration;
//!
//! let wait = Duration::from_secs(20);
//! let bootstrap = Server::bootstrap_secure("factory", b"0123456789abcdef").unwrap();
//! let management = Server::secure("fresh", b"fedcba9876543210").unwrap();
//! bootstrap.wait_bootstrap(wait).expect("a Bootstrap-Request");
//! let uri = &management.uris()[0];
//! let accounts = [
//!     Instance::security_psk(1, uri, "fresh", b"fedcba9876543210", 101),
//!     Instance::server(0, 101, 60),
//! ];
//! bootstrap.provision(&Provisioning::of(&accounts)).unwrap();
//! let registration = management.wait_register(wait).expect("a registration");
//! assert_eq!(registration.identity.as_deref(), Some(&b"fresh"[..]));
//! ```

use crate::account::{ACCESS_CONTROL, Instance, SECURITY, SERVER, write_object};
use crate::coap::{Code, Message};
use crate::dtls::DtlsConfig;
use crate::event::Event;
use crate::request::{Failure, Reply, Request};
use crate::server::{Peer, Role, Server, ServerConfig, loopback, stdout};
use std::fmt;
use std::io;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

/// A client that sent a Bootstrap-Request and got 2.04.
#[derive(Clone, Debug)]
pub struct Bootstrapping {
    /// Endpoint client name, `ep`.
    pub endpoint: String,
    /// Content format the client prefers, `pct` (1.1).
    pub preferred_format: Option<String>,
    /// Where requests go.
    pub peer: Peer,
    /// PSK identity of the session it came in.
    pub identity: Option<Vec<u8>>,
    /// When it came in.
    pub at: Instant,
    /// The Bootstrap-Request.
    pub message: Message,
}

impl Bootstrapping {
    /// Takes a Bootstrap-Request; 4.00 without an endpoint name, or when it is bound to another identity.
    pub(crate) fn take(
        bound: &[(String, Vec<u8>)],
        peer: Peer,
        identity: Option<Vec<u8>>,
        message: &Message,
        now: Instant,
    ) -> Result<Bootstrapping, Code> {
        let name = message.query("ep").filter(|name| !name.is_empty());
        let endpoint = name.ok_or(Code::BAD_REQUEST)?;
        let refused = |(name, wanted): &(String, Vec<u8>)| {
            *name == endpoint && identity.as_ref() != Some(wanted)
        };
        if bound.iter().any(refused) {
            return Err(Code::BAD_REQUEST);
        }
        Ok(Bootstrapping {
            endpoint,
            preferred_format: message.query("pct"),
            peer,
            identity,
            at: now,
            message: message.clone(),
        })
    }
}

/// The usual sequence: which paths to delete, which instances to write, in which way.
#[derive(Clone, Debug)]
pub struct Provisioning {
    /// Paths to delete first.
    pub delete: Vec<String>,
    /// Instances to write: all of an object in one request, in the order Security, Server, Access Control, others.
    pub instances: Vec<Instance>,
    /// Split payloads into blocks of this many bytes.
    pub block1: Option<usize>,
    /// Send Bootstrap-Finish at the end.
    pub finish: bool,
}

impl Provisioning {
    /// Deletes `/`, writes these instances and finishes.
    pub fn of(instances: &[Instance]) -> Provisioning {
        Provisioning {
            delete: vec!["/".into()],
            instances: instances.to_vec(),
            block1: None,
            finish: true,
        }
    }

    /// The requests in their order, each with the code it should get.
    pub fn requests(&self) -> Vec<(Request, Code)> {
        let deletes = self
            .delete
            .iter()
            .map(|path| (Request::delete(path), Code::DELETED));
        let mut objects = vec![SECURITY, SERVER, ACCESS_CONTROL];
        for instance in &self.instances {
            if !objects.contains(&instance.object) {
                objects.push(instance.object);
            }
        }
        let present = |object: &u16| self.instances.iter().any(|known| known.object == *object);
        let writes = objects.into_iter().filter(present).map(|object| {
            let request = write_object(object, &self.instances);
            let block1 = self.block1;
            (Request { block1, ..request }, Code::CHANGED)
        });
        let finish = self.finish.then(|| (Request::finish(), Code::CHANGED));
        deletes.chain(writes).chain(finish).collect()
    }
}

/// The step of a sequence that did not go well, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotProvisioned {
    /// Method and path.
    pub step: String,
    /// The code the client answered with, or why there is no answer.
    pub why: Result<Code, Failure>,
}

impl fmt::Display for NotProvisioned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Ok(code) => write!(f, "{}: the answer is {code}", self.step),
            Err(failure) => write!(f, "{}: {failure}", self.step),
        }
    }
}

impl Server {
    /// A plain bootstrap server on a free loopback port, tracing to the test's output.
    pub fn bootstrap_plain() -> io::Result<Server> {
        Server::start(ServerConfig {
            role: Role::Bootstrap,
            coap: Some(loopback()),
            trace: Some(stdout()),
            coaps: None,
        })
    }

    /// A DTLS bootstrap server with one key on a free loopback port, tracing to the test's output. More keys:
    /// [`Server::set_keys`].
    pub fn bootstrap_secure(identity: &str, key: &[u8]) -> io::Result<Server> {
        Server::start(ServerConfig {
            role: Role::Bootstrap,
            coap: None,
            trace: Some(stdout()),
            coaps: Some((loopback(), DtlsConfig::with_key(identity, key))),
        })
    }

    /// What the server is for.
    pub fn role(&self) -> Role {
        self.engine().role
    }

    /// Identities and keys accepted in DTLS handshakes.
    pub fn keys(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.wires().iter().flat_map(|wire| wire.keys()).collect()
    }

    /// Accepts exactly these identities and keys in the handshakes to come. Sessions go on.
    pub fn set_keys(&self, keys: &[(&[u8], &[u8])]) -> io::Result<()> {
        let table = keys
            .iter()
            .map(|(identity, key)| (identity.to_vec(), key.to_vec()));
        let table: std::collections::HashMap<_, _> = table.collect();
        self.wires()
            .iter()
            .try_for_each(|wire| wire.configure_dtls(|config| config.keys.clone_from(&table)))
    }

    /// The client to be bootstrapped, to which requests go: the newest that asked.
    pub fn bootstrapping(&self) -> Option<Bootstrapping> {
        self.engine().bootstrapping.last().cloned()
    }

    /// Waits for a Bootstrap-Request that is answered with 2.04.
    pub fn wait_bootstrap(&self, timeout: Duration) -> Option<Bootstrapping> {
        self.wait_event(timeout, |event| match event {
            Event::Bootstrapping(client) => Some(client.clone()),
            _ => None,
        })
    }

    /// Carries out a sequence; each answer has to come and to be the usual one. The replies are in the order of
    /// [`Provisioning::requests`].
    pub fn provision(&self, provisioning: &Provisioning) -> Result<Vec<Reply>, NotProvisioned> {
        let mut replies = Vec::new();
        for (request, wanted) in provisioning.requests() {
            let wrong = NotProvisioned {
                step: format!("{} {}", request.code, request.path),
                why: Err(Failure::Timeout),
            };
            match self.send(request) {
                Ok(reply) if reply.code() == wanted => replies.push(reply),
                Ok(reply) => {
                    let why = Ok(reply.code());
                    return Err(NotProvisioned { why, ..wrong });
                }
                Err(failure) => {
                    let why = Err(failure);
                    return Err(NotProvisioned { why, ..wrong });
                }
            }
        }
        Ok(replies)
    }

    /// Sends bytes to the newest client from an address that is none of the server's; gives what comes back, if anything
    /// does within the time.
    pub fn send_from_elsewhere(
        &self,
        bytes: &[u8],
        timeout: Duration,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let peer = self.engine().client().ok_or(Failure::NoClient)?;
        let exchange = || {
            let socket = UdpSocket::bind((peer.address.ip(), 0))?;
            socket.send_to(bytes, peer.address)?;
            // A socket takes no time limit of zero.
            socket.set_read_timeout(Some(timeout.max(Duration::from_millis(1))))?;
            let mut buffer = vec![0; 65_536];
            let length = socket.recv(&mut buffer)?;
            buffer.truncate(length);
            Ok::<_, io::Error>(buffer)
        };
        match exchange() {
            Ok(answer) => Ok(Some(answer)),
            Err(error) => match error.kind() {
                // A refused datagram reached nobody, which is as good as silence.
                io::ErrorKind::WouldBlock
                | io::ErrorKind::TimedOut
                | io::ErrorKind::ConnectionRefused => Ok(None),
                _ => Err(Failure::NotConnected),
            },
        }
    }
}
