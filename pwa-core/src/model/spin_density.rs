//! The spin-density matrix of the initial particle as formulas of parameters and columns of the sample.
//!
//! ```text
//! I = sum_f sum_hh' rho_hh' A_hf conj(A_h'f),   rho_hh' = <h|rho|h'>, h projections on the axis z of `initial`
//! spin 1/2    rho = 1 + P . sigma
//! spin 1      rho = 1 + 3/2 sum_i p_i S_i + 1/3 sum_ij p_ij P_ij,  P_ij = 3/2 (S_i S_j + S_j S_i) - 2 delta_ij
//! e+e-        rho_++ = (1 + z1)(1 + z2),  rho_-- = (1 - z1)(1 - z2),  rho_+- = (x1 - i y1)(x2 - i y2)
//! photon      rho_++ = rho_-- = 1,  rho_+- = -P e^{-2 i Phi},  Phi = angle - phi
//! ```
//!
//! The unit matrix is an unpolarised particle: the trace is the number of projections, so that a
//! polarisation of zero leaves the sum over projections as it is without one.
//!
//! Source: Madison convention (1970), G. Ohlsen, Rep. Prog. Phys. 35 (1972) 717: P = <sigma>, p_i = <S_i>,
//! p_ij = <P_ij>, p_xx + p_yy + p_zz = 0. e+e-: massless beams of spins (x1, y1, z1) along and (x2, y2, z2)
//! against the axis annihilate where both spins have one projection on it, which is that of the particle.
//! Photon: V. Mathieu et al. (JPAC), Phys. Rev. D 100 (2019) 054017, eq. (A9); P the degree of linear
//! polarisation, Phi from the production plane to that of the polarisation, phi the azimuth of what is produced.
//! Limits: a state has a rho without negative eigenvalues (|P| <= 1); amplitudes are evaluated with any.

use ndarray::Array2;
use num_complex::Complex64;

use super::{InitialParticle, Model, ParameterId};
use crate::expr::Expr;
use crate::spin::{projections, spin_operators};

/// A real number of the initial state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateNumber {
    Parameter(ParameterId),
    /// A value an event: place among [`SpinDensity::columns`].
    Column(usize),
    /// cos 2 phi and sin 2 phi of what a photon produces, phi about the axis from the x axis.
    CosTwoAzimuth,
    SinTwoAzimuth,
}

/// One element of a matrix and, off the diagonal, its conjugate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DensityEntry {
    /// Doubled projections.
    pub two_h: [i32; 2],
    pub re: StateNumber,
    /// None on the diagonal.
    pub im: Option<StateNumber>,
}

/// What is said of the initial spin.
#[derive(Debug, Clone, PartialEq)]
pub enum Polarisation {
    /// Components by their names in [`components`].
    Components(Vec<(String, StateNumber)>),
    Elements(Vec<DensityEntry>),
    /// x, y, z of electron and positron.
    Beams([[Option<StateNumber>; 3]; 2]),
    /// Linear polarisation.
    Photon {
        degree: StateNumber,
        angle: StateNumber,
    },
}

/// A column of the samples that the initial state depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct StateColumn {
    pub name: String,
    /// The values that a state can have.
    pub range: [f64; 2],
}

/// The spin-density matrix with what it depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct SpinDensity {
    pub polarisation: Polarisation,
    pub columns: Vec<StateColumn>,
}

/// The components of the polarisation of a doubled spin: names, matrices beside them in rho, ranges.
pub fn components(two_j: u32) -> Vec<(&'static str, Array2<Complex64>, [f64; 2])> {
    let real = |x: f64| Complex64::new(x, 0.0);
    let [x, y, z] = spin_operators(two_j);
    match two_j {
        1 => {
            let vector = [("x", x), ("y", y), ("z", z)].into_iter();
            vector
                .map(|(name, s)| (name, s * real(2.0), [-1.0, 1.0]))
                .collect()
        }
        2 => {
            // 2/3 of P_ij: it stands twice in the sum over i and j.
            let mixed = |a: &Array2<Complex64>, b: &Array2<Complex64>| a.dot(b) + b.dot(a);
            let (xy, yz, xz) = (mixed(&x, &y), mixed(&y, &z), mixed(&x, &z));
            // p_xx and p_yy are (d - p_zz)/2 and (-d - p_zz)/2 with d = p_xx - p_yy.
            let difference = (x.dot(&x) - y.dot(&y)) * real(0.5);
            let zz = z.dot(&z) * real(1.5) - Array2::<Complex64>::eye(3);
            let vector = [("x", x), ("y", y), ("z", z)].into_iter();
            let vector = vector.map(|(name, s)| (name, s * real(1.5), [-1.0, 1.0]));
            let tensor = [
                ("xy", xy, [-1.5, 1.5]),
                ("yz", yz, [-1.5, 1.5]),
                ("xz", xz, [-1.5, 1.5]),
                ("zz", zz, [-2.0, 1.0]),
                ("xx-yy", difference, [-3.0, 3.0]),
            ];
            vector.chain(tensor).collect()
        }
        _ => Vec::new(),
    }
}

impl SpinDensity {
    /// rho between these doubled projections of a spin: (place of h, place of h', rho_hh') with h' not before
    /// h, zeros left out. `value` is that of a number.
    pub fn elements(
        &self,
        two_j: u32,
        two_helicities: &[i32],
        value: impl Fn(StateNumber) -> Expr,
    ) -> Vec<(usize, usize, Expr)> {
        let count = two_helicities.len();
        let pairs = (0..count).flat_map(|a| (a..count).map(move |b| (a, b)));
        let elements = pairs.map(|(a, b)| {
            let two_h = [two_helicities[a], two_helicities[b]];
            (a, b, self.element(two_j, two_h, &value))
        });
        let zero = |expr: &Expr| expr.constant().is_some_and(|x| x == Complex64::ZERO);
        elements.filter(|(.., expr)| !zero(expr)).collect()
    }

