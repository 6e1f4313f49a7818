//! One card's share of a sample, resident or brought in pieces, and what it adds to sums.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use cudarc::driver::{CudaEvent, CudaSlice, CudaStream, DevicePtr};
use pwa_core::engine::{BackendError, Columns, Plan, Point, Reduction};

use crate::branches::{Branch, branches};
use crate::conveyor::Landing;
use crate::device::driver;
use crate::error::CudaError;
use crate::gpu::Gpu;
use crate::kernels::{Kernels, SumArguments};
use crate::packing::{GROUP, Packing, Piece, tile_bytes};
use crate::purpose::{Purpose, Quantity};
use crate::request::Request;
use crate::room::{Holding, plan_room};
use crate::sample::DeviceSample;
use crate::sent::Sent;
use crate::tables::Variant;

#[derive(Debug)]
pub struct Share {
    gpu: Arc<Gpu>,
    plan: Arc<Plan>,
    columns: Arc<Columns>,
    /// That of a purpose is compiled when it first comes up.
    kernels: Mutex<Vec<(Purpose, Arc<Kernels>)>>,
    /// All of it where it is resident.
    pieces: Vec<Piece>,
    resident: Option<(DeviceSample, Landing)>,
}

/// What a share adds to the sums at some points.
#[derive(Debug)]
pub struct ShareSums {
    /// The numbers of all points.
    pub branches: Vec<Branch>,
    /// The first event of each point that has no value, and its J.
    pub bad: Vec<Option<(usize, f64)>>,
}

/// Intensities and planes of amplitudes.
#[derive(Debug, Default)]
pub struct ShareEvents {
    pub intensity: Vec<f64>,
    /// Re and Im of each row.
    pub planes: Vec<Vec<f64>>,
}

impl Share {
    /// # Errors
    /// When the kernels are not compiled, or the card has not enough memory.
    pub fn new(
        gpu: &Arc<Gpu>,
        plan: &Arc<Plan>,
        columns: &Arc<Columns>,
        groups: Range<usize>,
    ) -> Result<Self, BackendError> {
        // The others follow when they are asked for. What is wrong with one is as a rule wrong with all, and here
        // another backend can still be taken.
        let purpose = Purpose::Value { batch: false };
        let kernels = driver(|| kernels(gpu, plan, columns, purpose))?;
        let (pieces, resident) = match plan_room(gpu, plan, columns, &groups)? {
            Holding::Resident => {
                let piece = Piece::new(columns, groups);
                let packing = Packing::new(plan, columns, &piece)?;
                let resident = driver(|| {
                    let mut landing = Landing::new(&gpu.streams, packing.places().1)?;
                    let sample = gpu.conveyor().send(&packing, &mut landing)?;
                    gpu.streams.compute.synchronize()?;
                    Ok((sample, landing))
                })?;
                (vec![piece], Some(resident))
            }
            Holding::Streamed { pieces, slot_bytes } => {
                driver(|| gpu.conveyor().make_slots(slot_bytes))?;
                (pieces, None)
            }
        };
        Ok(Self {
            gpu: Arc::clone(gpu),
            plan: Arc::clone(plan),
            columns: Arc::clone(columns),
            kernels: Mutex::new(vec![(purpose, Arc::new(kernels))]),
            pieces,
            resident,
        })
    }

    /// Where it is, for people.
    pub fn describe(&self) -> String {
        let device = &self.gpu.device;
        let events: usize = self.pieces.iter().map(|piece| piece.events.len()).sum();
        let how = match &self.resident {
            Some((_, landing)) => {
                format!("resident, {:.3} GB", landing.length() as f64 / 1e9)
            }
            None => {
                let count = self.pieces.len();
                let plural = if count == 1 { "" } else { "s" };
                format!("streamed in {count} piece{plural}")
            }
        };
        format!(
            "GPU {} ({}): {events} events {how}",
            device.number, device.name
        )
    }

    fn kernels(&self, purpose: Purpose) -> Result<Arc<Kernels>, CudaError> {
        // Whoever panicked has left out what was not compiled.
        let mut all = self.kernels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = all.iter().find(|(known, _)| *known == purpose) {
            return Ok(Arc::clone(known));
        }
        let compiled = Arc::new(kernels(&self.gpu, &self.plan, &self.columns, purpose)?);
        all.push((purpose, Arc::clone(&compiled)));
        Ok(compiled)
    }

