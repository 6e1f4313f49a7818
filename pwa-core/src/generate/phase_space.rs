//! Events flat in Lorentz-invariant phase space.
//!
//! ```text
//! dΦ_n ∝ Π_{k=2}^{n} p(M_k; M_{k−1}, m_k) dM_{k−1} dΩ_k,    M_n = M, M_1 = m_1
//! p(M; a, b) = √[(M−a−b)(M+a+b)(M−a+b)(M+a−b)] / 2M
//! M_k = m_1 + … + m_k + u_k (M − Σm),   u_2 ≤ … ≤ u_{n−1} sorted uniform numbers
//! ```
//!
//! The product of the momenta is the weight of a choice of the M_k; choices are accepted with
//! probability weight / bound, where no choice exceeds the bound. Directions Ω_k are isotropic in the
//! rest frame of M_k.
//!
//! Units: GeV.
//! Source: F. James, "Monte Carlo phase space", CERN 68-15 (1968) (GENBOD, Raubold and
//! Lynch).
//! Limits: n = 2 to 6; M > Σm.

use std::f64::consts::TAU;

use miette::Diagnostic;
use rand::Rng;
use thiserror::Error;

use super::random::uniform;
use super::volume::phase_space_volume;
use super::weight::{momentum, weight_bound};

pub(super) const MAX_PARTICLES: usize = 6;

/// The decay of a particle at rest into `n` others, without dynamics.
#[derive(Debug, Clone, PartialEq)]
pub struct PhaseSpace {
    mass: f64,
    masses: Vec<f64>,
    /// Upper bound of the weight.
    bound: f64,
}

impl PhaseSpace {
    /// A decay of `mass` to particles of `masses`.
    ///
    /// # Errors
    /// When the number of particles is not 2 to 6, a mass is negative or not finite, or the masses
    /// leave no energy.
    pub fn new(mass: f64, masses: &[f64]) -> Result<Self, PhaseSpaceError> {
        if masses.len() < 2 || masses.len() > MAX_PARTICLES {
            return Err(PhaseSpaceError::ParticleCount {
                count: masses.len(),
            });
        }
        for &m in std::iter::once(&mass).chain(masses) {
            if !(m.is_finite() && m >= 0.0) {
                return Err(PhaseSpaceError::BadMass { mass: m });
            }
        }
        let sum: f64 = masses.iter().sum();
        let free = mass - sum;
        // Written so that masses too large for a sum are refused too.
        if !(free > 0.0 && sum.is_finite()) {
            return Err(PhaseSpaceError::BelowThreshold { mass, sum });
        }
        Ok(Self {
            mass,
            masses: masses.to_vec(),
            bound: weight_bound(masses, free),
        })
    }

    pub fn mass(&self) -> f64 {
        self.mass
    }

    /// Masses of the final particles.
    pub fn masses(&self) -> &[f64] {
        &self.masses
    }

    /// Φ_n = ∫ (2π)^4 δ^4(P − Σp) Π d³p / [(2π)³ 2E] in GeV^{2n−4}, to about 1e-6.
    ///
    /// Takes about 64^{n−2} steps: instant to n = 5, a fraction of a second for n = 6.
    pub fn volume(&self) -> f64 {
        phase_space_volume(self.mass, &self.masses)
    }

    /// One event: (E, px, py, pz) of each particle in the rest frame of the mother.
    ///
    /// The momenta add up to zero and each energy is that of its mass, both to rounding.
    pub fn sample(&self, rng: &mut impl Rng) -> Vec<[f64; 4]> {
        let (systems, momenta) = self.sample_systems(rng);
        let n = self.masses.len();
        let mut event = vec![[0.0; 4]; n];
        // The system that is left, starting with everything, and its momentum in the mother's frame.
        let mut total = [0.0; 3];
        for k in (1..n).rev() {
            let direction = isotropic(rng);
            let inside = direction.map(|component| component * momenta[k]);
            let one = boosted(inside, self.masses[k], total, systems[k]);
            event[k] = on_shell(self.masses[k], one);
            total = [total[0] - one[0], total[1] - one[1], total[2] - one[2]];
        }
        event[0] = on_shell(self.masses[0], total);
        event
    }

