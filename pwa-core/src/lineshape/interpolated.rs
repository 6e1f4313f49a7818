//! Straight lines, steps or monotone cubics between complex values at knots: a partial wave without a
//! model.
//!
//! ```text
//! linear:    R(m) = c_i + (c_i+1 - c_i) (m - m_i)/(m_i+1 - m_i)
//! step:      R(m) = c_i, m_i the nearest knot
//! monotone:  R(m) = cubic through c_i with slope d_i at m_i, real and imaginary part each
//! d_i = (u + v) / (u/s_i-1 + v/s_i), 0 where s_i-1 s_i <= 0
//! u = 2 h_i + h_i-1, v = h_i + 2 h_i-1;  h_i = m_i+1 - m_i, s_i = (c_i+1 - c_i)/h_i
//! ```
//!
//! At the first knot d_0 = ((2 h_0 + h_1) s_0 - h_0 s_1)/(h_0 + h_1), 0 where its sign is not that of
//! s_0, and 3 s_0 where s_0 and s_1 have different signs and |d_0| is larger; so at the last.
//!
//! | option | meaning | default |
//! |---|---|---|
//! | `knots` | the masses m_i, GeV, increasing | must be given |
//! | `method` | `"linear"`, `"step"` or `"monotone"` | `"linear"` |
//! | `outside` | beyond the knots: `"error"`, `"zero"`, or `"constant"` | `"error"` |
//! | `end_values` | at the first and the last knot: `"parameters"`, or `"zero"`, where c_0 is that of the second knot | `"parameters"` |
//!
//! A value c_i of the config may be fixed or free; with n free ones the wave costs as much as n waves
//! with fixed shapes, `monotone` as 2 n.
//!
//! Units: m in GeV; the unit of c_i is that of the wave.
//! Source: definition; monotone: F. N. Fritsch, J. Butland, SIAM J. Sci. Stat. Comput. 5 (1984) 300,
//! ends as in SciPy's `PchipInterpolator`; TF-PWA 0.2.2, models `interp_c`, `interp_hist`.
//! Limits: c_i at knot i. With `monotone` a value never leaves the interval of its two knots, and
//! second derivatives by the c_i jump where a secant changes its sign.

use serde_json::Value;

use super::piecewise::{Method, OUTSIDE, Outside};
use super::spline::{covered, free_curve, knot_values};
use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec};
use crate::expr::Expr;

pub struct Interpolated;

impl Lineshape for Interpolated {
    fn name(&self) -> &'static str {
        "interpolated"
    }

    fn formula(&self) -> &'static str {
        "lines, steps or monotone cubics through c_i at knots m_i"
    }

    fn file(&self) -> &'static str {
        include_str!("interpolated.rs")
    }

    fn latex(&self, options: &Options) -> String {
        let text = match settings(options) {
            Ok((Method::Step, _)) => r"c_i, \quad m_i \text{ the knot nearest to } m",
            Ok((Method::Monotone, _)) => {
                r"H(m), \quad H(m_i) = c_i, \quad H \text{ cubic and monotone between the } m_i"
            }
            _ => r"c_i + (c_{i+1} - c_i) \frac{m - m_i}{m_{i+1} - m_i}, \quad m_i \le m < m_{i+1}",
        };
        text.to_owned()
    }

    fn example_options(&self) -> Options {
        Options::new([("knots".to_owned(), vec![0.3, 0.6, 0.9].into())].into())
    }

    fn parameters(&self, options: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        settings(options)?;
        knot_values(options)
    }

    fn options(&self) -> &'static [&'static str] {
        &["knots", "method", "outside", "end_values"]
    }

    fn option_defaults(&self, _: &Options) -> Vec<(&'static str, Value)> {
        let own = [("method", "linear".into()), ("outside", "error".into())];
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
        ("linear", Method::Linear),
        ("step", Method::Step),
        ("monotone", Method::Monotone),
    ];
    Ok((
        options.word("method", &words)?,
        options.word("outside", OUTSIDE)?,
    ))
}
