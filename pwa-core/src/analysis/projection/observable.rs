//! What is plotted: text to a formula of event variables, with the place of every mistake.
//!
//! ```text
//! m(pi+ pi-)                       invariant mass, GeV; m2 its square
//! E(gamma)  p(gamma)               in the rest frame of the initial particle, GeV
//! costheta(gamma)  phi(gamma)      angles in that frame
//! costheta(pi+ | pi+ pi-)          of the first in the rest frame of what stands behind the bar
//! m2(pi+ pi-) - m2(gamma pi+)      any formula of these
//! ```

use std::ops::Range;

use miette::{Diagnostic, SourceSpan};
use thiserror::Error;

use super::variable::{EventVariable, evaluate};
use crate::expr::{Expr, Lowering, Program, Scratch, Separated, Symbol, TILE};
use crate::formula::{Formula, FormulaError, Scope};
use crate::model::{Events, Model, latex_beside, particle_latex};
use crate::simd::InstructionSet;

/// A number of the event with its label.
#[derive(Debug, Clone)]
pub struct Observable {
    /// As it is written.
    pub text: String,
    /// For a formula of LaTeX.
    pub latex: String,
    /// Empty where it has none, or is not known.
    pub unit: &'static str,
    /// Where it has bounds of its own.
    pub range: Option<[f64; 2]>,
    variables: Vec<EventVariable>,
    /// None: the only variable itself.
    formula: Option<Program>,
}

/// A mistake in an observable.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
#[error("{problem}")]
#[diagnostic(code(gpuwa::observable))]
pub struct ObservableError {
    pub problem: String,
    #[source_code]
    text: String,
    #[label("here")]
    at: SourceSpan,
    #[help]
    help: String,
}

impl ObservableError {
    /// Its bytes in the text.
    pub fn at(&self) -> Range<usize> {
        self.at.offset()..self.at.offset() + self.at.len()
    }

    /// What to write instead.
    pub fn remedy(&self) -> &str {
        &self.help
    }
}

const FUNCTIONS: [&str; 6] = ["m", "m2", "E", "p", "costheta", "phi"];

impl Observable {
    /// Reads a formula of variables of the model's events.
    ///
    /// # Errors
    /// Says what is wrong at which place of the text.
    pub fn parse(text: &str, model: &Model) -> Result<Self, ObservableError> {
        let read = Read::new(text, model, &[])?;
        if let ([variable], [call]) = (&read.variables[..], &calls(text)[..])
            && call.whole == (0..text.len())
        {
            return Ok(Self::of(variable.clone(), model));
        }
        Ok(read.observable(text, &read.formula))
    }

    /// Reads a formula of variables of the model's events and of `coefficients`, as products of a formula of these,
    /// the parameters 0, 1, ..., and a function of the event.
    ///
    /// # Errors
    /// Says what is wrong at which place of the text, also where it is no sum of such products.
    pub fn parts(
        text: &str,
        model: &Model,
        coefficients: &[&str],
    ) -> Result<Vec<(Expr, Self)>, ObservableError> {
        let read = Read::new(text, model, coefficients)?;
        let whole = |problem: String| mistake(text, 0..text.len(), problem, model);
        let symbols = read.formula.symbols();
        for (place, name) in coefficients.iter().enumerate() {
            if !symbols.contains(&Symbol::Parameter(place as u32)) {
                return Err(whole(format!("it does not depend on `{name}`")));
            }
        }
        let parts = read.formula.separated().ok_or_else(|| {
            let names = coefficients.join(", ");
            whole(format!(
                "it is no sum of products of {names} and functions of the event"
            ))
        })?;
        let observable =
            |part: Separated| (part.coefficient, read.observable(text, &part.function));
        Ok(parts.into_iter().map(observable).collect())
    }

    /// A variable itself.
    pub fn of(variable: EventVariable, model: &Model) -> Self {
        Self {
            text: variable.text(model),
            latex: variable.latex(model),
            unit: match variable {
                EventVariable::MassSquared(_) => "GeV²",
                EventVariable::CosTheta(_) => "",
                EventVariable::Phi(_) => "rad",
                EventVariable::Mass(_) | EventVariable::Energy(_) | EventVariable::Momentum(_) => {
                    "GeV"
                }
            },
            range: match variable {
                EventVariable::CosTheta(_) => Some([-1.0, 1.0]),
                EventVariable::Phi(_) => Some([-std::f64::consts::PI, std::f64::consts::PI]),
                _ => None,
            },
            variables: vec![variable],
            formula: None,
        }
    }

