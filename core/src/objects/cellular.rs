//! Object 10, LwM2M Cellular Connectivity 1.1: power saving and the SMS service centre, which the modem keeps, and a radio that is off
//! for a while. Without what the modem does not have: activation code (2), other radio modes (7, 10), release assistance (14).

use heapless::Vec;

use super::apn;
use super::told::listed;
use crate::config::SERVICE_CENTRE;
use crate::lwm2m::object::{
    Definition, LISTED, MULTIPLE, OUTSIDE, Object, Phase, READ, Refusal, Resource, WRITE,
};
use crate::lwm2m::value::{Type, Value};
use crate::modem::number::{Form, number_in};
use crate::modem::query::{Query, body, field};
use crate::modem::saving::edrx;
use crate::modem::timer::{self, OFF, TIMERS};
use crate::slot::Slot;

/// Object id.
pub const ID: u16 = 10;

const CENTRE: u16 = 0;
/// Disable radio period.
pub const RADIO_OFF: u16 = 1;
const PERIODIC_TIMER: u16 = 4;
const ACTIVE_TIMER: u16 = 5;
const EDRX_WIDE: u16 = 8;
const EDRX_NARROW: u16 = 9;
/// Activated Profile Names.
pub const PROFILES: u16 = 11;
const SUPPORTED: u16 = 12;
const SAVING: u16 = 13;

static DEFINITION: Definition = Definition {
    id: ID,
    version: Some("1.1"),
    creatable: false,
    resources: &[
        Resource::new(CENTRE, Type::Text, READ | WRITE | OUTSIDE),
        Resource::new(RADIO_OFF, Type::Integer, READ | WRITE),
        Resource::new(PERIODIC_TIMER, Type::Integer, READ | WRITE | OUTSIDE),
        Resource::new(ACTIVE_TIMER, Type::Integer, READ | WRITE | OUTSIDE),
        Resource::new(EDRX_WIDE, Type::Opaque, READ | WRITE | OUTSIDE),
        Resource::new(EDRX_NARROW, Type::Opaque, READ | WRITE | OUTSIDE),
        Resource::new(PROFILES, Type::Link, READ | MULTIPLE | LISTED),
        Resource::new(SUPPORTED, Type::Integer, READ),
        Resource::new(SAVING, Type::Integer, READ | WRITE | OUTSIDE),
    ],
};

/// Power saving modes: bit 0 PSM, bit 1 extended DRX.
const PSM: u8 = 1;
const EDRX: u8 = 2;

/// What is asked for when extended DRX is switched on without parameters: a cycle of 20.48 s, which both modes have, with a window
/// of 2.56 s (5.12 s for NB-IoT).
const USUAL_EDRX: u8 = 0x12;

/// The timer that is asked for when a server names the other one only and the modem has none: an hour if it is the periodic one, and a
/// minute if it is the active one.
const USUAL_TIMER: u8 = 0b001_00001;

/// What the modem is to be told, a bit each, in that order.
const TELL_CENTRE: u8 = 1;
const TELL_PSM_OFF: u8 = 2;
const TELL_PSM: u8 = 4;
const TELL_EDRX_OFF: u8 = 8;
/// The window and the next bit for the cycle; two bits further the same for NB-IoT.
const TELL_WIDE: u8 = 16 | 32;

/// What a command is completed with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parameter {
    None,
    Centre,
    Timers,
    Window,
    Cycle,
}

/// How the command of each bit begins.
static COMMANDS: [(&[u8], Parameter); 8] = [
    (b"AT+CSCA=\"", Parameter::Centre),
    (b"AT+CPSMS=0", Parameter::None),
    (b"AT+CPSMS=1,,,\"", Parameter::Timers),
    (b"AT+CEDRXS=0", Parameter::None),
    (b"AT%XPTW=4,\"", Parameter::Window),
    (b"AT+CEDRXS=2,4,\"", Parameter::Cycle),
    (b"AT%XPTW=5,\"", Parameter::Window),
    (b"AT+CEDRXS=2,5,\"", Parameter::Cycle),
];

