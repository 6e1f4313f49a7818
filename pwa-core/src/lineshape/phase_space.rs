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
use super::riemann::{barrier, two_body};
use super::{Channel, LineshapeError, Options, Sheet, barrier_polynomial};
use crate::expr::{Expr, I};

/// What a channel does below its threshold.
#[derive(Debug, Clone, Copy)]
pub(super) enum Closed {
    Continue,
    Cut,
}

impl Closed {
    pub(super) fn read(options: &Options) -> Result<Self, LineshapeError> {
        let words = [("continue", Self::Continue), ("cut", Self::Cut)];
        options.word("below_threshold", &words)
    }

    /// For other sheets.
    pub(super) fn check_continued(self) -> Result<(), LineshapeError> {
        match self {
            Self::Continue => Ok(()),
            Self::Cut => Err(bad(
                "below_threshold",
                "is \"cut\", which has no continuation",
            )),
        }
    }
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
    let square = channel.momentum_squared(m).abs();
    let modulus = square.sqrt();
    let below = match closed {
        Closed::Continue => I * &modulus,
        Closed::Cut => 0.0.into(),
    };
    let q = (m - (m1 + m2)).select(modulus, below);
    (q, square)
}

/// i ρ of the modulus |ρ|: imaginary where `above` is not below zero, real elsewhere.
fn i_times(above: &Expr, modulus: &Expr, closed: Closed) -> Expr {
    // Factors of one and zero in place of a branch: the graph would move a branch into every
    // product that i ρ is part of. Nothing here depends on a parameter.
    let half = above.select(0.5, -0.5);
    let real = match closed {
        Closed::Continue => modulus * (&half - 0.5),
        Closed::Cut => 0.0.into(),
    };
    Expr::cartesian(real, modulus * (half + 0.5))
}

impl PhaseSpace {
    /// i ρ at a complex mass with Im m < 0.
    pub(super) fn continued(
        self,
        channel: &Channel,
        m: &Expr,
        radius: f64,
        sheet: Sheet,
    ) -> Result<Expr, LineshapeError> {
        let [m1, m2] = channel.masses;
        let root = || (m - (m1 + m2)).sqrt() * (m + (m1 + m2)).sqrt() / m;
        Ok(match self {
            Self::TwoBody => sheet.i_rho(two_body(channel, m) * barrier(channel, m, radius)),
            Self::Threshold => sheet.i_rho(root()),
            // The two pieces are functions of their own: each is continued down from its stretch of
            // the real axis.
            Self::FourPion => {
                let piece = (1.0 - m.re()).select(four_pions(m, m1 + m2), root());
                sheet.i_rho(piece)
            }
            Self::ChewMandelstam => ChewMandelstam::new(channel.masses, channel.orbital_l, radius)
                .map(|function| function.continued(m, sheet))
                .map_err(|problem| bad("channels", &problem))?,
        })
    }

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
                let square = channel.momentum_squared(m).abs();
                let rho = 2.0 * square.sqrt() / m;
                let z = square * (radius * radius);
                // At most 20: barrier factors end there.
                let barrier = z.powi(l as i32) / barrier_polynomial(l, &z);
                Ok(i_times(&above, &(rho * barrier), closed))
            }
            Self::Threshold => Ok(i_times(&above, &root(), closed)),
            Self::FourPion if m1 + m2 >= 1.0 => Err(bad(
                "channels",
                "must be two pairs of pions for `four-pion`, e.g. [0.279, 0.279]",
            )),
            // Up to and with 1 GeV².
            Self::FourPion => Ok(I * (1.0 - m).select(four_pions(m, m1 + m2), root())),
            Self::ChewMandelstam => ChewMandelstam::new(channel.masses, l, radius)
                .map(|function| function.at(m))
                .map_err(|problem| bad("channels", &problem)),
        }
    }
}

/// p(s), with the threshold's own factor.
fn four_pions(m: &Expr, threshold: f64) -> Expr {
    let s = m.powi(2);
    let powers = FOUR_PIONS.iter().rev();
    let polynomial = powers.fold(Expr::from(0.0), |sum, &c| sum * &s + c);
    polynomial / s.powi(2) * (1.0 - threshold * threshold).sqrt()
}
