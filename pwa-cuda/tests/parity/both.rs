//! One sample on both backends, and what has to agree.

use std::sync::Arc;

use pwa_core::engine::{Backend, Columns, CpuBackend, EventSums, Plan, Point, Reduction};
use pwa_core::objective::Order;

use crate::common::point;

/// The same sample on both backends.
pub struct Both {
    pub cpu: Box<dyn EventSums>,
    pub cuda: Box<dyn EventSums>,
    pub plan: Arc<Plan>,
    pub columns: Arc<Columns>,
}

impl Both {
    pub fn new(cuda: &dyn Backend, plan: &Plan, columns: Columns) -> Self {
        let (plan, columns) = (Arc::new(plan.clone()), Arc::new(columns));
        let prepare = |backend: &dyn Backend| {
            let sums = backend.prepare(Arc::clone(&plan), Arc::clone(&columns));
            sums.expect("the sample fits")
        };
        Self {
            cpu: prepare(&CpuBackend::BEST),
            cuda: prepare(cuda),
            plan: Arc::clone(&plan),
            columns: Arc::clone(&columns),
        }
    }

    pub fn agree(&self, batch: usize, reduction: Reduction, order: Order) {
        let slots: Vec<_> = (0..batch).map(|n| point(&self.plan, n)).collect();
        let points: Vec<Point> = slots.iter().map(|slots| slots[..].into()).collect();
        let cpu = self.cpu.evaluate(&points, reduction, order);
        let cuda = self.cuda.evaluate(&points, reduction, order);
        for (n, (cpu, cuda)) in cpu.iter().zip(&cuda).enumerate() {
            assert_eq!(cpu, cuda, "{reduction:?} {order:?}, point {n} of {batch}");
            assert!(cpu.is_ok(), "{cpu:?}");
        }
    }

    /// What is made once a fit.
    pub fn agree_once(&self) {
        let slots = point(&self.plan, 0);
        let scores = [&self.cpu, &self.cuda].map(|sums| sums.scores(&slots));
        assert_eq!(scores[0], scores[1]);
        assert!(scores[0].is_ok(), "{:?}", scores[0]);
        self.agree_gram_and_information();
    }

    pub fn agree_gram_and_information(&self) {
        let slots = point(&self.plan, 0);
        for derivatives in [false, true] {
            let [cpu, cuda] = [&self.cpu, &self.cuda].map(|sums| {
                let gram = sums.gram(&slots, derivatives).expect("a Gram matrix");
                (gram.basis, gram.matrix)
            });
            assert_eq!(cpu, cuda);
            assert!(cpu.0.len() > usize::from(derivatives) * self.plan.coefficients);
        }
        let of_terms = |term: usize| 0.5 + (term % 7) as f64;
        let other: Arc<[f64]> = (0..self.columns.weights().len()).map(of_terms).collect();
        for weights in [None, Some(&other)] {
            let point = Point {
                slots: &slots,
                weights,
            };
            let [cpu, cuda] = [&self.cpu, &self.cuda].map(|sums| sums.information(point));
            assert_eq!(cpu, cuda);
            assert!(cpu.is_ok(), "{cpu:?}");
        }
    }
}

/// Numbers of events: less than a warp, one tile and a little more, many tiles.
pub const COUNTS: [usize; 7] = [1, 31, 32, 33, 255, 257, 10007];
