//! Object 3, Device (OMA LwM2M TS Core E.4): what the product says about itself, from configuration, modem and
//! application.

use heapless::{String, Vec};

use super::told::listed;
use crate::boundary::{ClockRequest, Config, Identity, Live};
use crate::config::{POWER_SOURCES, TIMEZONE};
use crate::lwm2m::object::{
    Definition, EXECUTE, MULTIPLE, OUTSIDE, Object, Phase, READ, Refusal, Resource, WRITE,
};
use crate::lwm2m::path::Path;
use crate::lwm2m::value::{Type, Value};
use crate::text::{find, offset_minutes, offset_text};

/// Object id.
pub const ID: u16 = 3;

static DEFINITION: Definition = Definition {
    id: ID,
    version: None,
    creatable: false,
    resources: &[
        Resource::new(0, Type::Text, READ),
        Resource::new(1, Type::Text, READ),
        Resource::new(2, Type::Text, READ),
        Resource::new(3, Type::Text, READ),
        Resource::new(REBOOT, Type::None, EXECUTE),
        Resource::new(FACTORY_RESET, Type::None, EXECUTE),
        Resource::new(POWER_SOURCE, Type::Integer, READ | MULTIPLE),
        Resource::new(VOLTAGE, Type::Integer, READ | MULTIPLE),
        Resource::new(CURRENT, Type::Integer, READ | MULTIPLE),
        Resource::new(BATTERY_LEVEL, Type::Integer, READ),
        Resource::new(MEMORY_FREE, Type::Integer, READ),
        Resource::new(ERROR_CODE, Type::Integer, READ | MULTIPLE),
        Resource::new(12, Type::None, EXECUTE),
        Resource::new(TIME, Type::Time, READ | WRITE | OUTSIDE),
        Resource::new(OFFSET, Type::Text, READ | WRITE | OUTSIDE),
        Resource::new(ZONE, Type::Text, READ | WRITE | OUTSIDE),
        Resource::new(16, Type::Text, READ),
        Resource::new(17, Type::Text, READ),
        Resource::new(18, Type::Text, READ),
        Resource::new(19, Type::Text, READ),
        Resource::new(BATTERY_STATUS, Type::Integer, READ),
        Resource::new(MEMORY_TOTAL, Type::Integer, READ),
    ],
};

/// Reboot.
pub const REBOOT: u16 = 4;
/// Factory Reset.
pub const FACTORY_RESET: u16 = 5;
const POWER_SOURCE: u16 = 6;
const VOLTAGE: u16 = 7;
const CURRENT: u16 = 8;
const BATTERY_LEVEL: u16 = 9;
const MEMORY_FREE: u16 = 10;
const ERROR_CODE: u16 = 11;
const TIME: u16 = 13;
const OFFSET: u16 = 14;
const ZONE: u16 = 15;
const BATTERY_STATUS: u16 = 20;
const MEMORY_TOTAL: u16 = 21;

/// `/3/0`, for changes that touch several resources.
pub const INSTANCE: Path = Path::instance(ID, 0);

/// The path of one resource of the only instance.
const fn at(resource: u16) -> Path {
    Path::resource(ID, 0, resource)
}

/// Power source type of direct current.
const DIRECT_CURRENT: u8 = 0;
/// Power source type of an internal battery.
const INTERNAL_BATTERY: u8 = 1;
/// Largest power source type; 3 is not used.
const LAST_POWER_SOURCE: u8 = 7;
/// Largest device error code.
const LAST_ERROR_CODE: u32 = 8;
const BATTERY_NOT_INSTALLED: i32 = 5;
const BATTERY_UNKNOWN: i32 = 6;

/// Software version when the application gives none: the release this library replaces.
const SOFTWARE_VERSION: &str = "LwM2M 0.30.0";

/// A value the application sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceValue {
    /// Voltage of a declared power source in mV.
    Voltage(u8, i32),
    /// Current of a declared power source in mA.
    Current(u8, i32),
    /// Level of the internal battery in percent.
    BatteryLevel(u8),
    /// Status of the internal battery, 0 to 6.
    BatteryStatus(i32),
    /// An error code to be listed; 0 clears the list.
    AddError(i32),
    /// An error code to be taken off the list.
    RemoveError(i32),
    /// Total memory in kB.
    MemoryTotal(u32),
}

/// Why a value of the application is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceError {
    /// More power sources than can be declared.
    TooMany,
    /// Out of range or unknown.
    Invalid,
    /// The power source is not declared, or the error code is not listed.
    NotPresent,
}

