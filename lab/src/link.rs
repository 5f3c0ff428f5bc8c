//! Link format (RFC 6690) as LwM2M uses it in registrations and Discover answers, read strictly.

use std::fmt;

/// One link: its target and its attributes in order. A bare `lwm2m="1.0"` at the front of a bootstrap discovery has no
/// target and is kept with an empty one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What stands between `<` and `>`.
    pub target: String,
    /// Name and, where given, value without quotes.
    pub attributes: Vec<(String, Option<String>)>,
}

impl Link {
    /// Value of an attribute; an empty text when it has none.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_deref().unwrap_or(""))
    }
}

/// Position and reason at which a text stopped being link format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotLinks {
    /// Byte offset.
    pub at: usize,
    /// What was expected there.
    pub expected: &'static str,
}

impl fmt::Display for NotLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "link format: {} expected at byte {}",
            self.expected, self.at
        )
    }
}

/// Reads a comma separated list. An empty text is an empty list; white space between elements is not tolerated.
pub fn parse(text: &str) -> Result<Vec<Link>, NotLinks> {
    let mut reader = Reader { text, at: 0 };
    let mut links = Vec::new();
    if text.is_empty() {
        return Ok(links);
    }
    loop {
        links.push(reader.link()?);
        if reader.at == text.len() {
            return Ok(links);
        }
        reader.take(',', "comma")?;
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn link(&mut self) -> Result<Link, NotLinks> {
        let mut attributes = Vec::new();
        let mut target = String::new();
        if self.rest().starts_with("lwm2m=") {
            attributes.push(self.attribute()?);
        } else {
            self.take('<', "<")?;
            target = self.until(&['>', '<', ',', '"']).to_string();
            self.take('>', ">")?;
        }
        while self.rest().starts_with(';') {
            self.at += 1;
            attributes.push(self.attribute()?);
        }
        Ok(Link { target, attributes })
    }

    fn attribute(&mut self) -> Result<(String, Option<String>), NotLinks> {
        let name = self.until(&['=', ';', ',', '<', '>', '"', ' ']).to_string();
        if name.is_empty() {
            return Err(self.error("attribute name"));
        }
        if !self.rest().starts_with('=') {
            return Ok((name, None));
        }
        self.at += 1;
        let value = if self.rest().starts_with('"') {
            self.at += 1;
            let value = self.until(&['"']).to_string();
            self.take('"', "closing quote")?;
            value
        } else {
            self.until(&[';', ',', '<', '>', '"', ' ']).to_string()
        };
        Ok((name, Some(value)))
    }

    fn until(&mut self, stops: &[char]) -> &'a str {
        let rest = self.rest();
        let end = rest.find(stops).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn take(&mut self, wanted: char, expected: &'static str) -> Result<(), NotLinks> {
        if !self.rest().starts_with(wanted) {
            return Err(self.error(expected));
        }
        self.at += 1;
        Ok(())
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn error(&self, expected: &'static str) -> NotLinks {
        NotLinks {
            at: self.at,
            expected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registration_payload_of_the_standard() {
        // OMA LwM2M 1.0 TS 5.3.1: alternate root and instances.
        let links = parse(r#"</lwm2m>;rt="oma.lwm2m";ct=11543,</lwm2m/1/0>,</lwm2m/5>"#).unwrap();
        assert_eq!(links.len(), 3);
        assert_eq!(links[0].attribute("rt"), Some("oma.lwm2m"));
        assert_eq!(links[0].attribute("ct"), Some("11543"));
        assert_eq!(links[2].target, "/lwm2m/5");
    }

    #[test]
    fn discover_answer_of_the_standard() {
        // OMA LwM2M 1.0 TS 5.4.2: Discover on /3/0 with attributes.
        let links =
            parse("</3/0>;pmin=10;pmax=60,</3/0/1>,</3/0/6>;dim=8,</3/0/7>;dim=8;gt=50;lt=42.2")
                .unwrap();
        assert_eq!(links[0].attribute("pmax"), Some("60"));
        assert_eq!(links[3].attribute("lt"), Some("42.2"));
        assert_eq!(links[1].attributes, []);
    }

    #[test]
    fn bootstrap_discovery_starts_with_a_version() {
        let links = parse(r#"lwm2m="1.0",</0/0>,</0/1>;ssid=101,</3>;ver=1.1"#).unwrap();
        assert_eq!(
            (links[0].target.as_str(), links[0].attribute("lwm2m")),
            ("", Some("1.0"))
        );
        assert_eq!(links[2].attribute("ssid"), Some("101"));
    }

    #[test]
    fn quoted_values_may_hold_separators_and_flags_have_no_value() {
        let links = parse(r#"</a>;title="x,y;z";obs"#).unwrap();
        assert_eq!(links[0].attribute("title"), Some("x,y;z"));
        assert_eq!(links[0].attributes[1], ("obs".into(), None));
    }

    #[test]
    fn broken_lists_are_refused_with_their_place() {
        assert_eq!(
            parse("</1>,"),
            Err(NotLinks {
                at: 5,
                expected: "<"
            })
        );
        assert_eq!(parse("</1>, </3>").unwrap_err().at, 5);
        for text in [
            "</1",
            "1>",
            "</1></2>",
            "</1>;",
            "</1>;a=\"b",
            ",</1>",
            "</1>;=3",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!(parse(""), Ok(vec![]));
    }
}
