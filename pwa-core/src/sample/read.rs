//! Files to a sample: decide on the first file, read all of them in parallel, join them in order.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::columns::{Listing, Pick};
use super::copies::{Copies, Kept};
use super::momenta::{MomentumPicks, energies, to_gev};
use super::plan::{Plan, Weight};
use super::source::{self, Column, Source};
use super::{Origin, ParticleMomenta, Sample, SampleError, SampleRequest, discover, files};

/// Reads events as [`SampleRequest`] describes them.
///
/// Momenta come back in GeV, particles in the order of the request, events in the order of the files. All values are
/// finite.
///
/// # Errors
/// Every [`SampleError`]; see there.
pub fn read_sample(request: &SampleRequest) -> Result<Sample, SampleError> {
    check(request)?;
    let paths = files::expand(&request.base, &request.files)?;
    let words = discover::unique_words(&request.particles);
    // `expand` gives at least one file.
    let first = source::open(&paths[0], &words)?;
    let plan = Plan::make(&*first, &paths[0], request)?;
    let rest = |path: &PathBuf| read_file(&plan, request, &*source::open(path, &words)?, path);
    let (sample, rest) = rayon::join(
        || read_file(&plan, request, &*first, &paths[0]),
        || paths[1..].par_iter().map(rest).collect::<Vec<_>>(),
    );
    let mut sample = sample?;
    // Of several files that cannot be read the first one is named.
    for part in rest {
        append(&mut sample, part?);
    }
    sample.notes = plan.notes;
    let entries: usize = sample.origin.iter().map(|o| o.entries).sum();
    if let Some(cut) = &request.cut {
        sample.notes.push(format!(
            "the cut `{cut}` keeps {} of {entries} events",
            sample.len()
        ));
    }
    if sample.is_empty() {
        let (what, help) = match &request.cut {
            Some(cut) if entries > 0 => (
                format!("cut `{cut}`"),
                format!("none of {entries} events is left"),
            ),
            _ => (list(&paths), "the tree is empty".into()),
        };
        return Err(SampleError::Empty { what, help });
    }
    Ok(sample)
}

fn list(paths: &[PathBuf]) -> String {
    paths
        .iter()
        .map(|p| format!("`{}`", p.display()))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Refuses what no file could answer.
pub(crate) fn check(request: &SampleRequest) -> Result<(), SampleError> {
    if request.particles.is_empty() {
        return Err(SampleError::request(
            "no particles are asked for",
            "name the final particles",
        ));
    }
    for particle in &request.particles {
        if particle.mass.is_some_and(|m| !m.is_finite() || m < 0.0) {
            return Err(SampleError::request(
                format!(
                    "the mass of `{}` is {} GeV",
                    particle.name,
                    particle.mass.unwrap_or_default()
                ),
                "a mass hypothesis is zero or positive",
            ));
        }
    }
    Ok(())
}

/// The columns of one file, read once each.
struct Columns<'a> {
    path: &'a Path,
    read: HashMap<String, Column>,
    /// How often each column is still needed; the last user takes its memory.
    uses: HashMap<String, usize>,
    /// The entries kept; `None` for all.
    keep: Option<Vec<usize>>,
}

