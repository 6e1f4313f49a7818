//! Gaussian knowledge of a parameter from elsewhere.

use ndarray::Array2;

/// (x - mean)² / (2 sigma²), x the free parameter at this place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Constraint {
    pub place: usize,
    pub mean: f64,
    pub sigma: f64,
}

impl Constraint {
    pub(super) fn add(
        &self,
        point: &[f64],
        value: &mut f64,
        gradient: Option<&mut Vec<f64>>,
        hessian: Option<&mut Array2<f64>>,
    ) {
        let pull = (point[self.place] - self.mean) / self.sigma;
        *value += pull * pull / 2.0;
        if let Some(gradient) = gradient {
            gradient[self.place] += pull / self.sigma;
        }
        if let Some(hessian) = hessian {
            hessian[(self.place, self.place)] += 1.0 / (self.sigma * self.sigma);
        }
    }
}
