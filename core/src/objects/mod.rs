//! The objects of the device, one file each, and their directory. An object file holds values and their rules; what a
//! server may do with them is checked before, from the definition tables.

pub mod access;
mod accounts;
pub mod apn;
pub mod app_data;
pub mod cellular;
pub mod connectivity;
pub mod device;
pub mod firmware;
pub mod instances;
pub mod location;
pub mod portfolio;
mod questions;
pub mod security;
pub mod server;
pub mod statistics;
pub mod texts;
mod told;

use self::access::Access;
use self::apn::Apn;
use self::app_data::AppData;
use self::cellular::Cellular;
use self::connectivity::Connectivity;
use self::firmware::Firmware;
use self::statistics::Statistics;
use crate::config::{
    ACCESS_CONTROL, BOOTSTRAP, MODEM_VALUES, OBJECT_APP_DATA, OBJECT_CELLULAR, OBJECT_CONNECTIVITY,
    OBJECT_FIRMWARE, OBJECT_LOCATION, OBJECT_PORTFOLIO,
};
use crate::lwm2m::object::{DEVICE, Directory, Object, Refusal, Right};
use crate::lwm2m::path::Path;
use crate::modem::query::Query;

/// Registration parameters that changed, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed(u8);

impl Changed {
    /// None of them.
    pub const NOTHING: Changed = Changed(0);
    /// `lt`
    pub const LIFETIME: Changed = Changed(1);
    /// `b`
    pub const BINDING: Changed = Changed(2);
    /// The object list.
    pub const OBJECTS: Changed = Changed(4);

    /// Takes others in.
    pub fn add(&mut self, others: Changed) {
        self.0 |= others.0;
    }

    /// Whether this one is among them.
    pub fn has(self, one: Changed) -> bool {
        self.0 & one.0 != 0
    }
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
    pub access: [Access; ACCESS_CONTROL],
    /// Object 5.
    pub firmware: [Firmware; OBJECT_FIRMWARE],
    /// Object 6.
    pub location: [location::Location; OBJECT_LOCATION],
    /// Object 3.
    pub device: device::Device,
    /// Object 7.
    pub statistics: [Statistics; OBJECT_CONNECTIVITY],
    /// Object 4.
    pub connectivity: [Connectivity; OBJECT_CONNECTIVITY],
    /// Object 10.
    pub cellular: [Cellular; OBJECT_CELLULAR],
    /// Object 11.
    pub apn: [Apn; OBJECT_CELLULAR],
    /// Object 16.
    pub portfolio: [portfolio::Portfolio; OBJECT_PORTFOLIO],
    /// Object 10250.
    pub app_data: [AppData; OBJECT_APP_DATA],
}

/// All that the modem can be asked about values.
const EVERYTHING: &[Query] = if OBJECT_CELLULAR != 0 {
    &[
        Query::Signal,
        Query::Network,
        Query::Contexts,
        Query::Modes,
        Query::Statistics,
        Query::ServiceCentre,
        Query::Psm,
        Query::Cycles,
        Query::Windows,
        Query::NameServers,
    ]
} else {
    &[
        Query::Signal,
        Query::Network,
        Query::Contexts,
        Query::Modes,
        Query::Statistics,
    ]
};

