//! The likelihood of a job as a fit sees it.

use std::fmt;
use std::sync::Arc;

use ndarray::Array2;
use num_complex::Complex64;

use super::Job;
use crate::fit::{Coordinate, FitOptions, Metric, RandomStart};
use crate::likelihood::Likelihood;
use crate::model::{Lowered, ParameterId, ParameterRole, Parameters, SlotMap};
use crate::objective::EvaluationError;

impl Job<'_> {
    /// What the config says of a search: how many starts and from which seed, and when one has converged or given up.
    pub fn fit_options(&self) -> FitOptions {
        let entry = &self.document.fit;
        FitOptions {
            starts: entry.starts,
            enough: Some(entry.enough),
            seed: entry.seed,
            edm_tolerance: entry.edm,
            max_evaluations: entry.max_evaluations as u64,
            ..FitOptions::default()
        }
    }
}

/// The free parameters as coordinates of a fit.
///
/// Random starts draw couplings with moduli flat up to twice the usual one and any phase, and
/// parameters of shapes between their limits; those without limits keep their values, and so do those of
/// the initial particle's polarisation.
pub fn coordinates(parameters: &Parameters) -> Vec<Coordinate> {
    let free = parameters.free();
    free.iter()
        .map(|&id| {
            let parameter = parameters.get(id);
            let random = random_start(parameters, &free, id);
            let start = match (parameters.offset(id), parameter.limits) {
                // What is shown comes back with a rounding, and is not told where limits have become narrower.
                (Some(_), Some([low, high])) => parameter.start.max(low).min(high),
                _ => parameter.start,
            };
            let coordinate = Coordinate::new(&parameter.name, start).drawn(random);
            let mut coordinate = match parameter.limits {
                Some([low, high]) => coordinate.within(low, high),
                None => coordinate,
            };
            coordinate.unit = parameter.unit.clone().into_owned();
            coordinate
        })
        .collect()
}

fn random_start(parameters: &Parameters, free: &[ParameterId], id: ParameterId) -> RandomStart {
    let parameter = parameters.get(id);
    if parameter.role == ParameterRole::Shape {
        return match parameter.limits {
            Some([low, high]) if low.is_finite() && high.is_finite() => {
                RandomStart::Uniform { low, high }
            }
            _ => RandomStart::Keep,
        };
    }
    let coupling = parameters
        .couplings()
        .iter()
        .find(|coupling| coupling.parts.contains(&id));
    let Some(coupling) = coupling else {
        return RandomStart::Keep;
    };
    // Normalised waves have couplings of order one, others that of their start.
    let size = match (
        parameter.role,
        coupling.parts.map(|part| parameters.value(part)),
    ) {
        (ParameterRole::Modulus | ParameterRole::Phase, [modulus, _]) => modulus.abs(),
        (_, [re, im]) => (re * re + im * im).sqrt(),
    };
    let scale = if size > 0.0 { size.max(0.5) } else { 1.0 };
    let place = |part: ParameterId| free.iter().position(|&other| other == part);
    let [first, second] = coupling.parts.map(place);
    match (parameter.role, first, second) {
        (ParameterRole::Modulus, ..) => RandomStart::Modulus { scale },
        (ParameterRole::Phase, ..) => RandomStart::Phase,
        (ParameterRole::Re, _, Some(imaginary)) => RandomStart::RealPart { imaginary, scale },
        (ParameterRole::Im, Some(real), _) => RandomStart::ImaginaryPart { real },
        _ => RandomStart::Uniform {
            low: -2.0 * scale,
            high: 2.0 * scale,
        },
    }
}

/// Whitens a fit with the metric of the amplitudes.
#[derive(Clone)]
pub struct AmplitudeMetric(pub Arc<Likelihood>);

impl fmt::Debug for AmplitudeMetric {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("AmplitudeMetric")
    }
}

impl Metric for AmplitudeMetric {
    fn at(&self, point: &[f64]) -> Result<Array2<f64>, EvaluationError> {
        self.0.metric(point)
    }
}

/// Tells minima apart by the sizes of the coefficients and the parameters of shapes: neither changes with
/// a common phase, nor with conjugation.
pub struct Marker<'a>(Vec<MarkerOfModel<'a>>);

struct MarkerOfModel<'a> {
    slots: &'a SlotMap,
    coefficients: usize,
    /// The first coefficients; elements of a density matrix stand behind.
    waves: usize,
    /// Of the parameters of shapes: between their limits, or their size.
    scales: Vec<f64>,
}

impl<'a> Marker<'a> {
    /// `lowered`: each model over `parameters`.
    pub fn new(lowered: &'a [Lowered], parameters: &Parameters) -> Self {
        let free = parameters.free();
        let scale = |&place: &usize| {
            let parameter = parameters.get(free[place]);
            let limits = parameter.limits.map(|[low, high]| high - low);
            let size = parameter.start.abs();
            let size = if size > 0.0 { size } else { 1.0 };
            limits.filter(|width| width.is_finite()).unwrap_or(size)
        };
        let of_models = lowered.iter().map(|lowered| MarkerOfModel {
            slots: &lowered.slots,
            coefficients: lowered.plan.coefficients,
            waves: lowered.waves.len(),
            scales: lowered.shape_places.iter().map(scale).collect(),
        });
        Self(of_models.collect())
    }

    /// The marks of a point.
    pub fn marks(&self, point: &[f64]) -> Vec<f64> {
        let of_models = self.0.iter().flat_map(|model| model.numbers(point).marks());
        of_models.collect()
    }

    /// What the marks of a point are made of.
    pub(super) fn numbers(&self, point: &[f64]) -> Vec<NumbersOfModel> {
        self.0.iter().map(|model| model.numbers(point)).collect()
    }
}

/// What decides the intensities of a model.
#[derive(Debug, Clone)]
pub(super) struct NumbersOfModel {
    /// Of waves.
    pub coefficients: Vec<Complex64>,
    /// Elements of density matrices, which do not turn with a phase of all waves.
    pub densities: Vec<Complex64>,
    /// Parameters of shapes, over their scales.
    pub shapes: Vec<f64>,
}

impl MarkerOfModel<'_> {
    fn numbers(&self, point: &[f64]) -> NumbersOfModel {
        let slots = self.slots.slots(point);
        let (coefficients, shapes) = slots.split_at(2 * self.coefficients);
        let pairs = coefficients.chunks_exact(2);
        let mut coefficients: Vec<_> = pairs.map(|c| Complex64::new(c[0], c[1])).collect();
        let densities = coefficients.split_off(self.waves);
        let shapes = shapes.iter().zip(&self.scales).map(|(x, scale)| x / scale);
        NumbersOfModel {
            coefficients,
            densities,
            shapes: shapes.collect(),
        }
    }
}

impl NumbersOfModel {
    fn marks(&self) -> Vec<f64> {
        let all = self.coefficients.iter().chain(&self.densities);
        let sizes = all.map(|c| c.re * c.re + c.im * c.im);
        let sizes: Vec<f64> = sizes.collect();
        let total: f64 = sizes.iter().sum();
        let sizes = sizes.into_iter().map(|size| size / total);
        sizes.chain(self.shapes.iter().copied()).collect()
    }
}
