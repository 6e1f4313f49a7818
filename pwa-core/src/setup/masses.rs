//! Whether the masses of a sample's particles are those of the model: columns that are exchanged, and momenta in
//! another unit, have likelihoods too.

use std::ops::Range;
use std::path::Path;

use super::{SampleKind, SetupError};
use crate::model::{MassSource, Model};
use crate::sample::Sample;

/// GeV: no mass is that of another particle by less.
const APART: f64 = 0.02;

/// Two masses within this share are of one particle: measured, cut, broad.
const ONE_PARTICLE: f64 = 0.05;

/// A mass beyond this factor is none of the particle, whosever it is.
const NO_MASS: f64 = 1.5;

/// A mass this far off, as a share and in GeV, is worth a note: of `pi0` for `pi+`, or of another particle table.
const NOTABLE: (f64, f64) = (1e-3, 5e-4);

/// The decaying particle may be as broad as its decay products allow.
const NOTABLE_INITIAL: f64 = 0.01;

/// What is above the masses of the final particles is off by this factor where momenta are in another unit.
const OTHER_UNIT: f64 = 500.0;

/// Of E²: what rounding of single precision leaves of a mass squared.
const ROUNDING: f64 = 1e-6;

/// Events of a file that are looked at.
const EVENTS: usize = 1001;

/// Compares the medians of each file with the model's masses; what is notable is returned.
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
        let mut off = file.final_particles(kind);
        off.extend(file.total());
        for Off {
            particle,
            mass,
            expected,
            wrong,
        } in off
        {
            if let Some(help) = wrong {
                return Err(SetupError::WrongMass {
                    sample: kind.name(),
                    path: path.display().to_string(),
                    particle: particle.to_owned(),
                    mass,
                    expected,
                    help,
                });
            }
            if notes.iter().all(|(known, _)| *known != particle) {
                let text = format!(
                    "`{particle}` has a mass of {mass:.5} GeV (median), {expected:.5} in the model"
                );
                notes.push((particle, text));
            }
        }
    }
    Ok(notes.into_iter().map(|(_, note)| note).collect())
}

/// A mass that is not that of the model.
struct Off<'a> {
    particle: &'a str,
    mass: f64,
    expected: f64,
    /// What to do, where it is no mass of the particle.
    wrong: Option<String>,
}

const IN_MEV: &str = "the momenta are in MeV: write `unit = \"MeV\"` for this sample";
const IN_GEV: &str = "the momenta are in GeV: leave out `unit = \"MeV\"`";

/// What a factor of a thousand means.
fn of_unit(ratio: f64) -> Option<&'static str> {
    let thousand = 900.0..1100.0;
    let in_mev = thousand.contains(&ratio).then_some(IN_MEV);
    in_mev.or(thousand.contains(&(1.0 / ratio)).then_some(IN_GEV))
}

fn is_one_particle(a: f64, b: f64) -> bool {
    let difference = (a - b).abs();
    difference < APART || difference < ONE_PARTICLE * a.max(b)
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

/// The median of a mass and of the energy.
struct Median {
    mass: f64,
    energy: f64,
}

impl<'a> File<'a> {
    /// The final particles whose masses are off; none where they are the model's.
    fn final_particles(&self, kind: SampleKind) -> Vec<Off<'a>> {
        if self.model.mass_source == MassSource::Nominal {
            return Vec::new();
        }
        let mut off = Vec::new();
        for (number, particle) in self.model.finals.iter().enumerate() {
            let expected = particle.mass;
            let Some(Median { mass, energy }) = self.median(&[number]) else {
                continue;
            };
            let (share, least) = NOTABLE;
            let difference = (mass - expected).abs();
            let rounding = ROUNDING * energy * energy;
            if difference < least.max(share * expected)
                || (mass * mass - expected * expected).abs() < rounding
            {
                continue;
            }
            // Beside a peak a particle has any mass.
            let is_beside = matches!(kind, SampleKind::Background | SampleKind::Sideband);
            let wrong = of_unit(mass / expected).map(str::to_owned);
            let wrong = wrong.or_else(|| self.of_another(number, mass).filter(|_| !is_beside));
            off.push(Off {
                particle: &particle.label,
                mass,
                expected,
                wrong,
            });
        }
        off
    }

    /// Whose mass it is, if it is not that of a final particle.
    fn of_another(&self, number: usize, mass: f64) -> Option<String> {
        let finals = &self.model.finals;
        let own = finals[number].mass;
        if is_one_particle(mass, own) {
            return None;
        }
        let mut others = finals.iter();
        if let Some(other) = others.find(|other| is_one_particle(mass, other.mass)) {
            return Some(format!(
                "this is the mass of `{}`: say by `alias` which columns are whose",
                other.label
            ));
        }
        let is_none = mass > NO_MASS * own || own > NO_MASS * mass;
        is_none.then(|| {
            "check which columns are whose; another mass is declared by [particle.NAME] with `like` and `mass`".to_owned()
        })
    }

    /// The decaying particle, if its mass is off.
    fn total(&self) -> Option<Off<'a>> {
        let initial = &self.model.initial;
        let expected = initial.mass?;
        let finals = &self.model.finals;
        let all: Vec<usize> = (0..finals.len()).collect();
        let mass = self.median(&all)?.mass;
        let threshold: f64 = finals.iter().map(|particle| particle.mass).sum();
        let ratio = (mass - threshold) / (expected - threshold);
        let wrong = if ratio > OTHER_UNIT {
            Some(IN_MEV)
        } else if ratio.abs() < 1.0 / OTHER_UNIT {
            Some(IN_GEV)
        } else {
            None
        };
        let is_off = (mass / expected - 1.0).abs() > NOTABLE_INITIAL;
        is_off.then(|| Off {
            particle: &initial.name,
            mass,
            expected,
            wrong: wrong.map(str::to_owned),
        })
    }

    /// Of some particles together; none of spacelike ones, which are an error of their own.
    fn median(&self, particles: &[usize]) -> Option<Median> {
        let step = self.events.len().div_ceil(EVENTS).max(1);
        let momenta =
            (self.events.clone().step_by(step)).map(|event| self.total_of(particles, event));
        let (mut squares, mut energies): (Vec<f64>, Vec<f64>) = momenta
            .map(|[e, x, y, z]| (e * e - (x * x + y * y + z * z), e))
            .unzip();
        let square = middle(&mut squares)?;
        let energy = middle(&mut energies)?;
        (square >= 0.0).then(|| Median {
            mass: square.sqrt(),
            energy,
        })
    }

    fn total_of(&self, particles: &[usize], event: usize) -> [f64; 4] {
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
        total
    }
}

fn middle(values: &mut [f64]) -> Option<f64> {
    let place = values.len() / 2;
    let found = (!values.is_empty()).then(|| values.select_nth_unstable_by(place, f64::total_cmp));
    found.map(|(_, middle, _)| *middle)
}
