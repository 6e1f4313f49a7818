//! Numbers of background densities, parameters like others: fractions, and coefficients of formulas.

use super::super::{ConfigError, Step, ValueEntry};
use super::Resolver;
use crate::model::{Parameter, ParameterRole};

/// The key of a fraction, and the last part of its name.
const FRACTION: &str = "fraction";

/// Limits of a fraction that has none of its own.
const UNIT: [f64; 2] = [0.0, 1.0];

impl Resolver<'_> {
    pub(super) fn backgrounds(&mut self) -> Result<(), ConfigError> {
        let document = self.document;
        for (set, entry) in document.background_densities() {
            let (path, subtracted) = match set {
                None => (Vec::new(), &document.background),
                Some(number) => {
                    let path = vec!["dataset".into(), number.into()];
                    (path, &document.dataset[number].background)
                }
            };
            let path = [&path[..], &["background_density".into()]].concat();
            if subtracted.is_some() {
                let problem = "this background is subtracted already";
                let help = "leave out `background`, or `background_density`".to_owned();
                return Err(self.source.error(&path, problem, help));
            }
            let at = path.as_slice();
            let name = document.background_parameter(set, FRACTION);
            let path = [at, &[FRACTION.into()]].concat();
            let start = self.start(&entry.fraction, &name, &path)?;
            let limits = entry.fraction.limits.unwrap_or(UNIT);
            self.check_fraction(start, limits, &path)?;
            self.parameters.push(Parameter {
                name,
                start,
                free: entry.fraction.free,
                limits: Some(limits),
                unit: "".into(),
                role: ParameterRole::Shape,
                same_as: None,
            });
            for (own, value) in &entry.coefficients {
                let path = [at, &["coefficients".into(), own.into()]].concat();
                if own == FRACTION {
                    let problem = "this name is that of the share of background events";
                    let help = "take another name".to_owned();
                    return Err(self.source.error(&path, problem, help));
                }
                let name = document.background_parameter(set, own);
                let start = self.start(value, &name, &path)?;
                self.check_number(start, value.limits, &path)?;
                self.parameters.push(Parameter {
                    name,
                    start,
                    free: value.free,
                    limits: value.limits,
                    unit: "".into(),
                    role: ParameterRole::Density,
                    same_as: None,
                });
            }
        }
        Ok(())
    }

    fn start(&self, value: &ValueEntry, name: &str, path: &[Step]) -> Result<f64, ConfigError> {
        if value.same_as.is_some() {
            let help = format!("write [parameter] with \"{name}\" = {{ same_as = \"...\" }}");
            let problem = "a number of a background here has a start value";
            return Err(self.source.error(path, problem, help));
        }
        value.start.ok_or_else(|| {
            let help = "write { start = 0.1, free = true }".to_owned();
            let problem = format!("`{name}` has no start value");
            self.source.error(path, problem, help)
        })
    }

    /// What [parameter] says of a fraction in place of `fraction`.
    pub(super) fn check_given_fractions(&mut self) -> Result<(), ConfigError> {
        let document = self.document;
        for (set, _) in document.background_densities() {
            let name = document.background_parameter(set, FRACTION);
            let (Some(entry), Some(id)) =
                (document.parameter.get(&name), self.parameters.find(&name))
            else {
                continue;
            };
            if entry.same_as.is_none() {
                let limits = entry.limits.unwrap_or(UNIT);
                let start = self.parameters.get(id).start;
                self.check_fraction(start, limits, &["parameter".into(), (&name).into()])?;
                self.parameters.get_mut(id).limits = Some(limits);
            }
        }
        Ok(())
    }

    fn check_fraction(
        &self,
        start: f64,
        limits: [f64; 2],
        path: &[Step],
    ) -> Result<(), ConfigError> {
        let inside = |x: f64| (0.0..=1.0).contains(&x);
        if !(limits.into_iter().all(inside) && (0.0..1.0).contains(&start)) {
            let [low, high] = limits;
            let problem = format!("a fraction of {start} between {low} and {high}");
            let help = "it lies between 0 and 1, its start below 1".to_owned();
            return Err(self.source.error(path, problem, help));
        }
        self.check_number(start, Some(limits), path)
    }
}
