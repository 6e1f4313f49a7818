//! Sums over the events of a sample whose shares are on one or several GPUs.

use std::sync::Arc;
use std::thread;

use ndarray::Array2;
use num_complex::Complex64;
use pwa_core::engine::{
    BackendError, BasisVector, Columns, EventSums, Gram, Information, Plan, Point, Reduction,
    Scores, SumError, Sums,
};
use pwa_core::objective::Order;

use crate::branches::{join, shares};
use crate::device::driver;
use crate::error::{CudaError, Failure};
use crate::gpu::Gpu;
use crate::packing::GROUP;
use crate::purpose::Quantity;
use crate::request::{points_together, replicas_together, weights_of};
use crate::share::Share;

pub struct CudaSums {
    plan: Arc<Plan>,
    columns: Arc<Columns>,
    /// In the order of their events; none of a sample without events.
    shares: Vec<Share>,
    /// Points of a launch, for each order, and replicas of one.
    together: [usize; 3],
    replicas_together: usize,
    failure: Failure,
    /// For a sample without events, of which no card has a share.
    cpu: Box<dyn EventSums>,
}

impl CudaSums {
    /// # Errors
    /// When kernels are not compiled, or a card has not enough memory.
    pub fn new(
        plan: Arc<Plan>,
        columns: Arc<Columns>,
        gpus: &[Arc<Gpu>],
        cpu: Box<dyn EventSums>,
    ) -> Result<Self, BackendError> {
        let groups = columns.tiles().div_ceil(GROUP);
        // A card with more processors takes more events.
        let weights = gpus.iter().map(|gpu| gpu.workshop.device.multiprocessors);
        let weights: Vec<usize> = weights.collect();
        let shares = (gpus.iter().zip(shares(groups, &weights)))
            .filter(|(_, groups)| !groups.is_empty())
            .map(|(gpu, groups)| Share::new(gpu, &plan, &columns, groups))
            .collect::<Result<_, _>>()?;
        let fewest = |of_card: &dyn Fn(&Gpu) -> usize| {
            gpus.iter().map(|gpu| of_card(gpu)).min().unwrap_or(1)
        };
        let together = [Order::Value, Order::Gradient, Order::Hessian]
            .map(|order| fewest(&|gpu| points_together(gpu, &plan, Quantity::of(order))));
        let terms = columns.weights().len();
        let replicas_together = fewest(&|gpu| replicas_together(gpu, terms));
        let failure = gpus.first().map(|gpu| gpu.workshop.failure.clone());
        Ok(Self {
            plan,
            columns,
            shares,
            together,
            replicas_together,
            failure: failure.unwrap_or_default(),
            cpu,
        })
    }

    /// Where the shares are, for people.
    pub fn describe(&self) -> impl Iterator<Item = String> {
        self.shares.iter().map(Share::describe)
    }

    /// Calls with each share, on all cards at the same time.
    fn on_all<T: Send>(
        &self,
        work: impl Fn(&Share) -> Result<T, CudaError> + Sync,
    ) -> Result<Vec<T>, CudaError> {
        let work = |share| driver(|| work(share));
        if let [share] = &self.shares[..] {
            return Ok(vec![work(share)?]);
        }
        let work = &work;
        thread::scope(|scope| {
            let running: Vec<_> = (self.shares.iter())
                .map(|share| scope.spawn(move || work(share)))
                .collect();
            let died = || CudaError::Driver("a thread that drives a GPU died".to_owned());
            let ended: Vec<_> = (running.into_iter())
                .map(|thread| thread.join().unwrap_or_else(|_| Err(died())))
                .collect();
            ended.into_iter().collect()
        })
    }

    /// The sums of each point over all events.
    fn totals(
        &self,
        points: &[Point],
        reduction: Reduction,
        quantity: Quantity,
    ) -> Result<Vec<Result<Vec<f64>, SumError>>, CudaError> {
        let of_shares = self.on_all(|share| share.sum(points, reduction, quantity))?;
        let of_point = |point: usize| of_shares.iter().find_map(|share| share.bad[point]);
        let bad: Vec<_> = (0..points.len()).map(of_point).collect();
        let branches = of_shares.into_iter().flat_map(|share| share.branches);
        let totals = join(branches.collect(), self.columns.tiles().div_ceil(GROUP));
        let of_point = |(sums, bad): (&[f64], Option<(usize, f64)>)| match bad {
            Some((event, intensity)) => Err(SumError::Intensity { event, intensity }),
            None => Ok(sums.to_vec()),
        };
        let of_points = totals.chunks_exact(quantity.width(&self.plan));
        Ok(of_points.zip(bad).map(of_point).collect())
    }

