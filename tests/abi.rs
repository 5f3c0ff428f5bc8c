//! The C interface is that of lwm2m_carrier 0.30.0, bit for bit: the fact files of `zephyr/abi/` are compile-time checks, compiled here against
//! our headers for every processor and calling convention the library is built for. `src/layout.rs` checks the Rust side.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

/// Compilers with the options that decide about layout and calls.
const TARGETS: [(&str, &[&str]); 7] = [
    ("gcc", &["-std=c11"]),
    ("g++", &["-std=c++17", "-x", "c++"]),
    ("arm-none-eabi-gcc", HARD_FLOAT),
    (
        "arm-none-eabi-gcc",
        &[
            "-std=c11",
            "-mcpu=cortex-m33+nofp",
            "-mthumb",
            "-mfloat-abi=soft",
        ],
    ),
    (
        "arm-none-eabi-g++",
        &[
            "-std=c++17",
            "-x",
            "c++",
            "-mcpu=cortex-m33",
            "-mthumb",
            "-mfloat-abi=hard",
            "-mfpu=fpv5-sp-d16",
        ],
    ),
    (
        "arm-none-eabi-gcc",
        &[
            "-std=c11",
            "-mcpu=cortex-m33",
            "-mthumb",
            "-mfloat-abi=softfp",
            "-mfpu=fpv5-sp-d16",
        ],
    ),
    (
        "arm-none-eabi-gcc",
        &[
            "-std=c11",
            "-mcpu=cortex-m33",
            "-mthumb",
            "-fno-short-enums",
            "-DLONG_ENUMS",
        ],
    ),
];

const HARD_FLOAT: &[&str] = &[
    "-std=c11",
    "-mcpu=cortex-m33",
    "-mthumb",
    "-mfloat-abi=hard",
    "-mfpu=fpv5-sp-d16",
];

const FACTS: [&str; 2] = ["facts_carrier.c", "facts_os.c"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn compile(compiler: &str, options: &[&str], include: &Path, source: &str) -> Output {
    Command::new(compiler)
        .args(options)
        .args(["-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I"])
        .arg(include)
        .arg(root().join("zephyr/abi").join(source))
        .output()
        .unwrap_or_else(|error| panic!("{compiler} cannot run: {error}"))
}

#[test]
fn every_macro_layout_and_prototype_is_that_of_0_30_0() {
    for (compiler, options) in TARGETS {
        for source in FACTS {
            let output = compile(compiler, options, &root().join("include"), source);
            let messages = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.success(),
                "{compiler} {options:?} {source}:\n{messages}"
            );
        }
    }
}

/// Changes that keep the headers valid but break the interface, to know that the facts notice.
#[test]
fn a_changed_header_is_noticed() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("changed-headers");
    fs::create_dir_all(&folder).unwrap();
    for (header, source, from, to) in [
        (
            "lwm2m_carrier.h",
            "facts_carrier.c",
            "int32_t server_lifetime;",
            "uint32_t server_lifetime;",
        ),
        (
            "lwm2m_carrier.h",
            "facts_carrier.c",
            "bool certification_mode;",
            "int certification_mode;",
        ),
        (
            "lwm2m_carrier.h",
            "facts_carrier.c",
            "LWM2M_CARRIER_EVENT_ERROR 20",
            "LWM2M_CARRIER_EVENT_ERROR 14",
        ),
        (
            "lwm2m_carrier.h",
            "facts_carrier.c",
            "float altitude,",
            "double altitude,",
        ),
        (
            "lwm2m_os.h",
            "facts_os.c",
            "LWM2M_OS_PDN_FAM_IPV4V6 = 2,",
            "LWM2M_OS_PDN_FAM_IPV4V6 = 300,",
        ),
        (
            "lwm2m_os.h",
            "facts_os.c",
            "lwm2m_os_timer_start(lwm2m_os_timer_t *timer, int64_t delay)",
            "lwm2m_os_timer_start(lwm2m_os_timer_t *timer, int32_t delay)",
        ),
    ] {
        for header in ["lwm2m_carrier.h", "lwm2m_os.h"] {
            fs::copy(root().join("include").join(header), folder.join(header)).unwrap();
        }
        let text = fs::read_to_string(folder.join(header)).unwrap();
        assert_eq!(
            text.matches(from).count(),
            1,
            "{header} holds {from:?} once"
        );
        fs::write(folder.join(header), text.replace(from, to)).unwrap();
        let output = compile("arm-none-eabi-gcc", HARD_FLOAT, &folder, source);
        assert!(!output.status.success(), "{to:?} went unnoticed");
    }
}
