//! The Gram matrix of an integral's vectors φ_b(v) G_k over a sample, tile by tile: the expanded
//! columns are never kept.
//!
//! Two coefficients whose shapes are φ and φ' share
//!
//! ```text
//! sum_j v_j sum_h φ_b G_kh conj(φ'_c G_k'h) = sum_j φ_b M_kk' conj(φ'_c),
//! M_kk' = v_j sum_h G_kh conj(G_k'h),
//! ```
//!
//! so the rows h are summed once and not in each of the products. Where a coefficient stands beside
//! several shapes (identical particles), each pair of them has its M, unless there are fewer rows
//! than pairs: the vectors are then made row by row.

mod arithmetic;
mod block;
mod bundle;
mod pass;
mod tile;

use super::{Columns, Plan};

pub(in crate::engine) use pass::GramPass;

use block::{CHUNK, Side, Square, Vectors, add_products};
use bundle::{Bundle, bundles, products_a_pair};
use tile::GramTile;
