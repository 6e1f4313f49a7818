//! The parts of a container image: what stands in it, and its two forms.

pub mod oci;
pub mod sbom;
pub mod sif;
