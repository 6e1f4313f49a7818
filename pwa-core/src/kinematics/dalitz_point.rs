//! A point of a three-body Dalitz plot, and momenta that lie there.
//!
//! The point is the mass of a pair (i j) and the angle theta_ij of i in the pair's rest frame, against the
//! direction that the pair flies in; (i j k) is cyclic. The plane of the decay is x-z, the pair flies along z:
//! what does not depend on how the decay lies in space needs no more.
//!
//! Units: GeV.

/// The mass and angle of a pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DalitzPoint {
    /// The particle k that is not in the pair, 1 to 3.
    pub spectator: usize,
    pub pair_mass: f64,
    pub cos_theta: f64,
}

/// How far beyond the boundary rounding can bring a point that lies on it.
const ROUNDING: f64 = 1e-9;

impl DalitzPoint {
    /// i and j of the pair without k, in cyclic order.
    pub const fn pair(spectator: usize) -> [usize; 2] {
        [spectator % 3 + 1, (spectator + 1) % 3 + 1]
    }

    /// The point where the pairs without k and without `other` have these masses squared; `masses` are
    /// those of the initial and the final particles. None outside the plot.
    pub fn from_squares(
        masses: [f64; 4],
        [(k, of_k), (other, of_other)]: [(usize, f64); 2],
    ) -> Option<Self> {
        let squares = masses.map(|m| m * m);
        let [i, j] = Self::pair(k);
        let of_i = match other == i {
            true => of_other,
            false => squares.iter().sum::<f64>() - of_k - of_other,
        };
        let pair_mass = of_k.sqrt();
        let q = breakup_momentum(pair_mass, masses[i], masses[j])?;
        // In the frame of the pair, k has the momentum of the initial particle.
        let p = breakup_momentum(masses[0], pair_mass, masses[k])? * (masses[0] / pair_mass);
        let energy_j = (of_k + squares[j] - squares[i]) / (2.0 * pair_mass);
        let energy_k = (squares[0] - of_k - squares[k]) / (2.0 * pair_mass);
        let cos_theta =
            (squares[j] + squares[k] + 2.0 * energy_j * energy_k - of_i) / (2.0 * q * p);
        let edge = cos_theta.abs() > 1.0 && cos_theta.abs() < 1.0 + ROUNDING;
        let point = Self {
            spectator: k,
            pair_mass,
            cos_theta: if edge { cos_theta.signum() } else { cos_theta },
        };
        (point.cos_theta.abs() <= 1.0).then_some(point)
    }

    /// (E, px, py, pz) of the three particles in the rest frame of the initial one; None outside the plot.
    pub fn momenta(&self, masses: [f64; 4]) -> Option<[[f64; 4]; 3]> {
        let (k, [i, j]) = (self.spectator, Self::pair(self.spectator));
        let (m, cos) = (self.pair_mass, self.cos_theta);
        let q = breakup_momentum(m, masses[i], masses[j])?;
        let p = breakup_momentum(masses[0], m, masses[k])?;
        let inside = cos.abs() <= 1.0;
        if !inside {
            return None;
        }
        let (energy, across, along) = (
            (p * p + m * m).sqrt() / m,
            q * ((1.0 - cos) * (1.0 + cos)).sqrt(),
            q * cos,
        );
        let flight = p / m;
        let boosted = |mass: f64, across: f64, along: f64| {
            let e = (mass * mass + q * q).sqrt();
            [
                energy * e + flight * along,
                across,
                0.0,
                energy * along + flight * e,
            ]
        };
        let mut momenta = [[0.0; 4]; 3];
        momenta[i - 1] = boosted(masses[i], across, along);
        momenta[j - 1] = boosted(masses[j], -across, -along);
        momenta[k - 1] = [(p * p + masses[k] * masses[k]).sqrt(), 0.0, 0.0, -p];
        Some(momenta)
    }

    /// The density of phase space in mass and cosine, up to a constant: 2 m times the length of the
    /// plot along the other mass squared.
    pub fn density(&self, masses: [f64; 4]) -> Option<f64> {
        let [i, j] = Self::pair(self.spectator);
        let q = breakup_momentum(self.pair_mass, masses[i], masses[j])?;
        let p = breakup_momentum(masses[0], self.pair_mass, masses[self.spectator])?;
        Some(4.0 * q * p * masses[0])
    }
}

/// The momentum of m -> a b in the frame of m; None below threshold.
fn breakup_momentum(m: f64, a: f64, b: f64) -> Option<f64> {
    let square = (m - (a + b)) * (m + (a + b)) * (m - (a - b)) * (m + (a - b));
    (m > 0.0 && square >= 0.0 && m >= a + b).then(|| square.sqrt() / (2.0 * m))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASSES: [f64; 4] = [2.286, 0.938, 0.140, 0.494];

    fn square(momenta: &[[f64; 4]; 3], i: usize, j: usize) -> f64 {
        let sum = [0, 1, 2, 3].map(|c| momenta[i - 1][c] + momenta[j - 1][c]);
        sum[0] * sum[0] - sum[1] * sum[1] - sum[2] * sum[2] - sum[3] * sum[3]
    }

    #[test]
    fn momenta_have_the_masses_of_the_point_and_add_to_rest() {
        for spectator in 1..=3 {
            let [i, j] = DalitzPoint::pair(spectator);
            let point = DalitzPoint {
                spectator,
                pair_mass: MASSES[i] + MASSES[j] + 0.3,
                cos_theta: -0.3,
            };
            let momenta = point.momenta(MASSES).unwrap();
            let total: Vec<f64> = (0..4).map(|c| momenta.iter().map(|p| p[c]).sum()).collect();
            assert!((total[0] - MASSES[0]).abs() < 1e-14);
            assert!(total[1..].iter().all(|p| p.abs() < 1e-15));
            assert!((square(&momenta, i, j).sqrt() - point.pair_mass).abs() < 1e-14);
            // The way back, from either of the other pairs.
            for other in [i, j] {
                let [a, b] = DalitzPoint::pair(other);
                let squares = [
                    (spectator, point.pair_mass.powi(2)),
                    (other, square(&momenta, a, b)),
                ];
                let back = DalitzPoint::from_squares(MASSES, squares).unwrap();
                assert!((back.cos_theta - point.cos_theta).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn there_is_nothing_outside_the_plot() {
        let point = |pair_mass, cos_theta| DalitzPoint {
            spectator: 1,
            pair_mass,
            cos_theta,
        };
        assert_eq!(point(0.63, 0.0).momenta(MASSES), None);
        assert_eq!(point(1.349, 0.0).momenta(MASSES), None);
        assert_eq!(point(1.0, 1.1).momenta(MASSES), None);
        assert_eq!(point(f64::NAN, 0.0).momenta(MASSES), None);
        assert_eq!(
            DalitzPoint::from_squares(MASSES, [(1, 1.0), (2, 1.5)]),
            None
        );
        assert!(DalitzPoint::from_squares(MASSES, [(1, 1.0), (2, 2.5)]).is_some());
    }
}