    /// Calls with every piece on the card, one after the other.
    fn each_piece(
        &self,
        mut work: impl FnMut(&Piece, DeviceSample) -> Result<(), CudaError>,
    ) -> Result<(), CudaError> {
        if let Some((sample, _)) = &self.resident {
            return self
                .pieces
                .iter()
                .try_for_each(|piece| work(piece, *sample));
        }
        let mut conveyor = self.gpu.conveyor();
        for piece in &self.pieces {
            let packing = Packing::new(&self.plan, &self.columns, piece)?;
            let sample = conveyor.load(&packing)?;
            let worked = work(piece, sample);
            // Launched or not: what was, is what the slot waits for.
            conveyor.release()?;
            worked?;
        }
        Ok(())
    }

    /// The branches of the sums at some points.
    pub fn sum(
        &self,
        points: &[Point],
        reduction: Reduction,
        quantity: Quantity,
    ) -> Result<ShareSums, CudaError> {
        let kernels = self.kernels(quantity.purpose(points.len()))?;
        let stream = &self.gpu.streams.compute;
        let numbers = points.len() * quantity.width(&self.plan);
        let layout = &kernels.source.point;
        let pieces = (&self.pieces[..], &self.gpu.weights);
        let mut request = Request::new(stream, (&self.plan, layout), pieces, points, quantity)?;
        let together = largest_power_of_two(self.gpu.limits.sums / numbers);
        let all = self.columns.tiles().div_ceil(GROUP);
        let cut = |piece: &Piece| branches(piece.groups.clone(), all, together);
        let cuts: Vec<Range<usize>> = self.pieces.iter().flat_map(cut).collect();
        let longest = self.pieces.iter().map(|piece| piece.groups.len()).max();
        let together = together.min(longest.unwrap_or(1));
        let mut of_groups = stream.alloc_zeros::<f64>(numbers * together)?;
        let mut of_branches = stream.alloc_zeros::<f64>(numbers * cuts.len())?;
        let groups: usize = self.pieces.iter().map(|piece| piece.groups.len()).sum();
        // Of the first event without a value of each group.
        let mut bad_values = stream.alloc_zeros::<f64>(points.len() * groups)?;
        let mut place = 0;
        let mut number = 0;
        self.each_piece(|piece, sample| {
            let of_piece = number * points.len()..;
            let weights = request.weights.slice(of_piece.clone());
            for batch in batches(cut(piece), together) {
                let (first, end) = (batch[0].start, batch[batch.len() - 1].end);
                let arguments = SumArguments {
                    points: &request.at,
                    weights: &weights,
                    point_count: points.len(),
                    tile_count: piece.tiles.len(),
                    first_group: first - piece.groups.start,
                    groups: end - first,
                    logarithm: reduction == Reduction::LogIntensity,
                    sums: &mut of_groups,
                    bad_event: &mut request.bad_events.slice_mut(of_piece.clone()),
                    bad_value: &mut bad_values.slice_mut(self.bad_value(piece, points.len())..),
                };
                kernels.sum(&sample, arguments)?;
                for branch in batch {
                    let mut sums = of_groups.slice_mut(branch.start - first..);
                    let mut out = of_branches.slice_mut(place * numbers..(place + 1) * numbers);
                    kernels.pairwise(&mut sums, end - first, branch.len(), &mut out)?;
                    place += 1;
                }
            }
            number += 1;
            Ok(())
        })?;
        let sums = stream.clone_dtoh(&of_branches)?;
        let branches = cuts.into_iter().zip(sums.chunks_exact(numbers));
        let bad = (&request.bad_events, &bad_values);
        let bad = self.first_bad_events(points.len(), bad)?;
        Ok(ShareSums {
            branches: branches
                .map(|(groups, sums)| (groups, sums.to_vec()))
                .collect(),
            bad,
        })
    }

    /// Where the values of a piece's bad events begin.
    fn bad_value(&self, piece: &Piece, points: usize) -> usize {
        let first = self.pieces.first().map_or(0, |piece| piece.groups.start);
        points * (piece.groups.start - first)
    }

    fn first_bad_events(
        &self,
        points: usize,
        (events, values): (&CudaSlice<i32>, &CudaSlice<f64>),
    ) -> Result<Vec<Option<(usize, f64)>>, CudaError> {
        let stream = &self.gpu.streams.compute;
        let events = stream.clone_dtoh(events)?;
        // A copy to pageable memory may go on behind its call. What failed on the way is said here at the latest.
        stream.synchronize()?;
        if events.iter().all(|&event| event == i32::MAX) {
            return Ok(vec![None; points]);
        }
        let values = stream.clone_dtoh(values)?;
        stream.synchronize()?;
        let of_point = |point: usize| {
            let of_pieces = self.pieces.iter().enumerate();
            of_pieces.into_iter().find_map(|(number, piece)| {
                let event = events[number * points + point];
                let event = usize::try_from(event)
                    .ok()
                    .filter(|&e| e < piece.events.len())?;
                let event = piece.events.start + event;
                let group = tile_of(&self.columns, event) / GROUP - piece.groups.start;
                let value = self.bad_value(piece, points) + point * piece.groups.len() + group;
                Some((event, values[value]))
            })
        };
        Ok((0..points).map(of_point).collect())
    }

