//! Events: files to columns of four-momenta, weights and charges.
//!
//! ```text
//! files  ->  Source (one file, its trees and columns)  ->  Sample (GeV, aligned, finite)
//! ```
//!
//! [`read_sample`] is the way in: a [`SampleRequest`] says which files, which particles and, where it is
//! not obvious, which columns; the [`Sample`] that comes back has one [`ParticleMomenta`] for each particle
//! asked for, in that order, and `notes` that say everything which was found rather than asked for.
//! [`write_columns`] is the way out.
//!
//! Units: momenta and energies of a [`Sample`] are in GeV. Nothing is repaired, clipped or dropped: what cannot
//! be read exactly is a [`SampleError`] that names the file, the column and the entry.
//!
//! A new file format is one file in `source/` and one line in [`source::FORMATS`].

mod columns;
mod copies;
mod cut;
mod discover;
mod error;
mod files;
mod find_layout;
mod layout;
mod momenta;
mod names;
mod numbers;
mod pattern;
mod plan;
mod read;
mod request;
pub mod source;
mod table;
pub mod write;

pub use error::{ErrorKind, SampleError};
pub use files::split_tree_suffix;
pub use find_layout::{FoundLayout, find_layout};
pub use numbers::read_columns;
pub use read::read_sample;
pub use request::{ParticleRequest, SampleRequest, Unit};
pub use table::{Origin, ParticleMomenta, Sample, ranges};
pub use write::{MomentumColumns, momentum_columns, write_columns};
