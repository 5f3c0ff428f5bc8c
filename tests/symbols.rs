//! What the archive defines and asks for, for each target: no symbol of others is defined, nothing unexpected is needed, and no panic text
//! reaches a linked image. Symbols are read with readelf, which does not stumble over LLVM bitcode as some `nm` do.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::{env, fs};

/// Archives are built one after the other: the machine has other things to do.
static BUILDING: Mutex<()> = Mutex::new(());

/// A global symbol of one member of an archive, or of an image.
#[derive(Debug)]
struct Symbol {
    member: String,
    name: String,
    defined: bool,
    weak: bool,
    hidden: bool,
}

const FUNCTIONS: [&str; 17] = [
    "lwm2m_carrier_init",
    "lwm2m_carrier_run",
    "lwm2m_carrier_time_read",
    "lwm2m_carrier_avail_power_sources_set",
    "lwm2m_carrier_power_source_voltage_set",
    "lwm2m_carrier_power_source_current_set",
    "lwm2m_carrier_battery_level_set",
    "lwm2m_carrier_battery_status_set",
    "lwm2m_carrier_error_code_add",
    "lwm2m_carrier_error_code_remove",
    "lwm2m_carrier_memory_total_set",
    "lwm2m_carrier_identity_read",
    "lwm2m_carrier_identity_write",
    "lwm2m_carrier_portfolio_instance_create",
    "lwm2m_carrier_location_set",
    "lwm2m_carrier_velocity_set",
    "lwm2m_carrier_app_data_send",
];

/// What an application, or the builder for another SDK, may define.
const WEAK: [&str; 9] = [
    "lwm2m_carrier_utc_time_read",
    "lwm2m_carrier_utc_offset_read",
    "lwm2m_carrier_timezone_read",
    "lwm2m_carrier_utc_time_write",
    "lwm2m_carrier_utc_offset_write",
    "lwm2m_carrier_timezone_write",
    "lwm2m_carrier_memory_free_read",
    "lwm2m_carrier_modem_abi",
    "lwm2m_carrier_provision_read",
];

/// Never asked for: the original integration does not define the first two, and there is no heap.
const NEVER: [&str; 4] = [
    "lwm2m_os_sms_init",
    "lwm2m_os_sms_uninit",
    "lwm2m_os_malloc",
    "lwm2m_os_free",
];

/// From the C library and libgcc.
const SUPPORT: [&str; 6] = ["memcpy", "memmove", "memset", "memcmp", "bcmp", "strlen"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?} cannot run: {error}"));
    assert!(
        output.status.success(),
        "{command:?}:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn archive(triple: &str) -> PathBuf {
    let _one_at_a_time = BUILDING
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("archives")
        .join(triple);
    run(Command::new(root().join("tools/build-archive.sh"))
        .arg(triple)
        .arg(&folder));
    folder.join("liblwm2m_carrier.a")
}

fn symbols(file: &Path) -> Vec<Symbol> {
    let mut member = String::new();
    let mut found = Vec::new();
    for line in run(Command::new("readelf").arg("-sW").arg(file)).lines() {
        if let Some((_, name)) = line
            .strip_prefix("File: ")
            .and_then(|name| name.split_once('('))
        {
            member = name.trim_end_matches(')').into();
        }
        let fields: Vec<&str> = line.split_whitespace().collect();
        if let [
            _,
            _,
            _,
            _,
            bind @ ("GLOBAL" | "WEAK"),
            visibility,
            section,
            name,
            ..,
        ] = fields[..]
        {
            found.push(Symbol {
                member: member.clone(),
                name: name.into(),
                defined: section != "UND",
                weak: bind == "WEAK",
                hidden: visibility == "HIDDEN",
            });
        }
    }
    assert!(!found.is_empty(), "{} has symbols", file.display());
    found
}

fn defined<'a>(symbols: &[&'a Symbol], weak: bool) -> BTreeSet<&'a str> {
    let chosen = symbols
        .iter()
        .filter(|symbol| symbol.defined && symbol.weak == weak);
    chosen.map(|symbol| symbol.name.as_str()).collect()
}

/// Whether the outside is known to have it.
fn may_be_asked_for(name: &str) -> bool {
    let ours = name == "lwm2m_carrier_event_handler" || WEAK.contains(&name);
    let below =
        (name.starts_with("lwm2m_os_") || name.starts_with("nrf_")) && !NEVER.contains(&name);
    ours || below || SUPPORT.contains(&name) || name.starts_with("__aeabi_")
}