    /// Intensities, and the planes of the amplitudes where wanted.
    pub fn events(&self, slots: &[f64], rows: bool) -> Result<ShareEvents, CudaError> {
        let (plan, columns) = (&*self.plan, &*self.columns);
        let stream = &self.gpu.streams.compute;
        let kernels = self.kernels(Purpose::Events)?;
        let mut at = Vec::new();
        kernels.source.point.fill(plan, slots, &[], &mut at);
        let mut sent = Sent::new(stream)?;
        let at = sent.send(at)?;
        let planes = if rows { 2 * plan.rows } else { 0 };
        let mut found = ShareEvents {
            intensity: Vec::new(),
            planes: vec![Vec::new(); planes],
        };
        // So many that the buffer of sums would hold their numbers and those before them.
        let most = (self.gpu.limits.sums / (2 * (1 + planes) * columns.stride())).max(1);
        let tile = (
            tile_bytes(plan, columns),
            8 * plan.variables * columns.stride(),
        );
        let mut last: Option<Written> = None;
        self.each_piece(|piece, sample| {
            for start in piece.tiles.clone().step_by(most) {
                let end = piece.tiles.end.min(start + most);
                let events = columns.tile_start(start).event..columns.tile_start(end).event;
                let count = events.len();
                let intensity = stream.alloc_zeros::<f64>(count.max(1))?;
                let amplitudes = stream.alloc_zeros::<f64>((planes * count).max(1))?;
                let address = |numbers: &CudaSlice<f64>| numbers.device_ptr(stream).0;
                kernels.events(
                    &sample.beginning_at(start - piece.tiles.start, tile),
                    &at,
                    end - start,
                    (events.start - piece.events.start, count),
                    (address(&intensity), rows.then(|| address(&amplitudes))),
                )?;
                let written = Written {
                    intensity,
                    amplitudes,
                    count,
                    done: stream.record_event(None)?,
                };
                // Those before it, so that the next piece comes while this one is worked on.
                if let Some(before) = last.replace(written) {
                    before.fetch(&self.gpu.streams.results, &mut found)?;
                }
            }
            Ok(())
        })?;
        if let Some(last) = last {
            last.fetch(&self.gpu.streams.results, &mut found)?;
        }
        stream.synchronize()?;
        Ok(found)
    }
}

/// What kernels write of some events.
struct Written {
    intensity: CudaSlice<f64>,
    amplitudes: CudaSlice<f64>,
    count: usize,
    /// When they have written it.
    done: CudaEvent,
}

impl Written {
    fn fetch(self, stream: &Arc<CudaStream>, found: &mut ShareEvents) -> Result<(), CudaError> {
        let count = self.count;
        stream.wait(&self.done)?;
        let intensity = stream.clone_dtoh(&self.intensity.slice(..count))?;
        let planes = match found.planes.is_empty() {
            true => Vec::new(),
            false => stream.clone_dtoh(&self.amplitudes)?,
        };
        // A copy to pageable memory may go on behind its call; what it reads is given back in the kernels' order.
        stream.synchronize()?;
        found.intensity.extend(intensity);
        for (plane, all) in found.planes.iter_mut().enumerate() {
            all.extend(&planes[plane * count..(plane + 1) * count]);
        }
        Ok(())
    }
}

fn kernels(
    gpu: &Gpu,
    plan: &Plan,
    columns: &Columns,
    purpose: Purpose,
) -> Result<Kernels, CudaError> {
    let variant = Variant::new(
        purpose,
        columns,
        gpu.device.architecture(),
        gpu.workshop.device.shared_bytes,
    );
    gpu.workshop.kernels(&gpu.streams.compute, plan, variant)
}

/// Neighbouring branches that one launch sums, `most` groups together.
fn batches(branches: Vec<Range<usize>>, most: usize) -> Vec<Vec<Range<usize>>> {
    let mut batches: Vec<Vec<Range<usize>>> = Vec::new();
    for branch in branches {
        match batches.last_mut() {
            Some(batch) if branch.end - batch[0].start <= most => batch.push(branch),
            _ => batches.push(vec![branch]),
        }
    }
    batches
}

fn largest_power_of_two(at_most: usize) -> usize {
    1 << at_most.max(1).ilog2()
}

fn tile_of(columns: &Columns, event: usize) -> usize {
    let (mut low, mut high) = (0, columns.tiles());
    while high - low > 1 {
        let middle = low.midpoint(high);
        if columns.tile_start(middle).event <= event {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}
