//! A line shape as a function of numbers: what every line shape test needs.

use std::collections::BTreeMap;

use num_complex::Complex64;
use pwa_core::expr::{Expr, Lowering, NodeId, Program, Scratch, Symbol};
use pwa_core::lineshape::{
    DecaySite, Options, ParameterKind, ParameterSpec, Table, UserFormula, find,
};
use serde_json::Value;

/// One shape at one place of a decay, without values of its parameters.
pub struct Shape {
    pub lowering: Lowering,
    /// Real and imaginary part.
    pub parts: [NodeId; 2],
    /// The real parameters in order; a complex one is two of them, `name.re` and `name.im`.
    pub names: Vec<String>,
}

pub struct Place<'a> {
    pub shape: &'a str,
    pub masses: [f64; 2],
    pub orbital_l: u32,
    pub barrier_radius: f64,
    pub options: &'a Value,
}

impl Shape {
    pub fn new(place: &Place) -> Self {
        let shape = find(place.shape).unwrap_or_else(|| panic!("no shape {}", place.shape));
        let mut options: BTreeMap<String, Value> =
            serde_json::from_value(place.options.clone()).unwrap();
        let formula = options.remove("formula");
        let formula = formula.map(|formula| user_formula(&formula));
        let table = options.remove("table");
        for name in options.keys() {
            assert!(shape.options().contains(&name.as_str()), "option {name}");
        }
        let mut options = Options::new(options);
        if let Some(formula) = formula {
            options = options.with_formula(formula);
        }
        if let Some(table) = table {
            options = options.with_table(Table::read(table.as_str().unwrap()).unwrap());
        }
        let mut names = Vec::new();
        let mut parameters = BTreeMap::new();
        for spec in shape.parameters(&options).unwrap() {
            let index = names.len() as u32;
            let value = match spec.kind {
                ParameterKind::Real => {
                    names.push(spec.name.clone());
                    Expr::parameter(index)
                }
                ParameterKind::Complex => {
                    names.extend(["re", "im"].map(|part| format!("{}.{part}", spec.name)));
                    Expr::cartesian(Expr::parameter(index), Expr::parameter(index + 1))
                }
            };
            parameters.insert(spec.name, value);
        }
        let site = DecaySite {
            m: Expr::variable(0),
            event_masses: place.masses.map(Expr::from),
            nominal_masses: place.masses.map(Expr::from),
            orbital_l: place.orbital_l,
            barrier_radius: place.barrier_radius,
            options,
            parameters,
        };
        let expr = shape.build(&site).unwrap();
        let mut lowering = Lowering::new();
        let (re, im) = lowering.lower(&expr);
        Self {
            lowering,
            parts: [re, im],
            names,
        }
    }

    #[allow(dead_code, reason = "only the derivative tests differentiate")]
    pub fn inputs(&mut self) -> Vec<NodeId> {
        (0..self.names.len() as u32)
            .map(|i| self.lowering.graph.input(Symbol::Parameter(i)))
            .collect()
    }

    pub fn program(&self, outputs: &[NodeId]) -> Program {
        Program::new(&self.lowering.graph, outputs)
    }

    #[allow(dead_code, reason = "the derivative tests keep their programs")]
    pub fn value(&self, m: f64, parameters: &[f64]) -> Complex64 {
        let values = at_mass(&self.program(&self.parts), m, parameters);
        Complex64::new(values[0], values[1])
    }
}

/// A formula as the tables have it: `text`, `real` and `complex` parameters.
fn user_formula(formula: &Value) -> UserFormula {
    let names = |kind: &str| {
        let list = formula[kind].as_array().unwrap();
        list.iter().map(|name| name.as_str().unwrap())
    };
    let real = names("real").map(|name| ParameterSpec::real(name, ""));
    let complex = names("complex").map(|name| ParameterSpec::complex(name, ""));
    UserFormula::new(
        formula["text"].as_str().unwrap(),
        real.chain(complex).collect(),
    )
    .unwrap()
}

/// All outputs of a program at one mass.
pub fn at_mass(program: &Program, m: f64, parameters: &[f64]) -> Vec<f64> {
    let mut values = vec![0.0; program.outputs()];
    let mut slices: Vec<&mut [f64]> = values.chunks_mut(1).collect();
    program.evaluate_tile(
        pwa_core::simd::InstructionSet::best(),
        &program.scalars(parameters),
        &[&[m]],
        1,
        &mut Scratch::default(),
        &mut slices,
    );
    values
}

/// A row of docs/physics-checks.md: what a comparison found, of how many values, and what it allows.
#[allow(dead_code, reason = "only comparisons with oracles make tables")]
pub fn row(shape: &str, oracle: &str, values: usize, largest: f64, limit: f64) {
    println!("\nrow|shape|{shape}|{oracle}|{values}|{largest:.1e}|{limit:.0e}");
}
