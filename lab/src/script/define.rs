//! Script commands about what a bootstrap server writes: `define`, `put`, `finish`, `bootstrap`.

use super::Command;
use super::request::{Options, block_size, content_format};
use crate::account::{ACCESS_CONTROL, Instance, SECURITY, SERVER, resource_named};
use crate::coap::format;
use crate::hex;
use crate::path::Path;
use crate::request::Request;
use crate::tlv::{self, Entry};
use crate::value::{Type, Value};
use crate::words::Words;

/// What `define` adds to or takes from the instances to be written.
#[derive(Clone, Debug)]
pub enum Definition {
    /// Forget every instance.
    Clear,
    /// Resources to set in an instance, new or already there, and resources to leave out.
    Resources(Instance, Vec<u16>),
    /// Complete instances for a server of this laboratory.
    Account(Account),
}

/// An account of a server of this laboratory, with what is to differ from the usual.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The server's name.
    pub name: String,
    /// Security instance instead of the next free one.
    pub security: Option<u16>,
    /// Server instance instead of the next free one.
    pub server: Option<u16>,
    /// Short server id instead of 101, 102 and so on.
    pub short_server_id: Option<u16>,
    /// Resources of the Security instance.
    pub security_resources: Vec<Entry>,
    /// Resources of the Server instance.
    pub server_resources: Vec<Entry>,
}

/// What `bootstrap default` does differently.
#[derive(Clone, Debug)]
pub struct Sequence {
    /// Paths to delete first.
    pub delete: Vec<String>,
    /// Block size of the writes.
    pub block1: Option<usize>,
    /// Bootstrap-Finish at the end.
    pub finish: bool,
    /// Servers to write accounts of, instead of what is defined.
    pub servers: Vec<String>,
}

/// A `put`, whose payload is only known when it is carried out.
#[derive(Clone, Debug)]
pub struct Put {
    /// Object, instance or resource.
    pub path: Path,
    /// Format of a single resource.
    pub format: u16,
    /// Options of the request.
    pub request: Request,
}

pub(super) fn define(words: &mut Words) -> Result<Command, String> {
    let what = words.need("security, server, access, instance, account or clear")?;
    let object = match what {
        "clear" => return Ok(Command::Define(Definition::Clear)),
        "account" => {
            return account(words).map(|account| Command::Define(Definition::Account(account)));
        }
        "security" => SECURITY,
        "server" => SERVER,
        "access" => ACCESS_CONTROL,
        "instance" => number(words.need("an object")?)?,
        other => return Err(format!("define what: {other}?")),
    };
    let mut instance = Instance::new(object, number(words.need("an instance")?)?);
    let mut without = Vec::new();
    while let Some((name, value)) = pair(words)? {
        if name == "without" {
            for name in value.split(',') {
                without.push(resource(object, name)?);
            }
        } else {
            instance = instance.put(entry(object, name, value)?);
        }
    }
    Ok(Command::Define(Definition::Resources(instance, without)))
}

fn account(words: &mut Words) -> Result<Account, String> {
    let mut account = Account {
        name: words.need("a server's name")?.into(),
        ..Account::default()
    };
    while let Some((name, value)) = pair(words)? {
        match name {
            "security" => account.security = Some(number(value)?),
            "server" => account.server = Some(number(value)?),
            "ssid" => account.short_server_id = Some(number(value)?),
            _ if resource_named(SECURITY, name).is_some() => {
                account
                    .security_resources
                    .push(entry(SECURITY, name, value)?);
            }
            _ => account.server_resources.push(entry(SERVER, name, value)?),
        }
    }
    Ok(account)
}

pub(super) fn put(words: &mut Words) -> Result<Command, String> {
    let path = words.path()?;
    let parsed: Path = path.parse().unwrap_or_default();
    if parsed.0.is_empty() || parsed.0.len() > 3 {
        return Err(format!("not an object, instance or resource: {path}"));
    }
    let mut request = Request::write(&path, format::TLV, &[]);
    let found = Options::take(words, &["format"])?;
    found.set(&mut request)?;
    let format = found.other(0).map_or(Ok(format::TLV), content_format)?;
    Ok(Command::Put(Put {
        path: parsed,
        format,
        request,
    }))
}

