//! The user's own line shape: a formula in the config.
//!
//! ```text
//! R(m) = the formula
//! ```
//!
//! | name | meaning |
//! |---|---|
//! | `m`, `s` | the event mass and its square |
//! | `m1`, `m2` | the masses of the daughters, as in the event |
//! | `q` | the breakup momentum, 0 below m1 + m2 |
//! | `m0` or `mass`, `width` | the resonance's `mass` and `width` |
//! | `q0` | the breakup momentum at `m0` |
//! | `L`, `R` | the lowest orbital angular momentum of the decay; the barrier radius |
//! | `i`, `1i`, `1im`, `pi` | the imaginary unit; π |
//! | any other name | a parameter of this name, real or complex |
//!
//! Operators are `+ - * /` and `^` or `**`; `if(x >= y, then, otherwise)` takes `>= > <= <`.
//! Functions: `sqrt exp log ln sin cos tan sinh cosh tanh asin acos atan atan2 abs abs2 arg conj re im
//! min max`, `csqrt` and `clog` (continued below zero), `barrier(l, q, q0, R)`, which is B'_l, and
//! `momentum(m, m1, m2)`, a breakup momentum.
//!
//! Units: m, m1, m2, q in GeV; R in GeV⁻¹; parameters as `units` of the resonance says.
//! Source: the config.
//! Limits: with `q0` the pole must lie above threshold. At most 500 operators and brackets. Where the
//! formula is not a number, as sqrt(-1) or log(0), the event is refused.

use std::collections::BTreeMap;

use super::{
    DecaySite, HIGHEST_BARRIER_L, Lineshape, LineshapeError, Options, ParameterKind, ParameterSpec,
    barrier_ratio, breakup_momentum_squared,
};
use crate::expr::Expr;
use crate::formula::{Formula, FormulaError, Function, Scope, constant_value};

pub struct FromFormula;

/// The names a formula gets from the decay it stands in, and those of constants.
pub const RESERVED: &[&str] = &[
    "m", "s", "m1", "m2", "q", "m0", "mass", "width", "q0", "L", "R", "i", "im", "pi",
];

/// What line shapes have beside the functions of every formula.
pub const SHAPE_FUNCTIONS: &[Function] = &[
    Function {
        name: "barrier",
        arguments: &["l", "q", "q0", "R"],
        meaning: "Blatt-Weisskopf barrier factor B'_l",
        latex: "B^{\\prime}_{#1}(#2, #3, #4)",
        build: barrier,
    },
    Function {
        name: "momentum",
        arguments: &["m", "m1", "m2"],
        meaning: "breakup momentum of m -> m1 m2, 0 below threshold",
        latex: "q(#1; #2, #3)",
        build: momentum,
    },
];

/// A formula and the parameters that its config declares.
#[derive(Debug, Clone, PartialEq)]
pub struct UserFormula {
    pub text: String,
    formula: Formula,
    declared: Vec<ParameterSpec>,
}

impl UserFormula {
    /// Reads a formula and looks up every name of it.
    ///
    /// # Errors
    /// The mistake and its place in the text.
    pub fn new(text: &str, declared: Vec<ParameterSpec>) -> Result<Self, FormulaError> {
        let formula = Formula::parse(text)?;
        let mut names: BTreeMap<String, Expr> = (0..)
            .zip(RESERVED)
            .map(|(index, name)| ((*name).to_owned(), Expr::variable(index)))
            .collect();
        names.insert("L".to_owned(), 1.0.into());
        for (index, spec) in (0..).zip(&declared) {
            let re = Expr::parameter(2 * index);
            let value = match spec.kind {
                ParameterKind::Real => re,
                ParameterKind::Complex => Expr::cartesian(re, Expr::parameter(2 * index + 1)),
            };
            names.insert(spec.name.clone(), value);
        }
        formula.build(&scope(names))?;
        Ok(Self {
            text: text.to_owned(),
            formula,
            declared,
        })
    }

