//! Wire tests of the shipping archive; see the crate's documentation. Tests of the conformance list are named after its rows.

mod blocks;
mod bootstrap;
mod bootstrap_trouble;
mod card;
mod cellular;
mod connectivity;
mod device_management;
mod faults;
mod firmware;
mod formats;
mod link;
mod list;
mod messages;
mod objects;
mod pdn;
mod queue;
mod registration;
mod reporting;
mod restart;
mod retries;
mod security;
mod sessions;
mod version_1_1;
