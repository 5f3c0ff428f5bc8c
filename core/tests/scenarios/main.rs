//! Behaviour of the whole client against a simulated server, in simulated time: days of protocol in milliseconds.
//! One file a family; each test's name says what holds.

// What only tests of a part that is left out need.
#![cfg_attr(not(feature = "full"), allow(dead_code, unused_imports))]

mod sim;

mod accounts;
#[cfg(feature = "object-cellular")]
mod apn;
mod block;
#[cfg(feature = "bootstrap")]
mod bootstrap;
#[cfg(feature = "object-cellular")]
mod cellular;
#[cfg(feature = "object-firmware")]
mod firmware;
mod flow;
mod loss;
mod manage;
#[cfg(feature = "object-connectivity")]
mod modem_values;
mod observe;
mod pdn;
#[cfg(feature = "bootstrap")]
mod power;
mod queue;
#[cfg(feature = "bootstrap")]
mod rebootstrap;
mod register;
mod report;
mod restart;
mod retry;
#[cfg(feature = "bootstrap")]
mod servers;
#[cfg(feature = "lwm2m-1-1")]
mod version_1_1;
