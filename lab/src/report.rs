//! What a script did, as JSON.

use std::fmt::Write;
use std::time::Duration;

/// One command of a script and how it went.
#[derive(Clone, Debug)]
pub struct Step {
    /// Line in the script, from 1.
    pub line: usize,
    /// The command as written.
    pub command: String,
    /// It did what it should.
    pub ok: bool,
    /// What happened, or what went wrong.
    pub detail: String,
    /// Real time it took.
    pub took: Duration,
}

/// An object with `ok` and the list `steps`.
pub fn json(steps: &[Step]) -> String {
    let ok = steps.iter().all(|step| step.ok);
    let rows: Vec<String> = steps
        .iter()
        .map(|step| {
            format!(
                "    {{\"line\": {}, \"command\": {}, \"ok\": {}, \"detail\": {}, \"milliseconds\": {}}}",
                step.line,
                text(&step.command),
                step.ok,
                text(&step.detail),
                step.took.as_millis()
            )
        })
        .collect();
    format!(
        "{{\n  \"ok\": {ok},\n  \"steps\": [\n{}\n  ]\n}}\n",
        rows.join(",\n")
    )
}

fn text(raw: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in raw.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            ' '.. => quoted.push(letter),
            _ => write!(quoted, "\\u{:04x}", u32::from(letter))
                .expect("writing to a string cannot fail"),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        assert_eq!(text("a\"b\\c\n"), r#""a\"b\\c\u000a""#);
        let step = Step {
            line: 3,
            command: "print \"x\"".into(),
            ok: false,
            detail: String::new(),
            took: Duration::ZERO,
        };
        let json = json(&[step]);
        assert!(
            json.starts_with("{\n  \"ok\": false") && json.contains(r#""command": "print \"x\"""#),
            "{json}"
        );
    }
}
