//! The spin-density matrix of the initial particle as text for LaTeX.

use std::fmt::Write;

use super::super::spin_density::{Polarisation, SpinDensity, StateNumber};
use super::super::{Model, Produced};
use super::names::words;
use super::{display, half, scientific};

/// The intensity with the matrix, its formula and the values in it.
pub(super) fn initial_state(model: &Model, density: &SpinDensity, text: &mut String) {
    let finals: Vec<String> = (1..=model.finals.len())
        .map(|i| format!(r"\lambda_{{{i}}}"))
        .collect();
    let amplitude =
        |row: &str| format!(r"\Bigl(\sum_{{a}} A^{{(a)}}_{{{row} \lambda_1 \ldots}}\Bigr)");
    let mixtures = match model.mixtures() {
        1 => "",
        _ => r"\sum_{\text{mixtures}} ",
    };
    display(
        text,
        &format!(
            "I = \\sum_{{\\lambda_0 \\lambda_0^\\prime}} \\rho_{{\\lambda_0 \\lambda_0^\\prime}} \\sum_{{{}}} {mixtures}{}\n  {}^*",
            finals.join(" "),
            amplitude(r"\lambda_0"),
            amplitude(r"\lambda_0^\prime"),
        ),
    );
    let formula = match &density.polarisation {
        Polarisation::Components(_) if model.initial.two_j == 1 => {
            r"\rho = 1 + \vec P \cdot \vec\sigma"
        }
        Polarisation::Components(_) => {
            r"\rho = 1 + \tfrac32 \sum_i p_i S_i + \tfrac13 \sum_{ij} p_{ij} \left[\tfrac32 (S_i S_j + S_j S_i) - 2 \delta_{ij}\right]"
        }
        Polarisation::Elements(_) => r"\rho_{h h^\prime} = \rho_{h^\prime h}^*",
        Polarisation::Beams(_) => {
            r"\rho_{\pm\pm} = (1 \pm z_-)(1 \pm z_+), \quad \rho_{+-} = (x_- - i y_-)(x_+ - i y_+) = \rho_{-+}^*"
        }
        Polarisation::Photon { .. } => {
            r"\rho_{++} = \rho_{--} = 1, \quad \rho_{+-} = -P \, e^{-2 i \Phi} = \rho_{-+}^*, \quad \Phi = \alpha - \phi"
        }
    };
    display(text, formula);
    let values: Vec<String> = (symbols(&density.polarisation).into_iter())
        .map(|(symbol, quantity)| format!("{symbol} = {}", value(model, density, quantity)))
        .collect();
    if !values.is_empty() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "with ${}$.", values.join("$, $"));
    }
}

/// The production at the first vertex: its couplings for both helicities of the photon.
pub(super) fn produced(couplings: &str, state: Produced) -> String {
    let sign = if state.reflectivity * state.naturality > 0 {
        "-"
    } else {
        ""
    };
    format!(
        r"\sqrt{{\tfrac{{2J+1}}{{4\pi}}}} \, \left[\left({couplings}\right)_{{\lambda_\gamma = 1}} {}\, (-1)^{{m}} \left({couplings}\right)_{{\lambda_\gamma = -1, \, \lambda_1 \to -\lambda_1}}\right]",
        if sign.is_empty() { "+" } else { sign }
    )
}

fn symbols(polarisation: &Polarisation) -> Vec<(String, StateNumber)> {
    match polarisation {
        Polarisation::Components(list) => (list.iter())
            .map(|(name, quantity)| (format!("p_{{{name}}}"), *quantity))
            .collect(),
        Polarisation::Elements(list) => (list.iter())
            .flat_map(|entry| {
                let [a, b] = entry.two_h.map(half);
                let symbol = format!(r"\rho_{{{a}\,{b}}}");
                match entry.im {
                    None => vec![(symbol, entry.re)],
                    Some(im) => vec![
                        (format!(r"\operatorname{{Re}} {symbol}"), entry.re),
                        (format!(r"\operatorname{{Im}} {symbol}"), im),
                    ],
                }
            })
            .collect(),
        Polarisation::Beams(beams) => (["-", "+"].iter().zip(beams))
            .flat_map(|(charge, parts)| {
                let parts = ["x", "y", "z"].into_iter().zip(parts);
                parts.filter_map(move |(name, part)| Some((format!("{name}_{charge}"), (*part)?)))
            })
            .collect(),
        Polarisation::Photon { degree, angle } => {
            vec![("P".to_owned(), *degree), (r"\alpha".to_owned(), *angle)]
        }
    }
}

/// `0.35\text{ (free)}`, or the column.
fn value(model: &Model, density: &SpinDensity, quantity: StateNumber) -> String {
    match quantity {
        StateNumber::Parameter(id) => {
            let source = model.parameters.get(model.parameters.source(id));
            let state = if source.free { r"\text{ (free)}" } else { "" };
            format!("{}{state}", scientific(model.parameters.shown(id)))
        }
        StateNumber::Column(column) => {
            format!(
                r"\text{{{} of the event}}",
                words(&density.columns[column].name)
            )
        }
        StateNumber::CosTwoAzimuth => r"\cos 2\phi".to_owned(),
        StateNumber::SinTwoAzimuth => r"\sin 2\phi".to_owned(),
    }
}
