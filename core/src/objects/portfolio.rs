//! Object 16, Portfolio: identities of the host device (instance 0) and of others behind it.
//! Instances and identities are stored: what was written once stays until it is deleted, or the device reset to its factory state.

use super::texts::{self, Texts};
use crate::config::{PORTFOLIO_INSTANCES, PORTFOLIO_STORE, PORTFOLIO_TEXT};
use crate::lwm2m::object::{
    Definition, LISTED, MULTIPLE, Object, Phase, READ, Refusal, Resource, WRITE,
};
use crate::lwm2m::value::{Type, Value};
use crate::text::is_utf8;

/// Object id.
pub const ID: u16 = 16;

/// Identity, the only resource.
const IDENTITY: u16 = 0;

/// Identity types are the resource instances 0 (id) to 3 (software version).
const TYPES: u16 = 4;

/// The instance of the host device itself.
const PRIMARY_HOST: u16 = 0;

static DEFINITION: Definition = Definition {
    id: ID,
    version: None,
    creatable: true,
    resources: &[Resource::new(
        IDENTITY,
        Type::Text,
        READ | WRITE | MULTIPLE | LISTED,
    )],
};

/// Why the application's request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortfolioError {
    /// No such instance.
    NotFound,
    /// Unknown identity type, or the value is empty or not UTF-8.
    Invalid,
    /// The Primary Host is not the application's to write.
    NotPermitted,
    /// Longer than [`PORTFOLIO_TEXT`].
    TooLong,
    /// No room.
    Full,
    /// The instance id is in use.
    Exists,
}

/// The Portfolio object. Identities stand one behind the other in one store.
#[derive(Debug)]
pub struct Portfolio {
    /// Instances besides the Primary Host in no order; 0 is a free place.
    created: [u16; PORTFOLIO_INSTANCES - 1],
    store: Texts<[u8; PORTFOLIO_STORE]>,
    changed: bool,
    unsaved: bool,
}

impl Portfolio {
    /// Only the Primary Host, without identities.
    pub const fn new() -> Portfolio {
        Portfolio {
            created: [0; PORTFOLIO_INSTANCES - 1],
            store: Texts::new(),
            changed: false,
            unsaved: false,
        }
    }

    /// An identity of an existing instance; empty when it was never set.
    pub fn identity(&self, instance: u16, kind: u16) -> Result<&[u8], PortfolioError> {
        if kind >= TYPES {
            return Err(PortfolioError::Invalid);
        }
        if !self.exists(instance) {
            return Err(PortfolioError::NotFound);
        }
        Ok(self.find(instance, kind).unwrap_or_default())
    }

    /// Sets an identity for the application.
    pub fn set_identity(
        &mut self,
        instance: u16,
        kind: u16,
        value: &[u8],
    ) -> Result<(), PortfolioError> {
        // What is too long may have been cut inside a character.
        let is_text = value.len() > PORTFOLIO_TEXT || is_utf8(value);
        if kind >= TYPES || value.is_empty() || !is_text {
            return Err(PortfolioError::Invalid);
        }
        if !self.exists(instance) {
            return Err(PortfolioError::NotFound);
        }
        if instance == PRIMARY_HOST {
            return Err(PortfolioError::NotPermitted);
        }
        if value.len() > PORTFOLIO_TEXT {
            return Err(PortfolioError::TooLong);
        }
        self.put(instance, kind, value, Phase::Apply)
            .map_err(|_| PortfolioError::Full)
    }

    /// Creates an instance for the application or a server.
    pub fn create_instance(&mut self, instance: u16) -> Result<(), PortfolioError> {
        if self.exists(instance) || instance == u16::MAX {
            return Err(PortfolioError::Exists);
        }
        *self.place(PRIMARY_HOST).ok_or(PortfolioError::Full)? = instance;
        self.changed = true;
        self.unsaved = true;
        Ok(())
    }

    /// Whether instances came or went since the last call.
    pub fn take_changed(&mut self) -> bool {
        core::mem::take(&mut self.changed)
    }

    /// Whether there is something to store since the last call.
    pub fn take_unsaved(&mut self) -> bool {
        core::mem::take(&mut self.unsaved)
    }

    /// The instances besides the Primary Host, 0 for a free place, and all identities, for the record.
    pub fn stored_mut(&mut self) -> (&mut [u16], &mut Texts) {
        (&mut self.created, &mut self.store)
    }

    fn put(&mut self, instance: u16, kind: u16, text: &[u8], phase: Phase) -> Result<(), Refusal> {
        self.unsaved |= phase == Phase::Apply;
        texts::write(&mut self.store, instance, kind, text, phase)
    }

    /// Where an instance is kept; a free place for instance 0.
    fn place(&mut self, instance: u16) -> Option<&mut u16> {
        self.created.iter_mut().find(|own| **own == instance)
    }

    // `contains` would be one more function on a device.
    #[allow(clippy::manual_contains)]
    fn exists(&self, instance: u16) -> bool {
        instance == PRIMARY_HOST || self.created.iter().any(|own| *own == instance)
    }

    fn find(&self, instance: u16, kind: u16) -> Option<&[u8]> {
        texts::find(&self.store, instance, kind)
    }

