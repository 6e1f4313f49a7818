//! A variation of a config, opened where the fit of the config ended.

use super::{FittedValues, Job, Overrides, SetupError, set_values};
use crate::config::Source;
use crate::model::{Parameter, ParameterId, Parameters};

/// Where the fit of a config ended.
#[derive(Debug, Clone)]
pub struct Nominal {
    /// Its parameters, as they are shown.
    pub fitted: Vec<FittedValues>,
    /// Typed values that stand in place of those.
    pub values: Vec<(String, f64)>,
}

impl Nominal {
    /// All values, later ones in place of earlier ones.
    pub fn all(&self) -> impl Iterator<Item = &(String, f64)> {
        let fitted = self.fitted.iter().flat_map(|fitted| &fitted.values);
        fitted.chain(&self.values)
    }
}

impl<'a> Job<'a> {
    /// The job of a variation of this config.
    ///
    /// Parameters are where the fit ended, but for those whose value the variation says or which it fixes. Waves keep
    /// their normalisation, that of `overrides`, so that couplings mean the same.
    ///
    /// # Errors
    /// As [`Job::open`].
    pub fn varied(
        &self,
        source: Source,
        overrides: &Overrides,
        nominal: &Nominal,
    ) -> Result<Self, SetupError> {
        let mut job = Self::open(source, overrides, self.backend)?;
        // A variation may be one of the files.
        job.as_fitted = false;
        let mut parameters = job.parameters().clone();
        nominal
            .fitted
            .iter()
            .try_for_each(|fitted| job.blinding.check(fitted))?;
        job.blinding.fitted = true;
        // Unknown names, and values that nobody may know.
        let typed = nominal.values.iter().map(|(name, x)| (name.as_str(), *x));
        set_values(&mut self.parameters().clone(), typed)?;
        let open = unsaid(&parameters, self.parameters());
        for (name, value) in nominal.all() {
            if let Some(id) = parameters.find(name).filter(|id| open.contains(id)) {
                start(&mut parameters, id, *value);
            }
        }
        job.set_parameters(parameters);
        Ok(job)
    }
}

/// The parameters of which the variation of `config` says neither another value nor that they are fixed.
fn unsaid(varied: &Parameters, config: &Parameters) -> Vec<ParameterId> {
    let unsaid = varied.iter().filter(|(_, parameter)| {
        let known = config.find(&parameter.name).map(|id| config.get(id));
        let same =
            |known: &Parameter| parameter.start == known.start && (parameter.free || !known.free);
        parameter.same_as.is_none() && known.is_some_and(same)
    });
    unsaid.map(|(id, _)| id).collect()
}

/// Puts a parameter where the fit of a config ended, by the value that is shown.
fn start(parameters: &mut Parameters, id: ParameterId, shown: f64) {
    let [low, high] = (parameters.get(id).limits).unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
    // Limits that the variation makes narrower hold, of the true value.
    let offset = parameters.offset(id).unwrap_or(0.0);
    parameters.set_shown(id, (shown - offset).max(low).min(high) + offset);
}
