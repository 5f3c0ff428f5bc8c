//! The objects of the device, one file each, and their directory. An object file holds values and their rules; what a
//! server may do with them is checked before, from the definition tables.

pub mod app_data;
pub mod device;
pub mod location;
pub mod portfolio;
pub mod security;
pub mod server;

use crate::lwm2m::object::{Directory, Object};

/// Something a server asked for that concerns the whole client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The lifetime changed: Update with the parameter.
    Lifetime,
    /// Update now (`/1/x/8`).
    Trigger,
    /// De-register and stay off (`/1/x/4`).
    Disable,
    /// Restart the device (`/3/0/4`).
    Reboot,
    /// Forget everything stored (`/3/0/5`).
    FactoryReset,
    /// Application data arrived (`/10250/0/1`).
    AppData,
}

/// Registration parameters that changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// `lt`
    pub lifetime: bool,
    /// The object list.
    pub objects: bool,
}

/// All objects.
// Small ones first: what is near the start is reached with short instructions.
#[repr(C)]
pub struct Objects {
    /// `None` before the start: the address of an empty slice is not zero.
    offered: Option<&'static [u16]>,
    /// Object 0, invisible.
    pub security: security::Security,
    /// Object 1.
    pub server: server::Server,
    /// Object 6.
    pub location: location::Location,
    /// Object 3.
    pub device: device::Device,
    /// Object 16.
    pub portfolio: portfolio::Portfolio,
    /// Object 10250.
    pub app_data: app_data::AppData,
}

impl Objects {
    /// Objects with their initial values, none of them offered yet.
    pub const fn new() -> Objects {
        Objects {
            security: security::Security::new(),
            server: server::Server::new(),
            device: device::Device::new(),
            location: location::Location::new(),
            portfolio: portfolio::Portfolio::new(),
            app_data: app_data::AppData::new(),
            offered: None,
        }
    }

    /// Chooses which objects servers see; ascending ids.
    pub fn offer(&mut self, ids: &'static [u16]) {
        self.offered = Some(ids);
    }

    /// Whether servers see an object.
    #[cfg_attr(target_os = "none", inline(never))]
    // `contains` would be one more function on a device.
    #[allow(clippy::manual_contains)]
    pub fn offers(&self, id: u16) -> bool {
        self.ids().iter().any(|own| *own == id)
    }

    /// The next wish a request left behind.
    pub fn take_wish(&mut self) -> Option<Wish> {
        if let Some(wish) = self.server.take_wish().or_else(|| self.device.take_wish()) {
            return Some(wish);
        }
        self.app_data.take_arrived().then_some(Wish::AppData)
    }
}

impl Directory for Objects {
    fn ids(&self) -> &'static [u16] {
        self.offered.unwrap_or(&[])
    }

    fn object(&self, id: u16) -> Option<&dyn Object> {
        if !self.offers(id) {
            return None;
        }
        match id {
            server::ID => Some(&self.server),
            device::ID => Some(&self.device),
            location::ID => Some(&self.location),
            portfolio::ID => Some(&self.portfolio),
            app_data::ID => Some(&self.app_data),
            _ => None,
        }
    }

    fn object_mut(&mut self, id: u16) -> Option<&mut dyn Object> {
        if !self.offers(id) {
            return None;
        }
        match id {
            server::ID => Some(&mut self.server),
            device::ID => Some(&mut self.device),
            location::ID => Some(&mut self.location),
            portfolio::ID => Some(&mut self.portfolio),
            app_data::ID => Some(&mut self.app_data),
            _ => None,
        }
    }
}
