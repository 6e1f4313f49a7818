//! The numbers of a result that are compared with those of other fits: parameters, fit fractions, quantities.

use pwa_core::analysis::whole_turns;
use pwa_core::result::FitResult;

use crate::table::with_error;

pub struct Number {
    pub name: String,
    pub value: f64,
    /// Statistical. None at a limit.
    pub error: Option<f64>,
    angle: bool,
}

/// Those of free parameters, then fractions, then quantities: the order of [`Derived::at`](crate::derived::Derived::at).
pub fn numbers(result: &FitResult) -> Vec<Number> {
    let free = result.parameters.iter().filter(|of| of.free);
    let parameters = free.map(|of| Number {
        name: of.name.clone(),
        value: of.value,
        error: of.error,
        angle: of.unit == "rad",
    });
    let fractions = result.fractions.iter();
    let fractions = fractions.map(|of| (format!("fraction of {}", of.name), of));
    let quantities = result.quantities.iter().map(|of| (of.name.clone(), of));
    let others = fractions.chain(quantities).map(|(name, of)| Number {
        name,
        value: of.value,
        error: of.error,
        angle: false,
    });
    parameters.chain(others).collect()
}

impl Number {
    /// With its error.
    pub fn measured(&self) -> String {
        let (value, error) = with_error(self.value, self.error);
        match self.error {
            Some(_) => format!("{value} ± {error}"),
            None => value,
        }
    }

    /// The way from here to a value; of an angle the shorter one.
    pub fn shift(&self, value: f64) -> f64 {
        let shift = value - self.value;
        match self.angle {
            true => shift - whole_turns(shift),
            false => shift,
        }
    }

    /// A shift in errors.
    pub fn sigmas(&self, shift: f64) -> Option<f64> {
        let error = self.error.filter(|&error| error > 0.0)?;
        Some(shift / error)
    }
}
