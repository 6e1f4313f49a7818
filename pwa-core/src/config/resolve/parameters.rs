//! `[parameter]`: single real numbers, over what `coupling` and `resonance` say of them.

use super::super::{ConfigError, Step};
use super::{Resolver, Shared};

impl Resolver<'_> {
    /// Applies the entries to parameters that exist already.
    pub(super) fn single_parameters(&mut self) -> Result<(), ConfigError> {
        for (name, entry) in &self.document.parameter {
            let path: [Step; 2] = ["parameter".into(), name.into()];
            let Some(id) = self.parameters.find(name) else {
                let problem = format!("the model has no parameter `{name}`");
                let help = self
                    .nearest_parameter(name)
                    .or_else(|| Some("`gpuwa check` prints the parameters of the model".into()));
                return Err(self.source.error(&path, problem, help));
            };
            let start = entry.start.unwrap_or(self.parameters.get(id).start);
            self.check_number(start, entry.limits, &path)?;
            let parameter = self.parameters.get_mut(id);
            parameter.start = start;
            parameter.free = entry.free;
            parameter.limits = entry.limits;
            if let Some(target) = &entry.same_as {
                self.shared.push(Shared {
                    name: name.clone(),
                    target: target.clone(),
                    has_value: entry.start.is_some(),
                    path: vec!["parameter".to_owned(), name.clone()],
                });
            }
        }
        Ok(())
    }
}
