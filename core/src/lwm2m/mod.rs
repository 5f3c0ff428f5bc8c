//! LwM2M device management and reporting (OMA LwM2M TS Core), independent of which objects exist.
//!
//! A request is turned into an operation on a [`path::Path`] by [`dispatch`]; objects speak only in
//! [`value::Value`]s; [`format`] turns values into bytes and back; [`observe`] decides what is reported when.

pub mod attribute;
pub mod dispatch;
pub mod format;
pub mod object;
pub mod observe;
pub mod path;
pub mod read;
pub mod reply;
pub mod sink;
pub mod value;
pub mod write;
