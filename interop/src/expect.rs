//! What Leshan's answers must say: success, equal values, and the Device object as it was configured.

use serde_json::{Value, json};

use crate::device::IDENTITY;

/// Checks an instance of the Device object as Leshan prints it; the number of resources in it.
pub fn device(instance: &Value, imei: &str) -> Result<usize, String> {
    let resources = instance["resources"].as_array().ok_or("no resources")?;
    let find = |id: u16| {
        resources
            .iter()
            .find(|r| r["id"] == json!(id))
            .ok_or(format!("/3/0/{id} is missing"))
    };
    for (id, expected) in [
        (0, json!(IDENTITY.manufacturer)),
        (1, json!(IDENTITY.model)),
        (2, json!(imei)),
        (9, json!(IDENTITY.battery_level)),
        (10, json!(IDENTITY.memory_free)),
        (16, json!("UQ")),
        (17, json!(IDENTITY.device_type)),
        (18, json!(IDENTITY.hardware_version)),
        (19, json!(IDENTITY.software_version)),
        // Normal: what the sample reports while nothing charges.
        (20, json!(0)),
        (21, json!(IDENTITY.memory_total)),
    ] {
        equal(&format!("/3/0/{id}"), &find(id)?["value"], &expected)?;
    }
    // The sample declares an internal battery with voltage and current, and no error is set.
    equal("/3/0/6", &find(6)?["values"], &json!({ "0": 1 }))?;
    equal("/3/0/11", &find(11)?["values"], &json!({ "0": 0 }))?;
    equal(
        "/3/0/7",
        &find(7)?["values"],
        &json!({ "0": IDENTITY.millivolts }),
    )?;
    equal(
        "/3/0/8",
        &find(8)?["values"],
        &json!({ "0": IDENTITY.milliamperes }),
    )?;
    for id in [3, 13, 14, 15] {
        if !find(id)?["value"].is_string() {
            return Err(format!("/3/0/{id} is {}", find(id)?));
        }
    }
    Ok(resources.len())
}

/// The addresses in a list of links.
pub fn links_of(list: &Value) -> Vec<String> {
    let links = list.as_array().map(Vec::as_slice).unwrap_or_default();
    links
        .iter()
        .filter_map(|link| link["url"].as_str().map(str::to_owned))
        .collect()
}

/// The device answered with a success code.
pub fn success(answer: &Value) -> Result<(), String> {
    if answer["success"] == json!(true) {
        return Ok(());
    }
    Err(format!("answered {answer}"))
}

/// Two JSON values are the same.
pub fn equal(what: &str, got: &Value, expected: &Value) -> Result<(), String> {
    if got == expected {
        return Ok(());
    }
    Err(format!("{what} is {got}, expected {expected}"))
}
