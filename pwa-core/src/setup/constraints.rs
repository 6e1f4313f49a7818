//! What a job knows of parameters beyond its samples.

use super::{Job, LoadedSet};
use crate::config::{ConfigError, did_you_mean};
use crate::likelihood::Constraint;

impl Job<'_> {
    /// That free parameters of backgrounds are known, for questions about intensities, which say nothing of them.
    pub(super) fn backgrounds_known(&self) -> Vec<Constraint> {
        let parameters = self.parameters();
        let free = parameters.free();
        let entries = self.document.background_densities();
        let names = entries.flat_map(|(number, entry)| {
            let of = |name: &str| self.document.background_parameter(number, name);
            let own = ["fraction"]
                .into_iter()
                .chain(entry.coefficients.keys().map(String::as_str));
            own.map(of).collect::<Vec<_>>()
        });
        let places = names.filter_map(|name| {
            let source = parameters.source(parameters.find(&name)?);
            free.iter().position(|&free| free == source)
        });
        let constraint = |place| Constraint {
            place,
            mean: 0.0,
            sigma: 1.0,
        };
        places.map(constraint).collect()
    }

    /// What there is to say of constraints that pull at nothing.
    pub fn idle_constraints(&self) -> Vec<String> {
        let parameters = self.parameters();
        let free = parameters.free();
        let entries = self.document.constraint.iter();
        let idle = entries.filter(|entry| {
            let id = parameters.find(&entry.parameter);
            id.is_some_and(|id| !free.contains(&parameters.source(id)))
        });
        let warning =
            |name: &String| format!("the constraint on `{name}` does nothing: `{name}` is fixed");
        idle.map(|entry| warning(&entry.parameter)).collect()
    }

    /// What there is to say of data that are fewer than the parameters that they are to determine.
    pub fn too_few_events(&self, sets: &[LoadedSet]) -> Vec<String> {
        let events: usize = sets.iter().map(|set| set.data.data_len()).sum();
        let free = self.parameters().free().len();
        let known = self.document.constraint.len();
        // Copies are more entries than events.
        let is_counted = sets.iter().all(|set| set.data.copies.is_none());
        if !is_counted || events + known > free {
            return Vec::new();
        }
        let plural = if events == 1 { "" } else { "s" };
        vec![format!(
            "{free} parameters are free and there is data of {events} event{plural}: errors mean little"
        )]
    }

    pub(super) fn constraints(&self) -> Result<Vec<Constraint>, ConfigError> {
        let parameters = self.parameters();
        let free = parameters.free();
        let mut constraints = Vec::new();
        for (number, entry) in self.document.constraint.iter().enumerate() {
            let path = ["constraint".into(), number.into(), "parameter".into()];
            if !(entry.sigma > 0.0 && entry.sigma.is_finite() && entry.mean.is_finite()) {
                let path = ["constraint".into(), number.into(), "sigma".into()];
                let problem = format!("{} ± {} is no measurement", entry.mean, entry.sigma);
                return Err(self.source.error(&path, problem, None));
            }
            if self.document.quantity.contains_key(&entry.parameter) {
                continue;
            }
            let id = parameters.find(&entry.parameter).ok_or_else(|| {
                let names = parameters
                    .iter()
                    .map(|(_, parameter)| parameter.name.as_str());
                let names = names.chain(self.document.quantity.keys().map(String::as_str));
                let help = did_you_mean(&entry.parameter, names);
                let problem = format!("`{}` is no parameter of this model", entry.parameter);
                self.source.error(&path, problem, help)
            })?;
            // A constraint on a fixed parameter is a constant of the likelihood.
            if let Some(place) = free.iter().position(|&f| f == parameters.source(id)) {
                constraints.push(Constraint {
                    place,
                    mean: entry.mean,
                    sigma: entry.sigma,
                });
            }
        }
        Ok(constraints)
    }
}
