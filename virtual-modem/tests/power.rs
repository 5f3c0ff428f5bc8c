//! Power cuts: before, within and after every write of a C program, and whether it comes to its end afterwards.

mod c_support;

use c_support::{compile, finish, folder, start};
use std::path::Path;

/// Writes of `power.c` in one undisturbed run.
const WRITES: usize = 6;

fn run(program: &Path, test: &str, cut: Option<&str>) -> (Option<i32>, String) {
    let variables: Vec<(&str, &str)> = cut.iter().map(|cut| ("VIRTUAL_MODEM_CUT", *cut)).collect();
    let output = finish(start(program, test, &[], &variables), 20).expect("the program ends");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code(), text)
}

fn list(test: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder(test).join("device/writes")).unwrap();
    text.lines().map(String::from).collect()
}

#[test]
fn every_write_has_a_number() {
    let program = compile("power", "writes");
    assert_eq!(run(&program, "writes", None).0, Some(0));
    let list = list("writes");
    let expected = [
        "1 1 60000 storage write 0xCA00 4 bytes",
        "2 1 60000 key write 26,3 32 characters",
        "3 1 60000 storage write 0xCA01 4 bytes",
        "4 1 60000 key write 26,4 8 characters",
        "5 1 60000 key delete 26,3",
        "6 1 60000 storage delete 0xCA01",
    ];
    assert_eq!(list, expected);
    assert_eq!(list.len(), WRITES);
}

#[test]
fn a_cut_at_every_write_leaves_a_device_that_starts() {
    let program = compile("power", "sweep");
    let device = folder("sweep").join("device");
    for number in 1..=WRITES {
        for phase in ["before", "within", "after"] {
            let cut = format!("{number} {phase}");
            let _ = std::fs::remove_dir_all(&device);
            let (code, text) = run(&program, "sweep", Some(&cut));
            assert_eq!((code, text.as_str()), (Some(76), ""), "{cut}");
            assert_eq!(list("sweep").len(), number, "{cut}");
            // Numbers go on over lives: the same setting does not cut again.
            let (code, text) = run(&program, "sweep", Some(&cut));
            assert_eq!(code, Some(0), "{cut}: {text}");
            let key_is_seen = text.contains("%CMNG: 26,3,");
            let key_was_written = (number > 2 && number < 5)
                || cut == "2 after"
                || cut == "5 before"
                || cut == "5 within";
            assert_eq!(key_is_seen, key_was_written, "{cut}: {text}");
        }
    }
}

#[test]
fn a_cut_in_each_life_comes_again() {
    let program = compile("power", "life");
    for _ in 0..2 {
        assert_eq!(run(&program, "life", Some("2 key life")).0, Some(76));
    }
    assert_eq!(run(&program, "life", Some("9 life")).0, Some(0));
    assert_eq!(run(&program, "life", Some("nonsense")).0, Some(73));
}
