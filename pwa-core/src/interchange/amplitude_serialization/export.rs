//! A `dpd-1` model as a file of the format, with checksums of line shapes, chains and intensities.
//!
//! Each wave is a chain of the file, with its coefficient as weight. The exchange of identical particles and
//! daughters in another than cyclic order, which the format does not have, are written out with their signs:
//!
//! ```text
//! another order of daughters: (-1)^(J + j1 - j2) of helicity couplings, (-1)^(l + s + j1 - j2) of LS ones
//! ```

use miette::Diagnostic;
use num_complex::Complex64;
use thiserror::Error;

use super::checksums::Ready;
use super::document::{
    Chain, Description, Distribution, File, Function, Kinematics, Misc, Node, Propagator, State,
    Variables, Vertex,
};
use super::numbers::{fraction, sum};
use super::shapes::function;
use super::sums::add_checksums;
use crate::decay::VertexCoupling;
use crate::kinematics::{DalitzPoint, DecayTree};
use crate::lineshape::barrier_coefficients;
use crate::model::{self, Barrier, Formalism, Model, WaveIndex};

/// Why a model cannot be written in the format.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
#[error("{problem}")]
#[diagnostic(code(gpuwa::export::amplitude_serialization))]
pub struct ExportError {
    pub problem: String,
    #[help]
    pub help: Option<String>,
}

impl ExportError {
    pub(super) fn new(problem: impl Into<String>, help: impl Into<Option<String>>) -> Self {
        Self {
            problem: problem.into(),
            help: help.into(),
        }
    }
}

/// What the distribution of an exported file is called.
pub(super) const DISTRIBUTION: &str = "default_model";

/// The file of a model at its values.
///
/// # Errors
/// [`ExportError`] names what the format has no place for.
pub fn export(model: &Model) -> Result<String, ExportError> {
    check(model)?;
    let ready = Ready::new(model).map_err(|problem| ExportError::new(problem, None))?;
    let mut functions = Functions::default();
    let mut chains = Vec::new();
    for (wave, scale) in model.waves().iter().zip(&model.scales) {
        let reference = model::reference_factor(model, wave);
        let reference = reference.map_err(|error| ExportError::new(error.to_string(), None))?;
        let coefficient = couplings(model, wave) * (scale * reference);
        for permutation in model::permutations(model) {
            let tree = model.chains[wave.chain].tree.permuted(&permutation.image);
            let weight = coefficient * permutation.sign;
            chains.push(chain(model, wave, &tree, weight, &mut functions)?);
        }
    }
    let distribution = Distribution {
        name: DISTRIBUTION.to_owned(),
        kind: "HadronicUnpolarizedIntensity".to_owned(),
        decay_description: Description {
            kinematics: kinematics(model),
            reference_topology: topology(1),
            chains,
            appendix: serde_json::Value::Null,
        },
        variables: [
            (pair(1), ["m_23", "phi_23", "cos_theta_23"]),
            (topology(1), ["m_23_1", "phi_23_1", "cos_theta_23_1"]),
        ]
        .map(|(node, names)| Variables {
            node,
            mass_phi_costheta: names.map(str::to_owned),
        })
        .into(),
        parameters: Vec::new(),
    };
    let mut file = File {
        distributions: vec![distribution],
        functions: functions.list,
        domains: serde_json::json!([]),
        misc: Misc::default(),
        parameter_points: Vec::new(),
    };
    add_checksums(&mut file, model, &functions.shapes, &ready)
        .map_err(|problem| ExportError::new(problem, None))?;
    let mut text = serde_json::to_string_pretty(&file)
        .map_err(|error| ExportError::new(error.to_string(), None))?;
    text.push('\n');
    Ok(text)
}

/// The factor of a wave's chain times the couplings of its decays.
fn couplings(model: &Model, wave: &WaveIndex) -> Complex64 {
    let chain = &model.chains[wave.chain];
    let terms = chain.vertices.iter().zip(&wave.terms);
    terms.fold(
        model.parameters.coupling_value(chain.total),
        |product, (vertex, &term)| {
            product * model.parameters.coupling_value(vertex.terms[term].coupling)
        },
    )
}

