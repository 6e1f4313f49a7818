//! What one coupling of a two-body decay multiplies: an LS amplitude, a helicity amplitude, or two of
//! them that parity relates.

use std::fmt;

use super::{LsCoupling, helicity_coupling};
use crate::particle::Spin;

/// A basis vector among the helicity amplitudes H(λB, λC) of a decay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VertexCoupling {
    Ls(LsCoupling),
    /// 1 at these doubled helicities.
    Helicity([i32; 2]),
    /// 1 at these doubled helicities, `sign` where both are reversed. Reversing 0 and 0 changes nothing:
    /// there it is 1.
    Parity {
        two_lambda: [i32; 2],
        sign: i8,
    },
}

impl VertexCoupling {
    /// Its part of H(λB, λC), for the doubled spins of mother and daughters.
    pub fn amplitude(self, [a, b, c]: [u32; 3], [two_lb, two_lc]: [i32; 2]) -> f64 {
        match self {
            Self::Ls(ls) => helicity_coupling(a, b, two_lb, c, two_lc, ls),
            Self::Helicity(own) => f64::from(own == [two_lb, two_lc]),
            Self::Parity { two_lambda, sign } => {
                if two_lambda == [two_lb, two_lc] {
                    1.0
                } else if two_lambda == [-two_lb, -two_lc] {
                    sign.into()
                } else {
                    0.0
                }
            }
        }
    }

    /// The orbital angular momentum; helicity amplitudes are mixtures of several.
    pub fn orbital_l(self) -> Option<u32> {
        match self {
            Self::Ls(ls) => Some(ls.orbital_l),
            Self::Helicity(_) | Self::Parity { .. } => None,
        }
    }
}

/// As in parameter names: `l=2,s=3/2`, `h=1/2,0`, `h=0,1/2,+`.
impl fmt::Display for VertexCoupling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let helicity = |two: i32| {
            let size = Spin::from_two_j(two.unsigned_abs());
            format!("{}{size}", if two < 0 { "-" } else { "" })
        };
        match *self {
            Self::Ls(ls) => ls.fmt(f),
            Self::Helicity([b, c]) => write!(f, "h={},{}", helicity(b), helicity(c)),
            Self::Parity {
                two_lambda: [b, c],
                sign,
            } => {
                let sign = if sign < 0 { '-' } else { '+' };
                write!(f, "h={},{},{sign}", helicity(b), helicity(c))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parity_relates_reversed_helicities_and_leaves_zeros_alone() {
        let odd = |two_lambda| VertexCoupling::Parity {
            two_lambda,
            sign: -1,
        };
        assert_eq!(odd([0, 1]).amplitude([3, 0, 1], [0, 1]), 1.0);
        assert_eq!(odd([0, 1]).amplitude([3, 0, 1], [0, -1]), -1.0);
        assert_eq!(odd([0, 0]).amplitude([2, 0, 0], [0, 0]), 1.0);
        assert_eq!(odd([2, 1]).amplitude([3, 2, 1], [2, -1]), 0.0);
    }

    #[test]
    fn names_tell_couplings_apart() {
        let parity = VertexCoupling::Parity {
            two_lambda: [0, -1],
            sign: 1,
        };
        assert_eq!(parity.to_string(), "h=0,-1/2,+");
        assert_eq!(VertexCoupling::Helicity([2, 3]).to_string(), "h=1,3/2");
    }
}
