//! Object 4, Connectivity Monitoring 1.0: what the modem says of its network. Router (5) and link utilization (6) it does not know.

use super::told::{Told, listed};
use crate::config::{ACCESS_POINT_TEXTS, ADDRESS_TEXTS};
use crate::lwm2m::object::{Definition, LISTED, MULTIPLE, Object, READ, Resource};
use crate::lwm2m::value::{Type, Value};
use crate::modem::number::{Form, LTE_FDD, NB_IOT, number_in};
use crate::modem::query::{Query, body, field, line, number_at};
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
pub(super) const BEARERS: u16 = 1;
pub(super) const STRENGTH: u16 = 2;
pub(super) const QUALITY: u16 = 3;
pub(super) const ADDRESSES: u16 = 4;
pub(super) const ACCESS_POINTS: u16 = 7;
const CELL: u16 = 8;
const NETWORK: u16 = 9;
const COUNTRY: u16 = 10;

/// Where the number of a resource is told.
struct Fact {
    /// What is answered, or subscribed to.
    query: Query,
    /// The field of the line.
    field: u8,
    form: Form,
    resource: u8,
}

impl Fact {
    const fn new(query: Query, field: u8, form: Form, resource: u16) -> Fact {
        Fact {
            query,
            field,
            form,
            resource: resource as u8,
        }
    }
}

/// `+CESQ: 99,99,255,255,<quality>,<strength>`; `%CESQ: <strength>,<its threshold>,<quality>,<its threshold>`; `%XMONITOR: <status>,
/// <name>,<short name>,<PLMN>,<area>,<access>,<band>,<cell>,...`.
static FACTS: [Fact; 8] = [
    Fact::new(Query::Signal, 5, Form::Strength, STRENGTH),
    Fact::new(Query::Signal, 4, Form::Quality, QUALITY),
    Fact::new(Query::SubscribeSignal, 0, Form::Strength, STRENGTH),
    Fact::new(Query::SubscribeSignal, 2, Form::Quality, QUALITY),
    Fact::new(Query::Network, 5, Form::Bearer, BEARER),
    Fact::new(Query::Network, 7, Form::Cell, CELL),
    Fact::new(Query::Network, 3, Form::Network, NETWORK),
    Fact::new(Query::Network, 3, Form::Country, COUNTRY),
];

/// The Connectivity Monitoring object.
#[derive(Debug)]
pub struct Connectivity {
    told: Told,
    /// Each with a zero behind it.
    addresses: [u8; ADDRESS_TEXTS],
    access_points: [u8; ACCESS_POINT_TEXTS],
}

impl Connectivity {
    /// Nothing is known.
    pub const fn new() -> Connectivity {
        Connectivity {
            told: Told::new(),
            addresses: [0; ADDRESS_TEXTS],
            access_points: [0; ACCESS_POINT_TEXTS],
        }
    }

    /// Takes an answer of the modem, or a notification it was asked for by a subscription; gives the resources that changed, a bit
    /// each.
    pub fn take(&mut self, query: Query, answer: &str) -> u32 {
        if query == Query::Contexts {
            let addresses = fill(&mut self.addresses, answer, false) << ADDRESSES;
            return addresses | fill(&mut self.access_points, answer, true) << ACCESS_POINTS;
        }
        let line = body(answer);
        if query == Query::Modes {
            // `%XSYSTEMMODE: <LTE-M>,<NB-IoT>,<GNSS>,<preference>`
            let mut bearers = 0;
            for (field, bearer) in (0..).zip(LTE_FDD..=NB_IOT) {
                if number_at(line, field) == Some(1) {
                    bearers |= 1 << bearer;
                }
            }
            return self.told.set(BEARERS, (bearers != 0).then_some(bearers));
        }
        let mut changed = 0;
        for fact in &FACTS {
            if fact.query == query {
                let number = number_in(line, fact.field.into(), fact.form);
                changed |= self.told.set(fact.resource.into(), number);
            }
        }
        changed
    }
}