fn is_standard_library(name: &str) -> bool {
    name.starts_with("_R") || name.starts_with("_ZN") || name.contains("rust_")
}

fn defines_exactly_the_api(symbols: &[&Symbol]) {
    assert_eq!(defined(symbols, false), BTreeSet::from(FUNCTIONS));
    assert_eq!(defined(symbols, true), BTreeSet::from(WEAK));
}

fn device_archive_is_clean(triple: &str) {
    let all = symbols(&archive(triple));
    let all: Vec<&Symbol> = all.iter().collect();
    let members: BTreeSet<&str> = all.iter().map(|symbol| symbol.member.as_str()).collect();
    assert_eq!(
        members.len(),
        1,
        "one object, without compiler_builtins: {members:?}"
    );
    defines_exactly_the_api(&all);
    for symbol in all.iter().filter(|symbol| !symbol.defined) {
        assert!(
            may_be_asked_for(&symbol.name),
            "{triple} asks for {}",
            symbol.name
        );
    }
}

#[test]
fn hard_float_archive_is_clean() {
    device_archive_is_clean("thumbv8m.main-none-eabihf");
}

#[test]
fn soft_float_archive_is_clean() {
    device_archive_is_clean("thumbv8m.main-none-eabi");
}

/// The host archive also holds the members of Rust's precompiled standard library. Ours is the one named after the crate; what it asks of
/// the others, it must find among them; what the standard library's part of it asks of the system, in the C library.
#[test]
fn host_object_is_clean() {
    let all = symbols(&archive("host"));
    let (ours, others): (Vec<&Symbol>, Vec<&Symbol>) = all
        .iter()
        .partition(|symbol| symbol.member.starts_with("lwm2m_carrier-"));
    // The parts of the standard library that were optimised together with ours keep their mangled names.
    let visible: Vec<&Symbol> = ours
        .into_iter()
        .filter(|symbol| !symbol.hidden && !is_standard_library(&symbol.name))
        .collect();
    defines_exactly_the_api(&visible);
    let system = system_symbols();
    let lent: BTreeSet<&str> = others
        .iter()
        .filter(|symbol| symbol.defined)
        .map(|symbol| symbol.name.as_str())
        .collect();
    for symbol in visible.iter().filter(|symbol| !symbol.defined) {
        let name = symbol.name.as_str();
        let known = may_be_asked_for(name) || lent.contains(name) || system.contains(name);
        assert!(known, "the host object asks for {}", symbol.name);
    }
    for symbol in all.iter().filter(|symbol| symbol.defined) {
        let foreign = ["nrf_", "ocrypto_", "lwm2m_os_"]
            .iter()
            .any(|prefix| symbol.name.starts_with(prefix));
        assert!(!foreign, "the archive defines {}", symbol.name);
    }
}

/// What the C library and the unwinder of this machine define.
fn system_symbols() -> BTreeSet<String> {
    let mut names = BTreeSet::from(["_GLOBAL_OFFSET_TABLE_".to_string()]);
    for library in [
        "libc.so.6",
        "libm.so.6",
        "libgcc_s.so.1",
        "ld-linux-x86-64.so.2",
    ] {
        let path = run(Command::new("gcc").arg(format!("-print-file-name={library}")));
        let listing = run(Command::new("readelf").args(["--dyn-syms", "-W", path.trim()]));
        names.extend(listing.lines().filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let name = fields.get(7)?.split('@').next()?;
            (fields.get(6) != Some(&"UND")).then(|| name.to_string())
        }));
    }
    assert!(names.contains("malloc"), "the C library was read");
    names
}

/// Formatting a panic's text would cost kilobytes; a linked image must hold nothing of it.
#[test]
fn no_panic_text_reaches_an_image() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("images");
    fs::create_dir_all(&folder).unwrap();
    {
        let _one_at_a_time = BUILDING
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        run(Command::new(root().join("tools/target.sh"))
            .args(["build", "thumbv8m.main-none-eabihf"])
            .arg(&folder));
    }
    let listing = run(Command::new("readelf")
        .arg("-sW")
        .arg(folder.join("reference.elf")));
    assert!(
        listing.contains("lwm2m_carrier_battery_level_set"),
        "the image has symbols"
    );
    for name in [
        "4core3fmt",
        "9panicking",
        "9panic_fmt",
        "18panic_bounds_check",
        "13unwrap_failed",
        "13expect_failed",
        "slice_index_fail",
    ] {
        let found: Vec<&str> = listing.lines().filter(|line| line.contains(name)).collect();
        assert!(found.is_empty(), "{name} is in the image: {found:#?}");
    }
}
