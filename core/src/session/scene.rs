//! What a session acts on besides itself.

use heapless::String;

use crate::config::ENDPOINT;
use crate::lwm2m::attribute::AttributeTable;
use crate::lwm2m::observe::Observations;
use crate::modem::query::Query;
use crate::objects::Objects;
use crate::profile::Retry;
use crate::version::Version;

/// What a session shares with the others during a call.
pub struct Scene<'s> {
    /// The objects.
    pub objects: &'s Objects,
    /// Who observes what.
    pub observations: &'s mut Observations,
    /// Notification attributes.
    pub attributes: &'s AttributeTable,
    /// The LwM2M version to begin with.
    pub version: Version,
    /// The operator's spacing of attempts.
    pub retry: &'s Retry,
    /// Endpoint name.
    pub endpoint: &'s String<ENDPOINT, u8>,
    /// Left by [`super::Session::poll`]: what the modem is to be asked before the next call.
    pub questions: &'static [Query],
}
