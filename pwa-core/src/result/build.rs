//! From a finished fit to its result.

use std::path::Path;

use ndarray::{Array1, Array2};

use super::document::{
    BlindRecord, CoarseRecord, ConfigRecord, CouplingRecord, FitResult, FractionRecord,
    InputRecord, MatrixRecord, MinimumRecord, ParameterRecord, RunRecord, StartRecord, Status,
    WaveRecord,
};
use crate::analysis::{FitFractions, Fraction};
use crate::fit::{FitOutcome, FitStatus, StartStatus, correlation};
use crate::model::{CouplingForm, Model, ParameterId, Parameters};
use crate::sample::Origin;
use crate::setup::{Ambiguity, Job, LoadedSet};

/// What a result is made of.
pub struct Parts<'a> {
    pub job: &'a Job<'a>,
    pub sets: &'a [LoadedSet],
    pub outcome: &'a FitOutcome,
    /// Of the part of the data on which starts descended first.
    pub coarse_events: Option<usize>,
    /// The point in the config's form of the couplings, as it is shown.
    pub point: &'a [f64],
    /// The covariance to report, at this point: of the outcome, or the sandwich.
    pub covariance: Option<&'a Array2<f64>>,
    pub covariance_method: &'static str,
    /// Of the parameters at this point, and of the fractions.
    pub monte_carlo: Option<[&'a Array2<f64>; 2]>,
    pub fractions: &'a FitFractions,
    pub asymmetries: &'a [Fraction],
    pub fractions_over: String,
    pub quantities: &'a [Fraction],
    pub ambiguities: Vec<Ambiguity>,
    pub run: RunRecord,
    pub seed: u64,
}

impl FitResult {
    pub fn new(parts: Parts) -> Self {
        let Parts { job, outcome, .. } = parts;
        let all = job.parameters();
        let names = all.free_names();
        let matrix = |matrix: &Array2<f64>| MatrixRecord::new(&names, matrix);
        let components: Vec<String> = parts
            .fractions
            .fractions
            .iter()
            .map(|f| f.name.clone())
            .collect();
        Self {
            format: 1,
            status: match outcome.status {
                FitStatus::Converged => Status::Converged,
                FitStatus::NotConverged => Status::NotConverged,
                FitStatus::Interrupted => Status::Interrupted,
            },
            nll: outcome.nll,
            edm: outcome.edm,
            parameters: parameters(
                all,
                parts.point,
                &outcome.at_limit,
                [
                    parts.covariance,
                    parts.monte_carlo.map(|[matrix, _]| matrix),
                ],
            ),
            covariance: parts.covariance.map(matrix),
            correlation: parts
                .covariance
                .map(|covariance| matrix(&correlation(covariance))),
            covariance_method: parts.covariance.map(|_| parts.covariance_method.to_owned()),
            monte_carlo_covariance: parts
                .monte_carlo
                .map(|[of_parameters, _]| matrix(of_parameters)),
            condition_number: outcome.condition_number,
            flat_directions: outcome
                .flat_directions
                .iter()
                .map(|flat| {
                    flat.weights
                        .iter()
                        .map(|w| (w.name.clone(), w.weight))
                        .collect()
                })
                .collect(),
            couplings: couplings(all, parts.point, parts.covariance),
            waves: job.models.iter().flat_map(waves).collect(),
            fractions: parts.fractions.fractions.iter().map(fraction).collect(),
            fractions_monte_carlo_covariance: (parts.monte_carlo)
                .map(|[_, matrix]| MatrixRecord::new(&components, matrix)),
            fractions_covariance: parts
                .fractions
                .covariance
                .as_ref()
                .map(|covariance| MatrixRecord::new(&components, covariance)),
            interference: parts.fractions.interference.iter().map(fraction).collect(),
            asymmetries: parts.asymmetries.iter().map(fraction).collect(),
            fractions_over: parts.fractions_over,
            quantities: parts.quantities.iter().map(fraction).collect(),
            starts: outcome.starts.iter().map(start).collect(),
            coarse: parts.coarse_events.map(|events| CoarseRecord {
                events,
                evaluations: [
                    outcome.coarse_evaluations.value,
                    outcome.coarse_evaluations.gradient,
                    outcome.coarse_evaluations.hessian,
                ],
            }),
            minima: outcome
                .minima
                .iter()
                .map(|minimum| MinimumRecord {
                    nll: minimum.nll,
                    found: minimum.found,
                })
                .collect(),
            ambiguities: parts.ambiguities,
            goodness_of_fit: None,
            blind: (job.blind_record())
                .map(|(names, fingerprint)| BlindRecord { names, fingerprint }),
            seed: parts.seed,
            run: parts.run,
            config: ConfigRecord {
                path: job.source.name().to_owned(),
                sha256: sha256(job.source.text()),
                text: job.source.text().to_owned(),
            },
            inputs: inputs(parts.sets, job.source.folder()),
        }
    }
}