fn check(model: &Model) -> Result<(), ExportError> {
    if model.formalism != Formalism::DalitzPlot {
        let help = "write the model with convention = \"dpd-1\"".to_owned();
        let problem = "the format describes models of convention dpd-1, this one is helicity-1";
        return Err(ExportError::new(problem, help));
    }
    if model.mixtures() > 1 {
        return Err(ExportError::new(
            "the format has no incoherent mixtures",
            None,
        ));
    }
    if model.initial.density.is_some() {
        let problem = "the format has no polarised initial particle";
        return Err(ExportError::new(problem, None));
    }
    if model.initial.mass.is_none() {
        let problem = format!("the mass of `{}` is not known", model.initial.name);
        return Err(ExportError::new(problem, None));
    }
    for particle in &model.finals {
        if particle.two_helicities.len() != particle.two_j as usize + 1 {
            let problem = format!(
                "the format sums over all helicities, `{}` has not all",
                particle.label
            );
            let help = "give it `helicities`: all those of its spin".to_owned();
            return Err(ExportError::new(problem, help));
        }
    }
    Ok(())
}

fn pair(spectator: usize) -> Node {
    let [i, j] = DalitzPoint::pair(spectator).map(Node::Particle);
    Node::pair(i, j)
}

fn topology(spectator: usize) -> Node {
    Node::pair(pair(spectator), Node::Particle(spectator))
}

fn kinematics(model: &Model) -> Kinematics {
    let state = |index, name: &String, two_j: u32, mass| State {
        index,
        name: name.clone(),
        spin: fraction(two_j as i32),
        mass,
    };
    let initial = &model.initial;
    let finals = model.finals.iter().enumerate();
    Kinematics {
        initial_state: state(0, &initial.name, initial.two_j, initial.mass.unwrap_or(0.0)),
        final_state: finals
            .map(|(place, p)| state(place + 1, &p.label, p.two_j, p.mass))
            .collect(),
    }
}

/// The functions of a file; line shapes with the chain they belong to.
#[derive(Default)]
struct Functions {
    list: Vec<Function>,
    shapes: Vec<(String, usize)>,
}

impl Functions {
    /// The name of a function, which gets a number where another one has it.
    fn push(&mut self, wanted: Function) -> (String, bool) {
        let base = wanted.name.clone();
        let same = |known: &&Function| {
            (&known.kind, &known.settings) == (&wanted.kind, &wanted.settings)
                && known.name.starts_with(&base)
        };
        if let Some(known) = self.list.iter().find(same) {
            return (known.name.clone(), false);
        }
        let mut name = base.clone();
        let mut number = 1;
        while self.list.iter().any(|known| known.name == name) {
            number += 1;
            name = format!("{base}_{number}");
        }
        self.list.push(Function {
            name: name.clone(),
            ..wanted
        });
        (name, true)
    }
}

