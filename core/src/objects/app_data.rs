//! Object 10250, App Data Container: opaque data from the application to the server and back.

use heapless::Vec;

use crate::config::{ASSEMBLY, UPLINK};
use crate::lwm2m::object::{
    Definition, HANDED_OVER, Object, Phase, READ, Refusal, Resource, WRITE,
};
use crate::lwm2m::path::Path;
use crate::lwm2m::value::{Type, Value};

/// Object id.
pub const ID: u16 = 10_250;

/// `/10250/0/0`
pub const UPLINK_PATH: Path = Path::resource(ID, 0, 0);

static DEFINITION: Definition = Definition {
    id: ID,
    version: None,
    creatable: false,
    resources: &[
        Resource::new(0, Type::Opaque, READ),
        Resource::new(1, Type::Opaque, WRITE | HANDED_OVER),
    ],
};

/// Why uplink data is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppDataError {
    /// The object is not offered to servers.
    NotPresent,
    /// Longer than [`UPLINK`].
    Full,
}

/// The App Data Container.
#[derive(Debug)]
pub struct AppData {
    uplink: Vec<u8, UPLINK>,
    arrived: bool,
}

impl AppData {
    /// No data.
    pub const fn new() -> AppData {
        AppData {
            uplink: Vec::new(),
            arrived: false,
        }
    }

    /// Sets the uplink data.
    pub fn set_uplink(&mut self, data: &[u8]) -> Result<(), AppDataError> {
        if data.len() > UPLINK {
            return Err(AppDataError::Full);
        }
        self.uplink.clear();
        self.uplink
            .extend_from_slice(data)
            .map_err(|_| AppDataError::Full)
    }

    /// Whether data of a server arrived since the last call.
    pub fn take_arrived(&mut self) -> bool {
        core::mem::take(&mut self.arrived)
    }
}

impl Object for AppData {
    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn value(&self, _instance: u16, resource: u16, index: usize) -> Option<(u16, Value<'_>)> {
        (resource == 0 && index == 0).then_some((0, Value::Opaque(&self.uplink)))
    }

    fn write(
        &mut self,
        _instance: u16,
        _resource: u16,
        _resource_instance: u16,
        value: &Value<'_>,
        phase: Phase,
    ) -> Result<(), Refusal> {
        let Value::Opaque(data) = value else {
            return Err(Refusal::BadRequest);
        };
        if data.len() > ASSEMBLY {
            return Err(Refusal::TooLarge);
        }
        if phase == Phase::Apply {
            self.arrived = true;
        }
        Ok(())
    }
}
