//! Instructions from datagram in to datagram out, and bytes on the wire, each against its budget.
//!
//! `carrier-bench <report.json>` measures everything, prints a table and fails when a budget is exceeded. It runs itself
//! under callgrind once per case: `carrier-bench case <name>` is that inner run. `carrier-bench profile <name>` shows
//! where the instructions of a case go.

mod cases;
mod count;
mod product;
mod wire;

use std::process::ExitCode;

/// One measured number and its limit.
struct Row {
    group: &'static str,
    name: &'static str,
    result: u64,
    budget: u64,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["case", name] => cases::run(name).map(|()| true),
        ["profile", name] => count::profile(name).map(|()| true),
        [report] => measure(report),
        _ => Err("carrier-bench <report.json> | case <name> | profile <name>".into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("carrier-bench: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Measures, prints and writes the report; true when every budget holds.
fn measure(report: &str) -> Result<bool, String> {
    let mut rows = Vec::new();
    for case in &cases::CASES {
        rows.push(Row {
            group: "instructions",
            name: case.name,
            result: count::instructions(case.name)?,
            budget: case.budget,
        });
    }
    for growth in &cases::GROWTH {
        rows.push(Row {
            group: "instructions",
            name: growth.name,
            result: count::instructions(growth.name)?,
            budget: growth.budget(),
        });
    }
    for (name, result, budget) in wire::measure()? {
        rows.push(Row {
            group: "bytes",
            name,
            result: result as u64,
            budget: budget as u64,
        });
    }
    for row in &rows {
        let word = if row.result > row.budget {
            "OVER"
        } else {
            "ok"
        };
        println!(
            "{:<13} {:<22} {:>6} of {:>6}  {word}",
            row.group, row.name, row.result, row.budget
        );
    }
    std::fs::write(report, json(&rows)).map_err(|error| format!("{report}: {error}"))?;
    Ok(rows.iter().all(|row| row.result <= row.budget))
}

fn json(rows: &[Row]) -> String {
    let group = |name: &str, number: fn(&Row) -> u64| {
        let fields: Vec<String> = rows
            .iter()
            .filter(|row| row.group == name)
            .map(|row| format!("\"{}\": {}", row.name, number(row)))
            .collect();
        format!("{{{}}}", fields.join(", "))
    };
    format!(
        "{{\n  \"instructions\": {},\n  \"bytes\": {},\n  \"budgets\": {{\"instructions\": {}, \"bytes\": {}}}\n}}\n",
        group("instructions", |row| row.result),
        group("bytes", |row| row.result),
        group("instructions", |row| row.budget),
        group("bytes", |row| row.budget),
    )
}
