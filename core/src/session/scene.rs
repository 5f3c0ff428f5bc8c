//! What a session acts on besides itself.

use super::outputs::Outputs;
use crate::lwm2m::attribute::AttributeTable;
use crate::lwm2m::observe::Observations;
use crate::objects::Objects;
use crate::profile::{Name, Retry};
use crate::version::{HAS_1_1, Version};

/// What all sessions share.
// Small fields first: what is near the start is reached with short instructions.
#[repr(C)]
pub struct Scene {
    /// The client begins with LwM2M 1.1.
    pub begins_with_1_1: bool,
    /// The operator's spacing of attempts.
    pub retry: Retry,
    /// What is to be done outside.
    pub outputs: Outputs,
    /// Endpoint name.
    pub endpoint: Name,
    /// The objects.
    pub objects: Objects,
    /// Who observes what.
    pub observations: Observations,
    /// Notification attributes.
    pub attributes: AttributeTable,
}

impl Scene {
    /// Nothing known yet.
    pub const fn new() -> Scene {
        Scene {
            begins_with_1_1: false,
            retry: Retry::UNSET,
            outputs: Outputs::new(),
            endpoint: Name::new(),
            objects: Objects::new(),
            observations: Observations::new(),
            attributes: AttributeTable::new(),
        }
    }

    /// The LwM2M version to begin with.
    #[inline(always)]
    pub fn version(&self) -> Version {
        if HAS_1_1 && self.begins_with_1_1 {
            Version::V1_1
        } else {
            Version::V1_0
        }
    }
}
