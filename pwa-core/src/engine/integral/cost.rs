//! What integrals cost, in multiply-adds of the loop that builds a Gram matrix.
//!
//! The factors were measured against that loop, with AVX2 and one thread. They only choose between
//! two ways to the same number, and depend on nothing but the plan: a fit takes the same way in
//! every run.

use crate::engine::Plan;

/// A column goes into an amplitude and back into the gradient: eight multiply-adds each, on the way
/// through memory.
const COLUMN: f64 = 16.0;

/// A density: its product of two amplitudes, that with rho, and rho applied to both.
const DENSITY: f64 = 20.0;

/// An operation of a shape: from one register in the first-level cache to another, some of them
/// divisions and roots.
pub const OPERATION: f64 = 4.5;

/// The search for the basis of one shape, whatever the sample.
const SEARCH: f64 = 4e8;

/// The search for the bins of one shape's variable, whatever the sample.
const MESH: f64 = 1e8;

/// One direct sum with gradient, an event.
pub fn direct(plan: &Plan) -> f64 {
    let columns: usize = plan.waves.iter().map(|wave| wave.columns.len()).sum();
    let shapes = plan.shapes.iter().map(|shape| {
        let function = &plan.functions[shape.function];
        (function.value.operations() + function.gradient.operations()) as f64
    });
    let densities = DENSITY * plan.densities.len() as f64;
    COLUMN * columns as f64 + densities + OPERATION * shapes.sum::<f64>()
}

/// The search for the bases, shared out over the events.
pub fn search(families: usize, events: usize) -> f64 {
    SEARCH * families as f64 / events.max(1) as f64
}

/// The search for bins, shared out over the events.
pub fn mesh(families: usize, events: usize) -> f64 {
    MESH * families as f64 / events.max(1) as f64
}
