//! Lets a device's simulated time pass, until something has happened or the device ends.

use conformance::Device;
use conformance::device::EXIT_RESTART;
use std::time::Duration;

/// Exit code of a device whose power was cut.
pub const EXIT_CUT: i32 = 76;

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

/// Lets time pass in steps, until `reached` or for `limit` of simulated time; a device that wants a restart gets it.
pub fn until(
    device: &mut Device,
    step: Duration,
    limit: Duration,
    mut reached: impl FnMut(&mut Device) -> bool,
) -> Result<End, String> {
    let mut passed = Duration::ZERO;
    while passed < limit {
        if let Err(problem) = device.try_control(&format!("clock advance {}ms", step.as_millis())) {
            // Only a process that has ended may fall silent.
            let status = device.wait_exit();
            match status.code() {
                Some(EXIT_CUT) => return Ok(End::Cut),
                Some(EXIT_RESTART) => device.start_again(),
                _ => return Err(format!("{problem}; the process: {status}")),
            }
        }
        if reached(device) {
            return Ok(End::Reached);
        }
        passed += step;
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
