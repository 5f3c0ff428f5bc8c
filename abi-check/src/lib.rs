//! Package root.
