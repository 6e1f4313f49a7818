//! A model as LaTeX: its amplitude, and the line shapes with their parameters.
//!
//! The text goes into a document with `amsmath`.

mod initial_state;
mod names;

use std::fmt::Write;

use super::{Barrier, Chain, CouplingForm, Formalism, Model, Resonance, ShapeParameter, Vertex};
use initial_state::initial_state;
pub use names::{beside, particle, words};

use crate::decay::VertexCoupling;
use crate::formula::latex_name;

/// The amplitude of a model as text for LaTeX.
pub fn latex(model: &Model) -> String {
    let mut text = String::new();
    let lines = [intensity(model), chains(model), resonances(model)];
    for part in lines {
        text.push_str(&part);
    }
    text
}

fn display(text: &mut String, formula: &str) {
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "\\begin{{equation*}}\n{formula}\n\\end{{equation*}}\n"
    );
}

fn intensity(model: &Model) -> String {
    let mut text = String::new();
    let finals: Vec<String> = (model.finals.iter())
        .map(|p| particle(&p.particle))
        .collect();
    let helicities: Vec<String> = (1..=model.finals.len())
        .map(|i| format!(r"\lambda_{{{i}}}"))
        .collect();
    let sum = format!(r"\lambda_0 {}", helicities.join(" "));
    let _ = writeln!(
        text,
        "Intensity of ${} \\to {}$:",
        particle(&model.initial.name),
        finals.join(r"\, ")
    );
    let amplitudes = r"\Bigl|\sum_{a} A^{(a)}_{\lambda_0 \lambda_1 \ldots}\Bigr|^2";
    let amplitudes = match model.mixtures() {
        1 => amplitudes.to_owned(),
        _ => format!(r"\sum_{{\text{{mixtures}}}} {amplitudes}"),
    };
    match &model.initial.density {
        None => display(&mut text, &format!(r"I = \sum_{{{sum}}} {amplitudes}")),
        Some(density) => initial_state(model, density, &mut text),
    }
    text
}

fn chains(model: &Model) -> String {
    let mut text = String::new();
    for (number, chain) in (1..).zip(&model.chains) {
        let shapes: Vec<String> = (chain.resonances.iter())
            .map(|at| shape_symbol(&model.resonances[at.resonance]))
            .collect();
        let decays: Vec<String> = (chain.vertices.iter())
            .map(|vertex| decay(model, chain, vertex))
            .collect();
        let _ = writeln!(text, "Chain {number}, {}:", words(&chain.name));
        let total = coupling_symbol(model, chain.total.0);
        let factors = [&[total][..], &shapes[..]].concat().join(r" \, ");
        let sums = match chain.resonances.iter().any(|at| {
            model
                .formalism
                .angular_spin(model.resonances[at.resonance].two_j)
                > 0
        }) {
            true => r"\sum_{\text{inner } \lambda} ",
            false => "",
        };
        let product = decays.join("\n  \\times ");
        display(
            &mut text,
            &format!("A^{{({number})}} = {factors} \\, {sums}\n  {product}"),
        );
    }
    let ls = r"$C^{l s}_J = \sqrt{\tfrac{2l+1}{2J+1}} \, \langle j_1 \lambda_1; j_2 \, {-\lambda_2} | s \delta \rangle \langle l 0; s \delta | J \delta \rangle$, $\delta = \lambda_1 - \lambda_2$";
    let barriers = r"$B^\prime_l(q, q_0, R) = \sqrt{P_l(q_0^2 R^2) / P_l(q^2 R^2)}$";
    let _ = match model.formalism {
        Formalism::Zemach(_) => writeln!(text, "with {barriers}."),
        _ => writeln!(text, "with {ls}, and {barriers}."),
    };
    let rotations = match model.formalism {
        Formalism::Helicity => {
            "Helicities of final particles with spin are rotated to a common frame.".to_owned()
        }
        Formalism::Zemach(mass) => mass.latex(),
        Formalism::DalitzPlot => {
            "Every decay of spin $J$ to a second daughter of spin $j$ and helicity $\\lambda_2$ has a factor $(-1)^{j - \\lambda_2}$, that of a resonance $\\sqrt{2J+1}$; final particles are rotated by $d^{j_i}(\\zeta^i)$.".to_owned()
        }
    };
    let _ = writeln!(text, "{rotations}");
    text
}

