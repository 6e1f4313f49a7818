//! Other solutions of a fit: minima nearly as low as the lowest one, and where else that one was found.
//!
//! Solutions are compared by the coefficients c of the plan, which the couplings are factors of. Of one NLL and with c, -c,
//! c e^{iφ} or c* (in every reaction by itself, with the same line shapes) they are one solution, told twice:
//! intensities do not depend on a common phase, and where line shapes are real neither on conjugation.

use ndarray::Array2;
use num_complex::Complex64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fit::{Marker, NumbersOfModel};
use super::{Job, PhaseSpaces, PolarPairs, SetupError};
use crate::analysis::{Fraction, whole_turns};
use crate::fit::FitOutcome;
use crate::model::ParameterRole;

/// Units of NLL up to which another minimum cannot be left aside: about three standard deviations.
const FAR: f64 = 5.0;
/// Solutions that are reported.
const MOST: usize = 10;
/// Agreement of coefficients in units of the largest one, and of shapes' parameters: descents end 1e-4 of an error
/// from a minimum.
const SAME: f64 = 1e-3;
/// Parameters are listed that differ by this part of their error.
const PART_OF_ERROR: f64 = 0.1;

/// How the coefficients of another solution differ.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum AmbiguityKind {
    /// They are the same, the couplings they are products of are not.
    SameCoefficients,
    /// All have the other sign.
    Sign,
    /// All have another phase, the same for all.
    CommonPhase,
    /// They are complex conjugates, but for a common phase.
    Conjugation,
    /// They have the same sizes and other phases.
    Phases,
    /// None of these, or other line shapes.
    Different,
}

impl AmbiguityKind {
    /// In words, of all amplitudes.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::SameCoefficients => "the same amplitudes from other couplings",
            Self::Sign => "all amplitudes with the other sign",
            Self::CommonPhase => "all amplitudes turned by one phase",
            Self::Conjugation => "all amplitudes complex conjugated",
            Self::Phases => "amplitudes of the same sizes with other phases",
            Self::Different => "other amplitudes",
        }
    }
}

/// A number at the solution reported and at another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AmbiguousNumber {
    pub name: String,
    pub here: f64,
    pub there: f64,
}

/// Another solution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ambiguity {
    /// Of its minimum above the lowest one; 0 where it is the same minimum.
    pub above: f64,
    /// How many starts ended in that minimum, all its solutions together.
    pub found: usize,
    pub kind: AmbiguityKind,
    /// Whether it is the solution reported in another form, with the same intensities.
    pub trivial: bool,
    /// Free parameters that differ by more than a tenth of their error.
    pub parameters: Vec<AmbiguousNumber>,
    /// Those that differ by more than a thousandth.
    pub fractions: Vec<AmbiguousNumber>,
}

/// A fit whose solutions are looked at.
pub struct Solved<'a> {
    /// With couplings in the config's form.
    pub job: &'a Job<'a>,
    pub pairs: &'a PolarPairs,
    pub marker: &'a Marker<'a>,
    pub spaces: &'a PhaseSpaces,
    pub outcome: &'a FitOutcome,
    /// In the config's form.
    pub covariance: Option<&'a Array2<f64>>,
    /// At the solution reported, as they are shown.
    pub fractions: &'a [Fraction],
}

impl Solved<'_> {
    /// The other solutions that the search has met, lowest first.
    ///
    /// # Errors
    /// When fractions have no value at one of them.
    pub fn ambiguities(&self) -> Result<Vec<Ambiguity>, SetupError> {
        let outcome = self.outcome;
        let reported = self.marker.numbers(&outcome.point);
        let mut found: Vec<Ambiguity> = Vec::new();
        let near = outcome.minima.iter().enumerate();
        for (place, minimum) in near.take_while(|(_, of)| of.nll - outcome.nll <= FAR) {
            // Solutions of this minimum that are not forms of each other.
            let mut distinct = match place {
                0 => vec![reported.clone()],
                _ => Vec::new(),
            };
            let points = std::iter::once(&minimum.point).chain(&minimum.elsewhere);
            for point in points.filter(|&point| *point != outcome.point) {
                let numbers = self.marker.numbers(point);
                let is_form = |of: &Vec<NumbersOfModel>| kind(of, &numbers) < AmbiguityKind::Phases;
                let form_of = distinct.iter().position(is_form);
                let kind = kind(&reported, &numbers);
                let trivial = place == 0 && form_of == Some(0);
                let told = || {
                    found
                        .iter()
                        .any(|known| known.trivial && known.kind == kind)
                };
                if found.len() == MOST || (form_of.is_some() && !trivial) || (trivial && told()) {
                    continue;
                }
                if form_of.is_none() {
                    distinct.push(numbers);
                }
                found.push(Ambiguity {
                    above: if place == 0 {
                        0.0
                    } else {
                        minimum.nll - outcome.nll
                    },
                    found: minimum.found,
                    kind,
                    trivial,
                    parameters: self.parameters(point),
                    fractions: self.fractions(point)?,
                });
            }
        }
        Ok(found)
    }

    fn parameters(&self, point: &[f64]) -> Vec<AmbiguousNumber> {
        let parameters = self.job.parameters();
        let [here, there] = [&self.outcome.point[..], point].map(|point| self.pairs.shown(point));
        let all = parameters.free().into_iter().enumerate();
        let differ = all.filter_map(|(place, id)| {
            // The mean of a value and its mirror image is the offset.
            if parameters.offset(id).is_some() {
                return None;
            }
            let parameter = parameters.get(id);
            let mut shift = there[place] - here[place];
            if parameter.role == ParameterRole::Phase {
                shift -= whole_turns(shift);
            }
            let variance = self.covariance.map_or(0.0, |matrix| matrix[(place, place)]);
            let least = match variance > 0.0 {
                true => PART_OF_ERROR * variance.sqrt(),
                false => SAME * (1.0 + here[place].abs()),
            };
            (shift.abs() > least).then(|| AmbiguousNumber {
                name: parameter.name.clone(),
                here: here[place],
                there: here[place] + shift,
            })
        });
        differ.collect()
    }

    fn fractions(&self, point: &[f64]) -> Result<Vec<AmbiguousNumber>, SetupError> {
        let there = self.spaces.fractions(point, None)?;
        let mut there: Vec<Fraction> = there.into_iter().flat_map(|of| of.fractions).collect();
        self.job.hide(&mut there);
        let differ = self
            .fractions
            .iter()
            .zip(there)
            .filter_map(|(here, there)| {
                let differs = (there.value - here.value).abs() > SAME;
                differs.then(|| AmbiguousNumber {
                    name: here.name.clone(),
                    here: here.value,
                    there: there.value,
                })
            });
        Ok(differ.collect())
    }
}

