//! Generates the C headers into `OUT_DIR` with cbindgen; `tests/headers.rs` compares the committed copies in `include/` with them.

use std::path::{Path, PathBuf};
use std::{env, fs};

use cbindgen::{Builder, Config, Style};

/// What distinguishes one header from the others.
struct Header {
    file: &'static str,
    guard: &'static str,
    /// Opening comment of the file.
    about: &'static str,
    /// `typedef struct {..} name;` or `struct name {..};`.
    style: Style,
    sources: &'static [&'static str],
}

const HEADERS: [Header; 4] = [
    Header {
        file: "lwm2m_carrier.h",
        guard: "LWM2M_CARRIER_H__",
        about: "Application interface of the LwM2M carrier library, compatible with lwm2m_carrier 0.30.0.",
        style: Style::Type,
        sources: &[
            "src/abi.rs",
            "src/api/lifecycle.rs",
            "src/api/time.rs",
            "src/api/device.rs",
            "src/api/portfolio.rs",
            "src/api/location.rs",
            "src/api/app_data.rs",
        ],
    },
    Header {
        file: "lwm2m_os.h",
        guard: "LWM2M_OS_H__",
        about: "What the LwM2M carrier library asks of the system it runs on, compatible with lwm2m_carrier 0.30.0.",
        style: Style::Tag,
        sources: &["src/sys/hook_types.rs", "src/sys/hooks.rs"],
    },
    Header {
        file: "lwm2m_carrier_modem_abi.h",
        guard: "LWM2M_CARRIER_MODEM_ABI_H__",
        about: "Numbers of the modem library that differ between its releases, for whoever builds against another than 2.0.x.",
        style: Style::Tag,
        sources: &["src/sys/modem_abi.rs"],
    },
    Header {
        file: "lwm2m_carrier_provision.h",
        guard: "LWM2M_CARRIER_PROVISION_H__",
        about: "What a product brings for an operator under its own agreement with it: server addresses, keys, names. The library has none of it.",
        style: Style::Type,
        sources: &["src/sys/provision.rs"],
    },
];

const MODEM_ABI_OBJECT: &str = "\
/**
 * The table the library uses. The archive defines it weakly for nrf_modem 2.0.x; define it to build against another release.
 */
extern const struct lwm2m_carrier_modem_abi lwm2m_carrier_modem_abi;

";

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=cbindgen.toml");
    for header in HEADERS {
        let text = generate(&root, &out, &header);
        fs::write(out.join(header.file), text).expect("OUT_DIR is writable");
    }
    println!("cargo:rustc-env=CARRIER_HEADERS={}", out.display());
}

fn generate(root: &Path, out: &Path, header: &Header) -> String {
    let mut config = Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml is valid");
    config.include_guard = Some(header.guard.into());
    config.style = header.style;
    if header.file == "lwm2m_carrier_modem_abi.h" {
        // cbindgen emits only what functions use, and no foreign statics.
        config.export.include = vec!["ModemAbi".into()];
    }
    config
        .export
        .rename
        .insert("ModemAbi".into(), "lwm2m_carrier_modem_abi".into());
    config.header = Some(format!(
        "/*\n * {}\n *\n * Generated from the Rust sources: change those, not this file.\n *\n * SPDX-License-Identifier: MIT OR Apache-2.0\n */",
        header.about
    ));
    let mut builder = Builder::new().with_config(config);
    for source in header.sources {
        println!("cargo:rerun-if-changed={source}");
        builder = builder.with_src(plain_source(root, out, source));
    }
    let bindings = builder.generate().expect("the sources parse");
    let mut text = Vec::new();
    bindings.write(&mut text);
    let text = parenthesised(&String::from_utf8(text).expect("sources are UTF-8"));
    match header.file {
        "lwm2m_os.h" => unnamed_union(&text),
        "lwm2m_carrier_modem_abi.h" => {
            let end = text.rfind("#endif").expect("the guard ends");
            format!("{}{MODEM_ABI_OBJECT}{}", &text[..end], &text[end..])
        }
        _ => text,
    }
}

/// Copies a source without the `safe` qualifier of foreign items, which cbindgen's parser would skip over, and without the safety sections,
/// which tell a Rust caller what the parameter list tells a C caller.
fn plain_source(root: &Path, out: &Path, source: &str) -> PathBuf {
    let text = fs::read_to_string(root.join(source)).expect("source exists");
    let copy = out.join(source.replace('/', "-"));
    let mut plain = String::new();
    let mut in_safety = false;
    // The tables of the generations are no part of the header.
    let text = text.split("\nimpl ModemAbi").next().unwrap_or_default();
    for line in text.lines() {
        in_safety = match line.trim_start() {
            "/// # Safety" => true,
            doc => in_safety && doc.starts_with("///"),
        };
        if in_safety {
            // The blank comment line before the heading goes as well.
            let kept = plain.trim_end_matches("///\n").len();
            plain.truncate(kept);
        } else {
            plain.push_str(&line.replace("pub safe ", "pub "));
            plain.push('\n');
        }
    }
    fs::write(&copy, plain).expect("OUT_DIR is writable");
    copy
}

/// Makes the payload of the download event an unnamed union, which cbindgen cannot express: existing ports write its members as members of
/// the event. Each replacement must happen exactly once.
fn unnamed_union(text: &str) -> String {
    let named = "    union lwm2m_os_download_evt_payload payload;\n";
    assert_eq!(text.matches(named).count(), 1, "one payload member");
    let start = text
        .find("/**\n * Payload of a download event.")
        .expect("the union has a comment");
    let length = text[start..].find("\n};\n\n").expect("the union ends") + "\n};\n\n".len();
    let definition = &text[start..start + length];
    let body = definition
        .find("union lwm2m_os_download_evt_payload {\n")
        .expect("the union follows");
    let members: String = definition[body..]
        .lines()
        .skip(1)
        .take_while(|line| *line != "};")
        .map(|line| format!("    {line}\n"))
        .collect();
    text.replacen(definition, "", 1).replacen(
        named,
        &format!("    union {{\n{members}    }};\n"),
        1,
    )
}

/// Puts negative macro values in parentheses.
fn parenthesised(text: &str) -> String {
    text.lines()
        .map(|line| match line.rsplit_once(" -") {
            Some((name, value)) if line.starts_with("#define ") => format!("{name} (-{value})\n"),
            _ => format!("{line}\n"),
        })
        .collect()
}
