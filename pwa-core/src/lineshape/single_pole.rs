//! A broad non-resonant wave of one pole at negative mass squared.
//!
//! ```text
//! R(m) = 1 / (1 + m²/Λ²)
//! ```
//!
//! Units: m, the scale Λ in GeV; the value has no unit.
//! Source: J. H. Alvarenga Nogueira et al., Phys. Rev. D 92 (2015) 054010, with Λ = 1 GeV; LHCb,
//! Phys. Rev. Lett. 123 (2019) 231802.
//! Limits: 1 at m = 0, falls like Λ²/m².

use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec};
use crate::expr::Expr;

pub struct SinglePole;

impl Lineshape for SinglePole {
    fn name(&self) -> &'static str {
        "single-pole"
    }

    fn formula(&self) -> &'static str {
        "1/(1 + m^2/Lambda^2)"
    }

    fn file(&self) -> &'static str {
        include_str!("single_pole.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"\frac{1}{1 + m^2/\Lambda^2}".to_owned()
    }

    fn parameters(&self, _: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        Ok(vec![ParameterSpec::gev("scale").with_default(1.0)])
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        Ok(1.0 / (1.0 + (&at.m / at.parameter("scale")?).powi(2)))
    }
}
