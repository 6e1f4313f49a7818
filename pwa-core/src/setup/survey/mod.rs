//! What a config means, as facts to be printed: the model, its samples, what they cannot fix.

mod facts;
mod flat;
mod model;
mod samples;

use super::{Job, LoadedSet, SetupError};

pub use facts::{
    ChainFact, CouplingFact, CouplingKind, FileFact, FlatFact, LsFact, ParameterFact, ParticleFact,
    SampleFact, ShapeFact, SpinDensityFact, State, Survey, WaveFact,
};

/// Which samples a survey looks at.
#[derive(Debug, Clone, Copy)]
pub enum SurveyOf<'a> {
    /// Generated phase space in place of samples.
    ModelAlone,
    Samples(&'a [LoadedSet]),
}

impl Job<'_> {
    /// Everything `gpuwa check` tells.
    ///
    /// # Errors
    /// When a sample has an event without amplitude, a data set no Monte Carlo, or memory is short.
    pub fn survey(&self, of: SurveyOf) -> Result<Survey, SetupError> {
        let mut survey = model::survey(self)?;
        match of {
            SurveyOf::ModelAlone => survey.flat_directions = flat::over_phase_space(self)?,
            SurveyOf::Samples(sets) => {
                self.check_phase_space()?;
                samples::add(self, sets, &mut survey)?;
                survey.flat_directions = flat::over_samples(self, sets)?;
            }
        }
        Ok(survey)
    }
}
