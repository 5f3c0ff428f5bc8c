//! The bootstrap server's part: after a Bootstrap-Request it runs through a list of requests. And what those contain:
//! accounts as TLV.

use carrier_core::profile::Settings;

use super::coap::*;
use super::server::Server;
use super::tlv::{INSTANCE, MULTIPLE, RESOURCE, RESOURCE_INSTANCE, entry};
use super::{BOOTSTRAP, ENDPOINT, PSK, PSK_TEXT, World, world};

/// One request of a bootstrap server.
#[derive(Clone, Debug)]
pub struct Step {
    pub method: u8,
    pub path: String,
    pub format: Option<u16>,
    pub accept: Option<u16>,
    pub payload: Vec<u8>,
    /// Sent in blocks of this size.
    pub block: Option<usize>,
}

impl Step {
    fn new(method: u8, path: &str) -> Step {
        Step {
            method,
            path: path.to_owned(),
            format: None,
            accept: None,
            payload: Vec::new(),
            block: None,
        }
    }

    pub fn in_blocks(self, size: usize) -> Step {
        Step {
            block: Some(size),
            ..self
        }
    }
}

pub fn delete(path: &str) -> Step {
    Step::new(DELETE, path)
}

pub fn put(path: &str, payload: impl AsRef<[u8]>) -> Step {
    put_as(path, TLV, payload)
}

pub fn put_as(path: &str, format: u16, payload: impl AsRef<[u8]>) -> Step {
    Step {
        format: Some(format),
        payload: payload.as_ref().to_vec(),
        ..Step::new(PUT, path)
    }
}

pub fn discover(path: &str) -> Step {
    Step {
        accept: Some(LINK),
        ..Step::new(GET, path)
    }
}

pub fn finish() -> Step {
    Step::new(POST, "/bs")
}

/// What came of a request.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// 0: no answer.
    pub code: u16,
    pub text: String,
}

/// How a bootstrap goes.
#[derive(Default)]
pub struct Recipe {
    pub steps: Vec<Step>,
    /// Time before each request.
    pub pause: u64,
    /// The first request overtakes the answer to the client's.
    pub eager: bool,
    /// Falls silent before this step.
    pub stall_at: Option<usize>,
    pub outcomes: Vec<Outcome>,
    running: Option<(usize, usize)>,
    at: u64,
}

impl Recipe {
    /// The codes of all answers so far.
    pub fn codes(&self) -> Vec<u16> {
        self.outcomes.iter().map(|outcome| outcome.code).collect()
    }
}

impl Server {
    pub(super) fn begin_recipe(&mut self, now: u64) {
        self.abandon();
        self.recipe.running = Some((0, 0));
        self.recipe.at = now + self.recipe.pause;
    }

    pub(super) fn recipe_timer(&self) -> Option<u64> {
        let waits = self.recipe.running.is_some() && !self.is_pending();
        waits.then_some(self.recipe.at)
    }

    /// Goes on to the next request once the last is answered.
    pub(super) fn advance_recipe(&mut self, now: u64) {
        let Some((mut index, mut sent)) = self.recipe.running else {
            return;
        };
        if let Some(outcome) = self.outcome() {
            let step = self.recipe.steps[index].clone();
            let answer = outcome.as_ref().map_or(0, |message| dotted(message.code));
            if answer == 231 {
                sent += step.block.expect("sent in blocks");
            } else {
                let text = outcome.map_or(Vec::new(), |message| message.payload);
                self.recipe.outcomes.push(Outcome {
                    code: answer,
                    text: String::from_utf8_lossy(&text).into_owned(),
                });
                (index, sent) = (index + 1, 0);
            }
            self.recipe.running = (answer != 0).then_some((index, sent));
            self.recipe.at = now + self.recipe.pause;
        }
        if self.recipe.running.is_none() || self.is_pending() || now < self.recipe.at {
            return;
        }
        if index >= self.recipe.steps.len() || self.recipe.stall_at == Some(index) {
            self.recipe.running = None;
            return;
        }
        let step = self.recipe.steps[index].clone();
        let (id, token) = (self.new_id(), self.new_token());
        let mut message = Message::new(Kind::Con, step.method, id, &token);
        for segment in step.path.split('/').filter(|segment| !segment.is_empty()) {
            message = message.with(URI_PATH, segment);
        }
        if let Some(format) = step.format {
            message = message.with_uint(CONTENT_FORMAT, u32::from(format));
        }
        if let Some(accept) = step.accept {
            message = message.with_uint(ACCEPT, u32::from(accept));
        }
        let mut payload = &step.payload[sent..];
        if let Some(size) = step.block {
            let block = Block {
                number: (sent / size) as u32,
                more: payload.len() > size,
                size,
            };
            payload = &payload[..size.min(payload.len())];
            message = message.with(BLOCK1, block.bytes());
        }
        self.begin(now, &message.payload(payload));
    }
}

/// A management server account.
#[derive(Clone, Debug)]
pub struct Account {
    pub security: u16,
    pub server: u16,
    pub uri: String,
    pub id: u16,
    pub identity: Vec<u8>,
    pub key: Vec<u8>,
    pub lifetime: u32,
}

/// The account of the server at a host; its keys follow from the host's name.
pub fn account(secure: bool, host: &str, id: u16) -> Account {
    Account {
        security: id,
        server: id,
        uri: format!("coap{}://{host}", if secure { "s" } else { "" }),
        id,
        identity: format!("key of {host}").into_bytes(),
        key: host.bytes().cycle().take(16).collect(),
        lifetime: 3_600,
    }
}

