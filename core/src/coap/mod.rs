//! CoAP (RFC 7252) with block-wise transfer (RFC 7959): bytes, reliability and blocks. Nothing of LwM2M.
//!
//! [`message`] turns datagrams into checked views and back, [`option`] iterates and writes options, [`exchange`] keeps
//! retransmissions and duplicates of one link, [`block`] collects and cuts payloads.

pub mod block;
pub mod exchange;
pub mod message;
pub mod option;

use crate::time::Duration;

/// Times of RFC 7252 4.8 with their default parameters.
pub mod timing {
    use super::Duration;

    /// ACK_TIMEOUT.
    pub const ACK_TIMEOUT: Duration = Duration::from_secs(2);
    /// Largest random addition to ACK_TIMEOUT: factor 1.5.
    pub const ACK_RANDOM: Duration = Duration::from_secs(1);
    /// MAX_RETRANSMIT.
    pub const MAX_RETRANSMIT: u8 = 4;
    /// MAX_TRANSMIT_WAIT: from the first transmission until giving up.
    pub const MAX_TRANSMIT_WAIT: Duration = Duration::from_secs(93);
    /// EXCHANGE_LIFETIME: how long a message id of a confirmable message stays in use.
    pub const EXCHANGE_LIFETIME: Duration = Duration::from_secs(247);
}

/// Request and response codes, class and detail in one byte (RFC 7252 12.1).
pub mod code {
    use coap_numbers::code as registry;

    /// 0.00: empty message.
    pub const EMPTY: u8 = 0;
    /// 0.01
    pub const GET: u8 = registry::GET;
    /// 0.02
    pub const POST: u8 = registry::POST;
    /// 0.03
    pub const PUT: u8 = registry::PUT;
    /// 0.04
    pub const DELETE: u8 = registry::DELETE;
    /// 0.05
    pub const FETCH: u8 = registry::FETCH;
    /// 0.07
    pub const IPATCH: u8 = registry::IPATCH;
    /// 2.01
    pub const CREATED: u8 = registry::CREATED;
    /// 2.02
    pub const DELETED: u8 = registry::DELETED;
    /// 2.04
    pub const CHANGED: u8 = registry::CHANGED;
    /// 2.05
    pub const CONTENT: u8 = registry::CONTENT;
    /// 2.31
    pub const CONTINUE: u8 = registry::CONTINUE;
    /// 4.00
    pub const BAD_REQUEST: u8 = registry::BAD_REQUEST;
    /// 4.01
    pub const UNAUTHORIZED: u8 = registry::UNAUTHORIZED;
    /// 4.02
    pub const BAD_OPTION: u8 = registry::BAD_OPTION;
    /// 4.04
    pub const NOT_FOUND: u8 = registry::NOT_FOUND;
    /// 4.05
    pub const METHOD_NOT_ALLOWED: u8 = registry::METHOD_NOT_ALLOWED;
    /// 4.06
    pub const NOT_ACCEPTABLE: u8 = registry::NOT_ACCEPTABLE;
    /// 4.08
    pub const REQUEST_ENTITY_INCOMPLETE: u8 = registry::REQUEST_ENTITY_INCOMPLETE;
    /// 4.12
    pub const PRECONDITION_FAILED: u8 = registry::PRECONDITION_FAILED;
    /// 4.13
    pub const REQUEST_ENTITY_TOO_LARGE: u8 = registry::REQUEST_ENTITY_TOO_LARGE;
    /// 4.15
    pub const UNSUPPORTED_CONTENT_FORMAT: u8 = registry::UNSUPPORTED_CONTENT_FORMAT;
    /// 5.00
    pub const INTERNAL_SERVER_ERROR: u8 = registry::INTERNAL_SERVER_ERROR;
    /// 5.03
    pub const SERVICE_UNAVAILABLE: u8 = registry::SERVICE_UNAVAILABLE;
    /// 5.05
    pub const PROXYING_NOT_SUPPORTED: u8 = registry::PROXYING_NOT_SUPPORTED;

    /// Whether the code is a request method (class 0, not empty).
    pub const fn is_request(code: u8) -> bool {
        code != EMPTY && code >> 5 == 0
    }

    /// Whether the code is a response (class 2, 4 or 5).
    pub const fn is_response(code: u8) -> bool {
        matches!(code >> 5, 2 | 4 | 5)
    }

    /// Whether the code is a success response.
    pub const fn is_success(code: u8) -> bool {
        code >> 5 == 2
    }
}