/// How many power source types there are numbers for.
const KINDS: usize = LAST_POWER_SOURCE as usize + 1;
/// How many numbers there are: voltages, currents, and those of one value.
const NUMBERS: usize = 2 * KINDS + 5;

/// Where the number of a resource is kept; of a voltage or current that of a power source type.
fn place(resource: u16, kind: u8) -> usize {
    match resource {
        VOLTAGE => kind.into(),
        CURRENT => KINDS + usize::from(kind),
        BATTERY_LEVEL => 2 * KINDS,
        BATTERY_STATUS => 2 * KINDS + 1,
        MEMORY_TOTAL => 2 * KINDS + 2,
        MEMORY_FREE => 2 * KINDS + 3,
        TIME => 2 * KINDS + 4,
        _ => NUMBERS,
    }
}

/// The Device object.
#[derive(Debug)]
// Small fields first: what is near the start is reached with short instructions.
#[repr(C)]
pub struct Device {
    /// The resource that was executed; 0: none.
    executed: u16,
    /// Clock values a server wrote that the application has not taken yet: the bits of their resources.
    pending: u16,
    /// One bit for each listed error code.
    error_codes: u16,
    pending_time: i32,
    pending_offset: i32,
    utc_offset: i32,
    numbers: [i32; NUMBERS],
    /// Types of the power sources as they were declared.
    power_sources: Vec<u8, POWER_SOURCES, u8>,
    utc_offset_text: [u8; 6],
    timezone: String<TIMEZONE, u8>,
    pending_zone: Vec<u8, TIMEZONE, u8>,
    texts: [Option<&'static str>; 5],
    identity: Identity,
}

impl Device {
    /// Initial values. The default power source, DC, is declared by [`Device::start`]: a static with contents would be
    /// stored twice, in flash and RAM.
    pub const fn new() -> Device {
        Device {
            executed: 0,
            pending: 0,
            error_codes: 0,
            pending_time: 0,
            pending_offset: 0,
            utc_offset: 0,
            numbers: [0; NUMBERS],
            power_sources: Vec::new(),
            utc_offset_text: [0; 6],
            timezone: String::new(),
            pending_zone: Vec::new(),
            texts: [None; 5],
            identity: Identity::empty(),
        }
    }

    /// Takes what the configuration says.
    pub fn start(&mut self, config: &Config) {
        let Config {
            manufacturer,
            model_number,
            device_type,
            hardware_version,
            software_version,
            ..
        } = *config;
        self.texts = [
            manufacturer,
            model_number,
            device_type,
            hardware_version,
            software_version,
        ];
        self.replace(BATTERY_STATUS, 0, BATTERY_NOT_INSTALLED);
        self.utc_offset_text = offset_text(0);
        // One always fits.
        self.power_sources.push(DIRECT_CURRENT).ok();
    }

    /// Shows this model number (`/3/0/1`) instead of the configuration's.
    pub fn set_model(&mut self, model: &'static str) {
        let [_, own, ..] = &mut self.texts;
        *own = Some(model);
    }

    /// What modem and SIM say about themselves.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The same, to add what they say.
    pub fn identity_mut(&mut self) -> &mut Identity {
        &mut self.identity
    }

    /// Takes the application's values of this moment; gives the path that changed, if one did. The time of day passing
    /// is no change.
    pub fn live(&mut self, live: &Live<'_>) -> Option<Path> {
        self.replace(TIME, 0, live.utc_time);
        let mut changed = None;
        if self.replace(MEMORY_FREE, 0, live.memory_free) {
            changed = Some(at(MEMORY_FREE));
        }
        if self.utc_offset != live.utc_offset {
            self.utc_offset = live.utc_offset;
            self.utc_offset_text = offset_text(live.utc_offset);
            changed = Some(at(OFFSET));
        }
        if self.timezone != live.timezone {
            self.timezone.clear();
            // A name that is too long is not shown.
            self.timezone.push_str(live.timezone).ok();
            changed = Some(INSTANCE);
        }
        changed
    }

