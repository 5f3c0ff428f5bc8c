//! AT commands and the parts of their answers that matter (nRF91 AT command reference, 3GPP TS 27.007).

use super::number::{Form, number_in};
use crate::text::{part, split, trim};

/// An AT command of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
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
    /// Operator of the SIM.
    Operator,
    /// Network time.
    Clock,
    /// Functional mode.
    Functional,
    /// Network registration.
    Registration,
    /// Signal strength and quality.
    Signal,
    /// The network and cell the modem is registered with.
    Network,
    /// Connections to the packet network.
    Contexts,
    /// Which kinds of network the modem may use.
    Modes,
    /// What was sent and received since [`Query::Count`].
    Statistics,
    /// Count from zero.
    Count,
    /// Count no more.
    StopCounting,
    /// Name servers of the connections.
    NameServers,
    /// Power saving mode.
    Psm,
    /// Cycles of extended DRX.
    Cycles,
    /// Paging windows of extended DRX.
    Windows,
    /// SMS service centre.
    ServiceCentre,
    /// Subscription to registration changes.
    SubscribeRegistration,
    /// Subscription to signal changes.
    SubscribeSignal,
    /// Subscription to SIM state changes.
    SubscribeSim,
    /// Subscription to network time.
    SubscribeTime,
    /// Subscription to modem domain events.
    SubscribeModemDomain,
    /// Subscription to packet domain events.
    SubscribePacketDomain,
    /// Subscription to network error codes, those of session management among them.
    SubscribeErrors,
    /// Delivery of SMS to the client of the SMS library.
    SubscribeSms,
}

/// What is renewed whenever the modem may have forgotten it. Delivery of SMS comes last: the SMS library begins it, and refuses
/// when somebody has done so before.
pub static RENEWALS: [Query; 8] = [
    Query::SubscribeSim,
    Query::SubscribeRegistration,
    Query::SubscribeSignal,
    Query::SubscribePacketDomain,
    Query::SubscribeErrors,
    Query::SubscribeTime,
    Query::SubscribeModemDomain,
    Query::SubscribeSms,
];

/// The library's own subscriptions.
pub fn subscriptions() -> &'static [Query] {
    RENEWALS.split_last().map_or(&[], |(_, own)| own)
}

/// The commands in the order of [`Query`], each with a zero behind it, as `printf` formats without conversions: a literal percent sign
/// is doubled. One text: a table of texts would be larger than this.
const FORMATS: &str = concat!(
    "AT+CFUN=41\0",
    "AT%%XSIM?\0",
    "AT+CGSN=1\0",
    "AT+CIMI\0",
    "AT%%XICCID\0",
    "AT+CNUM\0",
    "AT+CGMI\0",
    "AT+CGMM\0",
    "AT+CGMR\0",
    "AT%%HWVERSION\0",
    "AT%%XOPERID\0",
    "AT+CCLK?\0",
    "AT+CFUN?\0",
    "AT+CEREG?\0",
    "AT+CESQ\0",
    "AT%%XMONITOR\0",
    "AT+CGDCONT?\0",
    "AT%%XSYSTEMMODE?\0",
    "AT%%XCONNSTAT?\0",
    "AT%%XCONNSTAT=1\0",
    "AT%%XCONNSTAT=0\0",
    "AT+CGCONTRDP\0",
    "AT+CPSMS?\0",
    "AT+CEDRXS?\0",
    "AT%%XPTW?\0",
    "AT+CSCA?\0",
    // The highest levels: an application that wants them as well is never set back.
    "AT+CEREG=5\0",
    "AT%%CESQ=1\0",
    "AT%%XSIM=1\0",
    "AT%%XTIME=1\0",
    "AT%%MDMEV=1\0",
    "AT+CGEREP=1\0",
    "AT+CNEC=24\0",
    "AT+CNMI=3,2,0,1\0",
);

impl Query {
    /// The command as a `printf` format without conversions, a zero behind it, and more behind that.
    pub fn format(self) -> &'static [u8] {
        let mut rest = FORMATS.as_bytes();
        for _ in 0..self as u8 {
            rest = split(rest, 0).map_or(b"\0", |(_, rest)| rest);
        }
        rest
    }
}

/// The value of an identity answer: without prefix, quotes, blanks and the final `OK`. `None` when there is none.
pub fn text(query: Query, answer: &str) -> Option<&str> {
    let mut value = body(answer);
    match query {
        Query::Msisdn => {
            value = quoted(value)?;
            if let [b'+', rest @ ..] = value {
                value = rest;
            }
        }
        Query::Iccid => {
            while let [rest @ .., b'F' | b'f'] = value {
                value = rest;
            }
        }
        Query::Imei => value = quoted(value)?,
        _ => {}
    }
    if value.is_empty() {
        None
    } else {
        part(answer, value)
    }
}

