//! A line shape from a file: a table of masses and complex values.
//!
//! ```text
//! R(m) = the curve through (m_i, re_i + i im_i)
//! ```
//!
//! The file has three numbers a line, m, re and im, between commas or spaces; masses increase. Lines
//! that begin with `#`, and a first line of names, are left out.
//!
//! | option | meaning | default |
//! |---|---|---|
//! | `file` | the table, relative to the config | must be given |
//! | `method` | `"cubic"`: a spline with the not-a-knot condition; `"linear"`, `"step"` (nearest), `"monotone"` | `"cubic"` |
//! | `outside` | beyond the table: `"error"`, `"zero"`, or `"constant"` | `"error"` |
//!
//! Units: m in GeV; the unit of the values is that of the wave.
//! Source: the file; its curve as in `spline` and `interpolated`.
//! Limits: the value of the table at its masses. Nothing of it can be fitted.

use serde_json::Value;

use super::piecewise::{Ends, Knots, Method, OUTSIDE, Outside};
use super::spline::covered;
use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec};
use crate::expr::Expr;
use num_complex::Complex64;

pub struct Tabulated;

/// A table that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    knots: Knots,
    values: Vec<Complex64>,
}

/// Why a text is no table: what, and in which line, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadTable {
    pub line: usize,
    pub problem: String,
}

impl Table {
    /// Reads the text of a table.
    ///
    /// # Errors
    /// The line, and what is wrong with it.
    pub fn read(text: &str) -> Result<Self, BadTable> {
        let (mut masses, mut values): (Vec<f64>, Vec<Complex64>) = (Vec::new(), Vec::new());
        let mut names_allowed = true;
        let mut last_line = 0;
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let bad = |problem: String| BadTable {
                line: number,
                problem,
            };
            let words: Vec<&str> = line
                .split([',', ';', ' ', '\t'])
                .filter(|word| !word.is_empty())
                .collect();
            let numbers: Result<Vec<f64>, &str> = (words.iter())
                .map(|word| word.parse().map_err(|_| *word))
                .collect();
            match numbers {
                Err(_) if std::mem::take(&mut names_allowed) => continue,
                Err(word) => return Err(bad(format!("`{word}` is no number"))),
                Ok(numbers) => {
                    let [m, re, im] = numbers[..] else {
                        let found = numbers.len();
                        return Err(bad(format!("{found} numbers, not the three m, re, im")));
                    };
                    if let Some(number) = numbers.iter().find(|number| !number.is_finite()) {
                        return Err(bad(format!("{number} is not finite")));
                    }
                    if let Some(before) = masses.last().filter(|before| **before >= m) {
                        return Err(bad(format!(
                            "the mass {m} comes after {before}: sort the table"
                        )));
                    }
                    masses.push(m);
                    values.push(Complex64::new(re, im));
                }
            }
            names_allowed = false;
            last_line = number;
        }
        let knots = Knots::new(masses).map_err(|problem| BadTable {
            line: last_line,
            problem,
        })?;
        Ok(Self { knots, values })
    }
}

impl Lineshape for Tabulated {
    fn name(&self) -> &'static str {
        "tabulated"
    }

    fn formula(&self) -> &'static str {
        "the curve through a table of m, re, im"
    }

    fn file(&self) -> &'static str {
        include_str!("tabulated.rs")
    }

    fn latex(&self, options: &Options) -> String {
        let file = options.text("file").unwrap_or_default();
        format!(
            r"T(m), \quad \text{{table \texttt{{{}}}}}",
            file.replace('_', r"\_")
        )
    }

    fn example_options(&self) -> Options {
        let options = Options::new([("file".to_owned(), "shape.csv".into())].into());
        match Table::read("0.3, 1, 0\n1.8, 0, 1") {
            Ok(table) => options.with_table(table),
            Err(_) => options,
        }
    }

    fn parameters(&self, options: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        options.table().ok_or(LineshapeError::NoTable)?;
        settings(options).map(|_| Vec::new())
    }

    fn options(&self) -> &'static [&'static str] {
        &["file", "method", "outside"]
    }

    fn option_defaults(&self, _: &Options) -> Vec<(&'static str, Value)> {
        vec![("method", "cubic".into()), ("outside", "error".into())]
    }

    fn mass_range(&self, options: &Options) -> Option<[f64; 2]> {
        covered(&options.table()?.knots, settings(options).ok()?.1)
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        let table = at.options.table().ok_or(LineshapeError::NoTable)?;
        let values: Vec<Expr> = table.values.iter().map(|&y| Expr::complex(y)).collect();
        Ok(table.knots.curve(&at.m, &values, settings(&at.options)?))
    }
}

fn settings(options: &Options) -> Result<(Method, Outside), LineshapeError> {
    let words = [
        ("cubic", Method::Spline(Ends::NotAKnot)),
        ("linear", Method::Linear),
        ("step", Method::Step),
        ("monotone", Method::Monotone),
    ];
    Ok((
        options.word("method", &words)?,
        options.word("outside", OUTSIDE)?,
    ))
}
