//! Everything that the device registers, as Leshan sees it: each resource is read and compared, written and put back, executed,
//! observed. What has to be there is in `values.txt`; an object, instance or resource without a line there is a failure.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::client::{Client, wait_until};
use crate::device::Device;
use crate::events::LIMIT;
use crate::expect::{equal, links_of, success};
use crate::leshan::Program;

/// RSRP in dBm, RSRQ in dB and SNR in dB of the virtual modem while everything is read.
const SIGNAL: &str = "signal -97 -12 9";

/// The object whose data the sample prints.
const APP_DATA: u16 = 10_250;

/// Objects of which servers create instances, and what they put into one.
const CREATED: [(u16, &str); 2] = [
    (16, r#"[{"id": 0, "values": {"0": "host-8", "2": "m-1"}}]"#),
    (
        11,
        r#"[{"id": 0, "value": "second"}, {"id": 1, "value": "iot.test"}, {"id": 3, "value": false},
            {"id": 4, "value": 1}, {"id": 5, "value": "user"}, {"id": 6, "value": "secret"}, {"id": 24, "value": 1}]"#,
    ),
];

/// A line of the table.
struct Row {
    object: u16,
    /// `None`: any.
    instance: Option<u16>,
    resource: u16,
    operations: &'static str,
    /// May be absent.
    optional: bool,
    /// JSON, or a word; empty when it is not read.
    value: &'static str,
    written: Option<Value>,
}

impl Row {
    fn has(&self, operation: char) -> bool {
        self.operations.contains(operation)
    }

    fn is_of(&self, object: u16, instance: u16) -> bool {
        self.object == object && self.instance.is_none_or(|own| own == instance)
    }

    /// Whether a value that was read of this endpoint fits.
    fn check(&self, path: &str, got: &Value, endpoint: &str) -> Result<(), String> {
        let fits = match self.value {
            "integer" => got.is_i64(),
            "text" => got.is_string(),
            "list" => got.as_object().is_some_and(|values| !values.is_empty()),
            "imei" => got.as_str() == endpoint.strip_prefix("urn:imei:"),
            "now" => is_now(got.as_str().unwrap_or_default()),
            json => {
                let wanted: Value =
                    serde_json::from_str(json).map_err(|e| format!("{path}: {e}"))?;
                return equal(path, got, &wanted);
            }
        };
        if fits {
            return Ok(());
        }
        Err(format!("{path} is {got}, expected {}", self.value))
    }
}

/// Whether a time in ISO 8601 is today's and of this minute, or the one before or after.
fn is_now(text: &str) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_secs());
    (now - 60..=now + 60).any(|seconds| text == iso(seconds))
}

