//! Spacing of failed attempts (OMA LwM2M TS Core 1.1 6.2.1.1).

use crate::objects::server::ServerInstance;
use crate::profile::Retry;
use crate::time::Duration;

/// Least delay once the first sequence is over: no more than four accesses to the network an hour, whatever a server asks
/// for.
pub(super) const LATER: Duration = Duration::from_secs(1_200);

/// How attempts with one server are spaced.
#[derive(Clone, Copy, Debug)]
pub struct Spacing {
    /// Delays and counts.
    pub retry: Retry,
}

impl Spacing {
    /// The operator's spacing; what a management server sets for itself overrides it.
    pub fn of(retry: Retry, server: Option<ServerInstance<'_>>) -> Spacing {
        let mut spacing = Spacing { retry };
        if let Some([count, timer, delay]) = server.map(ServerInstance::retry) {
            let own = &mut spacing.retry;
            own.count = count.map_or(own.count, |count| count.min(255) as u8);
            own.timer = timer.unwrap_or(own.timer).max(1);
            own.sequence_delay = delay.unwrap_or(own.sequence_delay);
        }
        spacing
    }

    /// The delay after a failed sequence, the longest there is.
    fn sequence_delay(&self) -> Duration {
        Duration::from_secs(self.retry.sequence_delay).max(LATER)
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

    /// As after a failed sequence.
    pub const TIRED: Attempts = Attempts {
        failed: 0,
        sequences: 1,
    };

    /// Counts one more failed attempt and gives the delay before the next: doubled within a sequence, the sequence
    /// delay after its last, never below twenty minutes once the first sequence is over.
    pub fn next_delay(&mut self, spacing: &Spacing) -> Duration {
        let least = self.least(spacing);
        let doublings = self.failed;
        self.failed = self.failed.saturating_add(1);
        if self.failed > spacing.retry.count {
            self.failed = 0;
            self.sequences = self.sequences.saturating_add(1);
            return spacing.sequence_delay();
        }
        let delay = Duration::from_secs(spacing.retry.timer).doubled(doublings);
        delay.max(least).min(spacing.sequence_delay())
    }

    /// The delay a server in maintenance asked for, within the same limits. Its attempts end no sequence.
    pub fn excused(&mut self, asked: Duration, spacing: &Spacing) -> Duration {
        let mut least = self.least(spacing);
        if self.failed < spacing.retry.count {
            self.failed += 1;
        } else {
            least = LATER;
        }
        asked.max(least).min(spacing.sequence_delay())
    }

    /// Least delay before the next attempt.
    fn least(&self, spacing: &Spacing) -> Duration {
        if self.sequences > 0 {
            LATER
        } else {
            Duration::from_secs(spacing.retry.timer)
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
                60, 120, 240, 480, 960, 86_400, 1_200, 1_200, 1_200, 1_200, 1_200, 86_400
            ]
        );
    }
}
