//! Object 5, Firmware Update (OMA LwM2M 1.0 TS E.6): where an update stands, and which parts of a pushed package come in
//! turn. The bytes are not kept: they pass on to the modem. Packages are pushed only; no address is downloaded from.

use crate::lwm2m::object::{
    Definition, EXECUTE, LISTED, MULTIPLE, Object, Part, Phase, READ, Refusal, Resource, STREAM,
    WRITE,
};
use crate::lwm2m::value::{Type, Value};
use crate::text::find;

/// Object id.
pub const ID: u16 = 5;

const STATE: u16 = 3;
const RESULT: u16 = 5;

static DEFINITION: Definition = Definition {
    id: ID,
    version: None,
    creatable: false,
    resources: &[
        Resource::new(0, Type::Opaque, WRITE | STREAM),
        Resource::new(1, Type::Text, READ | WRITE),
        Resource::new(2, Type::None, EXECUTE),
        Resource::new(STATE, Type::Integer, READ),
        Resource::new(RESULT, Type::Integer, READ),
        // The protocols of downloads: none.
        Resource::new(8, Type::Integer, READ | MULTIPLE | LISTED),
        Resource::new(9, Type::Integer, READ),
    ],
};

/// Longest `/5/0/1`.
const URI: usize = 255;

/// `/5/0/9`: push only.
const PUSH: i64 = 1;

/// Values of `/5/0/3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
#[repr(u8)]
pub enum State {
    /// Nothing there.
    Idle,
    /// A package is coming.
    Downloading,
    /// A package is there.
    Downloaded,
    /// It is being applied.
    Updating,
}

/// Values of `/5/0/5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Outcome {
    /// Nothing failed so far.
    Initial,
    /// The new firmware runs.
    Updated,
    /// The package is longer than the room for it.
    NoFlash,
    /// The modem is out of memory.
    NoRam,
    /// The package stopped coming.
    ConnectionLost,
    /// The package is damaged.
    Integrity,
    /// Not a package for this firmware.
    PackageType,
    /// Not an address.
    InvalidUri,
    /// The package could not be written or applied.
    Failed,
    /// No way to get a package from an address of this kind.
    Protocol,
}

/// Values of `/5/0/3` in order.
pub static STATES: [State; 4] = [
    State::Idle,
    State::Downloading,
    State::Downloaded,
    State::Updating,
];

/// Values of `/5/0/5` in order.
pub static OUTCOMES: [Outcome; 10] = [
    Outcome::Initial,
    Outcome::Updated,
    Outcome::NoFlash,
    Outcome::NoRam,
    Outcome::ConnectionLost,
    Outcome::Integrity,
    Outcome::PackageType,
    Outcome::InvalidUri,
    Outcome::Failed,
    Outcome::Protocol,
];

/// What a server asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Order {
    /// Nothing.
    None,
    /// Back to the beginning.
    Reset,
    /// Apply the package.
    Update,
    /// Get a package from somewhere that is no address.
    FromNowhere,
    /// Get a package from an address.
    Download,
}

/// A part that is on its way to the modem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The first of its package.
    pub first: bool,
    /// The last of its package.
    pub last: bool,
    /// Bytes the package has, as far as is known.
    pub size: u32,
}

/// The Firmware Update object.
#[derive(Debug)]
pub struct Firmware {
    state: State,
    outcome: Outcome,
    order: Order,
    /// Who pushes.
    server: u8,
    /// The message in which the package began. A copy of it that comes late begins nothing.
    began: u16,
    piece: Piece,
    /// Whether the piece awaits its fate.
    in_hand: bool,
    /// Where the part in hand, or the latest, ends.
    end: u32,
    /// Up to where parts were written.
    written: u32,
}

impl Firmware {
    /// Idle.
    pub const fn new() -> Firmware {
        Firmware {
            state: State::Idle,
            outcome: Outcome::Initial,
            order: Order::None,
            server: 0,
            began: 0,
            piece: Piece {
                first: false,
                last: false,
                size: 0,
            },
            in_hand: false,
            end: 0,
            written: 0,
        }
    }

