//! Tests of the Device object.

use super::*;

fn device() -> Device {
    let mut device = Device::new();
    device.start(&Config::default());
    device
}

fn numbers(device: &Device, resource: u16) -> Vec<i64, 8> {
    crate::lwm2m::object::values(device, 0, resource)
        .map(|(_, value)| match value {
            Value::Integer(number) => number,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn declaring_power_sources_forgets_the_rest() {
    let mut device = device();
    assert_eq!(numbers(&device, POWER_SOURCE), [0]);
    assert_eq!(device.set_battery_level(5), Err(DeviceError::NotPresent));
    device.set_power_sources(&[5, 1]).unwrap();
    device.set_voltage(1, 3_700).unwrap();
    device.set_battery_level(50).unwrap();
    assert_eq!(numbers(&device, VOLTAGE), [0, 3_700]);
    device.set_power_sources(&[1]).unwrap();
    assert_eq!(
        (
            numbers(&device, VOLTAGE),
            numbers(&device, BATTERY_LEVEL),
            numbers(&device, BATTERY_STATUS)
        ),
        (
            [0].into_iter().collect(),
            [0].into_iter().collect(),
            [6].into_iter().collect()
        )
    );
}

#[test]
fn wrong_power_sources_change_nothing() {
    let mut device = device();
    assert_eq!(device.set_power_sources(&[0; 8]), Err(DeviceError::TooMany));
    for sources in [&[][..], &[3], &[8], &[1, 1]] {
        assert_eq!(device.set_power_sources(sources), Err(DeviceError::Invalid));
    }
    assert_eq!(device.set_voltage(3, 1), Err(DeviceError::Invalid));
    assert_eq!(device.set_current(7, 1), Err(DeviceError::NotPresent));
    assert_eq!(numbers(&device, POWER_SOURCE), [0]);
}

#[test]
fn the_error_list_is_never_empty() {
    let mut device = device();
    assert_eq!(numbers(&device, ERROR_CODE), [0]);
    assert_eq!(device.remove_error_code(0), Ok(None));
    device.add_error_code(4).unwrap();
    device.add_error_code(4).unwrap();
    device.add_error_code(2).unwrap();
    assert_eq!(numbers(&device, ERROR_CODE), [2, 4]);
    assert_eq!(device.remove_error_code(0), Err(DeviceError::NotPresent));
    device.remove_error_code(4).unwrap();
    assert_eq!(device.remove_error_code(4), Err(DeviceError::NotPresent));
    device.remove_error_code(2).unwrap();
    assert_eq!(numbers(&device, ERROR_CODE), [0]);
    assert_eq!(device.add_error_code(9), Err(DeviceError::Invalid));
    assert_eq!(device.remove_error_code(-1), Err(DeviceError::Invalid));
}

#[test]
fn what_nobody_says_is_absent_or_documented() {
    let device = device();
    assert_eq!(device.value(0, 0, 0), None);
    assert_eq!(
        device.value(0, 17, 0),
        Some((0, Value::Text(b"Smart Device")))
    );
    assert_eq!(device.value(0, 18, 0), Some((0, Value::Text(b"1.0"))));
    assert_eq!(
        device.value(0, 19, 0),
        Some((0, Value::Text(b"LwM2M 0.30.0")))
    );
}

#[test]
fn only_the_clock_is_written() {
    let mut device = Device::new();
    for resource in [0, 9, 12, 16, 21, 40] {
        for value in [Value::Text(b"x"), Value::Integer(1)] {
            let written = device.write(0, resource, 0, &value, Phase::Apply);
            assert_eq!(written, Err(Refusal::BadRequest), "{resource}");
        }
    }
    assert!(!device.awaits_outside());
}
