//! What a profile can hold, by the names that users know: parameters, moduli and phases, quantities.

use ndarray::Array2;

use super::{Job, PolarPairs, SetupError};
use crate::config::did_you_mean;
use crate::fit::Target;
use crate::likelihood::{Likelihood, QuantityValue};
use crate::model::ParameterId;
use crate::objective::{Evaluation, EvaluationError, Objective, Order};

/// A name that a profile can hold, in the form of couplings of the fit.
pub enum NamedTarget<'a> {
    Coordinate(usize),
    Polar(PolarTarget),
    Quantity(QuantityTarget<'a>),
}

/// Modulus or phase of a coupling that is fitted as real and imaginary part.
pub struct PolarTarget {
    parts: [Part; 2],
    which: Which,
    dimension: usize,
}

#[derive(Clone, Copy)]
enum Part {
    Free(usize),
    Fixed(f64),
}

#[derive(Clone, Copy)]
enum Which {
    Modulus,
    /// In half a turn either way of this one.
    Phase(f64),
}

/// A quantity of the config.
pub struct QuantityTarget<'a> {
    likelihood: &'a Likelihood,
    place: usize,
}

impl NamedTarget<'_> {
    pub fn target(&self) -> Target<'_> {
        let infinity = f64::INFINITY;
        match self {
            Self::Coordinate(place) => Target::Coordinate(*place),
            Self::Polar(polar) => Target::Function {
                range: match polar.which {
                    Which::Modulus => (0.0, infinity),
                    Which::Phase(middle) => {
                        (middle - std::f64::consts::PI, middle + std::f64::consts::PI)
                    }
                },
                function: polar,
            },
            Self::Quantity(quantity) => Target::Function {
                function: quantity,
                range: (-infinity, infinity),
            },
        }
    }
}

impl Job<'_> {
    /// The target of a name, for a job in the form of a fit (`pairs`) at `point`, with its likelihood.
    ///
    /// # Errors
    /// When nothing has this name, or what has it was fixed.
    pub fn named_target<'a>(
        &self,
        name: &str,
        pairs: &PolarPairs,
        point: &[f64],
        likelihood: &'a Likelihood,
    ) -> Result<NamedTarget<'a>, SetupError> {
        let parameters = self.parameters();
        let free = parameters.free();
        let part = |id: ParameterId| {
            let source = parameters.source(id);
            match free.iter().position(|&other| other == source) {
                Some(place) => Part::Free(place),
                None => Part::Fixed(parameters.value(source)),
            }
        };
        let fixed = || SetupError::FixedTarget {
            name: name.to_owned(),
        };
        let polar = |parts: [Part; 2], phase: bool| {
            let [re, im] = parts.map(|part| part.at(point));
            NamedTarget::Polar(PolarTarget {
                parts,
                which: match phase {
                    true => Which::Phase(libm::atan2(im, re)),
                    false => Which::Modulus,
                },
                dimension: free.len(),
            })
        };
        if let Some(id) = parameters.find(name) {
            let Part::Free(place) = part(id) else {
                return Err(fixed());
            };
            return Ok(match pairs.role(place) {
                Some((pair, phase)) => polar(pair.map(Part::Free), phase),
                None => NamedTarget::Coordinate(place),
            });
        }
        for (suffix, phase) in [(".modulus", false), (".phase", true)] {
            let Some(coupling) = (name.strip_suffix(suffix))
                .and_then(|name| parameters.find_coupling(name))
                .map(|id| parameters.coupling(id))
            else {
                continue;
            };
            let parts = coupling.parts.map(part);
            if let [Part::Fixed(_), Part::Fixed(_)] = parts {
                return Err(fixed());
            }
            return Ok(polar(parts, phase));
        }
        let quantities = likelihood.quantities().map(|known| &known.list);
        let mut quantities = quantities.into_iter().flatten().map(|known| &known.name);
        if let Some(place) = quantities.clone().position(|known| known == name) {
            return Ok(NamedTarget::Quantity(QuantityTarget { likelihood, place }));
        }
        let names = parameters.iter().map(|(_, parameter)| &*parameter.name);
        let names = names.chain(quantities.by_ref().map(String::as_str));
        Err(SetupError::UnknownParameter {
            name: name.to_owned(),
            help: did_you_mean(name, names).unwrap_or_else(|| {
                "take a parameter, COUPLING.modulus, COUPLING.phase or a [quantity]".to_owned()
            }),
        })
    }
}

