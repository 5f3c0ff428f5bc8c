//! Numbers that the modem told, and lists kept as bits.

/// How many resources can have a number: those with ids below.
const RESOURCES: usize = 11;

/// The numbers of one instance.
#[derive(Debug)]
pub struct Told {
    /// Zero where nothing was told, else the number with its highest bit turned around: the one that is zero then is none that the modem
    /// tells.
    numbers: [u32; RESOURCES],
}

/// The bit that is turned around.
const MARK: u32 = 1 << 31;

impl Told {
    /// Nothing was told.
    pub const fn new() -> Told {
        Told {
            numbers: [0; RESOURCES],
        }
    }

    /// Keeps the number of a resource, or that it has none; gives the resource's bit if that is another than before.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn set(&mut self, resource: u16, number: Option<u32>) -> u32 {
        let new = number.map_or(0, |number| number ^ MARK);
        match self.numbers.get_mut(usize::from(resource)) {
            Some(own) if *own != new => {
                *own = new;
                1 << resource
            }
            _ => 0,
        }
    }

    /// The number of a resource, if it has one.
    pub fn number(&self, resource: u16) -> Option<u32> {
        let own = *self.numbers.get(usize::from(resource))?;
        (own != 0).then_some(own ^ MARK)
    }
}

/// The `index`-th number of a list of which each number is a bit, in ascending order.
#[cfg_attr(target_os = "none", inline(never))]
pub fn listed(list: u32, index: usize) -> Option<u16> {
    let mut rest = list;
    for _ in 0..index {
        rest &= rest.wrapping_sub(1);
    }
    (rest != 0).then_some(rest.trailing_zeros() as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_anew_changes_nothing() {
        let mut told = Told::new();
        for number in [0, 1, MARK - 1, -1_i32 as u32] {
            assert_eq!(told.set(3, Some(number)), 8);
            assert_eq!(told.number(3), Some(number));
            assert_eq!(told.set(3, Some(number)), 0);
        }
        assert_eq!((told.set(3, None), told.number(3)), (8, None));
        assert_eq!((told.set(3, None), told.set(99, Some(1))), (0, 0));
    }

    #[test]
    fn lists_are_ascending() {
        let all = |list| [0, 1, 2, 3].map(|index| listed(list, index));
        assert_eq!(all(0), [None; 4]);
        assert_eq!(all(1 << 31 | 0b101), [Some(0), Some(2), Some(31), None]);
    }
}
