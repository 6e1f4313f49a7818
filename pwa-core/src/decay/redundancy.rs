//! Couplings that a restriction of helicities makes redundant.
//!
//! A massless daughter has no helicity 0, so several LS couplings describe the same helicity
//! amplitudes: J/ψ → γ f2 has five LS couplings but three amplitudes. With the redundant ones in a fit
//! its minimum is a valley.

use super::{LsCoupling, helicity_coupling};

/// The helicities a daughter may have, doubled; all 2j + 1 for a massive particle, ±j for
/// a massless one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedHelicities {
    pub two_j: u32,
    pub two_helicities: Vec<i32>,
}

impl AllowedHelicities {
    pub fn massive(two_j: u32) -> Self {
        Self {
            two_j,
            two_helicities: crate::spin::projections(two_j).collect(),
        }
    }

    /// λ = ±j.
    pub fn massless(two_j: u32) -> Self {
        let mut allowed = Self::massive(two_j);
        allowed
            .two_helicities
            .retain(|two_lambda| two_lambda.unsigned_abs() == two_j);
        allowed
    }
}

/// Relative size below which what is left of a coupling, after removing the span of those before
/// it, is rounding: the coefficients are exact to a few ulp, and a test counts the kept ones for
/// all spins to 9/2.
const NEGLIGIBLE: f64 = 1e-9;

/// Indices of the couplings whose amplitudes H(λB, λC) are linear combinations of those of earlier
/// couplings, in ascending order. The kept ones span the same amplitudes.
pub fn redundant_couplings(
    two_ja: u32,
    b: &AllowedHelicities,
    c: &AllowedHelicities,
    couplings: &[LsCoupling],
) -> Vec<usize> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut redundant = Vec::new();
    for (index, &ls) in couplings.iter().enumerate() {
        let mut amplitudes: Vec<f64> = Vec::new();
        for &two_lb in &b.two_helicities {
            for &two_lc in &c.two_helicities {
                amplitudes.push(helicity_coupling(
                    two_ja, b.two_j, two_lb, c.two_j, two_lc, ls,
                ));
            }
        }
        let size = dot(&amplitudes, &amplitudes).sqrt();
        // Orthogonalised twice, because once leaves rounding of the size of what was removed.
        for _ in 0..2 {
            for direction in &basis {
                let overlap = dot(&amplitudes, direction);
                amplitudes
                    .iter_mut()
                    .zip(direction)
                    .for_each(|(a, d)| *a -= overlap * d);
            }
        }
        let rest = dot(&amplitudes, &amplitudes).sqrt();
        if rest <= NEGLIGIBLE * size {
            redundant.push(index);
        } else {
            amplitudes.iter_mut().for_each(|a| *a /= rest);
            basis.push(amplitudes);
        }
    }
    redundant
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decay::conservation::SelectionRules;
    use crate::decay::ls_couplings;
    use crate::particle::{Parity, QuantumNumbers, Spin};

    /// J/ψ → γ X with X of spin `two_j` and parity `parity`.
    fn radiative(two_j: u32, parity: Parity) -> (Vec<LsCoupling>, Vec<usize>) {
        let vector = QuantumNumbers::new(Spin::ONE, Some(Parity::Odd));
        let x = QuantumNumbers::new(Spin::from_two_j(two_j), Some(parity));
        let couplings = ls_couplings(&vector, &vector, &x, &SelectionRules::strong()).unwrap();
        let redundant = redundant_couplings(
            2,
            &AllowedHelicities::massless(2),
            &AllowedHelicities::massive(two_j),
            &couplings,
        );
        (couplings, redundant)
    }

    #[test]
    fn a_photon_leaves_as_many_couplings_as_helicity_amplitudes() {
        // X of spin 0, 1, 2, 4 has 1, 2, 3, 3 amplitudes: |λγ − λX| ≤ 1 with λγ = ±1, halved by parity.
        for (two_j, parity, total, kept) in [
            (0, Parity::Even, 2, 1),
            (0, Parity::Odd, 1, 1),
            (2, Parity::Even, 3, 2),
            (4, Parity::Even, 5, 3),
            (4, Parity::Odd, 4, 3),
            (8, Parity::Even, 5, 3),
        ] {
            let (couplings, redundant) = radiative(two_j, parity);
            assert_eq!(
                (couplings.len(), couplings.len() - redundant.len()),
                (total, kept),
                "2J = {two_j}"
            );
        }
        assert_eq!(radiative(0, Parity::Even).1, [1]);
        assert_eq!(radiative(4, Parity::Even).1, [3, 4]);
    }

    #[test]
    fn the_kept_couplings_are_as_many_as_the_independent_amplitudes() {
        for two_ja in 0..=9 {
            for two_jb in 1..=4 {
                for two_jc in (0..=9).filter(|two_jc| (two_ja + two_jb + two_jc) % 2 == 0) {
                    let b = AllowedHelicities::massless(two_jb);
                    let c = AllowedHelicities::massive(two_jc);
                    let amplitudes = b
                        .two_helicities
                        .iter()
                        .flat_map(|&two_lb| {
                            c.two_helicities.iter().map(move |&two_lc| two_lb - two_lc)
                        })
                        .filter(|two_delta| two_delta.unsigned_abs() <= two_ja)
                        .count();
                    let of = |two_j, parity| QuantumNumbers::new(Spin::from_two_j(two_j), parity);
                    let even = Some(Parity::Even);
                    // Parity relates H(λB, λC) to H(−λB, −λC), never to itself as λB ≠ 0.
                    for (parity, expected) in [(None, amplitudes), (even, amplitudes / 2)] {
                        let (qa, qb, qc) =
                            (of(two_ja, parity), of(two_jb, parity), of(two_jc, parity));
                        // A parity may forbid a decay altogether: then no amplitude is expected.
                        let couplings = ls_couplings(&qa, &qb, &qc, &SelectionRules::strong())
                            .unwrap_or_default();
                        let kept =
                            couplings.len() - redundant_couplings(two_ja, &b, &c, &couplings).len();
                        assert_eq!(
                            kept, expected,
                            "{two_ja}/2 -> {two_jb}/2 {two_jc}/2 {parity:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn massive_daughters_have_no_redundant_coupling() {
        for (a, b, c) in [(2, 2, 4), (1, 2, 3), (9, 2, 9), (4, 4, 4)] {
            let of = |two_j| QuantumNumbers::new(Spin::from_two_j(two_j), None);
            let couplings = ls_couplings(&of(a), &of(b), &of(c), &SelectionRules::weak()).unwrap();
            let (b, c) = (AllowedHelicities::massive(b), AllowedHelicities::massive(c));
            assert!(redundant_couplings(a, &b, &c, &couplings).is_empty());
        }
    }

    #[test]
    fn a_coupling_without_any_allowed_amplitude_is_redundant() {
        // 0 → 1 0 with λ = ±1 forbidden by |λ| ≤ J.
        let couplings = [LsCoupling {
            orbital_l: 1,
            two_s: 2,
        }];
        let (photon, scalar) = (
            AllowedHelicities::massless(2),
            AllowedHelicities::massive(0),
        );
        assert_eq!(redundant_couplings(0, &photon, &scalar, &couplings), [0]);
    }
}
