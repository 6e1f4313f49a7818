//! From LS couplings to helicity amplitudes.
//!
//! ```text
//! H(λB, λC) = Σ_ls g_ls √[(2l+1)/(2JA+1)] <JB λB; JC −λC | s δ> <l 0; s δ | JA δ>,   δ = λB − λC
//! ```
//!
//! Source: Jacob and Wick, Ann. Phys. 7 (1959) 404; normalisation of Chung, "Spin formalisms",
//! CERN 71-8 (1971). The coefficients form an orthogonal matrix in (l s) and (λB λC).

use super::LsCoupling;
use crate::spin::clebsch_gordan;

/// The coefficient of g_ls in H(λB, λC) for doubled spins and helicities; 0 where |λB − λC| > JA.
pub fn helicity_coupling(
    two_ja: u32,
    two_jb: u32,
    two_lb: i32,
    two_jc: u32,
    two_lc: i32,
    ls: LsCoupling,
) -> f64 {
    let two_l = 2 * ls.orbital_l;
    let two_delta = two_lb - two_lc;
    let norm = f64::sqrt(f64::from(two_l + 1) / f64::from(two_ja + 1));
    norm * clebsch_gordan(two_jb, two_lb, two_jc, -two_lc, ls.two_s, two_delta)
        * clebsch_gordan(two_l, 0, ls.two_s, two_delta, two_ja, two_delta)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decay::conservation::SelectionRules;
    use crate::decay::ls_couplings;
    use crate::particle::{QuantumNumbers, Spin};
    use crate::spin::projections;

    fn spin(two_j: u32) -> QuantumNumbers {
        QuantumNumbers::new(Spin::from_two_j(two_j), None)
    }

    /// All combinations of spins to 4 (mother) and 5/2 that conserve angular momentum.
    fn decays() -> impl Iterator<Item = (u32, u32, u32)> {
        (0..=8)
            .flat_map(|a| (0..=5).flat_map(move |b| (0..=5).map(move |c| (a, b, c))))
            .filter(|(a, b, c)| (a + b + c) % 2 == 0)
    }

    #[test]
    fn the_map_from_ls_to_helicities_is_orthogonal() {
        for (a, b, c) in decays() {
            let couplings =
                ls_couplings(&spin(a), &spin(b), &spin(c), &SelectionRules::weak()).unwrap();
            let helicities: Vec<(i32, i32)> = projections(b)
                .flat_map(|lb| projections(c).map(move |lc| (lb, lc)))
                .filter(|(lb, lc)| (lb - lc).unsigned_abs() <= a)
                .collect();
            assert_eq!(couplings.len(), helicities.len(), "{a}/2 -> {b}/2 {c}/2");
            for &x in &couplings {
                for &y in &couplings {
                    let overlap: f64 = helicities
                        .iter()
                        .map(|&(lb, lc)| {
                            helicity_coupling(a, b, lb, c, lc, x)
                                * helicity_coupling(a, b, lb, c, lc, y)
                        })
                        .sum();
                    // At most 36 terms, each good to a few ulp.
                    assert!(
                        (overlap - f64::from(x == y)).abs() < 1e-14,
                        "{a} {b} {c} {x} {y}: {overlap}"
                    );
                }
            }
        }
    }

    #[test]
    fn reversing_the_helicities_gives_the_parity_phase() {
        for (a, b, c) in decays() {
            for ls in ls_couplings(&spin(a), &spin(b), &spin(c), &SelectionRules::weak()).unwrap() {
                // P_A P_B P_C (−1)^{JB+JC−JA} with P_A P_B P_C = (−1)^l.
                let exponent = ls.orbital_l as i32 + (b as i32 + c as i32 - a as i32) / 2;
                let sign = if exponent % 2 == 0 { 1.0 } else { -1.0 };
                for lb in projections(b) {
                    for lc in projections(c) {
                        let h = helicity_coupling(a, b, lb, c, lc, ls);
                        assert_eq!(
                            h,
                            sign * helicity_coupling(a, b, -lb, c, -lc, ls),
                            "{a} {b} {c} {ls}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn two_spinless_daughters_have_one_amplitude() {
        for l in 0..5 {
            let ls = LsCoupling {
                orbital_l: l,
                two_s: 0,
            };
            assert_eq!(helicity_coupling(2 * l, 0, 0, 0, 0, ls), 1.0);
        }
    }
}
