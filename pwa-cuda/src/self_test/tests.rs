//! A backend that is wrong is found, one that is right is not.

use ndarray::Array2;
use num_complex::Complex64;
use pwa_core::engine::{Gram, Information, Scores};

use super::*;

/// The CPU, with the numbers of one kind changed.
struct Wrong(fn(&mut Sums));

struct WrongSums(Box<dyn EventSums>, fn(&mut Sums));

impl Backend for Wrong {
    fn name(&self) -> &'static str {
        "wrong"
    }

    fn free_memory(&self) -> Option<u64> {
        None
    }

    fn prepare(
        &self,
        plan: Arc<Plan>,
        columns: Arc<Columns>,
    ) -> Result<Box<dyn EventSums>, BackendError> {
        let sums = CpuBackend::BEST.prepare(plan, columns)?;
        Ok(Box::new(WrongSums(sums, self.0)))
    }
}

impl EventSums for WrongSums {
    fn evaluate(
        &self,
        points: &[Point],
        reduction: Reduction,
        order: Order,
    ) -> Vec<Result<Sums, SumError>> {
        let mut results = self.0.evaluate(points, reduction, order);
        results.iter_mut().flatten().for_each(self.1);
        results
    }

    fn intensities(&self, slots: &[f64]) -> Result<Vec<f64>, SumError> {
        self.0.intensities(slots)
    }

    fn amplitudes(&self, slots: &[f64]) -> Result<Vec<Vec<Complex64>>, SumError> {
        self.0.amplitudes(slots)
    }

    fn gram(&self, slots: &[f64], derivatives: bool) -> Result<Gram, SumError> {
        self.0.gram(slots, derivatives)
    }

    fn scores(&self, slots: &[f64]) -> Result<Scores, SumError> {
        self.0.scores(slots)
    }

    fn information(&self, point: Point) -> Result<Information, SumError> {
        self.0.information(point)
    }
}

fn bad(change: fn(&mut Sums)) -> Vec<&'static str> {
    let comparisons = compare(&Wrong(change)).unwrap();
    let bad = comparisons
        .iter()
        .filter(|comparison| !comparison.is_good());
    let mut bad: Vec<_> = bad.map(|comparison| comparison.quantity).collect();
    bad.dedup();
    bad
}

#[test]
fn the_cpu_is_as_good_as_itself() {
    let comparisons = compare(&CpuBackend::BEST).unwrap();
    assert!(
        comparisons
            .iter()
            .all(|c| c.difference == 0.0 && c.is_good())
    );
    let singles = |c: &&Comparison| c.precision == Precision::Single;
    assert_eq!(
        comparisons.len(),
        2 * comparisons.iter().filter(singles).count()
    );
}

#[test]
fn wrong_digits_are_bad() {
    let value = |sums: &mut Sums| sums.value *= 1.0 + 2e-12;
    assert!(bad(value).starts_with(&["NLL"]), "{:?}", bad(value));
    let gradient = |sums: &mut Sums| {
        if let Some(last) = sums.gradient.last_mut() {
            *last += 1e-3;
        }
    };
    assert!(bad(gradient).starts_with(&["gradient", "batch of gradients"]));
    let hessian = |sums: &mut Sums| {
        let zero = |hessian: &Array2<f64>| Array2::zeros(hessian.raw_dim());
        sums.hessian = sums.hessian.as_ref().map(zero);
    };
    assert!(bad(hessian).starts_with(&["Hessian"]));
}

#[test]
fn what_is_no_number_is_bad() {
    let value = |sums: &mut Sums| sums.value = f64::NAN;
    assert!(bad(value).starts_with(&["NLL"]));
    assert_eq!(difference(&[1.0], &[1.0, 2.0]), f64::INFINITY);
    assert_eq!(difference(&[f64::INFINITY], &[1.0]), f64::INFINITY);
    assert_eq!(difference(&[1.0, 0.0], &[1.0, -0.5]), 0.5);
}
