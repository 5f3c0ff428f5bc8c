//! Each reason of DEFERRED and each ERROR that the way to a registration can lead to: the fault, the exact events and their
//! times, and what follows the repair. Prints a table and writes `target/report/failures.json`. `FLOW_ROWS=<text>` plays only
//! the rows whose fault contains the text.

mod bootstrap;
mod firmware;
mod server;
mod start;

use flow_tests::report;
use flow_tests::row::{About, Row};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Rows played at a time: they wait for real handshakes more than they compute.
const AT_A_TIME: usize = 4;

/// Published numbers that no row can show, and why.
const WITHOUT: &[(About, &str)] = &[
    (
        About::Reason(0),
        "never sent: the library knows the reason of each of its pauses",
    ),
    (About::Error(0, 0), "never sent as an event"),
    (
        About::Error(5, 0),
        "needs downloads of firmware, which this release lacks",
    ),
    (
        About::Error(6, 0),
        "needs downloads of firmware, which this release lacks",
    ),
];

fn rows() -> Vec<&'static Row> {
    let tables = [bootstrap::ROWS, firmware::ROWS, server::ROWS, start::ROWS];
    tables.into_iter().flatten().collect()
}

/// Number of an event's reason or type, reasons first.
fn number(about: About) -> (bool, i64) {
    match about {
        About::Reason(reason) => (false, reason),
        About::Error(kind, _) => (true, kind),
    }
}

#[test]
fn every_published_number_has_a_row_or_a_reason_to_have_none() {
    let numbers = (0..=9)
        .map(|reason| (false, reason))
        .chain((0..=11).map(|kind| (true, kind)));
    for wanted in numbers {
        let shown = rows()
            .iter()
            .filter(|row| number(row.about) == wanted)
            .count();
        let excused = WITHOUT
            .iter()
            .filter(|(about, _)| number(*about) == wanted)
            .count();
        assert!(
            (shown > 0) != (excused == 1),
            "{wanted:?}: {shown} rows, {excused} excuses"
        );
    }
}

#[test]
fn every_reason_and_error_is_told_and_got_over() {
    let wanted = std::env::var("FLOW_ROWS").unwrap_or_default();
    let mut rows = rows();
    rows.retain(|row| row.fault.contains(&wanted));
    rows.sort_by_key(|row| row.about);
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::SeqCst);
                    let Some(row) = rows.get(index) else {
                        return;
                    };
                    let played = catch_unwind(AssertUnwindSafe(|| row.play()));
                    results.lock().unwrap().push((index, played));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap();
    results.sort_by_key(|(index, _)| *index);
    let mut failed = 0;
    let mut entries = Vec::new();
    for (index, played) in results {
        let row = rows[index];
        let (result, story) = match played {
            Ok(story) => ("passed", story),
            Err(problem) => ("failed", report::problem(problem.as_ref())),
        };
        failed += usize::from(result == "failed");
        println!("  {:<20} {result}  {}", row.about.to_string(), row.fault);
        if result == "failed" {
            println!("      {story}");
        }
        entries.push(report::object(&[
            ("about", &row.about.to_string()),
            ("fault", row.fault),
            ("result", result),
            ("events", &story),
        ]));
    }
    for (about, why) in WITHOUT {
        let about = match about {
            About::Reason(reason) => format!("DEFERRED {reason}"),
            About::Error(kind, _) => format!("ERROR {kind}"),
        };
        println!("  {about:<20} no row  {why}");
        entries.push(report::object(&[
            ("about", &about),
            ("result", "no row"),
            ("why", why),
        ]));
    }
    let total = rows.len();
    println!("  failures: {} of {total} rows passed", total - failed);
    if wanted.is_empty() {
        report::write("failures.json", &entries);
    }
    assert_eq!(failed, 0, "rows that failed");
}
