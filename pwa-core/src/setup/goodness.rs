//! How well a job's model describes its data: every test of `analysis::gof` that is asked for.

use serde::Serialize;

use super::projections::{Prepared, of_reaction, without_value};
use super::{Job, LoadedSet, SetupError};
use crate::analysis::gof::{
    AdaptiveChi2, Energy, MixedSample, MomentSample, Permuted, Sampling, SphericalMoments,
    TwoSamples, permuted,
};
use crate::analysis::projection::{Binning, Decay, Observable, Pairs, cosines, decays, masses};
use crate::model::Model;

/// Which test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GofTest {
    AdaptiveChi2,
    MixedSample,
    Energy,
    Moments,
}

impl GofTest {
    pub const ALL: [Self; 4] = [
        Self::AdaptiveChi2,
        Self::MixedSample,
        Self::Energy,
        Self::Moments,
    ];
}

/// What is tested and how.
#[derive(Debug, Clone, PartialEq)]
pub struct GofRequest {
    pub tests: Vec<GofTest>,
    /// Coordinates of the tests that compare points: formulas of event variables; all masses and cosines where there is
    /// none.
    pub observables: Vec<String>,
    /// Points of data and of model in these tests at most: time and memory grow with their square.
    pub points: usize,
    pub permutations: usize,
    pub seed: u64,
}

impl Default for GofRequest {
    fn default() -> Self {
        Self {
            tests: GofTest::ALL.into(),
            observables: Vec::new(),
            points: 2000,
            permutations: 1000,
            seed: 1,
        }
    }
}

/// What the tests say.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Goodness {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adaptive_chi2: Option<AdaptiveChi2>,
    pub points: Vec<PointTest>,
    pub moments: Vec<DecayMoments>,
    /// Tests that there is no answer of, with the reason.
    pub refused: Vec<String>,
}

/// A test that compares points, of one data set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PointTest {
    pub test: &'static str,
    pub set: String,
    pub variables: Vec<String>,
    /// Points of data and model that were compared.
    pub compared: [usize; 2],
    /// Events of data and model that there are.
    pub events: [usize; 2],
    #[serde(flatten)]
    pub result: Permuted,
}

impl PointTest {
    /// What the number does not say.
    pub const CAVEAT: &'static str = "Parameters that were fitted to these events bring the model nearer to them: a p-value \
                                      is too large then on average, and a small one says all the more.";
}

/// Moments of a decay of one reaction.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecayMoments {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reaction: Option<String>,
    #[serde(flatten)]
    pub moments: SphericalMoments,
}

/// Bins of mass: wide enough for cosines to be compared in each.
const MOST_BINS: f64 = 30.0;
const LEAST_BINS: f64 = 5.0;
const EVENTS_A_MASS_BIN: f64 = 50.0;
/// Events of the model in an adaptive bin at least.
const EVENTS_A_BIN: f64 = 25.0;

impl Job<'_> {
    /// The tests of the request at the model's values; `parameters` ran free in the fit. Tests that these events cannot
    /// take, as negative weights in a comparison of points, are named in the answer.
    ///
    /// # Errors
    /// When a data set has no Monte Carlo, or an observable is none.
    pub fn goodness(
        &self,
        sets: &[LoadedSet],
        parameters: usize,
        request: &GofRequest,
    ) -> Result<Goodness, SetupError> {
        let mut goodness = Goodness::default();
        if sets.iter().any(|set| set.data.copies.is_some()) {
            let why = "data that are smeared copies spread more than the model does: test measured events, by a config without `copies`";
            goodness.refused.push(why.to_owned());
            return Ok(goodness);
        }
        let wanted = |test| request.tests.contains(&test);
        if wanted(GofTest::AdaptiveChi2) {
            goodness.adaptive_chi2 = self.adaptive_chi2(sets, parameters, EVENTS_A_BIN)?;
            if goodness.adaptive_chi2.is_none() {
                let why = "adaptive-chi2: there are fewer bins than free parameters";
                goodness.refused.push(why.to_owned());
            }
        }
        for (place, model) in self.asked_for() {
            let points = wanted(GofTest::MixedSample) || wanted(GofTest::Energy);
            if !points && !wanted(GofTest::Moments) {
                break;
            }
            let (_, prepared) = self.weighted(model, &of_reaction(sets, place), Pairs::Together)?;
            if points {
                goodness.compare_points(model, &prepared, sets, request)?;
            }
            if wanted(GofTest::Moments) {
                goodness.moments.extend(moments(model, &prepared));
            }
        }
        Ok(goodness)
    }
}

