//! Zemach factors of `zemach-1`: the angular part of D -> R C, R -> A B of spinless particles in Dalitz
//! variables.
//!
//! ```text
//! Z_0 = 1
//! Z_1 = m_AC² - m_BC² + (mD² - mC²)(mB² - mA²)/M²
//! Z_2 = [m_BC² - m_AC² + (mD² - mC²)(mA² - mB²)/M²]²
//!       - 1/3 [m_AB² - 2 mD² - 2 mC² + (mD² - mC²)²/M²] [m_AB² - 2 mA² - 2 mB² + (mA² - mB²)²/M²]
//! ```
//!
//! M is the mass of R at its pole or that of the pair. With the latter, p and q the momenta of A and C
//! in the frame of the pair and theta the helicity angle of A,
//!
//! ```text
//! Z_1 = 4 p q cos(theta),   Z_2 = 32/3 p² q² P_2(cos(theta)),   q = q_D mD/m_AB
//! ```
//!
//! so that a chain is that of `helicity-1` times (-1)^J (mD/m_AB)^J and a number. A is the first listed daughter
//! of R: the other order is the other sign of Z_1. Masses are those of the event.
//!
//! Units: GeV, Z_J in GeV^(2J).
//! Source: C. Zemach, Phys. Rev. 133 (1964) B1201; S. Kopp et al. (CLEO), Phys. Rev. D 63 (2001) 092001.

use super::LoweringError;
use super::chain::{Chain, ResonanceAt};
use super::lower::Builder;
use super::poles::pole_mass;
use crate::expr::Expr;
use crate::kinematics::DecayTree;

/// M in the denominators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZemachMass {
    /// Of the pole of R.
    Pole,
    /// m_AB.
    Pair,
}

impl ZemachMass {
    /// The factors as text for LaTeX.
    pub(super) fn latex(self) -> String {
        let mass = match self {
            Self::Pole => "$M = m_R$",
            Self::Pair => "$M = m_{AB}$",
        };
        format!(
            r"For $R \to A B$ beside $C$: $Z_1 = m_{{AC}}^2 - m_{{BC}}^2 + (m_D^2 - m_C^2)(m_B^2 - m_A^2)/M^2$, $Z_2 = \left[m_{{BC}}^2 - m_{{AC}}^2 + (m_D^2 - m_C^2)(m_A^2 - m_B^2)/M^2\right]^2 - \tfrac{{1}}{{3}} \left[m_{{AB}}^2 - 2 m_D^2 - 2 m_C^2 + (m_D^2 - m_C^2)^2/M^2\right] \left[m_{{AB}}^2 - 2 m_A^2 - 2 m_B^2 + (m_A^2 - m_B^2)^2/M^2\right]$ with {mass}."
        )
    }
}

impl Builder<'_> {
    /// Z_J of a resonance, a sum of powers of 1/M² with functions of the event.
    pub(super) fn zemach(
        &mut self,
        chain: &Chain,
        tree: &DecayTree,
        (at, mass): (&ResonanceAt, ZemachMass),
    ) -> Result<Expr, LoweringError> {
        let spin = chain.two_j[at.node] / 2;
        let Some([first, second]) = tree.node(at.node).daughters.filter(|_| spin > 0) else {
            return Ok(1.0.into());
        };
        let [a, b] = [first, second].map(|node| tree.node(node).finals);
        let d = tree.node(0).finals;
        let c = d & !(a | b);
        let inverse = match mass {
            ZemachMass::Pole => pole_mass(self.model, chain, (0, at.node))?.powi(-2),
            ZemachMass::Pair => self.event_mass(a | b).powi(-2),
        };
        let mut squared = |set: u32| self.event_mass(set).powi(2);
        let [ab, ac, bc] = [a | b, a | c, b | c].map(&mut squared);
        let [a, b, c, d] = [a, b, c, d].map(&mut squared);
        // Each bracket is x + y/M².
        let odd = (&ac - &bc, (&d - &c) * (&b - &a));
        if spin == 1 {
            return Ok(odd.0 + inverse * odd.1);
        }
        let of_d = (&ab - 2.0 * (&d + &c), (&d - &c).powi(2));
        let of_r = (&ab - 2.0 * (&a + &b), (&a - &b).powi(2));
        let constant = odd.0.powi(2) - &of_d.0 * &of_r.0 / 3.0;
        let linear = 2.0 * &odd.0 * &odd.1 - (&of_d.0 * &of_r.1 + &of_d.1 * &of_r.0) / 3.0;
        let quadratic = odd.1.powi(2) - of_d.1 * of_r.1 / 3.0;
        Ok(constant + &inverse * linear + inverse.powi(2) * quadratic)
    }
}