impl Objects {
    /// Objects with their initial values, none of them offered yet.
    pub const fn new() -> Objects {
        Objects {
            security: security::Security::new(),
            server: server::Server::new(),
            access: [const { Access::new() }; ACCESS_CONTROL],
            device: device::Device::new(),
            firmware: [const { Firmware::new() }; OBJECT_FIRMWARE],
            location: [const { location::Location::new() }; OBJECT_LOCATION],
            statistics: [const { Statistics::new() }; OBJECT_CONNECTIVITY],
            connectivity: [const { Connectivity::new() }; OBJECT_CONNECTIVITY],
            cellular: [const { Cellular::new() }; OBJECT_CELLULAR],
            apn: [const { Apn::new() }; OBJECT_CELLULAR],
            portfolio: [const { portfolio::Portfolio::new() }; OBJECT_PORTFOLIO],
            app_data: [const { AppData::new() }; OBJECT_APP_DATA],
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
        let access = self.access.first();
        access.is_some_and(|access| !(access.is_empty() && self.server.is_alone()))
            && self.offers(access::ID)
    }

    /// Whether rights were written since the last call.
    pub fn access_changed(&mut self) -> bool {
        self.access.first_mut().is_some_and(Access::take_changed)
    }

    /// The rights of a session's server where not all are open.
    #[cfg_attr(target_os = "none", inline(never))]
    fn grants(&self, session: u8, path: &Path, right: Right) -> bool {
        let Some(own) = self.server.of_session(session) else {
            return session == DEVICE;
        };
        let (server, alone) = (own.short_server_id(), self.server.is_alone());
        let access = self.access.first();
        access.is_none_or(|access| access.allows(server, path, right).unwrap_or(alone))
    }

    /// What the modem is to be asked before a server is shown a path: the values there are the modem's.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    pub fn questions(&self, path: &Path) -> &'static [Query] {
        let Some(&id) = path.ids().first() else {
            return &[];
        };
        if !MODEM_VALUES || !questions::may_ask(id) {
            return &[];
        }
        let queries = questions::questions(path);
        if !queries.is_empty() && self.object(id).is_some() {
            queries
        } else {
            &[]
        }
    }

    /// What the modem is to be asked about a path and others (1.1), about which it is `asked`. It is asked too much rather
    /// than to have a list of its own for each set of paths.
    pub fn more_questions(&self, asked: &'static [Query], path: &Path) -> &'static [Query] {
        let own = match path.ids() {
            [] => EVERYTHING,
            _ => self.questions(path),
        };
        if own.is_empty() || core::ptr::eq(own, asked) {
            asked
        } else if asked.is_empty() {
            own
        } else {
            EVERYTHING
        }
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
            security::ID if BOOTSTRAP => Some(&self.security),
            server::ID => Some(&self.server),
            access::ID => Some(self.access.first()?),
            device::ID => Some(&self.device),
            connectivity::ID => Some(self.connectivity.first()?),
            firmware::ID => Some(self.firmware.first()?),
            location::ID => Some(self.location.first()?),
            statistics::ID => Some(self.statistics.first()?),
            cellular::ID => Some(self.cellular.first()?),
            apn::ID => Some(self.apn.first()?),
            portfolio::ID => Some(self.portfolio.first()?),
            app_data::ID => Some(self.app_data.first()?),
            _ => None,
        }
    }

    fn object_mut(&mut self, id: u16) -> Option<&mut dyn Object> {
        if !self.offers(id) {
            return None;
        }
        match id {
            security::ID if BOOTSTRAP => Some(&mut self.security),
            server::ID => Some(&mut self.server),
            access::ID => Some(self.access.first_mut()?),
            device::ID => Some(&mut self.device),
            connectivity::ID => Some(self.connectivity.first_mut()?),
            firmware::ID => Some(self.firmware.first_mut()?),
            location::ID => Some(self.location.first_mut()?),
            statistics::ID => Some(self.statistics.first_mut()?),
            cellular::ID => Some(self.cellular.first_mut()?),
            apn::ID => Some(self.apn.first_mut()?),
            portfolio::ID => Some(self.portfolio.first_mut()?),
            app_data::ID => Some(self.app_data.first_mut()?),
            _ => None,
        }
    }

    #[inline]
    fn allows(&self, server: u8, path: &Path, right: Right) -> bool {
        !self.is_controlled() || self.grants(server, path, right)
    }

    fn created(&mut self, server: u8, object: u16, instance: u16) -> Result<(), Refusal> {
        if self.server.is_alone() || !self.offers(access::ID) {
            return Ok(());
        }
        match (self.access.first_mut(), self.server.of_session(server)) {
            (Some(access), Some(own)) => access.own(own.short_server_id(), object, instance),
            _ => Ok(()),
        }
    }

    fn deleted(&mut self, object: u16, instance: u16) {
        if let Some(access) = self.access.first_mut() {
            access.release(object, instance);
        }
    }
}