fn waves(model: &Model) -> Vec<WaveRecord> {
    let waves = model.waves();
    let records = waves
        .iter()
        .zip(&model.scales)
        .map(|(wave, &scale)| WaveRecord {
            name: model.wave_name(wave),
            scale,
        });
    records.collect()
}

fn parameters(
    parameters: &Parameters,
    point: &[f64],
    at_limit: &[bool],
    covariances: [Option<&Array2<f64>>; 2],
) -> Vec<ParameterRecord> {
    let free = parameters.free();
    parameters
        .iter()
        .map(|(id, parameter)| {
            let source = parameters.source(id);
            let place = free.iter().position(|&other| other == source);
            let at_limit = place.is_some_and(|place| at_limit[place]);
            let [error, monte_carlo_error] = covariances.map(|covariance| {
                let variance = place.and_then(|place| Some(covariance?[(place, place)]));
                let known = variance.filter(|_| !at_limit);
                known.map(|variance| variance.max(0.0).sqrt())
            });
            ParameterRecord {
                name: parameter.name.clone(),
                value: place.map_or(parameters.value(source), |place| point[place]),
                error,
                monte_carlo_error,
                unit: parameter.unit.clone().into_owned(),
                start: parameters.shown(source),
                limits: parameter
                    .limits
                    .map(|limits| limits.map(|limit| Some(limit).filter(|l| l.is_finite()))),
                free: parameter.free && parameter.same_as.is_none(),
                at_limit,
                same_as: (source != id).then(|| parameters.get(source).name.clone()),
            }
        })
        .collect()
}

/// Both forms of each coupling, the errors of modulus and phase by linear propagation.
fn couplings(
    parameters: &Parameters,
    point: &[f64],
    covariance: Option<&Array2<f64>>,
) -> Vec<CouplingRecord> {
    let free = parameters.free();
    let place = |id: ParameterId| {
        free.iter()
            .position(|&other| other == parameters.source(id))
    };
    parameters
        .couplings()
        .iter()
        .map(|coupling| {
            let places = coupling.parts.map(place);
            let value = |part: usize| match places[part] {
                Some(place) => point[place],
                None => parameters.value(coupling.parts[part]),
            };
            let (a, b) = (value(0), value(1));
            let (re, im) = match coupling.form {
                CouplingForm::Cartesian => (a, b),
                CouplingForm::Polar => (a * libm::cos(b), a * libm::sin(b)),
            };
            let modulus = (re * re + im * im).sqrt();
            // d modulus / d(a, b) and d phase / d(a, b).
            let slopes = match coupling.form {
                CouplingForm::Cartesian => {
                    let squared = modulus * modulus;
                    [[re / modulus, im / modulus], [-im / squared, re / squared]]
                }
                CouplingForm::Polar => [[a.signum(), 0.0], [0.0, 1.0]],
            };
            let error = |slope: [f64; 2]| {
                let covariance = covariance?;
                if places.iter().all(Option::is_none) {
                    return None;
                }
                let mut direction = Array1::zeros(point.len());
                for (place, slope) in places.iter().zip(slope) {
                    if let Some(place) = place {
                        direction[*place] += slope;
                    }
                }
                let variance = direction.dot(&covariance.dot(&direction));
                (variance.is_finite()).then(|| variance.max(0.0).sqrt())
            };
            CouplingRecord {
                name: coupling.name.clone(),
                re,
                im,
                modulus,
                phase: libm::atan2(im, re),
                modulus_error: error(slopes[0]),
                phase_error: error(slopes[1]),
            }
        })
        .collect()
}

fn fraction(fraction: &Fraction) -> FractionRecord {
    FractionRecord {
        name: fraction.name.clone(),
        value: fraction.value,
        error: fraction.error,
        monte_carlo_error: fraction.monte_carlo_error,
    }
}

fn start(start: &crate::fit::StartSummary) -> StartRecord {
    let status = match start.status {
        StartStatus::Converged => "converged",
        StartStatus::NotConverged => "not-converged",
        StartStatus::Interrupted => "interrupted",
        StartStatus::NotPolished => "not-polished",
        StartStatus::NoValue => "no-value",
    };
    StartRecord {
        seed: start.seed,
        index: start.index,
        nll: start.nll,
        coarse_nll: start.coarse_nll,
        status: status.to_owned(),
        evaluations: start.evaluations,
    }
}

fn inputs(sets: &[LoadedSet], folder: &Path) -> Vec<InputRecord> {
    let record = |(role, path, origin): (String, &Path, &Origin)| {
        let absolute = std::path::absolute(&origin.path).unwrap_or_else(|_| origin.path.clone());
        InputRecord {
            role,
            path: path.display().to_string(),
            absolute: absolute.display().to_string(),
            bytes: origin.bytes,
            sha256: origin.sha256.clone(),
            tree: origin.tree.clone(),
            events: origin.events,
            sum_of_weights: origin.sum_of_weights,
        }
    };
    let files = sets.iter().flat_map(|set| set.files(folder));
    files.map(record).collect()
}

fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
