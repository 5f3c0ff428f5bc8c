//! The way between client and server: loss, duplication, reordering by varying latency, and dropping by plan.

use std::collections::BTreeMap;

use super::random::Random;

/// Where a datagram goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    ToServer,
    ToClient,
}

/// What the network does to datagrams, both ways alike.
#[derive(Clone, Copy, Debug)]
pub struct Quality {
    /// Lost, in percent.
    pub loss: u64,
    /// Delivered twice, in percent.
    pub duplication: u64,
    /// Shortest and longest latency in ms; a spread reorders.
    pub latency: (u64, u64),
}

pub const GOOD: Quality = Quality {
    loss: 0,
    duplication: 0,
    latency: (20, 20),
};

pub struct Network {
    pub quality: Quality,
    /// No coverage: everything is lost.
    pub is_down: bool,
    random: Random,
    drop: Vec<(Way, u32)>,
    on_the_way: BTreeMap<(u64, u64), (Way, u32, Vec<u8>)>,
    count: u64,
}

impl Network {
    pub fn new(seed: u64) -> Network {
        Network {
            quality: GOOD,
            is_down: false,
            random: Random::new(seed),
            drop: Vec::new(),
            on_the_way: BTreeMap::new(),
            count: 0,
        }
    }

    /// Loses the next `count` datagrams of a way.
    pub fn drop_next(&mut self, way: Way, count: u32) {
        self.drop.push((way, count));
    }

    /// Takes a datagram at `now`, sent on a socket with this number.
    pub fn send(&mut self, now: u64, way: Way, socket: u32, bytes: &[u8]) {
        let planned = self
            .drop
            .iter_mut()
            .find(|(planned, count)| *planned == way && *count > 0);
        if let Some((_, count)) = planned {
            *count -= 1;
            return;
        }
        if self.is_down || self.random.percent(self.quality.loss) {
            return;
        }
        let copies = 1 + u32::from(self.random.percent(self.quality.duplication));
        for _ in 0..copies {
            let (least, most) = self.quality.latency;
            let latency = least + self.random.below(most - least + 1);
            self.count += 1;
            self.on_the_way
                .insert((now + latency, self.count), (way, socket, bytes.to_vec()));
        }
    }

    /// When the next datagram arrives.
    pub fn next_arrival(&self) -> Option<u64> {
        self.on_the_way.keys().next().map(|(at, _)| *at)
    }

    /// A datagram that has arrived by `now`.
    pub fn arrived(&mut self, now: u64) -> Option<(Way, u32, Vec<u8>)> {
        let first = self.on_the_way.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
}