    /// Accepted masses of the systems of particles 0..=k, and the momentum with which each splits
    /// into particle k and the system before it.
    fn sample_systems(&self, rng: &mut impl Rng) -> ([f64; MAX_PARTICLES], [f64; MAX_PARTICLES]) {
        let n = self.masses.len();
        let sum: f64 = self.masses.iter().sum();
        let available = self.mass - sum;
        let mut systems = [0.0; MAX_PARTICLES];
        let mut momenta = [0.0; MAX_PARTICLES];
        loop {
            let mut shares = [0.0; MAX_PARTICLES];
            shares[n - 1] = 1.0;
            if n > 2 {
                let between = &mut shares[1..n - 1];
                between.fill_with(|| uniform(rng));
                between.sort_unstable_by(f64::total_cmp);
            }
            let mut weight = 1.0;
            let mut base = self.masses[0];
            systems[0] = base;
            for k in 1..n {
                base += self.masses[k];
                systems[k] = base + shares[k] * available;
                // From the shares, because the difference of the masses loses digits near threshold.
                let free = (shares[k] - shares[k - 1]) * available;
                momenta[k] = momentum(free, systems[k - 1], self.masses[k]);
                weight *= momenta[k];
            }
            if uniform(rng) * self.bound < weight {
                systems[n - 1] = self.mass;
                return (systems, momenta);
            }
        }
    }
}

fn isotropic(rng: &mut impl Rng) -> [f64; 3] {
    let cos_theta = 2.0 * uniform(rng) - 1.0;
    let sin_theta = ((1.0 - cos_theta) * (1.0 + cos_theta)).sqrt();
    let (sin_phi, cos_phi) = libm::sincos(TAU * uniform(rng));
    [sin_theta * cos_phi, sin_theta * sin_phi, cos_theta]
}

/// The momentum `p` of a particle of mass `m`, from the rest frame of a system to the frame in
/// which this system has momentum `total` and mass `system`.
fn boosted(p: [f64; 3], m: f64, total: [f64; 3], system: f64) -> [f64; 3] {
    let [energy, ..] = on_shell(m, p);
    let [system_energy, ..] = on_shell(system, total);
    let along = p[0] * total[0] + p[1] * total[1] + p[2] * total[2];
    let factor = (along / (system_energy + system) + energy) / system;
    [
        p[0] + factor * total[0],
        p[1] + factor * total[1],
        p[2] + factor * total[2],
    ]
}

fn on_shell(m: f64, p: [f64; 3]) -> [f64; 4] {
    let energy = (m * m + (p[0] * p[0] + p[1] * p[1] + p[2] * p[2])).sqrt();
    [energy, p[0], p[1], p[2]]
}

