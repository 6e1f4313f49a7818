//! What is read from every file of a sample, decided on the first one.

use std::path::Path;

use super::columns::Listing;
use super::cut::Cut;
use super::discover::{Fit, discover};
use super::momenta::MomentumPicks;
use super::pattern::Pattern;
use super::source::{Shape, Source};
use super::{SampleError, SampleRequest};

/// The columns to read, by name: every file must have them.
pub(crate) struct Plan {
    pub tree: String,
    /// The pattern before it was filled.
    pub momenta: Option<String>,
    /// What stands for each particle.
    pub labels: Vec<String>,
    /// The filled pattern of each particle.
    particles: Vec<Pattern>,
    /// Number of particles that the counted arrays of every event must hold.
    pub multiplicity: Option<usize>,
    pub weight: Weight,
    pub charge: Option<String>,
    pub cut: Cut,
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Weight {
    /// Every event counts one, for lack of anything else.
    Ones,
    /// Every event has this weight, because it was asked for.
    Constant(f64),
    Column(String),
}

impl Plan {
    pub fn make(
        source: &dyn Source,
        path: &Path,
        request: &SampleRequest,
    ) -> Result<Self, SampleError> {
        let cut = request
            .cut
            .as_deref()
            .map(Cut::parse)
            .transpose()?
            .unwrap_or_default();
        let fit = discover(source, path, request)?;
        let listing = Listing::of(source, path, &fit.tree)?;
        let mut notes = notes(source, path, request, &fit);
        let weight = weight(&listing, request, &mut notes)?;
        let single = request.charge.iter().chain(&request.efficiency);
        for column in single.chain(&request.columns) {
            listing.pick(column)?;
        }
        cut.check(&listing)?;
        Ok(Self {
            tree: fit.tree,
            momenta: fit.pattern.map(|pattern| pattern.text),
            labels: fit.labels,
            particles: fit.filled,
            multiplicity: fit.multiplicity,
            weight,
            charge: request.charge.clone(),
            cut,
            notes,
        })
    }

    /// Where the momenta stand in one file.
    pub fn picks(&self, listing: &Listing) -> Result<Vec<MomentumPicks>, SampleError> {
        self.particles
            .iter()
            .map(|pattern| pattern.picks(listing))
            .collect()
    }
}

/// What was found rather than asked for.
fn notes(source: &dyn Source, path: &Path, request: &SampleRequest, fit: &Fit) -> Vec<String> {
    let mut notes = Vec::new();
    let file = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy();
    if request.tree.is_none() && !fit.tree.is_empty() {
        let others = source.trees().len() - 1;
        let why = if others == 0 {
            "its only tree".into()
        } else {
            format!("the only one of {} that fits", others + 1)
        };
        notes.push(format!("{file}: tree `{}`, {why}", fit.tree));
    }
    if let Some(pattern) = &fit.pattern {
        let stand: Vec<String> = request
            .particles
            .iter()
            .zip(&fit.labels)
            .map(|(p, label)| format!("{} = {label}", p.name))
            .collect();
        if request.momenta.is_none() {
            notes.push(format!(
                "{file}: momenta from `{}` with {}",
                pattern.text,
                stand.join(", ")
            ));
            if pattern.is_array() {
                notes.push(format!("{file}: array columns are taken as E, px, py, pz"));
            }
        } else if request
            .particles
            .iter()
            .zip(&fit.labels)
            .any(|(p, l)| p.alias.is_none() && p.name != *l)
        {
            notes.push(format!("{file}: columns with {}", stand.join(", ")));
        }
    }
    let computed: Vec<String> = request
        .particles
        .iter()
        .zip(&fit.filled)
        .filter(|(_, filled)| !filled.has_energy())
        .filter_map(|(p, _)| Some(format!("{} ({} GeV)", p.name, p.mass?)))
        .collect();
    if !computed.is_empty() {
        notes.push(format!(
            "{file}: no energies, computed from the masses of {}",
            computed.join(", ")
        ));
    }
    notes
}

fn weight(
    listing: &Listing,
    request: &SampleRequest,
    notes: &mut Vec<String>,
) -> Result<Weight, SampleError> {
    if let Some(weight) = &request.weight {
        return match weight.trim().parse::<f64>() {
            Ok(constant) if constant.is_finite() => Ok(Weight::Constant(constant)),
            _ => listing.pick(weight).map(|_| Weight::Column(weight.clone())),
        };
    }
    // The exact name first, then any capitals, when there is one such column only.
    let scalar = |name: &str| {
        listing
            .get(name)
            .is_some_and(|i| i.shape == Shape::Scalar && i.refused.is_none())
    };
    let named: Vec<&str> = match scalar("weight") {
        true => vec!["weight"],
        false => {
            let all = listing.infos.iter().map(|i| i.name.as_str());
            all.filter(|n| n.eq_ignore_ascii_case("weight") && scalar(n))
                .collect()
        }
    };
    match named[..] {
        [] => {
            if listing.get("weight").is_some() {
                notes.push("the column `weight` is not one number an event, and not used: weights are ones".into());
            }
            Ok(Weight::Ones)
        }
        [name] => {
            notes.push(format!("weights from the column `{name}`"));
            Ok(Weight::Column(name.into()))
        }
        _ => Err(SampleError::Ambiguous {
            path: listing.path.into(),
            candidates: named
                .iter()
                .map(|n| format!("weight = \"{n}\""))
                .collect::<Vec<_>>()
                .join("\n"),
        }),
    }
}
