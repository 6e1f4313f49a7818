//! Whether the masses of a sample's particles are those of the model: columns that are exchanged, and momenta in
//! another unit, have likelihoods too.

use std::ops::Range;
use std::path::Path;

use super::{SampleKind, SetupError};
use crate::model::{MassSource, Model};
use crate::sample::Sample;

/// A median this far off, as a share of the mass and in GeV, is that of another particle.
const WRONG: (f64, f64) = (0.05, 0.02);

/// One this far off is worth a note: of `pi0` for `pi+`, or of another version of the particle table.
const NOTABLE: (f64, f64) = (1e-3, 5e-4);

/// The decaying particle may be as broad as its decay products allow: another mass is a note, another unit an error.
const NOTABLE_INITIAL: f64 = 0.01;
const WRONG_INITIAL: f64 = 100.0;

/// Events of a file that are looked at.
const EVENTS: usize = 1001;

/// Compares the medians of each file with the particle table's masses; what is notable is returned.
///
/// # Errors
/// When they are those of other particles, or of another unit.
pub(super) fn compare(
    sample: &Sample,
    model: &Model,
    kind: SampleKind,
) -> Result<Vec<String>, SetupError> {
    let mut notes: Vec<(&str, String)> = Vec::new();
    for (path, events) in files(sample) {
        let file = File {
            sample,
            model,
            events,
        };
        let wrong = |particle: &str, mass, expected, help| SetupError::WrongMass {
            sample: kind.name(),
            path: path.display().to_string(),
            particle: particle.to_owned(),
            mass,
            expected,
            help,
        };
        let mut note = |particle, mass: f64, expected: f64, what: &str| {
            if notes.iter().all(|(known, _)| *known != particle) {
                let text = format!(
                    "`{particle}` has a mass of {mass:.5} GeV (median), {expected:.5} in the particle table{what}"
                );
                notes.push((particle, text));
            }
        };
        for (number, particle) in model.finals.iter().enumerate() {
            let (label, expected) = (particle.label.as_str(), particle.mass);
            let Some(mass) = file.mass_of(number) else {
                continue;
            };
            if is_off(mass, expected, WRONG) {
                let help = of_unit(mass / expected)
                    .map_or_else(|| of_another(model, number, mass), str::to_owned);
                return Err(wrong(label, mass, expected, help));
            }
            if is_off(mass, expected, NOTABLE) {
                note(label, mass, expected, "");
            }
        }
        let initial = &model.initial;
        let (Some(expected), Some(mass)) = (initial.mass, file.mass_of_all()) else {
            continue;
        };
        let ratio = mass / expected;
        if !(1.0 / WRONG_INITIAL..WRONG_INITIAL).contains(&ratio) {
            let help = of_unit(ratio).unwrap_or("check the unit of the momenta");
            return Err(wrong(&initial.name, mass, expected, help.to_owned()));
        }
        if (ratio - 1.0).abs() > NOTABLE_INITIAL {
            note(
                &initial.name,
                mass,
                expected,
                "; waves are normalised at that",
            );
        }
    }
    Ok(notes.into_iter().map(|(_, note)| note).collect())
}

fn is_off(mass: f64, expected: f64, (share, least): (f64, f64)) -> bool {
    let difference = (mass - expected).abs();
    difference > share * expected && difference > least
}

/// What a factor of a thousand means.
fn of_unit(ratio: f64) -> Option<&'static str> {
    if (900.0..1100.0).contains(&ratio) {
        Some("the momenta are in MeV: write `unit = \"MeV\"` for this sample")
    } else if (900.0..1100.0).contains(&(1.0 / ratio)) {
        Some("the momenta are in GeV: leave out `unit = \"MeV\"`")
    } else {
        None
    }
}

/// Whose mass it is, if it is that of another final particle.
fn of_another(model: &Model, number: usize, mass: f64) -> String {
    let mut others = model.finals.iter().enumerate();
    let other =
        others.find(|&(other, particle)| other != number && !is_off(mass, particle.mass, WRONG));
    match other {
        Some((_, other)) => format!(
            "this is the mass of `{}`: say by `alias` which columns are whose",
            other.label
        ),
        None => "check which columns are whose; another mass is declared by [particle.NAME] with `like` and `mass`".to_owned(),
    }
}

/// The files, each with its entries.
fn files(sample: &Sample) -> impl Iterator<Item = (&Path, Range<usize>)> {
    let mut end = 0;
    sample.origin.iter().map(move |origin| {
        let first = end;
        end += origin.events;
        (origin.path.as_path(), first..end)
    })
}

struct File<'a> {
    sample: &'a Sample,
    model: &'a Model,
    events: Range<usize>,
}

impl File<'_> {
    /// The median of a final particle; none where it is the table's, or no mass at all.
    fn mass_of(&self, particle: usize) -> Option<f64> {
        match self.model.mass_source {
            MassSource::Event => self.median(&[particle]),
            MassSource::Nominal => None,
        }
    }

    fn mass_of_all(&self) -> Option<f64> {
        let all: Vec<usize> = (0..self.model.finals.len()).collect();
        self.median(&all)
    }

    /// The median mass of some particles together; none of spacelike ones, which are an error of their own.
    fn median(&self, particles: &[usize]) -> Option<f64> {
        let step = self.events.len().div_ceil(EVENTS).max(1);
        let events = self.events.clone().step_by(step);
        let mut squares: Vec<f64> = events
            .map(|event| self.mass_squared(particles, event))
            .collect();
        if squares.is_empty() {
            return None;
        }
        let middle = squares.len() / 2;
        let (_, median, _) = squares.select_nth_unstable_by(middle, f64::total_cmp);
        (*median >= 0.0).then(|| median.sqrt())
    }

    fn mass_squared(&self, particles: &[usize], event: usize) -> f64 {
        let mut total = [0.0; 4];
        for &number in particles {
            let of = &self.sample.particles[number];
            let p = [of.px[event], of.py[event], of.pz[event]];
            let energy = match self.model.mass_source {
                MassSource::Event => of.e[event],
                MassSource::Nominal => {
                    let mass = self.model.finals[number].mass;
                    p.iter().fold(mass * mass, |sum, x| sum + x * x).sqrt()
                }
            };
            for (sum, x) in total.iter_mut().zip([energy, p[0], p[1], p[2]]) {
                *sum += x;
            }
        }
        let [e, x, y, z] = total;
        e * e - (x * x + y * y + z * z)
    }
}
