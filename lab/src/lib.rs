//! Laboratory for LwM2M clients: message, link format and TLV codecs that share nothing with the client under test.
/// See the module.
pub mod coap;
/// See the module.
pub mod dtls;
/// See the module.
pub mod hex;
/// See the module.
pub mod link;
/// See the module.
pub mod path;
/// See the module.
pub mod tlv;
/// See the module.
pub mod value;
/// See the module.
pub mod wire;
