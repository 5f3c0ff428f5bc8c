//! Defects that earlier libraries for this modem are known to have had, each with a test that it is not here. The numbers are
//! those of the list in [`LIST`], which also says where the others are looked after.

mod api;
mod firmware;
mod keys;
mod session;
mod start;

use std::path::Path;

/// Where a defect is looked after.
enum Care {
    /// By a test of this program.
    Here,
    /// Elsewhere, or not yet possible.
    Elsewhere(&'static str),
}

use Care::{Elsewhere, Here};

const DOWNLOAD: &str = "about downloads of firmware, which this release lacks";

/// Every known defect.
const LIST: [(u8, &str, Care); 30] = [
    (1, "late network lets init fail", Here),
    (2, "missing phone number lets init fail", Here),
    (3, "exchanged SIM goes on with the old one's key", Here),
    (4, "exchanged SIM costs the bootstrap key", Here),
    (5, "deactivated connection hangs the modem", Here),
    (6, "bootstrap without security looks for a key", Here),
    (7, "first bootstrap needs a key from before", Here),
    (
        8,
        "too large for small boards",
        Elsewhere("budget of tools/size.sh"),
    ),
    (9, "race leaves the library unresponsive", Here),
    (10, "memory leaks", Here),
    (11, "timer released while it runs", Here),
    (12, "error code 0 taken for success", Here),
    (13, "run that never returns returns", Here),
    (14, "power source calls succeed without object", Here),
    (15, "card files read too early", Here),
    (
        16,
        "card fails after a modem update",
        Elsewhere(
            "the modem is shut down and started again after each update: src/runtime/boot.rs",
        ),
    ),
    (17, "failed modem update is not reported", Here),
    (18, "traffic prevents a modem update", Here),
    (19, "file names of images too long", Elsewhere(DOWNLOAD)),
    (20, "updates too late for their repetitions", Here),
    (21, "system work queue blocked", Here),
    (22, "second server's failure drops the first", Here),
    (23, "signal strength off by one", Here),
    (24, "download resumed on a stale target", Here),
    (25, "unsupported image answered with 5.00", Here),
    (
        26,
        "misaligned partition",
        Elsewhere("partition of the Zephyr module, tools/zephyr-test.sh"),
    ),
    (27, "numbers the application does not know", Here),
    (28, "service unavailable as an error of fixed time", Here),
    (
        29,
        "C library forced on the application",
        Elsewhere("tests/symbols.rs"),
    ),
    (
        30,
        "stack too small",
        Elsewhere("stack measured by tools/size.sh"),
    ),
];

/// Test functions in the sources of this program.
fn tests() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/defects");
    let mut names = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let functions = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("fn "));
        names.extend(functions.map(|rest| rest.split('(').next().unwrap().to_string()));
    }
    names
}

#[test]
fn every_defect_has_a_test_or_is_looked_after_elsewhere() {
    let tests = tests();
    for (index, (number, what, care)) in LIST.iter().enumerate() {
        assert_eq!(usize::from(*number), index + 1, "{what}");
        let prefix = format!("defect_{number:02}_");
        let own = tests
            .iter()
            .filter(|name| name.starts_with(&prefix))
            .count();
        match care {
            Here => assert_eq!(own, 1, "{number}: {what}"),
            Elsewhere(place) => assert_eq!(own, 0, "{number}: {what}: {place}"),
        }
    }
}
