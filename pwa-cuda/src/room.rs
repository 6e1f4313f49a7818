//! What a part of a sample needs on a card, and how it is held there: resident, or brought in pieces.

use std::ops::Range;

use pwa_core::engine::{BackendError, Columns, Plan};

use crate::gpu::{Gpu, Limits};
use crate::packing::{GROUP, Piece, bytes_of_groups};
use crate::point::PointLayout;
use crate::purpose::{Purpose, Quantity};

/// Points of one launch at most, and groups of a point that the buffer of sums should hold.
pub const POINTS: usize = 64;
pub const GROUPS: usize = 64;

/// How a part of a sample is held.
#[derive(Debug)]
pub enum Holding {
    Resident,
    /// In the memory of the host; the pieces go through two slots of so many bytes.
    Streamed {
        pieces: Vec<Piece>,
        slot_bytes: usize,
    },
}

/// Decides for these groups of tiles.
///
/// # Errors
/// When not even pieces fit, or the device does not answer.
pub fn plan_room(
    gpu: &Gpu,
    plan: &Plan,
    columns: &Columns,
    groups: &Range<usize>,
) -> Result<Holding, BackendError> {
    let free = gpu.free()?;
    let of_groups = |count| bytes_of_groups(plan, columns, count);
    let working = |pieces| working_bytes(&gpu.limits, plan, columns, (pieces, groups.len()));
    let slot_bytes = gpu.conveyor().slot_bytes() as u64;
    // Room for the slots of a sample to come stays free, which is one of this plan.
    let to_come = (gpu.limits.slot_bytes as u64).max(of_groups(1));
    let slots = |bytes: u64| 2 * bytes.saturating_sub(slot_bytes);
    let needed = of_groups(groups.len()) + working(1);
    // Kernels count events with 32 bits.
    let countable = i32::try_from(groups.len() * GROUP * columns.stride()).is_ok();
    if countable && needed + slots(to_come) <= free {
        return Ok(Holding::Resident);
    }
    // Pieces of 2^n groups are whole branches of the sum.
    let wanted = (gpu.limits.slot_bytes as u64).max(slot_bytes);
    let mut size = 1 << groups.len().max(1).ilog2();
    loop {
        let bytes = of_groups(size);
        let pieces = groups.len().div_ceil(size) + 1;
        let needed = working(pieces) + slots(bytes);
        if size > 1 && (bytes > wanted || needed > free) {
            size /= 2;
            continue;
        }
        if needed > free {
            return Err(BackendError::Memory {
                sample: format!("sample of {} events, even in pieces,", columns.events()),
                backend: "cuda",
                needed,
                free,
            });
        }
        return Ok(Holding::Streamed {
            pieces: pieces_of(columns, groups, size),
            slot_bytes: bytes as usize,
        });
    }
}

/// Pieces that begin at multiples of `size` groups.
fn pieces_of(columns: &Columns, groups: &Range<usize>, size: usize) -> Vec<Piece> {
    let pieces = groups.start / size..groups.end.div_ceil(size);
    pieces
        .map(|piece| {
            let start = groups.start.max(piece * size);
            Piece::new(columns, start..groups.end.min((piece + 1) * size))
        })
        .collect()
}

/// What evaluations take at most, beside the sample, when its `groups` come in so many `pieces`.
fn working_bytes(
    limits: &Limits,
    plan: &Plan,
    columns: &Columns,
    (pieces, groups): (usize, usize),
) -> u64 {
    let widest = Quantity::widest(plan);
    // Of groups, or intensities and amplitudes of two tiles.
    let sums = limits.sums.max(widest);
    let sums = sums.max(2 * (1 + 2 * plan.rows) * columns.stride());
    // Points of a launch have so many numbers at most, which says how many groups one may take.
    let of_points = (limits.sums / GROUPS).max(widest);
    let together = 1 << (limits.sums / of_points).max(1).ilog2();
    let levels = columns.tiles().div_ceil(GROUP).max(1).ilog2() as usize;
    let branches = pieces + 2 * levels + 2 + groups / together;
    let of_branches = branches * of_points;
    // Those of replicas that are kept, and those of one launch.
    let weights = limits.sums.max(groups * GROUP * columns.stride());
    let lengths = Purpose::ALL.map(|purpose| PointLayout::new(plan, purpose).length);
    let longest = lengths.into_iter().max().unwrap_or(0);
    let points = POINTS * (longest + 2 * pieces + columns.tiles());
    let numbers = sums + of_branches + weights + points;
    (8 * numbers + limits.scratch_bytes + limits.margin_bytes) as u64
}
