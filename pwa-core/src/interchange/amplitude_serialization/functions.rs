//! The functions of a file: line shapes and form factors, by type.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::document::Function;
use super::error::{ImportError, Text};
use crate::config::{CouplingEntry, ResonanceEntry, Step, ValueEntry, did_you_mean};
use crate::expr::Expr;
use crate::formula::{Formula, FormulaError, Scope};

/// What the types are called.
const TYPES: [&str; 7] = [
    "BlattWeisskopf",
    "BreitWigner",
    "BreitWignerWidthExpLikeBugg",
    "MomentumPower",
    "MultichannelBreitWigner",
    "Polynomial",
    "generic_function",
];

/// A function by its type; shapes are functions of m², form factors of a momentum.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    BreitWigner(BreitWigner),
    MultichannelBreitWigner(MultichannelBreitWigner),
    BuggExponential(BuggExponential),
    Polynomial(Polynomial),
    Generic(Generic),
    BlattWeisskopf(BlattWeisskopf),
    MomentumPower(MomentumPower),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BreitWigner {
    pub x: String,
    pub mass: f64,
    pub width: f64,
    pub ma: f64,
    pub mb: f64,
    pub l: u32,
    /// GeV⁻¹.
    pub d: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MultichannelBreitWigner {
    pub x: String,
    pub mass: f64,
    pub channels: Vec<Channel>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Channel {
    pub gsq: f64,
    pub ma: f64,
    pub mb: f64,
    pub l: u32,
    pub d: f64,
}

/// 1/(m² - x - i m Γ), Γ = width (x - s_A)/(m² - s_A) exp(-slope x), with the Adler zero s_A of a kaon and a
/// pion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BuggExponential {
    pub x: String,
    pub mass: f64,
    pub width: f64,
    /// GeV⁻².
    pub slope: f64,
}

/// sum c_i x^i.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Polynomial {
    pub x: String,
    pub coefficients: Vec<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Generic {
    pub expression: String,
}

/// (p R)^l / sqrt(chi_l).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BlattWeisskopf {
    pub l: u32,
    pub radius: f64,
}

/// p^l.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MomentumPower {
    pub l: u32,
}

/// What the gsq of a multichannel Breit-Wigner multiplies: two rules are in circulation, and only a checksum
/// tells which one a file means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GsqRule {
    /// 1/(m² - s - i m sum gsq 2p/sqrt(s) F²): published files.
    TimesMass,
    /// 1/(m² - s - i sum gsq 2p/sqrt(s) F²): newer programs, whose gsq holds the mass.
    WithMass,
}

impl GsqRule {
    pub const ALL: [Self; 2] = [Self::TimesMass, Self::WithMass];
}

impl std::fmt::Display for GsqRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::TimesMass => "m gsq 2p/sqrt(s) F^2 (published files)",
            Self::WithMass => "gsq 2p/sqrt(s) F^2 (newer programs)",
        })
    }
}

/// The functions by name.
pub(super) fn read(
    text: &Text,
    functions: &[Function],
) -> Result<BTreeMap<String, Kind>, ImportError> {
    let mut kinds = BTreeMap::new();
    for (number, function) in functions.iter().enumerate() {
        let path = [Step::Key("functions"), Step::Index(number)];
        let kind = kind(text, function, &path)?;
        if kinds.insert(function.name.clone(), kind).is_some() {
            let problem = format!("two functions are called `{}`", function.name);
            return Err(text.error(&path, problem, None));
        }
    }
    Ok(kinds)
}

fn kind(text: &Text, function: &Function, path: &[Step]) -> Result<Kind, ImportError> {
    fn settings<T: serde::de::DeserializeOwned>(
        text: &Text,
        function: &Function,
        path: &[Step],
    ) -> Result<T, ImportError> {
        serde_json::from_value(Value::Object(function.settings.clone())).map_err(|error| {
            let problem = format!("`{}`, a {}: {error}", function.name, function.kind);
            text.error(path, problem, None)
        })
    }
    let kind = match function.kind.as_str() {
        "BreitWigner" => Kind::BreitWigner(settings(text, function, path)?),
        "MultichannelBreitWigner" => Kind::MultichannelBreitWigner(settings(text, function, path)?),
        "BreitWignerWidthExpLikeBugg" => Kind::BuggExponential(settings(text, function, path)?),
        "Polynomial" => Kind::Polynomial(settings(text, function, path)?),
        "generic_function" => {
            let generic: Generic = settings(text, function, path)?;
            check_expression(text, &generic.expression, path)?;
            Kind::Generic(generic)
        }
        "BlattWeisskopf" => Kind::BlattWeisskopf(settings(text, function, path)?),
        "MomentumPower" => Kind::MomentumPower(settings(text, function, path)?),
        other => {
            let help = did_you_mean(other, TYPES.into_iter())
                .unwrap_or_else(|| format!("types read here: {}", TYPES.join(", ")));
            let at = [path, &[Step::Key("type")]].concat();
            let problem = format!("`{}` has the unknown type `{other}`", function.name);
            return Err(text.error(&at, problem, help));
        }
    };
    Ok(kind)
}

