//! Line shapes on the real axis, as curves in the complex plane.

use num_complex::Complex64;
use serde::Serialize;

use crate::expr::{Lowering, Program};
use crate::model::{LoweringError, Model, shapes_of_mass};

/// A line shape at masses in equal steps.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Argand {
    pub resonance: String,
    /// The parameter `mass`, where the shape has one that is not blind, GeV.
    pub mass: Option<f64>,
    /// GeV.
    pub masses: Vec<f64>,
    pub re: Vec<f64>,
    pub im: Vec<f64>,
}

/// The line shapes of a model at its values: those that are no constants and have a value at every mass.
///
/// # Errors
/// When a shape cannot be built.
pub fn argand(model: &Model, steps: usize) -> Result<Vec<Argand>, LoweringError> {
    let point = model.parameters.start();
    let mut curves = Vec::new();
    for shape in shapes_of_mass(model)? {
        let mut lowering = Lowering::new();
        let (re, im) = lowering.lower(&shape.formula);
        let program = Program::new(&lowering.graph, &[re, im]);
        let [low, high] = shape.range;
        // The ends are thresholds, where a shape may have no value.
        let step = (high - low) / (steps + 1) as f64;
        let masses: Vec<f64> = (1..=steps).map(|n| low + step * n as f64).collect();
        let value = |mass: &f64| {
            let values = program.evaluate_scalar(&[&point[..], &[*mass]].concat());
            Complex64::new(values[0], values[1])
        };
        let values: Vec<Complex64> = masses.iter().map(value).collect();
        let finite = values.iter().all(|value| value.is_finite());
        let constant = values.iter().all(|value| *value == values[0]);
        if finite && !constant {
            curves.push(Argand {
                resonance: model.own_name(&shape.resonance.name),
                // A hidden mass has no mark on the curve: the curve knows it.
                mass: (shape.resonance.mass)
                    .filter(|&id| model.parameters.offset(id).is_none())
                    .map(|id| model.parameters.value(id)),
                masses,
                re: values.iter().map(|value| value.re).collect(),
                im: values.iter().map(|value| value.im).collect(),
            });
        }
    }
    Ok(curves)
}
