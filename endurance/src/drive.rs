//! Lets a device's simulated time pass, until something has happened or the device ends.

use conformance::Device;
use conformance::device::EXIT_RESTART;
use std::time::Duration;

/// Exit code of a device whose power was cut.
pub const EXIT_CUT: i32 = 76;

/// Real time for the application's output to arrive.
const PIPE: Duration = Duration::from_millis(100);

/// How a stretch of time ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// What was awaited is there.
    Reached,
    /// The process ended with [`EXIT_CUT`].
    Cut,
    /// The time is over.
    TimeOver,
}

/// Lets time pass, all of it; a device that wants a restart gets it.
pub fn pass(device: &mut Device, time: Duration) -> Result<(), String> {
    match step(device, time)? {
        false => Ok(()),
        true => Err("a power cut that nobody asked for".into()),
    }
}

/// One step; whether the device was cut in it.
fn step(device: &mut Device, time: Duration) -> Result<bool, String> {
    let command = format!("clock advance {}ms", time.as_millis());
    let Err(problem) = device.try_control(&command) else {
        return Ok(false);
    };
    // Only a process that has ended may fall silent.
    let status = device.wait_exit();
    match status.code() {
        Some(EXIT_CUT) => return Ok(true),
        Some(EXIT_RESTART) => device.start_again(),
        _ => return Err(format!("{problem}; the process: {status}")),
    }
    Ok(false)
}

/// Lets time pass in steps, until `reached` or for `limit` of simulated time; a device that wants a restart gets it.
pub fn until(
    device: &mut Device,
    step: Duration,
    limit: Duration,
    mut reached: impl FnMut(&mut Device) -> bool,
) -> Result<End, String> {
    let mut passed = Duration::ZERO;
    while passed < limit {
        if self::step(device, step)? {
            return Ok(End::Cut);
        }
        if reached(device) {
            return Ok(End::Reached);
        }
        passed += step;
    }
    // What the application prints comes through a pipe, after its time has passed.
    std::thread::sleep(PIPE);
    if reached(device) {
        return Ok(End::Reached);
    }
    Ok(End::TimeOver)
}

/// Whether the device was registered in this life.
pub fn registered(device: &Device) -> bool {
    device
        .events()
        .iter()
        .any(|event| event.life == device.life() && event.name == "REGISTERED")
}