/// Fills a store with the addresses of all active connections or with the names of their access points, each with a zero behind it;
/// 1 if that changed it. Texts for which there is no room are left out.
#[cfg_attr(target_os = "none", inline(never))]
fn fill(store: &mut [u8], answer: &str, names: bool) -> u32 {
    let mut filling = Filling {
        room: store.iter_mut(),
        changed: 0,
    };
    let mut rest = answer.as_bytes();
    // A line each: `+CGDCONT: <id>,<kind>,<access point>,<addresses>,...`
    while let Some(line) = line(&mut rest) {
        // Without an address it is not active.
        let mut text = field(line, 3);
        if number_at(line, 0).is_none() || text.is_empty() {
            continue;
        }
        if names {
            text = field(line, 2);
        }
        while !text.is_empty() {
            let (first, more) = split(text, b' ').unwrap_or((text, &[]));
            if !first.is_empty() && first.len() < filling.room.len() {
                first.iter().for_each(|byte| filling.put(*byte));
                filling.put(0);
            }
            text = more;
        }
    }
    while filling.room.len() > 0 {
        filling.put(0);
    }
    filling.changed
}

/// A store while it is filled.
struct Filling<'s> {
    room: core::slice::IterMut<'s, u8>,
    changed: u32,
}

impl Filling<'_> {
    #[cfg_attr(target_os = "none", inline(never))]
    fn put(&mut self, byte: u8) {
        if let Some(slot) = self.room.next()
            && core::mem::replace(slot, byte) != byte
        {
            self.changed = 1;
        }
    }
}

