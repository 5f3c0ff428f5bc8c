//! Behaviour of the whole client against a simulated server, in simulated time: days of protocol in milliseconds.
//! One file a family; each test's name says what holds.

mod sim;

mod accounts;
mod block;
mod bootstrap;
mod flow;
mod loss;
mod manage;
mod modem_values;
mod observe;
mod pdn;
mod power;
mod rebootstrap;
mod register;
mod report;
mod restart;
mod retry;
mod servers;
