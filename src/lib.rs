//! C ABI and OS shell of lwm2m-carrier.