/// Of the reaction that differs most.
fn kind(here: &[NumbersOfModel], there: &[NumbersOfModel]) -> AmbiguityKind {
    let of_models = here.iter().zip(there).map(|(here, there)| {
        let mut shapes = here.shapes.iter().zip(&there.shapes);
        let mut densities = here.densities.iter().zip(&there.densities);
        let same = shapes.all(|(a, b)| (a - b).abs() <= SAME)
            && densities.all(|(a, b)| modulus(a - b) <= SAME);
        match same {
            true => of_coefficients(&here.coefficients, &there.coefficients),
            false => AmbiguityKind::Different,
        }
    });
    of_models.max().unwrap_or(AmbiguityKind::SameCoefficients)
}

fn of_coefficients(here: &[Complex64], there: &[Complex64]) -> AmbiguityKind {
    let largest = here.iter().copied().map(modulus).fold(0.0, f64::max);
    let agree = |turned: &dyn Fn(Complex64) -> Complex64| {
        let mut pairs = here.iter().zip(there);
        pairs.all(|(a, b)| modulus(turned(*a) - b) <= SAME * largest)
    };
    // The phase of this sum is the common one, where there is one.
    let phase = |turned: &dyn Fn(Complex64) -> Complex64| {
        let products = here.iter().zip(there).map(|(a, b)| turned(*a).conj() * b);
        let sum: Complex64 = products.sum();
        sum / modulus(sum)
    };
    let (turn, mirror) = (phase(&|a| a), phase(&|a| a.conj()));
    let sizes = || here.iter().zip(there);
    if agree(&|a| a) {
        AmbiguityKind::SameCoefficients
    } else if agree(&|a| -a) {
        AmbiguityKind::Sign
    } else if agree(&|a| a * turn) {
        AmbiguityKind::CommonPhase
    } else if agree(&|a| a.conj() * mirror) {
        AmbiguityKind::Conjugation
    } else if sizes().all(|(a, b)| (modulus(*a) - modulus(*b)).abs() <= SAME * largest) {
        AmbiguityKind::Phases
    } else {
        AmbiguityKind::Different
    }
}

fn modulus(c: Complex64) -> f64 {
    c.norm_sqr().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(coefficients: &[Complex64], shape: f64) -> NumbersOfModel {
        NumbersOfModel {
            coefficients: coefficients.to_vec(),
            densities: vec![Complex64::new(0.5, 0.1)],
            shapes: vec![shape],
        }
    }

    #[test]
    fn signs_phases_and_conjugates_are_told_from_other_amplitudes() {
        let c = [(1.0, 0.2), (-0.3, 0.7), (0.0, -0.4)].map(|(re, im)| Complex64::new(re, im));
        let turn = Complex64::new(0.6, 0.8);
        let of = |there: [Complex64; 3]| kind(&[numbers(&c, 1.0)], &[numbers(&there, 1.0)]);
        assert_eq!(of(c), AmbiguityKind::SameCoefficients);
        assert_eq!(of(c.map(|a| -a)), AmbiguityKind::Sign);
        assert_eq!(of(c.map(|a| a * turn)), AmbiguityKind::CommonPhase);
        assert_eq!(of(c.map(|a| a.conj())), AmbiguityKind::Conjugation);
        assert_eq!(of(c.map(|a| a.conj() * turn)), AmbiguityKind::Conjugation);
        assert_eq!(of([c[0], -c[1], c[2]]), AmbiguityKind::Phases);
        assert_eq!(of([c[0], 2.0 * c[1], c[2]]), AmbiguityKind::Different);
        assert_eq!(of([Complex64::ZERO; 3]), AmbiguityKind::Different);
    }

    /// Each reaction has a phase of its own; a shape's parameter has none.
    #[test]
    fn reactions_are_compared_one_by_one() {
        let c = [Complex64::new(1.0, 0.2), Complex64::new(-0.3, 0.7)];
        let here = [numbers(&c, 1.0), numbers(&c, 1.0)];
        let turned = c.map(|a| a * Complex64::new(0.6, 0.8));
        let conjugated = c.map(|a| a.conj());
        let of = |second: NumbersOfModel| kind(&here, &[numbers(&turned, 1.0), second]);
        assert_eq!(of(numbers(&c, 1.0)), AmbiguityKind::CommonPhase);
        assert_eq!(of(numbers(&conjugated, 1.0)), AmbiguityKind::Conjugation);
        assert_eq!(of(numbers(&c, 1.1)), AmbiguityKind::Different);
        let polarised = NumbersOfModel {
            densities: vec![Complex64::new(0.5, -0.1)],
            ..numbers(&c, 1.0)
        };
        assert_eq!(of(polarised), AmbiguityKind::Different);
    }
}
