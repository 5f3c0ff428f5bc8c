//! Archive, modem library and application, built once a test process. Cargo and the scripts leave unchanged files alone, and
//! files are put in place by renaming, so that several test processes do not disturb each other.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The program to run.
#[derive(Clone, Debug)]
pub struct Artifacts {
    /// The C application, linked with archive and modem.
    pub application: PathBuf,
}

/// Builds what is missing. `CARRIER_ARCHIVE` and `VIRTUAL_MODEM_LIB` name an archive and a shared library to be taken as they are.
pub fn artifacts() -> &'static Artifacts {
    static BUILT: OnceLock<Result<Artifacts, String>> = OnceLock::new();
    match BUILT.get_or_init(build) {
        Ok(artifacts) => artifacts,
        Err(problem) => panic!("{problem}"),
    }
}

fn build() -> Result<Artifacts, String> {
    let target = target_folder();
    let archive = match named("CARRIER_ARCHIVE")? {
        Some(archive) => archive,
        None => archive(&target)?,
    };
    let modem = match named("VIRTUAL_MODEM_LIB")? {
        Some(modem) => modem,
        None => modem(&target)?,
    };
    application(&target, &archive, &modem).map(|application| Artifacts { application })
}

fn named(variable: &str) -> Result<Option<PathBuf>, String> {
    let Some(path) = std::env::var_os(variable).filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    match std::fs::canonicalize(&path) {
        Ok(path) => Ok(Some(path)),
        Err(error) => Err(format!("{variable}: {error}")),
    }
}

/// Root of the repository.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("packages lie in the root").into()
}

/// Cargo's folder for build results: two above the test program's own.
fn target_folder() -> PathBuf {
    let program = std::env::current_exe().expect("the system tells the program's path");
    let folder = program.ancestors().nth(3);
    folder
        .expect("test programs lie in <target>/<profile>/deps")
        .into()
}

fn archive(target: &Path) -> Result<PathBuf, String> {
    let folder = target.join("lib/host");
    let mut build = Command::new(root().join("tools/build-archive.sh"));
    build
        .arg("host")
        .arg(&folder)
        .arg("--quiet")
        .env("CARGO_TARGET_DIR", target);
    run(&mut build)?;
    Ok(folder.join("liblwm2m_carrier.a"))
}

fn modem(target: &Path) -> Result<PathBuf, String> {
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build
        .args(["build", "--quiet", "--locked", "-p", "virtual-modem"])
        .current_dir(root())
        .env("CARGO_TARGET_DIR", target);
    run(&mut build)?;
    Ok(target.join("debug/libvirtual_modem.so"))
}

fn application(target: &Path, archive: &Path, modem: &Path) -> Result<PathBuf, String> {
    let folder = target.join("conformance");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    let program = folder.join("carrier_app");
    let fresh = folder.join(format!("carrier_app.{}", std::process::id()));
    let root = root();
    let mut rpath = std::ffi::OsString::from("-Wl,--gc-sections,-rpath,");
    rpath.push(modem.parent().expect("a library lies in a folder"));
    let mut compile = Command::new(std::env::var_os("CC").unwrap_or_else(|| "gcc".into()));
    compile
        .args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-g", "-O1"])
        .arg("-I")
        .arg(root.join("include"))
        .arg("-I")
        .arg(root.join("virtual-modem/include"))
        .arg(root.join("tests/apps/carrier_app.c"))
        .arg(archive)
        .arg(modem)
        .args(["-lpthread", "-lm", "-o"])
        .arg(&fresh)
        .arg(rpath);
    run(&mut compile)?;
    std::fs::rename(&fresh, &program).map_err(|error| error.to_string())?;
    Ok(program)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output();
    let output = output.map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?}: {}\n{told}", output.status))
}
