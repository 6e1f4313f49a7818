//! A config to begin with: the waves of a reaction, and the branches of a file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::SetupError;
use crate::config::{
    Defaults, Document, OneOrMany, SampleEntry, comment_sections, of_waves, print,
};
use crate::sample::{FoundLayout, ParticleRequest, SampleRequest, find_layout, split_tree_suffix};
use crate::wave_set::{Reaction, WaveSet};

/// What a starter is made of.
pub struct StarterRequest<'a> {
    pub reaction: &'a Reaction<'a>,
    pub waves: &'a WaveSet,
    /// `FILE[:tree]`
    pub data: Option<&'a str>,
    pub mc: Option<&'a str>,
    /// Paths in the config are relative to it.
    pub folder: &'a Path,
    /// The config itself, for the commands in its comments.
    pub name: &'a str,
}

/// A config with comments, and what was found on the way.
pub struct Starter {
    pub text: String,
    pub notes: Vec<String>,
}

const DECAY: &[&str] = &[
    "A particle whose spin is produced along the beams of e+e- has only projections -1 and 1 along z of the laboratory:",
    "initial = { particle = \"...\", helicities = [-1, 1], z = \"lab\" }",
];
const CHAIN: &[&str] = &[
    "Every name in a slot is a chain of its own. Begin with the waves you expect: those that contribute nothing cost",
    "precision and make minima. Masses, widths and quantum numbers come from the particle table.",
];
const DATA: &[&str] = &[
    "Found in the file. `weight`, `charge` and `cut` name further columns, `unit = \"MeV\"` other units.",
];
const MC: &[&str] = &[
    "Accepted Monte Carlo events, flat in phase space before the detector; same layout as [data].",
];

/// The starter.
///
/// # Errors
/// When no wave is left, or a file has no one reading.
pub fn starter(request: &StarterRequest) -> Result<Starter, SetupError> {
    let (mut document, mut notes) = of_waves(request.reaction, request.waves);
    if document.decay.iter().all(|decay| decay.chain.is_empty()) {
        let help = notes.join("; ");
        return Err(SetupError::NoSample {
            what: "first wave of a config",
            help,
        });
    }
    let mut top = vec![
        "A config to begin with. `gpuwa check` says what it means, `gpuwa fit` fits it.".to_owned(),
    ];
    top.append(&mut notes);
    if let Some(data) = request.data {
        let (entry, found) = sample(request, data, None)?;
        document.data = Some(entry);
        notes.extend(found.notes);
    }
    if let Some(mc) = request.mc {
        let (entry, found) = sample(request, mc, document.data.as_ref())?;
        document.mc = Some(entry);
        notes.extend(found.notes);
    }
    let text =
        print(&document, &top, Defaults::LeaveOut).map_err(|error| SetupError::NoSample {
            what: "text of the config",
            help: error.to_string(),
        })?;
    // The first chain explains them all.
    let (before, after) = text.split_at(text.find("[[decay.chain]]").unwrap_or(text.len()));
    let sections: &[(&str, &[&str])] = &[("[decay]", DECAY), ("[data]", DATA), ("[mc]", MC)];
    let chain: String = CHAIN.iter().map(|line| format!("# {line}\n")).collect();
    let text = comment_sections(&format!("{before}{chain}{after}"), sections);
    let text = text + "\n" + &hints(&document, request);
    Ok(Starter { text, notes })
}

/// The entry of a file: all of its layout, or what `like` does not say.
fn sample(
    request: &StarterRequest,
    given: &str,
    like: Option<&SampleEntry>,
) -> Result<(SampleEntry, FoundLayout), SetupError> {
    let (file, tree) = split_tree_suffix(given);
    let finals = request.reaction.finals.iter();
    let particles: Vec<ParticleRequest> = finals
        .map(|particle| ParticleRequest {
            name: particle.name.clone(),
            alias: None,
            mass: particle.mass,
        })
        .collect();
    let found = find_layout(&SampleRequest {
        files: vec![file.to_owned()],
        tree: tree.map(str::to_owned),
        particles: numbered(particles),
        ..SampleRequest::default()
    })?;
    let mut entry = SampleEntry {
        files: OneOrMany(vec![path(file, request.folder)]),
        tree: found.tree.clone(),
        momenta: found.momenta.clone(),
        weight: found.weight.clone(),
        ..SampleEntry::default()
    };
    // Particles of an array are found by their place.
    if found
        .momenta
        .as_ref()
        .is_some_and(|momenta| momenta.contains("{p}"))
    {
        let mut alias: BTreeMap<String, OneOrMany> = BTreeMap::new();
        for (particle, word) in request.reaction.finals.iter().zip(&found.aliases) {
            let words = &mut alias.entry(particle.name.clone()).or_default().0;
            words.push(word.clone());
        }
        let is_name = |(name, words): &(&String, &OneOrMany)| words.0 == [name.as_str()];
        if !alias.iter().all(|pair| is_name(&pair)) {
            entry.alias = alias;
        }
    }
    if let Some(like) = like {
        entry.tree = entry.tree.filter(|tree| like.tree.as_ref() != Some(tree));
        entry.momenta = (entry.momenta).filter(|momenta| like.momenta.as_ref() != Some(momenta));
        if entry.alias == like.alias {
            entry.alias.clear();
        }
    }
    Ok((entry, found))
}