    fn element(&self, two_j: u32, two_h: [i32; 2], value: &impl Fn(StateNumber) -> Expr) -> Expr {
        let unit = f64::from(u8::from(two_h[0] == two_h[1]));
        match &self.polarisation {
            Polarisation::Components(given) => {
                let place = |two: i32| projections(two_j).take_while(|&other| other != two).count();
                let at = two_h.map(place);
                let known = components(two_j);
                let mut sum = Expr::from(unit);
                for (name, quantity) in given {
                    let factor = known.iter().find(|(known, ..)| known == name);
                    let factor = factor.map_or(Complex64::ZERO, |(_, matrix, _)| matrix[at]);
                    if factor != Complex64::ZERO {
                        sum = sum + value(*quantity) * Expr::complex(factor);
                    }
                }
                sum
            }
            Polarisation::Elements(entries) => {
                let entry = entries.iter().find(|entry| entry.two_h == two_h);
                let entry = entry.map(|entry| match entry.im {
                    Some(im) => Expr::cartesian(value(entry.re), value(im)),
                    None => value(entry.re),
                });
                let reversed = [two_h[1], two_h[0]];
                let conjugate = entries.iter().find(|entry| entry.two_h == reversed);
                let conjugate = conjugate
                    .and_then(|entry| Some(Expr::cartesian(value(entry.re), -value(entry.im?))));
                entry.or(conjugate).unwrap_or(0.0.into())
            }
            Polarisation::Beams(beams) => {
                let [[x1, y1, z1], [x2, y2, z2]] =
                    beams.map(|beam| beam.map(|part| part.map_or(0.0.into(), value)));
                match two_h {
                    [2, 2] => (1.0 + z1) * (1.0 + z2),
                    [-2, -2] => (1.0 - z1) * (1.0 - z2),
                    [-2, 2] => Expr::cartesian(x1, y1) * Expr::cartesian(x2, y2),
                    [2, -2] => Expr::cartesian(x1, -y1) * Expr::cartesian(x2, -y2),
                    _ => 0.0.into(),
                }
            }
            Polarisation::Photon { degree, angle } => {
                let plane = value(*angle) * 2.0;
                let [cos, sin] =
                    [StateNumber::CosTwoAzimuth, StateNumber::SinTwoAzimuth].map(&value);
                let half_turns = |sign: f64| {
                    let plane = Expr::cartesian(plane.cos(), plane.sin() * sign);
                    plane * Expr::cartesian(cos.clone(), sin.clone() * -sign)
                };
                match two_h {
                    [-2, 2] => -(half_turns(1.0) * value(*degree)),
                    [2, -2] => -(half_turns(-1.0) * value(*degree)),
                    _ => unit.into(),
                }
            }
        }
    }

    /// rho at values of the parameters; none where it depends on the event.
    fn at(
        &self,
        two_j: u32,
        two_helicities: &[i32],
        parameter: impl Fn(ParameterId) -> f64,
    ) -> Option<Array2<Complex64>> {
        let of_plane = matches!(self.polarisation, Polarisation::Photon { .. });
        if !self.columns.is_empty() || of_plane {
            return None;
        }
        let n = two_helicities.len();
        let mut rho = Array2::zeros((n, n));
        let value = |quantity| match quantity {
            StateNumber::Parameter(id) => parameter(id).into(),
            // None of these is in a matrix without columns and plane.
            _ => f64::NAN.into(),
        };
        for (a, b, expr) in self.elements(two_j, two_helicities, value) {
            let element = expr.constant()?;
            rho[(a, b)] = element;
            rho[(b, a)] = element.conj();
        }
        Some(rho)
    }
}

impl Model {
    /// The spin-density matrix of the initial particle at a point of the free parameters; none where nothing
    /// is said of it, or where it depends on the event.
    pub fn density_at(&self, point: &[f64]) -> Option<Array2<Complex64>> {
        let InitialParticle {
            two_j,
            two_helicities,
            density,
            ..
        } = &self.initial;
        let free = self.parameters.free();
        density.as_ref()?.at(*two_j, two_helicities, |id| {
            let source = self.parameters.source(id);
            let place = free.iter().position(|&free| free == source);
            place.map_or(self.parameters.value(source), |place| point[place])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// <O> = Tr(rho O) / Tr(rho) gives back the components.
    #[test]
    fn components_are_the_mean_values_they_are_named_after() {
        let s = spin_operators(2);
        let mean = |i: usize, j: usize| -> Array2<Complex64> {
            let real = |x: f64| Complex64::new(x, 0.0);
            let unit = Array2::<Complex64>::eye(3) * real(f64::from(u8::from(i == j)));
            (s[i].dot(&s[j]) + s[j].dot(&s[i])) * real(1.5) - unit * real(2.0)
        };
        let operators: Vec<Array2<Complex64>> = vec![
            s[0].clone(),
            s[1].clone(),
            s[2].clone(),
            mean(0, 1),
            mean(1, 2),
            mean(0, 2),
            mean(2, 2),
            mean(0, 0) - mean(1, 1),
        ];
        let matrices = components(2);
        for (a, operator) in operators.iter().enumerate() {
            for (b, (_, matrix, _)) in matrices.iter().enumerate() {
                let trace: Complex64 = matrix.dot(operator).diag().sum();
                let expected = if a == b { 3.0 } else { 0.0 };
                assert!((trace - expected).norm() < 1e-14, "{a} {b}: {trace}");
            }
        }
    }
}
