//! Repeatable random numbers: every consumer has its own stream, derived from one seed, the number of the process life
//! on this device directory and the consumer's name, so that threads do not disturb each other.

/// One stream (xorshift64* seeded through SplitMix64). Not for cryptography.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// The stream `name` of `seed`; `life` separates the lives of one device.
    pub fn stream(seed: u64, life: u64, name: &str) -> Rng {
        // FNV-1a spreads the name, SplitMix64 the sum.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut z = seed
            .wrapping_add(hash)
            .wrapping_add(life.wrapping_mul(0xd1b5_4a32_d192_ed03))
            .wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Rng((z ^ (z >> 31)) | 1)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// The next 32 bits.
    pub fn next_u32(&mut self) -> u32 {
        (self.next_u64() >> 32) as u32
    }

    /// A number below `limit` (0 when `limit` is 0).
    pub fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 {
            0
        } else {
            ((u128::from(self.next_u64()) * u128::from(limit)) >> 64) as u64
        }
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: f64) -> bool {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64 * 100.0 < percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ_by_name_and_life() {
        let mut a = Rng::stream(1, 1, "net");
        let mut b = Rng::stream(1, 1, "net");
        assert_eq!(a.next_u64(), b.next_u64());
        assert_ne!(
            Rng::stream(1, 1, "os").next_u64(),
            Rng::stream(1, 1, "net").next_u64()
        );
        assert_ne!(
            Rng::stream(1, 2, "net").next_u64(),
            Rng::stream(1, 1, "net").next_u64()
        );
    }

    #[test]
    fn chance_follows_the_percentage() {
        let mut rng = Rng::stream(7, 0, "chance");
        let hits = (0..10_000).filter(|_| rng.chance(20.0)).count();
        assert!((1_800..2_200).contains(&hits), "{hits}");
    }
}
