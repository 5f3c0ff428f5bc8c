//! Seeded random numbers and mutations of byte strings.

/// A xorshift generator.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A generator; any seed will do.
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 8
    }

    /// A number below `limit`, which is not zero.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.draw() % limit as u64) as usize
    }

    /// True once in `of` cases.
    pub fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    /// One of several things.
    pub fn choose<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }
}

/// Bytes that sit on the edges of CoAP and TLV fields.
const EDGES: [u8; 16] = [
    0x00, 0x01, 0x07, 0x08, 0x0C, 0x0D, 0x0E, 0x0F, 0x40, 0x7F, 0x80, 0xC8, 0xD0, 0xE0, 0xFE, 0xFF,
];

/// Changes a byte string in one place.
pub fn mutate(random: &mut Random, bytes: &mut Vec<u8>) {
    let at = random.below(bytes.len().max(1));
    match random.below(9) {
        _ if bytes.is_empty() => bytes.push(*random.choose(&EDGES)),
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes[at] = *random.choose(&EDGES),
        2 => bytes[at] = random.draw() as u8,
        3 => bytes.truncate(at),
        4 => drop(bytes.remove(at)),
        5 => bytes.insert(at, *random.choose(&EDGES)),
        6 => {
            // A piece of itself once more, somewhere.
            let end = (at + 1 + random.below(12)).min(bytes.len());
            let piece = bytes[at..end].to_vec();
            let into = random.below(bytes.len() + 1);
            bytes.splice(into..into, piece);
        }
        7 => {
            let longer = random.below(64);
            bytes.extend((0..longer).map(|_| random.draw() as u8));
        }
        _ => {
            bytes[at] = bytes[at]
                .wrapping_add(1)
                .wrapping_sub(2 * (random.draw() & 1) as u8)
        }
    }
}
