//! The order in which blocks, warps and lanes of a launch take their turns. A right kernel gives the
//! same results in every order.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    Forward,
    Reverse,
    Shuffled {
        seed: u64,
    },
}

impl Order {
    /// `forward`, `reverse` or `shuffled:SEED`.
    pub fn parse(text: &str) -> Option<Order> {
        match text.split_once(':') {
            None if text == "forward" => Some(Order::Forward),
            None if text == "reverse" => Some(Order::Reverse),
            Some(("shuffled", seed)) => seed.parse().ok().map(|seed| Order::Shuffled { seed }),
            _ => None,
        }
    }

    /// The turns of `count` blocks or warps; `salt` tells one use from another.
    pub fn turns(self, count: usize, salt: u64) -> Vec<u32> {
        let mut turns: Vec<u32> = (0..count as u32).collect();
        match self {
            Order::Forward => {}
            Order::Reverse => turns.reverse(),
            Order::Shuffled { seed } => {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                random.set_stream(salt);
                turns.shuffle(&mut random);
            }
        }
        turns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_gives_each_a_turn() {
        assert_eq!(Order::parse("reverse").unwrap().turns(3, 0), [2, 1, 0]);
        let shuffled = Order::parse("shuffled:7").unwrap();
        let mut turns = shuffled.turns(100, 1);
        assert_eq!(turns, shuffled.turns(100, 1));
        assert_ne!(turns, shuffled.turns(100, 2));
        turns.sort_unstable();
        assert_eq!(turns, Order::Forward.turns(100, 0));
        assert_eq!(Order::parse("sideways"), None);
    }
}
