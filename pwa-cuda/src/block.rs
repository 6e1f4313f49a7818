//! How a block walks over a tile: events of a part, points at once, what of them is in shared memory.

use pwa_core::engine::{Plan, Precision};

use crate::layout::Layout;
use crate::planes::Planes;
use crate::point::PointLayout;
use crate::tables::Variant;

/// Points of a walk at most: more would not fit, and arithmetic prevails from there on.
const MOST_POINTS: usize = 4;
/// Events of a part that is not the whole tile.
const PARTS: [usize; 8] = [128, 96, 64, 48, 32, 24, 16, 8];

/// Events of a part that is copied while another one is worked on: barriers of smaller ones take longer than
/// waiting for a copy (measured on an H100, docs/gpu.md). Several points have more to do between them.
const LEAST_OF_TWO: usize = 64;
const LEAST_OF_TWO_IN_BATCHES: usize = 16;

/// Numbers of shared memory for two bands of vectors or slopes, as in kernels/products.cuh.
const BANDS: usize = 4096;

/// What is chosen of a walk.
#[derive(Debug, Clone, Copy)]
struct Walk {
    part: usize,
    points: usize,
    staged: bool,
    buffers: usize,
    /// Kinds of planes that are in global memory.
    far: usize,
}

/// The walk of a variant of the kernels, and the memory it takes.
#[derive(Debug)]
pub struct Block {
    /// Events that a block works on at a time.
    pub part: usize,
    /// Points that share a walk at most.
    pub points: usize,
    /// Whether a part is copied to shared memory before it is used.
    pub staged: bool,
    /// Parts that are there or on their way, and numbers of each.
    pub buffers: usize,
    pub buffer_numbers: usize,
    /// Numbers of shared memory that all points share, and what each has of its own.
    pub common_numbers: usize,
    pub point: PointMemory,
    pub band_numbers: usize,
    /// Numbers of global memory that a block needs.
    pub scratch_numbers: usize,
    pub planes: Planes,
}

/// A point's shared memory: what the block sums up, the coefficient of each term, what of the point is copied,
/// planes, sums that go on from part to part. Pairs begin at even numbers.
#[derive(Debug)]
pub struct PointMemory {
    /// Numbers of the point that are copied.
    pub copied: usize,
    /// Where coefficients, copied numbers and planes begin; without planes, coefficients are in global memory too.
    pub coefficients_at: usize,
    pub copied_at: usize,
    pub planes_at: usize,
    /// All of it.
    pub numbers: usize,
}

impl PointMemory {
    fn new(own: usize, layout: &Layout, copied: usize, rest: usize) -> Self {
        let coefficients_at = own.next_multiple_of(2);
        let copied_at = coefficients_at + 2 * layout.terms().count();
        let planes_at = (copied_at + copied).next_multiple_of(2);
        Self {
            copied,
            coefficients_at,
            copied_at,
            planes_at,
            numbers: apart(planes_at + rest),
        }
    }
}

impl Block {
    /// The first of these that fits: staged before read twice, many points before few, two buffers before one, large
    /// parts before small ones. A part should be so small that two blocks share a processor. Groups of events and
    /// whatever has vectors need whole tiles.
    pub fn new(plan: &Plan, layout: &Layout, point: &PointLayout, variant: Variant) -> Self {
        let whole = variant.stride;
        let in_parts = !variant.grouped && !variant.purpose.has_vectors();
        let parts = || {
            let smaller = PARTS.into_iter().filter(|&part| in_parts && part < whole);
            std::iter::once(whole).chain(smaller)
        };
        let (most_points, least_of_two) = if variant.purpose.is_batch() {
            (MOST_POINTS, LEAST_OF_TWO_IN_BATCHES)
        } else {
            (1, LEAST_OF_TWO)
        };
        let overlaps = variant.asynchronous && in_parts;
        let buffers = |staged| if staged && overlaps { 2 } else { 1 };
        let mut walks = Vec::new();
        for staged in [true, false] {
            let (few, most) = Planes::far(plan, layout, variant, staged);
            for points in (1..=most_points).rev() {
                for buffers in (1..=buffers(staged)).rev() {
                    for far in 0..=most {
                        let walk = Walk {
                            part: whole,
                            points,
                            staged,
                            buffers,
                            far,
                        };
                        walks.extend((far <= few).then_some((2, walk)));
                        walks.push((1, walk));
                    }
                }
            }
        }
        if variant.purpose.has_vectors() {
            // Here two blocks matter more than slopes that are near, and few far planes more than columns.
            walks.sort_by_key(|&(blocks, walk)| (blocks == 1, walk.far));
        }
        for (blocks, walk) in walks {
            let fitting: Vec<Self> = parts()
                .filter(|&part| walk.buffers == 1 || part >= least_of_two)
                .map(|part| Self::shared(plan, layout, point, variant, Walk { part, ..walk }))
                .filter(|block| block.shared_bytes(walk.points) <= variant.shared_bytes)
                .collect();
            let two = |block: &Self| 2 * block.shared_bytes(walk.points) <= variant.shared_bytes;
            let chosen = match blocks {
                2 => fitting.into_iter().find(two),
                // The smallest one at least fits, if not twice; in two buffers it is not worth that.
                _ => fitting.into_iter().last().filter(|_| walk.buffers == 1),
            };
            if let Some(block) = chosen {
                return block;
            }
        }
        Self::in_global_memory(plan, layout, variant)
    }

