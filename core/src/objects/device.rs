//! Object 3, Device (OMA LwM2M TS Core E.4): what the product says about itself, from configuration, modem and
//! application.

use core::mem::replace;

use heapless::{String, Vec};

use super::Wish;
use super::told::listed;
use crate::boundary::{ClockRequest, Config, Identity, Live};
use crate::config::{POWER_SOURCES, TIMEZONE};
use crate::lwm2m::object::{
    Definition, EXECUTE, MULTIPLE, Object, Phase, READ, Refusal, Resource, WRITE,
};
use crate::lwm2m::path::Path;
use crate::lwm2m::value::{Type, Value};
use crate::slot::Slot;
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
        Resource::new(4, Type::None, EXECUTE),
        Resource::new(5, Type::None, EXECUTE),
        Resource::new(POWER_SOURCE, Type::Integer, READ | MULTIPLE),
        Resource::new(VOLTAGE, Type::Integer, READ | MULTIPLE),
        Resource::new(CURRENT, Type::Integer, READ | MULTIPLE),
        Resource::new(BATTERY_LEVEL, Type::Integer, READ),
        Resource::new(10, Type::Integer, READ),
        Resource::new(ERROR_CODE, Type::Integer, READ | MULTIPLE),
        Resource::new(12, Type::None, EXECUTE),
        Resource::new(13, Type::Time, READ | WRITE),
        Resource::new(14, Type::Text, READ | WRITE),
        Resource::new(15, Type::Text, READ | WRITE),
        Resource::new(16, Type::Text, READ),
        Resource::new(17, Type::Text, READ),
        Resource::new(18, Type::Text, READ),
        Resource::new(19, Type::Text, READ),
        Resource::new(BATTERY_STATUS, Type::Integer, READ),
        Resource::new(MEMORY_TOTAL, Type::Integer, READ),
    ],
};

const POWER_SOURCE: u16 = 6;
const VOLTAGE: u16 = 7;
const CURRENT: u16 = 8;
const BATTERY_LEVEL: u16 = 9;
const ERROR_CODE: u16 = 11;
const BATTERY_STATUS: u16 = 20;
const MEMORY_TOTAL: u16 = 21;

/// `/3/0`, for changes that touch several resources.
pub const INSTANCE: Path = Path::instance(ID, 0);

/// The path of one resource of the only instance.
const fn at(resource: u16) -> Path {
    Path::resource(ID, 0, resource)
}

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

#[derive(Clone, Copy, Debug, Default)]
struct PowerSource {
    kind: u8,
    millivolts: i32,
    milliamperes: i32,
}

/// Clock values a server wrote that the application has not taken yet.
#[derive(Debug)]
struct PendingClock {
    utc_time: Option<i32>,
    utc_offset: Option<i32>,
    timezone: Option<Vec<u8, TIMEZONE, u8>>,
}

impl PendingClock {
    const NONE: PendingClock = PendingClock {
        utc_time: None,
        utc_offset: None,
        timezone: None,
    };
}