    /// Declares the power sources; forgets all voltages, currents and the battery.
    pub fn set_power_sources(&mut self, sources: &[u8]) -> Result<Option<Path>, DeviceError> {
        if sources.len() > POWER_SOURCES {
            return Err(DeviceError::TooMany);
        }
        let mut seen: u8 = 0;
        for kind in sources {
            let bit = power_source_bit(*kind).ok_or(DeviceError::Invalid)?;
            if seen & bit != 0 {
                return Err(DeviceError::Invalid);
            }
            seen |= bit;
        }
        if sources.is_empty() {
            return Err(DeviceError::Invalid);
        }
        self.power_sources.clear();
        // There is room: the count was checked.
        self.power_sources.extend_from_slice(sources).ok();
        for own in self.numbers.iter_mut().take(2 * KINDS + 1) {
            *own = 0;
        }
        self.replace(BATTERY_STATUS, 0, BATTERY_UNKNOWN);
        Ok(Some(INSTANCE))
    }

    /// Sets a value; gives the path that changed, if one did.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    pub fn set(&mut self, value: DeviceValue) -> Result<Option<Path>, DeviceError> {
        let (resource, kind, number, most) = match value {
            DeviceValue::Voltage(kind, number) => (VOLTAGE, kind, number, u32::MAX),
            DeviceValue::Current(kind, number) => (CURRENT, kind, number, u32::MAX),
            DeviceValue::BatteryLevel(percent) => {
                (BATTERY_LEVEL, INTERNAL_BATTERY, percent.into(), 100)
            }
            DeviceValue::BatteryStatus(status) => (
                BATTERY_STATUS,
                INTERNAL_BATTERY,
                status,
                BATTERY_UNKNOWN as u32,
            ),
            DeviceValue::MemoryTotal(kilobytes) => {
                (MEMORY_TOTAL, 0, kilobytes as i32, i32::MAX as u32)
            }
            DeviceValue::AddError(code) | DeviceValue::RemoveError(code) => {
                (ERROR_CODE, 0, code, LAST_ERROR_CODE)
            }
        };
        if number as u32 > most {
            return Err(DeviceError::Invalid);
        }
        let changed = match resource {
            ERROR_CODE => self.set_error(number, matches!(value, DeviceValue::AddError(_)))?,
            MEMORY_TOTAL => self.replace(resource, kind, number),
            _ => {
                power_source_bit(kind).ok_or(DeviceError::Invalid)?;
                if find(&self.power_sources, kind).is_none() {
                    return Err(DeviceError::NotPresent);
                }
                self.replace(resource, kind, number)
            }
        };
        Ok(changed.then_some(at(resource)))
    }

    /// Lists an error code or takes it off the list; whether that changed the list.
    fn set_error(&mut self, code: i32, add: bool) -> Result<bool, DeviceError> {
        let before = self.error_codes;
        // Code 0 is listed while no other is: to add it empties the list.
        let bit = 1 << code & !1;
        self.error_codes = match (code, add) {
            (0, true) => 0,
            (_, true) => before | bit,
            _ if before & bit != bit || bit == 0 && before != 0 => {
                return Err(DeviceError::NotPresent);
            }
            _ => before & !bit,
        };
        Ok(before != self.error_codes)
    }

    /// Keeps a number; whether it is another than before.
    #[cfg_attr(target_os = "none", inline(never))]
    fn replace(&mut self, resource: u16, kind: u8, number: i32) -> bool {
        let own = self.numbers.get_mut(place(resource, kind));
        own.is_some_and(|own| core::mem::replace(own, number) != number)
    }

    /// Sets the voltage of a declared source.
    pub fn set_voltage(
        &mut self,
        source: u8,
        millivolts: i32,
    ) -> Result<Option<Path>, DeviceError> {
        self.set(DeviceValue::Voltage(source, millivolts))
    }

    /// Sets the current of a declared source.
    pub fn set_current(
        &mut self,
        source: u8,
        milliamperes: i32,
    ) -> Result<Option<Path>, DeviceError> {
        self.set(DeviceValue::Current(source, milliamperes))
    }

    /// Sets the level of the internal battery in percent.
    pub fn set_battery_level(&mut self, percent: u8) -> Result<Option<Path>, DeviceError> {
        self.set(DeviceValue::BatteryLevel(percent))
    }

    /// Lists an error code; 0 clears the list.
    pub fn add_error_code(&mut self, code: i32) -> Result<Option<Path>, DeviceError> {
        self.set(DeviceValue::AddError(code))
    }

    /// Takes an error code off the list. Code 0 is listed while no other is.
    pub fn remove_error_code(&mut self, code: i32) -> Result<Option<Path>, DeviceError> {
        self.set(DeviceValue::RemoveError(code))
    }

