//! Spacing of failed attempts (OMA LwM2M TS Core 1.1 6.2.1.1).

use crate::profile::Retry;
use crate::time::Duration;

/// Failed attempts of the current sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    failed: u8,
}

impl Attempts {
    /// No failed attempts.
    pub const fn new() -> Attempts {
        Attempts { failed: 0 }
    }

    /// Counts one more failed attempt and gives the delay before the next: doubled within a sequence, the sequence
    /// delay after its last.
    pub fn next_delay(&mut self, retry: &Retry) -> Duration {
        let doublings = self.failed;
        self.failed = self.failed.saturating_add(1);
        if self.failed > retry.count {
            self.failed = 0;
            return Duration::from_secs(retry.sequence_delay);
        }
        Duration::from_secs(retry.timer).doubled(doublings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_doubling_delays_then_a_day() {
        let retry = Retry::STANDARD;
        let mut attempts = Attempts::new();
        let delays: Vec<i32> = (0..8)
            .map(|_| attempts.next_delay(&retry).as_secs_i32())
            .collect();
        assert_eq!(delays, [60, 120, 240, 480, 960, 86_400, 60, 120]);
    }
}
