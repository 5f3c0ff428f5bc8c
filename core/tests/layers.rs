//! Who may use whom inside the core, and what no file of it contains. Read from the sources.

use std::path::{Path, PathBuf};

/// Longest file. From 400 lines on a file needs a reason, from here on it is split.
const LONGEST: usize = 600;

/// Each module with the paths its code may name. `carrier` puts everything together and may name everything.
const RULES: [(&str, &[&str]); 17] = [
    ("config", &[]),
    ("bytes", &[]),
    ("card", &[]),
    ("slot", &[]),
    ("text", &[]),
    ("time", &[]),
    ("version", &[]),
    (
        "profile",
        &["boundary", "config", "profile", "text", "version"],
    ),
    ("coap", &["coap", "config", "bytes", "slot", "time"]),
    ("modem", &["boundary", "config", "modem", "text"]),
    (
        "lwm2m",
        &[
            "coap", "config", "lwm2m", "bytes", "slot", "text", "time", "version",
        ],
    ),
    (
        "objects",
        &[
            "boundary",
            "config",
            "lwm2m::object",
            "lwm2m::observe::Defaults",
            "lwm2m::path",
            "lwm2m::value",
            "modem",
            "objects",
            "bytes",
            "slot",
            "text",
            "version",
        ],
    ),
    (
        "session",
        &[
            "boundary",
            "coap",
            "config",
            "lwm2m",
            "modem::query",
            "objects",
            "profile",
            "session",
            "bytes",
            "slot",
            "text",
            "time",
            "version",
        ],
    ),
    (
        "clock",
        &["config", "modem::notice", "bytes", "slot", "time"],
    ),
    ("record", &["config", "lwm2m", "objects", "bytes", "slot"]),
    ("boundary", &["config", "modem::query", "record", "time"]),
    // The package's front page re-exports what the shell needs.
    ("lib", &["boundary", "carrier", "objects", "time"]),
];

const OPERATORS: [&str; 8] = [
    "verizon", "att", "tmobile", "mobile", "lguplus", "uplus", "softbank", "bell",
];

struct Source {
    /// Path below `src`, such as `coap/block.rs`.
    name: String,
    /// The code without tests and comments.
    code: String,
    /// Everything.
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let sources: Vec<Source> = files
        .iter()
        .map(|file| {
            let text = std::fs::read_to_string(file).expect("a readable file");
            let name = file.strip_prefix(&root).expect("below src");
            Source {
                name: name.to_string_lossy().replace('\\', "/"),
                code: code_of(&text),
                text,
            }
        })
        .collect();
    assert!(sources.len() > 20, "the sources are where this test looks");
    sources
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            // Long unit tests stand beside their file.
            && path.file_name().is_some_and(|name| name != "tests.rs")
        {
            files.push(path);
        }
    }
}

/// Code up to the test module, without comments.
fn code_of(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
    let lines = text[..end].lines().map(|line| match line.find("//") {
        Some(at) if !line[..at].contains('"') => &line[..at],
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// All paths behind `crate::`, with braces multiplied out.
fn used_paths(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|character| character.is_alphanumeric() || "_$:".contains(character))
        {
            continue;
        }
        expand("", &code[at + "crate::".len()..], &mut paths);
    }
    paths
}

/// Reads one path or brace group; gives how much was read.
fn expand(prefix: &str, text: &str, paths: &mut Vec<String>) -> usize {
    let is_part = |character: char| character.is_alphanumeric() || "_:".contains(character);
    let end = text
        .find(|character| !is_part(character))
        .unwrap_or(text.len());
    let path = format!("{prefix}{}", &text[..end]);
    if !text[end..].starts_with('{') {
        paths.push(path.trim_end_matches("::").to_owned());
        return end;
    }
    let mut at = end + 1;
    while let Some(character) = text[at..].chars().next() {
        if character == '}' {
            return at + 1;
        }
        at += if is_part(character) {
            expand(&path, &text[at..], paths)
        } else {
            character.len_utf8()
        };
    }
    at
}

fn module_of(name: &str) -> &str {
    name.split('/')
        .next()
        .unwrap_or(name)
        .trim_end_matches(".rs")
}

fn is_below(path: &str, allowed: &str) -> bool {
    path == allowed
        || path
            .strip_prefix(allowed)
            .is_some_and(|rest| rest.starts_with("::"))
}

#[test]
fn braces_in_use_lines_are_multiplied_out() {
    let code = "use crate::a::b;\nuse crate::c::{d, e::{F, g}};\nlet x = crate::h::i(1);\nuse crate::{j, k::L};";
    assert_eq!(
        used_paths(code),
        ["a::b", "c::d", "c::e::F", "c::e::g", "h::i", "j", "k::L"]
    );
}

#[test]
fn modules_name_only_what_is_below_them() {
    let mut wrong = Vec::new();
    for source in sources() {
        let module = module_of(&source.name);
        if module == "carrier" {
            continue;
        }
        let rule = RULES.iter().find(|(name, _)| *name == module);
        let Some((_, allowed)) = rule else {
            wrong.push(format!("{}: no rule for module {module}", source.name));
            continue;
        };
        for path in used_paths(&source.code) {
            if !allowed.iter().any(|allowed| is_below(&path, allowed)) {
                wrong.push(format!("{} uses {path}", source.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn relative_paths_stay_inside_their_module() {
    let mut wrong = Vec::new();
    for source in sources() {
        // `super` is the module itself in its files, and the whole package in its `mod.rs`, inline modules aside.
        let leaves = if source.name.ends_with("mod.rs") || !source.name.contains('/') {
            let mut lines = source.code.lines();
            lines.any(|line| line.starts_with("use super::") || line.starts_with("pub use super::"))
        } else {
            source.code.contains("super::super::")
        };
        if leaves {
            wrong.push(source.name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn operators_are_named_in_profiles_only() {
    let mut wrong = Vec::new();
    for source in sources() {
        if module_of(&source.name) == "profile" {
            continue;
        }
        let words = source
            .text
            .split(|character: char| !character.is_ascii_alphabetic());
        let found: Vec<&str> = words
            .filter(|word| OPERATORS.contains(&word.to_ascii_lowercase().as_str()))
            // The body that wrote the standard.
            .filter(|word| *word != "Mobile")
            .collect();
        if !found.is_empty() {
            wrong.push(format!("{} names {found:?}", source.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn nothing_panics_and_nothing_is_unsafe() {
    let forbidden = [
        "unsafe ",
        "unsafe{",
        ".unwrap()",
        ".expect(",
        "panic!",
        "unreachable!",
        "todo!",
        "unimplemented!",
        "assert!(",
        "assert_eq!(",
    ];
    let mut wrong = Vec::new();
    for source in sources() {
        // A debug assertion is no code on the device.
        let code = source
            .code
            .replace("debug_assert!(", "")
            .replace("debug_assert_eq!(", "");
        for word in forbidden {
            if code.contains(word) {
                wrong.push(format!("{} contains {word}", source.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut wrong = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        if lines > LONGEST {
            wrong.push(format!("{} has {lines} lines", source.name));
        }
        if !source.text.starts_with("//! ") {
            wrong.push(format!("{} does not begin with what it is", source.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_module_reads_a_clock_or_talks_to_the_outside() {
    let mut wrong = Vec::new();
    for source in sources() {
        for word in ["std::", "extern ", "static mut", "alloc::"] {
            if source.code.contains(word) {
                wrong.push(format!("{} contains {word}", source.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
