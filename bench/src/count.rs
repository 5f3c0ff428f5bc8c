//! Runs this program under callgrind and reads the number of instructions.

use std::process::{Command, Output};

use crate::cases::ITERATIONS;

/// Instructions of one iteration of a case, rounded up.
pub fn instructions(case: &str) -> Result<u64, String> {
    let output = callgrind(case, "/dev/null")?;
    let text = String::from_utf8_lossy(&output.stderr);
    let collected = text
        .lines()
        .find_map(|line| line.split_once("Collected :"))
        .and_then(|(_, number)| number.trim().parse::<u64>().ok())
        .filter(|total| *total > 0)
        .ok_or_else(|| format!("callgrind counted nothing for {case}:\n{text}"))?;
    Ok(collected.div_ceil(ITERATIONS))
}

/// Prints the functions with the largest own cost.
pub fn profile(case: &str) -> Result<(), String> {
    let file = std::env::temp_dir().join(format!("carrier-bench-{}.out", std::process::id()));
    let path = file.to_string_lossy().into_owned();
    callgrind(case, &path)?;
    let status = Command::new("callgrind_annotate")
        .args(["--threshold=99", "--auto=no", &path])
        .status()
        .map_err(|error| format!("callgrind_annotate: {error}"));
    std::fs::remove_file(&file).ok();
    status.map(|_| ())
}

fn callgrind(case: &str, file: &str) -> Result<Output, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--toggle-collect=*measured_*",
            &format!("--callgrind-out-file={file}"),
        ])
        .arg(own)
        .args(["case", case])
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    if output.status.success() {
        Ok(output)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
