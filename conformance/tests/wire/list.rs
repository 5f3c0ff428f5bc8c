//! The published list of rows agrees with the table and with the tests. `UPDATE_ROWS=1` writes the list anew.

use conformance::rows::{ROWS, test_prefix};
use std::path::Path;

const HEAD: &str = "# Rows of the conformance list

Groups bootstrap (BS), registration (RG), device management (DM), security (SE), block-wise transfer (BK), robustness (RB) and queue
mode (QM) of the client conformance list.
M: a must of LwM2M 1.0 or an RFC; S: expected by every server; V: several answers are right; O: only with a feature. Each test
runs on the wire against the archive. Rows about `/5/0/0` are shown on `/10250/0/1` (writes) and `/10250/0/0` (reads).

| row | need | test, or why there is none |
|---|---|---|
";

/// Test functions in the sources of this program that are named after rows.
fn tests() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire");
    let mut names = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let mut is_test = false;
        for line in text.lines().map(str::trim) {
            if let Some(rest) = line.strip_prefix("fn ")
                && is_test
            {
                let name = rest.split('(').next().unwrap();
                let group = name.get(..3).unwrap_or("");
                if ["bs_", "rg_", "dm_", "se_", "bk_", "rb_", "qm_"].contains(&group) {
                    names.push(name.to_string());
                }
            }
            is_test = line == "#[test]" || (is_test && line.starts_with("#["));
        }
    }
    names
}

#[test]
fn published_list_table_and_tests_agree() {
    let mut tests = tests();
    let mut list = String::from(HEAD);
    for row in ROWS {
        let prefix = test_prefix(row.id);
        let own: Vec<String> = tests
            .extract_if(.., |name| name.starts_with(&prefix))
            .collect();
        let proof = match row.not_applicable {
            Some(why) => {
                assert!(
                    own.is_empty(),
                    "{} has a test and a reason to have none",
                    row.id
                );
                why.to_string()
            }
            None => {
                assert_eq!(own.len(), 1, "{}: {own:?}", row.id);
                format!("`{}`", own[0])
            }
        };
        list += &format!("| {} | {} | {proof} |\n", row.id, row.need);
    }
    assert!(tests.is_empty(), "tests of no row: {tests:?}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ROWS.md");
    if std::env::var("UPDATE_ROWS").is_ok_and(|value| value == "1") {
        std::fs::write(&path, &list).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(published, list, "run this test with UPDATE_ROWS=1");
}

#[test]
fn every_row_is_listed_once() {
    for (index, row) in ROWS.iter().enumerate() {
        assert!(
            ROWS[..index].iter().all(|other| other.id != row.id),
            "{}",
            row.id
        );
        let need = row.need.split(' ').next().unwrap();
        assert!(["M", "S", "V", "O"].contains(&need), "{}", row.id);
    }
    // M and S rows a group has: gaps are rows of other needs.
    for (group, numbers) in [
        ("BS", &[][..]),
        ("SE", &[]),
        ("QM", &[]),
        ("RG", &[13]),
        ("DM", &[3, 5, 13, 14, 15, 16, 21, 22, 23, 34]),
        ("BK", &[10]),
        ("RB", &[2, 3]),
    ] {
        let last = match group {
            "BS" => 22,
            "SE" => 12,
            "QM" => 5,
            "RG" => 18,
            "DM" => 34,
            "BK" => 11,
            _ => 12,
        };
        for number in (1..=last).filter(|number| !numbers.contains(number)) {
            let id = format!("{group}-{number:02}");
            assert!(ROWS.iter().any(|row| row.id == id), "{id}");
        }
    }
}