/// A wave on a tree, which may be that of a permutation.
fn chain(
    model: &Model,
    wave: &WaveIndex,
    tree: &DecayTree,
    mut weight: Complex64,
    functions: &mut Functions,
) -> Result<Chain, ExportError> {
    let chain = &model.chains[wave.chain];
    let spectator = model::spectator(tree);
    let [node] = chain.resonances[..] else {
        let problem = format!("the chain {} has not one resonance", chain.name);
        return Err(ExportError::new(problem, None));
    };
    let resonance = &model.resonances[node.resonance];
    let [i, j] = DalitzPoint::pair(spectator);
    let masses = [i, j].map(|index| model.finals[index - 1].mass);
    let shape = function(model, &node, masses)?;
    let (parametrization, new) = functions.push(shape);
    if new {
        functions.shapes.push((parametrization.clone(), wave.chain));
    }
    let mut vertices = Vec::new();
    for (vertex, &term) in chain.vertices.iter().zip(&wave.terms) {
        let mut kind = vertex.terms[term].kind;
        let vertex_at = model::plane_vertex(vertex.node);
        if !model::is_cyclic(tree, vertex_at, vertex.node) {
            weight *= swap(&mut kind, chain, tree, vertex.node);
        }
        let l = vertex.barrier_l(term);
        let formfactor = match (vertex.barrier, l) {
            (Barrier::None, _) | (_, 0) => String::new(),
            (Barrier::Power, _) => power(functions, l),
            (barrier, _) if vertex.barrier_radius == 0.0 => {
                // sqrt(P_l(0)) is a number, and (q R)^l vanishes.
                match barrier {
                    Barrier::BlattWeisskopf => weight = Complex64::ZERO,
                    _ => weight /= barrier_coefficients(l)[0].sqrt(),
                }
                power(functions, l)
            }
            (barrier, _) => {
                if barrier != Barrier::BlattWeisskopf {
                    for _ in 0..l {
                        weight /= vertex.barrier_radius;
                    }
                }
                blatt_weisskopf(functions, l, vertex.barrier_radius)
            }
        };
        let at = match vertex.node {
            0 => topology(spectator),
            _ => pair(spectator),
        };
        vertices.push(written(kind, at, formfactor));
    }
    Ok(Chain {
        name: chain.component.clone(),
        topology: topology(spectator),
        weight: sum(weight),
        propagators: vec![Propagator {
            node: pair(spectator),
            spin: fraction(resonance.two_j as i32),
            parametrization,
        }],
        vertices,
    })
}

/// The coupling with daughters in the other order, and its sign.
fn swap(kind: &mut VertexCoupling, chain: &model::Chain, tree: &DecayTree, node: usize) -> f64 {
    let [first, second] = tree.node(node).daughters.unwrap_or([node, node]);
    let two_j = |node: usize| chain.two_j[node] as i32;
    let difference = two_j(first) - two_j(second);
    let twice = match kind {
        VertexCoupling::Ls(ls) => 2 * ls.orbital_l as i32 + ls.two_s as i32 + difference,
        VertexCoupling::Helicity(two)
        | VertexCoupling::Parity {
            two_lambda: two, ..
        } => {
            two.swap(0, 1);
            two_j(node) + difference
        }
    };
    if twice / 2 % 2 == 0 { 1.0 } else { -1.0 }
}

fn written(kind: VertexCoupling, node: Node, formfactor: String) -> Vertex {
    let mut vertex = Vertex {
        kind: String::new(),
        node,
        formfactor,
        l: None,
        s: None,
        helicities: None,
        parity_factor: None,
    };
    let name = match kind {
        VertexCoupling::Ls(ls) => {
            vertex.l = Some(fraction(2 * ls.orbital_l as i32));
            vertex.s = Some(fraction(ls.two_s as i32));
            "ls"
        }
        VertexCoupling::Helicity(two) => {
            vertex.helicities = Some(two.map(fraction));
            "helicity"
        }
        VertexCoupling::Parity { two_lambda, sign } => {
            vertex.helicities = Some(two_lambda.map(fraction));
            vertex.parity_factor = Some(if sign < 0 { "-" } else { "+" }.to_owned());
            "parity"
        }
    };
    vertex.kind = name.to_owned();
    vertex
}

fn form_factor(
    functions: &mut Functions,
    name: String,
    kind: &str,
    settings: serde_json::Value,
) -> String {
    let function = Function {
        name,
        kind: kind.to_owned(),
        settings: settings.as_object().cloned().unwrap_or_default(),
    };
    functions.push(function).0
}

fn power(functions: &mut Functions, l: u32) -> String {
    let name = format!("MomentumPower_l{l}");
    form_factor(
        functions,
        name,
        "MomentumPower",
        serde_json::json!({ "l": l }),
    )
}

fn blatt_weisskopf(functions: &mut Functions, l: u32, radius: f64) -> String {
    let settings = serde_json::json!({ "l": l, "radius": radius });
    form_factor(
        functions,
        format!("BlattWeisskopf_l{l}"),
        "BlattWeisskopf",
        settings,
    )
}