pub(super) fn bootstrap(words: &mut Words) -> Result<Command, String> {
    match words.need("default")? {
        "default" => {}
        other => return Err(format!("bootstrap how: {other}?")),
    }
    let found = words.options(&["delete", "block", "finish"])?;
    let delete: Vec<String> = match found[0].unwrap_or("/") {
        "none" => Vec::new(),
        paths => paths.split(',').map(str::to_string).collect(),
    };
    if let Some(wrong) = delete.iter().find(|path| path.parse::<Path>().is_err()) {
        return Err(format!("not a path: {wrong}"));
    }
    let finish = match found[2].unwrap_or("yes") {
        "yes" => true,
        "no" => false,
        other => return Err(format!("finish is yes or no, not {other}")),
    };
    let mut servers = Vec::new();
    while let Some(name) = words.next() {
        servers.push(name.to_string());
    }
    Ok(Command::Bootstrap(Sequence {
        delete,
        block1: found[1].map(block_size).transpose()?,
        finish,
        servers,
    }))
}

/// The next word, which has to be `name=value`.
fn pair<'a>(words: &mut Words<'a>) -> Result<Option<(&'a str, &'a str)>, String> {
    let Some(word) = words.next() else {
        return Ok(None);
    };
    let pair = word.split_once('=');
    pair.map(Some).ok_or(format!("not name=value: {word}"))
}

fn resource(object: u16, name: &str) -> Result<u16, String> {
    let numbered = || name.parse().ok();
    let id = resource_named(object, name).or_else(numbered);
    id.ok_or(format!("object {object} has no resource {name}"))
}

/// A resource from its name or number and its value as a person writes it.
fn entry(object: u16, name: &str, value: &str) -> Result<Entry, String> {
    let id = resource(object, name)?;
    let digits = value.strip_prefix("0x");
    let bytes = || hex::decode(digits.unwrap_or(value)).ok_or(format!("not hexadecimal: {value}"));
    let value = match (object, id) {
        (SECURITY, 2) => match value {
            "psk" => Value::Integer(0),
            "rpk" => Value::Integer(1),
            "certificate" => Value::Integer(2),
            "nosec" => Value::Integer(3),
            number => Value::from_script(Type::Integer, number),
        },
        (SECURITY, 3) if digits.is_none() => Value::Opaque(value.into()),
        (SECURITY, 3..=5) => Value::Opaque(bytes()?),
        (ACCESS_CONTROL, 2) => return rights(value),
        _ => Value::from_script(Type::of(&Path(vec![object, 0, id])), value),
    };
    Ok(tlv::resource(id, &value))
}

/// `101:15,102:1`: short server id and rights.
fn rights(text: &str) -> Result<Entry, String> {
    let mut rights = Vec::new();
    for item in text.split(',').filter(|item| !item.is_empty()) {
        let wrong = || format!("not server:rights: {item}");
        let (server, right) = item.split_once(':').ok_or_else(wrong)?;
        let right: i64 = right.parse().map_err(|_| wrong())?;
        rights.push((number(server)?, Value::Integer(right)));
    }
    Ok(tlv::multiple(2, &rights))
}

