//! A variation of a config, opened where the fit of the config ended.

use super::{FittedValues, Job, Overrides, SetupError};
use crate::config::Source;
use crate::model::Parameters;

/// Where the fit of a config ended.
#[derive(Debug, Clone)]
pub struct Nominal {
    /// Its parameters, as they are shown.
    pub fitted: Vec<FittedValues>,
    /// Typed values that stand in place of those.
    pub values: Vec<(String, f64)>,
    /// Of its waves, what they were divided by.
    pub scales: Vec<(String, f64)>,
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
    /// their normalisation, so that couplings mean the same.
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
        for model in job.models.iter_mut().filter(|model| model.normalise) {
            let waves = model.waves();
            let names: Vec<String> = waves.iter().map(|wave| model.wave_name(wave)).collect();
            for (scale, name) in model.scales.iter_mut().zip(names) {
                let known = nominal.scales.iter().find(|(known, _)| *known == name);
                *scale = known.map_or(*scale, |&(_, known)| known);
            }
        }
        let mut parameters = job.parameters().clone();
        nominal
            .fitted
            .iter()
            .try_for_each(|fitted| job.blinding.check(fitted))?;
        job.blinding.fitted = true;
        let blind = |name: &str| parameters.offset(parameters.find(name)?);
        if let Some((name, _)) = nominal
            .values
            .iter()
            .find(|(name, _)| blind(name).is_some())
        {
            let name = name.clone();
            return Err(SetupError::BlindValue { name });
        }
        for (name, value) in nominal.all() {
            start(&mut parameters, self.parameters(), name, *value);
        }
        job.set_parameters(parameters);
        Ok(job)
    }
}

/// Puts a parameter where the fit of `config` ended.
fn start(varied: &mut Parameters, config: &Parameters, name: &str, value: f64) {
    let (Some(id), Some(of_config)) = (varied.find(name), config.find(name)) else {
        return;
    };
    let offset = varied.offset(id);
    let (parameter, of_config) = (varied.get(id), config.get(of_config));
    let said = parameter.start != of_config.start || (of_config.free && !parameter.free);
    if !said && parameter.same_as.is_none() {
        let [low, high] = parameter
            .limits
            .unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
        // Limits that the variation makes narrower hold, of the true value.
        let offset = offset.unwrap_or(0.0);
        let within = (value - offset).max(low).min(high);
        varied.set_shown(id, within + offset);
    }
}
