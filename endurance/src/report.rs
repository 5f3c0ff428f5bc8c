//! Reports: JSON files in `target/report`, or in the folder `ENDURANCE_REPORTS` names.

use std::fmt::Display;
use std::path::{Path, PathBuf};

/// A flat JSON object under construction.
#[derive(Default)]
pub struct Report(Vec<String>);

impl Report {
    /// An empty one.
    pub fn new() -> Report {
        Report::default()
    }

    /// Adds a number, or JSON that is ready.
    pub fn put(&mut self, name: &str, value: impl Display) {
        self.0.push(format!("\"{name}\": {value}"));
    }

    /// Adds a text.
    pub fn text(&mut self, name: &str, value: &str) {
        self.put(name, quoted(value));
    }

    /// The object on one line.
    pub fn line(&self) -> String {
        format!("{{{}}}", self.0.join(", "))
    }

    /// Writes it with an entry a line to the reports' folder and prints it.
    pub fn write(&self, file: &str) {
        let folder = folder();
        std::fs::create_dir_all(&folder).expect("the reports' folder can be made");
        let content = format!("{{\n  {}\n}}\n", self.0.join(",\n  "));
        std::fs::write(folder.join(file), &content).expect("a report can be written");
        println!("{file}: {content}");
    }
}

/// A JSON list, an element a line.
pub fn list(elements: &[String]) -> String {
    if elements.is_empty() {
        return "[]".into();
    }
    format!("[\n    {}\n  ]", elements.join(",\n    "))
}

/// A JSON text.
pub fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out += "\\n",
            control if control.is_control() => out.push(' '),
            other => out.push(other),
        }
    }
    out + "\""
}

fn folder() -> PathBuf {
    std::env::var_os("ENDURANCE_REPORTS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/report"),
        PathBuf::from,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_has_its_entries_in_their_order() {
        let mut report = Report::new();
        report.put("cuts", 3);
        report.text("told", "a \"b\"\n");
        assert_eq!(report.line(), r#"{"cuts": 3, "told": "a \"b\"\n"}"#);
        assert_eq!(list(&["1".into(), "2".into()]), "[\n    1,\n    2\n  ]");
        assert_eq!(list(&[]), "[]");
    }
}