/// One variable, whatever it is called, and functions that are known.
fn check_expression(text: &Text, expression: &str, path: &[Step]) -> Result<(), ImportError> {
    let at = [path, &[Step::Key("expression")]].concat();
    let wrong = |error: FormulaError| {
        let known = error.unknown().map(|(_, known)| known.join(", "));
        let help = known.map(|known| format!("known are {known}"));
        text.error_inside(&at, error.at(), error.to_string(), help)
    };
    let formula = Formula::parse(expression).map_err(wrong)?;
    let names = variables(&formula);
    if names.len() > 1 {
        let problem = format!("the expression has several variables: {}", names.join(", "));
        let help = "a line shape is a function of m² alone".to_owned();
        return Err(text.error(&at, problem, help));
    }
    let names = names.into_iter();
    let scope = Scope {
        names: names
            .map(|name| (name.to_owned(), Expr::variable(0)))
            .collect(),
        functions: &[],
    };
    formula.build(&scope).map_err(wrong)?;
    Ok(())
}

/// Names that are no number everywhere.
fn variables(formula: &Formula) -> Vec<&str> {
    let mut names = formula.names();
    names.retain(|name| !["i", "im", "pi"].contains(name));
    names.sort_unstable();
    names.dedup();
    names
}

/// The words of an expression with their ends; the letters of `1im` and `2e5` are none.
pub(super) fn words(expression: &str) -> impl Iterator<Item = (usize, &str)> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = &expression[at..];
            let start = at + rest.find(part)?;
            let tail = &expression[start..];
            let length = tail.find(|c| !part(c)).unwrap_or(tail.len());
            at = start + length;
            let word = &expression[start..at];
            if !word.starts_with(|c: char| c.is_ascii_digit()) {
                return Some((at, word));
            }
        }
    })
}

/// The expression with its variable called `s`.
fn of_s(expression: &str) -> String {
    let formula = Formula::parse(expression).ok();
    let name = formula
        .as_ref()
        .and_then(|formula| variables(formula).first().copied());
    let Some(name) = name else {
        return expression.to_owned();
    };
    let mut text = String::new();
    let mut before = 0;
    for (end, word) in words(expression).filter(|(_, word)| *word == name) {
        text += &expression[before..end - word.len()];
        text.push('s');
        before = end;
    }
    text + &expression[before..]
}

impl Kind {
    /// The type of a form factor, which is no line shape; and the other way round.
    pub fn is_form_factor(&self) -> bool {
        matches!(self, Self::BlattWeisskopf(_) | Self::MomentumPower(_))
    }

    /// A resonance of this shape.
    pub fn resonance(&self, rule: GsqRule) -> ResonanceEntry {
        let fixed = |number: f64| ValueEntry {
            start: Some(number),
            ..ValueEntry::default()
        };
        let parameter = |name: String, number: f64| {
            let entry = CouplingEntry {
                start: Some(number),
                ..CouplingEntry::default()
            };
            (name, entry)
        };
        let shape = |name: &str| ResonanceEntry {
            shape: Some(name.to_owned()),
            ..ResonanceEntry::default()
        };
        let options = |list: Vec<(&str, Value)>| {
            let list = list.into_iter();
            list.map(|(name, value)| (name.to_owned(), value)).collect()
        };
        match self {
            Self::BreitWigner(of) => ResonanceEntry {
                mass: Some(fixed(of.mass)),
                parameters: [parameter("width_0".to_owned(), of.width)].into(),
                options: options(vec![
                    ("channels", json!([[of.ma, of.mb]])),
                    ("l", json!([of.l])),
                    ("radius", json!([of.d])),
                    ("couplings", json!("width")),
                ]),
                ..shape("breit-wigner-multichannel")
            },
            Self::MultichannelBreitWigner(of) => {
                let channels = of.channels.iter();
                let mut list = vec![
                    (
                        "channels",
                        channels.clone().map(|c| json!([c.ma, c.mb])).collect(),
                    ),
                    ("l", channels.clone().map(|c| json!(c.l)).collect()),
                    ("radius", channels.clone().map(|c| json!(c.d)).collect()),
                ];
                if rule == GsqRule::WithMass {
                    list.push(("mass_factor", json!(false)));
                }
                ResonanceEntry {
                    mass: Some(fixed(of.mass)),
                    parameters: (channels.enumerate())
                        .map(|(c, channel)| parameter(format!("gsq_{c}"), channel.gsq))
                        .collect(),
                    options: options(list),
                    ..shape("breit-wigner-multichannel")
                }
            }
            // Its Adler zero is the shape's default.
            Self::BuggExponential(of) => ResonanceEntry {
                mass: Some(fixed(of.mass)),
                width: Some(fixed(of.width)),
                parameters: [parameter("slope".to_owned(), of.slope)].into(),
                ..shape("bugg-exponential")
            },
            Self::Polynomial(of) if of.coefficients == [1.0] => shape("constant"),
            Self::Polynomial(of) => {
                let powers = of.coefficients.iter().enumerate();
                let terms: Vec<String> = powers
                    .map(|(i, c)| match i {
                        0 => format!("({c:?})"),
                        _ => format!("({c:?})*s^{i}"),
                    })
                    .collect();
                formula(terms.join(" + "))
            }
            Self::Generic(of) => formula(of_s(&of.expression)),
            // Refused where a chain names it.
            Self::BlattWeisskopf(_) | Self::MomentumPower(_) => ResonanceEntry::default(),
        }
    }
}

fn formula(text: String) -> ResonanceEntry {
    ResonanceEntry {
        formula: Some(text),
        ..ResonanceEntry::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_of_an_expression_becomes_s() {
        let expression = "1/(0.8^2 - σ - 1im * (σ - 2e-1) * exp(-0.9 * σ) + i * pi)";
        assert_eq!(
            of_s(expression),
            "1/(0.8^2 - s - 1im * (s - 2e-1) * exp(-0.9 * s) + i * pi)"
        );
        assert_eq!(of_s("2.5"), "2.5");
    }
}
