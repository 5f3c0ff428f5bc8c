//! One failure, as data: what is broken, what the application is told, when the next try follows, and what the repair
//! leads to.

use crate::bench::{Bench, TOLERANCE_MS};
use crate::lab::Lab;
use crate::told::Told;
use conformance::Settings;
use std::fmt;
use std::time::Duration;

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// A reason of DEFERRED.
    Reason(i64),
    /// Type and value of ERROR.
    Error(i64, i64),
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            About::Reason(reason) => write!(f, "DEFERRED {reason}"),
            About::Error(kind, value) => write!(f, "ERROR {kind} {value}"),
        }
    }
}

/// One failure.
pub struct Row {
    /// What it is about.
    pub about: About,
    /// What is broken.
    pub fault: &'static str,
    /// The servers.
    pub lab: fn() -> Lab,
    /// Breaks it on the servers' side, and gives the device that meets it.
    pub device: fn(&Lab) -> Settings,
    /// Breaks it in the running device or its bench.
    pub begin: fn(&mut Bench),
    /// What the application is told, from the start of the device.
    pub told: &'static [Told],
    /// How long an attempt takes until it counts as failed, in seconds: least and most.
    pub attempt: (u64, u64),
    /// Repairs it.
    pub repair: fn(&mut Bench),
    /// How long the last pause of `told` lasts, in seconds, when no DEFERRED says so; nothing happens in it.
    pub pause: u64,
    /// What the application is told after the repair.
    pub then: &'static [Told],
}

/// Nothing to do.
pub fn nothing(_: &mut Bench) {}

/// Longest time between two events of a sequence without pauses: a bootstrap waits some seconds for its last message, and on a
/// busy computer messages are repeated.
const TURN: Duration = Duration::from_secs(40);

impl Row {
    /// A row with the servers over DTLS and nothing in it yet.
    pub const fn new(about: About, fault: &'static str) -> Row {
        Row {
            about,
            fault,
            lab: Lab::secure,
            device: Lab::blank,
            begin: nothing,
            told: &[],
            attempt: (0, 0),
            repair: nothing,
            pause: 0,
            then: &[],
        }
    }

    /// Plays the row; gives all events in words.
    pub fn play(&self) -> String {
        let lab = (self.lab)();
        let settings = (self.device)(&lab);
        let mut bench = Bench::start(lab, settings);
        (self.begin)(&mut bench);
        let attempt = Duration::from_secs(self.attempt.1) + TURN;
        let mut due = None;
        let mut last = None;
        for (index, told) in self.told.iter().enumerate() {
            let event = bench.expect(*told, attempt);
            if let Told::Deferred(_, seconds) = told {
                if let Some(paused) = due.take() {
                    self.on_time(told, event.at_ms, paused);
                }
                due = Some(event.at_ms + *seconds as u64 * 1_000);
                // A repair within the last pause may end it; a pause that an error follows does not come.
                if let Some(Told::Deferred(..)) = self.told.get(index + 1) {
                    bench.expect_pause(&event, *seconds);
                }
            }
            last = Some(event);
        }
        if self.pause > 0
            && let Some(event) = &last
        {
            bench.expect_pause(event, self.pause as i64);
        }
        (self.repair)(&mut bench);
        let pause = match self.told.last() {
            Some(Told::Deferred(_, seconds)) => *seconds as u64,
            _ => self.pause,
        };
        // Up to the end of the pause in one go, from there on with a close look.
        if let Some(event) = last.filter(|event| event.life == bench.device.life()) {
            bench.pass_until(event.at_ms + pause * 1_000);
        }
        for told in self.then {
            bench.expect(*told, TURN);
        }
        bench.story()
    }

    fn on_time(&self, told: &Told, at_ms: u64, paused_ms: u64) {
        let (least, most) = self.attempt;
        let (from, to) = (paused_ms + least * 1_000, paused_ms + most * 1_000);
        assert!(
            (from - TOLERANCE_MS..=to + TOLERANCE_MS).contains(&at_ms),
            "{told} at {at_ms} ms, due from {from} to {to} ms"
        );
    }
}
