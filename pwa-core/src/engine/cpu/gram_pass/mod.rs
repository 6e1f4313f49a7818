//! The Gram matrices of an integral's vectors φ_b(v) G_k over a sample, tile by tile: the expanded
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
//!
//! Two shapes that have series on meshes of their variables need no functions at the events: `moments`
//! makes their products from sums over cells.
//!
//! A matrix between rows (a `Form`) is applied to the columns on the right of the products, once a
//! tile; behind that it is the same loop, and the matrices share all that was read and evaluated.

mod arithmetic;
mod block;
mod bundle;
mod cells;
mod expand;
mod moments;
mod pass;
mod products;
mod tile;

use super::{Columns, Plan};

pub(in crate::engine) use pass::GramPass;

use block::{CHUNK, Side, Square, Vectors, add_products};
use bundle::{Bundle, Way, bundles, products_a_pair, way};
use products::FormProducts;
use tile::{GramTile, Purpose, TileFields};
