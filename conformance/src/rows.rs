//! The rows of the client conformance list, all of them, with their need: M, a must of LwM2M 1.0 or of an RFC; S, expected by
//! every server; V, several answers are right; O, only with a feature.

/// Groups with the number of their last row: bootstrap, registration, device management, information reporting, security, objects,
/// block-wise transfer, robustness, queue mode, content formats.
pub const GROUPS: [(&str, u8); 10] = [
    ("BS", 22),
    ("RG", 18),
    ("DM", 34),
    ("IR", 15),
    ("SE", 12),
    ("OB", 18),
    ("BK", 11),
    ("RB", 12),
    ("QM", 5),
    ("CF", 12),
];

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Such as `RG-01`.
    pub id: &'static str,
    /// `M`, `S`, `V` or `O`; with ` 1.1` for clients that register with that version.
    pub need: &'static str,
    /// Why there is no test; `None`: there is one.
    pub not_applicable: Option<&'static str>,
    /// The object it is about, where the reason is that no device has it.
    pub absent_object: Option<u16>,
}

const fn row(id: &'static str, need: &'static str) -> Row {
    Row {
        id,
        need,
        not_applicable: None,
        absent_object: None,
    }
}

const fn without(id: &'static str, need: &'static str, why: &'static str) -> Row {
    Row {
        id,
        need,
        not_applicable: Some(why),
        absent_object: None,
    }
}

/// A row about an object that is not offered.
const fn absent(id: &'static str, need: &'static str, object: u16) -> Row {
    Row {
        absent_object: Some(object),
        ..without(id, need, "the object is not offered")
    }
}

const ONLY_1_1: &str = "the client registers with LwM2M 1.0";
const SHORT_LISTS: &str = "the longest object list of this release fits into one block";

const NO_JSON: &str = "not offered: asked for it, the client answers 4.06 (DM-03)";
const IN_THE_CORE: &str = "scenario and unit tests of the core, not on the wire";
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
    row("RG-13", "O"),
    row("RG-14", "M"),
    row("RG-15", "M"),
    row("RG-16", "M"),
    without("RG-17", "S 1.1", ONLY_1_1),
    without("RG-18", "S 1.1", ONLY_1_1),
    row("DM-01", "M"),
    row("DM-02", "M"),
    row("DM-03", "O"),
    row("DM-04", "M"),
    without("DM-05", "O 1.1", ONLY_1_1),
    row("DM-06", "M"),
    row("DM-07", "M"),
    row("DM-08", "M"),
    row("DM-09", "M"),
    row("DM-10", "M"),
    row("DM-11", "M"),
    row("DM-12", "M"),
    without("DM-13", "O 1.1", ONLY_1_1),
    without("DM-14", "O 1.1", ONLY_1_1),
    without("DM-15", "O 1.1", ONLY_1_1),
    without("DM-16", "O 1.1", ONLY_1_1),
    row("DM-17", "M"),
    row("DM-18", "M"),
    row("DM-19", "M"),
    row("DM-20", "M"),
    row("DM-21", "O"),
    without("DM-22", "O 1.1", ONLY_1_1),
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
    row("DM-34", "O"),
    without("IR-01", "M", IN_THE_CORE),
    without("IR-02", "M", IN_THE_CORE),
    without("IR-03", "M", IN_THE_CORE),
    without("IR-04", "O 1.1", ONLY_1_1),
    without("IR-05", "O 1.1", ONLY_1_1),
    without("IR-06", "O 1.1", ONLY_1_1),
    without("IR-07", "O 1.1", ONLY_1_1),
    without("IR-08", "M", IN_THE_CORE),
    without("IR-09", "M", IN_THE_CORE),
    without("IR-10", "M", IN_THE_CORE),
    without("IR-11", "M", IN_THE_CORE),
    without("IR-12", "M", IN_THE_CORE),
    without("IR-13", "M", IN_THE_CORE),
    without("IR-14", "M", IN_THE_CORE),
    without("IR-15", "M", IN_THE_CORE),
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
    row("OB-01", "M"),
    row("OB-02", "M"),
    row("OB-03", "O"),
    row("OB-04", "O"),
    absent("OB-05", "O", 5),
    absent("OB-06", "O", 5),
    absent("OB-07", "O", 5),
    absent("OB-08", "O", 5),
    absent("OB-09", "O", 5),
    absent("OB-10", "O", 5),
    absent("OB-11", "O", 5),
    absent("OB-12", "O", 5),
    row("OB-13", "O"),
    row("OB-14", "O"),
    row("OB-15", "O"),
    row("OB-16", "O"),
    row("OB-17", "O"),
    row("OB-18", "O"),
    row("BK-01", "M"),
    row("BK-02", "M"),
    row("BK-03", "M"),
    row("BK-04", "M"),
    row("BK-05", "M"),
    row("BK-06", "M"),
    row("BK-07", "M"),
    without("BK-08", "S", SHORT_LISTS),
    row("BK-09", "M"),
    without("BK-10", "O 1.1", ONLY_1_1),
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
    row("CF-01", "M"),
    row("CF-02", "M"),
    row("CF-03", "M"),
    row("CF-04", "M"),
    row("CF-05", "M"),
    row("CF-06", "M"),
    row("CF-07", "S"),
    without("CF-08", "O", NO_JSON),
    without("CF-09", "O 1.1", ONLY_1_1),
    without("CF-10", "O 1.1", ONLY_1_1),
    without("CF-11", "O 1.1", ONLY_1_1),
    row("CF-12", "S"),
];

/// Begin of a row's test name: `rg_01_` for `RG-01`.
pub fn test_prefix(id: &str) -> String {
    format!("{}_", id.to_lowercase().replace('-', "_"))
}
