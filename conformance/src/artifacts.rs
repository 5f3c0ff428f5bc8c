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

/// Builds what is missing, with LwM2M 1.0 alone or with both versions. `CARRIER_ARCHIVE` and `CARRIER_ARCHIVE_1_1` name an archive of
/// each kind, `VIRTUAL_MODEM_LIB` a shared library, to be taken as they are.
pub fn artifacts(both_versions: bool) -> &'static Artifacts {
    static BUILT: [OnceLock<Result<Artifacts, String>>; 2] = [const { OnceLock::new() }; 2];
    match BUILT[usize::from(both_versions)].get_or_init(|| build(both_versions)) {
        Ok(artifacts) => artifacts,
        Err(problem) => panic!("{problem}"),
    }
}

fn build(both_versions: bool) -> Result<Artifacts, String> {
    let target = target_folder();
    let variable = if both_versions {
        "CARRIER_ARCHIVE_1_1"
    } else {
        "CARRIER_ARCHIVE"
    };
    let archive = match named(variable)? {
        Some(archive) => archive,
        None => archive(&target, both_versions)?,
    };
    let modem = match named("VIRTUAL_MODEM_LIB")? {
        Some(modem) => modem,
        None => modem(&target)?,
    };
    let name = if both_versions {
        "carrier_app_1_1"
    } else {
        "carrier_app"
    };
    application(&target, &archive, &modem, name).map(|application| Artifacts { application })
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

fn archive(target: &Path, both_versions: bool) -> Result<PathBuf, String> {
    // Each kind is built in a folder of its own, since both may be at the same time.
    let (folder, results, options) = if both_versions {
        (
            target.join("lib/host-1.1"),
            target.join("1.1"),
            &["--features", "lwm2m-1-1"][..],
        )
    } else {
        (target.join("lib/host"), target.into(), &[][..])
    };
    let mut build = Command::new(root().join("tools/build-archive.sh"));
    build
        .arg("host")
        .arg(&folder)
        .arg("--quiet")
        .args(options)
        .env("CARGO_TARGET_DIR", results);
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

fn application(target: &Path, archive: &Path, modem: &Path, name: &str) -> Result<PathBuf, String> {
    let folder = target.join("conformance");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    let program = folder.join(name);
    let fresh = folder.join(format!("{name}.{}", std::process::id()));
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
