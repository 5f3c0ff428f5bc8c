//! The rows of the client conformance list in the groups bootstrap (BS), registration (RG), device management (DM), security (SE),
//! block-wise transfer (BK), robustness (RB) and queue mode (QM), with their need: M, a must of LwM2M 1.0 or of an RFC; S, expected by every server; V, several answers
//! are right; O, only with a feature. Rows M and S are all here; V and O where there is a test.

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Such as `RG-01`.
    pub id: &'static str,
    /// `M`, `S`, `V` or `O`; with ` 1.1` for clients that register with that version.
    pub need: &'static str,
    /// Why there is no test; `None`: there is one.
    pub not_applicable: Option<&'static str>,
}

const fn row(id: &'static str, need: &'static str) -> Row {
    Row {
        id,
        need,
        not_applicable: None,
    }
}

const fn without(id: &'static str, need: &'static str, why: &'static str) -> Row {
    Row {
        id,
        need,
        not_applicable: Some(why),
    }
}

const ONLY_1_1: &str = "the client registers with LwM2M 1.0";
const SHORT_LISTS: &str = "the longest object list of this release fits into one block";

const NO_CERTIFICATES: &str = "keys are pre-shared; other security modes are refused";
const NO_QUEUE: &str = "the client offers binding `U`: it listens all the time";

/// Every row.
pub const ROWS: &[Row] = &[
    row("BS-01", "M"),
    row("BS-02", "M"),
    without("BS-03", "O", NO_CERTIFICATES),
    row("BS-04", "O"),
    row("BS-05", "M"),
    row("BS-06", "M 1.1"),
    row("BS-07", "M"),
    row("BS-08", "M"),
    row("BS-09", "M"),
    row("BS-10", "M"),
    row("BS-11", "M"),
    row("BS-12", "M 1.1"),
    row("BS-13", "V"),
    row("BS-14", "M"),
    row("BS-15", "S"),
    row("BS-16", "V"),
    row("BS-17", "M"),
    row("BS-18", "S"),
    row("BS-19", "M"),
    row("BS-20", "M"),
    row("BS-21", "S"),
    row("BS-22", "S"),
    row("RG-01", "M"),
    row("RG-02", "M"),
    row("RG-03", "M"),
    row("RG-04", "M"),
    row("RG-05", "M"),
    row("RG-06", "M"),
    row("RG-07", "M"),
    row("RG-08", "S"),
    row("RG-09", "M"),
    row("RG-10", "M"),
    row("RG-11", "S"),
    row("RG-12", "S"),
    row("RG-14", "M"),
    row("RG-15", "M"),
    row("RG-16", "M"),
    without("RG-17", "S 1.1", ONLY_1_1),
    without("RG-18", "S 1.1", ONLY_1_1),
    row("DM-01", "M"),
    row("DM-02", "M"),
    row("DM-03", "O"),
    row("DM-04", "M"),
    row("DM-06", "M"),
    row("DM-07", "M"),
    row("DM-08", "M"),
    row("DM-09", "M"),
    row("DM-10", "M"),
    row("DM-11", "M"),
    row("DM-12", "M"),
    row("DM-17", "M"),
    row("DM-18", "M"),
    row("DM-19", "M"),
    row("DM-20", "M"),
    row("DM-21", "O"),
    row("DM-23", "O"),
    row("DM-24", "M"),
    row("DM-25", "M"),
    row("DM-26", "M"),
    row("DM-27", "M"),
    row("DM-28", "M"),
    row("DM-29", "M"),
    row("DM-30", "M"),
    row("DM-31", "M"),
    row("DM-32", "S"),
    row("DM-33", "M"),
    row("SE-01", "M"),
    row("SE-02", "M"),
    row("SE-03", "M"),
    row("SE-04", "M"),
    row("SE-05", "S"),
    row("SE-06", "M"),
    row("SE-07", "M"),
    row("SE-08", "M"),
    row("SE-09", "M"),
    without("SE-10", "O", NO_CERTIFICATES),
    row("SE-11", "S"),
    row("SE-12", "S"),
    row("BK-01", "M"),
    row("BK-02", "M"),
    row("BK-03", "M"),
    row("BK-04", "M"),
    row("BK-05", "M"),
    row("BK-06", "M"),
    row("BK-07", "M"),
    without("BK-08", "S", SHORT_LISTS),
    row("BK-09", "M"),
    without("BK-11", "S", SHORT_LISTS),
    row("RB-01", "M"),
    row("RB-02", "V"),
    row("RB-03", "V"),
    row("RB-04", "M"),
    row("RB-05", "M"),
    row("RB-06", "M"),
    row("RB-07", "M"),
    row("RB-08", "M"),
    row("RB-09", "M"),
    row("RB-10", "M"),
    row("RB-11", "M"),
    row("RB-12", "M"),
    without("QM-01", "O", NO_QUEUE),
    without("QM-02", "O", NO_QUEUE),
    without("QM-03", "O", NO_QUEUE),
    without("QM-04", "O", NO_QUEUE),
    without("QM-05", "O 1.1", NO_QUEUE),
];

/// Begin of a row's test name: `rg_01_` for `RG-01`.
pub fn test_prefix(id: &str) -> String {
    format!("{}_", id.to_lowercase().replace('-', "_"))
}
