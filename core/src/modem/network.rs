//! What the modem says of its connections to the packet network.

use super::query::{field, line, number_at};

/// A connection to the packet network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context<'a> {
    /// Its number; 0 is the one that comes with the registration.
    pub id: u32,
    /// Name of the access point.
    pub access_point: &'a [u8],
    /// Its addresses with a blank between them; empty while it is not active.
    pub addresses: &'a [u8],
}

/// Takes the next connection from an answer to [`super::query::Query::Contexts`], which has a line for each: `+CGDCONT: <id>,<kind>,
/// <access point>,<addresses>,...`. What is left of the answer follows the line.
pub fn context<'a>(answer: &mut &'a [u8]) -> Option<Context<'a>> {
    while let Some(line) = line(answer) {
        if let Some(id) = number_at(line, 0) {
            return Some(Context {
                id,
                access_point: field(line, 2),
                addresses: field(line, 3),
            });
        }
    }
    None
}

/// Takes the next line with a number in front from an answer to [`super::query::Query::NameServers`], one for each address family of each
/// context: `+CGCONTRDP: <id>,,<access point>,<address>,<gateway>,<first>,<second>,...`. Context and servers, empty where there is none.
pub fn name_servers<'a>(answer: &mut &'a [u8]) -> Option<(u32, [&'a [u8]; 2])> {
    while let Some(line) = line(answer) {
        if let Some(context) = number_at(line, 0) {
            return Some((context, [field(line, 5), field(line, 6)]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_come_a_line_each() {
        let answer = "+CGDCONT: 0,\"IPV4V6\",\"iot.test\",\"10.0.0.2 2001:0DB8:0000:0000:0000:0000:0000:0001\",0,0\r\n\
                      +CGDCONT: 1,\"IP\",\"own\",\"\",0,0\r\nOK\r\n";
        let contexts = |answer: &'static str| {
            let mut rest = answer.as_bytes();
            std::iter::from_fn(move || context(&mut rest)).collect::<Vec<_>>()
        };
        let own = contexts(answer);
        assert_eq!(own.len(), 2);
        assert_eq!((own[0].id, own[0].access_point), (0, &b"iot.test"[..]));
        assert!(own[0].addresses.starts_with(b"10.0.0.2 2001:"));
        assert!(own[1].addresses.is_empty());
        for text in [
            "",
            "OK\r\n",
            "ERROR",
            "+CGDCONT",
            "+CGDCONT: 0",
            "+CGDCONT: x,\"IP\",\"a\",\"b\"",
            "+CGDCONT: 0,\"IP\",\"a\",\"b",
        ] {
            assert!(contexts(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn name_servers_come_a_line_for_each_family() {
        let answer = "+CGCONTRDP: 0,,\"apn.test\",\"\",\"\",\"10.0.0.53\",\"10.0.0.54\",,,,,1464\r\n\
                      +CGCONTRDP: 0,,\"apn.test\",\"\",\"\",\"2001:0DB8::53\",\"\"\r\nOK\r\n";
        let list = |text: &'static str| {
            let mut rest = text.as_bytes();
            std::iter::from_fn(move || name_servers(&mut rest)).collect::<Vec<_>>()
        };
        let all = list(answer);
        assert_eq!(
            all,
            [
                (0, [&b"10.0.0.53"[..], b"10.0.0.54"]),
                (0, [b"2001:0DB8::53", b""])
            ]
        );
        assert_eq!(list("+CGCONTRDP: 0,,\"a\r\n"), [(0, [&b""[..], b""])]);
        for text in [
            "",
            "OK\r\n",
            "ERROR",
            "+CGCONTRDP: 0",
            "+CGCONTRDP: ,,,,,\"1\"",
        ] {
            assert!(list(text).is_empty(), "{text}");
        }
    }
}