impl Columns<'_> {
    fn column(&self, pick: &Pick) -> Result<&Column, SampleError> {
        self.read
            .get(&pick.column)
            .ok_or_else(|| SampleError::MissingColumn {
                path: self.path.into(),
                tree: String::new(),
                column: pick.column.clone(),
                help: "the file changed while it was read".into(),
            })
    }

    /// The kept, finite numbers of a pick.
    fn take(&mut self, pick: &Pick) -> Result<Vec<f64>, SampleError> {
        let uses = self.uses.get_mut(&pick.column).map_or(0, |n| {
            *n -= 1;
            *n
        });
        let values = match (self.keep.as_deref(), pick.place, uses) {
            (None, None, 0) => match self.read.remove(&pick.column) {
                Some(column) => column.values,
                None => self.column(pick)?.values.clone(),
            },
            (keep, ..) => pick.extract(self.column(pick)?, keep, self.path)?,
        };
        self.finite(pick, values)
    }

    /// Kept numbers above 0 and at most 1.
    fn probabilities(&mut self, pick: &Pick) -> Result<Vec<f64>, SampleError> {
        let values = self.take(pick)?;
        match values.iter().position(|&p| !(p > 0.0 && p <= 1.0)) {
            None => Ok(values),
            Some(event) => Err(SampleError::Efficiency {
                path: self.path.into(),
                column: pick.column.clone(),
                entry: self.keep.as_ref().map_or(event, |keep| keep[event]),
                value: values[event],
            }),
        }
    }

    fn finite(&self, pick: &Pick, values: Vec<f64>) -> Result<Vec<f64>, SampleError> {
        match values.iter().position(|v| !v.is_finite()) {
            None => Ok(values),
            Some(event) => Err(SampleError::NotFinite {
                path: self.path.into(),
                column: pick.column.clone(),
                entry: self.keep.as_ref().map_or(event, |keep| keep[event]),
                value: values[event],
            }),
        }
    }
}

fn read_file(
    plan: &Plan,
    request: &SampleRequest,
    file: &dyn Source,
    path: &Path,
) -> Result<Sample, SampleError> {
    let listing = Listing::of(file, path, &plan.tree)?;
    let momenta = plan.picks(&listing)?;
    let cuts = plan
        .cut
        .conditions
        .iter()
        .map(|c| listing.pick(&c.word))
        .collect::<Result<Vec<_>, _>>()?;
    let charge = plan
        .charge
        .as_deref()
        .map(|c| listing.pick(c))
        .transpose()?;
    let efficiency = (request.efficiency.as_deref())
        .map(|column| listing.pick(column))
        .transpose()?;
    let copies = request.copies.as_deref().map(Copies::of);
    let by_column = match copies {
        Some(Copies::Column(column)) => Some(listing.pick(column)?),
        _ => None,
    };
    let further = (request.columns.iter())
        .map(|column| listing.pick(column))
        .collect::<Result<Vec<_>, _>>()?;
    let weight = match &plan.weight {
        Weight::Column(name) => Some(listing.pick(name)?),
        _ => None,
    };
    let picks = momenta
        .iter()
        .flat_map(MomentumPicks::all)
        .chain(&cuts)
        .chain(&charge)
        .chain(&efficiency)
        .chain(&by_column)
        .chain(&further)
        .chain(&weight);
    let mut uses: HashMap<String, usize> = HashMap::new();
    picks.for_each(|pick| *uses.entry(pick.column.clone()).or_default() += 1);
    let mut names: Vec<&str> = uses.keys().map(String::as_str).collect();
    names.sort_unstable();

    let (read, fingerprint) = rayon::join(
        || file.read(&plan.tree, &names),
        || files::fingerprint(path),
    );
    let (read, (bytes, sha256)) = (read?, fingerprint?);
    let entries = equal_lengths(path, &read)?;
    let read = read
        .into_iter()
        .map(|column| (column.name.clone(), column))
        .collect();
    let mut columns = Columns {
        path,
        read,
        uses,
        keep: None,
    };

    columns.keep = kept(plan, &cuts, &mut columns, entries)?;
    let events = columns.keep.as_ref().map_or(entries, Vec::len);
    check_multiplicity(plan, &momenta, &columns, entries)?;
    let mut particles = Vec::with_capacity(momenta.len());
    for (particle, picks) in request.particles.iter().zip(&momenta) {
        let mut gev = |pick| Ok::<_, SampleError>(to_gev(request.unit, columns.take(pick)?));
        let [x, y, z] = &picks.p;
        let (px, py, pz) = (gev(x)?, gev(y)?, gev(z)?);
        let e = picks.e.as_ref().map(gev).transpose()?;
        let mut momenta = ParticleMomenta {
            name: particle.name.clone(),
            e: Vec::new(),
            px,
            py,
            pz,
        };
        // `fit` has asked for a mass wherever there is no energy.
        momenta.e = e.unwrap_or_else(|| energies(particle.mass.unwrap_or_default(), &momenta));
        particles.push(momenta);
    }
    let charge = charge.map(|pick| columns.take(&pick)).transpose()?;
    let efficiency = efficiency.map(|pick| columns.probabilities(&pick));
    let efficiency = efficiency.transpose()?;
    let marks = by_column.map(|pick| columns.take(&pick)).transpose()?;
    let kept = match plan.cut.conditions.is_empty() {
        true => Kept::All,
        false => Kept::ByCut,
    };
    let copies = copies
        .map(|copies| copies.sizes(events, marks.as_deref(), kept, path))
        .transpose()?;
    let further = (further.iter())
        .map(|pick| columns.take(pick))
        .collect::<Result<Vec<_>, _>>()?;
    let weights = match (&plan.weight, weight) {
        (_, Some(pick)) => columns.take(&pick)?,
        (Weight::Constant(w), _) => vec![*w; events],
        _ => vec![1.0; events],
    };
    let origin = Origin {
        path: path.to_path_buf(),
        bytes,
        sha256,
        tree: (!plan.tree.is_empty()).then(|| plan.tree.clone()),
        entries,
        events,
        sum_of_weights: weights.iter().sum(),
    };
    let weighted = plan.weight != Weight::Ones;
    Ok(Sample {
        particles,
        weights,
        weighted,
        charge,
        efficiency,
        copies,
        columns: further,
        background_from: None,
        origin: vec![origin],
        notes: Vec::new(),
    })
}