/// First number of an answer such as `%XSIM: 1` or `+CFUN: 4`.
pub fn number(_query: Query, answer: &str) -> Option<u32> {
    number_at(body(answer), 0)
}

/// Network registration status of an answer to [`Query::Registration`] (its second field).
pub fn registration_status(answer: &str) -> Option<u32> {
    number_at(body(answer), 1)
}

/// The first line of the answer, behind its prefix `+NAME:` or `%NAME:` if it has one (the modem's manual has `%NAME=` as well); an error
/// has none. Bytes throughout: the search functions of `str` are large.
#[cfg_attr(target_os = "none", inline(never))]
pub fn body(answer: &str) -> &[u8] {
    let answer = trim(answer.as_bytes());
    let line = split(answer, b'\n').map_or(answer, |(line, _)| trim(line));
    if line == b"OK" || line.windows(5).any(|word| word == b"ERROR") {
        return &[];
    }
    trim(match line {
        [b'+' | b'%', ..] => {
            let parts = split(line, b':').or_else(|| split(line, b'='));
            parts.unwrap_or_default().1
        }
        _ => line,
    })
}

/// The `index`-th comma-separated field of a line, without quotation marks; a comma between those separates nothing. Empty when the
/// line has not so many, or a mark has no second one.
#[cfg_attr(target_os = "none", inline(never))]
pub fn field(line: &[u8], index: usize) -> &[u8] {
    let mut rest = line;
    for left in (0..=index).rev() {
        rest = trim(rest);
        let quoted = match rest {
            [b'"', inner @ ..] => Some(split(inner, b'"').unwrap_or_default()),
            _ => None,
        };
        let (text, after) = quoted.unwrap_or((rest, rest));
        let (before, behind) = split(after, b',').unwrap_or((after, &[]));
        if left == 0 {
            return if quoted.is_some() { text } else { trim(before) };
        }
        rest = behind;
    }
    &[]
}

/// Takes the next line from an answer of several: what is behind its prefix. Of a line without one that is nothing, and that has no
/// number.
#[cfg_attr(target_os = "none", inline(never))]
pub fn line<'a>(answer: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (line, rest) = split(answer, b'\n')?;
    *answer = rest;
    Some(split(line, b':').unwrap_or_default().1)
}

/// The `index`-th field as a decimal number.
pub(crate) fn number_at(line: &[u8], index: usize) -> Option<u32> {
    number_in(line, index, Form::Decimal)
}

/// The text between the first two quotation marks.
pub(crate) fn quoted(text: &[u8]) -> Option<&[u8]> {
    Some(split(split(text, b'"')?.1, b'"')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_query_has_its_command() {
        let texts: Vec<&str> = FORMATS.split_terminator('\0').collect();
        for (query, text) in [
            (Query::UiccOn, "AT+CFUN=41"),
            (Query::SimState, "AT%%XSIM?"),
            (Query::Iccid, "AT%%XICCID"),
            (Query::Clock, "AT+CCLK?"),
            (Query::Registration, "AT+CEREG?"),
            (Query::Network, "AT%%XMONITOR"),
            (Query::StopCounting, "AT%%XCONNSTAT=0"),
            (Query::ServiceCentre, "AT+CSCA?"),
            (Query::SubscribeRegistration, "AT+CEREG=5"),
            (Query::SubscribeSms, "AT+CNMI=3,2,0,1"),
        ] {
            assert_eq!(texts[query as usize], text);
            assert!(query.format().starts_with(format!("{text}\0").as_bytes()));
        }
        assert_eq!(texts.len(), Query::SubscribeSms as usize + 1);
        assert!(FORMATS.ends_with('\0'));
    }

    #[test]
    fn lines_are_behind_their_prefix() {
        let all = |text: &'static str| {
            let mut rest = text.as_bytes();
            std::iter::from_fn(move || line(&mut rest)).collect::<Vec<_>>()
        };
        let answer = "+CGDCONT: 0,\"IP\"\r\nx\r\n+CGDCONT: 1\r\nOK\r\n";
        assert_eq!(all(answer), [&b" 0,\"IP\"\r"[..], b"", b" 1\r", b""]);
        // The last one has its end.
        assert!(all("").is_empty() && all("+CGDCONT: 0").is_empty());
    }

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
    fn fields_know_quotation_marks() {
        let all = |line: &'static str| [0, 1, 2, 3, 4].map(|index| field(line.as_bytes(), index));
        assert_eq!(
            all(" 1 ,\"AT&T, Inc\",,\"\" ,2\r\n"),
            [&b"1"[..], b"AT&T, Inc", b"", b"", b"2"]
        );
        assert_eq!(all("1,\"open,2"), [&b"1"[..], b"", b"", b"", b""]);
        assert_eq!(all("\"a\"b,"), [&b"a"[..], b"", b"", b"", b""]);
        assert_eq!(all(""), [b""; 5]);
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
