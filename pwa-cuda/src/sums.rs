//! Sums over the events of a sample that is resident on a GPU.

use std::sync::{Arc, OnceLock};

use cudarc::driver::CudaStream;
use ndarray::Array2;
use num_complex::Complex64;
use pwa_core::engine::{
    Columns, EventSums, Gram, Information, Plan, Point, Reduction, Scores, SumError, Sums,
};
use pwa_core::objective::Order;

use crate::device::driver;
use crate::error::CudaError;
use crate::kernels::{Kernels, SumArguments, SumKernel, Workshop};
use crate::sample::{DeviceSample, doubles};
use crate::tables::Variant;

/// Tiles that one block adds one after the other, as one task of the CPU backend does.
const GROUP: usize = 4;
/// Numbers of the buffer that holds the sums of groups: 256 MB.
const BUFFER: usize = 1 << 25;
/// Points of one launch at most, and groups of a point that the buffer should hold.
const POINTS: usize = 64;
const GROUPS: usize = 64;

pub struct CudaSums {
    plan: Arc<Plan>,
    columns: Arc<Columns>,
    workshop: Workshop,
    stream: Arc<CudaStream>,
    sample: DeviceSample,
    kernels: Kernels,
    /// Compiled when second derivatives are first asked for.
    hessian: OnceLock<Result<Kernels, CudaError>>,
    /// Gram matrices, scores and information are made once a fit: by the CPU, from the same columns.
    cpu: Box<dyn EventSums>,
}

impl CudaSums {
    pub fn new(
        plan: Arc<Plan>,
        columns: Arc<Columns>,
        workshop: Workshop,
        cpu: Box<dyn EventSums>,
    ) -> Result<Self, CudaError> {
        driver(|| {
            let stream = workshop.device.context.default_stream();
            let variant = variant(&columns, &workshop, false);
            let kernels = workshop.kernels(&stream, &plan, variant)?;
            let sample = DeviceSample::new(&stream, &plan, &columns)?;
            stream.synchronize()?;
            Ok(Self {
                plan,
                columns,
                workshop,
                stream,
                sample,
                kernels,
                hessian: OnceLock::new(),
                cpu,
            })
        })
    }

    fn kernels(&self, order: Order) -> Result<&Kernels, CudaError> {
        if order != Order::Hessian {
            return Ok(&self.kernels);
        }
        let compile = || {
            let variant = variant(&self.columns, &self.workshop, true);
            self.workshop.kernels(&self.stream, &self.plan, variant)
        };
        let kernels = self.hessian.get_or_init(compile).as_ref();
        kernels.map_err(Clone::clone)
    }

    /// The sums of some points, `width` numbers each, with the first event without a value.
    fn sum(
        &self,
        points: &[Point],
        reduction: Reduction,
        order: Order,
    ) -> Result<Vec<Result<Sums, SumError>>, CudaError> {
        let kernels = self.kernels(order)?;
        let slots = self.plan.slots();
        let kernel = match order {
            Order::Value => SumKernel::Value,
            Order::Gradient => SumKernel::Gradient,
            Order::Hessian => SumKernel::Hessian,
        };
        let width = self.width(order);
        let hessian = order == Order::Hessian;
        let tiles = self.columns.tiles();
        let groups = tiles.div_ceil(GROUP);
        let numbers = points.len() * width;
        let (mut at, mut replicas, mut replica_of) = (Vec::new(), Vec::new(), Vec::new());
        for point in points {
            (kernels.source.point).fill(&self.plan, point.slots, hessian, &mut at);
            replica_of.push(match point.weights {
                None => -1,
                Some(weights) => {
                    let number = replicas.len() / weights.len().max(1);
                    replicas.extend(weights);
                    number as i32
                }
            });
        }
        let at = doubles(&self.stream, &at)?;
        let replicas = doubles(&self.stream, &replicas)?;
        let replica_of = self.stream.clone_htod(&replica_of)?;
        let mut bad_event = self.stream.clone_htod(&vec![i32::MAX; points.len()])?;
        let mut bad_value = self.stream.alloc_zeros::<f64>(points.len() * groups)?;
        // A pairwise sum of as many groups as a power of two is a branch of the one over all groups.
        let together = largest_power_of_two(BUFFER / numbers).min(groups.next_power_of_two());
        let chunks = groups.div_ceil(together);
        let mut of_groups = (self.stream).alloc_zeros::<f64>(numbers * together.min(groups))?;
        let mut of_chunks = self.stream.alloc_zeros::<f64>(numbers * chunks)?;
        for chunk in 0..chunks {
            let first_group = chunk * together;
            let count = together.min(groups - first_group);
            let arguments = SumArguments {
                points: &at,
                replicas: &replicas,
                replica_of: &replica_of,
                point_count: points.len(),
                tile_count: tiles,
                first_group,
                groups: count,
                logarithm: reduction == Reduction::LogIntensity,
                sums: &mut of_groups,
                bad_event: &mut bad_event,
                bad_value: &mut bad_value,
            };
            kernels.sum(kernel, &self.sample, arguments)?;
            let place = (chunks, chunk);
            kernels.pairwise(&mut of_groups, (numbers, count), &mut of_chunks, place)?;
        }
        let totals = if chunks == 1 {
            self.stream.clone_dtoh(&of_chunks)?
        } else {
            let mut totals = self.stream.alloc_zeros::<f64>(numbers)?;
            kernels.pairwise(&mut of_chunks, (numbers, chunks), &mut totals, (1, 0))?;
            self.stream.clone_dtoh(&totals)?
        };
        let bad_event = self.stream.clone_dtoh(&bad_event)?;
        let bad_value = if bad_event.iter().all(|&event| event == i32::MAX) {
            Vec::new()
        } else {
            self.stream.clone_dtoh(&bad_value)?
        };
        let of_point = |(number, &event): (usize, &i32)| {
            if event != i32::MAX {
                let event = event as usize;
                let group = self.tile_of(event) / GROUP;
                return Err(SumError::Intensity {
                    event,
                    intensity: bad_value[number * groups + group],
                });
            }
            let sums = &totals[number * width..(number + 1) * width];
            Ok(Sums {
                value: sums[0],
                gradient: sums[1..width.min(1 + slots)].to_vec(),
                hessian: hessian.then(|| square(slots, &sums[1 + slots..])),
            })
        };
        Ok(bad_event.iter().enumerate().map(of_point).collect())
    }

