//! A polynomial in the mass with complex coefficients: a smooth non-resonant wave.
//!
//! ```text
//! R(m) = sum_i c_i (m - m0)^(n-i),  i = 0 ... n
//! ```
//!
//! The option `order` is n; m0 (the parameter `mass`) is where the polynomial is expanded.
//!
//! Units: m, m0 in GeV; c_i in GeV^(i-n); the value has no unit.
//! Source: definition; TF-PWA 0.2.2, model `poly`.
//! Limits: c_n at m = m0. Moving m0 is a change of the c_i: leave it fixed. n <= 20.

use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec};
use crate::expr::Expr;

/// Beyond it the coefficients of a fit are meaningless, and a typing error is likely.
const HIGHEST_ORDER: u32 = 20;

pub struct Polynomial;

impl Lineshape for Polynomial {
    fn name(&self) -> &'static str {
        "polynomial"
    }

    fn formula(&self) -> &'static str {
        "sum_i c_i (m - m0)^(n-i), i = 0 ... n"
    }

    fn file(&self) -> &'static str {
        include_str!("polynomial.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"\sum_{i=0}^{n} c_i (m - m_0)^{n-i}".to_owned()
    }

    fn example_options(&self) -> Options {
        Options::new([("order".to_owned(), 2.into())].into())
    }

    fn parameters(&self, options: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        let coefficients =
            (0..=order(options)?).map(|i| ParameterSpec::complex(coefficient(i), "GeV^(i-n)"));
        Ok(std::iter::once(ParameterSpec::gev("mass"))
            .chain(coefficients)
            .collect())
    }

    fn options(&self) -> &'static [&'static str] {
        &["order"]
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        let x = &at.m - at.parameter("mass")?;
        // Horner's rule: c_0 belongs to the highest power.
        (0..=order(&at.options)?).try_fold(Expr::from(0.0), |sum, i| {
            Ok(sum * &x + at.parameter(&coefficient(i))?)
        })
    }
}

fn order(options: &Options) -> Result<u32, LineshapeError> {
    match options.required_count("order")? {
        n if n <= HIGHEST_ORDER => Ok(n),
        n => Err(LineshapeError::Option {
            name: "order".to_owned(),
            problem: format!("is {n}, but can be at most {HIGHEST_ORDER}"),
        }),
    }
}

fn coefficient(i: u32) -> String {
    format!("c_{i}")
}
