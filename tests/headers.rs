//! The committed headers are what the sources generate, and every compiler that may meet them takes them without a warning.
//! `UPDATE_HEADERS=1 cargo test --test headers` writes them anew.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const HEADERS: [&str; 4] = [
    "lwm2m_carrier.h",
    "lwm2m_os.h",
    "lwm2m_carrier_modem_abi.h",
    "lwm2m_carrier_provision.h",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn committed_headers_are_the_generated_ones() {
    for header in HEADERS {
        let generated =
            fs::read_to_string(Path::new(env!("CARRIER_HEADERS")).join(header)).unwrap();
        let committed = root().join("include").join(header);
        if env::var_os("UPDATE_HEADERS").is_some() {
            fs::write(&committed, &generated).unwrap();
        }
        assert_eq!(
            fs::read_to_string(&committed).unwrap_or_default(),
            generated,
            "include/{header} differs: UPDATE_HEADERS=1 cargo test --test headers"
        );
    }
}

#[test]
fn headers_compile_alone_in_every_dialect() {
    for (compiler, dialects, language) in [
        ("gcc", ["c99", "c11"], "c"),
        ("g++", ["c++11", "c++17"], "c++"),
        ("arm-none-eabi-gcc", ["c99", "c11"], "c"),
        ("arm-none-eabi-g++", ["c++11", "c++17"], "c++"),
    ] {
        for dialect in dialects {
            for header in HEADERS {
                // Twice, so that the include guard is tried as well.
                let path = root().join("include").join(header);
                let output = Command::new(compiler)
                    .arg(format!("-std={dialect}"))
                    .args([
                        "-Wall",
                        "-Wextra",
                        "-Werror",
                        "-fsyntax-only",
                        "-x",
                        language,
                    ])
                    .args([
                        "-include".as_ref(),
                        path.as_os_str(),
                        "-include".as_ref(),
                        path.as_os_str(),
                    ])
                    .arg("/dev/null")
                    .output()
                    .unwrap_or_else(|error| panic!("{compiler} cannot run: {error}"));
                let messages = String::from_utf8_lossy(&output.stderr);
                assert!(
                    output.status.success(),
                    "{compiler} -std={dialect} {header}:\n{messages}"
                );
            }
        }
    }
}

#[test]
fn member_paths_of_existing_applications_compile() {
    let source = root().join("tests/abi/members.c");
    for (compiler, language) in [
        ("gcc", "c"),
        ("g++", "c++"),
        ("arm-none-eabi-gcc", "c"),
        ("arm-none-eabi-g++", "c++"),
    ] {
        let output = Command::new(compiler)
            .args([
                "-Wall",
                "-Wextra",
                "-Werror",
                "-fsyntax-only",
                "-x",
                language,
                "-I",
            ])
            .arg(root().join("include"))
            .arg(&source)
            .output()
            .unwrap_or_else(|error| panic!("{compiler} cannot run: {error}"));
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{compiler}:\n{messages}");
    }
}
