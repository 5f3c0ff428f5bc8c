//! Position and velocity: object 6. The velocity goes out as 3GPP TS 23.032, in kilometres an hour.

use core::ffi::c_int;

use carrier_core::LocationError;

use crate::errno::Errno;
use crate::runtime::change_started;

/// Sets the position (/6/0/0 to /6/0/3 and /6/0/5). Any thread, not an interrupt.
///
/// @param latitude    Degrees, -90 to 90, positive north.
/// @param longitude   Degrees, -180 to 180, positive east.
/// @param altitude    Metres.
/// @param timestamp   Seconds since 1970, not before the previous call's.
/// @param uncertainty Radius in metres, 0 or more.
///
/// @retval 0        Set.
/// @retval -ENOENT  lwm2m_carrier_init has not succeeded yet, or the library was built without the object.
/// @retval -EINVAL  A value is out of range or not a number, or the time lies before the previous one.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_carrier_location_set(
    latitude: f64,
    longitude: f64,
    altitude: f32,
    timestamp: u32,
    uncertainty: f32,
) -> c_int {
    change_started(|carrier| {
        carrier
            .set_location(latitude, longitude, altitude, timestamp, uncertainty)
            .map_err(errno)
    })
}

/// Sets the velocity (/6/0/4 and /6/0/6). Any thread, not an interrupt.
///
/// @param heading       Degrees clockwise from north, 0 to 359.
/// @param speed_h       Horizontal speed in metres a second, 0 or more.
/// @param speed_v       Vertical speed in metres a second, positive upwards; NAN when not known.
/// @param uncertainty_h Uncertainty of speed_h in metres a second, 0 or more; NAN when not known.
/// @param uncertainty_v Uncertainty of speed_v in metres a second, 0 or more; NAN when not known. Needs uncertainty_h.
///
/// @retval 0        Set.
/// @retval -ENOENT  lwm2m_carrier_init has not succeeded yet, or the library was built without the object.
/// @retval -EINVAL  A value is out of range, or the vertical uncertainty stands alone.
/// @retval -ENOMEM  No room for the value.
#[unsafe(no_mangle)]
pub extern "C" fn lwm2m_carrier_velocity_set(
    heading: c_int,
    speed_h: f32,
    speed_v: f32,
    uncertainty_h: f32,
    uncertainty_v: f32,
) -> c_int {
    change_started(|carrier| {
        carrier
            .set_velocity(heading, speed_h, speed_v, uncertainty_h, uncertainty_v)
            .map_err(errno)
    })
}

fn errno(error: LocationError) -> Errno {
    match error {
        LocationError::NotPresent => Errno::NOENT,
        LocationError::Invalid => Errno::INVAL,
    }
}
