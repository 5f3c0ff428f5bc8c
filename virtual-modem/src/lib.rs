//! A virtual nRF91 modem for the PC: the modem library (`nrf_*`) and the OS hooks (`lwm2m_os_*`) that an LwM2M carrier
//! library and its C application need, over real sockets, with simulated time and repeatable faults.

pub mod clock;
pub mod errno;
pub mod rng;
pub mod seam;
