//! Results as JSON, for `target/report`.

use std::any::Any;
use std::fmt::Write;
use std::path::PathBuf;

/// Writes a list of objects to a file of the folder `FLOW_REPORTS`; without that nothing is written.
pub fn write(name: &str, entries: &[String]) {
    let Some(folder) = std::env::var_os("FLOW_REPORTS").map(PathBuf::from) else {
        return;
    };
    std::fs::create_dir_all(&folder).expect("the report folder can be made");
    let text = format!("[\n  {}\n]\n", entries.join(",\n  "));
    std::fs::write(folder.join(name), text).expect("the report can be written");
}

/// A JSON object of texts.
pub fn object(members: &[(&str, &str)]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|(name, value)| format!("{}: {}", quoted(name), quoted(value)))
        .collect();
    format!("{{{}}}", members.join(", "))
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            c if c < ' ' => write!(out, "\\u{:04x}", c as u32).expect("text takes text"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// What a panic said.
pub fn problem(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without words").into()
}
