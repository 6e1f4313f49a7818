//! A background of a data set: the parts of its density in the events, and their weights in a likelihood.
//!
//! ```text
//! b(x) = sum_k a_k b_k(x),   B_k = sum_j v_j b_k(y_j),   κ_k = T f / (1 - f) a_k / sum_l a_l B_l
//! ```
//!
//! a_k are formulas of coefficients that may float; a density of fixed shape has one part with a = 1.

use super::SetupError;
use crate::config::Document;
use crate::expr::{Expr, Symbol};
use crate::likelihood::{Background, Formula};
use crate::model::Parameters;
use crate::sample::Sample;
use crate::setup::samples::SampleKind;

/// The background of a data set: b of its events and of its Monte Carlo.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedBackground {
    /// The name of f.
    pub(in crate::setup) fraction: String,
    /// Names of the parameters 0, 1, ... in the formulas of parts.
    pub(super) coefficients: Vec<String>,
    pub parts: Vec<BackgroundPart>,
    /// The sideband of a kernel estimate.
    pub sideband: Option<Sample>,
}

/// One product of a sum.
#[derive(Debug, Clone, PartialEq)]
pub struct BackgroundPart {
    /// a
    pub(super) coefficient: Expr,
    /// b
    pub of_data: Vec<f64>,
    pub of_monte_carlo: Vec<f64>,
    /// B
    pub integral: f64,
}

impl BackgroundPart {
    /// With b in the data and in the Monte Carlo, which has these weights.
    pub(super) fn new(coefficient: Expr, values: [Vec<f64>; 2], weights: &[f64]) -> Self {
        let [of_data, of_monte_carlo] = values;
        let weighted = of_monte_carlo.iter().zip(weights);
        Self {
            coefficient,
            integral: weighted.map(|(b, weight)| b * weight).sum(),
            of_data,
            of_monte_carlo,
        }
    }
}

impl LoadedBackground {
    pub(super) fn new(
        document: &Document,
        number: Option<usize>,
        parts: Vec<BackgroundPart>,
        sideband: Option<Sample>,
    ) -> Self {
        let name = |own: &str| document.background_parameter(number, own);
        let mut entries = document.background_densities();
        let entry = entries.find(|(set, _)| *set == number);
        Self {
            fraction: name("fraction"),
            coefficients: entry
                .iter()
                .flat_map(|(_, entry)| entry.coefficients.keys())
                .map(|own| name(own))
                .collect(),
            parts,
            sideband,
        }
    }

    /// In other data, where its parts have these densities, and in some events of its Monte Carlo, which have these weights.
    pub(in crate::setup) fn part(
        &self,
        of_data: Vec<Vec<f64>>,
        monte_carlo: &[usize],
        weights: Vec<f64>,
    ) -> Self {
        let parts = self.parts.iter().zip(of_data).map(|(part, of_data)| {
            let of_monte_carlo = monte_carlo.iter().map(|&event| part.of_monte_carlo[event]);
            let values = [of_data, of_monte_carlo.collect()];
            BackgroundPart::new(part.coefficient.clone(), values, &weights)
        });
        Self {
            fraction: self.fraction.clone(),
            coefficients: self.coefficients.clone(),
            parts: parts.collect(),
            sideband: None,
        }
    }

