//! One step of the polish: the minimum of the quadratic model within limits and a trust region.
//!
//! ```text
//! m(d) = g d + d H d / 2,   low <= x + d <= high,   |D^-1 d| <= radius
//! d = D V a,   a_k = - c_k / (max(|lambda_k|, floor) + mu),   c = V^T D g
//! ```
//!
//! |lambda| turns a direction of negative curvature into one of descent; mu >= 0 is the smallest
//! shift that respects the radius. The coordinate that is first to leave its limits is put on them
//! and the others solved again, until none leaves.
//! Source: Y. Dauphin et al., arXiv:1406.2572 (|lambda|); J. Nocedal and S. Wright, Numerical
//! Optimization, 2nd ed., section 4.3 (mu) and 16.7 (projection).
//! Limits: positive definite H, no active limit and a large radius give the Newton step.

use ndarray::Array2;

use super::spectrum::Spectrum;
use super::wolfe::dot;

/// Below minus this times the largest |lambda| a direction is a saddle's, not rounding.
const SADDLE: f64 = 1e-6;

/// Thresholds below which nothing is worth a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tolerances {
    pub edm: f64,
    pub flat: f64,
}

impl Tolerances {
    /// Of a descent by itself. Flat: of the equilibrated Hessian's largest eigenvalue.
    pub fn of_edm(edm: f64) -> Self {
        Self { edm, flat: 1e-9 }
    }
}

/// Gradient and Hessian along the coordinates that may move.
#[derive(Debug, Clone)]
pub(super) struct FreeModel {
    /// Indices of the coordinates that may move.
    pub free: Vec<usize>,
    pub spectrum: Spectrum,
    components: Vec<f64>,
}

impl FreeModel {
    pub fn new(
        free: Vec<usize>,
        gradient: &[f64],
        hessian: &Array2<f64>,
        fallback: &[f64],
    ) -> Self {
        let spectrum = Spectrum::new(&block(hessian, &free), &pick(fallback, &free));
        let components = spectrum.components(&pick(gradient, &free));
        FreeModel {
            free,
            spectrum,
            components,
        }
    }

    /// The model with fewer free coordinates and another gradient. It keeps the lengths, so that a
    /// radius means the same in both.
    fn narrowed(&self, free: Vec<usize>, gradient: &[f64], hessian: &Array2<f64>) -> Self {
        let lengths = (self.free.iter().zip(&self.spectrum.lengths))
            .filter(|(i, _)| free.contains(i))
            .map(|(_, &length)| length)
            .collect();
        let spectrum = Spectrum::in_units(&block(hessian, &free), lengths);
        let components = spectrum.components(&pick(gradient, &free));
        FreeModel {
            free,
            spectrum,
            components,
        }
    }

    /// g^T |H|^-1 g / 2: at a minimum the estimated distance to it.
    pub fn edm(&self, flat: f64) -> f64 {
        let floor = self.floor(flat);
        self.components
            .iter()
            .zip(&self.spectrum.values)
            .map(|(c, l)| gain(*c, *l, floor))
            .sum()
    }

    pub fn is_saddle(&self) -> bool {
        self.spectrum
            .values
            .first()
            .is_some_and(|lowest| *lowest < -SADDLE * self.spectrum.radius())
    }

    /// Smallest curvature of either sign relative to the largest.
    pub fn smallest_curvature(&self) -> f64 {
        let smallest = self
            .spectrum
            .values
            .iter()
            .fold(f64::INFINITY, |least, value| value.abs().min(least));
        smallest / self.spectrum.radius()
    }

    /// Never zero, so that a model without any curvature still divides.
    fn floor(&self, flat: f64) -> f64 {
        (flat * self.spectrum.radius()).max(f64::MIN_POSITIVE)
    }

