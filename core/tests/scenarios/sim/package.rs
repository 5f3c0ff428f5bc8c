//! The modem's area for firmware packages, its rules and its update: a package is written from an empty area on, erasing
//! takes time, and what is complete is applied at the next start.

use std::collections::VecDeque;

use carrier_core::boundary::{ERASE_PENDING, PACKAGE_TOO_LARGE};
use carrier_core::{FirmwareStep, Piece};

/// Results of a start.
pub const UPDATED: i32 = 0x0550_0001;
pub const REFUSED: i32 = 0x0440_0003;
pub const VOLTAGE_LOW: i32 = 0x0440_0005;

#[derive(Default)]
pub struct Package {
    /// What was written, part by part.
    pub parts: Vec<Vec<u8>>,
    /// Codes of the next writes and updates; 0 when empty.
    pub codes: VecDeque<i32>,
    /// How long erasing takes.
    pub erase_time: u64,
    /// How often the area was erased.
    pub erased: u32,
    /// Bytes the area has; 0: without limit.
    pub area: u32,
    /// What the next start that applies a package gives; 0: [`UPDATED`].
    pub outcome: i32,
    /// The result of that start gets lost.
    pub is_silent: bool,
    is_complete: bool,
    is_scheduled: bool,
    busy_until: u64,
    generation: usize,
}

impl Package {
    pub fn step(&mut self, now: u64, step: FirmwareStep, piece: Option<Piece>, part: &[u8]) -> i32 {
        let result = self.attempt(now, step, piece, part);
        if result != 0 && result != ERASE_PENDING {
            self.erase(now);
        }
        result
    }

    fn attempt(&mut self, now: u64, step: FirmwareStep, piece: Option<Piece>, part: &[u8]) -> i32 {
        match step {
            FirmwareStep::Write => {
                let Piece { first, last, size } = piece.expect("a piece to write");
                if self.area > 0 && size > self.area {
                    return PACKAGE_TOO_LARGE;
                }
                if first && now < self.busy_until {
                    return ERASE_PENDING;
                }
                if first && !self.parts.is_empty() {
                    self.erase(now);
                    return ERASE_PENDING;
                }
                assert!(!self.is_complete, "written behind the end");
                assert!(first == self.parts.is_empty(), "not the part in turn");
                let code = self.codes.pop_front().unwrap_or(0);
                if code == 0 {
                    self.parts.push(part.to_vec());
                    self.is_complete = last;
                }
                code
            }
            FirmwareStep::Update if !self.is_complete => 19,
            FirmwareStep::Update => {
                let code = self.codes.pop_front().unwrap_or(0);
                self.is_scheduled = code == 0;
                code
            }
            FirmwareStep::Abandon => {
                self.erase(now);
                0
            }
        }
    }

    fn erase(&mut self, now: u64) {
        self.erased += 1;
        self.parts.clear();
        self.is_complete = false;
        self.busy_until = now + self.erase_time;
    }

    /// Everything written.
    pub fn bytes(&self) -> Vec<u8> {
        self.parts.concat()
    }

    /// The modem starts; the result of an update.
    pub fn restart(&mut self) -> Option<i32> {
        if !std::mem::take(&mut self.is_scheduled) {
            return None;
        }
        let result = match self.outcome {
            0 => UPDATED,
            outcome => outcome,
        };
        match result {
            UPDATED => self.generation += 1,
            VOLTAGE_LOW => {
                self.is_scheduled = true;
                self.outcome = 0;
                return Some(result);
            }
            _ => {}
        }
        self.parts.clear();
        self.is_complete = false;
        (!self.is_silent).then_some(result)
    }

    /// The version that runs.
    pub fn version(&self) -> &'static str {
        ["mfw_1.3.2", "mfw_1.3.3", "mfw_1.3.4"][self.generation % 3]
    }
}
