//! Whether a card computes what the CPU computes, and how fast it reads: what `gpuwa doctor --gpu` asks.
//!
//! A few small plans are evaluated by both. The same bits are promised; what is good enough for a fit are the
//! limits: 1e-12 of an NLL, 1e-10 of a gradient, 1e-9 of a Hessian.

mod cases;
mod reading;

use std::sync::Arc;

use pwa_core::engine::{
    Backend, BackendError, Columns, CpuBackend, EventSums, Plan, Point, Precision, Reduction,
    SumError, Sums,
};
use pwa_core::objective::Order;
use thiserror::Error;

pub use cases::{
    COLUMNS, VARIABLES, columns, columns_in, everything, grouped, plan, point, single,
    with_backgrounds, without_shapes,
};
pub use reading::{Reading, gradient_reading};

/// Events of a sample: tens of tiles, the last one short.
const EVENTS: usize = 5003;
/// Points of a batch: more than go through a tile together.
const BATCH: usize = 5;

/// One quantity of one plan on both.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    pub plan: &'static str,
    pub precision: Precision,
    pub quantity: &'static str,
    /// The largest one, as a part of the largest number; 0 is the same bits.
    pub difference: f64,
    pub limit: f64,
}

impl Comparison {
    pub fn is_good(&self) -> bool {
        self.difference <= self.limit
    }
}