/// The decay at a vertex: couplings, barriers and D function.
fn decay(model: &Model, chain: &Chain, vertex: &Vertex) -> String {
    let two_j = chain.two_j[vertex.node];
    let zemach = matches!(model.formalism, Formalism::Zemach(_));
    let terms: Vec<String> = (vertex.terms.iter().enumerate())
        .map(|(place, term)| {
            let coupling = coupling_symbol(model, term.coupling.0);
            let helicities = match term.kind {
                _ if zemach => String::new(),
                VertexCoupling::Ls(ls) => {
                    let (l, s) = (ls.orbital_l, half(ls.two_s));
                    format!(r" \, C^{{{l}\,{s}}}_{{{}}}", half(two_j))
                }
                VertexCoupling::Helicity(two_lambda) => format!(r" \, {}", delta(two_lambda)),
                // Reversing 0 and 0 changes nothing.
                VertexCoupling::Parity {
                    two_lambda: [0, 0], ..
                } => format!(r" \, {}", delta([0, 0])),
                VertexCoupling::Parity { two_lambda, sign } => {
                    let sign = if sign < 0 { "-" } else { "+" };
                    let flipped = delta(two_lambda.map(|two| -two));
                    format!(r" \, \left({} {sign} {flipped}\right)", delta(two_lambda))
                }
            };
            let barrier = barrier(vertex, vertex.barrier_l(place));
            format!("{coupling}{helicities}{barrier}")
        })
        .collect();
    let sum = match &terms[..] {
        [one] => one.clone(),
        many => format!(r"\Bigl[{}\Bigr]", many.join(" + ")),
    };
    let spin = half(two_j);
    if let Some(state) = chain.produced.filter(|_| vertex.node == 0) {
        return initial_state::produced(&sum, state);
    }
    match (model.formalism, two_j) {
        (_, 0) => sum,
        (Formalism::Helicity, _) => {
            format!(r"{sum} \, D^{{{spin}\,*}}_{{\lambda, \lambda_1 - \lambda_2}}(\phi, \theta, 0)")
        }
        (Formalism::DalitzPlot, _) => {
            format!(r"{sum} \, d^{{{spin}}}_{{\lambda, \lambda_1 - \lambda_2}}(\theta)")
        }
        (Formalism::Zemach(_), _) => format!(r"{sum} \, Z_{{{spin}}}"),
    }
}

/// 1 at these doubled helicities.
fn delta(two_lambda: [i32; 2]) -> String {
    let [first, second] = two_lambda.map(half);
    format!(r"\delta_{{\lambda_1, {first}}} \delta_{{\lambda_2, {second}}}")
}

/// The barrier factor of a decay with this l.
fn barrier(vertex: &Vertex, l: u32) -> String {
    let radius = format!(r"{}\,\text{{GeV}}^{{-1}}", vertex.barrier_radius);
    let power = |base: &str| match l {
        1 => format!(r" \, {base}"),
        _ => format!(r" \, {base}^{{{l}}}"),
    };
    match (l, vertex.barrier) {
        (0, _) | (_, Barrier::None) => String::new(),
        (_, Barrier::Power) => power("q"),
        (_, Barrier::Normalised) => {
            format!(r"{} \, B^{{\prime}}_{{{l}}}(q, q_0, {radius})", power("q"))
        }
        (_, Barrier::FormFactor | Barrier::FormFactorModulus) => {
            format!(r" \, B^{{\prime}}_{{{l}}}(q, q_0, {radius})")
        }
        (_, Barrier::Bare) => {
            format!(r"{} / \sqrt{{P_{{{l}}}(q^2 ({radius})^2)}}", power("q"))
        }
        (_, Barrier::BlattWeisskopf) => {
            let base = format!("(q \\, {radius})");
            format!(r"{} / \sqrt{{P_{{{l}}}(q^2 ({radius})^2)}}", power(&base))
        }
    }
}

