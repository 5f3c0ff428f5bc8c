//! Spacing of failed attempts (OMA LwM2M TS Core 1.1 6.2.1.1).

use crate::objects::server::ServerInstance;
use crate::profile::Retry;
use crate::time::Duration;

/// Least delay in later sequences, in seconds: no more than four accesses to the network an hour.
const LATER: Duration = Duration::from_secs(960);

/// How attempts with one server are spaced.
#[derive(Clone, Copy, Debug)]
pub struct Spacing {
    /// Delays and counts.
    pub retry: Retry,
    /// Least delay once the first sequence is over.
    pub later: Duration,
}

impl Spacing {
    /// The operator's spacing; what the server sets for itself overrides it.
    pub fn of(retry: Retry, server: Option<&ServerInstance>) -> Spacing {
        let mut spacing = Spacing {
            retry,
            later: LATER,
        };
        if let Some([count, timer, delay, sequences]) = server.map(|server| server.retry) {
            let own = &mut spacing.retry;
            own.count = count.map_or(own.count, |count| count.min(255) as u8);
            own.timer = timer.unwrap_or(own.timer);
            own.sequence_delay = delay.unwrap_or(own.sequence_delay);
            own.sequences = sequences.map_or(own.sequences, |count| count.min(255) as u8);
            if timer.is_some() {
                spacing.later = Duration::ZERO;
            }
        }
        spacing
    }
}

/// Failed attempts since the last success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    failed: u8,
    sequences: u8,
}

impl Attempts {
    /// No failed attempts.
    pub const fn new() -> Attempts {
        Attempts {
            failed: 0,
            sequences: 0,
        }
    }

    /// As after a failed sequence: one more failed attempt ends the next.
    pub const TIRED: Attempts = Attempts {
        failed: u8::MAX - 1,
        sequences: 1,
    };

    /// Counts one more failed attempt and gives the delay before the next: doubled within a sequence, the sequence
    /// delay after its last, never below `later` once the first sequence is over.
    pub fn next_delay(&mut self, spacing: &Spacing) -> Duration {
        let Spacing { retry, later } = spacing;
        let doublings = self.failed;
        self.failed = self.failed.saturating_add(1);
        if self.failed > retry.count {
            self.failed = 0;
            self.sequences = self.sequences.saturating_add(1);
            return Duration::from_secs(retry.sequence_delay);
        }
        let delay = Duration::from_secs(retry.timer).doubled(doublings);
        if self.sequences > 0 && delay < *later {
            *later
        } else {
            delay
        }
    }

    /// Failed sequences since the last success.
    pub fn sequences(&self) -> u8 {
        self.sequences
    }

    /// Whether the last failed attempt ended a sequence.
    pub fn sequence_failed(&self) -> bool {
        self.failed == 0 && self.sequences > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_doubling_delays_then_a_day_then_slower_ones() {
        let spacing = Spacing::of(Retry::STANDARD, None);
        let mut attempts = Attempts::new();
        let delays: Vec<i32> = (0..12)
            .map(|_| attempts.next_delay(&spacing).as_secs_i32())
            .collect();
        assert_eq!(
            delays,
            [
                60, 120, 240, 480, 960, 86_400, 960, 960, 960, 960, 960, 86_400
            ]
        );
    }
}
