//! What an evaluation of the direct sum costs, in multiplications and additions an event.

use crate::engine::Plan;

/// One pass over the events with gradient, in the unit of the Gram matrix' inner loop.
///
/// A column is multiplied into an amplitude and back into the gradient, 8 multiply-adds each, and
/// waits for memory; an operation of a shape runs through a register of the first-level cache, and
/// divisions and roots take several times as long. The factors were measured against the pass that
/// builds a Gram matrix, one thread, AVX2.
pub fn direct(plan: &Plan) -> f64 {
    let columns: usize = plan.waves.iter().map(|wave| wave.columns.len()).sum();
    let shapes = plan.shapes.iter().map(|shape| {
        let function = &plan.functions[shape.function];
        (function.value.operations() + function.gradient.operations()) as f64
    });
    COLUMN * columns as f64 + OPERATION * shapes.sum::<f64>()
}

const COLUMN: f64 = 32.0;
const OPERATION: f64 = 8.0;

/// The least a Gram matrix of a plan with floating shapes can cost: one that pays has at least about
/// ten functions a shape.
pub fn least(plan: &Plan) -> f64 {
    let floating = plan
        .waves
        .iter()
        .filter(|wave| wave.shape.is_some())
        .count();
    let vectors = (plan.waves.len() + 9 * floating) as f64;
    2.0 * vectors * vectors
}