fn resonances(model: &Model) -> String {
    let mut text = String::new();
    for resonance in &model.resonances {
        let symbol = shape_symbol(resonance);
        let _ = writeln!(
            text,
            "Line shape of ${}$ ({}):",
            particle(&resonance.name),
            words(resonance.shape.name())
        );
        let formula = resonance.shape.latex(&resonance.options);
        display(&mut text, &format!("{symbol}(m) = {formula}"));
        let values: Vec<String> = (resonance.parameters.iter())
            .map(|(name, parameter)| value(model, name, *parameter))
            .collect();
        if !values.is_empty() {
            let _ = writeln!(text, "with ${}$.", values.join("$, $"));
        }
    }
    text
}

/// `m_0 = 1.506\,\text{GeV}`, and whether it is free.
fn value(model: &Model, name: &str, parameter: ShapeParameter) -> String {
    let symbol = match name {
        "mass" => "m_0".to_owned(),
        "width" => r"\Gamma_0".to_owned(),
        other => latex_name(other),
    };
    let parameters = &model.parameters;
    let (number, unit, free) = match parameter {
        ShapeParameter::Real(id) => {
            let source = parameters.get(parameters.source(id));
            (
                scientific(parameters.shown(id)),
                parameters.get(id).unit.clone(),
                source.free,
            )
        }
        ShapeParameter::Complex(id) => {
            let coupling = parameters.coupling(id);
            let [a, b] = coupling.parts.map(|part| parameters.shown(part));
            let free = coupling
                .parts
                .iter()
                .any(|&part| parameters.get(parameters.source(part)).free);
            let number = match coupling.form {
                CouplingForm::Cartesian => {
                    format!("({} + {}\\,i)", scientific(a), scientific(b))
                }
                CouplingForm::Polar => {
                    format!("{} \\, e^{{{}\\,i}}", scientific(a), scientific(b))
                }
            };
            (
                number.replace("+ -", "- "),
                parameters.get(coupling.parts[0]).unit.clone(),
                free,
            )
        }
    };
    let unit = match &*unit {
        "" => String::new(),
        unit => format!(r"\,\text{{{}}}", unit_text(unit)),
    };
    let state = if free { r"\text{ (free)}" } else { "" };
    format!("{symbol} = {number}{unit}{state}")
}

fn unit_text(unit: &str) -> String {
    match unit.split_once('^') {
        Some((base, power)) => {
            let power = power.trim_matches(['(', ')']);
            format!("{}$^{{{power}}}$", words(base))
        }
        None => words(unit),
    }
}

fn scientific(value: f64) -> String {
    let text = value.to_string();
    match text.len() {
        0..=9 => text,
        _ => {
            let text = format!("{value:.6e}");
            match text.split_once('e') {
                Some((mantissa, "0")) => mantissa.to_owned(),
                Some((mantissa, exponent)) => format!(r"{mantissa} \times 10^{{{exponent}}}"),
                None => text,
            }
        }
    }
}

fn half(two: impl Into<i64>) -> String {
    let two = two.into();
    match two % 2 {
        0 => (two / 2).to_string(),
        _ => format!("{two}/2"),
    }
}

fn shape_symbol(resonance: &Resonance) -> String {
    format!("R_{{{}}}", particle(&resonance.name))
}

/// The name of a coupling, as `gpuwa check` lists it.
fn coupling_symbol(model: &Model, index: usize) -> String {
    format!(
        r"g_{{\text{{{}}}}}",
        words(&model.parameters.couplings()[index].name)
    )
}
