//! Data and model of a job in bins of variables of the event.

use serde::Serialize;

use super::samples::events;
use super::{Job, LoadedSet, SampleKind, SetupError};
use crate::analysis::gof::{AdaptiveChi2, WeightedPoints, adaptive_bins};
use crate::analysis::projection::{
    Axis, Binning, Histogram, ModelWeights, Observable, Pairs, Plane, Projection, Stack, angles,
    dalitz_pairs, masses,
};
use crate::engine::EventSums;
use crate::model::{Events, Lowered, Model};

/// What to fill.
#[derive(Debug, Clone, Default)]
pub struct ProjectionRequest {
    /// Formulas of event variables; all masses and angles where there is none.
    pub observables: Vec<String>,
    /// Bins of a variable; a number that fits the data where there is none.
    pub bins: Option<usize>,
    pub pairs: Pairs,
}

/// Distributions of one reaction.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drawn {
    /// Its name, where the config has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reaction: Option<String>,
    pub projections: Vec<Projection>,
    /// Dalitz plots of a three-body decay; empty where observables were named.
    pub planes: Vec<Plane>,
    /// What there is to say of events in which an observable has no value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// A data set with what the model makes of its Monte Carlo.
pub(super) struct Prepared<'a> {
    pub(super) set: &'a LoadedSet,
    data: Events<'a>,
    monte_carlo: Events<'a>,
    weights: ModelWeights,
    /// From Monte Carlo weight times intensity to events.
    scale: f64,
    /// What a described background expects in each Monte Carlo event.
    background: Option<Vec<f64>>,
}

impl Job<'_> {
    /// Projections and Dalitz plots of each reaction that is asked for at the model's values, all data sets
    /// of it together.
    ///
    /// # Errors
    /// When a data set has no Monte Carlo, or an observable is none.
    pub fn projections(
        &self,
        sets: &[LoadedSet],
        request: &ProjectionRequest,
    ) -> Result<Vec<Drawn>, SetupError> {
        let reactions = self.asked_for();
        reactions
            .map(|(place, model)| self.drawn(model, &of_reaction(sets, place), request))
            .collect()
    }

    fn drawn(
        &self,
        model: &Model,
        sets: &[&LoadedSet],
        request: &ProjectionRequest,
    ) -> Result<Drawn, SetupError> {
        let standard = request.observables.is_empty();
        let observables = match standard {
            true => [masses(model), angles(model)].concat(),
            false => (request.observables.iter())
                .map(|text| Observable::parse(text, model))
                .collect::<Result<_, _>>()?,
        };
        let (lowered, prepared) = self.weighted(model, sets, request.pairs)?;
        let mut left_out = Vec::new();
        if !standard {
            for at in without_value(&observables, model, &prepared) {
                if at.count == at.of {
                    return Err(at.into());
                }
                left_out.push(at.note());
            }
        }
        let filler = Filler {
            model,
            names: lowered.components.iter().map(|c| c.name.clone()).collect(),
            prepared: &prepared,
        };
        let events: usize = sets.iter().map(|set| set.data.len()).sum();
        let bins = |most: f64, power: f64| {
            let fitting = libm::pow(events as f64, power).clamp(20.0, most) as usize;
            request.bins.unwrap_or(fitting)
        };
        // So that most bins hold enough events to compare.
        let (of_line, of_plane) = (bins(60.0, 0.5), bins(50.0, 0.4));
        let projections = observables.iter();
        let pairs = if standard {
            dalitz_pairs(model)
        } else {
            Vec::new()
        };
        Ok(Drawn {
            left_out,
            reaction: model.reaction.clone(),
            projections: projections
                .filter_map(|observable| filler.projection(observable, of_line))
                .collect(),
            planes: (pairs.iter())
                .filter_map(|axes| filler.plane(axes, of_plane))
                .collect(),
        })
    }

    /// χ² in adaptive bins of the Dalitz plot, or of the masses of all pairs where there is none, of all
    /// reactions together; `parameters` ran free in the fit. None where there are too few events for the parameters.
    ///
    /// # Errors
    /// When a data set has no Monte Carlo.
    pub fn adaptive_chi2(
        &self,
        sets: &[LoadedSet],
        parameters: usize,
        least: f64,
    ) -> Result<Option<AdaptiveChi2>, SetupError> {
        let (mut names, mut of_sets) = (Vec::new(), Vec::new());
        for (place, model) in self.models.iter().enumerate() {
            let (_, prepared) = self.weighted(model, &of_reaction(sets, place), Pairs::Together)?;
            let pair = dalitz_pairs(model).into_iter().next();
            let observables = pair.map_or_else(|| masses(model), Vec::from);
            of_sets.extend(prepared.iter().map(|set| {
                let [data, expected] = set.points(model, &observables);
                adaptive_bins(&data, &expected, least, set.counts())
            }));
            names.extend(observables.into_iter().map(|observable| observable.text));
        }
        Ok(AdaptiveChi2::new(names, &of_sets, parameters))
    }

    /// The model's weights of every Monte Carlo event.
    pub(super) fn weighted<'a>(
        &self,
        model: &Model,
        sets: &[&'a LoadedSet],
        pairs: Pairs,
    ) -> Result<(Lowered, Vec<Prepared<'a>>), SetupError> {
        let samples = sets
            .iter()
            .map(|set| Ok((set.monte_carlo()?, SampleKind::MonteCarlo.name())))
            .collect::<Result<Vec<_>, SetupError>>()?;
        let (lowered, sums) = self.prepare(model, &samples)?;
        let slots = lowered.slots.slots(&model.parameters.start());
        let mut prepared = Vec::new();
        for ((set, (monte_carlo, _)), sums) in sets.iter().zip(samples).zip(&sums) {
            let sums: &dyn EventSums = &**sums;
            let weights = ModelWeights::new(&lowered, sums, &slots, pairs)?;
            let of_mc = monte_carlo.weights.iter().zip(&weights.total);
            let integral: f64 = of_mc.map(|(v, i)| v * i).sum();
            let data: f64 = set.data.weights.iter().sum();
            // Of sets normalised together the sum is not fitted: pictures compare the shape of each.
            let joint = self.document.joint_with(&set.name);
            let generated = set.generated.filter(|_| joint.is_none());
            let described = set.background.as_ref();
            let fraction = described.map_or(0.0, |of| of.value(&model.parameters));
            let expected = described.map(|of| of.expected(&model.parameters));
            let background = expected.transpose()?.map(|expected| {
                let signal = match generated {
                    Some(generated) => integral / generated,
                    None => (1.0 - fraction) * data,
                };
                let weighted = monte_carlo.weights.iter().zip(&expected);
                let weighted: Vec<f64> = weighted.map(|(v, b)| v * b).collect();
                let sum: f64 = weighted.iter().sum();
                let scale = signal * fraction / (1.0 - fraction) / sum;
                weighted.iter().map(|b| scale * b).collect()
            });
            prepared.push(Prepared {
                background,
                set,
                data: events(&set.data),
                monte_carlo: events(monte_carlo),
                weights,
                scale: match generated {
                    Some(generated) => 1.0 / generated,
                    None => (1.0 - fraction) * data / integral,
                },
            });
        }
        Ok((lowered, prepared))
    }
}

