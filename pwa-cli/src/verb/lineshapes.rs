//! `gpuwa lineshapes`: every line shape, and what one of them is.

use miette::{IntoDiagnostic, Result, miette};
use pwa_core::config::did_you_mean;
use pwa_core::formula::FUNCTIONS;
use pwa_core::lineshape::{
    LINESHAPES, Lineshape, ParameterKind, ParameterSpec, SHAPE_FUNCTIONS, find,
};
use serde_json::{Value, json};

use crate::exit::Status;

/// Every line shape with its formula, parameters and source; with a name, all about one.
#[derive(Debug, clap::Args)]
pub struct Lineshapes {
    /// A line shape
    name: Option<String>,

    /// Print machine-readable JSON on stdout, and nothing else there
    #[arg(long)]
    json: bool,
}

impl Lineshapes {
    pub fn run(self) -> Result<Status> {
        let Some(name) = &self.name else {
            match self.json {
                true => print_json(&LINESHAPES.iter().map(|shape| facts(*shape)).collect())?,
                false => list(),
            }
            return Ok(Status::Good);
        };
        let Some(shape) = find(name) else {
            let names = LINESHAPES.iter().map(|shape| shape.name());
            let help = did_you_mean(name, names).unwrap_or("`gpuwa lineshapes` lists them".into());
            return Err(miette!(help = help, "unknown line shape `{name}`"));
        };
        match self.json {
            true => print_json(&facts(shape))?,
            false => details(shape),
        }
        Ok(Status::Good)
    }
}

fn print_json(value: &Value) -> Result<()> {
    say!("{}", serde_json::to_string_pretty(value).into_diagnostic()?);
    Ok(())
}

/// The parameters with the options of an example.
fn parameters(shape: &dyn Lineshape) -> Vec<ParameterSpec> {
    // A test asks every shape for those of its example.
    shape
        .parameters(&shape.example_options())
        .unwrap_or_default()
}

fn parameter(spec: &ParameterSpec) -> String {
    let kind = match spec.kind {
        ParameterKind::Real => "",
        ParameterKind::Complex => ", complex",
    };
    let unit = match &*spec.unit {
        "" => "no unit",
        unit => unit,
    };
    format!("{} ({unit}{kind})", spec.name)
}

fn list() {
    for shape in LINESHAPES {
        let documentation = shape.documentation();
        say!("{}: {}", shape.name(), documentation.summary);
        say!("    {}", shape.formula());
        let specs: Vec<String> = parameters(*shape).iter().map(parameter).collect();
        if !specs.is_empty() {
            say!("    parameters: {}", specs.join(", "));
        }
        say!("    units: {}", documentation.paragraph("Units"));
        say!("    source: {}", documentation.paragraph("Source"));
    }
    say!("`gpuwa lineshapes NAME` says all about one");
}

fn details(shape: &dyn Lineshape) {
    say!("{}\n", shape.name());
    say!("{}\n", shape.documentation().text);
    let specs: Vec<String> = parameters(shape).iter().map(parameter).collect();
    if !specs.is_empty() {
        say!("Parameters: {}", specs.join(", "));
    }
    let example = shape.example_options();
    let options: Vec<String> = example
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    if !options.is_empty() {
        say!("(with options = {{ {} }})", options.join(", "));
    }
    say!("LaTeX: {}", shape.latex(&example));
    if shape.name() == "formula" {
        say!("Functions:");
        for function in FUNCTIONS.iter().chain(SHAPE_FUNCTIONS) {
            let call = format!("{}({})", function.name, function.arguments.join(", "));
            say!("    {call:22} {}", function.meaning);
        }
    }
}

fn facts(shape: &dyn Lineshape) -> Value {
    let documentation = shape.documentation();
    let example = shape.example_options();
    let specs = parameters(shape);
    let parameters = specs.iter().map(|spec| {
        json!({
            "name": spec.name,
            "unit": spec.unit,
            "complex": spec.kind == ParameterKind::Complex,
            "default": spec.default,
        })
    });
    let named = |pairs: Vec<(&str, Value)>| -> serde_json::Map<String, Value> {
        let owned = pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        owned.collect()
    };
    json!({
        "name": shape.name(),
        "summary": documentation.summary,
        "formula": shape.formula(),
        "latex": shape.latex(&example),
        "parameters": parameters.collect::<Vec<_>>(),
        "options": shape.options(),
        "option_defaults": named(shape.option_defaults(&example)),
        "example_options": named(example.iter().map(|(n, v)| (n, v.clone())).collect()),
        "units": documentation.paragraph("Units"),
        "source": documentation.paragraph("Source"),
        "limits": documentation.paragraph("Limits"),
    })
}