    /// The clock values a server wrote, for the application to take.
    pub fn clock_request(&self) -> ClockRequest<'_> {
        ClockRequest {
            utc_time: self.is_pending(TIME).then_some(self.pending_time),
            utc_offset: self.is_pending(OFFSET).then_some(self.pending_offset),
            timezone: self.is_pending(ZONE).then_some(&*self.pending_zone),
        }
    }

    fn is_pending(&self, resource: u16) -> bool {
        self.pending >> resource & 1 != 0
    }

    /// The application has answered: nothing is pending any more.
    pub fn clock_answered(&mut self) {
        self.pending = 0;
    }

    /// The resource that a server executed since the last call; 0: none.
    pub fn take_executed(&mut self) -> u16 {
        core::mem::take(&mut self.executed)
    }

    fn text(&self, resource: u16) -> Option<&[u8]> {
        let [manufacturer, model, device_type, hardware, software] = self.texts;
        let modem = &self.identity;
        let text = match resource {
            0 => manufacturer.unwrap_or(&modem.manufacturer),
            1 => model.unwrap_or(&modem.model),
            2 => &modem.imei,
            3 => &modem.firmware,
            OFFSET => return Some(&self.utc_offset_text),
            ZONE => &self.timezone,
            16 => "UQ",
            17 => device_type.unwrap_or("Smart Device"),
            18 => hardware.unwrap_or(if modem.hardware.is_empty() {
                "1.0"
            } else {
                &modem.hardware
            }),
            19 => software.unwrap_or(SOFTWARE_VERSION),
            _ => return None,
        };
        // What modem or SIM did not say is absent; a time zone may be unknown and yet written.
        if text.is_empty() && resource != ZONE {
            None
        } else {
            Some(text.as_bytes())
        }
    }
}

/// One bit for each known power source type.
fn power_source_bit(kind: u8) -> Option<u8> {
    if kind > LAST_POWER_SOURCE || kind == 3 {
        None
    } else {
        Some(1 << kind)
    }
}

impl Object for Device {
    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn value(&self, _instance: u16, resource: u16, index: usize) -> Option<(u16, Value<'_>)> {
        let number = match resource {
            // A list without any shows 0.
            ERROR_CODE => listed(self.error_codes.max(1).into(), index)?.into(),
            POWER_SOURCE => i32::from(*self.power_sources.get(index)?),
            VOLTAGE | CURRENT => {
                let kind = *self.power_sources.get(index)?;
                *self.numbers.get(place(resource, kind))?
            }
            _ if index > 0 => return None,
            _ => match self.numbers.get(place(resource, 0)) {
                Some(number) => *number,
                None => return Some((0, Value::Text(self.text(resource)?))),
            },
        };
        Some((index as u16, Value::Integer(i64::from(number))))
    }

    fn write(
        &mut self,
        _instance: u16,
        resource: u16,
        _resource_instance: u16,
        value: &Value<'_>,
        phase: Phase,
    ) -> Result<(), Refusal> {
        let apply = phase == Phase::Apply;
        match *value {
            // A bootstrap server may try others.
            _ if !matches!(resource, TIME..=ZONE) => return Err(Refusal::BadRequest),
            Value::Integer(seconds @ 0..=0x7FFF_FFFF) => {
                if apply {
                    self.pending_time = seconds as i32;
                }
            }
            Value::Text(text) if resource == OFFSET => {
                let minutes = offset_minutes(text).ok_or(Refusal::BadRequest)?;
                if apply {
                    self.pending_offset = minutes;
                }
            }
            Value::Text(text) if text.len() <= TIMEZONE && find(text, 0).is_none() => {
                if apply {
                    self.pending_zone.clear();
                    // It fits: that was checked.
                    self.pending_zone.extend_from_slice(text).ok();
                }
            }
            _ => return Err(Refusal::BadRequest),
        }
        if apply {
            self.pending |= 1 << resource;
        }
        Ok(())
    }

    fn execute(
        &mut self,
        _instance: u16,
        resource: u16,
        _arguments: &[u8],
    ) -> Result<Option<u16>, Refusal> {
        match resource {
            REBOOT | FACTORY_RESET => self.executed = resource,
            12 => {
                self.error_codes = 0;
                return Ok(Some(ERROR_CODE));
            }
            _ => return Err(Refusal::NotAllowed),
        }
        Ok(None)
    }

    fn awaits_outside(&self) -> bool {
        self.pending != 0
    }
}

#[cfg(test)]
mod tests;
