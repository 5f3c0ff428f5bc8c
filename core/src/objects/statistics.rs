//! Object 7, Connectivity Statistics: what the modem counts between Start and Stop.

use super::{News, Wish};
use crate::lwm2m::object::{Definition, EXECUTE, Object, Phase, READ, Refusal, Resource, WRITE};
use crate::lwm2m::path::Path;
use crate::lwm2m::value::{Type, Value};
use crate::modem::query::{COUNTERS, Query, counters};
use crate::slot::Slot;

/// Object id.
pub const ID: u16 = 7;

static DEFINITION: Definition = Definition {
    id: ID,
    version: None,
    creatable: false,
    resources: &[
        Resource::new(0, Type::Integer, READ),
        Resource::new(1, Type::Integer, READ),
        Resource::new(2, Type::Integer, READ),
        Resource::new(3, Type::Integer, READ),
        Resource::new(4, Type::Integer, READ),
        Resource::new(5, Type::Integer, READ),
        Resource::new(START, Type::None, EXECUTE),
        Resource::new(STOP, Type::None, EXECUTE),
        Resource::new(PERIOD, Type::Integer, READ | WRITE),
    ],
};

const START: u16 = 6;
const STOP: u16 = 7;
const PERIOD: u16 = 8;

/// What the modem is to be asked before a path of this object is read.
pub fn questions(path: &Path) -> &'static [Query] {
    match *path.ids() {
        [_, _, START | STOP | PERIOD] => &[],
        _ => &[Query::Statistics],
    }
}

/// The Connectivity Statistics object.
#[derive(Debug)]
pub struct Statistics {
    executed: Slot<Wish>,
    /// Whether a server wrote the period since it was stored.
    period_changed: bool,
    /// How many of the counters, from the first on, are known.
    known: u8,
    /// Resources 0 to 5.
    counters: [u32; COUNTERS],
    /// Collection period in seconds; zero: until Stop.
    period: u32,
}

impl Statistics {
    /// Nothing is counted yet, and no period is set.
    pub const fn new() -> Statistics {
        Statistics {
            executed: Slot::Empty,
            period_changed: false,
            known: 0,
            counters: [0; COUNTERS],
            period: 0,
        }
    }

    /// Takes the modem's answer about what it has counted, as far as it tells.
    pub fn take_counters(&mut self, answer: &str, news: News<'_>) {
        let before = self.known;
        self.known = 0;
        for ((place, own), counter) in (0..).zip(&mut self.counters).zip(counters(answer)) {
            if *own != counter || before <= self.known {
                *own = counter;
                news(&Path::resource(ID, 0, place));
            }
            self.known += 1;
        }
    }

    /// What a server executed.
    pub fn take_wish(&mut self) -> Option<Wish> {
        self.executed.take()
    }

    /// Seconds after which counting ends by itself; zero: it does not.
    pub fn period(&self) -> u32 {
        self.period
    }

    /// Sets the period as it was stored, or to none.
    pub fn set_period(&mut self, seconds: u32) {
        self.period = seconds;
    }

    /// Whether a server changed the period since the last call.
    pub fn take_period_changed(&mut self) -> bool {
        core::mem::take(&mut self.period_changed)
    }
}

impl Object for Statistics {
    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn value(&self, _instance: u16, resource: u16, index: usize) -> Option<(u16, Value<'_>)> {
        let number = match resource {
            PERIOD => self.period,
            _ if resource < self.known.into() => *self.counters.get(usize::from(resource))?,
            _ => return None,
        };
        (index == 0).then_some((0, Value::Integer(number.into())))
    }

    fn write(
        &mut self,
        _instance: u16,
        _resource: u16,
        _resource_instance: u16,
        value: &Value<'_>,
        phase: Phase,
    ) -> Result<(), Refusal> {
        let Value::Integer(seconds @ 0..=0x7FFF_FFFF) = *value else {
            return Err(Refusal::BadRequest);
        };
        if phase == Phase::Apply {
            self.period_changed |= i64::from(self.period) != seconds;
            self.period = seconds as u32;
        }
        Ok(())
    }

    fn clear(&mut self, _instance: u16, resource: Option<u16>) -> bool {
        let was_set = resource.is_none() && self.period != 0;
        self.period_changed |= was_set;
        if was_set {
            self.period = 0;
        }
        was_set
    }

    fn execute(
        &mut self,
        _instance: u16,
        resource: u16,
        _arguments: &[u8],
    ) -> Result<Option<u16>, Refusal> {
        self.executed = Slot::Full(match resource {
            START => Wish::Count,
            _ => Wish::StopCounting,
        });
        Ok(None)
    }
}
