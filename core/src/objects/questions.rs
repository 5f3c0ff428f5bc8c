//! What the modem is asked before a server is shown values that are the modem's.

use super::connectivity::{ACCESS_POINTS, ADDRESSES, BEARERS, QUALITY, STRENGTH};
use super::statistics::{PERIOD, START, STOP};
use super::{apn, cellular, connectivity, statistics};
use crate::lwm2m::path::Path;
use crate::modem::query::Query;

/// The questions about resources of an object.
struct Row {
    object: u16,
    /// A bit each.
    resources: u16,
    queries: &'static [Query],
}

/// The objects that have questions, a bit each.
const OBJECTS: u16 = 1 << connectivity::ID | 1 << statistics::ID | 1 << cellular::ID | 1 << apn::ID;

/// All resources, as the object or its instance is shown.
const ALL: u16 = u16::MAX;
/// The bit of all resources without one of their own.
const OTHERS: u16 = 1 << 15;

/// The first row counts that has all that is shown.
static ROWS: [Row; 9] = [
    Row::new(
        connectivity::ID,
        1 << STRENGTH | 1 << QUALITY,
        &[Query::Signal],
    ),
    Row::new(
        connectivity::ID,
        1 << ADDRESSES | 1 << ACCESS_POINTS,
        &[Query::Contexts],
    ),
    Row::new(connectivity::ID, 1 << BEARERS, &[Query::Modes]),
    Row::new(connectivity::ID, !(1 << BEARERS), &[Query::Network]),
    Row::new(
        connectivity::ID,
        ALL,
        &[Query::Signal, Query::Network, Query::Contexts, Query::Modes],
    ),
    Row::new(statistics::ID, 1 << START | 1 << STOP | 1 << PERIOD, &[]),
    Row::new(statistics::ID, ALL, &[Query::Statistics]),
    Row::new(
        cellular::ID,
        ALL,
        &[
            Query::ServiceCentre,
            Query::Psm,
            Query::Network,
            Query::Cycles,
            Query::Windows,
        ],
    ),
    Row::new(apn::ID, ALL, &[Query::Contexts, Query::NameServers]),
];

impl Row {
    const fn new(object: u16, resources: u16, queries: &'static [Query]) -> Row {
        Row {
            object,
            resources,
            queries,
        }
    }
}

/// Whether there may be questions about an object, decided at once on a PC.
#[inline(always)]
pub fn may_ask(object: u16) -> bool {
    cfg!(target_os = "none") || object <= apn::ID && OBJECTS >> object & 1 != 0
}

/// What is asked before a path is shown.
pub fn questions(path: &Path) -> &'static [Query] {
    let (object, shown) = match *path.ids() {
        [object, _, resource, ..] => (object, 1_u16.checked_shl(resource.into()).unwrap_or(OTHERS)),
        [object, ..] => (object, ALL),
        [] => return &[],
    };
    let mut rows = ROWS.iter();
    let row = rows.find(|row| row.object == object && row.resources & shown == shown);
    row.map_or(&[], |row| row.queries)
}
