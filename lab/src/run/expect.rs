//! Expectations: what the last answer, notification or request was like.

use super::{Runner, same_number, shown};
use crate::coap::option;
use crate::path::Path;
use crate::request::Content;
use crate::script::{Expected, Relation};
use crate::value::{Type, Value};
use std::time::Duration;

impl Runner<'_> {
    pub(super) fn expect(&mut self, expected: &Expected) -> Result<String, String> {
        match expected {
            Expected::Code(wanted) => {
                self.unexpected = None;
                return match self.code {
                    Some(code) if code == *wanted => Ok(String::new()),
                    Some(code) => Err(format!("the answer is {code}, not {wanted}")),
                    None => Err("there is no answer yet".into()),
                };
            }
            Expected::NoAnswer => {
                return match self.code {
                    None => Ok(String::new()),
                    Some(code) => Err(format!("the answer is {code}")),
                };
            }
            Expected::Value(path, relation, text) => {
                return self.expect_value(path, *relation, text);
            }
            Expected::NoValue(path) => return self.expect_no_value(path),
            _ => {}
        }
        let complaint = match expected {
            Expected::Link(target, attributes) => self.link_complaint(target, attributes),
            Expected::NoLink(target) => {
                let there = self.links.iter().any(|link| link.target == *target);
                there.then(|| self.targets())
            }
            Expected::Format(wanted) => {
                let complaint = format!("the format is {:?}, not {wanted}", self.format);
                (self.format != Some(*wanted)).then_some(complaint)
            }
            Expected::Text(wanted) => {
                (self.text != *wanted).then(|| format!("the text is {}", self.text))
            }
            Expected::Query(name, value) => {
                let found = self.query(name)?;
                let good = found.is_some() && (value.is_none() || found == *value);
                (!good).then(|| format!("the query is {}", self.queries()))
            }
            Expected::NoQuery(name) => {
                let found = self.query(name)?;
                found.map(|_| format!("the query is {}", self.queries()))
            }
            Expected::RequestPath(wanted) => {
                let asked = self.asked.as_ref().ok_or("no request was waited for")?;
                let segments = asked.segments(option::URI_PATH);
                let path: String = segments
                    .iter()
                    .map(|segment| format!("/{segment}"))
                    .collect();
                (path != *wanted).then(|| format!("the path is {path}"))
            }
            Expected::Identity(wanted) => {
                let good = self.identity.as_deref() == Some(wanted.as_bytes());
                let identity = self.identity.as_deref().map(String::from_utf8_lossy);
                (!good).then(|| format!("the identity is {identity:?}"))
            }
            _ => None,
        };
        complaint.map_or(Ok(String::new()), Err)
    }

    fn targets(&self) -> String {
        let targets: Vec<&str> = self.links.iter().map(|link| link.target.as_str()).collect();
        format!("the links are: {}", targets.join(" "))
    }

    /// What is wrong with a link; the same target may be listed several times.
    fn link_complaint(&self, target: &str, wanted: &[(String, Option<String>)]) -> Option<String> {
        let mut found = self
            .links
            .iter()
            .filter(|link| link.target == target)
            .peekable();
        if found.peek().is_none() {
            return Some(self.targets());
        }
        let attributes: Vec<_> = found.flat_map(|link| link.attributes.iter()).collect();
        let holds = |(name, value): &(String, Option<String>)| {
            let mut same = attributes.iter().filter(|(known, _)| known == name);
            same.any(|(_, known)| value.is_none() || known == value)
        };
        (!wanted.iter().all(holds)).then(|| format!("its attributes are {attributes:?}"))
    }

    fn query(&self, name: &str) -> Result<Option<String>, String> {
        let asked = self.asked.as_ref().ok_or("no request was waited for")?;
        Ok(asked.query(name))
    }

    fn queries(&self) -> String {
        let items = self
            .asked
            .as_ref()
            .map(|asked| asked.segments(option::URI_QUERY));
        items.unwrap_or_default().join("&")
    }

    fn expect_no_value(&self, path: &Path) -> Result<String, String> {
        match &self.content {
            Content::Values(values) => match values.iter().find(|(known, _)| path.covers(known)) {
                Some((known, value)) => Err(format!("{known} is there: {value}")),
                None => Ok(String::new()),
            },
            other => Err(format!("no values in the last answer: {other:?}")),
        }
    }

    pub(super) fn expect_silence(&self, duration: Duration) -> Result<String, String> {
        let (since, duration) = (self.mark, self.within(duration));
        match self.server().wait_raw(since, duration, |_| true) {
            Some(record) => Err(format!(
                "the client sent {}",
                crate::hex::encode(&record.bytes)
            )),
            None => Ok(String::new()),
        }
    }

    fn expect_value(&self, path: &Path, relation: Relation, text: &str) -> Result<String, String> {
        let Some(value) = self.content.value(path) else {
            return Err(format!(
                "{path} is not in the last answer: {}",
                shown(&self.content)
            ));
        };
        let wanted = Value::from_script(Type::of(path), text);
        let holds = match (relation, value.as_number(), text.parse::<f64>()) {
            (Relation::Equal, ..) => value == wanted || same_number(&value, &wanted),
            (Relation::Different, ..) => value != wanted && !same_number(&value, &wanted),
            (Relation::Contains, ..) => value.to_string().contains(text),
            (Relation::AtLeast, Some(number), Ok(limit)) => number >= limit,
            (Relation::AtMost, Some(number), Ok(limit)) => number <= limit,
            (Relation::AtLeast | Relation::AtMost, ..) => {
                return Err(format!("{value} and {text} are not both numbers"));
            }
        };
        if holds {
            Ok(String::new())
        } else {
            Err(format!("{path} is {value}"))
        }
    }

    pub(super) fn expect_raw(
        &self,
        pattern: &[Option<u8>],
        timeout: Duration,
    ) -> Result<String, String> {
        let (since, timeout) = (self.mark, self.within(timeout));
        match self
            .server()
            .wait_raw(since, timeout, |bytes| crate::hex::matches(pattern, bytes))
        {
            Some(record) => Ok(crate::hex::encode(&record.bytes)),
            None => {
                let records = self
                    .server()
                    .wires()
                    .into_iter()
                    .flat_map(|wire| wire.received_since(since));
                let got: Vec<String> = records
                    .map(|record| crate::hex::encode(&record.bytes))
                    .collect();
                Err(format!("not among what the client sent: {got:?}"))
            }
        }
    }
}
