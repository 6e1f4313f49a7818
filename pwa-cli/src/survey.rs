//! What `check` says, as text.

use pwa_core::analysis::FlatDirection;
use pwa_core::config::ParticleRole;
use pwa_core::setup::MemoryPlan;
use pwa_core::setup::survey::{
    CouplingFact, CouplingKind, FlatFact, ParameterFact, SampleFact, SpinDensityFact, State, Survey,
};

use crate::table::table;

pub fn print(survey: &Survey) {
    say!("{}", survey.decay);
    particles(survey);
    chains(survey);
    waves(survey);
    couplings(&survey.couplings);
    parameters(&survey.parameters);
    survey.spin_density.iter().for_each(spin_density);
    say!("{} free parameters", survey.free);
    if !survey.samples.is_empty() {
        samples(&survey.samples);
    }
    if let Some(nll) = survey.nll {
        say!("NLL at the start values: {nll:.6}");
    }
    memory(&survey.memory);
    for note in &survey.notes {
        say!("note: {note}");
    }
    for warning in &survey.warnings {
        say!("warning: {warning}");
    }
    flat(&survey.flat_directions);
}

fn particles(survey: &Survey) {
    let rows = survey.particles.iter().map(|particle| {
        let sign = |parity: i32| if parity > 0 { "+" } else { "-" };
        let parity = particle.parity.map_or("?", sign);
        let c_parity = particle.c_parity.map_or("", sign);
        let role = match particle.role {
            ParticleRole::Initial => "initial",
            ParticleRole::Final => "final",
            ParticleRole::Resonance => "resonance",
        };
        vec![
            particle.name.clone(),
            role.to_owned(),
            format!(
                "{}{parity}{c_parity}",
                particle.spin.as_deref().unwrap_or("?")
            ),
            particle
                .charge
                .map_or("?".to_owned(), |charge| charge.to_string()),
            optional(particle.mass),
            optional(particle.width),
        ]
    });
    let header = [
        "particle",
        "role",
        "J^PC",
        "charge",
        "mass/GeV",
        "width/GeV",
    ];
    say!("{}", table(&header, rows.collect()));
}

fn chains(survey: &Survey) {
    let rows = survey.chains.iter().map(|chain| {
        let shapes: Vec<&str> = chain
            .shapes
            .iter()
            .map(|shape| shape.shape.as_str())
            .collect();
        vec![chain.name.clone(), shapes.join(" x "), chain.total.clone()]
    });
    say!(
        "{}",
        table(&["chain", "line shape", "factor"], rows.collect())
    );
}

fn waves(survey: &Survey) {
    let rows = survey.waves.iter().map(|wave| {
        let ls: Vec<String> = wave
            .ls
            .iter()
            .map(|ls| match ls.kind {
                CouplingKind::Ls { l, s } => format!("({l}, {s})"),
                CouplingKind::Helicity {
                    helicities: [b, c],
                    parity: None,
                } => format!("(h {b}, {c})"),
                CouplingKind::Helicity {
                    helicities: [b, c],
                    parity: Some(sign),
                } => format!("(h {b}, {c}, {sign:+})"),
            })
            .collect();
        let shapes = survey.chains[wave.chain].shapes.iter();
        let shapes: Vec<&str> = shapes.map(|shape| shape.shape.as_str()).collect();
        vec![
            wave.name.clone(),
            ls.join(" "),
            shapes.join(" x "),
            format!("{:.6e}", wave.scale),
        ]
    });
    let header = ["wave", "(l, s) of each decay", "line shape", "scale"];
    say!("{}", table(&header, rows.collect()));
}

fn couplings(couplings: &[CouplingFact]) {
    let rows = couplings.iter().map(|coupling| {
        vec![
            coupling.name.clone(),
            format!("{:.6}", coupling.re),
            format!("{:.6}", coupling.im),
            format!("{:.6}", coupling.modulus),
            format!("{:.6}", coupling.phase),
            state(coupling.state, coupling.same_as.as_deref()),
        ]
    });
    let header = ["coupling", "re", "im", "modulus", "phase", ""];
    say!("{}", table(&header, rows.collect()));
}

fn parameters(parameters: &[ParameterFact]) {
    let rows = parameters.iter().map(|parameter| {
        let limits = parameter
            .limits
            .map(|[low, high]| format!("[{low}, {high}]"));
        vec![
            parameter.name.clone(),
            parameter.start.to_string(),
            limits.unwrap_or_default(),
            parameter.unit.clone().into_owned(),
            state(parameter.state, parameter.same_as.as_deref()),
        ]
    });
    let header = ["parameter", "start", "limits", "unit", ""];
    say!("{}", table(&header, rows.collect()));
}

