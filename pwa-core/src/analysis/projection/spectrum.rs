//! Data and model in bins of one variable.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::histogram::{Binning, Histogram};
use super::observable::Observable;

/// What an axis shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    pub text: String,
    pub latex: String,
    pub unit: Cow<'static, str>,
}

impl From<&Observable> for Axis {
    fn from(observable: &Observable) -> Self {
        Self {
            text: observable.text.clone(),
            latex: observable.latex.clone(),
            unit: observable.unit.into(),
        }
    }
}

/// Everything that has a content in each bin.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    pub data: Histogram,
    /// What the background samples hold, positive; part of `model`.
    pub background: Histogram,
    /// The intensity and the background, scaled to the data.
    pub model: Histogram,
    pub components: Vec<Histogram>,
    /// In the order of the pairs of the components.
    pub pairs: Vec<Histogram>,
    /// Whether the data count events: their errors are those of the expectation then.
    pub counts: bool,
}

impl Stack {
    /// Joins the bins of a further data set.
    pub fn add(&mut self, other: &Self) {
        self.data += &other.data;
        self.background += &other.background;
        self.model += &other.model;
        for (component, more) in self.components.iter_mut().zip(&other.components) {
            *component += more;
        }
        for (pair, more) in self.pairs.iter_mut().zip(&other.pairs) {
            *pair += more;
        }
        self.counts &= other.counts;
    }

    /// The distance of data and model in each bin.
    pub fn pulls(&self) -> Vec<Option<f64>> {
        (0..self.data.sums.len())
            .map(|bin| {
                let (data, model) = (&self.data, &self.model);
                let of_data = if self.counts {
                    model.sums[bin]
                } else {
                    data.variances[bin]
                };
                pull(
                    data.sums[bin],
                    model.sums[bin],
                    of_data + model.variances[bin],
                )
            })
            .collect()
    }
}

/// (data - model) / sqrt(variance); none where nothing is expected and nothing seen.
pub fn pull(data: f64, model: f64, variance: f64) -> Option<f64> {
    (variance > 0.0).then(|| (data - model) / variance.sqrt())
}

/// Contents of the bins under a name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Named {
    pub name: String,
    pub contents: Vec<f64>,
}

/// One variable: data with errors, the model and its parts, the distance of both.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Projection {
    pub x: Axis,
    pub edges: Vec<f64>,
    pub data: Vec<f64>,
    /// sqrt of the sum of squared weights.
    pub data_errors: Vec<f64>,
    /// None where no data set has a background sample.
    pub background: Option<Vec<f64>>,
    pub model: Vec<f64>,
    /// Of the finite Monte Carlo.
    pub model_errors: Vec<f64>,
    pub components: Vec<Named>,
    /// The model without background and components.
    pub interference: Vec<f64>,
    /// Each pair of components, when asked for.
    pub pairs: Vec<Named>,
    /// (data - model) / sigma: sigma² is the expectation for plain counts, else the sum of squared weights, and
    /// the variance of the Monte Carlo.
    pub pulls: Vec<Option<f64>>,
}

impl Projection {
    pub fn new(
        x: Axis,
        binning: Binning,
        stack: &Stack,
        names: &[String],
        pairs: &[[usize; 2]],
    ) -> Self {
        let roots = |list: &[f64]| list.iter().map(|v| v.sqrt()).collect();
        let named = |name: String, histogram: &Histogram| Named {
            name,
            contents: histogram.sums.clone(),
        };
        let mut interference = stack.model.sums.clone();
        for part in stack.components.iter().chain([&stack.background]) {
            for (rest, content) in interference.iter_mut().zip(&part.sums) {
                *rest -= content;
            }
        }
        let has_background = stack.background.variances.iter().any(|&v| v > 0.0);
        Self {
            x,
            edges: binning.edges(),
            data: stack.data.sums.clone(),
            data_errors: roots(&stack.data.variances),
            background: has_background.then(|| stack.background.sums.clone()),
            model: stack.model.sums.clone(),
            model_errors: roots(&stack.model.variances),
            components: (names.iter().zip(&stack.components))
                .map(|(name, histogram)| named(name.clone(), histogram))
                .collect(),
            interference,
            pairs: (pairs.iter().zip(&stack.pairs))
                .map(|(&[a, b], histogram)| named(format!("{}|{}", names[a], names[b]), histogram))
                .collect(),
            pulls: stack.pulls(),
        }
    }
}