    /// The sums of one point.
    fn total(
        &self,
        point: Point,
        reduction: Reduction,
        quantity: Quantity,
    ) -> Result<Vec<f64>, SumError> {
        let totals = self.totals(&[point], reduction, quantity);
        let mut totals = totals.map_err(|error| self.failed(&error))?;
        totals.pop().unwrap_or_else(|| Ok(Vec::new()))
    }

    fn failed(&self, error: &CudaError) -> SumError {
        self.failure.note(error);
        SumError::Device {
            reason: error.to_string(),
        }
    }
}

/// The full symmetric matrix of a packed lower triangle.
fn square(n: usize, lower: &[f64]) -> Array2<f64> {
    Array2::from_shape_fn((n, n), |(a, b)| {
        let (high, low) = (a.max(b), a.min(b));
        lower[high * (high + 1) / 2 + low]
    })
}

impl EventSums for CudaSums {
    fn evaluate(
        &self,
        points: &[Point],
        reduction: Reduction,
        order: Order,
    ) -> Vec<Result<Sums, SumError>> {
        if self.shares.is_empty() {
            return self.cpu.evaluate(points, reduction, order);
        }
        let slots = self.plan.slots();
        let of_point = |sums: Vec<f64>| Sums {
            value: sums[0],
            gradient: sums[1..sums.len().min(1 + slots)].to_vec(),
            hessian: (order == Order::Hessian).then(|| square(slots, &sums[1 + slots..])),
        };
        let together = |points: &[Point]| -> Vec<Result<Sums, SumError>> {
            match self.totals(points, reduction, Quantity::of(order)) {
                Ok(totals) => totals.into_iter().map(|sums| sums.map(of_point)).collect(),
                Err(error) => vec![Err(self.failed(&error)); points.len()],
            }
        };
        let most = self.together[match order {
            Order::Value => 0,
            Order::Gradient => 1,
            Order::Hessian => 2,
        }];
        let most = match weights_of(points).len() <= self.replicas_together {
            true => most,
            false => most.min(self.replicas_together),
        };
        points.chunks(most).flat_map(together).collect()
    }

    fn intensities(&self, slots: &[f64]) -> Result<Vec<f64>, SumError> {
        let events = self.on_all(|share| share.events(slots, false));
        let events = events.map_err(|error| self.failed(&error))?;
        Ok(events
            .into_iter()
            .flat_map(|share| share.intensity)
            .collect())
    }

    fn amplitudes(&self, slots: &[f64]) -> Result<Vec<Vec<Complex64>>, SumError> {
        let events = self.on_all(|share| share.events(slots, true));
        let events = events.map_err(|error| self.failed(&error))?;
        let of_row = |row: usize| {
            let of_share = |planes: &[Vec<f64>]| -> Vec<Complex64> {
                let pairs = planes[2 * row].iter().zip(&planes[2 * row + 1]);
                pairs.map(|(&re, &im)| Complex64::new(re, im)).collect()
            };
            events
                .iter()
                .flat_map(|share| of_share(&share.planes))
                .collect()
        };
        Ok((0..self.plan.rows).map(of_row).collect())
    }

    fn gram(&self, slots: &[f64], derivatives: bool) -> Result<Gram, SumError> {
        if self.shares.is_empty() {
            return self.cpu.gram(slots, derivatives);
        }
        let quantity = Quantity::Gram { derivatives };
        let sums = self.total(slots.into(), Reduction::Intensity, quantity)?;
        let basis = BasisVector::all(&self.plan, derivatives);
        Ok(Gram::from_lower(basis, |a, b| {
            let at = a * (a + 1) + 2 * b;
            Complex64::new(sums[at], sums[at + 1])
        }))
    }

    fn scores(&self, slots: &[f64]) -> Result<Scores, SumError> {
        if self.shares.is_empty() {
            return self.cpu.scores(slots);
        }
        let sums = self.total(slots.into(), Reduction::LogIntensity, Quantity::Scores)?;
        let size = self.plan.slots();
        Ok(Scores {
            weight: sums[0],
            first: sums[1..=size].to_vec(),
            second: square(size, &sums[1 + size..]),
        })
    }

    fn information(&self, point: Point) -> Result<Information, SumError> {
        if self.shares.is_empty() {
            return self.cpu.information(point);
        }
        let size = self.plan.slots();
        let around =
            |mean: &[f64]| self.total(point, Reduction::Intensity, Quantity::Information { mean });
        let sums = around(&[])?;
        let weight = sums[0];
        let mean: Vec<f64> = sums[1..=size].iter().map(|sum| sum / weight).collect();
        let sums = around(&mean)?;
        Ok(Information {
            matrix: square(size, &sums[1 + size..]),
            weight,
            mean,
        })
    }
}
