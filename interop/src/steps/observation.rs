//! The steps around the observation of `/3/0/9`: start, notifications, attributes, end.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Run;
use crate::events::LIMIT;
use crate::expect::success;

/// Time in which nothing may happen for a step that wants silence; longer than the minimum period.
const SILENCE: Duration = Duration::from_secs(5);
/// `pmin` the server writes; longer than the sample takes to see another voltage.
const MINIMUM_PERIOD: Duration = Duration::from_secs(3);
/// `pmax` the server writes, in seconds.
const MAXIMUM_PERIOD: u64 = 3600;

impl Run<'_> {
    pub(super) fn observe(&self) -> Result<String, String> {
        let answer = self
            .client
            .server
            .post(&self.client.path("3/0/9/observe"))?;
        success(&answer)?;
        Ok(format!("{} %", answer["content"]["value"]))
    }

    pub(super) fn notifications(&self) -> Result<String, String> {
        let mut seen = Vec::new();
        for (millivolts, level) in [(3900, 75), (3600, 50)] {
            self.notified(millivolts, level)?;
            seen.push(format!("{level} %"));
        }
        Ok(seen.join(", "))
    }

    pub(super) fn write_attributes(&self) -> Result<String, String> {
        let held = MINIMUM_PERIOD.as_secs();
        let query = format!("3/0/9/attributes?pmin={held}&pmax={MAXIMUM_PERIOD}");
        success(
            &self
                .client
                .server
                .put(&self.client.path(&query), &Value::Null)?,
        )?;
        let answer = self
            .client
            .server
            .get(&self.client.path("3/0/9/discover"))?;
        success(&answer)?;
        let links = answer["objectLinks"].as_array().ok_or("no links")?;
        let link = links
            .iter()
            .find(|link| link["url"] == json!("/3/0/9"))
            .ok_or("no link /3/0/9")?;
        for (name, expected) in [("pmin", held), ("pmax", MAXIMUM_PERIOD)] {
            // One generation prints numbers, the other text.
            let got = link["attributes"][name].to_string();
            if got.trim_matches('"') != expected.to_string() {
                return Err(format!("{name} is {got} in {link}"));
            }
        }
        self.notified(3900, 75)?;
        let begin = Instant::now();
        self.notified(3600, 50)?;
        // Two clocks measure: Leshan's events come a little later than the messages, and not by equal times.
        let waited = begin.elapsed() + Duration::from_millis(300);
        if waited < MINIMUM_PERIOD {
            return Err(format!("the next notification came after {waited:?}"));
        }
        Ok(format!("pmin={held}, discovered, and kept"))
    }

    pub(super) fn cancel(&self) -> Result<String, String> {
        self.client
            .server
            .delete(&self.client.path("3/0/9/observe"))?;
        // Leshan cancels by refusing the next notification, so the first change may still be sent.
        let mark = self.device.mark();
        self.device.set_battery(3300)?;
        self.device.wait_line(mark, "battery: 3300 mV", LIMIT)?;
        std::thread::sleep(SILENCE);
        let mark = self.events.mark();
        self.device.set_battery(4200)?;
        let sent = |data: &Value| {
            data["payload"]
                .as_str()
                .is_some_and(|text| text.contains("100"))
        };
        match self.events.wait(mark, SILENCE, |event| {
            event.name == "NOTIFICATION" || (event.name == "COAPLOG" && sent(&event.data))
        }) {
            Some(event) => Err(format!("still notified: {}", event.data)),
            None => Ok("silent".into()),
        }
    }

    /// Sets the supply voltage and waits for the notification of the level that the sample makes of it.
    fn notified(&self, millivolts: u32, level: u32) -> Result<(), String> {
        let mark = self.events.mark();
        self.device.set_battery(millivolts)?;
        self.events
            .wait(mark, LIMIT, |event| {
                event.name == "NOTIFICATION"
                    && event.data["res"] == json!("/3/0/9")
                    && event.data["val"]["value"] == json!(level)
            })
            .map(|_| ())
            .ok_or(format!("no notification of {level} %"))
    }
}
