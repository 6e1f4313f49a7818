//! Line shapes continued to complex masses, sheet by sheet.
//!
//! ```text
//! ρ_c(m) = sqrt(m - m1 - m2) sqrt(m + m1 + m2) sqrt(m - m1 + m2) sqrt(m + m1 - m2)/m² N_l(z)
//! i ρ_c -> + i ρ_c(m)   unphysical: through the cut, where the channel is open
//! i ρ_c -> - i ρ_c(m)   physical: around the threshold
//! ```
//!
//! for Im m < 0, where all roots are principal and the real axis is met from the lower side; z = (q R)²
//! is not its modulus here, and N_l = z^l/P_l(z).
//!
//! Units: masses in GeV, R in GeV⁻¹; ρ has no unit.
//! Source: PDG review "Resonances" (2024); A. M. Badalian, L. P. Kok, M. I. Polikarpov, Yu. A. Simonov,
//! Phys. Rept. 82 (1982) 31.
//! Limits: on the lower side of the real axis the unphysical sheet of all open channels continues the
//! amplitude of the data.

use super::{Channel, barrier_polynomial};
use crate::expr::{Expr, I};

/// On which side of a channel's cut an amplitude is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sheet {
    Physical,
    Unphysical,
}

impl Sheet {
    /// i ρ of the channel on this sheet, from the continuation of ρ of the open channel.
    pub(super) fn i_rho(self, rho: Expr) -> Expr {
        match self {
            Self::Physical => -(I * rho),
            Self::Unphysical => I * rho,
        }
    }
}

/// 2q/m of the open channel, at a complex mass.
pub(super) fn two_body(channel: &Channel, m: &Expr) -> Expr {
    let [m1, m2] = channel.masses;
    [m1 + m2, -(m1 + m2), m1 - m2, m2 - m1]
        .iter()
        .map(|&root| (m - root).sqrt())
        .fold(1.0 / m.powi(2), |product, root| product * root)
}

/// N_l at a complex mass.
pub(super) fn barrier(channel: &Channel, m: &Expr, radius: f64) -> Expr {
    let z = channel.momentum_squared(m) * (radius * radius);
    // At most 20: barrier factors end there.
    z.powi(channel.orbital_l as i32) / barrier_polynomial(channel.orbital_l, &z)
}
