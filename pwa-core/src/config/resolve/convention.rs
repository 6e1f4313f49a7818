//! What a convention asks of a decay before its chains are read.

use super::super::{ConfigError, Convention, Step, ZAxis};
use super::Resolver;

impl Resolver<'_> {
    /// Dalitz-plot decomposition knows the plane of three particles, not how it lies.
    pub(super) fn check_convention(&self) -> Result<(), ConfigError> {
        if self.document.convention == Convention::Helicity1 {
            return Ok(());
        }
        let decay = &self.document.decay;
        let refuse = |path: &[Step], problem: String| {
            let help = "take convention = \"helicity-1\" for this decay".to_owned();
            Err(self.source.error(path, problem, help))
        };
        if decay.final_state.len() != 3 {
            let problem = format!(
                "convention dpd-1 describes three-body decays, this one has {} final particles",
                decay.final_state.len()
            );
            return refuse(&["decay".into(), "final".into()], problem);
        }
        if decay.initial.helicities.is_some() || decay.initial.z != ZAxis::Lab {
            let problem = "convention dpd-1 sums over all spin projections of the initial particle, \
                           which has no axis";
            return refuse(&["decay".into(), "initial".into()], problem.to_owned());
        }
        Ok(())
    }
}
