//! Object 11, APN Connection Profile 1.0: instance 0 is the connection that comes with the registration, which is the network's; the
//! others are access points for the one connection of the library, tried in ascending order. The first two of these may be the
//! configuration's; servers write over those and add further ones.
//!
//! What a server wrote may be wrong: a configured access point is tried as it was configured when it is refused as it was written.

mod resources;

use super::texts::{self, Texts};
use super::told::listed;
use crate::boundary::AccessPoint;
use crate::config::{APN_PROFILES, APN_TEXTS};
use crate::lwm2m::object::{Definition, MULTIPLE, READ, Resource, WRITE};
use crate::lwm2m::value::Type;
use crate::modem::query::{Query, field, line, number_at};
use crate::text::split;

/// Object id.
pub const ID: u16 = 11;

const NAME: u16 = 0;
const ACCESS_POINT: u16 = 1;
const ENABLED: u16 = 3;
const AUTHENTICATION: u16 = 4;
const USER: u16 = 5;
const SECRET: u16 = 6;
const BEGAN: u16 = 9;
const RESULT: u16 = 10;
const CAUSE: u16 = 11;
const ENDED: u16 = 12;
const ADDRESSES: u16 = 15;
const NAME_SERVER: u16 = 19;
const SECOND_NAME_SERVER: u16 = 20;
const KIND: u16 = 24;

static DEFINITION: Definition = Definition {
    id: ID,
    version: None,
    creatable: true,
    resources: &[
        Resource::new(NAME, Type::Text, READ | WRITE),
        Resource::new(ACCESS_POINT, Type::Text, READ | WRITE),
        Resource::new(ENABLED, Type::Boolean, READ | WRITE),
        Resource::new(AUTHENTICATION, Type::Integer, READ | WRITE),
        Resource::new(USER, Type::Text, READ | WRITE),
        Resource::new(SECRET, Type::Text, READ | WRITE),
        Resource::new(BEGAN, Type::Time, READ | MULTIPLE),
        Resource::new(RESULT, Type::Integer, READ | MULTIPLE),
        Resource::new(CAUSE, Type::Integer, READ | MULTIPLE),
        Resource::new(ENDED, Type::Time, READ | MULTIPLE),
        Resource::new(ADDRESSES, Type::Text, READ | WRITE | MULTIPLE),
        Resource::new(NAME_SERVER, Type::Text, READ | WRITE | MULTIPLE),
        Resource::new(SECOND_NAME_SERVER, Type::Text, READ | WRITE | MULTIPLE),
        Resource::new(KIND, Type::Integer, READ | WRITE),
    ],
};

/// Name of the connection that comes with the registration.
const DEFAULT: &[u8] = b"default";

/// Settings of a profile: that it was created, that it is disabled, 3 less the authentication type in two bits, and the PDN type in two
/// bits, 0 for both families.
const CREATED: u8 = 1;
const DISABLED: u8 = 2;
const AUTHENTICATION_SHIFT: u8 = 2;
const KIND_SHIFT: u8 = 4;
/// Authentication type: none.
const NO_AUTHENTICATION: u8 = 3;
/// PDN type: both families.
const BOTH: u8 = 3;

/// Longest access point name, as the hooks take them.
const LONGEST_NAME: usize = 63;
/// Longest profile name, user name and secret.
const LONGEST_TEXT: usize = 64;

/// Outcome of the last attempt: none made, or accepted; larger by the cause: rejected.
const ACCEPTED: u8 = 1;
const REJECTED: u8 = 2;

/// Texts of a second address are kept under the kind of the first and this. All kinds from the first on are the modem's to tell.
const SECOND: u16 = 16;

/// A note of [`Apn::take_note`]: something was written that is to be stored.
pub const UNSAVED: u8 = 1;
/// Something was written that the connection depends on.
pub const CHANGED: u8 = 2;
/// Profiles came or went.
pub const LISTED: u8 = 4;

/// How many profiles there are, the connection that comes with the registration among them.
const ALL: usize = 1 + APN_PROFILES;

