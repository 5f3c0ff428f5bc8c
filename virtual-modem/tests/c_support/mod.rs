//! Compiles the C test programs against the shared library and runs them on fresh device directories.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Path of the shared library that belongs to this test binary.
pub fn library() -> PathBuf {
    let mut folder = std::env::current_exe().expect("this program has a path");
    folder.pop();
    let beside = folder.join("libvirtual_modem.so");
    if beside.exists() {
        beside
    } else {
        folder
            .parent()
            .expect("a profile folder")
            .join("libvirtual_modem.so")
    }
}

/// Compiles `tests/c/<name>.c`; the program for a test called `test`.
pub fn compile(name: &str, test: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = folder(test).join(name);
    let library = library();
    let status = Command::new("gcc")
        .args([
            "-std=gnu11",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-g",
            "-pthread",
            "-I",
        ])
        .arg(root.join("include"))
        .arg(root.join("tests/c").join(format!("{name}.c")))
        .arg("-o")
        .arg(&program)
        .arg(&library)
        .arg(format!(
            "-Wl,-rpath,{}",
            library.parent().expect("a folder").display()
        ))
        .status()
        .expect("gcc is installed");
    assert!(status.success(), "{name}.c does not compile");
    program
}

/// An empty folder for one test.
pub fn folder(test: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("vm-{}-{test}", std::process::id()));
    std::fs::create_dir_all(&path).expect("a temporary folder");
    path
}

/// Starts `program` on a device directory of its own, on skipped time.
pub fn start(program: &Path, test: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Child {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("VIRTUAL_MODEM_DIR", folder(test).join("device"))
        .env("VIRTUAL_MODEM_CLOCK", "skip");
    command
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().expect("the program starts")
}

/// Waits at most `seconds`; `None` when the program had to be ended.
pub fn finish(mut child: Child, seconds: u64) -> Option<Output> {
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        if child.try_wait().expect("a child").is_some() {
            return Some(child.wait_with_output().expect("its output"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("our own child");
    child.wait().expect("a child");
    None
}
