//! Spacing of failed attempts (OMA LwM2M TS Core 1.1 6.2.1.1).

use crate::objects::server::ServerInstance;
use crate::profile::Retry;
use crate::time::Duration;

/// Least delay once the first sequence is over: no more than four accesses to the network an hour, whatever a server asks
/// for.
pub(super) const LATER: Duration = Duration::from_secs(1_200);

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
    /// delay after its last, never below twenty minutes once the first sequence is over. `asked`: the delay a server in
    /// maintenance asked for, within the same limits; its attempts end no sequence. What a management server sets for
    /// itself overrides the operator's spacing.
    pub fn next_delay(
        &mut self,
        asked: Option<Duration>,
        retry: &Retry,
        server: Option<ServerInstance<'_>>,
    ) -> Duration {
        let set = |place, otherwise| {
            let own = server.and_then(|server| server.retry(place));
            own.unwrap_or(otherwise)
        };
        let over = u32::from(self.failed) >= set(0, retry.count.into());
        let timer = Duration::from_secs(set(1, retry.timer).max(1));
        let longest = Duration::from_secs(set(2, retry.sequence_delay)).max(LATER);
        let delay = asked.unwrap_or(timer.doubled(self.failed));
        let later = self.sequences > 0 || over;
        if !over {
            self.failed = self.failed.saturating_add(1);
        } else if asked.is_none() {
            self.failed = 0;
            self.sequences = self.sequences.saturating_add(1);
            return longest;
        }
        delay.max(if later { LATER } else { timer }).min(longest)
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
        let mut attempts = Attempts::new();
        let delays: Vec<i32> = (0..12)
            .map(|_| {
                attempts
                    .next_delay(None, &Retry::STANDARD, None)
                    .as_secs_i32()
            })
            .collect();
        assert_eq!(
            delays,
            [
                60, 120, 240, 480, 960, 86_400, 1_200, 1_200, 1_200, 1_200, 1_200, 86_400
            ]
        );
    }
}
