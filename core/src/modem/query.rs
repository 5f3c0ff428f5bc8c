//! AT commands and the parts of their answers that matter (nRF91 AT command reference, 3GPP TS 27.007).

use core::ffi::CStr;

use crate::text::unsigned;

/// An AT command of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Query {
    /// Power the SIM without starting LTE.
    UiccOn,
    /// SIM state.
    SimState,
    /// IMEI.
    Imei,
    /// IMSI.
    Imsi,
    /// SIM card number.
    Iccid,
    /// Phone number.
    Msisdn,
    /// Manufacturer of the modem.
    Manufacturer,
    /// Model of the modem.
    Model,
    /// Firmware of the modem.
    Firmware,
    /// Hardware version of the modem.
    Hardware,
    /// Network time.
    Clock,
    /// Functional mode.
    Functional,
    /// Network registration.
    Registration,
    /// Subscription to registration changes.
    SubscribeRegistration,
    /// Subscription to SIM state changes.
    SubscribeSim,
    /// Subscription to network time.
    SubscribeTime,
    /// Subscription to modem domain events.
    SubscribeModemDomain,
    /// Subscription to packet domain events.
    SubscribePacketDomain,
}

/// The subscriptions, renewed whenever the modem may have lost them.
pub const SUBSCRIPTIONS: [Query; 5] = [
    Query::SubscribeSim,
    Query::SubscribeRegistration,
    Query::SubscribePacketDomain,
    Query::SubscribeTime,
    Query::SubscribeModemDomain,
];

impl Query {
    /// The command as a `printf` format without conversions: a literal percent sign is doubled.
    pub const fn format(self) -> &'static CStr {
        match self {
            Query::UiccOn => c"AT+CFUN=41",
            Query::SimState => c"AT%%XSIM?",
            Query::Imei => c"AT+CGSN=1",
            Query::Imsi => c"AT+CIMI",
            Query::Iccid => c"AT%%XICCID",
            Query::Msisdn => c"AT+CNUM",
            Query::Manufacturer => c"AT+CGMI",
            Query::Model => c"AT+CGMM",
            Query::Firmware => c"AT+CGMR",
            Query::Hardware => c"AT%%HWVERSION",
            Query::Clock => c"AT+CCLK?",
            Query::Functional => c"AT+CFUN?",
            Query::Registration => c"AT+CEREG?",
            Query::SubscribeRegistration => c"AT+CEREG=4",
            Query::SubscribeSim => c"AT%%XSIM=1",
            Query::SubscribeTime => c"AT%%XTIME=1",
            Query::SubscribeModemDomain => c"AT%%MDMEV=1",
            Query::SubscribePacketDomain => c"AT+CGEREP=1",
        }
    }

    /// The prefix of the answer line; empty when the answer has none.
    const fn prefix(self) -> &'static str {
        match self {
            Query::SimState => "%XSIM:",
            Query::Imei => "+CGSN:",
            Query::Iccid => "%XICCID:",
            Query::Msisdn => "+CNUM:",
            Query::Hardware => "%HWVERSION:",
            Query::Clock => "+CCLK:",
            Query::Functional => "+CFUN:",
            Query::Registration => "+CEREG:",
            _ => "",
        }
    }
}

/// The value of an identity answer: without prefix, quotes, blanks and the final `OK`. `None` when there is none.
pub fn text(query: Query, answer: &str) -> Option<&str> {
    let body = body(query, answer.as_bytes())?;
    let value = match query {
        Query::Msisdn => {
            let number = quoted(body)?;
            number.strip_prefix(b"+").unwrap_or(number)
        }
        Query::Iccid => trim_end(body, |byte| matches!(byte, b'F' | b'f')),
        Query::Imei => quoted(body)?,
        _ => body,
    };
    core::str::from_utf8(value)
        .ok()
        .filter(|value| !value.is_empty())
}

/// First number of an answer such as `%XSIM: 1` or `+CFUN: 4`.
pub fn number(query: Query, answer: &str) -> Option<u32> {
    decimal(field(body(query, answer.as_bytes())?, 0)?)
}

/// Network registration status of an answer to [`Query::Registration`] (its second field).
pub fn registration_status(answer: &str) -> Option<u32> {
    decimal(field(body(Query::Registration, answer.as_bytes())?, 1)?)
}

/// The first line of the answer behind the query's prefix. Bytes throughout: the search functions of `str` are large.
fn body(query: Query, answer: &[u8]) -> Option<&[u8]> {
    let line = answer
        .trim_ascii_start()
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .next()?;
    let body = line.strip_prefix(query.prefix().as_bytes())?.trim_ascii();
    let error = body.windows(5).any(|word| word == b"ERROR");
    if body == b"OK" || error {
        None
    } else {
        Some(body)
    }
}

/// The `index`-th comma-separated field.
pub(crate) fn field(line: &[u8], index: usize) -> Option<&[u8]> {
    line.split(|byte| *byte == b',')
        .nth(index)
        .map(<[u8]>::trim_ascii)
}

/// The text between the first two quotation marks.
pub(crate) fn quoted(text: &[u8]) -> Option<&[u8]> {
    let mut parts = text.splitn(3, |byte| *byte == b'"');
    parts.next()?;
    let value = parts.next()?;
    parts.next().map(|_| value)
}

/// A decimal number without sign.
pub(crate) fn decimal(text: &[u8]) -> Option<u32> {
    unsigned(text).and_then(|value| u32::try_from(value).ok())
}

fn trim_end(mut text: &[u8], unwanted: impl Fn(u8) -> bool) -> &[u8] {
    while let Some((last, rest)) = text.split_last() {
        if !unwanted(*last) {
            break;
        }
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_answers_lose_prefix_quotes_and_padding() {
        assert_eq!(
            text(Query::Imei, "+CGSN: \"352656100000001\"\r\nOK\r\n"),
            Some("352656100000001")
        );
        assert_eq!(
            text(Query::Iccid, "%XICCID: 8900101000000000001F\r\nOK\r\n"),
            Some("8900101000000000001")
        );
        assert_eq!(
            text(Query::Msisdn, "+CNUM: ,\"+15550100\",145\r\nOK\r\n"),
            Some("15550100")
        );
        assert_eq!(
            text(Query::Imsi, "001010123456789\r\nOK\r\n"),
            Some("001010123456789")
        );
        assert_eq!(
            text(Query::Hardware, "%HWVERSION: nRF9160 SICA B0A\r\nOK\r\n"),
            Some("nRF9160 SICA B0A")
        );
    }

    #[test]
    fn errors_in_any_form_are_no_value() {
        for answer in ["ERROR\r\n", "+CME ERROR: 0\r\n", "OK\r\n", ""] {
            assert_eq!(text(Query::Imsi, answer), None);
            assert_eq!(number(Query::Functional, answer), None);
        }
    }

    #[test]
    fn registration_status_is_the_second_field() {
        assert_eq!(
            registration_status("+CEREG: 4,1,\"0001\",\"00012345\",7\r\nOK\r\n"),
            Some(1)
        );
        assert_eq!(registration_status("+CEREG: 0,2\r\nOK\r\n"), Some(2));
        assert_eq!(number(Query::Functional, "+CFUN: 44\r\nOK\r\n"), Some(44));
    }
}
