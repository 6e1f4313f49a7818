//! A backend that is wrong is found, one that is right is not.

use ndarray::Array2;
use num_complex::Complex64;
use pwa_core::engine::{Gram, Information, Scores};

use super::*;

/// The CPU, with the numbers of one kind changed.
struct Wrong(Change);

struct WrongSums(Box<dyn EventSums>, Change);

#[derive(Clone, Copy)]
enum Change {
    Sums(fn(&mut Sums)),
    /// By a factor.
    Intensities(f64),
    Amplitudes(f64),
    Gram {
        derivatives: bool,
    },
    Scores,
    Information,
}

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
        if let Change::Sums(change) = self.1 {
            results.iter_mut().flatten().for_each(change);
        }
        results
    }

    fn intensities(&self, slots: &[f64]) -> Result<Vec<f64>, SumError> {
        let mut found = self.0.intensities(slots)?;
        if let (Change::Intensities(factor), Some(last)) = (self.1, found.last_mut()) {
            *last *= factor;
        }
        Ok(found)
    }

    fn amplitudes(&self, slots: &[f64]) -> Result<Vec<Vec<Complex64>>, SumError> {
        let mut found = self.0.amplitudes(slots)?;
        if let Change::Amplitudes(factor) = self.1 {
            found[0][1] *= factor;
        }
        Ok(found)
    }

    fn gram(&self, slots: &[f64], derivatives: bool) -> Result<Gram, SumError> {
        let mut found = self.0.gram(slots, derivatives)?;
        if matches!(self.1, Change::Gram { derivatives: wrong } if wrong == derivatives) {
            found.matrix[(0, 0)] *= 1.0 + 1e-6;
        }
        Ok(found)
    }

    fn scores(&self, slots: &[f64]) -> Result<Scores, SumError> {
        let mut found = self.0.scores(slots)?;
        if matches!(self.1, Change::Scores) {
            found.second = &found.second * (1.0 + 1e-6);
        }
        Ok(found)
    }

    fn information(&self, point: Point) -> Result<Information, SumError> {
        let mut found = self.0.information(point)?;
        if matches!(self.1, Change::Information) {
            found.matrix = &found.matrix * (1.0 + 1e-6);
        }
        Ok(found)
    }
}

fn bad(change: fn(&mut Sums)) -> Vec<&'static str> {
    bad_by(Change::Sums(change))
}

fn bad_by(change: Change) -> Vec<&'static str> {
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
fn wrong_numbers_of_events_and_matrices_are_bad() {
    for (change, quantity) in [
        (Change::Intensities(0.999), "intensities"),
        (Change::Amplitudes(-1.0), "amplitudes"),
        (Change::Gram { derivatives: false }, "Gram matrix"),
        (
            Change::Gram { derivatives: true },
            "Gram matrix of derivatives",
        ),
        (Change::Scores, "scores"),
        (Change::Information, "information"),
    ] {
        assert_eq!(bad_by(change), [quantity]);
    }
}

#[test]
fn what_is_no_number_is_bad() {
    let value = |sums: &mut Sums| sums.value = f64::NAN;
    assert!(bad(value).starts_with(&["NLL"]));
    assert_eq!(difference(&[1.0], &[1.0, 2.0]), f64::INFINITY);
    assert_eq!(difference(&[f64::INFINITY], &[1.0]), f64::INFINITY);
    assert_eq!(difference(&[1.0, 0.0], &[1.0, -0.5]), 0.5);
}