/// A formula that is no number in some events of a sample.
pub(super) struct NoValue {
    pub(super) formula: String,
    pub(super) sample: String,
    /// The first one, how many, and of how many.
    pub(super) event: usize,
    pub(super) count: usize,
    pub(super) of: usize,
}

/// Where typed formulas are no numbers.
pub(super) fn without_value(
    observables: &[Observable],
    model: &Model,
    prepared: &[Prepared],
) -> Vec<NoValue> {
    let mut all = Vec::new();
    for (observable, set) in observables
        .iter()
        .flat_map(|o| prepared.iter().map(move |set| (o, set)))
    {
        let mut of_data = observable.values(model, &set.data);
        let background = of_data.split_off(set.set.data.data_len());
        let of_mc = observable.values(model, &set.monte_carlo);
        for (values, kind) in [
            (of_data, SampleKind::Data),
            (background, SampleKind::Background),
            (of_mc, SampleKind::MonteCarlo),
        ] {
            let mut bad = values.iter().enumerate().filter(|(_, x)| !x.is_finite());
            if let Some((event, _)) = bad.next() {
                all.push(NoValue {
                    formula: observable.text.clone(),
                    sample: format!("{} of {}", kind.name(), set.name()),
                    event,
                    count: 1 + bad.count(),
                    of: values.len(),
                });
            }
        }
    }
    all
}

impl From<NoValue> for SetupError {
    fn from(at: NoValue) -> Self {
        Self::NoNumber {
            formula: at.formula,
            sample: at.sample,
            event: at.event,
            count: at.count,
        }
    }
}

impl NoValue {
    /// What is not in a picture.
    fn note(&self) -> String {
        let Self {
            formula,
            sample,
            count,
            of,
            ..
        } = self;
        format!(
            "{count} of {of} events of the {sample} are left out: `{formula}` is no number there"
        )
    }
}

/// The data sets of the reaction at a place.
pub(super) fn of_reaction(sets: &[LoadedSet], place: usize) -> Vec<&LoadedSet> {
    sets.iter().filter(|set| set.model == place).collect()
}

/// Fills bins from all data sets.
struct Filler<'a> {
    model: &'a Model,
    names: Vec<String>,
    prepared: &'a [Prepared<'a>],
}

/// Values of an observable in data and Monte Carlo of each data set.
type Values = Vec<[Vec<f64>; 2]>;