    /// Its value in every event.
    pub fn values(&self, model: &Model, events: &Events) -> Vec<f64> {
        let mut columns = evaluate(&self.variables, model, events);
        let Some(formula) = &self.formula else {
            return columns.swap_remove(0);
        };
        let scalars = formula.scalars(&[]);
        let mut scratch = Scratch::default();
        let mut values = vec![0.0; events.len()];
        for (number, out) in values.chunks_mut(TILE).enumerate() {
            let part = number * TILE..number * TILE + out.len();
            let inputs: Vec<&[f64]> = columns.iter().map(|c| &c[part.clone()]).collect();
            formula.evaluate_tile(
                InstructionSet::best(),
                &scalars,
                &inputs,
                out.len(),
                &mut scratch,
                &mut [out],
            );
        }
        values
    }
}

/// A formula that was read.
struct Read {
    variables: Vec<EventVariable>,
    latex: String,
    formula: Expr,
}

impl Read {
    /// `coefficients` are the parameters 0, 1, ...
    fn new(text: &str, model: &Model, coefficients: &[&str]) -> Result<Self, ObservableError> {
        let calls = calls(text);
        let mut plain = text.to_owned();
        let (mut variables, mut latex) = (Vec::new(), String::new());
        let named = coefficients.iter().zip(0..);
        let mut scope = Scope {
            names: (named.map(|(name, place)| ((*name).to_owned(), Expr::parameter(place))))
                .collect(),
            ..Scope::default()
        };
        let mut behind = 0;
        for (number, call) in calls.iter().enumerate() {
            let variable = call.variable(text, model)?;
            // A name as long as the call: places in the formula stay places in the text.
            let name = format!("v{number:_<width$}", width = call.whole.len() - 1);
            plain.replace_range(call.whole.clone(), &name);
            scope
                .names
                .insert(name, Expr::variable(variables.len() as u32));
            latex.push_str(&text[behind..call.whole.start]);
            latex.push_str(&variable.latex(model));
            behind = call.whole.end;
            variables.push(variable);
        }
        latex.push_str(&text[behind..]);
        let refused = |error: FormulaError| match error.unknown() {
            Some((name, _)) => mistake(
                text,
                error.at(),
                format!("`{name}` is no variable of the event"),
                model,
            ),
            None => mistake(text, error.at(), error.to_string(), model),
        };
        let formula = Formula::parse(&plain)
            .and_then(|formula| formula.build(&scope))
            .map_err(refused)?;
        let refuse = |problem: &str| Err(mistake(text, 0..text.len(), problem.to_owned(), model));
        if !formula.is_real() {
            return refuse("a complex number has no distribution");
        }
        if variables.is_empty() {
            return refuse("it does not depend on the event");
        }
        Ok(Self {
            variables,
            latex,
            formula,
        })
    }

    /// A function of the variables, as it stands in the text.
    fn observable(&self, text: &str, function: &Expr) -> Observable {
        let mut lowering = Lowering::new();
        let (re, _) = lowering.lower(function);
        Observable {
            text: text.to_owned(),
            latex: self.latex.clone(),
            unit: "",
            range: None,
            variables: self.variables.clone(),
            formula: Some(Program::new(&lowering.graph, &[re])),
        }
    }
}

impl EventVariable {
    /// As a user writes it.
    fn text(&self, model: &Model) -> String {
        self.written(&|set| {
            let names: Vec<&str> = particles(model, set).collect();
            names.join(" ")
        })
    }

    fn latex(&self, model: &Model) -> String {
        let set = |set: u32| latex_beside(particles(model, set).map(label_latex));
        match self {
            Self::Mass(_) | Self::Energy(_) | Self::Momentum(_) => self.written(&set),
            Self::MassSquared(of) => format!("m^{{2}}({})", set(*of)),
            Self::CosTheta(path) => angle(r"\cos\theta", path, &set),
            Self::Phi(path) => angle(r"\phi", path, &set),
        }
    }

    fn written(&self, set: &dyn Fn(u32) -> String) -> String {
        match self {
            Self::Mass(of) => format!("m({})", set(*of)),
            Self::MassSquared(of) => format!("m2({})", set(*of)),
            Self::Energy(of) => format!("E({})", set(*of)),
            Self::Momentum(of) => format!("p({})", set(*of)),
            Self::CosTheta(path) => angle("costheta", path, set),
            Self::Phi(path) => angle("phi", path, set),
        }
    }
}

fn angle(name: &str, path: &[u32], set: &dyn Fn(u32) -> String) -> String {
    let sets: Vec<String> = path.iter().rev().map(|&of| set(of)).collect();
    format!("{name}({})", sets.join(" | "))
}