    /// The background of data set `number` of `sets` in a likelihood.
    pub(in crate::setup) fn inside(
        &self,
        parameters: &Parameters,
        number: usize,
        sets: usize,
    ) -> Option<Background> {
        // In formulas of a likelihood parameters stand behind the integrals.
        let behind = |symbol| match symbol {
            Symbol::Parameter(place) => Symbol::Parameter(sets as u32 + place),
            Symbol::Variable(_) => symbol,
        };
        let meaning = |name: &String| {
            let id = parameters.find(name)?;
            Some(parameters.expr(id).renamed(&behind))
        };
        let (integral, fraction) = (Expr::parameter(number as u32), meaning(&self.fraction)?);
        let share = 1.0 - fraction.clone();
        let coefficients: Vec<Expr> = self
            .coefficients
            .iter()
            .map(meaning)
            .collect::<Option<_>>()?;
        let of_part = |part: &BackgroundPart| in_terms_of(&part.coefficient, &coefficients);
        let whole = (self.parts.iter())
            .map(|part| of_part(part) * part.integral)
            .reduce(|sum, term| sum + term)?;
        let scale = integral * (fraction / &share) / whole;
        let moving = self.coefficients.iter().any(|name| {
            let id = parameters.find(name);
            id.is_some_and(|id| parameters.get(parameters.source(id)).free)
        });
        Some(Background {
            factors: (self.parts.iter())
                .map(|part| Formula::new(&(&scale * of_part(part))))
                .collect(),
            signal_share: Some(share),
            parts: (self.parts.iter().filter(|_| moving))
                .map(|part| [part.of_data.clone(), part.of_monte_carlo.clone()])
                .collect(),
        })
    }

    /// f at the parameters' values.
    pub(in crate::setup) fn value(&self, parameters: &Parameters) -> f64 {
        let id = parameters.find(&self.fraction);
        id.map_or(0.0, |id| parameters.value(id))
    }

    /// sum_j v_j b(y_j) at the parameters' values.
    ///
    /// # Errors
    /// When b is below zero at an event, or no number.
    pub(super) fn integral(&self, parameters: &Parameters) -> Result<f64, SetupError> {
        let factors = self.factors(parameters);
        let of_data = self.parts.iter().map(|part| &part.of_data[..]);
        density(&factors, of_data, SampleKind::Data)?;
        self.expected(parameters)?;
        let parts = factors.iter().zip(&self.parts);
        Ok(parts.map(|(a, part)| a * part.integral).sum())
    }

    /// b of each event of the Monte Carlo at the parameters' values.
    ///
    /// # Errors
    /// When it is below zero, or no number.
    pub(in crate::setup) fn expected(
        &self,
        parameters: &Parameters,
    ) -> Result<Vec<f64>, SetupError> {
        let of_monte_carlo = self.parts.iter().map(|part| &part.of_monte_carlo[..]);
        density(
            &self.factors(parameters),
            of_monte_carlo,
            SampleKind::MonteCarlo,
        )
    }

    /// a of each part at the parameters' values.
    fn factors(&self, parameters: &Parameters) -> Vec<f64> {
        let meaning = |name: &String| {
            let id = parameters.find(name);
            id.map_or(f64::NAN, |id| parameters.value(id)).into()
        };
        let coefficients: Vec<Expr> = self.coefficients.iter().map(meaning).collect();
        let value = |part: &BackgroundPart| {
            Formula::new(&in_terms_of(&part.coefficient, &coefficients)).value(&[])
        };
        self.parts.iter().map(value).collect()
    }
}

/// A formula of parameters 0, 1, ... with these in their place.
fn in_terms_of(formula: &Expr, coefficients: &[Expr]) -> Expr {
    formula.with(&|symbol| match symbol {
        Symbol::Parameter(place) => coefficients[place as usize].clone(),
        Symbol::Variable(number) => Expr::variable(number),
    })
}

/// The sum of the parts in each event: a density.
fn density<'a>(
    factors: &[f64],
    parts: impl Iterator<Item = &'a [f64]>,
    sample: SampleKind,
) -> Result<Vec<f64>, SetupError> {
    let mut values = Vec::new();
    for (a, part) in factors.iter().zip(parts) {
        values.resize(part.len(), 0.0);
        for (value, b) in values.iter_mut().zip(part) {
            *value += a * b;
        }
    }
    match values
        .iter()
        .position(|b: &f64| !(*b >= 0.0 && b.is_finite()))
    {
        None => Ok(values),
        Some(event) => Err(SetupError::BackgroundDensity {
            sample: sample.name().to_owned(),
            event,
            what: match values[event] < 0.0 {
                true => "below zero",
                false => "no finite number",
            },
        }),
    }
}
