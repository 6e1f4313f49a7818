//! Baryon number and flavours: what strong and electromagnetic decays conserve beside the charge.

use std::ops::{Add, Neg};

/// Net numbers of a particle or of several; those of antiparticles have the opposite sign.
///
/// K(S)0 and K(L)0 have no definite strangeness but both signs of it, so strangeness is a lowest and a
/// highest value, between which it goes in steps of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Flavour {
    pub baryon: i32,
    pub charm: i32,
    pub beauty: i32,
    strangeness: [i32; 2],
}

impl Flavour {
    /// `None` for the strangeness of K(S)0 and K(L)0.
    pub const fn new(baryon: i32, strangeness: Option<i32>, charm: i32, beauty: i32) -> Self {
        Self {
            baryon,
            charm,
            beauty,
            strangeness: match strangeness {
                Some(number) => [number, number],
                None => [-1, 1],
            },
        }
    }

    /// `None` where it is not definite.
    pub fn strangeness(&self) -> Option<i32> {
        let [lowest, highest] = self.strangeness;
        (lowest == highest).then_some(lowest)
    }

    /// B + S + C + B', the double of the third component of isospin away from the double charge; `None` where
    /// strangeness is not definite.
    pub fn hypercharge(&self) -> Option<i32> {
        Some(self.baryon + self.strangeness()? + self.charm + self.beauty)
    }

    /// Whether the two can be the same.
    pub fn may_equal(&self, other: &Self) -> bool {
        let ([low, high], [other_low, other_high]) = (self.strangeness, other.strangeness);
        let strangeness = (low - other_low) % 2 == 0 && low <= other_high && other_low <= high;
        let of = |flavour: &Self| (flavour.baryon, flavour.charm, flavour.beauty);
        strangeness && of(self) == of(other)
    }
}

impl Add for Flavour {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let ([low, high], [other_low, other_high]) = (self.strangeness, other.strangeness);
        Self {
            baryon: self.baryon + other.baryon,
            charm: self.charm + other.charm,
            beauty: self.beauty + other.beauty,
            strangeness: [low + other_low, high + other_high],
        }
    }
}

impl Neg for Flavour {
    type Output = Self;

    fn neg(self) -> Self {
        let [low, high] = self.strangeness;
        Self {
            baryon: -self.baryon,
            charm: -self.charm,
            beauty: -self.beauty,
            strangeness: [-high, -low],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kaon_without_strangeness_has_both_signs() {
        let plain = Flavour::new(0, Some(0), 0, 0);
        let kaon = Flavour::new(0, Some(1), 0, 0);
        let short = Flavour::new(0, None, 0, 0);
        assert_eq!(
            (short.strangeness(), (-kaon).strangeness()),
            (None, Some(-1))
        );
        assert!(short.may_equal(&kaon) && short.may_equal(&-kaon) && (-short).may_equal(&kaon));
        assert!(!short.may_equal(&plain) && !kaon.may_equal(&-kaon));
        assert!((short + kaon).may_equal(&plain) && (short + short).may_equal(&plain));
        assert!(!(short + kaon).may_equal(&-kaon));
        assert!(!Flavour::new(1, Some(0), 0, 0).may_equal(&plain));
    }
}