impl Filler<'_> {
    fn values(&self, observable: &Observable) -> Values {
        let of = |events: &Events| observable.values(self.model, events);
        (self.prepared.iter())
            .map(|set| [of(&set.data), of(&set.monte_carlo)])
            .collect()
    }

    fn projection(&self, observable: &Observable, bins: usize) -> Option<Projection> {
        let values = self.values(observable);
        let binning = binning(observable, &values, bins)?;
        let stack = self.stack(binning.bins, &|set, sample| {
            let of_sample = values[set][sample].iter();
            of_sample.map(|&value| binning.place(value)).collect()
        })?;
        let pairs: Vec<[usize; 2]> = (self.prepared.first()?.weights.pairs.iter())
            .map(|(pair, _)| *pair)
            .collect();
        Some(Projection::new(
            observable.into(),
            binning,
            &stack,
            &self.names,
            &pairs,
        ))
    }

    fn plane(&self, axes: &[Observable; 2], bins: usize) -> Option<Plane> {
        let values = axes.each_ref().map(|axis| self.values(axis));
        let x = binning(&axes[0], &values[0], bins)?;
        let y = binning(&axes[1], &values[1], bins)?;
        let stack = self.stack(x.bins * y.bins, &|set, sample| {
            let pairs = values[0][set][sample].iter().zip(&values[1][set][sample]);
            pairs
                .map(|(&a, &b)| Some(x.place(a)? + x.bins * y.place(b)?))
                .collect()
        })?;
        let labels: [Axis; 2] = axes.each_ref().map(Axis::from);
        Some(Plane::new(labels, [x, y], &stack))
    }

    /// All contents; `places` gives the bin of every event of a data set's data (0) or Monte Carlo (1).
    fn stack(
        &self,
        bins: usize,
        places: &dyn Fn(usize, usize) -> Vec<Option<usize>>,
    ) -> Option<Stack> {
        let mut joined: Option<Stack> = None;
        for (number, set) in self.prepared.iter().enumerate() {
            let stack = set.stack(bins, &places(number, 0), &places(number, 1));
            match &mut joined {
                None => joined = Some(stack),
                Some(joined) => joined.add(&stack),
            }
        }
        joined
    }
}

fn binning(observable: &Observable, values: &Values, bins: usize) -> Option<Binning> {
    match observable.range {
        Some([low, high]) => Some(Binning { low, high, bins }),
        None => Binning::round(values.iter().flatten().flatten(), bins),
    }
}

impl Prepared<'_> {
    pub(super) fn name(&self) -> &str {
        &self.set.name
    }

    /// Whether data count events.
    pub(super) fn counts(&self) -> bool {
        let data = &self.set.data.weights[..self.set.data.data_len()];
        data.iter().all(|&weight| weight == 1.0)
    }

    /// Data and model as weighted events; the background is one of the model's.
    pub(super) fn points(&self, model: &Model, observables: &[Observable]) -> [WeightedPoints; 2] {
        let from = self.set.data.data_len();
        let weights = &self.set.data.weights;
        let (mut data, mut expected) = (WeightedPoints::default(), WeightedPoints::default());
        for observable in observables {
            let mut of_data = observable.values(model, &self.data);
            let mut of_model = observable.values(model, &self.monte_carlo);
            of_model.extend(of_data.split_off(from));
            data.columns.push(of_data);
            expected.columns.push(of_model);
        }
        data.weights = weights[..from].to_vec();
        let of_mc = self.monte_carlo.weights.iter().zip(&self.weights.total);
        expected.weights = of_mc.map(|(v, i)| self.scale * v * i).collect();
        let described = self.background.iter().flatten();
        for (weight, background) in expected.weights.iter_mut().zip(described) {
            *weight += background;
        }
        expected
            .weights
            .extend(weights[from..].iter().map(|weight| -weight));
        [data, expected]
    }

    fn stack(&self, bins: usize, data: &[Option<usize>], mc: &[Option<usize>]) -> Stack {
        let from = self.set.data.data_len();
        let weights = &self.set.data.weights;
        let of_model = |intensity: &[f64]| {
            let weights = self.monte_carlo.weights.iter().zip(intensity);
            let weights: Vec<f64> = weights.map(|(v, i)| v * i).collect();
            Histogram::of(bins, mc, &weights, self.scale)
        };
        let mut background = Histogram::of(bins, &data[from..], &weights[from..], -1.0);
        if let Some(described) = &self.background {
            background += &Histogram::of(bins, mc, described, 1.0);
        }
        let mut model = of_model(&self.weights.total);
        model += &background;
        Stack {
            data: Histogram::of(bins, &data[..from], &weights[..from], 1.0),
            background,
            model,
            components: self
                .weights
                .components
                .iter()
                .map(|c| of_model(c))
                .collect(),
            pairs: self
                .weights
                .pairs
                .iter()
                .map(|(_, p)| of_model(p))
                .collect(),
            counts: self.counts(),
        }
    }
}
