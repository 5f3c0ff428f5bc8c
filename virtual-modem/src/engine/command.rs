//! Syntax of AT commands (3GPP TS 27.007, ITU-T V.250) and of their answers.

/// What is done with a command name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `AT+X`
    Execute,
    /// `AT+X?`
    Read,
    /// `AT+X=?`
    Test,
    /// `AT+X=...`
    Set,
}

/// A command line taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Upper case, with its `+` or `%`; empty for a bare `AT`.
    pub name: String,
    /// What to do.
    pub operation: Operation,
    /// Parameters without quotes; `None` for an omitted one.
    pub parameters: Vec<Option<String>>,
}

/// How a command ended, with the text before the final result code (lines end with `\r\n`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `OK`
    Ok(String),
    /// `ERROR`
    Error,
    /// `+CME ERROR: n`, or `ERROR` while `+CMEE` is 0.
    Cme(u16),
    /// `+CMS ERROR: n`
    Cms(u16),
}

impl Reply {
    /// One line of answer.
    pub fn line(text: impl AsRef<str>) -> Reply {
        Reply::Ok(format!("{}\r\n", text.as_ref()))
    }

    /// Success without answer.
    pub fn done() -> Reply {
        Reply::Ok(String::new())
    }
}

impl Command {
    /// Takes a line apart; `None` when it does not begin with `AT` or has no command name.
    pub fn parse(line: &str) -> Option<Command> {
        let line = line.trim_matches(|c| matches!(c, '\r' | '\n' | '\0' | ' '));
        if !line.get(..2)?.eq_ignore_ascii_case("AT") {
            return None;
        }
        let rest = &line[2..];
        let end = rest
            .char_indices()
            .find(|(index, c)| *index > 0 && !c.is_ascii_alphanumeric())
            .map_or(rest.len(), |(index, _)| index);
        let name = rest[..end].to_ascii_uppercase();
        if !name.is_empty() && !name.starts_with(['+', '%', '&']) {
            return None;
        }
        let (operation, text) = match &rest[end..] {
            "" => (Operation::Execute, ""),
            "?" => (Operation::Read, ""),
            "=?" => (Operation::Test, ""),
            other => (Operation::Set, other.strip_prefix('=')?),
        };
        let parameters = if operation == Operation::Set {
            split(text)
        } else {
            Vec::new()
        };
        Some(Command {
            name,
            operation,
            parameters,
        })
    }

    /// Text of parameter `index`, if given.
    pub fn text(&self, index: usize) -> Option<&str> {
        self.parameters.get(index)?.as_deref()
    }

    /// Number in parameter `index`, if given and a number.
    pub fn number(&self, index: usize) -> Option<i64> {
        self.text(index)?.trim().parse().ok()
    }

    /// Parameter `index` as 0 or 1.
    pub fn switch(&self, index: usize) -> Option<bool> {
        match self.number(index)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

/// Splits at commas outside quotes and removes the quotes.
fn split(text: &str) -> Vec<Option<String>> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut quoted = false;
    let mut given = false;
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                given = true;
            }
            ',' if !quoted => {
                parts.push(given.then(|| std::mem::take(&mut part)));
                given = false;
            }
            c => {
                given = true;
                part.push(c);
            }
        }
    }
    parts.push(given.then_some(part));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_and_bare_parameters_are_the_same() {
        let quoted = Command::parse("AT+CGDCONT=1,\"IPV4V6\",\"apn,x\"").unwrap();
        assert_eq!(quoted.text(2), Some("apn,x"));
        let bare = Command::parse("at+cgdcont=1,IPV4V6,apn\r\n").unwrap();
        assert_eq!(bare.name, "+CGDCONT");
        assert_eq!(bare.text(1), quoted.text(1));
        assert_eq!(bare.number(0), Some(1));
    }

    #[test]
    fn omitted_parameters_differ_from_empty_ones() {
        let command = Command::parse("AT+CPSMS=1,,,\"\",\"01\"").unwrap();
        assert_eq!(command.text(1), None);
        assert_eq!(command.text(3), Some(""));
        assert_eq!(command.parameters.len(), 5);
    }

    #[test]
    fn operations_are_told_apart() {
        let operation = |line: &str| Command::parse(line).map(|command| command.operation);
        assert_eq!(operation("AT+CFUN?"), Some(Operation::Read));
        assert_eq!(operation("AT+CFUN=?"), Some(Operation::Test));
        assert_eq!(operation("AT%XOPERID"), Some(Operation::Execute));
        assert_eq!(operation("AT"), Some(Operation::Execute));
        assert_eq!(operation("hello"), None);
        assert_eq!(operation("AT+CFUN!"), None);
    }
}
