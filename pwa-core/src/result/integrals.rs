//! What the result says about its integrals.

use super::IntegralRecord;
use crate::engine::{Method, SumError};
use crate::likelihood::{DataSet, Likelihood};

impl IntegralRecord {
    /// The integrals of all data sets, compared with direct sums at the start and the minimum.
    ///
    /// # Errors
    /// When a direct sum has no value there.
    pub fn all(
        likelihood: &Likelihood,
        start: &[f64],
        minimum: &[f64],
    ) -> Result<Vec<Self>, SumError> {
        let sets = likelihood.sets().iter();
        sets.map(|set| {
            let slots = likelihood.slots(set);
            Self::of(set, &slots.slots(start), &slots.slots(minimum))
        })
        .collect()
    }

    fn of(set: &DataSet, start: &[f64], minimum: &[f64]) -> Result<Self, SumError> {
        let mut record = Self {
            data_set: set.name.clone(),
            method: name(Method::Direct).to_owned(),
            reason: None,
            ranks: Vec::new(),
            deviation: None,
            deviation_at_start: None,
            deviation_at_minimum: None,
            extensions: 0,
        };
        let Some(adaptive) = &set.integral else {
            return Ok(record);
        };
        let integral = adaptive.current();
        record.reason = integral.refusal().map(ToString::to_string);
        record.extensions = adaptive.extensions();
        record.method = name(integral.method()).to_owned();
        if integral.method() != Method::Direct {
            record.ranks = integral.ranks();
            record.deviation = integral.deviation().map(|deviation| deviation.value);
            record.deviation_at_start = Some(integral.deviation_at(start)?);
            record.deviation_at_minimum = Some(integral.deviation_at(minimum)?);
        }
        Ok(record)
    }
}

fn name(method: Method) -> &'static str {
    match method {
        Method::Gram => "gram",
        Method::Moments => "moments",
        Method::Direct => "direct",
    }
}