    /// The step along the free coordinates.
    fn step(&self, radius: f64, tolerances: Tolerances) -> Vec<f64> {
        let floor = self.floor(tolerances.flat);
        let values = &self.spectrum.values;
        let moves = |k: usize| {
            // A flat direction is not stepped along unless the function slopes along it.
            values[k].abs() > floor || gain(self.components[k], values[k], floor) > tolerances.edm
        };
        let shifted = |mu: f64| -> Vec<f64> {
            (0..values.len())
                .map(|k| match moves(k) {
                    true => -self.components[k] / (values[k].abs().max(floor) + mu),
                    false => 0.0,
                })
                .collect()
        };
        let mut amounts = shifted(0.0);
        if norm(&amounts) > radius {
            // |a| <= |c| / mu, so mu = |c| / radius is always enough.
            let (mut too_small, mut enough) = (0.0, norm(&self.components) / radius);
            for _ in 0..60 {
                let middle = 0.5 * (too_small + enough);
                if norm(&shifted(middle)) > radius {
                    too_small = middle;
                } else {
                    enough = middle;
                }
            }
            amounts = shifted(enough);
        } else if self.is_saddle() && self.edm(tolerances.flat) < tolerances.edm {
            // On a saddle there is no gradient to follow: leave it along its steepest descent.
            let length = (1.0 / values[0].abs().sqrt()).min(radius);
            amounts[0] = if self.components[0] > 0.0 {
                -length
            } else {
                length
            };
        }
        self.spectrum.displacement(&amounts)
    }
}

fn pick(values: &[f64], free: &[usize]) -> Vec<f64> {
    free.iter().map(|&i| values[i]).collect()
}

fn block(hessian: &Array2<f64>, free: &[usize]) -> Array2<f64> {
    Array2::from_shape_fn((free.len(), free.len()), |(i, j)| {
        hessian[[free[i], free[j]]]
    })
}

/// How much of the EDM one eigenvector contributes.
fn gain(component: f64, value: f64, floor: f64) -> f64 {
    0.5 * component * component / value.abs().max(floor)
}

fn norm(amounts: &[f64]) -> f64 {
    dot(amounts, amounts).sqrt()
}

/// Where the quadratic model proposes to go.
#[derive(Debug, Clone)]
pub(super) struct Proposal {
    pub point: Vec<f64>,
    /// Decrease of the model, positive for a step worth trying.
    pub decrease: f64,
    /// |D^-1 d|
    pub length: f64,
    /// Whether coordinates were put on limits that the model without limits would have crossed.
    pub meets_limits: bool,
}

/// The point, gradient and Hessian the model is built from, with the limits around it.
pub(super) struct Site<'a> {
    pub point: &'a [f64],
    pub gradient: &'a [f64],
    pub hessian: &'a Array2<f64>,
    pub intervals: &'a [(f64, f64)],
    pub fallback: &'a [f64],
}