fn particles(model: &Model, set: u32) -> impl Iterator<Item = &str> {
    let finals = model.finals.iter().enumerate();
    finals
        .filter(move |(i, _)| set & (1 << i) != 0)
        .map(|(_, particle)| particle.label.as_str())
}

/// Particles of one name carry their number as an index.
fn label_latex(label: &str) -> String {
    match label
        .strip_suffix(']')
        .and_then(|label| label.rsplit_once('['))
    {
        Some((name, number)) => format!("{}_{{{number}}}", particle_latex(name)),
        None => particle_latex(label),
    }
}

fn mistake(text: &str, at: Range<usize>, problem: String, model: &Model) -> ObservableError {
    let finals: Vec<&str> = particles(model, u32::MAX).collect();
    ObservableError {
        problem,
        text: text.to_owned(),
        at: at.into(),
        help: format!(
            "write e.g. m({}), m2, E, p, costheta(A | A B), phi(A), or a formula of them; the final particles are {}",
            finals[..finals.len().min(2)].join(" "),
            finals.join(", ")
        ),
    }
}

/// A function of final particles in the text.
struct Call<'a> {
    function: &'a str,
    whole: Range<usize>,
    arguments: Range<usize>,
}

/// The calls of the text; names of particles may hold brackets in pairs.
fn calls(text: &str) -> Vec<Call<'_>> {
    let mut calls = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('(').map(|place| at + place) {
        let head = text[at..open].trim_end();
        let name = head.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
        let function = &head[name.len()..];
        let end = closing(text, open);
        match end {
            Some(end) if FUNCTIONS.contains(&function) => {
                calls.push(Call {
                    function,
                    whole: at + name.len()..end + 1,
                    arguments: open + 1..end,
                });
                at = end + 1;
            }
            _ => at = open + 1,
        }
    }
    calls
}

fn closing(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0;
    text[open..].char_indices().find_map(|(place, character)| {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(open + place)
    })
}

impl Call<'_> {
    fn variable(&self, text: &str, model: &Model) -> Result<EventVariable, ObservableError> {
        let refuse = |problem: String| mistake(text, self.whole.clone(), problem, model);
        let all = (1_u32 << model.finals.len()) - 1;
        let mut sets = Vec::new();
        let mut start = self.arguments.start;
        for group in text[self.arguments.clone()].split('|') {
            sets.push(set(text, start..start + group.len(), model)?);
            start += group.len() + 1;
        }
        let single = |variable: fn(u32) -> EventVariable| match sets[..] {
            [set] => Ok(variable(set)),
            _ => Err(refuse(format!("`{}` takes one set", self.function))),
        };
        match self.function {
            "m" => single(EventVariable::Mass),
            "m2" => single(EventVariable::MassSquared),
            "E" => single(EventVariable::Energy),
            "p" => single(EventVariable::Momentum),
            angle => {
                // The rest frame of all particles is where every path begins.
                if sets.len() > 1 && sets.last() == Some(&all) {
                    sets.pop();
                }
                sets.reverse();
                let nested = |pair: &[u32]| pair[0] & pair[1] == pair[1] && pair[0] != pair[1];
                if sets[0] == all || !sets.windows(2).all(nested) {
                    return Err(refuse(format!(
                        "`{angle}(A | A B | A B C)`: each set has to hold the one before it and more"
                    )));
                }
                Ok(match angle {
                    "phi" => EventVariable::Phi(sets),
                    _ => EventVariable::CosTheta(sets),
                })
            }
        }
    }
}

/// Final particles by their labels, with spaces or commas between.
fn set(text: &str, at: Range<usize>, model: &Model) -> Result<u32, ObservableError> {
    let mut set = 0;
    let is_between = |c: char| c.is_whitespace() || c == ',';
    let words = text[at.clone()].split(is_between);
    let mut start = at.start;
    for word in words {
        let place = start..start + word.len();
        start += word.len() + 1;
        if word.is_empty() {
            continue;
        }
        let number = model.finals.iter().position(|p| p.label == word);
        let Some(number) = number else {
            let problem = format!("`{word}` is no final particle");
            return Err(mistake(text, place, problem, model));
        };
        if set & (1 << number) != 0 {
            return Err(mistake(
                text,
                place,
                format!("`{word}` stands twice"),
                model,
            ));
        }
        set |= 1 << number;
    }
    if set == 0 {
        return Err(mistake(text, at, "no particle is named".to_owned(), model));
    }
    Ok(set)
}