fn number(text: &str) -> Result<u16, String> {
    text.parse()
        .map_err(|_| format!("not a number from 0 to 65535: {text}"))
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn defined(line: &str) -> Definition {
        match parse(line) {
            Ok(Some(Command::Define(definition))) => definition,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn instances_have_the_bytes_of_their_fields() {
        for (line, object, bytes) in [
            (
                "define security 1 uri=coap://a mode=psk identity=me key=1011 ssid=101 hold-off=5",
                SECURITY,
                &b"\xC8\x00\x08coap://a\xC1\x02\x00\xC2\x03me\xC2\x05\x10\x11\xC1\x0A\x65\xC1\x0B\x05"[..],
            ),
            (
                "define security 0 bootstrap=true mode=nosec identity=0x00ff account-timeout=300",
                SECURITY,
                b"\xC1\x01\x01\xC1\x02\x03\xC2\x03\x00\xFF\xC2\x0C\x01\x2C",
            ),
            (
                "define server 0 ssid=101 lifetime=60 storing=false binding=UQ 11=7 bootstrap-on-failure=true retry-timer=3",
                SERVER,
                b"\xC1\x00\x65\xC1\x01\x3C\xC1\x06\x00\xC2\x07UQ\xC1\x0B\x07\xC1\x10\x01\xC1\x12\x03",
            ),
            (
                "define access 2 object=3 instance=0 acl=101:15,0:1 owner=101",
                ACCESS_CONTROL,
                b"\xC1\x00\x03\xC1\x01\x00\x86\x02\x41\x65\x0F\x41\x00\x01\xC1\x03\x65",
            ),
            ("define instance 3303 7 5700=0xAA", 3303, b"\xE1\x16\x44\xAA"),
        ] {
            let Definition::Resources(instance, without) = defined(line) else {
                panic!("{line}");
            };
            assert_eq!(instance.object, object);
            assert_eq!(tlv::encode(&instance.resources), bytes, "{line}");
            assert!(without.is_empty());
        }
        let Definition::Resources(_, without) = defined("define server 0 without=storing,7") else {
            panic!("resources were expected");
        };
        assert_eq!(without, [6, 7]);
    }

    #[test]
    fn fields_of_an_account_go_to_the_object_that_has_them() {
        let line = "define account dm security=4 ssid=7 key=0011 hold-off=1 pmin=2 priority=1";
        let Definition::Account(account) = defined(line) else {
            panic!("an account was expected");
        };
        assert_eq!((account.name.as_str(), account.security), ("dm", Some(4)));
        assert_eq!((account.server, account.short_server_id), (None, Some(7)));
        let ids = |entries: &[Entry]| entries.iter().map(|entry| entry.id).collect::<Vec<_>>();
        assert_eq!(ids(&account.security_resources), [5, 11]);
        assert_eq!(ids(&account.server_resources), [2, 13]);
    }

    #[test]
    fn sequences_and_puts_are_read() {
        let line = "bootstrap default delete=/0,/1 block=64 finish=no dm dm2";
        let Ok(Some(Command::Bootstrap(sequence))) = parse(line) else {
            panic!("a sequence was expected");
        };
        assert_eq!(
            (sequence.delete, sequence.block1),
            (vec!["/0".into(), "/1".into()], Some(64))
        );
        assert_eq!(
            (sequence.finish, sequence.servers),
            (false, vec!["dm".into(), "dm2".into()])
        );
        let Ok(Some(Command::Put(put))) = parse("put /0/1/5 format=opaque block=16 type=non")
        else {
            panic!("a put was expected");
        };
        assert_eq!(
            (put.path.to_string(), put.format),
            ("/0/1/5".into(), format::OPAQUE)
        );
        assert_eq!(
            (put.request.block1, put.request.confirmable),
            (Some(16), false)
        );
    }

    #[test]
    fn mistakes_are_named() {
        for (line, message) in [
            (
                "define",
                "security, server, access, instance, account or clear is missing",
            ),
            ("define server 0 uri=a", "object 1 has no resource uri"),
            ("define server 70000", "not a number from 0 to 65535: 70000"),
            ("define security 0 key=xy", "not hexadecimal: xy"),
            ("define access 0 acl=7", "not server:rights: 7"),
            ("define account dm lifetime", "not name=value: lifetime"),
            ("put /", "not an object, instance or resource: /"),
            ("bootstrap default delete=0", "not a path: 0"),
            ("bootstrap", "default is missing"),
        ] {
            assert_eq!(parse(line).err().as_deref(), Some(message), "{line}");
        }
    }
}