/// Why there is nothing to compare.
#[derive(Debug, Error)]
pub enum SelfTestError {
    #[error(transparent)]
    Prepare(#[from] BackendError),
    #[error("{plan}, {quantity}: {reason}")]
    Sum {
        plan: &'static str,
        quantity: &'static str,
        reason: SumError,
    },
}

/// A plan with a sample.
struct Case {
    name: &'static str,
    plan: Arc<Plan>,
    columns: Arc<Columns>,
}

fn cases() -> [Case; 4] {
    let case = |name, plan, terms, precision| Case {
        name,
        plan: Arc::new(plan),
        columns: Arc::new(columns(terms, precision)),
    };
    let couplings = without_shapes(plan());
    [
        case("couplings", couplings, single(EVENTS), Precision::Double),
        case("line shapes", plan(), single(EVENTS), Precision::Single),
        case(
            "line shapes, density matrix, groups, backgrounds",
            everything(),
            with_backgrounds(grouped(EVENTS)),
            Precision::Double,
        ),
        case(
            "line shapes, density matrix, backgrounds",
            everything(),
            with_backgrounds(single(EVENTS)),
            Precision::Single,
        ),
    ]
}

/// Compares a backend with the CPU.
///
/// # Errors
/// When a sum cannot be made.
pub fn compare(card: &dyn Backend) -> Result<Vec<Comparison>, SelfTestError> {
    let mut comparisons = Vec::new();
    for case in cases() {
        let prepare = |backend: &dyn Backend| {
            backend.prepare(Arc::clone(&case.plan), Arc::clone(&case.columns))
        };
        let card = quantities(&case, &*prepare(card)?)?;
        let cpu = quantities(&case, &*prepare(&CpuBackend::BEST)?)?;
        comparisons.extend(card.iter().zip(&cpu).map(|(card, cpu)| Comparison {
            plan: case.name,
            precision: case.columns.precision(),
            quantity: card.name,
            difference: difference(&card.numbers, &cpu.numbers),
            limit: card.limit,
        }));
    }
    Ok(comparisons)
}

/// Some numbers that both compute.
struct Quantity {
    name: &'static str,
    limit: f64,
    numbers: Vec<f64>,
}

fn quantities(case: &Case, sums: &dyn EventSums) -> Result<Vec<Quantity>, SelfTestError> {
    let slots: Vec<Vec<f64>> = (0..BATCH).map(|n| point(&case.plan, n)).collect();
    let points: Vec<Point> = slots.iter().map(|slots| slots[..].into()).collect();
    let failed = |quantity| {
        move |reason| SelfTestError::Sum {
            plan: case.name,
            quantity,
            reason,
        }
    };
    let sums_at = |quantity, points: &[Point], reduction, order| {
        let sums = sums.evaluate(points, reduction, order);
        let sums: Result<Vec<Sums>, SumError> = sums.into_iter().collect();
        sums.map_err(failed(quantity))
    };
    let numbers = |sums: &[Sums]| -> Vec<f64> {
        let numbers = sums.iter().flat_map(|sums| {
            let hessian = sums.hessian.iter().flatten();
            [sums.value]
                .into_iter()
                .chain(sums.gradient.iter().copied())
                .chain(hessian.copied())
        });
        numbers.collect()
    };
    let logarithms =
        |quantity, order| sums_at(quantity, &points[..1], Reduction::LogIntensity, order);
    let of = |name, limit, numbers| Quantity {
        name,
        limit,
        numbers,
    };
    let value = logarithms("NLL", Order::Value)?;
    let gradient = logarithms("gradient", Order::Gradient)?;
    let hessian = logarithms("Hessian", Order::Hessian)?;
    let batch_of = |quantity, order| sums_at(quantity, &points, Reduction::LogIntensity, order);
    let values = batch_of("batch of NLLs", Order::Value)?;
    let batch = batch_of("batch of gradients", Order::Gradient)?;
    let integral = sums_at(
        "integral",
        &points[..1],
        Reduction::Intensity,
        Order::Gradient,
    )?;
    let intensities = sums.intensities(&slots[0]).map_err(failed("intensities"))?;
    let amplitudes = sums.amplitudes(&slots[0]).map_err(failed("amplitudes"))?;
    let gram = |quantity, derivatives| -> Result<Vec<f64>, SelfTestError> {
        let gram = sums
            .gram(&slots[0], derivatives)
            .map_err(failed(quantity))?;
        Ok(gram.matrix.iter().flat_map(|z| [z.re, z.im]).collect())
    };
    let of_couplings = gram("Gram matrix", false)?;
    let with_derivatives = gram("Gram matrix of derivatives", true)?;
    let scores = sums.scores(&slots[0]).map_err(failed("scores"))?;
    let information = (sums.information(slots[0][..].into())).map_err(failed("information"))?;
    Ok(vec![
        of("NLL", 1e-12, numbers(&value)),
        of("gradient", 1e-10, gradient[0].gradient.clone()),
        of(
            "Hessian",
            1e-9,
            hessian[0].hessian.iter().flatten().copied().collect(),
        ),
        of("batch of NLLs", 1e-12, numbers(&values)),
        of("batch of gradients", 1e-10, numbers(&batch)),
        of("integral", 1e-10, numbers(&integral)),
        of("intensities", 1e-12, intensities),
        of(
            "amplitudes",
            1e-12,
            amplitudes
                .into_iter()
                .flatten()
                .flat_map(|z| [z.re, z.im])
                .collect(),
        ),
        of("Gram matrix", 1e-10, of_couplings),
        of("Gram matrix of derivatives", 1e-10, with_derivatives),
        of(
            "scores",
            1e-9,
            scores.first.into_iter().chain(scores.second).collect(),
        ),
        of(
            "information",
            1e-9,
            information
                .mean
                .into_iter()
                .chain(information.matrix)
                .collect(),
        ),
    ])
}

/// max |a - b| / max |b|; infinite where numbers are missing or are none.
fn difference(a: &[f64], b: &[f64]) -> f64 {
    if a.len() != b.len() {
        return f64::INFINITY;
    }
    let apart = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    let largest = |numbers: &mut dyn Iterator<Item = f64>| {
        numbers.fold(0.0, |most, x| if x > most || x.is_nan() { x } else { most })
    };
    let relative = largest(&mut apart.into_iter()) / largest(&mut b.iter().map(|b| b.abs()));
    if relative.is_nan() {
        f64::INFINITY
    } else {
        relative
    }
}

#[cfg(test)]
mod tests;