impl Site<'_> {
    /// Coordinates on a limit whose gradient pushes them outwards.
    pub fn pinned(&self) -> Vec<bool> {
        (0..self.point.len())
            .map(|i| {
                let (low, high) = self.intervals[i];
                (self.point[i] <= low && self.gradient[i] >= 0.0)
                    || (self.point[i] >= high && self.gradient[i] <= 0.0)
            })
            .collect()
    }

    pub fn model(&self, pinned: &[bool]) -> FreeModel {
        let free = (0..pinned.len()).filter(|&i| !pinned[i]).collect();
        FreeModel::new(free, self.gradient, self.hessian, self.fallback)
    }

    pub fn propose(&self, model: &FreeModel, radius: f64, tolerances: Tolerances) -> Proposal {
        let n = self.point.len();
        let mut step = vec![0.0; n];
        let mut target = self.point.to_vec();
        let mut reduced = model.clone();
        // Every round puts one more coordinate on its limit, so this ends.
        loop {
            let moves = reduced.step(radius, tolerances);
            for (&i, &by) in reduced.free.iter().zip(&moves) {
                step[i] = by;
                target[i] = self.point[i] + by;
            }
            let Some((hit, limit)) = self.first_limit(&reduced.free, &step, &target) else {
                break;
            };
            step[hit] = limit - self.point[hit];
            target[hit] = limit;
            let free: Vec<usize> = reduced.free.iter().copied().filter(|&i| i != hit).collect();
            let mut gradient = self.gradient.to_vec();
            for &i in &free {
                gradient[i] += (model.free.iter())
                    .filter(|j| !free.contains(j))
                    .map(|&j| self.hessian[[i, j]] * step[j])
                    .sum::<f64>();
            }
            reduced = reduced.narrowed(free, &gradient, self.hessian);
        }
        let meets_limits = reduced.free.len() < model.free.len();
        let bend: f64 = (0..n)
            .map(|i| step[i] * (0..n).map(|j| self.hessian[[i, j]] * step[j]).sum::<f64>())
            .sum();
        let lengths = &model.spectrum.lengths;
        let scaled: Vec<f64> = model
            .free
            .iter()
            .zip(lengths)
            .map(|(&i, length)| step[i] / length)
            .collect();
        Proposal {
            point: target,
            decrease: -dot(self.gradient, &step) - 0.5 * bend,
            length: norm(&scaled),
            meets_limits,
        }
    }

    /// The coordinate that is first to leave its limits along the step, and the limit.
    fn first_limit(&self, free: &[usize], step: &[f64], target: &[f64]) -> Option<(usize, f64)> {
        free.iter()
            .filter_map(|&i| {
                let (low, high) = self.intervals[i];
                let limit = target[i].clamp(low, high);
                let fraction = (limit - self.point[i]) / step[i];
                (limit != target[i]).then_some((fraction, i, limit))
            })
            .min_by(|left, right| left.0.total_cmp(&right.0))
            .map(|(_, i, limit)| (i, limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    const TOLERANCES: Tolerances = Tolerances {
        edm: 1e-9,
        flat: 1e-9,
    };
    const OPEN: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

    fn propose(
        point: &[f64],
        gradient: &[f64],
        hessian: &Array2<f64>,
        intervals: &[(f64, f64)],
        radius: f64,
    ) -> Proposal {
        let site = Site {
            point,
            gradient,
            hessian,
            intervals,
            fallback: &[1.0, 1.0],
        };
        let model = site.model(&site.pinned());
        site.propose(&model, radius, TOLERANCES)
    }

    #[test]
    fn a_quadratic_is_solved_in_one_step() {
        let hessian = array![[2.0, 0.5], [0.5, 1.0]];
        // Minimum at (1, -2).
        let gradient = [-1.0, 1.5];
        let proposal = propose(&[0.0, 0.0], &gradient, &hessian, &[OPEN; 2], f64::INFINITY);
        assert!((proposal.point[0] - 1.0).abs() < 1e-14);
        assert!((proposal.point[1] + 2.0).abs() < 1e-14);
        assert!((proposal.decrease - 2.0).abs() < 1e-14);
    }

    #[test]
    fn the_radius_bounds_the_step() {
        let hessian = array![[2.0, 0.5], [0.5, -1.0]];
        let proposal = propose(&[0.0, 0.0], &[-10.0, 3.0], &hessian, &[OPEN; 2], 0.25);
        assert!((proposal.length - 0.25).abs() < 1e-12);
        assert!(proposal.decrease > 0.0);
    }

    #[test]
    fn a_limit_on_the_way_is_met_exactly_and_the_rest_solved_again() {
        let hessian = array![[2.0, 0.5], [0.5, 1.0]];
        let gradient = [-1.0, 1.5];
        let intervals = [(-1.0, 0.3), OPEN];
        let proposal = propose(&[0.0, 0.0], &gradient, &hessian, &intervals, f64::INFINITY);
        assert_eq!(proposal.point[0], 0.3);
        // d m / d y = 1.5 + 0.5 * 0.3 + y = 0
        assert!((proposal.point[1] + 1.65).abs() < 1e-14);
    }

    #[test]
    fn a_saddle_is_left_without_a_gradient() {
        let hessian = array![[1.0, 0.0], [0.0, -1.0]];
        let proposal = propose(&[0.0, 0.0], &[0.0, 0.0], &hessian, &[OPEN; 2], 10.0);
        assert!((proposal.decrease - 0.5).abs() < 1e-14);
    }

    #[test]
    fn a_flat_direction_is_not_stepped_along() {
        let hessian = array![[1.0, 1.0], [1.0, 1.0]];
        let proposal = propose(
            &[0.0, 0.0],
            &[-1.0, -1.0],
            &hessian,
            &[OPEN; 2],
            f64::INFINITY,
        );
        assert!((proposal.point[0] - 0.5).abs() < 1e-14);
        assert!((proposal.point[1] - 0.5).abs() < 1e-14);
    }
}
