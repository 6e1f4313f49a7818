//! Phase space of one channel, open or closed.
//!
//! ```text
//! ρ_c = (2 q_c/m) N_l,  N_l = z^l/P_l(z),  z = |q_c R|²      two-body
//! ρ_c = sqrt(1 - (m1 + m2)²/s)                              threshold
//! ρ_c = p(s) up to 1 GeV², sqrt(1 - (m1 + m2)²/s) above    four-pion
//! i ρ_c = C_l(s)                                            chew-mandelstam
//! ```
//!
//! with i|q_c| and i|root| below threshold, or 0 where a closed channel is cut. p(s) is the
//! parametrisation of the phase space of two broad pion pairs; its threshold (m1 + m2)² = 16 m_π²
//! stands for two pairs of pions of mass m1 = m2 = 2 m_π.
//!
//! Units: masses and q_c in GeV, s in GeV², the barrier radius R in GeV⁻¹; ρ has no unit.
//! Source: V. V. Anisovich, A. V. Sarantsev, Eur. Phys. J. A 16 (2003) 229; p(s) as fitted in BaBar,
//! Phys. Rev. D 78 (2008) 034023.
//! Limits: q_c stays imaginary below |m1 - m2|, as in `flatte`; chew-mandelstam is analytic there. p(s)
//! is real down to s = 0, a little below 0 (by 3e-3) from 0.48 to 0.64 GeV, and has a step of 3e-3 at 1 GeV², as
//! published.

use super::chew_mandelstam::ChewMandelstam;
use super::options::bad;
use super::{Channel, LineshapeError, barrier_polynomial, breakup_momentum_squared};
use crate::expr::{Expr, I};

/// What a channel does below its threshold.
#[derive(Debug, Clone, Copy)]
pub(super) enum Closed {
    Continue,
    Cut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PhaseSpace {
    TwoBody,
    Threshold,
    FourPion,
    ChewMandelstam,
}

pub(super) const PHASE_SPACES: &[(&str, PhaseSpace)] = &[
    ("two-body", PhaseSpace::TwoBody),
    ("threshold", PhaseSpace::Threshold),
    ("four-pion", PhaseSpace::FourPion),
    ("chew-mandelstam", PhaseSpace::ChewMandelstam),
];

/// Powers of s from s⁻² to s⁴.
const FOUR_PIONS: [f64; 7] = [
    0.003_709_09,
    -0.111_203,
    1.2274,
    -6.39017,
    16.8358,
    -21.8845,
    11.3153,
];

/// q of a channel with its phase, and |q|².
pub(super) fn momentum(channel: &Channel, m: &Expr, closed: Closed) -> (Expr, Expr) {
    let [m1, m2] = channel.masses;
    let square = breakup_momentum_squared(m, &m1.into(), &m2.into()).abs();
    let q = continued(&(m - (m1 + m2)), square.sqrt(), closed);
    (q, square)
}

/// `modulus` where `above` is not below zero; i times it, or 0, elsewhere.
fn continued(above: &Expr, modulus: Expr, closed: Closed) -> Expr {
    let below = match closed {
        Closed::Continue => I * &modulus,
        Closed::Cut => 0.0.into(),
    };
    above.select(modulus, below)
}

impl PhaseSpace {
    /// i ρ at the mass m.
    pub(super) fn i_rho(
        self,
        channel: &Channel,
        m: &Expr,
        radius: f64,
        closed: Closed,
    ) -> Result<Expr, LineshapeError> {
        let ([m1, m2], l) = (channel.masses, channel.orbital_l);
        let s_wave_only = matches!(self, Self::Threshold | Self::FourPion);
        if s_wave_only && l > 0 {
            return Err(bad(
                "l",
                "is 0 for phase spaces `threshold` and `four-pion`",
            ));
        }
        if l > 0 && radius <= 0.0 {
            return Err(bad("l", "above 0 needs a barrier radius above 0"));
        }
        let above = m - (m1 + m2);
        let root = || ((&above * (m + (m1 + m2))).abs()).sqrt() / m;
        match self {
            Self::TwoBody => {
                let (q, square) = momentum(channel, m, closed);
                let rho = 2.0 * q / m;
                let z = square * (radius * radius);
                // At most 20: barrier factors end there.
                let barrier = z.powi(l as i32) / barrier_polynomial(l, &z);
                Ok(I * (rho * barrier))
            }
            Self::Threshold => Ok(I * continued(&above, root(), closed)),
            Self::FourPion if m1 + m2 >= 1.0 => Err(bad(
                "channels",
                "must be two pairs of pions for `four-pion`, e.g. [0.279, 0.279]",
            )),
            Self::FourPion => {
                let s = m.powi(2);
                let polynomial = FOUR_PIONS
                    .iter()
                    .rev()
                    .fold(Expr::from(0.0), |sum, &c| sum * &s + c);
                let low = polynomial / s.powi(2) * (1.0 - (m1 + m2) * (m1 + m2)).sqrt();
                // Up to and with 1 GeV².
                Ok(I * (1.0 - m).select(low, root()))
            }
            Self::ChewMandelstam => ChewMandelstam::new(channel.masses, l, radius)
                .map(|function| function.at(m))
                .map_err(|problem| bad("channels", &problem)),
        }
    }
}