/// A decay that has no phase space.
#[derive(Debug, Clone, PartialEq, Error, Diagnostic)]
#[non_exhaustive]
pub enum PhaseSpaceError {
    #[error("phase space of {count} particles")]
    #[diagnostic(
        code(gpuwa::generate::particle_count),
        help("2 to {MAX_PARTICLES} particles are supported")
    )]
    ParticleCount { count: usize },
    #[error("phase space with a mass of {mass} GeV")]
    #[diagnostic(
        code(gpuwa::generate::bad_mass),
        help("masses are finite and not negative")
    )]
    BadMass { mass: f64 },
    #[error("a mass of {mass} GeV is not above the sum of the final masses, {sum} GeV")]
    #[diagnostic(
        code(gpuwa::generate::below_threshold),
        help("check the masses and their unit: gpuwa counts in GeV")
    )]
    BelowThreshold { mass: f64, sum: f64 },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::EventStreams;
    use proptest::prelude::*;

    const M_D: f64 = 1.869_66;
    const M_K: f64 = 0.493_677;
    const M_PI: f64 = 0.139_570_39;

    fn events(space: &PhaseSpace, count: u64) -> impl Iterator<Item = Vec<[f64; 4]>> {
        let streams = EventStreams::new(11, 0);
        (0..count).map(move |event| space.sample(&mut streams.event(event)))
    }

    fn add(a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
        std::array::from_fn(|i| a[i] + b[i])
    }

    fn mass_squared(p: [f64; 4]) -> f64 {
        p[0] * p[0] - p[1] * p[1] - p[2] * p[2] - p[3] * p[3]
    }

    /// Σ (n − e)²/e over bins must lie within five standard deviations of its mean: the seed is
    /// fixed, so this cannot fail by chance later.
    fn assert_flat(counts: &[f64], expected: &[f64]) {
        let chi2: f64 = counts
            .iter()
            .zip(expected)
            .map(|(n, e)| (n - e) * (n - e) / e)
            .sum();
        let degrees = counts.len() as f64 - 1.0;
        assert!(
            (chi2 - degrees).abs() < 5.0 * (2.0 * degrees).sqrt(),
            "chi2 {chi2} for {degrees}"
        );
    }

    proptest! {
        #[test]
        fn momentum_is_conserved_and_masses_are_exact(
            masses in prop::collection::vec(prop_oneof![Just(0.0), 1e-3..5.0f64], 2..=6),
            available in prop_oneof![1e-9..1e-6f64, 1e-3..10.0f64],
            seed: u64,
        ) {
            let mass = masses.iter().sum::<f64>() + available;
            let space = PhaseSpace::new(mass, &masses).unwrap();
            let event = space.sample(&mut EventStreams::new(seed, 0).event(0));
            let total = event.iter().copied().fold([0.0; 4], add);
            // A few roundings of numbers of the size of the mother's mass.
            prop_assert!((total[0] - mass).abs() < 1e-12 * mass, "{total:?}");
            prop_assert!(total[1..].iter().all(|p| p.abs() < 1e-12 * mass), "{total:?}");
            for (p, m) in event.iter().zip(&masses) {
                prop_assert!((mass_squared(*p) - m * m).abs() < 1e-14 * p[0] * p[0], "{p:?} {m}");
            }
        }
    }

    #[test]
    fn two_bodies_are_isotropic() {
        let space = PhaseSpace::new(M_D, &[M_K, M_PI]).unwrap();
        let count = 20_000;
        let mut bins = [0.0; 100];
        for event in events(&space, count) {
            let [_, x, y, z] = event[0];
            let cos_theta = z / (x * x + y * y + z * z).sqrt();
            let phi = libm::atan2(y, x) / TAU + 0.5;
            let bin = |share: f64| ((share * 10.0) as usize).min(9);
            bins[10 * bin(0.5 * (cos_theta + 1.0)) + bin(phi)] += 1.0;
        }
        assert_flat(&bins, &[count as f64 / 100.0; 100]);
    }

    /// The Dalitz plot is flat: cells of equal area inside the border, each pair of axes.
    #[test]
    fn the_dalitz_plot_is_flat() {
        let masses = [M_K, M_PI, 0.547_862];
        let space = PhaseSpace::new(M_D, &masses).unwrap();
        for (i, j, k) in [(0, 1, 2), (1, 2, 0), (2, 0, 1)] {
            let (low, high) = ((masses[i] + masses[j]).powi(2), (M_D - masses[k]).powi(2));
            // Height of the plot over s_ij, proportional to p_i* p_k* with s_ij fixed.
            let height = |s: f64| {
                let m = s.sqrt();
                momentum(m - masses[i] - masses[j], masses[i], masses[j])
                    * momentum(M_D - m - masses[k], m, masses[k])
                    / m
            };
            const BINS: usize = 20;
            let width = (high - low) / BINS as f64;
            let mut expected = [0.0; BINS];
            for (bin, area) in expected.iter_mut().enumerate() {
                for step in 0..200 {
                    *area += height(low + (bin as f64 + (f64::from(step) + 0.5) / 200.0) * width);
                }
            }
            let total: f64 = expected.iter().sum();
            let count = 40_000;
            let mut counts = vec![0.0; BINS * 5];
            for event in events(&space, count) {
                let s = mass_squared(add(event[i], event[j]));
                let m = s.sqrt();
                // s_jk is linear in the share of the height below it.
                let s_jk = mass_squared(add(event[j], event[k]));
                let (p, q) = (
                    momentum(m - masses[i] - masses[j], masses[i], masses[j]),
                    momentum(M_D - m - masses[k], m, masses[k]) * M_D / m,
                );
                let energies =
                    (p * p + masses[j] * masses[j]).sqrt() * (q * q + masses[k] * masses[k]).sqrt();
                let middle = masses[j] * masses[j] + masses[k] * masses[k] + 2.0 * energies;
                let share = (s_jk - middle) / (4.0 * p * q) + 0.5;
                assert!(
                    (-1e-9..1.0 + 1e-9).contains(&share),
                    "{share} is outside the border"
                );
                let column = (((s - low) / width) as usize).min(BINS - 1);
                counts[5 * column + ((share * 5.0) as usize).min(4)] += 1.0;
            }
            let expected: Vec<f64> = expected
                .iter()
                .flat_map(|area| [area / total * count as f64 / 5.0; 5])
                .collect();
            assert_flat(&counts, &expected);
        }
    }

    /// dΦ_n/dm_12 = Φ_2(m_12) Φ_{n−1}(M; m_12, …) m_12/π, for pairs that the algorithm treats
    /// differently.
    #[test]
    fn pair_masses_of_many_bodies_follow_the_recursion() {
        for masses in [
            vec![0.0, 0.5, 0.1, 0.3],
            vec![0.1, 0.0, 0.4, 0.2, 0.3],
            vec![0.2, 0.1, 0.3, 0.0, 0.1, 0.2],
        ] {
            let mass = 2.5;
            let n = masses.len();
            let space = PhaseSpace::new(mass, &masses).unwrap();
            for (i, j) in [(0, 1), (0, n - 1), (n - 2, n - 1)] {
                let rest: Vec<f64> = (0..n)
                    .filter(|&k| k != i && k != j)
                    .map(|k| masses[k])
                    .collect();
                let (low, high) = (masses[i] + masses[j], mass - rest.iter().sum::<f64>());
                // Six bodies leave a five-body volume a point: fewer points, whose error is small
                // against the statistics.
                let (bins, points) = if n < 6 { (20, 4) } else { (8, 2) };
                let width = (high - low) / bins as f64;
                let mut expected: Vec<f64> = (0..bins)
                    .map(|bin| {
                        (0..points)
                            .map(|step| {
                                let m = low
                                    + width
                                        * (bin as f64
                                            + (f64::from(step) + 0.5) / f64::from(points));
                                let others: Vec<f64> =
                                    std::iter::once(m).chain(rest.iter().copied()).collect();
                                m * phase_space_volume(m, &[masses[i], masses[j]])
                                    * phase_space_volume(mass, &others)
                            })
                            .sum()
                    })
                    .collect();
                let count = 3000.0;
                let total: f64 = expected.iter().sum();
                expected.iter_mut().for_each(|e| *e *= count / total);
                let mut counts = vec![0.0; bins];
                for event in events(&space, count as u64) {
                    let m = mass_squared(add(event[i], event[j])).sqrt();
                    counts[(((m - low) / width) as usize).min(bins - 1)] += 1.0;
                }
                // Bins with a handful of events would spoil chi2.
                let kept: Vec<usize> = (0..bins).filter(|&bin| expected[bin] > 10.0).collect();
                let pick = |from: &[f64]| kept.iter().map(|&bin| from[bin]).collect::<Vec<_>>();
                assert_flat(&pick(&counts), &pick(&expected));
            }
        }
    }

    #[test]
    fn impossible_decays_are_refused() {
        let refused = |mass: f64, masses: &[f64]| PhaseSpace::new(mass, masses).unwrap_err();
        assert_eq!(
            refused(1.0, &[0.1]),
            PhaseSpaceError::ParticleCount { count: 1 }
        );
        assert_eq!(
            refused(1.0, &[0.0; 7]),
            PhaseSpaceError::ParticleCount { count: 7 }
        );
        assert_eq!(
            refused(1.0, &[0.1, -0.1]),
            PhaseSpaceError::BadMass { mass: -0.1 }
        );
        assert!(matches!(
            refused(f64::NAN, &[0.1, 0.1]),
            PhaseSpaceError::BadMass { .. }
        ));
        assert!(matches!(
            refused(1.0, &[0.5, 0.5]),
            PhaseSpaceError::BelowThreshold { .. }
        ));
        assert!(matches!(
            refused(1.0, &[f64::MAX, f64::MAX]),
            PhaseSpaceError::BelowThreshold { .. }
        ));
    }
}