/// The Cellular Connectivity object. Of two resources one behind the other the first is for the periodic timer and LTE-M, the second for
/// the active timer and NB-IoT.
#[derive(Debug)]
// Small fields first: what is near the start is reached with short instructions.
#[repr(C)]
pub struct Cellular {
    /// [`TELL_CENTRE`] and so on.
    untold: u8,
    /// Whether PSM is asked for.
    psm: bool,
    /// Whether a server wants the radio off.
    radio_asked: bool,
    /// Profiles of object 11 with an active connection, a bit each.
    profiles: u8,
    /// Octets of the timers as they are asked for.
    wanted: [u8; 2],
    /// The same as they are in force.
    timers: [Slot<u8>; 2],
    /// Octets of extended DRX, if it is asked for.
    edrx: [Slot<u8>; 2],
    /// Minutes for which the radio is off; 0: it is on.
    minutes: u16,
    centre: Vec<u8, SERVICE_CENTRE, u8>,
}

impl Cellular {
    /// Nothing is known.
    pub const fn new() -> Cellular {
        Cellular {
            untold: 0,
            psm: false,
            radio_asked: false,
            profiles: 0,
            wanted: [0; 2],
            timers: [Slot::Empty; 2],
            edrx: [Slot::Empty; 2],
            minutes: 0,
            centre: Vec::new(),
        }
    }

    /// Takes an answer of the modem; gives the resources that changed, a bit each.
    pub fn take(&mut self, query: Query, answer: &str) -> u32 {
        let line = body(answer);
        match query {
            // `+CSCA: <address>,<type>`
            Query::ServiceCentre => {
                let address = field(line, 0);
                if self.centre == address || !is_number(address) {
                    return 0;
                }
                self.set_centre(address);
                1 << CENTRE
            }
            Query::Psm => {
                self.take_psm(line);
                0
            }
            Query::Network => self.take_timers(line),
            Query::Cycles | Query::Windows => self.take_edrx(answer, query == Query::Windows),
            _ => 0,
        }
    }

    /// Takes power saving mode as it was asked for, `+CPSMS: <mode>,,,<periodic update>,<active time>`; what is in force is known with
    /// the network.
    fn take_psm(&mut self, line: &[u8]) {
        self.psm = number_in(line, 0, Form::Decimal) == Some(1);
        for (field, own) in (3..).zip(&mut self.wanted) {
            *own = number_in(line, field, Form::Bits).map_or(USUAL_TIMER, |octet| octet as u8);
        }
    }

    /// Takes the timers granted, in fields 13 and 14 of `%XMONITOR: ...,<active time>,<periodic update>,...`; without them those asked
    /// for are shown.
    fn take_timers(&mut self, line: &[u8]) -> u32 {
        let mut changed = 0;
        for (index, second) in [false, true].iter().enumerate() {
            let octet = match number_in(line, 14 - index, Form::Bits) {
                Some(granted) if granted < OFF.into() => Some(granted as u8),
                _ => self.psm.then_some(*pick(&self.wanted, *second)),
            };
            changed |= replace(pick_mut(&mut self.timers, *second), octet) << index;
        }
        changed << PERIODIC_TIMER
    }

    /// Takes the cycles, or after them the windows, of extended DRX.
    fn take_edrx(&mut self, answer: &str, windows: bool) -> u32 {
        let mut changed = 0;
        for (index, own) in (0..).zip(&mut self.edrx) {
            let bits = edrx(answer, index + 4);
            let old = own.as_ref().copied();
            let octet = match (old, bits) {
                (Some(old), Some(window)) if windows => Some((window as u8) << 4 | old & 15),
                (_, Some(cycle)) if !windows => Some(old.unwrap_or(0) & 0xF0 | cycle as u8),
                _ if windows => old,
                _ => None,
            };
            changed |= replace(own, octet) << index;
        }
        changed << EDRX_WIDE
    }