    /// With planes in shared memory.
    fn shared(
        plan: &Plan,
        layout: &Layout,
        point: &PointLayout,
        variant: Variant,
        walk: Walk,
    ) -> Self {
        let Walk {
            part,
            points,
            staged,
            buffers,
            far,
        } = walk;
        let column = match variant.precision {
            Precision::Double => 2,
            Precision::Single => 1,
        };
        let of_event = column * plan.columns + plan.variables + 1 + plan.backgrounds;
        let planes = Planes::new(plan, layout, variant, staged, far);
        let buffer_numbers = if staged { of_event * part } else { 0 };
        Self {
            part,
            points,
            staged,
            buffers,
            buffer_numbers,
            common_numbers: buffers * buffer_numbers + band_numbers(variant),
            point: PointMemory::new(
                variant.purpose.own_sums(plan),
                layout,
                point.length,
                planes.near_numbers(part),
            ),
            band_numbers: band_numbers(variant),
            scratch_numbers: planes.far_numbers(part),
            planes,
        }
    }

    /// With planes in global memory, for one point and whole tiles.
    fn in_global_memory(plan: &Plan, layout: &Layout, variant: Variant) -> Self {
        let planes = Planes::new(plan, layout, variant, false, usize::MAX);
        let copied = 2 * plan.coefficients + plan.backgrounds;
        let copied_at = variant.purpose.own_sums(plan).next_multiple_of(2);
        Self {
            part: variant.stride,
            points: 1,
            staged: false,
            buffers: 1,
            buffer_numbers: 0,
            common_numbers: band_numbers(variant),
            point: PointMemory {
                copied,
                coefficients_at: planes.far_numbers(variant.stride),
                copied_at,
                planes_at: 0,
                numbers: apart(copied_at + copied),
            },
            scratch_numbers: planes.far_numbers(variant.stride) + 2 * layout.terms().count(),
            band_numbers: band_numbers(variant),
            planes,
        }
    }

    /// Bytes of shared memory for a walk with so many points.
    pub fn shared_bytes(&self, points: usize) -> usize {
        8 * (self.common_numbers + points * self.point.numbers)
    }

    /// Points of a walk when so many are split into walks of about the same length.
    pub fn points_of_walk(&self, points: usize) -> usize {
        points.div_ceil(self.walks(points).max(1))
    }

    /// Walks over the same tiles for so many points.
    pub fn walks(&self, points: usize) -> usize {
        points.div_ceil(self.points)
    }
}

/// Numbers for bands of what is multiplied.
fn band_numbers(variant: Variant) -> usize {
    if variant.purpose.has_vectors() {
        BANDS
    } else {
        0
    }
}

/// At least so many numbers that eight of a point and the same eight of the next one are in different banks.
fn apart(numbers: usize) -> usize {
    numbers.saturating_sub(8).next_multiple_of(16) + 8
}

#[cfg(test)]
mod tests {
    use pwa_core::engine::Wave;

    use super::*;
    use crate::purpose::Purpose;

    /// Of a plan with so many columns, each with a coefficient of its own, on a card with 227 kB a block.
    fn block(columns: usize, purpose: Purpose, asynchronous: bool, grouped: bool) -> Block {
        let wave = |n| Wave {
            coefficient: n,
            shape: None,
            columns: vec![(0, n)],
        };
        let plan = Plan {
            rows: 1,
            coefficients: columns,
            parameters: 0,
            columns,
            variables: 0,
            waves: (0..columns).map(wave).collect(),
            shapes: Vec::new(),
            functions: Vec::new(),
            densities: Vec::new(),
            backgrounds: 0,
        };
        let variant = Variant {
            purpose,
            precision: Precision::Double,
            stride: 256,
            grouped,
            shared_bytes: Variant::shared_bytes(227 << 10),
            asynchronous,
        };
        let point = PointLayout::new(&plan, variant.purpose);
        Block::new(&plan, &Layout::new(&plan), &point, variant)
    }

    #[test]
    fn a_part_comes_while_another_is_worked_on_where_parts_stay_large() {
        for (columns, asynchronous, grouped, wanted) in [
            (16, true, false, (2, 128)),
            (16, false, false, (1, 256)),
            (4, true, false, (2, 256)),
            (96, true, false, (1, 48)),
            // Groups of events need the whole tile.
            (4, true, true, (1, 256)),
        ] {
            let block = block(
                columns,
                Purpose::Gradient { batch: false },
                asynchronous,
                grouped,
            );
            assert_eq!((block.buffers, block.part), wanted, "{columns} columns");
            assert!(block.staged && 2 * block.shared_bytes(1) <= 227 << 10);
        }
    }

    #[test]
    fn two_blocks_with_four_points_each_share_a_processor() {
        for (columns, asynchronous, wanted) in [
            (16, true, (2, 128)),
            (16, false, (1, 128)),
            (64, true, (2, 24)),
            // Two buffers of 16 events would leave no room for a second block.
            (96, true, (1, 24)),
        ] {
            let block = block(
                columns,
                Purpose::Gradient { batch: true },
                asynchronous,
                false,
            );
            assert_eq!((block.buffers, block.part), wanted, "{columns} columns");
            assert_eq!(block.points, 4);
            assert!(block.staged && 2 * block.shared_bytes(4) <= 227 << 10);
        }
    }
}
