//! Object 6, Location: what the application reported last.

use crate::lwm2m::object::{Definition, Object, READ, Resource};
use crate::lwm2m::path::Path;
use crate::lwm2m::value::{Type, Value};

/// Object id.
pub const ID: u16 = 6;

/// `/6/0`: every report changes several resources.
pub const INSTANCE: Path = Path::instance(ID, 0);

static DEFINITION: Definition = Definition {
    id: ID,
    version: None,
    creatable: false,
    resources: &[
        Resource::new(0, Type::Float, READ),
        Resource::new(1, Type::Float, READ),
        Resource::new(2, Type::Float, READ),
        Resource::new(3, Type::Float, READ),
        Resource::new(4, Type::Opaque, READ),
        Resource::new(5, Type::Time, READ),
        Resource::new(6, Type::Float, READ),
    ],
};

/// Why a report is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocationError {
    /// The object is not there.
    NotPresent,
    /// Out of range, not a number where one is needed, or older than the one before.
    Invalid,
}

/// The Location object.
#[derive(Debug)]
pub struct Location {
    latitude: f64,
    longitude: f64,
    altitude: f32,
    radius: f32,
    timestamp: u32,
    speed: f32,
    velocity: [u8; 7],
    velocity_length: u8,
}

impl Location {
    /// Everything zero, no velocity.
    pub const fn new() -> Location {
        Location {
            latitude: 0.0,
            longitude: 0.0,
            altitude: 0.0,
            radius: 0.0,
            timestamp: 0,
            speed: 0.0,
            velocity: [0; 7],
            velocity_length: 0,
        }
    }

    /// Takes a position in degrees and metres with its time in seconds since 1970.
    pub fn set(
        &mut self,
        latitude: f64,
        longitude: f64,
        altitude: f32,
        timestamp: u32,
        uncertainty: f32,
    ) -> Result<(), LocationError> {
        let valid = within(latitude, 90.0)
            && within(longitude, 180.0)
            && is_amount(altitude.abs())
            && is_amount(uncertainty)
            && timestamp >= self.timestamp;
        if !valid {
            return Err(LocationError::Invalid);
        }
        self.latitude = latitude;
        self.longitude = longitude;
        self.altitude = altitude;
        self.radius = uncertainty;
        self.timestamp = timestamp;
        Ok(())
    }

    /// Takes a velocity: heading in degrees clockwise from north, speeds and uncertainties in m/s, NaN for unknown ones.
    pub fn set_velocity(
        &mut self,
        heading: i32,
        speed_h: f32,
        speed_v: f32,
        uncertainty_h: f32,
        uncertainty_v: f32,
    ) -> Result<(), LocationError> {
        let own_h = kmh(speed_h, 0.0);
        let own_v = kmh(speed_v.abs(), 0.0);
        // Rounded up, they never claim too much.
        let [uncertain_h, uncertain_v] = [kmh(uncertainty_h, 0.999), kmh(uncertainty_v, 0.999)];
        let valid = heading as u32 <= 359
            && own_h >= 0
            && own_v.min(uncertain_h).min(uncertain_v) >= UNKNOWN
            && (uncertain_h >= 0 || uncertain_v < 0);
        if !valid {
            return Err(LocationError::Invalid);
        }
        let vertical = own_v >= 0;
        self.speed = if vertical {
            root(speed_h * speed_h + speed_v * speed_v)
        } else {
            speed_h
        };
        // 3GPP TS 23.032 8.12 to 8.15: the values known choose among four shapes.
        let shape = u8::from(vertical) | u8::from(uncertain_h >= 0) << 1;
        let down = u8::from(speed_v < 0.0);
        let [bearing_high, bearing_low] = (heading as u16).to_be_bytes();
        let [speed_high, speed_low] = (own_h as u16).to_be_bytes();
        // 255 means "not specified" (8.15).
        let uncertain_h = uncertain_h.min(254) as u8;
        self.velocity = [
            shape << 4 | down << 1 | bearing_high,
            bearing_low,
            speed_high,
            speed_low,
            if vertical {
                own_v.min(255) as u8
            } else {
                uncertain_h
            },
            uncertain_h,
            uncertain_v.min(254) as u8,
        ];
        self.velocity_length = match shape {
            0 => 4,
            3 => 7,
            _ => 5,
        };
        Ok(())
    }
}

/// Whether a value lies between `-limit` and `limit`. The bits of positive floats are in the order of their values, those
/// of NaN beyond all: no software floating point is needed.
fn within(value: f64, limit: f64) -> bool {
    value.to_bits() << 1 <= limit.to_bits() << 1
}

/// Whether a value is not negative, not infinite, and known. As bits again; the sum turns a negative zero into a positive one.
fn is_amount(value: f32) -> bool {
    (value + 0.0).to_bits() <= f32::MAX.to_bits()
}

/// In place of a speed: it is not known.
const UNKNOWN: i32 = -1;
/// In place of a speed: it can be none.
const INVALID: i32 = -2;

/// A speed of m/s in whole km/h, at most what 16 bits hold; [`UNKNOWN`], or [`INVALID`].
#[cfg_attr(target_os = "none", inline(never))]
fn kmh(speed: f32, rounding: f32) -> i32 {
    if speed.is_nan() {
        UNKNOWN
    } else if is_amount(speed) {
        i32::from((speed * 3.6 + rounding) as u16)
    } else {
        INVALID
    }
}