    /// Takes which profiles have a connection, a bit each; gives the resources that changed.
    pub fn take_profiles(&mut self, profiles: u8) -> u32 {
        let changed = core::mem::replace(&mut self.profiles, profiles) != profiles;
        u32::from(changed) << PROFILES
    }

    /// The minutes for which a server wants the radio off, told once.
    pub fn take_radio_off(&mut self) -> Option<u16> {
        core::mem::take(&mut self.radio_asked).then_some(self.minutes)
    }

    /// The radio is on again; gives the resources that changed, a bit each.
    pub fn radio_is_on(&mut self) -> u32 {
        self.radio_asked = false;
        u32::from(core::mem::take(&mut self.minutes) != 0) << RADIO_OFF
    }

    /// Puts the next AT command that a write leads to; false when there is none.
    pub fn command(&mut self, put: &mut dyn FnMut(&[u8])) -> bool {
        let bit = self.untold.trailing_zeros();
        let Some((start, kind)) = COMMANDS.get(bit as usize) else {
            return false;
        };
        self.untold &= self.untold - 1;
        put(start);
        let [wide, narrow] = &self.edrx;
        let octet = if bit < 6 { wide } else { narrow };
        let octet = octet.as_ref().copied().unwrap_or(0);
        match kind {
            Parameter::None => {}
            Parameter::Centre => {
                let address = self.centre.as_slice();
                put(address);
                // With a country code, or of unknown kind (3GPP TS 24.011 8.2.5.2).
                put(if address.first() == Some(&b'+') {
                    b"\",145"
                } else {
                    b"\",129"
                });
            }
            Parameter::Timers => {
                let [periodic, active] = self.wanted;
                timer::put_digits(put, periodic, 8);
                put(b",\"");
                timer::put_digits(put, active, 8);
            }
            Parameter::Window => timer::put_digits(put, octet >> 4, 4),
            Parameter::Cycle => timer::put_digits(put, octet, 4),
        }
        true
    }

    /// The modem refused a command: the others are void, and so is the rest of the request.
    pub fn refused(&mut self) {
        self.untold = 0;
        if core::mem::take(&mut self.radio_asked) {
            self.minutes = 0;
        }
    }

    fn set_centre(&mut self, address: &[u8]) {
        self.centre.clear();
        // It fits: that was checked.
        self.centre.extend_from_slice(address).ok();
    }

    /// The modes asked for.
    fn saving(&self) -> u8 {
        let edrx = self.edrx.iter().any(Slot::is_full);
        (u8::from(self.psm) * PSM) | (u8::from(edrx) * EDRX)
    }

    /// Switches modes on or off; gives what is to be told.
    fn save(&mut self, modes: u8) -> u8 {
        let changed = modes ^ self.saving();
        let mut tell = 0;
        if changed & PSM != 0 {
            self.psm = !self.psm;
            tell = if self.psm { TELL_PSM } else { TELL_PSM_OFF };
        }
        if changed & EDRX != 0 {
            let [wide, narrow] = &mut self.edrx;
            (*wide, *narrow) = (Slot::Empty, Slot::Empty);
            self.untold &= !(TELL_WIDE | TELL_WIDE << 2);
            tell |= if modes & EDRX != 0 {
                *wide = Slot::Full(USUAL_EDRX);
                TELL_WIDE
            } else {
                TELL_EDRX_OFF
            };
        }
        tell
    }
}

/// The first or the second of two.
fn pick<T>([first, second]: &[T; 2], is_second: bool) -> &T {
    if is_second { second } else { first }
}

/// The same, to change it.
fn pick_mut<T>([first, second]: &mut [T; 2], is_second: bool) -> &mut T {
    if is_second { second } else { first }
}

