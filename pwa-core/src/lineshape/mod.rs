//! Line shapes: one file a shape, each writes its formula once as an expression.
//!
//! A new shape is a file with its formula, units and source, and one line in [`LINESHAPES`].

mod barrier_factor;
mod breit_wigner;
mod breit_wigner_coupling;
mod breit_wigner_dispersive;
mod breit_wigner_multichannel;
mod breit_wigner_normalised;
mod breit_wigner_partial_waves;
mod breit_wigner_running;
mod bugg_exponential;
mod bugg_kappa;
mod bugg_sigma;
mod chew_mandelstam;
mod constant;
mod dispersive_cut;
mod documentation;
mod exponential;
mod exponential_complex;
mod flatte;
mod flatte_dispersive;
mod formula;
mod glass;
mod gounaris_sakurai;
mod interpolated;
mod k_matrix;
mod k_matrix_one_channel;
mod k_matrix_sets;
mod k_matrix_settings;
mod k_matrix_solution;
mod lass;
mod linear;
mod linear_system;
mod option_lists;
mod options;
mod phase_space;
mod piecewise;
mod polynomial;
mod rho_omega;
mod riemann;
mod single_pole;
mod site;
mod spline;
mod tabulated;
mod threshold;

use std::borrow::Cow;

use serde_json::Value;
use thiserror::Error;

use crate::expr::Expr;
use crate::formula::FormulaError;

pub use barrier_factor::{
    HIGHEST_BARRIER_L, barrier_coefficients, barrier_polynomial, barrier_ratio,
    barrier_ratio_squared,
};
pub use documentation::Documentation;
pub use formula::{RESERVED, SHAPE_FUNCTIONS, UserFormula};
pub use options::{Channel, Options};
pub use piecewise::Knots;
pub use riemann::Sheet;
pub use site::{DecaySite, breakup_momentum_squared};
pub use tabulated::{BadTable, Table};

/// Every line shape a config can name.
pub const LINESHAPES: &[&dyn Lineshape] = &[
    &breit_wigner::BreitWigner,
    &breit_wigner_coupling::BreitWignerCoupling,
    &breit_wigner_dispersive::BreitWignerDispersive,
    &breit_wigner_multichannel::BreitWignerMultichannel,
    &breit_wigner_normalised::BreitWignerNormalised,
    &breit_wigner_partial_waves::BreitWignerPartialWaves,
    &breit_wigner_running::BreitWignerRunning,
    &bugg_exponential::BuggExponential,
    &bugg_kappa::BuggKappa,
    &bugg_sigma::BuggSigma,
    &constant::Constant,
    &exponential::Exponential,
    &exponential_complex::ExponentialComplex,
    &flatte::Flatte,
    &flatte_dispersive::FlatteDispersive,
    &formula::FromFormula,
    &glass::Glass,
    &gounaris_sakurai::GounarisSakurai,
    &interpolated::Interpolated,
    &k_matrix::KMatrix,
    &k_matrix_one_channel::KMatrixOneChannel,
    &lass::Lass,
    &linear::Linear,
    &polynomial::Polynomial,
    &rho_omega::RhoOmega,
    &single_pole::SinglePole,
    &spline::Spline,
    &tabulated::Tabulated,
    &threshold::Threshold,
];

/// The dynamical part of a resonance's decay, as a function of its event mass.
pub trait Lineshape: Sync {
    /// The name in a config.
    fn name(&self) -> &'static str;

    /// The formula in one line of text.
    fn formula(&self) -> &'static str;

    /// The text of the shape's own file, whose head documents it: `include_str!("x.rs")`.
    fn file(&self) -> &'static str;

    /// The head of the shape's file: formula, units, source, limits.
    fn documentation(&self) -> Documentation {
        Documentation::of(self.file())
    }

    /// The formula as LaTeX with these options: what stands behind `R(m) =`.
    fn latex(&self, options: &Options) -> String;

    /// Options that show which parameters the shape has: those it needs, where it needs any.
    fn example_options(&self) -> Options {
        Options::default()
    }