    /// `/5/0/3`
    pub fn state(&self) -> State {
        self.state
    }

    /// `/5/0/5`
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Changes state and result; gives the resources that are others then, a bit each.
    pub fn set(&mut self, state: State, outcome: Outcome) -> u32 {
        let changed =
            u32::from(self.state != state) << STATE | u32::from(self.outcome != outcome) << RESULT;
        self.state = state;
        self.outcome = outcome;
        self.in_hand &= state == State::Downloading;
        changed
    }

    /// The part on its way, if there is one.
    pub fn piece(&self) -> Option<Piece> {
        self.in_hand.then_some(self.piece)
    }

    /// The part in hand was written. Whether it was the last.
    pub fn written(&mut self) -> bool {
        self.in_hand = false;
        self.written = self.end;
        self.piece.last
    }

    /// What a server asked for since the last call.
    pub fn take_order(&mut self) -> Order {
        core::mem::replace(&mut self.order, Order::None)
    }
}

impl Object for Firmware {
    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn value(&self, _instance: u16, resource: u16, index: usize) -> Option<(u16, Value<'_>)> {
        let value = match resource {
            1 => Value::Text(&[]),
            STATE => Value::Integer(self.state as i64),
            RESULT => Value::Integer(self.outcome as i64),
            9 => Value::Integer(PUSH),
            _ => return None,
        };
        (index == 0).then_some((0, value))
    }

    fn write(
        &mut self,
        _instance: u16,
        _resource: u16,
        _resource_instance: u16,
        value: &Value<'_>,
        phase: Phase,
    ) -> Result<(), Refusal> {
        let order = match *value {
            Value::Text([]) | Value::Opaque([] | [0]) => Order::Reset,
            Value::Text(uri) if uri.len() > URI => return Err(Refusal::BadRequest),
            Value::Text(_) if self.state != State::Idle => return Err(Refusal::NotAllowed),
            Value::Text(uri) if find(uri, b':').is_some() => Order::Download,
            Value::Text(_) => Order::FromNowhere,
            // A package comes by itself.
            _ => return Err(Refusal::NotAllowed),
        };
        if self.state == State::Updating {
            return Err(Refusal::NotAllowed);
        }
        if phase == Phase::Apply {
            self.order = order;
        }
        Ok(())
    }

    fn part(&mut self, part: &Part<'_>) -> Result<bool, Refusal> {
        let first = part.offset == 0;
        if first && !part.more && matches!(part.bytes, [] | [0]) {
            self.write(0, 0, 0, &Value::Opaque(&[]), Phase::Apply)?;
            return Ok(false);
        }
        let own = part.server == self.server;
        let state = self.state;
        let is_copy = if first {
            state <= State::Downloading && self.end != 0 && part.message == self.began
        } else {
            // Written before: the answer was lost together with its exchange.
            let awaited = if part.more {
                State::Downloading
            } else {
                State::Downloaded
            };
            state == awaited && part.end == self.written
        };
        if own && is_copy {
            return Ok(false);
        }
        let is_next = match state {
            State::Idle => first,
            State::Downloading => own && (first || part.offset == self.written),
            _ => false,
        };
        if !is_next {
            return Err(match state {
                State::Idle => Refusal::Incomplete,
                State::Downloading if own => Refusal::Incomplete,
                _ => Refusal::NotAllowed,
            });
        }
        self.server = part.server;
        if first {
            self.began = part.message;
            self.written = 0;
        }
        self.end = part.end;
        self.piece = Piece {
            first,
            last: !part.more,
            size: part.size.max(part.end),
        };
        self.in_hand = true;
        Ok(true)
    }

    fn execute(
        &mut self,
        _instance: u16,
        _resource: u16,
        _arguments: &[u8],
    ) -> Result<Option<u16>, Refusal> {
        if self.state != State::Downloaded {
            return Err(Refusal::NotAllowed);
        }
        self.order = Order::Update;
        Ok(None)
    }
}
