//! The list of steps and how each ended: a table for people, JSON for machines.

use std::path::Path;

use serde_json::{Value, json};

/// Steps in the order they were taken.
#[derive(Debug, Default)]
pub struct Report {
    steps: Vec<(String, Result<String, String>)>,
}

impl Report {
    /// Adds a step: what was seen, or why it failed. True when it passed.
    pub fn add(&mut self, step: String, result: Result<String, String>) -> bool {
        let passed = result.is_ok();
        let (word, detail) = word_and_detail(&result);
        println!("  {word:4} {step:52} {detail}");
        self.steps.push((step, result));
        passed
    }

    /// Adds the steps of another report.
    pub fn append(&mut self, mut other: Report) {
        self.steps.append(&mut other.steps);
    }

    /// True when there is at least one step and none failed.
    pub fn passed(&self) -> bool {
        !self.steps.is_empty() && self.steps.iter().all(|(_, result)| result.is_ok())
    }

    /// Prints the totals, and each failure once more.
    pub fn print(&self) {
        let failed = self.steps.iter().filter(|(_, r)| r.is_err()).count();
        for (step, result) in &self.steps {
            if let Err(why) = result {
                println!("FAILED {step}: {why}");
            }
        }
        println!("{} passed, {failed} failed", self.steps.len() - failed);
    }

    /// Writes a JSON list of `{"step", "result", "detail"}`; `result` is `pass` or `fail`.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        let list: Vec<Value> = self
            .steps
            .iter()
            .map(|(step, result)| {
                let (word, detail) = word_and_detail(result);
                json!({ "step": step, "result": word, "detail": detail })
            })
            .collect();
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        }
        std::fs::write(path, format!("{:#}\n", Value::from(list)))
            .map_err(|e| format!("{}: {e}", path.display()))
    }
}

fn word_and_detail(result: &Result<String, String>) -> (&'static str, &str) {
    match result {
        Ok(seen) => ("pass", seen),
        Err(why) => ("fail", why),
    }
}
