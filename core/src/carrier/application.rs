//! What the application tells and asks: device values, Portfolio, location, application data, time of day.

use super::Carrier;
use crate::boundary::ClockRequest;
use crate::bytes::copy;
use crate::lwm2m::path::Path;
use crate::objects::app_data::{self, AppDataError, UPLINK_PATH};
use crate::objects::device::{DeviceError, DeviceValue};
use crate::objects::location::{self, LocationError};
use crate::objects::portfolio::{self, PortfolioError};
use crate::time::Instant;

impl Carrier {
    /// Copies the application data that arrived; gives its length.
    pub fn take_app_data(&mut self, out: &mut [u8]) -> usize {
        copy(self.assembly.payload(), out).unwrap_or(0)
    }

    /// Declares the available power sources, each once; forgets voltages, currents and battery.
    pub fn set_power_sources(&mut self, sources: &[u8]) -> Result<(), DeviceError> {
        if let Some(path) = self.scene.objects.device.set_power_sources(sources)? {
            self.scene.observations.changed(&path);
        }
        Ok(())
    }

    /// Sets a value of the Device object.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn set_device(&mut self, value: DeviceValue) -> Result<(), DeviceError> {
        if let Some(path) = self.scene.objects.device.set(value)? {
            self.scene.observations.changed(&path);
        }
        Ok(())
    }

    /// Sets the voltage of a declared source in mV.
    pub fn set_power_source_voltage(
        &mut self,
        source: u8,
        millivolts: i32,
    ) -> Result<(), DeviceError> {
        self.set_device(DeviceValue::Voltage(source, millivolts))
    }

    /// Sets the current of a declared source in mA.
    pub fn set_power_source_current(
        &mut self,
        source: u8,
        milliamperes: i32,
    ) -> Result<(), DeviceError> {
        self.set_device(DeviceValue::Current(source, milliamperes))
    }

    /// Sets the level of the internal battery in percent.
    pub fn set_battery_level(&mut self, percent: u8) -> Result<(), DeviceError> {
        self.set_device(DeviceValue::BatteryLevel(percent))
    }

    /// Sets the status of the internal battery, 0 to 6.
    pub fn set_battery_status(&mut self, status: i32) -> Result<(), DeviceError> {
        self.set_device(DeviceValue::BatteryStatus(status))
    }

    /// Lists a device error; 0 clears the list.
    pub fn add_error_code(&mut self, code: i32) -> Result<(), DeviceError> {
        self.set_device(DeviceValue::AddError(code))
    }

    /// Takes a device error off the list.
    pub fn remove_error_code(&mut self, code: i32) -> Result<(), DeviceError> {
        self.set_device(DeviceValue::RemoveError(code))
    }

    /// Sets the total memory in kB.
    pub fn set_memory_total(&mut self, kilobytes: u32) -> Result<(), DeviceError> {
        self.set_device(DeviceValue::MemoryTotal(kilobytes))
    }

    /// A Portfolio identity; empty when never set.
    pub fn identity(&self, instance: u16, kind: u16) -> Result<&[u8], PortfolioError> {
        let portfolio = self.scene.objects.portfolio.first();
        portfolio
            .ok_or(PortfolioError::NotFound)?
            .identity(instance, kind)
    }

    /// Sets a Portfolio identity.
    pub fn set_identity(
        &mut self,
        instance: u16,
        kind: u16,
        value: &[u8],
    ) -> Result<(), PortfolioError> {
        let portfolio = self.scene.objects.portfolio.first_mut();
        portfolio
            .ok_or(PortfolioError::NotFound)?
            .set_identity(instance, kind, value)?;
        self.scene
            .observations
            .changed(&Path::instance(portfolio::ID, instance));
        Ok(())
    }

    /// Creates a Portfolio instance.
    pub fn create_portfolio_instance(&mut self, instance: u16) -> Result<(), PortfolioError> {
        let portfolio = self.scene.objects.portfolio.first_mut();
        portfolio
            .ok_or(PortfolioError::NotFound)?
            .create_instance(instance)?;
        self.scene
            .observations
            .changed(&Path::object(portfolio::ID));
        self.note_object_list();
        Ok(())
    }

    /// Reports a position: degrees, metres, seconds since 1970.
    pub fn set_location(
        &mut self,
        latitude: f64,
        longitude: f64,
        altitude: f32,
        timestamp: u32,
        uncertainty: f32,
    ) -> Result<(), LocationError> {
        let location = self.scene.objects.location.first_mut();
        location.ok_or(LocationError::NotPresent)?.set(
            latitude,
            longitude,
            altitude,
            timestamp,
            uncertainty,
        )?;
        self.scene.observations.changed(&location::INSTANCE);
        Ok(())
    }

    /// Reports a velocity: degrees from north, m/s; NaN for what is unknown.
    pub fn set_velocity(
        &mut self,
        heading: i32,
        speed_h: f32,
        speed_v: f32,
        uncertainty_h: f32,
        uncertainty_v: f32,
    ) -> Result<(), LocationError> {
        let location = self.scene.objects.location.first_mut();
        location.ok_or(LocationError::NotPresent)?.set_velocity(
            heading,
            speed_h,
            speed_v,
            uncertainty_h,
            uncertainty_v,
        )?;
        self.scene.observations.changed(&location::INSTANCE);
        Ok(())
    }

    /// Sets the uplink application data.
    pub fn set_app_data(&mut self, data: &[u8]) -> Result<(), AppDataError> {
        let offered = self.scene.objects.offers(app_data::ID);
        let container = self.scene.objects.app_data.first_mut();
        container
            .filter(|_| offered)
            .ok_or(AppDataError::NotPresent)?
            .set_uplink(data)?;
        self.scene.observations.changed(&UPLINK_PATH);
        Ok(())
    }

    /// The clock values to be offered to the application.
    pub fn clock_request(&self) -> ClockRequest<'_> {
        self.scene.objects.device.clock_request()
    }

    /// Network time in seconds since 1970; 0 while unknown.
    pub fn utc_time(&self, now: Instant) -> i32 {
        self.clock.utc_time(now)
    }

    /// Minutes east of UTC.
    pub fn utc_offset(&self) -> i32 {
        self.clock.utc_offset()
    }

    /// Copies the time zone name; gives its length.
    pub fn timezone(&self, out: &mut [u8]) -> usize {
        self.clock.timezone(out)
    }

    /// Sets the time.
    pub fn set_utc_time(&mut self, now: Instant, seconds: i32) {
        self.clock.set_utc_time(now, i64::from(seconds));
    }

    /// Sets the offset in minutes.
    pub fn set_utc_offset(&mut self, minutes: i32) {
        self.clock.set_utc_offset(minutes);
    }

    /// Sets the time zone name; false when it is too long.
    pub fn set_timezone(&mut self, zone: &str) -> bool {
        self.clock.set_timezone(zone)
    }
}
