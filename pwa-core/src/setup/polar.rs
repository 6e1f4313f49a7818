//! Polar couplings are fitted as real and imaginary part and reported as modulus and phase.
//!
//! Modulus and phase are bad coordinates of a fit: at modulus 0 the phase has no meaning, and
//! (-r, φ + π) is the same point as (r, φ).

use ndarray::Array2;

use crate::analysis::whole_turns;
use crate::model::{CouplingForm, ParameterId, ParameterRole, Parameters};

/// Pairs of places among the free parameters that hold modulus and phase in the config's form, and
/// real and imaginary part in the fit's; and the offsets of what is blind. Values of a fit reach those who look at
/// them through here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PolarPairs {
    pairs: Vec<[usize; 2]>,
    /// Of free parameters, by their places.
    offsets: Vec<(usize, f64)>,
}

/// The parameters with free polar couplings in cartesian form: the same ones at the same places.
/// `single`: places of parameters that something else depends on, which stay what they are.
pub fn cartesian(parameters: &Parameters, single: &[usize]) -> (Parameters, PolarPairs) {
    let mut fitted = parameters.clone();
    let free = parameters.free();
    let place = |id: ParameterId| {
        free.iter()
            .position(|&other| other == parameters.source(id))
    };
    let offset = |(place, &id)| Some((place, parameters.offset(id)?));
    let mut pairs = PolarPairs {
        pairs: Vec::new(),
        offsets: free.iter().enumerate().filter_map(offset).collect(),
    };
    for coupling in parameters.couplings() {
        let [Some(modulus), Some(phase)] = coupling.parts.map(place) else {
            continue;
        };
        if pairs.pairs.contains(&[modulus, phase])
            || !is_whole(parameters, [modulus, phase], single)
        {
            continue;
        }
        let [r, phi] = [modulus, phase].map(|place| parameters.value(free[place]));
        let starts = [r * libm::cos(phi), r * libm::sin(phi)];
        let roles = [ParameterRole::Re, ParameterRole::Im];
        for (i, place) in [modulus, phase].into_iter().enumerate() {
            let parameter = fitted.get_mut(free[place]);
            parameter.start = starts[i];
            parameter.role = roles[i];
        }
        fitted.set_form([free[modulus], free[phase]], CouplingForm::Cartesian);
        pairs.pairs.push([modulus, phase]);
    }
    (fitted, pairs)
}

/// Whether these two parameters are always used together, as one polar number, and nothing limits
/// or uses one of them alone.
fn is_whole(parameters: &Parameters, pair: [usize; 2], single: &[usize]) -> bool {
    let free = parameters.free();
    let ids = pair.map(|place| free[place]);
    let together = parameters.couplings().iter().all(|coupling| {
        let sources = coupling.parts.map(|part| parameters.source(part));
        let touches = sources.iter().any(|source| ids.contains(source));
        !touches || (sources == ids && coupling.form == CouplingForm::Polar)
    });
    let limited = ids.iter().any(|&id| parameters.get(id).limits.is_some());
    let used_alone = single.iter().any(|place| pair.contains(place));
    together && !limited && !used_alone
}

impl PolarPairs {
    /// The pair that a place belongs to, and whether it is the phase's.
    pub(super) fn role(&self, place: usize) -> Option<([usize; 2], bool)> {
        let pair = self.pairs.iter().find(|pair| pair.contains(&place))?;
        Some((*pair, pair[1] == place))
    }

    /// The point in the config's form as it is shown.
    pub fn shown(&self, cartesian: &[f64]) -> Vec<f64> {
        let mut point = self.true_point(cartesian);
        for &(place, offset) in &self.offsets {
            point[place] += offset;
            // A phase beyond a half turn would say that its offset has this sign.
            if self.role(place).is_some_and(|(_, phase)| phase) {
                point[place] -= whole_turns(point[place]);
            }
        }
        point
    }

    /// The point in the config's form, with moduli above zero and phases in (-π, π].
    pub fn true_point(&self, cartesian: &[f64]) -> Vec<f64> {
        let mut point = cartesian.to_vec();
        for &[modulus, phase] in &self.pairs {
            let (re, im) = (cartesian[modulus], cartesian[phase]);
            point[modulus] = (re * re + im * im).sqrt();
            point[phase] = libm::atan2(im, re);
        }
        point
    }

    /// J C Jᵀ with J = d (modulus, phase) / d (re, im) at a point in the fit's form.
    pub fn covariance(&self, cartesian: &[f64], covariance: &Array2<f64>) -> Array2<f64> {
        let mut jacobian = Array2::eye(cartesian.len());
        for &[modulus, phase] in &self.pairs {
            let (re, im) = (cartesian[modulus], cartesian[phase]);
            let squared = re * re + im * im;
            let r = squared.sqrt();
            jacobian[(modulus, modulus)] = re / r;
            jacobian[(modulus, phase)] = im / r;
            jacobian[(phase, modulus)] = -im / squared;
            jacobian[(phase, phase)] = re / squared;
        }
        jacobian.dot(covariance).dot(&jacobian.t())
    }
}
