//! The library on a Cortex-M33: the bare-metal program of `target/` in QEMU, for both calling conventions, with the built-in and with the
//! application's own versions of the overridable functions. Registration, device management, the whole C API, stack depth.

use std::path::Path;
use std::process::Command;

fn runs_in_qemu(triple: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("target")
        .join(triple);
    let output = Command::new(root.join("tools/target.sh"))
        .args(["run", triple])
        .arg(&folder)
        .output()
        .expect("tools/target.sh runs");
    let log = String::from_utf8_lossy(&output.stdout);
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}\n{messages}");
    // Each image says so itself; a run that ended early has not.
    assert_eq!(log.matches(" API results, 0 failures").count(), 2, "{log}");
    assert_eq!(log.matches("stack run_thread").count(), 2, "{log}");
}

#[test]
fn hard_float_program_runs() {
    runs_in_qemu("thumbv8m.main-none-eabihf");
}

#[test]
fn soft_float_program_runs() {
    runs_in_qemu("thumbv8m.main-none-eabi");
}
