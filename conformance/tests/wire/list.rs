//! The published list of rows agrees with the table and with the tests. `UPDATE_ROWS=1` writes the list anew.

use conformance::rows::{GROUPS, ROWS, test_prefix};
use std::path::Path;

const HEAD: &str = "# Rows of the conformance list

All rows of the client conformance list: bootstrap (BS), registration (RG), device management (DM), information reporting (IR),
security (SE), objects (OB), block-wise transfer (BK), robustness (RB), queue mode (QM) and content formats (CF).
M: a must of LwM2M 1.0 or an RFC; S: expected by every server; V: several answers are right; O: only with a feature. Each test
runs on the wire against the archive. Rows about `/5/0/0` are shown there, on `/10250/0/1` (writes) and on `/10250/0/0` (reads).

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
                let group = name.split('_').next().unwrap().to_uppercase();
                if GROUPS.iter().any(|(own, _)| *own == group) {
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
fn every_row_of_every_group_is_listed_once_and_in_order() {
    let mut rows = ROWS.iter();
    for (group, last) in GROUPS {
        for number in 1..=last {
            let id = format!("{group}-{number:02}");
            let row = rows.next().unwrap_or_else(|| panic!("{id} is missing"));
            assert_eq!(row.id, id);
            let need = row.need.split(' ').next().unwrap();
            assert!(["M", "S", "V", "O"].contains(&need), "{id}");
            assert_ne!(row.not_applicable, Some(""), "{id}");
            assert!(row.need != "M" || row.not_applicable.is_none(), "{id}");
        }
    }
    assert!(rows.next().is_none(), "a row of no group");
}