impl Part {
    fn at(self, point: &[f64]) -> f64 {
        match self {
            Self::Free(place) => point[place],
            Self::Fixed(value) => value,
        }
    }
}

/// ```text
/// r = sqrt(x² + y²)   dr = (x, y)/r     d²r = ((y², -xy), (-xy, x²))/r³
/// φ = atan2(y, x)     dφ = (-y, x)/r²   d²φ = ((2xy, y²-x²), (y²-x², -2xy))/r⁴
/// ```
impl Objective for PolarTarget {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn evaluate(&self, point: &[f64], order: Order) -> Result<Evaluation, EvaluationError> {
        let [x, y] = self.parts.map(|part| part.at(point));
        let squared = x * x + y * y;
        let r = squared.sqrt();
        let (value, slopes, bends) = match self.which {
            Which::Modulus => {
                let cube = squared * r;
                let bends = [y * y / cube, -x * y / cube, x * x / cube];
                (r, [x / r, y / r], bends)
            }
            Which::Phase(middle) => {
                let (sin, cos) = (libm::sin(middle), libm::cos(middle));
                let fourth = squared * squared;
                let turned = libm::atan2(y * cos - x * sin, x * cos + y * sin);
                let (twice, mixed) = (2.0 * x * y / fourth, (y * y - x * x) / fourth);
                let slopes = [-y / squared, x / squared];
                (middle + turned, slopes, [twice, mixed, -twice])
            }
        };
        let mut gradient = vec![0.0; self.dimension];
        let mut hessian = Array2::zeros((self.dimension, self.dimension));
        for (a, part) in self.parts.iter().enumerate() {
            let &Part::Free(i) = part else { continue };
            gradient[i] += slopes[a];
            for (b, part) in self.parts.iter().enumerate() {
                if let &Part::Free(j) = part {
                    hessian[(i, j)] += bends[a + b];
                }
            }
        }
        Ok(Evaluation {
            value,
            gradient: (order >= Order::Gradient).then_some(gradient),
            hessian: (order >= Order::Hessian).then_some(hessian),
        })
    }
}

impl Objective for QuantityTarget<'_> {
    fn dimension(&self) -> usize {
        self.likelihood.dimension()
    }

    fn evaluate(&self, point: &[f64], order: Order) -> Result<Evaluation, EvaluationError> {
        let gone = || EvaluationError {
            reason: "the quantity is gone".to_owned(),
        };
        let quantities = self.likelihood.quantities().ok_or_else(gone)?;
        let QuantityValue {
            value,
            gradient,
            hessian,
            ..
        } = (quantities.at(point, order)?.into_iter())
            .nth(self.place)
            .ok_or_else(gone)?;
        Ok(Evaluation {
            value,
            gradient: (order >= Order::Gradient).then(|| gradient.to_vec()),
            hessian,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_of_modulus_and_phase_are_those_of_differences() {
        let h = 1e-5;
        for which in [Which::Modulus, Which::Phase(2.9)] {
            let target = PolarTarget {
                parts: [Part::Free(1), Part::Free(0)],
                which,
                dimension: 2,
            };
            let point = [-0.3, -0.8];
            let there = target.evaluate(&point, Order::Hessian).unwrap();
            let (gradient, hessian) = (there.gradient.unwrap(), there.hessian.unwrap());
            for i in 0..2 {
                let moved = |by: f64| {
                    let mut point = point;
                    point[i] += by;
                    target.evaluate(&point, Order::Gradient).unwrap()
                };
                let (above, below) = (moved(h), moved(-h));
                // Truncation is h² times a third derivative below 10.
                let slope = (above.value - below.value) / (2.0 * h);
                assert!((slope - gradient[i]).abs() < 1e-8);
                let (above, below) = (above.gradient.unwrap(), below.gradient.unwrap());
                for j in 0..2 {
                    let bend = (above[j] - below[j]) / (2.0 * h);
                    assert!((bend - hessian[(i, j)]).abs() < 1e-8);
                }
            }
        }
    }

    /// The phase of (-1, -0.1) is below π by itself and above it seen from 2.9.
    #[test]
    fn a_phase_goes_on_beyond_the_cut() {
        let target = PolarTarget {
            parts: [Part::Free(0), Part::Fixed(-0.1)],
            which: Which::Phase(2.9),
            dimension: 1,
        };
        let phase = target.evaluate(&[-1.0], Order::Value).unwrap().value;
        assert!((phase - (std::f64::consts::PI + libm::atan(0.1))).abs() < 1e-14);
    }
}
