//! Leshan's event stream (server-sent events) for one endpoint, collected in the background.

use std::io::{BufRead, BufReader};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::Agent;

/// Time to wait for an event that must come.
pub const LIMIT: Duration = Duration::from_secs(20);

/// Everything the stream has brought since it was opened.
#[derive(Debug, Clone, Default)]
pub struct Events(Arc<(Mutex<Vec<Event>>, Condvar)>);

/// One event: its name, such as `REGISTRATION`, and its JSON data.
#[derive(Debug, Clone)]
pub struct Event {
    /// Name after `event:`.
    pub name: String,
    /// Data after `data:`; null when it is not JSON.
    pub data: Value,
}

impl Events {
    /// Opens the stream; returns once the server has accepted it. It ends with the server.
    pub fn open(url: &str) -> Result<Self, String> {
        let agent: Agent = Agent::config_builder()
            .timeout_connect(Some(Duration::from_secs(5)))
            .build()
            .new_agent();
        let response = agent
            .get(url)
            .header("Accept", "text/event-stream")
            .call()
            .map_err(|e| format!("event stream: {e}"))?;
        let events = Self::default();
        let sink = events.clone();
        std::thread::spawn(move || {
            let mut name = String::new();
            for line in BufReader::new(response.into_body().into_reader()).lines() {
                let Ok(line) = line else { return };
                if let Some(text) = line.strip_prefix("event: ") {
                    name = text.to_owned();
                } else if let Some(text) = line.strip_prefix("data: ") {
                    let data = serde_json::from_str(text).unwrap_or(Value::Null);
                    sink.push(Event {
                        name: name.clone(),
                        data,
                    });
                }
            }
        });
        Ok(events)
    }

    fn push(&self, event: Event) {
        let (list, arrived) = &*self.0;
        list.lock().expect("no panic under this lock").push(event);
        arrived.notify_all();
    }

    /// How many events there are now: a mark for the functions below.
    pub fn mark(&self) -> usize {
        self.0.0.lock().expect("no panic under this lock").len()
    }

    /// All events after `mark` that have come so far.
    pub fn since(&self, mark: usize) -> Vec<Event> {
        let list = self.0.0.lock().expect("no panic under this lock");
        list.iter().skip(mark).cloned().collect()
    }

    /// Waits for the first event after `mark` that fits; None when `limit` passes without one.
    pub fn wait(
        &self,
        mark: usize,
        limit: Duration,
        fits: impl Fn(&Event) -> bool,
    ) -> Option<Event> {
        let deadline = Instant::now() + limit;
        let (list, arrived) = &*self.0;
        let mut list = list.lock().expect("no panic under this lock");
        loop {
            if let Some(event) = list.iter().skip(mark).find(|event| fits(event)) {
                return Some(event.clone());
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            list = arrived
                .wait_timeout(list, left)
                .expect("no panic under this lock")
                .0;
        }
    }
}