/// How an attempt ended, and its connection.
#[derive(Clone, Copy, Debug)]
struct Connection {
    /// Seconds since 1970; 0: not known.
    began: u32,
    /// The same; 0 while it is there.
    ended: u32,
    /// [`ACCEPTED`], [`REJECTED`] and more, or 0.
    outcome: u8,
}

/// The APN Connection Profile object.
#[derive(Debug)]
// Small fields first: what is near the start is reached with short instructions.
#[repr(C)]
pub struct Apn {
    /// [`UNSAVED`] and so on.
    notes: u8,
    /// The profile asked for last; 0: none.
    tried: u8,
    /// The modem's number of the library's connection.
    context: u8,
    /// Profiles with an active connection, a bit each.
    active: u8,
    /// Settings of the profiles; those of the first are the network's.
    settings: [u8; ALL],
    /// Resources of each profile that changed besides what servers wrote, a bit each.
    news: [u32; ALL],
    /// Access points of the configuration.
    configured: [Option<&'static str>; 2],
    /// Of the registration, and of the library.
    connections: [Connection; 2],
    texts: Texts<[u8; APN_TEXTS]>,
}

impl Apn {
    /// Nothing configured, nothing written, nothing connected.
    pub const fn new() -> Apn {
        Apn {
            notes: 0,
            tried: 0,
            context: 0,
            active: 0,
            settings: [0; ALL],
            news: [0; ALL],
            configured: [None; 2],
            connections: [Connection {
                began: 0,
                ended: 0,
                outcome: 0,
            }; 2],
            texts: Texts::new(),
        }
    }

    /// Takes the access points of the configuration: the one that comes first, and its fallback.
    pub fn configure(&mut self, own: Option<&'static str>, fallback: Option<&'static str>) {
        self.configured = [own, fallback];
    }

    /// Whether a profile may be used.
    pub fn is_enabled(&self, id: u8) -> bool {
        self.settings(id) & DISABLED == 0
    }

    /// Whether anything was written.
    pub fn is_written(&self) -> bool {
        (1..ALL as u8).any(|id| self.settings(id) != 0 || self.is_text_written(id))
    }

    fn is_text_written(&self, id: u8) -> bool {
        let mut kinds = [ACCESS_POINT, USER, SECRET].iter();
        kinds.any(|kind| !self.text(id, *kind).is_empty())
    }

    /// The access point of a profile as it was written, if it was.
    pub fn written(&self, id: u8) -> Option<AccessPoint<'_>> {
        let settings = self.settings(id);
        let name = self.name(id);
        let differs = settings & !(CREATED | DISABLED) != 0 || self.is_text_written(id);
        (differs && !name.is_empty()).then(|| AccessPoint {
            name,
            kind: kind(settings),
            authentication: match authentication(settings) {
                NO_AUTHENTICATION => 0,
                0 => 1,
                _ => 2,
            },
            user: self.text(id, USER),
            secret: self.text(id, SECRET),
            fresh: false,
        })
    }

    /// Whether the library's connection is there.
    pub fn is_used(&self) -> bool {
        self.active & !1 != 0
    }

    /// Profiles with an active connection, a bit each.
    pub fn active(&self) -> u8 {
        self.active
    }

    /// A connection is there: of the registration (`profile` 0), or the library's as context `context`; 0 if it was there before.
    pub fn connected(&mut self, profile: u8, context: u8, time: u32) {
        if context != 0 {
            self.context = context;
        } else if self.active >> profile & 1 == 1 {
            return;
        }
        self.attempted(profile, ACCEPTED, time);
        self.active |= 1 << profile;
    }

    /// A connection for a profile was refused for a cause of session management; 0: none was told.
    pub fn refused(&mut self, profile: u8, cause: u8, time: u32) {
        self.attempted(profile, REJECTED.saturating_add(cause), time);
    }

    #[cfg_attr(target_os = "none", inline(never))]
    fn attempted(&mut self, profile: u8, outcome: u8, time: u32) {
        let [registration, library] = &mut self.connections;
        let mut connection = registration;
        if profile != 0 {
            self.tried = profile;
            self.active &= 1;
            connection = library;
        }
        *connection = Connection {
            began: time,
            ended: 0,
            outcome,
        };
        self.is_new(profile, u32::MAX);
    }