    /// The parameters a resonance of this shape has.
    ///
    /// # Errors
    /// When an option has a value the shape cannot use.
    fn parameters(&self, options: &Options) -> Result<Vec<ParameterSpec>, LineshapeError>;

    /// The names of the options this shape understands.
    fn options(&self) -> &'static [&'static str] {
        &[]
    }

    /// What the options that may be left out are then, beside the `options` given.
    fn option_defaults(&self, options: &Options) -> Vec<(&'static str, Value)> {
        let _ = options;
        Vec::new()
    }

    /// Whether the formula needs the breakup momentum at the pole, and so a pole above threshold.
    fn needs_pole_above_threshold(&self, options: &Options) -> bool {
        let _ = options;
        false
    }

    /// Whether the shape has a value for a pole as low as `lowest`, GeV, where a fit may take it.
    ///
    /// # Errors
    /// When it has none, beside what [`Lineshape::needs_pole_above_threshold`] says.
    fn check_pole(&self, options: &Options, lowest: f64) -> Result<(), LineshapeError> {
        let _ = (options, lowest);
        Ok(())
    }

    /// The lowest and highest mass, GeV, that the shape is defined for, where it ends somewhere.
    fn mass_range(&self, options: &Options) -> Option<[f64; 2]> {
        let _ = options;
        None
    }

    /// The channels whose thresholds cut the plane of complex masses; none for a shape that is not
    /// continued there.
    ///
    /// # Errors
    /// When an option has a value the shape cannot use.
    fn cuts(&self, at: &DecaySite) -> Result<Vec<Channel>, LineshapeError> {
        let _ = at;
        Ok(Vec::new())
    }

    /// The amplitudes with their names on one sheet, a side for each of the cuts, at a complex mass
    /// `at.m` with Im m < 0. The first one has all poles.
    ///
    /// # Errors
    /// When a parameter or an option is missing or the shape is not analytic with it.
    fn continued(
        &self,
        at: &DecaySite,
        sheets: &[Sheet],
    ) -> Result<Vec<(String, Expr)>, LineshapeError> {
        let _ = (at, sheets);
        Ok(Vec::new())
    }

    /// The formula at one place of a decay chain.
    ///
    /// # Errors
    /// When a parameter or an option is missing or out of range.
    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError>;
}

/// The shape a config names.
pub fn find(name: &str) -> Option<&'static dyn Lineshape> {
    LINESHAPES
        .iter()
        .copied()
        .find(|shape| shape.name() == name)
}

/// One number of a line shape.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterSpec {
    pub name: String,
    pub unit: Cow<'static, str>,
    pub kind: ParameterKind,
    /// Taken when the config gives none; without it the parameter must be given.
    pub default: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    Real,
    /// Two real parameters, as a coupling has.
    Complex,
}

impl ParameterSpec {
    pub fn real(name: impl Into<String>, unit: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            unit: unit.into(),
            kind: ParameterKind::Real,
            default: None,
        }
    }

    pub fn gev(name: impl Into<String>) -> Self {
        Self::real(name, "GeV")
    }

    pub fn complex(name: impl Into<String>, unit: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind: ParameterKind::Complex,
            ..Self::real(name, unit)
        }
    }

    #[must_use]
    pub fn with_default(self, value: f64) -> Self {
        Self {
            default: Some(value),
            ..self
        }
    }
}

/// Why a line shape cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LineshapeError {
    #[error("the shape has no parameter `{0}` here")]
    MissingParameter(String),
    #[error("`{shape}` describes a decay with l = {needed}, here l = {found}: take another shape")]
    OrbitalL {
        shape: &'static str,
        needed: u32,
        found: u32,
    },
    #[error("`{shape}` {problem}")]
    Daughters {
        shape: &'static str,
        problem: String,
    },
    #[error("`formula` is missing")]
    NoFormula,
    #[error("option `file` is missing: the table of m, re, im")]
    NoTable,
    #[error(transparent)]
    Formula(FormulaError),
    #[error("option `{name}` {problem}")]
    Option { name: String, problem: String },
}