fn spin_density(rho: &SpinDensityFact) {
    let rows = rho.projections.iter().zip(&rho.elements).map(|(h, row)| {
        // A zero without its sign.
        let elements = (row.iter()).map(|[re, im]| format!("{:.4} {:+.4}i", re + 0.0, im + 0.0));
        std::iter::once(h.to_string()).chain(elements).collect()
    });
    let columns: Vec<String> = rho.projections.iter().map(f64::to_string).collect();
    let title = match &rho.reaction {
        Some(reaction) => format!("spin density, {reaction}"),
        None => "spin density".to_owned(),
    };
    let header: Vec<&str> = std::iter::once(&*title)
        .chain(columns.iter().map(String::as_str))
        .collect();
    say!("{}", table(&header, rows.collect()));
    let probabilities: Vec<String> = (rho.probabilities.iter())
        .map(|p| format!("{:.4}", (1e4 * p).round() / 1e4 + 0.0))
        .collect();
    say!("its probabilities: {}", probabilities.join(", "));
}

fn state(state: State, same_as: Option<&str>) -> String {
    match (state, same_as) {
        (_, Some(target)) => format!("= {target}"),
        (State::Free, None) => "free".to_owned(),
        (State::Fixed, None) => "fixed".to_owned(),
        (State::Shared, None) => "shared".to_owned(),
        (State::Mixed, None) => "see parts".to_owned(),
    }
}

fn samples(samples: &[SampleFact]) {
    let rows = samples.iter().flat_map(|sample| {
        sample.files.iter().enumerate().map(|(number, file)| {
            // What belongs to the sample as a whole stands with its first file.
            let whole = |text: String| if number == 0 { text } else { String::new() };
            let label = match sample.set.as_str() {
                "data" => sample.kind.to_owned(),
                set => format!("{set}: {}", sample.kind),
            };
            vec![
                whole(label),
                file.path.clone(),
                file.tree.clone().unwrap_or_default(),
                file.events.to_string(),
                file.sum_of_weights.to_string(),
                whole(megabytes(sample.bytes)),
            ]
        })
    });
    let header = [
        "sample",
        "file",
        "tree",
        "events",
        "sum of weights",
        "columns",
    ];
    say!("{}", table(&header, rows.collect()));
    for note in samples.iter().flat_map(|sample| &sample.notes) {
        say!("note: {note}");
    }
}

fn memory(memory: &MemoryPlan) {
    let MemoryPlan {
        columns,
        variables,
        bytes_per_event,
        bytes,
        in_files,
        free,
    } = memory;
    let plural = |n: &usize| if *n == 1 { "" } else { "s" };
    let need = format!(
        "memory: {columns} column{}, {variables} event variable{}, {bytes_per_event} bytes an event",
        plural(columns),
        plural(variables)
    );
    match (bytes, free) {
        // Nothing was read.
        (0, _) => say!("{need}"),
        (bytes, Some(free)) => {
            say!("{need}, {} of {} free", megabytes(*bytes), megabytes(*free))
        }
        (bytes, None) => say!("{need}, {}", megabytes(*bytes)),
    }
    if *in_files > 0 {
        let size = megabytes(*in_files);
        say!("memory: {size} of them do not fit and are read from a file at every evaluation");
    }
}

fn flat(flat: &FlatFact) {
    for (title, directions) in [("nearly flat", &flat.weak), ("flat", &flat.directions)] {
        if directions.is_empty() {
            continue;
        }
        say!("{title} over {}:", flat.over);
        directions.iter().enumerate().for_each(list_direction);
    }
    if flat.directions.is_empty() {
        say!("no flat direction over {}", flat.over);
    }
}

/// The largest parts of a direction.
const PARTS: usize = 6;

fn list_direction((number, direction): (usize, &FlatDirection)) {
    say!("{:>3}. {}", number + 1, direction.text);
    let weights = direction.weights.iter().take(PARTS);
    let mut parts: Vec<String> = weights
        .map(|w| format!("{:+.3} {}", w.weight, w.name))
        .collect();
    if direction.weights.len() > PARTS {
        parts.push("…".to_owned());
    }
    say!("     direction: {}", parts.join("  "));
    say!("     remedy: {}", direction.remedy);
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn optional(value: Option<f64>) -> String {
    value.map_or("—".to_owned(), |value| value.to_string())
}