    /// These resources of a profile changed, a bit each.
    fn is_new(&mut self, profile: u8, resources: u32) {
        if let Some(news) = self.news.get_mut(usize::from(profile)) {
            *news |= resources;
        }
    }

    /// The resources of a profile that changed since the last call besides what servers wrote, a bit each; `None` when there is no such
    /// profile.
    pub fn take_news(&mut self, profile: u16) -> Option<u32> {
        self.news.get_mut(usize::from(profile)).map(core::mem::take)
    }

    /// The time is known: connections that began a moment ago have theirs.
    pub fn time_is_known(&mut self, time: u32) {
        for own in &mut self.connections {
            if own.began == 0 && own.outcome != 0 {
                own.began = time;
            }
        }
    }

    /// The library's connection was ended, or all of them with the radio.
    pub fn disconnected(&mut self, all: bool, time: u32) {
        self.end(1, time);
        if all {
            self.end(0, time);
        }
    }

    /// The connection of a profile is not there, or not any more.
    #[cfg_attr(target_os = "none", inline(never))]
    fn end(&mut self, profile: u8, time: u32) {
        let [registration, library] = &mut self.connections;
        let (own, profiles) = if profile == 0 {
            (registration, 1)
        } else {
            (library, !1)
        };
        if self.active & profiles != 0 {
            own.ended = time;
        }
        self.active &= !profiles;
    }

    /// Takes the modem's answer about its contexts, a line each: `+CGDCONT: <id>,<kind>,<access point>,<addresses>,...`; or about
    /// the name servers of these, a line for each family: `+CGCONTRDP: <id>,,<access point>,<address>,<gateway>,<first>,<second>,...`.
    pub fn take(&mut self, query: Query, answer: &str, time: u32) {
        let mut last = None;
        let mut rest = answer.as_bytes();
        while let Some(line) = line(&mut rest) {
            let context = number_at(line, 0);
            let Some(id) = context.and_then(|context| self.instance_of(context)) else {
                continue;
            };
            if query == Query::Contexts {
                self.take_context(id, line, time);
            } else {
                let second = if last == context { SECOND } else { 0 };
                last = context;
                self.tell(id, NAME_SERVER + second, field(line, 5));
                self.tell(id, SECOND_NAME_SERVER + second, field(line, 6));
            }
        }
    }

    fn take_context(&mut self, id: u8, line: &[u8], time: u32) {
        let addresses = field(line, 3);
        if addresses.is_empty() {
            self.end(id, time);
        } else if id == 0 {
            self.connected(0, 0, time);
        }
        let (first, second) = split(addresses, b' ').unwrap_or((addresses, b""));
        self.tell(id, ADDRESSES, first);
        self.tell(id, ADDRESSES + SECOND, second);
        if id == 0 {
            self.tell(0, ACCESS_POINT, field(line, 2));
        }
    }

    /// The profile a context of the modem belongs to.
    fn instance_of(&self, context: u32) -> Option<u8> {
        if context == 0 {
            Some(0)
        } else if context == u32::from(self.context) && self.is_used() {
            Some(self.tried)
        } else {
            None
        }
    }

    /// Keeps what the modem said, if there is room.
    #[cfg_attr(target_os = "none", inline(never))]
    fn tell(&mut self, id: u8, kind: u16, text: &[u8]) {
        if self.replace(id, kind, text) {
            let resource = if kind > SECOND_NAME_SERVER {
                kind - SECOND
            } else {
                kind
            };
            self.is_new(id, 1 << resource);
        }
    }

    /// Makes room for what is written: the modem can say again what it said.
    #[cfg_attr(target_os = "none", inline(never))]
    fn forget_told(&mut self) {
        texts::remove(&mut self.texts, 0, texts::ALL);
        for id in 1..ALL as u16 {
            for kind in ADDRESSES..SECOND + KIND {
                texts::remove(&mut self.texts, id, kind);
            }
        }
    }