/// The square root of a number that is not negative, by Newton's method.
fn root(square: f32) -> f32 {
    // Half the exponent is close enough for three steps; zero, too small for them, stays zero.
    // Not `min`: without a floating point unit it is a function of the C library.
    let square = if square < f32::MAX { square } else { f32::MAX };
    let mut root = f32::from_bits((square.to_bits() >> 1) + (0x3F80_0000 >> 1));
    if square < f32::MIN_POSITIVE {
        return 0.0;
    }
    for _ in 0..4 {
        root = (root + square / root) / 2.0;
    }
    root
}

impl Object for Location {
    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn value(&self, _instance: u16, resource: u16, index: usize) -> Option<(u16, Value<'_>)> {
        if index > 0 {
            return None;
        }
        let value = match resource {
            0 => Value::Double(self.latitude),
            1 => Value::Double(self.longitude),
            2 => Value::Float(self.altitude),
            3 => Value::Float(self.radius),
            4 if self.velocity_length > 0 => {
                Value::Opaque(self.velocity.get(..usize::from(self.velocity_length))?)
            }
            5 => Value::Integer(i64::from(self.timestamp)),
            6 => Value::Float(self.speed),
            _ => return None,
        };
        Some((0, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f32 = f32::NAN;

    fn shape(speed_v: f32, uncertainty_h: f32, uncertainty_v: f32) -> Vec<u8> {
        let mut location = Location::new();
        location
            .set_velocity(270, 10.0, speed_v, uncertainty_h, uncertainty_v)
            .unwrap();
        location.velocity[..usize::from(location.velocity_length)].to_vec()
    }

    #[test]
    fn velocity_has_the_four_shapes_of_3gpp_ts_23_032() {
        // Heading 270 = 0x10E, 10 m/s = 36 km/h, 2 m/s = 7 km/h.
        assert_eq!(shape(NAN, NAN, NAN), [0x01, 0x0E, 0, 36]);
        assert_eq!(shape(2.0, NAN, NAN), [0x11, 0x0E, 0, 36, 7]);
        assert_eq!(shape(-2.0, NAN, NAN), [0x13, 0x0E, 0, 36, 7]);
        assert_eq!(shape(NAN, 1.0, NAN), [0x21, 0x0E, 0, 36, 4]);
        assert_eq!(shape(2.0, 1.0, NAN), [0x31, 0x0E, 0, 36, 7, 4, 255]);
        assert_eq!(shape(2.0, 1.0, 0.1), [0x31, 0x0E, 0, 36, 7, 4, 1]);
        assert_eq!(shape(-0.0, -0.0, 0.0), [0x31, 0x0E, 0, 36, 0, 0, 0]);
        let large = shape(-f32::MAX, 1.0e9, f32::MAX);
        assert_eq!(large, [0x33, 0x0E, 0, 36, 255, 254, 254]);
        assert_eq!(kmh(20_000.0, 0.0), 65_535);
    }

    #[test]
    fn reports_out_of_range_change_nothing() {
        let mut location = Location::new();
        for (latitude, longitude, altitude, uncertainty) in [
            (90.1, 0.0, 0.0, 0.0),
            (f64::NAN, 0.0, 0.0, 0.0),
            (0.0, -180.5, 0.0, 0.0),
            (0.0, 0.0, 0.0, -1.0),
            (0.0, 0.0, f32::INFINITY, 0.0),
        ] {
            assert_eq!(
                location.set(latitude, longitude, altitude, 1, uncertainty),
                Err(LocationError::Invalid)
            );
        }
        location.set(1.0, 2.0, 3.0, 5, 4.0).unwrap();
        location.set(1.0, 2.0, 3.0, 5, 4.0).unwrap();
        assert_eq!(
            location.set(1.0, 2.0, 3.0, 4, 4.0),
            Err(LocationError::Invalid)
        );
        assert_eq!(
            location.set_velocity(360, 0.0, NAN, NAN, NAN),
            Err(LocationError::Invalid)
        );
        assert_eq!(
            location.set_velocity(0, NAN, NAN, NAN, NAN),
            Err(LocationError::Invalid)
        );
        assert_eq!(
            location.set_velocity(0, 1.0, NAN, NAN, 1.0),
            Err(LocationError::Invalid)
        );
        assert_eq!(
            location.set_velocity(0, 1.0, NAN, -1.0, NAN),
            Err(LocationError::Invalid)
        );
        for (speed_h, speed_v, uncertainty_h) in [
            (-1.0, NAN, NAN),
            (f32::INFINITY, NAN, NAN),
            (1.0, f32::NEG_INFINITY, NAN),
            (1.0, 1.0, f32::INFINITY),
        ] {
            assert_eq!(
                location.set_velocity(0, speed_h, speed_v, uncertainty_h, NAN),
                Err(LocationError::Invalid)
            );
        }
    }

    #[test]
    fn speed_joins_both_directions() {
        let mut location = Location::new();
        location.set_velocity(0, 3.0, 4.0, NAN, NAN).unwrap();
        assert_eq!(location.value(0, 6, 0), Some((0, Value::Float(5.0))));
        for value in [
            0.0,
            1.0,
            2.0,
            0.01,
            144.0,
            1.0e-30,
            12_345.678,
            1.0e38,
            f32::MAX,
        ] {
            let (own, exact) = (root(value), value.sqrt());
            assert!((own - exact).abs() <= exact * 2.0e-7, "{value}: {own}");
        }
    }
}
