//! What the application tells about the device: object 3, resources 6 to 12, 20 and 21. Values live in RAM and start over with a reset.

use core::ffi::c_int;

use carrier_core::{DeviceError, DeviceValue};

use crate::errno::Errno;
use crate::runtime::{CARRIER, change_started, changed};
use crate::sys::ptr;

unsafe extern "C" {
    /// Returns the free memory for /3/0/10, in kilobytes.
    ///
    /// An application may define this function itself; the built-in one returns 0. The library calls it from the thread of
    /// lwm2m_carrier_run whenever a server reads the resource.
    ///
    /// @return Free memory in kilobytes, 0 or more.
    pub fn lwm2m_carrier_memory_free_read() -> c_int;
}

/// Declares which power sources the device has (/3/0/6).
///
/// Call this first: it sets all voltages and currents to 0, the battery status to LWM2M_CARRIER_BATTERY_STATUS_UNKNOWN and the battery
/// level to 0. Before the first call the device has one source, LWM2M_CARRIER_POWER_SOURCE_DC. Any thread, not an interrupt.
///
/// @param power_sources      Array of LWM2M_CARRIER_POWER_SOURCE_*, each at most once.
/// @param power_source_count Number of elements, 1 to 7.
///
/// @retval 0        Declared.
/// @retval -ENOENT  lwm2m_carrier_init has not succeeded yet.
/// @retval -E2BIG   More than 7 sources.
/// @retval -EINVAL  NULL, no element, an unknown source, or one given twice.
///
/// # Safety
///
/// `power_sources` is null or points to `power_source_count` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwm2m_carrier_avail_power_sources_set(
    power_sources: *const u8,
    power_source_count: u8,
) -> c_int {
    // SAFETY: the caller promises null or this many readable bytes.
    let sources = unsafe { ptr::bytes(power_sources, power_source_count.into()) };
    change_started(|carrier| {
        let sources = sources.ok_or(Errno::INVAL)?;
        carrier.set_power_sources(sources).map_err(value_errno)
    })
}

/// Sets the voltage of a power source (/3/0/7). Any thread, not an interrupt.
///
/// @param power_source LWM2M_CARRIER_POWER_SOURCE_*.
/// @param value        Voltage in millivolts.
///
/// @retval 0        Set.
/// @retval -EINVAL  Unknown power source.
/// @retval -ENODEV  The source was not declared by lwm2m_carrier_avail_power_sources_set.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_carrier_power_source_voltage_set(power_source: u8, value: i32) -> c_int {
    set(DeviceValue::Voltage(power_source, value))
}

/// Sets the current of a power source (/3/0/8). Any thread, not an interrupt.
///
/// @param power_source LWM2M_CARRIER_POWER_SOURCE_*.
/// @param value        Current in milliamperes.
///
/// @retval 0        Set.
/// @retval -EINVAL  Unknown power source.
/// @retval -ENODEV  The source was not declared by lwm2m_carrier_avail_power_sources_set.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_carrier_power_source_current_set(power_source: u8, value: i32) -> c_int {
    set(DeviceValue::Current(power_source, value))
}

/// Sets the level of the internal battery (/3/0/9). Any thread, not an interrupt.
///
/// @param battery_level Charge in percent, 0 to 100.
///
/// @retval 0        Set.
/// @retval -EINVAL  More than 100.
/// @retval -ENODEV  No internal battery was declared.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_carrier_battery_level_set(battery_level: u8) -> c_int {
    set(DeviceValue::BatteryLevel(battery_level))
}

/// Sets the status of the internal battery (/3/0/20). Any thread, not an interrupt.
///
/// The status is LWM2M_CARRIER_BATTERY_STATUS_NOT_INSTALLED until power sources are declared.
///
/// @param battery_status LWM2M_CARRIER_BATTERY_STATUS_*.
///
/// @retval 0        Set.
/// @retval -EINVAL  Unknown status.
/// @retval -ENODEV  No internal battery was declared.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_carrier_battery_status_set(battery_status: i32) -> c_int {
    set(DeviceValue::BatteryStatus(battery_status))
}

/// Adds an error to the device's list (/3/0/11). Any thread, not an interrupt.
///
/// Adding an error that is there already changes nothing. LWM2M_CARRIER_ERROR_CODE_NO_ERROR empties the list.
///
/// @param error LWM2M_CARRIER_ERROR_CODE_*.
///
/// @retval 0        Added.
/// @retval -ENOENT  lwm2m_carrier_init has not succeeded yet.
/// @retval -EINVAL  Unknown error.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_carrier_error_code_add(error: i32) -> c_int {
    set(DeviceValue::AddError(error))
}

/// Removes an error from the device's list (/3/0/11). Any thread, not an interrupt.
///
/// When the last one goes, the list is again LWM2M_CARRIER_ERROR_CODE_NO_ERROR alone.
///
/// @param error LWM2M_CARRIER_ERROR_CODE_*.
///
/// @retval 0        Removed.
/// @retval -EINVAL  Unknown error.
/// @retval -ENOENT  The error is not in the list.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_carrier_error_code_remove(error: i32) -> c_int {
    set(DeviceValue::RemoveError(error))
}

/// Sets the total memory (/3/0/21). 0 until then. Any thread, not an interrupt.
///
/// @param memory_total Memory in kilobytes, at most 2147483647.
///
/// @retval 0        Set.
/// @retval -EINVAL  More than 2147483647.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_carrier_memory_total_set(memory_total: u32) -> c_int {
    set(DeviceValue::MemoryTotal(memory_total))
}

/// The result of a function for power sources, battery or memory.
/// Sets one value. Error codes are listed only once the object is there, and have an errno of their own for "not there".
#[cfg_attr(target_os = "none", inline(never))]
fn set(value: DeviceValue) -> c_int {
    let result = CARRIER.with(|carrier| match value {
        DeviceValue::AddError(_) if !carrier.is_started() => Err(DeviceError::NotPresent),
        _ => carrier.set_device(value),
    });
    changed(result.map_err(|error| match (error, value) {
        (DeviceError::NotPresent, DeviceValue::AddError(_) | DeviceValue::RemoveError(_)) => {
            Errno::NOENT
        }
        _ => value_errno(error),
    }))
}

fn value_errno(error: DeviceError) -> Errno {
    match error {
        DeviceError::TooMany => Errno::TOO_BIG,
        DeviceError::Invalid => Errno::INVAL,
        DeviceError::NotPresent => Errno::NODEV,
    }
}

/// Built-in `lwm2m_carrier_memory_free_read`.
pub(crate) extern "C" fn default_memory_free_read() -> c_int {
    0
}
