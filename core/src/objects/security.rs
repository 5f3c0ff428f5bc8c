//! Object 0, LwM2M Security: where servers are and how they are reached. Never visible outside the bootstrap interface
//! (OMA LwM2M TS Core E.1), so it is no [`crate::lwm2m::object::Object`].

use crate::slot::Slot;
use crate::text::{part, split, unsigned};

/// Security instances: the account of the custom server.
#[derive(Debug)]
pub struct Security {
    account: Slot<Account>,
}

/// One server account's address and keys.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    /// The parsed server URI.
    pub uri: Uri<'static>,
    /// Pre-shared key as hexadecimal text, for a secure URI.
    pub psk: &'static str,
    /// Security tag the key is stored under.
    pub tag: u32,
}

impl Security {
    /// No account.
    pub const fn new() -> Security {
        Security {
            account: Slot::Empty,
        }
    }

    /// Sets the only account.
    pub fn set(&mut self, account: Account) {
        self.account = Slot::Full(account);
    }

    /// The account of a session.
    pub fn account(&self, session: u8) -> Option<&Account> {
        self.account.as_ref().filter(|_| session == 0)
    }
}

/// The parts of a `coap` or `coaps` URI that matter (RFC 7252 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uri<'a> {
    /// `coaps`
    pub secure: bool,
    /// Host, an IPv6 address without brackets.
    pub host: &'a str,
    /// Port, 5683 or 5684 when the URI has none.
    pub port: u16,
}

impl<'a> Uri<'a> {
    /// Parses a URI; path and query are left aside. `None`: not a usable `coap` or `coaps` URI.
    pub fn parse(text: &'a str) -> Option<Uri<'a>> {
        let (scheme, rest) = split(text.as_bytes(), b':')?;
        let secure = scheme.len() == 5;
        if !scheme.eq_ignore_ascii_case(if secure { b"coaps" } else { b"coap" }) {
            return None;
        }
        let [b'/', b'/', rest @ ..] = rest else {
            return None;
        };
        let end = rest
            .iter()
            .position(|byte| matches!(byte, b'/' | b'?' | b'#'))
            .unwrap_or(rest.len());
        let authority = rest.get(..end)?;
        let (host, port) = if let [b'[', rest @ ..] = authority {
            match split(rest, b']')? {
                (host, []) => (host, &[][..]),
                (host, [b':', port @ ..]) => (host, port),
                _ => return None,
            }
        } else {
            split(authority, b':').unwrap_or((authority, &[]))
        };
        let port = if port.is_empty() {
            5683 + u16::from(secure)
        } else {
            u16::try_from(unsigned(port)?).ok()?
        };
        if port == 0 || host.is_empty() || host.iter().any(|byte| *byte <= b' ') {
            return None;
        }
        let host = part(text, host)?;
        Some(Uri { secure, host, port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_port_come_from_the_authority() {
        assert_eq!(
            Uri::parse("coap://h"),
            Some(Uri {
                secure: false,
                host: "h",
                port: 5683
            })
        );
        assert_eq!(
            Uri::parse("COAPS://h.example:1/a/b?c=d"),
            Some(Uri {
                secure: true,
                host: "h.example",
                port: 1
            })
        );
        assert_eq!(
            Uri::parse("coaps://[2001:db8::1]"),
            Some(Uri {
                secure: true,
                host: "2001:db8::1",
                port: 5684
            })
        );
        assert_eq!(
            Uri::parse("coap://[::1]:5690/"),
            Some(Uri {
                secure: false,
                host: "::1",
                port: 5690
            })
        );
    }

    #[test]
    fn what_cannot_be_reached_is_no_uri() {
        for text in [
            "",
            "coap:",
            "http://h",
            "coap://",
            "coap://:1",
            "coap://h:0",
            "coap://h:65536",
            "coap://h:x",
            "coap://[::1",
            "coap://[::1]x",
        ] {
            assert_eq!(Uri::parse(text), None, "{text}");
        }
    }
}
