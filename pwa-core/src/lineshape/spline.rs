//! A cubic spline through complex values at knots: a partial wave without a model.
//!
//! ```text
//! R(m) = S_i(m) between knots i and i+1, S_i of third degree
//! S_i(m_i) = c_i, S_i(m_i+1) = c_i+1; first and second derivatives are continuous
//! ```
//!
//! | option | meaning | default |
//! |---|---|---|
//! | `knots` | the masses m_i, GeV, increasing | must be given |
//! | `ends` | `"not-a-knot"`: the outermost two pieces are one polynomial; `"natural"`: no second derivative there; `"clamped"`: no first derivative | `"not-a-knot"` |
//! | `outside` | beyond the knots: `"error"`, `"zero"`, or `"constant"` | `"error"` |
//! | `end_values` | at the first and the last knot: `"parameters"`, or `"zero"`, where c_0 is that of the second knot | `"parameters"` |
//!
//! A value c_i of the config may be fixed or free; with n free ones the wave costs as much as n waves
//! with fixed shapes.
//!
//! Units: m in GeV; the unit of c_i is that of the wave.
//! Source: C. de Boor, A Practical Guide to Splines (1978), ch. IV; as a partial wave E. M. Aitala et
//! al. (E791), Phys. Rev. D 73 (2006) 032004; TF-PWA 0.2.2, model `spline_c`.
//! Limits: c_i at knot i. Two knots are a straight line, three with `"not-a-knot"` a parabola.

use std::ops::Range;

use serde_json::Value;

use super::piecewise::{Ends, Knots, Method, OUTSIDE, Outside};
use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec};
use crate::expr::Expr;

pub struct Spline;

impl Lineshape for Spline {
    fn name(&self) -> &'static str {
        "spline"
    }

    fn formula(&self) -> &'static str {
        "the cubic spline through c_i at knots m_i"
    }

    fn file(&self) -> &'static str {
        include_str!("spline.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"S(m), \quad S(m_i) = c_i, \quad S \in C^2 \text{ cubic between the } m_i".to_owned()
    }

    fn example_options(&self) -> Options {
        Options::new([("knots".to_owned(), vec![0.3, 0.6, 0.9, 1.2].into())].into())
    }

    fn parameters(&self, options: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        settings(options)?;
        knot_values(options)
    }

    fn options(&self) -> &'static [&'static str] {
        &["knots", "ends", "outside", "end_values"]
    }

    fn option_defaults(&self, _: &Options) -> Vec<(&'static str, Value)> {
        let own = [("ends", "not-a-knot".into()), ("outside", "error".into())];
        [&own[..], &[("end_values", "parameters".into())]].concat()
    }

    fn mass_range(&self, options: &Options) -> Option<[f64; 2]> {
        covered(&options.knots().ok()?, settings(options).ok()?.1)
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        free_curve(at, settings(&at.options)?)
    }
}

fn settings(options: &Options) -> Result<(Method, Outside), LineshapeError> {
    let words = [
        ("not-a-knot", Ends::NotAKnot),
        ("natural", Ends::Natural),
        ("clamped", Ends::Clamped),
    ];
    let ends = options.word("ends", &words)?;
    Ok((Method::Spline(ends), options.word("outside", OUTSIDE)?))
}

/// What a curve is at its first and its last knot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EndValues {
    Parameters,
    Zero,
}

/// The places of the knots whose values are parameters.
fn knots_with_values(options: &Options) -> Result<Range<usize>, LineshapeError> {
    let words = [
        ("parameters", EndValues::Parameters),
        ("zero", EndValues::Zero),
    ];
    let count = options.knots()?.len();
    Ok(match options.word("end_values", &words)? {
        EndValues::Parameters => 0..count,
        EndValues::Zero => 1..count - 1,
    })
}

/// c_0, c_1, ...: one complex parameter a knot.
pub(super) fn knot_values(options: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
    let names = (0..knots_with_values(options)?.len()).map(|i| format!("c_{i}"));
    Ok(names.map(|name| ParameterSpec::complex(name, "")).collect())
}

/// The curve through these parameters at the knots.
pub(super) fn free_curve(at: &DecaySite, how: (Method, Outside)) -> Result<Expr, LineshapeError> {
    let knots = at.options.knots()?;
    let inner = knots_with_values(&at.options)?;
    let mut values: Vec<Expr> = vec![0.0.into(); knots.len()];
    for (place, value) in values[inner].iter_mut().enumerate() {
        *value = at.parameter(&format!("c_{place}"))?;
    }
    Ok(knots.curve(&at.m, &values, how))
}

/// The masses a curve is defined for, where it does not go on outside.
pub(super) fn covered(knots: &Knots, outside: Outside) -> Option<[f64; 2]> {
    (outside == Outside::Refuse).then(|| knots.range())
}