impl Goodness {
    /// `all`: the data sets of every reaction, whose places name random streams.
    fn compare_points(
        &mut self,
        model: &Model,
        prepared: &[Prepared],
        all: &[LoadedSet],
        request: &GofRequest,
    ) -> Result<(), SetupError> {
        let observables = match &request.observables[..] {
            [] => [masses(model), cosines(model)].concat(),
            texts => (texts.iter())
                .map(|text| Observable::parse(text, model))
                .collect::<Result<_, _>>()?,
        };
        if !request.observables.is_empty() {
            let bad = without_value(&observables, model, prepared);
            if let Some(first) = bad.into_iter().next() {
                return Err(first.into());
            }
        }
        for set in prepared {
            let [data, expected] = set.points(model, &observables);
            let sampling = Sampling {
                most: request.points,
                seed: request.seed,
                set: (all
                    .iter()
                    .take_while(|other| !std::ptr::eq(*other, set.set)))
                .count() as u64,
            };
            let samples = match TwoSamples::new(&data, &expected, &sampling) {
                Ok(samples) => samples,
                Err(why) => {
                    let help = miette::Diagnostic::help(&why);
                    let help = help.map_or(String::new(), |help| format!("; {help}"));
                    let why = format!("mixed-sample, energy: {}: {why}{help}", set.name());
                    self.refused.push(why);
                    continue;
                }
            };
            let mut add = |test, statistic: &(dyn Fn(&[usize]) -> f64 + Sync)| {
                self.points.push(PointTest {
                    test,
                    set: set.name().to_owned(),
                    variables: observables.iter().map(|o| o.text.clone()).collect(),
                    compared: [samples.data, samples.model],
                    events: [data.weights.len(), expected.weights.len()],
                    result: permuted(&samples, request.permutations, &sampling, statistic),
                });
            };
            if request.tests.contains(&GofTest::MixedSample) {
                let mixed = MixedSample::new(&samples);
                add("mixed-sample", &|points| mixed.statistic(points));
            }
            if request.tests.contains(&GofTest::Energy) {
                let energy = Energy::new(&samples);
                add("energy", &|points| energy.statistic(points));
            }
        }
        Ok(())
    }
}

fn moments(model: &Model, prepared: &[Prepared]) -> Vec<DecayMoments> {
    let events: usize = prepared.iter().map(|set| set.set.data.data_len()).sum();
    let bins = (events as f64 / EVENTS_A_MASS_BIN).clamp(LEAST_BINS, MOST_BINS) as usize;
    let of_decay = |decay: Decay| {
        let [mass, cosine] = [(&decay.mass).into(), (&decay.cosine).into()];
        let azimuth = decay.azimuth.as_ref().map(Into::into);
        let mut variables = vec![decay.mass, decay.cosine];
        variables.extend(decay.azimuth);
        let samples: Vec<MomentSample> = (prepared.iter())
            .map(|set| {
                let [data, model] = set.points(model, &variables);
                let counts = set.counts();
                MomentSample {
                    data,
                    model,
                    counts,
                }
            })
            .collect();
        let values = samples.iter().flat_map(|s| [&s.data, &s.model]);
        let values = values.flat_map(|points| &points.columns[0]);
        let binning = Binning::round(values, bins)?;
        Some(DecayMoments {
            reaction: model.reaction.clone(),
            moments: SphericalMoments::new([mass, cosine], azimuth, binning, &samples),
        })
    };
    decays(model).into_iter().filter_map(of_decay).collect()
}