    fn uses(&self, names: &[&str]) -> bool {
        self.formula.names().iter().any(|name| names.contains(name))
    }

    /// The units its config gives.
    pub fn units(&self) -> BTreeMap<String, String> {
        let given = self.declared.iter().filter(|spec| !spec.unit.is_empty());
        given
            .map(|spec| (spec.name.clone(), spec.unit.clone().into_owned()))
            .collect()
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        let mass = self
            .uses(&["mass", "m0", "q0"])
            .then(|| ParameterSpec::gev("mass"));
        let width = self.uses(&["width"]).then(|| ParameterSpec::gev("width"));
        let declared = self.declared.iter().filter(|spec| self.uses(&[&spec.name]));
        (mass.into_iter().chain(width))
            .chain(declared.cloned())
            .collect()
    }
}

fn scope(names: BTreeMap<String, Expr>) -> Scope {
    Scope {
        names,
        functions: SHAPE_FUNCTIONS,
    }
}

impl Lineshape for FromFormula {
    fn name(&self) -> &'static str {
        "formula"
    }

    fn formula(&self) -> &'static str {
        "what `formula = \"...\"` of the resonance says"
    }

    fn file(&self) -> &'static str {
        include_str!("formula.rs")
    }

    fn latex(&self, options: &Options) -> String {
        match options.formula() {
            Some(user) => user.formula.latex(SHAPE_FUNCTIONS),
            None => r"f(m; \ldots)".to_owned(),
        }
    }

    fn parameters(&self, options: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        Ok(options
            .formula()
            .map_or_else(Vec::new, UserFormula::parameters))
    }

    fn needs_pole_above_threshold(&self, options: &Options) -> bool {
        options.formula().is_some_and(|user| user.uses(&["q0"]))
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        let user = at.options.formula().ok_or(LineshapeError::NoFormula)?;
        let [m1, m2] = at.event_masses.clone();
        let event = [
            ("m", at.m.clone()),
            ("s", at.m.powi(2)),
            ("m1", m1),
            ("m2", m2),
            ("q", at.q()),
            ("L", f64::from(at.orbital_l).into()),
            ("R", at.barrier_radius.into()),
        ];
        let mut names = at.parameters.clone();
        names.extend(event.map(|(name, value)| (name.to_owned(), value)));
        if let Some(m0) = at.parameters.get("mass") {
            names.insert("m0".to_owned(), m0.clone());
            names.insert("q0".to_owned(), at.q0(m0));
        }
        user.formula
            .build(&scope(names))
            .map_err(LineshapeError::Formula)
    }
}

fn barrier(arguments: &[Expr]) -> Result<Expr, String> {
    let [l, q, q0, radius] = arguments else {
        return Err("takes four numbers".to_owned());
    };
    let whole = |expr: &Expr| {
        let value = constant_value(expr).filter(|value| value.im == 0.0)?.re;
        (0..=HIGHEST_BARRIER_L).find(|&l| f64::from(l) == value)
    };
    let Some(l) = whole(l) else {
        return Err(format!(
            "takes an l of 0, 1, ... {HIGHEST_BARRIER_L} first, or L"
        ));
    };
    let radius_squared = radius.powi(2);
    Ok(barrier_ratio(
        l,
        &(q.powi(2) * &radius_squared),
        &(q0.powi(2) * &radius_squared),
        1.0,
    ))
}

fn momentum(arguments: &[Expr]) -> Result<Expr, String> {
    match arguments {
        [m, m1, m2] if arguments.iter().all(Expr::is_real) => {
            let open = m - (m1 + m2);
            // Below |m1 - m2| the square is positive again.
            let q = breakup_momentum_squared(m, m1, m2).sqrt_or_zero();
            Ok(open.select(q, 0.0))
        }
        _ => Err("takes three real numbers".to_owned()),
    }
}