    fn remove(&mut self, instance: u16) {
        texts::remove(&mut self.store, instance, texts::ALL);
    }
}

impl Object for Portfolio {
    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn instance(&self, index: usize) -> Option<u16> {
        let mut id = PRIMARY_HOST;
        for _ in 0..index {
            let mut next = u16::MAX;
            for own in self.created {
                if own > id && own < next {
                    next = own;
                }
            }
            // No instance has the last id.
            if next == u16::MAX {
                return None;
            }
            id = next;
        }
        Some(id)
    }

    fn value(&self, instance: u16, _resource: u16, index: usize) -> Option<(u16, Value<'_>)> {
        let mut before = index;
        for kind in 0..TYPES {
            if let Some(text) = self.find(instance, kind) {
                if before == 0 {
                    return Some((kind, Value::Text(text)));
                }
                before -= 1;
            }
        }
        None
    }

    fn write(
        &mut self,
        instance: u16,
        _resource: u16,
        kind: u16,
        value: &Value<'_>,
        phase: Phase,
    ) -> Result<(), Refusal> {
        let Value::Text(text) = value else {
            return Err(Refusal::BadRequest);
        };
        if kind >= TYPES || text.len() > PORTFOLIO_TEXT {
            return Err(Refusal::BadRequest);
        }
        self.put(instance, kind, text, phase)
    }

    fn prepare(&mut self, _replace: bool) {
        texts::prepare(&mut self.store);
    }

    fn clear(&mut self, instance: u16, _resource: Option<u16>) -> bool {
        let before = texts::free(&self.store);
        self.remove(instance);
        let forgot = before != texts::free(&self.store);
        self.unsaved |= forgot;
        forgot
    }

    fn create(&mut self, instance: Option<u16>) -> Result<u16, Refusal> {
        let free = || (1..u16::MAX).find(|id| !self.exists(*id));
        let instance = instance.or_else(free).ok_or(Refusal::Full)?;
        match self.create_instance(instance) {
            Ok(()) => Ok(instance),
            Err(PortfolioError::Exists) => Err(Refusal::BadRequest),
            Err(_) => Err(Refusal::Full),
        }
    }

    fn delete(&mut self, instance: u16) -> Result<(), Refusal> {
        if instance == PRIMARY_HOST {
            return Err(Refusal::NotAllowed);
        }
        if let Some(place) = self.place(instance) {
            *place = PRIMARY_HOST;
        }
        self.remove(instance);
        self.changed = true;
        self.unsaved = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_replaced_in_place_of_the_old() {
        let mut portfolio = Portfolio::new();
        portfolio.create_instance(2).unwrap();
        portfolio.set_identity(2, 0, b"first").unwrap();
        portfolio.set_identity(2, 1, b"maker").unwrap();
        portfolio.set_identity(2, 0, b"second").unwrap();
        assert_eq!(portfolio.identity(2, 0), Ok(&b"second"[..]));
        assert_eq!(portfolio.identity(2, 1), Ok(&b"maker"[..]));
        assert_eq!(portfolio.identity(2, 3), Ok(&b""[..]));
        assert_eq!(portfolio.value(2, 0, 1), Some((1, Value::Text(b"maker"))));
    }

    #[test]
    fn checks_come_in_the_order_type_instance_permission() {
        let mut portfolio = Portfolio::new();
        assert_eq!(
            portfolio.set_identity(9, 4, b"x"),
            Err(PortfolioError::Invalid)
        );
        assert_eq!(
            portfolio.set_identity(9, 0, b"x"),
            Err(PortfolioError::NotFound)
        );
        assert_eq!(
            portfolio.set_identity(0, 0, b"x"),
            Err(PortfolioError::NotPermitted)
        );
        portfolio.create_instance(1).unwrap();
        assert_eq!(
            portfolio.set_identity(1, 0, &[b'x'; 201]),
            Err(PortfolioError::TooLong)
        );
        for broken in [&b"\xFF"[..], b"x\xC3"] {
            assert_eq!(
                portfolio.set_identity(1, 0, broken),
                Err(PortfolioError::Invalid)
            );
        }
    }

    #[test]
    fn a_full_store_keeps_what_it_has() {
        let mut portfolio = Portfolio::new();
        portfolio.create_instance(1).unwrap();
        let long = [b'x'; 200];
        portfolio.set_identity(1, 0, &long).unwrap();
        portfolio.set_identity(1, 1, &long).unwrap();
        assert_eq!(
            portfolio.set_identity(1, 2, &long),
            Err(PortfolioError::Full)
        );
        assert_eq!(portfolio.set_identity(1, 1, b"short"), Ok(()));
        assert_eq!(portfolio.set_identity(1, 2, &long), Ok(()));
        for id in 2..=PORTFOLIO_INSTANCES as u16 {
            let expected = if id < PORTFOLIO_INSTANCES as u16 {
                Ok(())
            } else {
                Err(PortfolioError::Full)
            };
            assert_eq!(portfolio.create_instance(id), expected);
        }
        assert_eq!(portfolio.create_instance(1), Err(PortfolioError::Exists));
    }
}