/// Keeps an octet, or none; 1 if it is another than before.
#[cfg_attr(target_os = "none", inline(never))]
fn replace(own: &mut Slot<u8>, octet: Option<u8>) -> u32 {
    let new = octet.map_or(Slot::Empty, Slot::Full);
    u32::from(core::mem::replace(own, new) != new)
}

/// The number as which a written value is kept, of a text 0; `None` when the value is not acceptable.
#[cfg_attr(target_os = "none", inline(never))]
fn kept(resource: u16, value: &Value<'_>) -> Option<u32> {
    let second = resource & 1 != 0;
    let number = match *value {
        Value::Text(address) => return is_number(address).then_some(0),
        Value::Opaque([octet]) => {
            return timer::is_edrx(*octet, second).then_some((*octet).into());
        }
        Value::Integer(number @ 0..=0x7FFF_FFFF) => number as u32,
        _ => return None,
    };
    let most = match resource {
        RADIO_OFF => 0xFFFF,
        SAVING => u32::from(PSM | EDRX),
        // A bootstrap server may try it.
        SUPPORTED => return None,
        _ => return timer::octet(pick(&TIMERS, second), number).map(u32::from),
    };
    (number <= most).then_some(number)
}

/// Whether a text is a telephone number that can be kept: digits, with or without a plus sign.
fn is_number(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"+").unwrap_or(text);
    !digits.is_empty() && text.len() <= SERVICE_CENTRE && digits.iter().all(u8::is_ascii_digit)
}

impl Object for Cellular {
    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn value(&self, _instance: u16, resource: u16, index: usize) -> Option<(u16, Value<'_>)> {
        if resource == PROFILES {
            let profile = listed(self.profiles.into(), index)?;
            return Some((index as u16, Value::Link(apn::ID, profile)));
        }
        if index > 0 {
            return None;
        }
        let second = resource & 1 != 0;
        let number = match resource {
            CENTRE if !self.centre.is_empty() => {
                return Some((0, Value::Text(&self.centre)));
            }
            EDRX_WIDE | EDRX_NARROW => {
                let octet = pick(&self.edrx, second).as_ref()?;
                return Some((0, Value::Opaque(core::slice::from_ref(octet))));
            }
            RADIO_OFF => self.minutes.into(),
            PERIODIC_TIMER | ACTIVE_TIMER => {
                timer::seconds(pick(&TIMERS, second), *pick(&self.timers, second).as_ref()?)?
            }
            SUPPORTED => u32::from(PSM | EDRX),
            SAVING => self.saving().into(),
            _ => return None,
        };
        Some((0, Value::Integer(number.into())))
    }

    fn write(
        &mut self,
        _instance: u16,
        resource: u16,
        _resource_instance: u16,
        value: &Value<'_>,
        phase: Phase,
    ) -> Result<(), Refusal> {
        let number = kept(resource, value).ok_or(Refusal::BadRequest)?;
        if phase == Phase::Check {
            return Ok(());
        }
        let second = resource & 1 != 0;
        self.untold |= match resource {
            CENTRE => {
                if let Value::Text(address) = value {
                    self.set_centre(address);
                }
                TELL_CENTRE
            }
            RADIO_OFF => {
                self.minutes = number as u16;
                self.radio_asked = number > 0;
                0
            }
            PERIODIC_TIMER | ACTIVE_TIMER => {
                *pick_mut(&mut self.wanted, second) = number as u8;
                self.psm = true;
                TELL_PSM
            }
            SAVING => self.save(number as u8),
            _ => {
                *pick_mut(&mut self.edrx, second) = Slot::Full(number as u8);
                if second { TELL_WIDE << 2 } else { TELL_WIDE }
            }
        };
        Ok(())
    }

    fn awaits_outside(&self) -> bool {
        self.untold != 0
    }
}

#[cfg(test)]
mod tests;
