//! Devices to begin with: in the network of nobody with a custom bootstrap server, or of an operator with a product's settings.

use crate::operator::{FACTORY_KEY, Operator};
use conformance::Settings;

/// Number of Verizon in the library's settings.
pub const VERIZON: &str = "1";
/// Number of Bell.
pub const BELL: &str = "6";
/// Identity of a product's bootstrap account from the factory.
pub const FACTORY: &str = "factory";

/// Network delays that cost few steps.
const QUICK: &str = r#""delays": {"card": 5, "attach": 20, "time": 30}"#;

/// A blank device whose time passes by steps.
fn blank(profile: &str) -> Settings {
    let mut settings = Settings::new("").clock("step").profile(profile);
    settings.options.clear();
    settings.grace_ms = 12;
    // Devices are restarted far more often than a modem tolerates.
    let no_protection = ("VIRTUAL_MODEM_RESET_LOOP".into(), "0".into());
    settings.environment.push(no_protection);
    settings
}

fn factory_key() -> String {
    FACTORY_KEY
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A device with a custom bootstrap server.
pub fn custom(operator: &Operator) -> Settings {
    blank(&format!("{{{QUICK}}}"))
        .option("--uri", &operator.uri())
        .option("--psk", &factory_key())
        .option("--bootstrap", "1")
}

/// A device with Verizon's card, without options of its application.
pub fn of_verizon() -> Settings {
    let identity = r#""profile": "verizon", "imsi": "311480000000001", "mnc_length": 3, "plmn": "311480", "operator_id": 1,
        "iccid": "8914800000000000001", "msisdn": "+12025550101", "apn": {"name": "vzwadmin"}"#;
    blank(&format!("{{{identity}, {QUICK}}}"))
}

/// Options of a product for an operator of this number in the library's settings, in place of others.
pub fn product(mut settings: Settings, number: &str, operator: &Operator) -> Settings {
    settings.options.clear();
    settings
        .option("--operator", number)
        .option("--operator-uri", &operator.uri())
        .option("--operator-psk", &factory_key())
        .option("--operator-identity", FACTORY)
        .option("--operator-endpoint", "urn:imei:{imei}")
}
