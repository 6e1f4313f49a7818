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
    /// Places of parameters that are phases and nothing else, with a modulus that is free or fixed.
    phases: Vec<usize>,
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
        phases: (0..free.len())
            .filter(|place| !single.contains(place) && is_phase(parameters, free[*place]))
            .collect(),
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

/// Whether whole turns of this parameter change nothing.
fn is_phase(parameters: &Parameters, id: ParameterId) -> bool {
    let mut couplings = parameters.couplings().iter();
    let never_else = couplings.all(|coupling| {
        let [first, second] = coupling.parts.map(|part| parameters.source(part) == id);
        !first && (!second || coupling.form == CouplingForm::Polar)
    });
    let parameter = parameters.get(id);
    never_else && parameter.role == ParameterRole::Phase && parameter.limits.is_none()
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
            if self.phases.contains(&place) {
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
        let alone = |place: &&usize| self.role(**place).is_none();
        for &place in self.phases.iter().filter(alone) {
            point[place] -= whole_turns(point[place]);
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

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;
    use crate::model::{Coupling, Parameter};

    /// Two waves with polar couplings: of the first the modulus is fixed, of the second nothing.
    fn waves() -> Parameters {
        let mut parameters = Parameters::default();
        for (wave, free) in [("a", false), ("b", true)] {
            let mut part = |name: &str, role, free, start| {
                parameters.push(Parameter {
                    name: format!("{wave}.{name}"),
                    start,
                    free,
                    limits: None,
                    unit: "".into(),
                    role,
                    same_as: None,
                })
            };
            let parts = [
                part("modulus", ParameterRole::Modulus, free, 1.0),
                part("phase", ParameterRole::Phase, true, 3.0),
            ];
            parameters.push_coupling(Coupling {
                name: wave.to_owned(),
                form: CouplingForm::Polar,
                parts,
            });
        }
        parameters
    }

    #[test]
    fn phases_are_true_within_half_a_turn_whatever_the_modulus_is() {
        let mut parameters = waves();
        for name in ["a.phase", "b.phase"] {
            let id = parameters.find(name).unwrap();
            parameters.get_mut(id).start = 5.5;
        }
        let (fitted, pairs) = cartesian(&parameters, &[]);
        let point = pairs.true_point(&fitted.start());
        for place in [0, 2] {
            assert!((point[place] - (5.5 - 2.0 * PI)).abs() < 1e-12, "{point:?}");
        }
    }

    #[test]
    fn blind_phases_are_shown_within_half_a_turn_whatever_the_modulus_is() {
        let mut parameters = waves();
        let phases = ["a.phase", "b.phase"].map(|name| parameters.find(name).unwrap());
        for id in phases {
            parameters.hide(id, 2.5);
        }
        let (fitted, pairs) = cartesian(&parameters, &[]);
        let shown = pairs.shown(&fitted.start());
        for place in [0, 2] {
            assert!((shown[place] - (5.5 - 2.0 * PI)).abs() < 1e-12, "{shown:?}");
        }
        // What a formula takes is no angle.
        let shown = cartesian(&parameters, &[0]).1.shown(&fitted.start());
        assert_eq!(shown[0], 5.5);
    }
}