    /// Numbers of a point.
    fn width(&self, order: Order) -> usize {
        let slots = self.plan.slots();
        match order {
            Order::Value => 1,
            Order::Gradient => 1 + slots,
            Order::Hessian => 1 + slots + slots * (slots + 1) / 2,
        }
    }

    fn failed(&self, error: &CudaError) -> SumError {
        self.workshop.failure.note(error);
        SumError::Device {
            reason: error.to_string(),
        }
    }

    fn tile_of(&self, event: usize) -> usize {
        let (mut low, mut high) = (0, self.columns.tiles());
        while high - low > 1 {
            let middle = low.midpoint(high);
            if self.columns.tile_start(middle).event <= event {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Intensities, and the planes of the amplitudes where wanted.
    fn events(&self, slots: &[f64], rows: bool) -> Result<(Vec<f64>, Vec<f64>), CudaError> {
        let events = self.columns.events();
        if events == 0 {
            return Ok((Vec::new(), Vec::new()));
        }
        let mut at = Vec::new();
        (self.kernels.source.point).fill(&self.plan, slots, false, &mut at);
        let at = doubles(&self.stream, &at)?;
        let mut intensity = self.stream.alloc_zeros::<f64>(events)?;
        let size = (self.columns.tiles(), events);
        if !rows {
            (self.kernels).events(&self.sample, &at, size, &mut intensity, None)?;
            return Ok((self.stream.clone_dtoh(&intensity)?, Vec::new()));
        }
        let mut planes = (self.stream).alloc_zeros::<f64>((2 * self.plan.rows * events).max(1))?;
        (self.kernels).events(&self.sample, &at, size, &mut intensity, Some(&mut planes))?;
        Ok((
            self.stream.clone_dtoh(&intensity)?,
            self.stream.clone_dtoh(&planes)?,
        ))
    }
}

fn variant(columns: &Columns, workshop: &Workshop, hessian: bool) -> Variant {
    Variant {
        hessian,
        precision: columns.precision(),
        stride: columns.stride(),
        grouped: columns.terms().groups().is_some(),
        shared_bytes: Variant::shared_bytes(workshop.device.shared_bytes),
    }
}

fn largest_power_of_two(at_most: usize) -> usize {
    1 << at_most.max(1).ilog2()
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
        if self.columns.tiles() == 0 {
            return self.cpu.evaluate(points, reduction, order);
        }
        let together = |points: &[Point]| {
            let sums = driver(|| self.sum(points, reduction, order));
            sums.unwrap_or_else(|error| vec![Err(self.failed(&error)); points.len()])
        };
        // So many that the buffer holds some groups of each.
        let most = BUFFER / (GROUPS * self.width(order));
        points
            .chunks(most.clamp(1, POINTS))
            .flat_map(together)
            .collect()
    }

    fn intensities(&self, slots: &[f64]) -> Result<Vec<f64>, SumError> {
        let events = driver(|| self.events(slots, false));
        Ok(events.map_err(|error| self.failed(&error))?.0)
    }

    fn amplitudes(&self, slots: &[f64]) -> Result<Vec<Vec<Complex64>>, SumError> {
        let planes = driver(|| self.events(slots, true));
        let planes = planes.map_err(|error| self.failed(&error))?.1;
        let events = self.columns.events();
        let of_row = |row: usize| {
            let pair = &planes[2 * row * events..2 * (row + 1) * events];
            let (re, im) = pair.split_at(events);
            let pairs = re.iter().zip(im);
            pairs.map(|(&re, &im)| Complex64::new(re, im)).collect()
        };
        Ok((0..self.plan.rows).map(of_row).collect())
    }

    fn gram(&self, slots: &[f64], derivatives: bool) -> Result<Gram, SumError> {
        self.cpu.gram(slots, derivatives)
    }

    fn scores(&self, slots: &[f64]) -> Result<Scores, SumError> {
        self.cpu.scores(slots)
    }

    fn information(&self, slots: &[f64]) -> Result<Information, SumError> {
        self.cpu.information(slots)
    }
}
