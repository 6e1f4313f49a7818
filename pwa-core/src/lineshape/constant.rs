//! A wave without a line shape: non-resonant production.
//!
//! ```text
//! R(m) = 1
//! ```
//!
//! Units: none.
//! Source: definition.
//! Limits: none.

use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec};
use crate::expr::Expr;

pub struct Constant;

impl Lineshape for Constant {
    fn name(&self) -> &'static str {
        "constant"
    }

    fn formula(&self) -> &'static str {
        "1"
    }

    fn file(&self) -> &'static str {
        include_str!("constant.rs")
    }

    fn latex(&self, _: &Options) -> String {
        "1".to_owned()
    }

    fn parameters(&self, _: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        Ok(vec![])
    }

    fn build(&self, _: &DecaySite) -> Result<Expr, LineshapeError> {
        Ok(1.0.into())
    }
}