/// Labels as the model gives them: particles of one name are numbered.
fn numbered(mut particles: Vec<ParticleRequest>) -> Vec<ParticleRequest> {
    let names: Vec<String> = particles
        .iter()
        .map(|particle| particle.name.clone())
        .collect();
    for (place, particle) in particles.iter_mut().enumerate() {
        let of_name = |names: &[String]| names.iter().filter(|n| **n == particle.name).count();
        if of_name(&names) > 1 {
            let number = of_name(&names[..=place]);
            particle.name = format!("{}[{number}]", particle.name);
        }
    }
    particles
}

/// Relative to the folder where it lies inside, else absolute.
fn path(file: &str, folder: &Path) -> String {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
    let file = absolute(Path::new(file));
    let relative = file.strip_prefix(absolute(folder));
    relative.unwrap_or(&file).display().to_string()
}

/// Sections that a next step needs, behind comment signs.
fn hints(document: &Document, request: &StarterRequest) -> String {
    let mut lines: Vec<String> = vec!["What may follow.".to_owned()];
    if document.data.is_none() {
        lines.extend(["", "[data]", "files = \"data.root\"     # tree and branches are found where only one reading fits"].map(str::to_owned));
    }
    if document.mc.is_none() {
        lines.extend([
            String::new(),
            "A fit needs Monte Carlo events that passed the selection. Without a detector flat phase space will do:".to_owned(),
            format!("gpuwa generate {} --flat --events 100000 --out mc.root", request.name),
            "[mc]".to_owned(),
            "files = \"mc.root\"       # same layout as [data] unless said".to_owned(),
        ]);
    }
    if let Some((name, mass, width)) = floating(document, request) {
        lines.extend([
            String::new(),
            "What floats has a start and limits:".to_owned(),
            format!("[resonance.\"{name}\"]"),
            format!(
                "mass  = {{ start = {mass}, free = true, limits = [{:.3}, {:.3}] }}",
                mass - width,
                mass + width
            ),
            format!(
                "width = {{ start = {width}, free = true, limits = [{:.3}, {:.3}] }}",
                0.3 * width,
                3.0 * width
            ),
        ]);
    }
    lines.extend(
        [
            "",
            "The config's own values and nine random points:",
            "[fit]",
            "starts = 10",
            "seed   = 1",
        ]
        .map(str::to_owned),
    );
    lines
        .iter()
        .map(|line| format!("# {line}").trim_end().to_owned() + "\n")
        .collect()
}

/// The narrowest resonance whose mass may move by its width wherever the chains put it, with mass and width.
fn floating<'a>(document: &Document, request: &'a StarterRequest) -> Option<(&'a str, f64, f64)> {
    let mut finals: Vec<f64> = request
        .reaction
        .finals
        .iter()
        .map(|p| p.mass.unwrap_or(0.0))
        .collect();
    finals.sort_by(f64::total_cmp);
    // Of all but the lightest particle, and beside the heaviest one.
    let threshold: f64 = finals.iter().skip(1).sum();
    let end = request.reaction.initial.mass? - finals.last()?;
    let vertices = request.waves.waves.iter().flat_map(|wave| &wave.vertices);
    let known = vertices.filter_map(|v| Some((v.mother.as_str(), v.mass?, v.width?)));
    let free = known.filter(|&(name, mass, width)| {
        let chains = document.decay.iter().flat_map(|decay| &decay.chain);
        let mut named = chains.flat_map(|chain| chain.slots.values().flatten());
        let fits = width > 0.0 && mass - width > threshold && mass + width < end;
        fits && named.any(|n| n == name) && !document.resonance.contains_key(name)
    });
    free.min_by(|a, b| a.2.total_cmp(&b.2))
}
