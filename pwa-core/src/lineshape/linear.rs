//! Production proportional to the mass.
//!
//! ```text
//! R(m) = m
//! ```
//!
//! Units: m and the value in GeV.
//! Source: definition; TF-PWA 0.2.2, model `x`.
//! Limits: none.

use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec};
use crate::expr::Expr;

pub struct Linear;

impl Lineshape for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn formula(&self) -> &'static str {
        "m"
    }

    fn file(&self) -> &'static str {
        include_str!("linear.rs")
    }

    fn latex(&self, _: &Options) -> String {
        "m".to_owned()
    }

    fn parameters(&self, _: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        Ok(vec![])
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        Ok(at.m.clone())
    }
}