/// Seconds since 1970 as `2026-01-02T03:04:05Z`.
fn iso(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Years begin in March, so that the leap day is the last (the civil calendar counted in eras of 400 years).
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    format!(
        "{:04}-{month:02}-{date:02}T{:02}:{:02}:{:02}Z",
        era * 400 + year + next,
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

fn rows() -> Result<Vec<Row>, String> {
    let lines = include_str!("values.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| row(line).ok_or(format!("values.txt: {line}")))
        .collect()
}

fn row(line: &'static str) -> Option<Row> {
    let (left, written) = match line.split_once("=>") {
        Some((left, written)) => (left, Some(serde_json::from_str(written).ok()?)),
        None => (line, None),
    };
    let mut words = left.trim().splitn(3, ' ');
    let mut ids = words.next()?.strip_prefix('/')?.split('/');
    let object = ids.next()?.parse().ok()?;
    let instance = match ids.next()? {
        "x" => None,
        id => Some(id.parse().ok()?),
    };
    let resource = ids.next()?.parse().ok()?;
    let operations = words.next()?;
    let value = words.next().unwrap_or_default();
    let sure = value.strip_prefix("? ");
    Some(Row {
        object,
        instance,
        resource,
        operations,
        optional: sure.is_some(),
        value: sure.unwrap_or(value),
        written,
    })
}

/// One device at one server.
pub struct Walk<'a> {
    pub client: &'a Client<'a>,
    pub device: &'a Device,
    /// Format of reads and writes; `None`: Leshan's choice, which is TLV with version 1.0.
    pub format: Option<&'static str>,
}

impl Walk<'_> {
    /// Object and instance of everything that is registered; objects without instances are read as such.
    fn instances(&self) -> Result<Vec<(u16, u16)>, String> {
        let mut found: Vec<(u16, u16)> = Vec::new();
        let mut objects = Vec::new();
        for link in links_of(&self.client.registration()?["objectLinks"]) {
            let ids: Vec<u16> = link
                .split('/')
                .skip(1)
                .filter_map(|id| id.parse().ok())
                .collect();
            match ids[..] {
                [object, instance] => found.push((object, instance)),
                [object] => objects.push(object),
                // The root, with the formats of a 1.1 client.
                [] if link == "/" => {}
                _ => return Err(format!("{link} is registered")),
            }
        }
        // With version 1.1 an object's version stands beside its instances.
        objects.retain(|object| !found.iter().any(|(own, _)| own == object));
        for object in objects {
            let content = self.client.content(&object.to_string())?;
            equal(&format!("/{object}"), &content["instances"], &json!([]))?;
        }
        Ok(found)
    }

    /// Reads every instance, and compares every resource.
    pub fn read(&self) -> Result<String, String> {
        self.device.modem(SIGNAL)?;
        let rows = rows()?;
        let mut count = 0;
        let instances = self.instances()?;
        for (object, instance) in &instances {
            let (object, instance) = (*object, *instance);
            let name = format!("/{object}/{instance}");
            let mut own = rows.iter().filter(|row| row.is_of(object, instance));
            if own.clone().next().is_none() {
                return Err(format!("nothing is known of {name}"));
            }
            let content = self.client.content_as(&name[1..], self.format)?;
            let resources = content["resources"].as_array().ok_or("no resources")?;
            for resource in resources {
                let path = format!("{name}/{}", resource["id"]);
                let row = own
                    .clone()
                    .find(|row| json!(row.resource) == resource["id"] && row.has('R'))
                    .ok_or(format!("nothing is known of {path}"))?;
                row.check(&path, value_of(resource), &self.client.endpoint)?;
                count += 1;
            }
            let missing = own.find(|row| {
                let there = resources
                    .iter()
                    .any(|resource| resource["id"] == json!(row.resource));
                row.has('R') && !row.optional && !there
            });
            if let Some(row) = missing {
                return Err(format!("{name}/{} is missing", row.resource));
            }
        }
        Ok(format!(
            "{count} resources of {} instances, all as told",
            instances.len()
        ))
    }

    /// Reads each single resource by itself.
    pub fn read_single(&self) -> Result<String, String> {
        let mut count = 0;
        for (object, instance) in self.instances()? {
            let content = self.client.content(&format!("{object}/{instance}"))?;
            for resource in content["resources"].as_array().ok_or("no resources")? {
                if resource.get("values").is_some() {
                    continue;
                }
                let path = format!("/{object}/{instance}/{}", resource["id"]);
                let got = self.client.content_as(&path[1..], self.format)?;
                let rows = rows()?;
                let row = rows
                    .iter()
                    .find(|row| {
                        row.is_of(object, instance) && json!(row.resource) == resource["id"]
                    })
                    .ok_or(format!("nothing is known of {path}"))?;
                row.check(&path, value_of(&got), &self.client.endpoint)?;
                count += 1;
            }
        }
        Ok(format!("{count} resources, all as told"))
    }

    /// Writes everything that can be written, reads it, and puts back what was there.
    pub fn write(&self) -> Result<String, String> {
        let mut count = 0;
        for (object, instance) in self.instances()? {
            for row in rows()?.iter().filter(|row| row.is_of(object, instance)) {
                let newer = self.client.server.program == Program::Peer;
                let writes = row.has('W') || row.has('w') && newer;
                let Some(written) = row.written.as_ref().filter(|_| writes) else {
                    continue;
                };
                let path = format!("{object}/{instance}/{}", row.resource);
                let before = match row.has('R') {
                    true => self.client.content_as(&path, self.format).ok(),
                    false => None,
                };
                let mark = self.device.mark();
                // A package is passed on as it comes, not taken out of SenML.
                let is_package = !row.has('R') && object != APP_DATA;
                let format = match self.format {
                    Some(_) if is_package => Some("OPAQUE"),
                    format => format,
                };
                self.put(&path, written, format)?;
                if is_package {
                    // One zero byte: nothing is in progress, as before.
                } else if !row.has('R') {
                    self.device.wait_line(mark, &spaced(written), LIMIT)?;
                } else if row.value == "now" {
                    // The clock goes on.
                    let got = self.client.content_as(&path, self.format)?;
                    let begin = written.as_str().unwrap_or_default();
                    let got = got["value"].as_str().unwrap_or_default();
                    if got.get(..16) != begin.get(..16) {
                        return Err(format!("/{path} is {got}, expected {begin}"));
                    }
                } else {
                    let got = self.client.content_as(&path, self.format)?;
                    equal(&path, value_of(&got), written)?;
                }
                if let Some(before) = before {
                    let format = self.format.filter(|_| *value_of(&before) != json!({}));
                    self.put(&path, value_of(&before), format)?;
                }
                count += 1;
            }
        }
        Ok(format!("{count} resources written, read, and put back"))
    }

    /// Creates an instance of each of the first objects that have several, reads it, and deletes it.
    pub fn create(&self, objects: usize) -> Result<String, String> {
        let mut done = Vec::new();
        for (object, resources) in CREATED.into_iter().take(objects) {
            let resources: Value =
                serde_json::from_str(resources).map_err(|e| format!("/{object}: {e}"))?;
            let call = self.client.path(&object.to_string());
            let body = json!({ "resources": resources });
            let answer = self.client.server.post_json(&call, &body)?;
            success(&answer).map_err(|why| format!("/{object}: {why}"))?;
            let location = answer["location"].as_str().unwrap_or_default();
            let path = location.trim_start_matches('/');
            // Another access point may have the device register anew, and Leshan then cancels what is on its way.
            let content = wait_until(&format!("/{path} is not read"), || {
                self.client.content_as(path, self.format).ok()
            })?;
            let read = content["resources"].as_array().ok_or("no resources")?;
            for resource in resources.as_array().ok_or("no list")? {
                let name = format!("/{path}/{}", resource["id"]);
                let found = read.iter().find(|own| own["id"] == resource["id"]);
                let found = found.ok_or(format!("{name} is missing"))?;
                equal(&name, value_of(found), value_of(resource))?;
            }
            let call = self.client.path(path);
            wait_until(&format!("/{path} is still there"), || {
                self.client.server.delete(&call).ok()?;
                self.client.content(path).is_err().then_some(())
            })?;
            done.push(format!("/{path}"));
        }
        Ok(done.join(" "))
    }

    /// Executes everything that leaves the registration as it is.
    pub fn execute(&self) -> Result<String, String> {
        let mut done = Vec::new();
        for (object, instance) in self.instances()? {
            for row in rows()?.iter().filter(|row| row.is_of(object, instance)) {
                if row.has('E') && row.value != "later" {
                    let path = format!("{object}/{instance}/{}", row.resource);
                    self.client.execute(&path)?;
                    done.push(format!("/{path}"));
                }
            }
        }
        Ok(done.join(" "))
    }

    /// Observes everything that can be read, and ends each observation. The newer generation asks for the end; the older only
    /// forgets, which the device hears with the next notification: there whole instances are observed.
    pub fn observe(&self) -> Result<String, String> {
        let asks = self.client.server.program == Program::Peer;
        let mut count = 0;
        for (object, instance) in self.instances()? {
            let instance = format!("{object}/{instance}");
            let content = self.client.content(&instance)?;
            let resources = content["resources"].as_array().ok_or("no resources")?;
            let ids = resources.iter().map(|resource| &resource["id"]);
            let paths = match asks {
                true => ids.map(|id| format!("{instance}/{id}")).collect(),
                false => vec![instance],
            };
            for path in paths {
                let call = self.client.path(&format!("{path}/observe"));
                let answer = self.client.server.post(&call)?;
                success(&answer).map_err(|why| format!("/{path}: {why}"))?;
                let ended = self.client.server.delete(&call)?;
                if asks {
                    success(&ended).map_err(|why| format!("/{path}: {why}"))?;
                }
                count += 1;
            }
        }
        Ok(format!("{count} observations begun and ended"))
    }

    fn put(&self, path: &str, value: &Value, format: Option<&str>) -> Result<(), String> {
        let id: u16 = path
            .rsplit('/')
            .next()
            .and_then(|id| id.parse().ok())
            .ok_or(format!("{path} names no resource"))?;
        // The instances of a multiple resource are named by numbers, the parts of an object link by words.
        let many = value
            .as_object()
            .is_some_and(|parts| !parts.contains_key("objectId"));
        let key = if many { "values" } else { "value" };
        let body = json!({ "id": id, key: value });
        let call = self.client.path_as(path, format);
        let answer = self.client.server.put(&call, &body)?;
        success(&answer).map_err(|why| format!("/{path}: {why}"))
    }
}

/// The value of a resource, or its values.
fn value_of(resource: &Value) -> &Value {
    let value = resource.get("values").unwrap_or(&resource["value"]);
    // The older generation wraps unsigned numbers.
    value.get("value").unwrap_or(value)
}

/// Bytes as the sample prints them.
fn spaced(hexadecimal: &Value) -> String {
    let text = hexadecimal.as_str().unwrap_or_default();
    let pairs = (0..text.len()).step_by(2).map(|at| &text[at..at + 2]);
    pairs.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_printed_as_iso_8601() {
        assert_eq!(iso(0), "1970-01-01T00:00:00Z");
        assert_eq!(iso(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(iso(1_893_553_445), "2030-01-02T03:04:05Z");
    }

    #[test]
    fn every_line_of_the_table_is_understood() {
        let rows = rows().unwrap();
        assert!(rows.len() > 40);
        for row in rows {
            assert!(row.has('R') || row.value.is_empty() || row.value == "later");
            assert_eq!(row.has('W') || row.has('w'), row.written.is_some());
        }
    }
}
