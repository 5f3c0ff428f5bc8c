//! Mutated input for the core. [`device`] is a client with everything around it, [`seeds`] are the well-formed
//! datagrams that get mutated, [`check`] judges what comes back, [`targets`] are the entry points.

pub mod check;
pub mod device;
pub mod random;
pub mod seeds;
pub mod targets;
