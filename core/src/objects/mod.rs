//! The objects of the device, one file each, and their directory. An object file holds values and their rules; what a
//! server may do with them is checked before, from the definition tables.

pub mod access;
mod accounts;
pub mod app_data;
pub mod device;
pub mod location;
pub mod portfolio;
pub mod security;
pub mod server;
mod texts;

use crate::lwm2m::object::{DEVICE, Directory, Object, Refusal, Right};
use crate::lwm2m::path::Path;

/// Something a server asked for that concerns the whole client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The lifetime changed: Update with the parameter.
    Lifetime,
    /// Update now (`/1/x/8`).
    Trigger,
    /// De-register and stay off (`/1/x/4`).
    Disable,
    /// Bootstrap again (`/1/x/9`).
    Bootstrap,
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
    /// Whether the bootstrap interface is open: the objects of accounts can be reached.
    provisioning: bool,
    /// Object 0, invisible to management servers.
    pub security: security::Security,
    /// Object 1.
    pub server: server::Server,
    /// Object 2.
    pub access: access::Access,
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
            access: access::Access::new(),
            device: device::Device::new(),
            location: location::Location::new(),
            portfolio: portfolio::Portfolio::new(),
            app_data: app_data::AppData::new(),
            offered: None,
            provisioning: false,
        }
    }

    /// Chooses which objects servers see; ascending ids.
    pub fn offer(&mut self, ids: &'static [u16]) {
        self.offered = Some(ids);
    }

    /// Opens the bootstrap interface, or closes it. No management server is served while it is open.
    pub fn provision(&mut self, open: bool) {
        self.provisioning = open;
    }

    /// Whether servers see an object.
    #[cfg_attr(target_os = "none", inline(never))]
    // `contains` would be one more function on a device.
    #[allow(clippy::manual_contains)]
    pub fn offers(&self, id: u16) -> bool {
        self.provisioning && id <= access::ID || self.ids().iter().any(|own| *own == id)
    }

    /// Whether rights are to be looked up: a server alone has all of them unless they were limited.
    #[inline]
    fn is_controlled(&self) -> bool {
        !(self.access.is_empty() && self.server.is_alone()) && self.offers(access::ID)
    }

    /// The rights of a session's server where not all are open.
    #[cfg_attr(target_os = "none", inline(never))]
    fn grants(&self, session: u8, path: &Path, right: Right) -> bool {
        match self.server.of_session(session) {
            Some(own) => {
                let alone = self.server.is_alone();
                self.access
                    .allows(own.short_server_id(), path, right, alone)
            }
            None => session == DEVICE,
        }
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
            security::ID => Some(&self.security),
            server::ID => Some(&self.server),
            access::ID => Some(&self.access),
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
            security::ID => Some(&mut self.security),
            server::ID => Some(&mut self.server),
            access::ID => Some(&mut self.access),
            device::ID => Some(&mut self.device),
            location::ID => Some(&mut self.location),
            portfolio::ID => Some(&mut self.portfolio),
            app_data::ID => Some(&mut self.app_data),
            _ => None,
        }
    }

    #[inline]
    fn allows(&self, server: u8, path: &Path, right: Right) -> bool {
        !self.is_controlled() || self.grants(server, path, right)
    }

    fn created(&mut self, server: u8, object: u16, instance: u16) -> Result<(), Refusal> {
        match self.server.of_session(server) {
            Some(own) if !self.server.is_alone() && self.offers(access::ID) => {
                self.access.own(own.short_server_id(), object, instance)
            }
            _ => Ok(()),
        }
    }

    fn deleted(&mut self, object: u16, instance: u16) {
        self.access.release(object, instance);
    }
}
