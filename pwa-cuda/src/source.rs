//! The CUDA C of one plan: the hand-written kernels with the plan's constants, tables and shapes.

use pwa_core::engine::Plan;

use crate::layout::Layout;
use crate::point::PointLayout;
use crate::shapes_text::shapes_text;
use crate::tables::{Tables, Variant, place_of_tables};

/// A file of `kernels/`.
macro_rules! kernels {
    ($name:literal) => {
        include_str!(concat!("../../kernels/", $name))
    };
}

/// What is compiled for a plan, and what the host has to know of it.
#[derive(Debug)]
pub struct Source {
    pub text: String,
    pub point: PointLayout,
    /// Numbers that the planes and unfinished sums of a block take.
    pub block_numbers: usize,
    /// Whether they are in shared memory.
    pub shared: bool,
}

impl Source {
    pub fn new(plan: &Plan, variant: Variant) -> Self {
        let layout = Layout::new(plan);
        let point = PointLayout::new(plan, variant.hessian);
        let mut tables = Tables::new(plan, &layout, &point, variant);
        let shapes = shapes_text(&mut tables.head, plan, &layout, &point, variant.hessian);
        let mut parts = vec![
            place_of_tables(tables.head.numbers),
            tables.head.text.as_str(),
            kernels!("complex.cuh"),
            kernels!("elementary.cuh"),
            kernels!("tile.cuh"),
            kernels!("amplitudes.cuh"),
            kernels!("terms.cuh"),
            kernels!("gradient.cuh"),
            shapes.as_str(),
        ];
        if variant.hessian {
            parts.extend([
                kernels!("vectors.cuh"),
                kernels!("density_hessian.cuh"),
                kernels!("hessian.cuh"),
            ]);
        }
        parts.push(kernels!("evaluate.cu"));
        Self {
            text: parts.join("\n"),
            point,
            block_numbers: tables.block_numbers,
            shared: tables.shared,
        }
    }
    /// Bytes of shared memory that a launch asks for.
    pub fn launch_bytes(&self) -> usize {
        if self.shared {
            8 * self.block_numbers
        } else {
            0
        }
    }
}
