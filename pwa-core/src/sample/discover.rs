//! Which layout, tree and words fit a file, when the request leaves them open.

use std::path::Path;

use super::columns::Listing;
use super::layout::{self, AMPTOOLS_BEAM};
use super::momenta::MomentumPicks;
use super::names::words;
use super::pattern::Pattern;
use super::source::Source;
use super::{ParticleRequest, SampleError, SampleRequest};

/// A tree and the columns of every particle in it.
pub(crate) struct Fit {
    pub tree: String,
    /// The pattern before it was filled; `None` when every particle names columns of its own.
    pub pattern: Option<Pattern>,
    /// The filled pattern of each particle.
    pub filled: Vec<Pattern>,
    /// What stood for each particle: a word, a place, or its own columns.
    pub labels: Vec<String>,
    /// Number of particles a counted array must hold, when the particles are taken in the order given.
    pub multiplicity: Option<usize>,
    picks: Vec<MomentumPicks>,
}

/// What stands for a particle under a pattern.
enum Label {
    Own(Pattern),
    Place(usize),
    /// Spellings to try, the surest first.
    Words(Vec<Vec<String>>),
}

/// The one reading of a file that fits the request, or an error that says what was seen.
pub(crate) fn discover(
    source: &dyn Source,
    path: &Path,
    request: &SampleRequest,
) -> Result<Fit, SampleError> {
    let trees = match (source.trees(), &request.tree) {
        // A format without trees: the name of one, perhaps of another file of the sample, means nothing here.
        (trees, _) if trees == [""] => trees,
        (_, Some(tree)) => vec![tree.clone()],
        (trees, None) => trees,
    };
    let asked = request.momenta.as_deref().map(Pattern::parse).transpose()?;
    let mut listings = trees
        .iter()
        .map(|tree| Listing::of(source, path, tree))
        .collect::<Result<Vec<_>, _>>()?;
    // Hundreds of layouts are tried; only one that was asked for deserves to know its nearest names.
    listings
        .iter_mut()
        .for_each(|listing| listing.explain = asked.is_some());
    let patterns = asked
        .clone()
        .map_or_else(layout::known, |pattern| vec![pattern]);
    let mut fits: Vec<Fit> = Vec::new();
    let mut first_error = None;
    for listing in &listings {
        let mut here: Vec<Fit> = Vec::new();
        for pattern in &patterns {
            match fit(listing, pattern, &request.particles) {
                // Momenta alone fit wherever momenta and energies fit: then the energies are meant.
                Ok(fit) if !pattern.has_energy() && here.iter().any(|f| same_momenta(f, &fit)) => {}
                Ok(fit) if here.iter().any(|f| f.picks == fit.picks) => {}
                Ok(fit) => here.push(fit),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        fits.extend(here);
    }
    if fits.len() > 1 {
        let candidates: Vec<String> = fits.iter().map(describe).collect();
        return Err(SampleError::Ambiguous {
            path: path.into(),
            candidates: candidates.join("\n"),
        });
    }
    match (fits.pop(), asked, first_error) {
        (Some(fit), _, _) => Ok(fit),
        // With a pattern and one tree the first column that is missing says most.
        (None, Some(_), Some(error)) if listings.len() == 1 => Err(error),
        (None, asked, _) => Err(nothing(path, &listings, asked.as_ref(), request)),
    }
}

fn nothing(
    path: &Path,
    listings: &[Listing],
    asked: Option<&Pattern>,
    request: &SampleRequest,
) -> SampleError {
    let names: Vec<String> = request
        .particles
        .iter()
        .map(|p| format!("`{}`", p.name))
        .collect();
    let seen: Vec<String> = listings.iter().map(Listing::summary).collect();
    let how = match asked {
        Some(pattern) => format!("nothing fits `{}`", pattern.text),
        None => "say which columns with `momenta = \"{p}_E {p}_PX {p}_PY {p}_PZ\"` and what stands for the particles \
                 with `alias = { \"pi+\" = \"pip\" }`; columns without energy need masses"
            .into(),
    };
    SampleError::NoLayout {
        path: path.into(),
        particles: names.join(", "),
        help: format!("{how}\nthe file has {}", seen.join("\n")),
    }
}

fn same_momenta(a: &Fit, b: &Fit) -> bool {
    a.picks
        .iter()
        .map(|p| &p.p)
        .eq(b.picks.iter().map(|p| &p.p))
}

fn describe(fit: &Fit) -> String {
    let tree = if fit.tree.is_empty() {
        String::new()
    } else {
        format!("tree = \"{}\", ", fit.tree)
    };
    match &fit.pattern {
        Some(pattern) => format!(
            "{tree}momenta = \"{}\" with {}",
            pattern.text,
            fit.labels.join(", ")
        ),
        None => format!("{tree}{}", fit.labels.join(", ")),
    }
}

/// One pattern in one tree.
fn fit(
    listing: &Listing,
    pattern: &Pattern,
    particles: &[ParticleRequest],
) -> Result<Fit, SampleError> {
    let mut next_place = 0;
    let (mut filled, mut labels, mut picks): (Vec<Pattern>, Vec<String>, Vec<MomentumPicks>) =
        Default::default();
    let (mut by_place, mut all_own) = (0, true);
    for (particle, word) in particles.iter().zip(unique_words(particles)) {
        let (used, label) = match label(particle, &word, pattern)? {
            Label::Own(own) => (own, particle.alias.clone().unwrap_or_default()),
            Label::Place(place) => {
                by_place += 1;
                all_own = false;
                (pattern.fill("", place), place.to_string())
            }
            Label::Words(_) if pattern.uses_place() => {
                let place = next_place;
                next_place += 1;
                all_own = false;
                (pattern.fill("", place), place.to_string())
            }
            Label::Words(tiers) => {
                all_own = false;
                let word = choose(listing, pattern, &tiers, &labels)?;
                (pattern.fill(&word, 0), word)
            }
        };
        let found = used.picks(listing)?;
        if !used.has_energy() && particle.mass.is_none() {
            return Err(SampleError::request(
                format!(
                    "particle `{}` has neither an energy column nor a mass",
                    particle.name
                ),
                "name the energy column or give a mass hypothesis",
            ));
        }
        if picks.contains(&found) {
            return Err(SampleError::request(
                format!(
                    "particle `{}` has the columns of another particle: {}",
                    particle.name, used.text
                ),
                "tell the particles apart with `alias`",
            ));
        }
        filled.push(used);
        labels.push(label);
        picks.push(found);
    }
    Ok(Fit {
        tree: listing.tree.into(),
        pattern: (!all_own).then(|| pattern.clone()),
        filled,
        labels,
        multiplicity: (next_place > 0 && by_place == 0).then_some(next_place),
        picks,
    })
}

fn label(particle: &ParticleRequest, word: &str, pattern: &Pattern) -> Result<Label, SampleError> {
    let Some(alias) = &particle.alias else {
        let mut tiers = words(&particle.name);
        if let Some(first) = tiers.first_mut() {
            // A second particle of one name is told apart by its number, nothing else.
            first[0] = word.into();
        }
        return Ok(Label::Words(if word == particle.name {
            tiers
        } else {
            vec![vec![word.into()]]
        }));
    };
    if alias.contains(char::is_whitespace) || alias.contains('[') {
        return Ok(Label::Own(Pattern::parse(alias)?));
    }
    if pattern.uses_place() {
        if alias.eq_ignore_ascii_case("beam") {
            return Ok(Label::Own(Pattern::parse(AMPTOOLS_BEAM)?));
        }
        if let Ok(place) = alias.parse() {
            return Ok(Label::Place(place));
        }
    }
    Ok(Label::Words(vec![vec![alias.clone()]]))
}

/// The word of the surest tier whose columns are there, and no other particle's word.
fn choose(
    listing: &Listing,
    pattern: &Pattern,
    tiers: &[Vec<String>],
    taken: &[String],
) -> Result<String, SampleError> {
    for tier in tiers {
        let fits: Vec<&String> = tier
            .iter()
            .filter(|w| pattern.fill(w, 0).picks(listing).is_ok())
            .collect();
        match fits[..] {
            [] => {}
            [word] if !taken.contains(word) => return Ok(word.clone()),
            [word] => {
                return Err(SampleError::request(
                    format!("`{word}` would stand for two particles"),
                    "tell the particles apart with `alias`",
                ));
            }
            _ => {
                let words: Vec<String> = fits.iter().map(|w| format!("`{w}`")).collect();
                return Err(SampleError::request(
                    format!(
                        "{} could all stand for the same particle",
                        words.join(" and ")
                    ),
                    "say which with `alias`",
                ));
            }
        }
    }
    // Nothing fits: the error of the first word names the column that is missing.
    let word = &tiers[0][0];
    pattern.fill(word, 0).picks(listing).map(|_| word.clone())
}

/// A word for each particle in files without names of their own: alias or name, numbered where it repeats.
pub(crate) fn unique_words(particles: &[ParticleRequest]) -> Vec<String> {
    let word = |p: &ParticleRequest| p.alias.clone().unwrap_or_else(|| p.name.clone());
    (0..particles.len())
        .map(|i| {
            let this = word(&particles[i]);
            match particles[..i].iter().filter(|p| word(p) == this).count() {
                0 => this,
                before => format!("{this}#{}", before + 1),
            }
        })
        .collect()
}