pub fn number(id: u16, value: u32) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let short = match value {
        0..=0x7F => &bytes[3..],
        0x80..=0x7FFF => &bytes[2..],
        _ => &bytes[..],
    };
    entry(RESOURCE, id, short)
}

/// A Security instance's resources.
pub fn security(uri: &str, bootstrap: bool, key: Option<(&[u8], &[u8])>, id: u16) -> Vec<u8> {
    let (identity, psk) = key.unwrap_or((b"", b""));
    let mode = if key.is_some() { 0 } else { 3 };
    [
        entry(RESOURCE, 0, uri.as_bytes()),
        entry(RESOURCE, 1, &[u8::from(bootstrap)]),
        number(2, mode),
        entry(RESOURCE, 3, identity),
        // Servers write all byte strings, the unused ones empty.
        entry(RESOURCE, 4, b""),
        entry(RESOURCE, 5, psk),
        number(10, id.into()),
    ]
    .concat()
}

impl Account {
    pub fn is_secure(&self) -> bool {
        self.uri.starts_with("coaps")
    }

    pub fn security_tlv(&self) -> Vec<u8> {
        let key = (self.identity.as_slice(), self.key.as_slice());
        security(&self.uri, false, self.is_secure().then_some(key), self.id)
    }

    pub fn server_tlv(&self) -> Vec<u8> {
        [
            number(0, self.id.into()),
            number(1, self.lifetime),
            entry(RESOURCE, 6, &[1]),
            entry(RESOURCE, 7, b"U"),
        ]
        .concat()
    }

    /// Both instances, each written by itself.
    pub fn steps(&self) -> Vec<Step> {
        vec![
            put(&format!("/0/{}", self.security), self.security_tlv()),
            put(&format!("/1/{}", self.server), self.server_tlv()),
        ]
    }
}

pub fn instance(id: u16, resources: &[u8]) -> Vec<u8> {
    entry(INSTANCE, id, resources)
}

/// An Access Control instance's resources: an instance, its owner, and rights of servers, 0 being those without any.
pub fn control(object: u16, target: u16, owner: u16, rights: &[(u16, u8)]) -> Vec<u8> {
    let rights = rights.iter();
    let list = rights.flat_map(|(server, rights)| entry(RESOURCE_INSTANCE, *server, &[*rights]));
    [
        number(0, object.into()),
        number(1, target.into()),
        entry(MULTIPLE, 2, &list.collect::<Vec<u8>>()),
        number(3, owner.into()),
    ]
    .concat()
}

/// Everything former goes, then the accounts come. Several servers own what is theirs and share the rest, which belongs
/// to the first.
pub fn recipe(accounts: &[Account]) -> Vec<Step> {
    let mut steps = vec![delete("/0"), delete("/1")];
    steps.extend(accounts.iter().flat_map(Account::steps));
    if let [first, _, ..] = accounts {
        let own = accounts
            .iter()
            .map(|own| control(1, own.server, own.id, &[]));
        let shared = [3, 5, 6, 16, 10_250].map(|object| control(object, 0, first.id, &[(0, 7)]));
        let all = own.chain(shared).enumerate();
        let payload = all.flat_map(|(id, control)| instance(id as u16, &control));
        steps.push(put("/2", payload.collect::<Vec<u8>>()));
    }
    steps.push(finish());
    steps
}

impl World {
    /// The bootstrap server.
    pub fn bootstrap(&mut self) -> &mut Server {
        &mut self.others[BOOTSTRAP]
    }

    /// From here on the bootstrap server gives these accounts, and their servers know the keys.
    pub fn give(&mut self, accounts: &[Account]) {
        for account in accounts {
            let host = account.uri.split("//").last().expect("a host");
            self.server_at(host).key = (account.identity.clone(), account.key.clone());
        }
        self.bootstrap().recipe.steps = recipe(accounts);
    }

    /// Runs until a condition holds, for so long at most.
    pub fn run_until(&mut self, span: u64, mut done: impl FnMut(&World) -> bool) {
        let end = self.now + span;
        while !done(self) {
            assert!(self.step(end), "not so far: {:?}", self.application.events);
        }
    }
}

/// A blank device with a bootstrap server that gives the account of the first management server.
pub fn blank(secure: bool) -> World {
    let mut world = world(if secure {
        "coaps://bs.example"
    } else {
        "coap://bs.example"
    });
    world.config.is_bootstrap_server = true;
    // Servers can ask for something at any time.
    world.config.session_idle_timeout = 100_000;
    world.config.psk = secure.then_some(PSK_TEXT);
    world.bootstrap().key = (ENDPOINT.into(), PSK.to_vec());
    world.give(&[account(secure, "server.example", 101)]);
    world
}

/// The same, bootstrapped and registered.
pub fn bootstrapped(secure: bool) -> World {
    let mut world = blank(secure);
    world.start();
    world.run_until_registered();
    world
}

/// A blank device of an operator that bootstraps over DTLS.
pub fn operator() -> World {
    let mut world = blank(true);
    world.config.server_uri = None;
    world.config.is_bootstrap_server = false;
    world.settings = |_| Settings {
        server_uri: Some("coaps://bs.example"),
        endpoint: Some("urn:imei:{imei}"),
        ..Settings::NONE
    };
    world.sim.imsi = "310260123456789".to_owned();
    world.sim.iccid = "8900101000000000001".to_owned();
    world
}

/// The same, bootstrapped and registered.
pub fn operated() -> World {
    let mut world = operator();
    world.start();
    world.run_until_registered();
    world
}
