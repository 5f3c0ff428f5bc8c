//! Object 7, Connectivity Statistics: what the modem counts between Start and Stop.

use super::told::Told;
use crate::lwm2m::object::{Definition, EXECUTE, Object, Phase, READ, Refusal, Resource, WRITE};
use crate::lwm2m::value::{Type, Value};
use crate::modem::number::{Form, number_in};
use crate::modem::query::body;

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

/// How many counters there are: resources 0 to 5.
const COUNTERS: u16 = 6;
/// Start.
pub const START: u16 = 6;
/// Stop.
pub const STOP: u16 = 7;
pub(super) const PERIOD: u16 = 8;

/// The Connectivity Statistics object.
#[derive(Debug)]
pub struct Statistics {
    /// The resource that was executed; 0: none.
    executed: u16,
    /// Whether a server wrote the period since it was stored.
    period_changed: bool,
    /// Collection period in seconds; zero: until Stop.
    period: u32,
    counters: Told,
}

impl Statistics {
    /// Nothing is counted yet, and no period is set.
    pub const fn new() -> Statistics {
        Statistics {
            executed: 0,
            period_changed: false,
            counters: Told::new(),
            period: 0,
        }
    }

    /// Takes the modem's answer about what it has counted, as far as it tells; gives the resources that changed, a bit each.
    pub fn take(&mut self, answer: &str) -> u32 {
        let line = body(answer);
        let mut changed = 0;
        let mut is_told = true;
        for resource in 0..COUNTERS {
            let number = number_in(line, resource.into(), Form::Decimal).filter(|_| is_told);
            is_told = number.is_some();
            let bit = self.counters.set(resource, number);
            if is_told {
                changed |= bit;
            }
        }
        changed
    }

    /// The resource that a server executed since the last call; 0: none.
    pub fn take_executed(&mut self) -> u16 {
        core::mem::take(&mut self.executed)
    }

    /// Seconds after which counting ends by itself; zero: it does not.
    pub fn period(&self) -> u32 {
        self.period
    }

    /// The same, to store or restore it.
    pub fn period_mut(&mut self) -> &mut u32 {
        &mut self.period
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
            _ => self.counters.number(resource)?,
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
        self.executed = resource;
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_as_many_as_were_told() {
        let all = |answer: &str| {
            let mut own = Statistics::new();
            let changed = own.take(answer);
            let numbers: Vec<_> = (0..COUNTERS)
                .map_while(|resource| match own.value(0, resource, 0)? {
                    (0, Value::Integer(number)) => Some(number),
                    other => panic!("{other:?}"),
                })
                .collect();
            assert_eq!(changed, (1 << numbers.len()) - 1, "{answer}");
            assert!((numbers.len() as u16..COUNTERS).all(|id| own.value(0, id, 0).is_none()));
            numbers
        };
        let six = [2, 3, 45, 60, 708, 650];
        assert_eq!(all("%XCONNSTAT: 2,3,45,60,708,650\r\nOK\r\n"), six);
        assert_eq!(all("%XCONNSTAT=2,3,45,60,708,650\r\nOK\r\n"), six);
        assert_eq!(all("%XCONNSTAT: 2,3,45,60,708,650,7,8\r\n"), six);
        assert_eq!(all("%XCONNSTAT: 2,3,4294967296,60"), [2, 3]);
        for answer in [
            "",
            "OK",
            "ERROR\r\n",
            "%XCONNSTAT",
            "%XCONNSTAT:",
            "%XCONNSTAT: ,1",
            "%XCONNSTAT: -1",
        ] {
            assert!(all(answer).is_empty(), "{answer}");
        }
    }

    #[test]
    fn what_is_not_told_any_more_is_no_news() {
        let mut own = Statistics::new();
        own.take("%XCONNSTAT: 1,2,3,4,5,6");
        assert_eq!(own.take("%XCONNSTAT: 1,3"), 0b10);
        assert_eq!(own.take("%XCONNSTAT: 1,3,3"), 0b100);
    }
}
