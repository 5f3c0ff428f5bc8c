//! Object 4, Connectivity Monitoring 1.0: what the modem says of its network. Router (5) and link utilization (6) it does not know.

use super::News;
use crate::bytes::copy;
use crate::config::{ACCESS_POINT_TEXTS, ADDRESS_TEXTS};
use crate::lwm2m::object::{Definition, LISTED, MULTIPLE, Object, READ, Resource};
use crate::lwm2m::path::Path;
use crate::lwm2m::value::{Type, Value};
use crate::modem::network::{Network, context};
use crate::modem::query::Query;
use crate::modem::signal::Signal;
use crate::text::split;

/// Object id.
pub const ID: u16 = 4;

static DEFINITION: Definition = Definition {
    id: ID,
    version: None,
    creatable: false,
    resources: &[
        Resource::new(BEARER, Type::Integer, READ),
        Resource::new(BEARERS, Type::Integer, READ | MULTIPLE | LISTED),
        Resource::new(STRENGTH, Type::Integer, READ),
        Resource::new(QUALITY, Type::Integer, READ),
        Resource::new(ADDRESSES, Type::Text, READ | MULTIPLE | LISTED),
        Resource::new(ACCESS_POINTS, Type::Text, READ | MULTIPLE),
        Resource::new(CELL, Type::Integer, READ),
        Resource::new(NETWORK, Type::Integer, READ),
        Resource::new(COUNTRY, Type::Integer, READ),
    ],
};

const BEARER: u16 = 0;
const BEARERS: u16 = 1;
const STRENGTH: u16 = 2;
const QUALITY: u16 = 3;
const ADDRESSES: u16 = 4;
const ACCESS_POINTS: u16 = 7;
const CELL: u16 = 8;
const NETWORK: u16 = 9;
const COUNTRY: u16 = 10;

/// Resources of one number, in the order in which those are kept.
static NUMBERS: [u16; 6] = [BEARER, STRENGTH, QUALITY, CELL, NETWORK, COUNTRY];

/// LTE-M and NB-IoT on the list of bearers. The modem has no band of LTE-TDD.
const LTE_FDD: u8 = 6;
const NB_IOT: u8 = 7;

/// What the modem is to be asked before a path of this object is read.
pub fn questions(path: &Path) -> &'static [Query] {
    match *path.ids() {
        [_, _, STRENGTH | QUALITY] => &[Query::Signal],
        [_, _, ADDRESSES | ACCESS_POINTS] => &[Query::Contexts],
        [_, _, BEARERS] => &[Query::Modes],
        [_, _, _] => &[Query::Network],
        _ => &[Query::Signal, Query::Network, Query::Contexts, Query::Modes],
    }
}

/// The Connectivity Monitoring object.
#[derive(Debug)]
pub struct Connectivity {
    /// Whether LTE-M and NB-IoT may be used.
    modes: [bool; 2],
    /// Each with a zero behind it.
    addresses: [u8; ADDRESS_TEXTS],
    access_points: [u8; ACCESS_POINT_TEXTS],
    /// Zero where there is none, else the number with its sign turned around: the least of all stands for zero.
    numbers: [i32; NUMBERS.len()],
}

impl Connectivity {
    /// Nothing is known.
    pub const fn new() -> Connectivity {
        Connectivity {
            modes: [false; 2],
            addresses: [0; ADDRESS_TEXTS],
            access_points: [0; ACCESS_POINT_TEXTS],
            numbers: [0; NUMBERS.len()],
        }
    }

    /// Takes the signal.
    pub fn take_signal(&mut self, signal: &Signal, news: News<'_>) {
        self.set(STRENGTH, signal.strength, news);
        self.set(QUALITY, signal.quality, news);
    }

    /// Takes the network.
    pub fn take_network(&mut self, network: &Network, news: News<'_>) {
        let bearer = match network.access {
            Some(7) => Some(LTE_FDD),
            Some(9) => Some(NB_IOT),
            _ => None,
        };
        self.set(BEARER, bearer.map(i32::from), news);
        let number = |number: Option<u32>| number.map(|number| number as i32);
        self.set(CELL, number(network.cell), news);
        self.set(NETWORK, number(network.code), news);
        self.set(COUNTRY, number(network.country), news);
    }

    /// Takes which of LTE-M and NB-IoT may be used.
    pub fn take_modes(&mut self, modes: [bool; 2], news: News<'_>) {
        if self.modes != modes {
            self.modes = modes;
            news(&at(BEARERS));
        }
    }

    /// Takes the modem's answer about its connections. Texts for which there is no room are left out.
    pub fn take_contexts(&mut self, answer: &str, news: News<'_>) {
        if fill(&mut self.addresses, answer, false) {
            news(&at(ADDRESSES));
        }
        if fill(&mut self.access_points, answer, true) {
            news(&at(ACCESS_POINTS));
        }
    }

    fn set(&mut self, resource: u16, number: Option<i32>, news: News<'_>) {
        let stored = number.map_or(0, |number| number ^ i32::MIN);
        for (own, place) in NUMBERS.iter().zip(&mut self.numbers) {
            if *own == resource && *place != stored {
                *place = stored;
                news(&at(resource));
            }
        }
    }
}

/// Fills a store with the addresses of all active connections or with the names of their access points; whether that changed it.
#[cfg_attr(target_os = "none", inline(never))]
fn fill(store: &mut [u8], answer: &str, names: bool) -> bool {
    let mut texts = [0; ADDRESS_TEXTS];
    let Some(texts) = texts.get_mut(..store.len()) else {
        return false;
    };
    let mut room = &mut *texts;
    let mut rest = answer.as_bytes();
    while let Some(context) = context(&mut rest) {
        // Without an address it is not active.
        let mut text = context.addresses;
        if names && !text.is_empty() {
            text = context.access_point;
        }
        while !text.is_empty() {
            let (first, more) = split(text, b' ').unwrap_or((text, &[]));
            room = put(room, first);
            text = more;
        }
    }
    let changed = *store != *texts;
    copy(texts, store);
    changed
}

/// Puts a text and a zero; gives the room behind.
fn put<'r>(room: &'r mut [u8], text: &[u8]) -> &'r mut [u8] {
    if text.is_empty() || text.len() >= room.len() {
        return room;
    }
    let length = copy(text, room).unwrap_or(0);
    room.get_mut(length + 1..).unwrap_or_default()
}

/// The path of one resource of the only instance.
const fn at(resource: u16) -> Path {
    Path::resource(ID, 0, resource)
}

impl Object for Connectivity {
    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn value(&self, _instance: u16, resource: u16, index: usize) -> Option<(u16, Value<'_>)> {
        let texts = match resource {
            BEARERS => {
                let bearers = [LTE_FDD, NB_IOT].into_iter().zip(self.modes);
                let (bearer, _) = bearers.filter(|(_, may)| *may).nth(index)?;
                return Some((index as u16, Value::Integer(bearer.into())));
            }
            ADDRESSES => &self.addresses[..],
            ACCESS_POINTS => &self.access_points,
            _ => {
                let place = NUMBERS.iter().position(|own| *own == resource)?;
                let stored = *self.numbers.get(place)?;
                return (index == 0 && stored != 0)
                    .then_some((0, Value::Integer((stored ^ i32::MIN).into())));
            }
        };
        let mut rest = texts;
        for _ in 0..index {
            rest = split(rest, 0)?.1;
        }
        let text = split(rest, 0)?.0;
        (!text.is_empty()).then_some((index as u16, Value::Text(text)))
    }
}