fn equal_lengths(path: &Path, read: &[Column]) -> Result<usize, SampleError> {
    let expected = read.first().map_or(0, Column::entries);
    match read.iter().find(|c| c.entries() != expected) {
        None => Ok(expected),
        Some(column) => Err(SampleError::Lengths {
            path: path.into(),
            column: column.name.clone(),
            length: column.entries(),
            expected,
        }),
    }
}

/// The entries that all conditions of the cut hold for; `None` without a cut.
fn kept(
    plan: &Plan,
    cuts: &[Pick],
    columns: &mut Columns,
    entries: usize,
) -> Result<Option<Vec<usize>>, SampleError> {
    if cuts.is_empty() {
        return Ok(None);
    }
    let mut keep = vec![true; entries];
    for (condition, pick) in plan.cut.conditions.iter().zip(cuts) {
        let values = columns.take(pick)?;
        keep.iter_mut()
            .zip(values)
            .for_each(|(keep, value)| *keep &= condition.holds(value));
    }
    Ok(Some((0..entries).filter(|entry| keep[*entry]).collect()))
}

/// Particles taken from an array in the order given must be all that it holds.
fn check_multiplicity(
    plan: &Plan,
    momenta: &[MomentumPicks],
    columns: &Columns,
    entries: usize,
) -> Result<(), SampleError> {
    let (Some(wanted), Some(first)) = (
        plan.multiplicity,
        momenta.iter().find(|m| m.p[0].place.is_some()),
    ) else {
        return Ok(());
    };
    let column = columns.column(&first.p[0])?;
    let wrong = |entry: &usize| column.count(*entry) != wanted;
    let entry = match &columns.keep {
        Some(keep) => keep.iter().copied().find(wrong),
        None => (0..entries).find(wrong),
    };
    match entry {
        None => Ok(()),
        Some(entry) => Err(SampleError::Multiplicity {
            path: columns.path.into(),
            column: column.name.clone(),
            entry,
            found: column.count(entry),
            wanted,
        }),
    }
}

fn append(sample: &mut Sample, part: Sample) {
    for (into, from) in sample.particles.iter_mut().zip(part.particles) {
        into.e.extend(from.e);
        into.px.extend(from.px);
        into.py.extend(from.py);
        into.pz.extend(from.pz);
    }
    sample.weights.extend(part.weights);
    if let (Some(into), Some(from)) = (&mut sample.charge, part.charge) {
        into.extend(from);
    }
    if let (Some(into), Some(from)) = (&mut sample.efficiency, part.efficiency) {
        into.extend(from);
    }
    if let (Some(into), Some(from)) = (&mut sample.copies, part.copies) {
        into.extend(from);
    }
    for (into, from) in sample.columns.iter_mut().zip(part.columns) {
        into.extend(from);
    }
    sample.origin.extend(part.origin);
}