impl Object for Connectivity {
    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn value(&self, _instance: u16, resource: u16, index: usize) -> Option<(u16, Value<'_>)> {
        let texts = match resource {
            BEARERS => {
                let bearer = listed(self.told.number(BEARERS)?, index)?;
                return Some((index as u16, Value::Integer(bearer.into())));
            }
            ADDRESSES => &self.addresses[..],
            ACCESS_POINTS => &self.access_points,
            _ if index > 0 => return None,
            _ => {
                // Strength and quality are negative.
                let number = self.told.number(resource)? as i32;
                return Some((0, Value::Integer(number.into())));
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

#[cfg(test)]
mod tests {
    use super::*;

    const MONITOR: &str = "%XMONITOR: 5,\"Test, Net\",\"Test\",\"310410\",\"0001\",9,20,\"0A012345\",7,6300,53,30,\"\",\"00000110\",\
                           \"10100001\",\"00000000\"\r\nOK\r\n";

    /// What is shown of bearer, strength, quality, cell, network and country.
    fn numbers(own: &Connectivity) -> [Option<i64>; 6] {
        [BEARER, STRENGTH, QUALITY, CELL, NETWORK, COUNTRY].map(|resource| {
            match own.value(0, resource, 0) {
                Some((0, Value::Integer(number))) => Some(number),
                _ => None,
            }
        })
    }

    fn bearers(own: &Connectivity) -> Vec<Value<'_>> {
        let all = (0..).map_while(|index| own.value(0, BEARERS, index));
        all.map(|(_, value)| value).collect()
    }

    #[test]
    fn the_network_is_taken_apart() {
        let mut own = Connectivity::new();
        let changed = own.take(Query::Network, MONITOR);
        assert_eq!(
            changed,
            1 << BEARER | 1 << CELL | 1 << NETWORK | 1 << COUNTRY
        );
        let full = [Some(7), None, None, Some(0x0A01_2345), Some(410), Some(310)];
        assert_eq!(numbers(&own), full);
        assert_eq!(own.take(Query::Network, MONITOR), 0);
        let short = MONITOR.replace("310410", "00101");
        assert_eq!(
            own.take(Query::Network, &short),
            1 << NETWORK | 1 << COUNTRY
        );
        assert_eq!(numbers(&own)[4..], [Some(1), Some(1)]);
    }

    #[test]
    fn what_is_missing_or_damaged_is_not_there() {
        let mut own = Connectivity::new();
        for text in [
            "",
            "OK",
            "ERROR\r\n",
            "+CME ERROR: 13",
            "%XMONITOR: 2\r\nOK\r\n",
            "%XMONITOR:",
            "%XMONITOR: 1,\"a\",\"b\",\"c",
            "%XMONITOR: 1,,,\"1\",,,,,,,,,,,,",
            "%XMONITOR: 1,,,\"0010012\",,x,,\"10000000\",,,,,,\"000000110\",\"00000012\"",
            "%XMONITOR: 1,,,\"00a0b\",,4294967296,,\"0000G000\",,,,,,\"000000000\",\"",
        ] {
            own.take(Query::Network, MONITOR);
            own.take(Query::Network, text);
            assert_eq!(numbers(&own), [None; 6], "{text}");
        }
        // Every beginning of a true answer gives what it has.
        own.take(Query::Network, MONITOR);
        let whole = numbers(&own);
        for length in 0..MONITOR.len() {
            own.take(Query::Network, &MONITOR[..length]);
            let bearer = numbers(&own)[0];
            assert!(bearer.is_none() || bearer == whole[0]);
        }
    }

    #[test]
    fn answers_and_notifications_of_the_signal_differ_in_order() {
        let mut own = Connectivity::new();
        let both = 1 << STRENGTH | 1 << QUALITY;
        let answer = "+CESQ: 99,99,255,255,20,53\r\nOK\r\n";
        assert_eq!(own.take(Query::Signal, answer), both);
        assert_eq!(numbers(&own)[1..3], [Some(-88), Some(-10)]);
        assert_eq!(own.take(Query::SubscribeSignal, "%CESQ: 53,2,20,2\r\n"), 0);
        let weak = "+CESQ: 99,99,255,255,255,53\r\nOK\r\n";
        assert_eq!(own.take(Query::Signal, weak), 1 << QUALITY);
        for text in [
            "",
            "OK\r\n",
            "ERROR\r\n",
            "+CME ERROR: 0\r\n",
            "+CESQ:",
            "+CESQ: 99,99,255,255",
            "+CESQ: 99,99,255,255,255,255\r\nOK\r\n",
            "+CESQ: 99,99,255,255,20x,5 3",
            "+CESQ: 99,99,255,255,4294967316,4294967349",
            "+CESQ: 99,99,255,255,,",
        ] {
            own.take(Query::Signal, answer);
            own.take(Query::Signal, text);
            assert_eq!(numbers(&own)[1..3], [None, None], "{text}");
        }
        for line in ["", " ", "x", ",,,", "255,0,255,0", "\"53"] {
            own.take(Query::Signal, answer);
            own.take(Query::SubscribeSignal, &format!("%CESQ: {line}"));
            assert_eq!(numbers(&own)[1..3], [None, None], "{line}");
        }
    }

    #[test]
    fn a_kind_of_network_may_be_used_when_its_number_is_one() {
        let mut own = Connectivity::new();
        assert_eq!(
            own.take(Query::Modes, "%XSYSTEMMODE: 1,0,1,0\r\nOK\r\n"),
            1 << BEARERS
        );
        assert_eq!(bearers(&own), [Value::Integer(6)]);
        own.take(Query::Modes, "%XSYSTEMMODE: 0,1,0,2\r\nOK\r\n");
        assert_eq!(bearers(&own), [Value::Integer(7)]);
        own.take(Query::Modes, "%XSYSTEMMODE: 1,1,0,2\r\nOK\r\n");
        assert_eq!(bearers(&own), [Value::Integer(6), Value::Integer(7)]);
        for text in ["", "OK", "ERROR\r\n", "%XSYSTEMMODE: 2,x"] {
            own.take(Query::Modes, text);
            assert!(bearers(&own).is_empty(), "{text}");
            assert_eq!(own.take(Query::Modes, text), 0);
        }
    }
}