/// The Device object.
#[derive(Debug)]
pub struct Device {
    texts: [Option<&'static str>; 5],
    identity: Identity,
    power_sources: Vec<PowerSource, POWER_SOURCES>,
    battery_level: i32,
    battery_status: i32,
    memory_total: i32,
    memory_free: i32,
    /// One bit for each listed error code.
    error_codes: u16,
    utc_time: i32,
    utc_offset: i32,
    utc_offset_text: [u8; 6],
    timezone: String<TIMEZONE, u8>,
    pending: PendingClock,
    executed: Slot<Wish>,
}

impl Device {
    /// Initial values. The default power source, DC, is declared by [`Device::start`]: a static with contents would be
    /// stored twice, in flash and RAM.
    pub const fn new() -> Device {
        Device {
            texts: [None; 5],
            identity: Identity::empty(),
            power_sources: Vec::new(),
            battery_level: 0,
            battery_status: 0,
            memory_total: 0,
            memory_free: 0,
            error_codes: 0,
            utc_time: 0,
            utc_offset: 0,
            utc_offset_text: [0; 6],
            timezone: String::new(),
            pending: PendingClock::NONE,
            executed: Slot::Empty,
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
        self.battery_status = BATTERY_NOT_INSTALLED;
        self.utc_offset_text = offset_text(0);
        // One always fits.
        self.power_sources.push(PowerSource::default()).ok();
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
        self.utc_time = live.utc_time;
        let mut changed = None;
        if self.memory_free != live.memory_free {
            self.memory_free = live.memory_free;
            changed = Some(at(10));
        }
        if self.utc_offset != live.utc_offset {
            self.utc_offset = live.utc_offset;
            self.utc_offset_text = offset_text(live.utc_offset);
            changed = Some(at(14));
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
        for kind in sources {
            // There is room: the count was checked.
            self.power_sources
                .push(PowerSource {
                    kind: *kind,
                    ..PowerSource::default()
                })
                .ok();
        }
        self.battery_level = 0;
        self.battery_status = BATTERY_UNKNOWN;
        Ok(Some(INSTANCE))
    }

    /// Sets a value; gives the path that changed, if one did.
    pub fn set(&mut self, value: DeviceValue) -> Result<Option<Path>, DeviceError> {
        let resource = match value {
            DeviceValue::Voltage(..) => VOLTAGE,
            DeviceValue::Current(..) => CURRENT,
            DeviceValue::BatteryLevel(_) => BATTERY_LEVEL,
            DeviceValue::BatteryStatus(_) => BATTERY_STATUS,
            DeviceValue::AddError(_) | DeviceValue::RemoveError(_) => ERROR_CODE,
            DeviceValue::MemoryTotal(_) => MEMORY_TOTAL,
        };
        Ok(self.change(value)?.then_some(at(resource)))
    }

    /// Sets a value; whether it was another one.
    fn change(&mut self, value: DeviceValue) -> Result<bool, DeviceError> {
        let (source, number) = match value {
            DeviceValue::Voltage(source, number) | DeviceValue::Current(source, number) => {
                (source, number)
            }
            DeviceValue::BatteryLevel(percent) if percent <= 100 => {
                (INTERNAL_BATTERY, i32::from(percent))
            }
            DeviceValue::BatteryStatus(status) if status as u32 <= BATTERY_UNKNOWN as u32 => {
                (INTERNAL_BATTERY, status)
            }
            DeviceValue::MemoryTotal(kilobytes) if kilobytes >> 31 == 0 => {
                let kilobytes = kilobytes as i32;
                return Ok(replace(&mut self.memory_total, kilobytes) != kilobytes);
            }
            DeviceValue::AddError(code) if code as u32 <= LAST_ERROR_CODE => {
                let before = self.error_codes;
                // Code 0 empties the list.
                self.error_codes = if code == 0 { 0 } else { before | 1 << code };
                return Ok(before != self.error_codes);
            }
            DeviceValue::RemoveError(code) if code as u32 <= LAST_ERROR_CODE => {
                // Code 0 is listed while no other is.
                let bit = 1 << code & !1;
                if self.error_codes & bit != bit || bit == 0 && self.error_codes != 0 {
                    return Err(DeviceError::NotPresent);
                }
                self.error_codes &= !bit;
                return Ok(bit != 0);
            }
            _ => return Err(DeviceError::Invalid),
        };
        let source = self.power_source(source)?;
        let slot = match value {
            DeviceValue::Voltage(..) => &mut source.millivolts,
            DeviceValue::Current(..) => &mut source.milliamperes,
            DeviceValue::BatteryLevel(_) => &mut self.battery_level,
            _ => &mut self.battery_status,
        };
        Ok(replace(slot, number) != number)
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
        let PendingClock {
            utc_time,
            utc_offset,
            timezone,
        } = &self.pending;
        ClockRequest {
            utc_time: *utc_time,
            utc_offset: *utc_offset,
            timezone: timezone.as_deref(),
        }
    }

    /// The application has answered: nothing is pending any more.
    pub fn clock_answered(&mut self) {
        self.pending = PendingClock::NONE;
    }

    pub(super) fn take_wish(&mut self) -> Option<Wish> {
        self.executed.take()
    }

    fn power_source(&mut self, kind: u8) -> Result<&mut PowerSource, DeviceError> {
        power_source_bit(kind).ok_or(DeviceError::Invalid)?;
        self.power_sources
            .iter_mut()
            .find(|source| source.kind == kind)
            .ok_or(DeviceError::NotPresent)
    }

    fn text(&self, resource: u16) -> Option<&[u8]> {
        let [manufacturer, model, device_type, hardware, software] = self.texts;
        let modem = &self.identity;
        let text = match resource {
            0 => manufacturer.unwrap_or(&modem.manufacturer),
            1 => model.unwrap_or(&modem.model),
            2 => &modem.imei,
            3 => &modem.firmware,
            14 => return Some(&self.utc_offset_text),
            15 => &self.timezone,
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
        if text.is_empty() && resource != 15 {
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
            POWER_SOURCE | VOLTAGE | CURRENT => {
                let source = self.power_sources.get(index)?;
                match resource {
                    POWER_SOURCE => i32::from(source.kind),
                    VOLTAGE => source.millivolts,
                    _ => source.milliamperes,
                }
            }
            // A list without any shows 0.
            ERROR_CODE => listed(self.error_codes.max(1).into(), index)?.into(),
            BATTERY_LEVEL if index == 0 => self.battery_level,
            10 if index == 0 => self.memory_free,
            13 if index == 0 => self.utc_time,
            BATTERY_STATUS if index == 0 => self.battery_status,
            MEMORY_TOTAL if index == 0 => self.memory_total,
            _ if index == 0 => return Some((0, Value::Text(self.text(resource)?))),
            _ => return None,
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
        match (resource, value) {
            (13, Value::Integer(seconds)) => {
                // Not negative and at most `i32::MAX`.
                if *seconds as u64 >> 31 != 0 {
                    return Err(Refusal::BadRequest);
                }
                if phase == Phase::Apply {
                    self.pending.utc_time = Some(*seconds as i32);
                }
            }
            (14, Value::Text(text)) => {
                let minutes = offset_minutes(text).ok_or(Refusal::BadRequest)?;
                if phase == Phase::Apply {
                    self.pending.utc_offset = Some(minutes);
                }
            }
            (15, Value::Text(text)) => {
                if text.len() > TIMEZONE || find(text, 0).is_some() {
                    return Err(Refusal::BadRequest);
                }
                if phase == Phase::Apply {
                    self.pending.timezone = Vec::from_slice(text).ok();
                }
            }
            _ => return Err(Refusal::BadRequest),
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
            4 => self.executed = Slot::Full(Wish::Reboot),
            5 => self.executed = Slot::Full(Wish::FactoryReset),
            12 => {
                self.error_codes = 0;
                return Ok(Some(ERROR_CODE));
            }
            _ => return Err(Refusal::NotAllowed),
        }
        Ok(None)
    }

    fn awaits_outside(&self) -> bool {
        let PendingClock {
            utc_time,
            utc_offset,
            timezone,
        } = &self.pending;
        utc_time.is_some() || utc_offset.is_some() || timezone.is_some()
    }
}

#[cfg(test)]
mod tests;