    /// Whether a note was made since the last call.
    pub fn take_note(&mut self, note: u8) -> bool {
        let is_there = self.notes & note != 0;
        self.notes &= !note;
        is_there
    }

    /// Puts what is to be stored: the settings, and what servers and bootstrap wrote.
    pub fn store(&self, put: &mut dyn FnMut(&[u8])) {
        put(self.settings.get(1..).unwrap_or_default());
        let mut rest = texts::entries(&self.texts);
        while let [_, id, kind, length, ..] = rest {
            let Some((entry, more)) = rest.split_at_checked(4 + usize::from(*length)) else {
                return;
            };
            if *id != 0 && u16::from(*kind) < ADDRESSES {
                put(entry.get(1..).unwrap_or_default());
            }
            rest = more;
        }
    }

    /// Takes what was stored in place of what is there; without bytes nothing is written.
    pub fn restore(&mut self, bytes: &[u8]) {
        if bytes.is_empty() && !self.is_written() {
            return;
        }
        self.settings = [0; ALL];
        texts::clear(&mut self.texts);
        self.notes |= CHANGED;
        let (Some(own), Some((settings, mut rest))) = (
            self.settings.last_chunk_mut(),
            bytes.split_first_chunk::<APN_PROFILES>(),
        ) else {
            return;
        };
        *own = *settings;
        while let [id, kind, length, more @ ..] = rest
            && let Some((text, more)) = more.split_at_checked(usize::from(*length))
        {
            texts::put(&mut self.texts, (*id).into(), (*kind).into(), text);
            rest = more;
        }
    }

    #[cfg_attr(target_os = "none", inline(never))]
    fn settings(&self, id: u8) -> u8 {
        self.settings.get(usize::from(id)).copied().unwrap_or(0)
    }

    /// Sets them; whether they are others.
    #[cfg_attr(target_os = "none", inline(never))]
    fn set(&mut self, id: u8, settings: u8) -> bool {
        let own = self.settings.get_mut(usize::from(id));
        own.is_some_and(|own| core::mem::replace(own, settings) != settings)
    }

    fn configured(&self, id: u8) -> &'static [u8] {
        let [first, second] = self.configured;
        let name = match id {
            1 => first,
            2 => second,
            _ => None,
        };
        name.unwrap_or_default().as_bytes()
    }

    /// The profiles that exist, a bit each.
    fn existing(&self) -> u32 {
        let mut all = 1;
        for id in 1..ALL as u8 {
            if self.settings(id) & CREATED != 0 || !self.configured(id).is_empty() {
                all |= 1 << id;
            }
        }
        all
    }

    /// A text, empty when there is none.
    #[cfg_attr(target_os = "none", inline(never))]
    fn text(&self, id: u8, kind: u16) -> &[u8] {
        texts::find(&self.texts, id.into(), kind).unwrap_or_default()
    }

    /// The access point of a profile as it was written, else as it was configured; empty when there is none.
    fn name(&self, id: u8) -> &[u8] {
        let name = self.text(id, ACCESS_POINT);
        if name.is_empty() {
            self.configured(id)
        } else {
            name
        }
    }

    /// Puts a text in place of the old one; an empty one is none. Whether it is another.
    #[cfg_attr(target_os = "none", inline(never))]
    fn replace(&mut self, id: u8, kind: u16, text: &[u8]) -> bool {
        if self.text(id, kind) == text {
            return false;
        }
        let store: &mut Texts = &mut self.texts;
        texts::remove(store, id.into(), kind);
        if !text.is_empty() {
            texts::put(store, id.into(), kind, text);
        }
        true
    }
}

fn authentication(settings: u8) -> u8 {
    NO_AUTHENTICATION - (settings >> AUTHENTICATION_SHIFT & 3)
}

fn kind(settings: u8) -> u8 {
    match settings >> KIND_SHIFT & 3 {
        0 => BOTH,
        kind => kind,
    }
}

#[cfg(test)]
mod tests;
