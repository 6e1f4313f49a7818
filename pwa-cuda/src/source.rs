//! The CUDA C of one plan: the hand-written kernels with the plan's constants, tables and shapes.

use pwa_core::engine::Plan;

use crate::block::Block;
use crate::layout::Layout;
use crate::point::PointLayout;
use crate::purpose::Purpose;
use crate::shapes_text::shapes_text;
use crate::tables::{THREADS, Variant, head, place_of_tables};

/// A file of `kernels/`.
macro_rules! kernels {
    ($name:literal) => {
        include_str!(concat!("../../kernels/", $name))
    };
}

/// The text of the kernel that adds up what the others leave, the same for all plans.
pub fn pairwise_text() -> String {
    format!("#define THREADS {THREADS}\n{}", kernels!("pairwise.cu"))
}

/// What is compiled for a plan, and what the host has to know of it.
#[derive(Debug)]
pub struct Source {
    pub text: String,
    pub point: PointLayout,
    pub(crate) block: Block,
}

impl Source {
    pub fn new(plan: &Plan, variant: Variant) -> Self {
        let layout = Layout::new(plan);
        let point = PointLayout::new(plan, variant.purpose);
        let block = Block::new(plan, &layout, &point, variant);
        let mut head = head(plan, &layout, &point, &block, variant);
        let shapes = shapes_text(&mut head, plan, &layout, &point, variant.purpose);
        let mut parts = vec![
            place_of_tables(head.numbers),
            head.text.as_str(),
            kernels!("complex.cuh"),
            kernels!("elementary.cuh"),
            kernels!("tile.cuh"),
            kernels!("lanes.cuh"),
            kernels!("staging.cuh"),
            kernels!("walk.cuh"),
            kernels!("amplitudes.cuh"),
        ];
        parts.extend(match variant.purpose {
            Purpose::Events => vec![shapes.as_str()],
            Purpose::Value { .. } => vec![
                kernels!("terms.cuh"),
                shapes.as_str(),
                kernels!("value.cuh"),
            ],
            Purpose::Gradient { .. } => vec![
                kernels!("terms.cuh"),
                kernels!("gradient.cuh"),
                shapes.as_str(),
            ],
            Purpose::Hessian => vec![
                kernels!("terms.cuh"),
                kernels!("gradient.cuh"),
                shapes.as_str(),
                kernels!("vectors.cuh"),
                kernels!("products.cuh"),
                kernels!("slopes.cuh"),
                kernels!("density_hessian.cuh"),
                kernels!("hessian.cuh"),
            ],
            Purpose::Gram { .. } => vec![
                shapes.as_str(),
                kernels!("vectors.cuh"),
                kernels!("products.cuh"),
                kernels!("gram.cuh"),
            ],
            Purpose::Scores => vec![
                kernels!("terms.cuh"),
                shapes.as_str(),
                kernels!("vectors.cuh"),
                kernels!("products.cuh"),
                kernels!("slopes.cuh"),
                kernels!("scores.cuh"),
            ],
        });
        parts.push(kernels!("forward.cuh"));
        parts.push(match variant.purpose {
            Purpose::Events => kernels!("events.cu"),
            _ => kernels!("sums.cu"),
        });
        Self {
            text: parts.join("\n"),
            point,
            block,
        }
    }

    /// Bytes of shared memory that a launch asks for when blocks walk over the events at so many points.
    pub fn launch_bytes(&self, points: usize) -> usize {
        self.block.shared_bytes(points)
    }

    /// Points of a walk at most.
    pub fn points(&self) -> usize {
        self.block.points
    }
}
