//! Events in memory: aligned columns of four-momenta, weights and charges.

use std::borrow::Cow;
use std::ops::Range;
use std::path::PathBuf;

use super::SampleError;

/// The four-momenta of one particle, an entry an event, in GeV.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ParticleMomenta {
    /// The name it was asked for with.
    pub name: String,
    pub e: Vec<f64>,
    pub px: Vec<f64>,
    pub py: Vec<f64>,
    pub pz: Vec<f64>,
}

/// Where events came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// The file as it was opened.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: String,
    /// The tree read; `None` for formats without trees.
    pub tree: Option<String>,
    /// Entries the tree holds.
    pub entries: usize,
    /// Entries kept by the cut.
    pub events: usize,
    /// Sum of the weights of the events kept.
    pub sum_of_weights: f64,
}

/// Events: every column has [`Sample::len`] finite entries.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sample {
    /// In the order of the request. Momenta in GeV.
    pub particles: Vec<ParticleMomenta>,
    /// Event weights; ones when the files hold none.
    pub weights: Vec<f64>,
    /// Whether the weights came from a column or a number given, rather than being ones for lack of any.
    pub weighted: bool,
    /// Values of the charge column; negative marks a charge-conjugate event.
    pub charge: Option<Vec<f64>>,
    /// Values of the efficiency column, above 0 and at most 1.
    pub efficiency: Option<Vec<f64>>,
    /// How many smeared copies each event has; none where every entry is an event.
    pub copies: Option<Vec<usize>>,
    /// The further columns that were asked for, in their order.
    pub columns: Vec<Vec<f64>>,
    /// The first event of a background that was appended with negative weights.
    pub background_from: Option<usize>,
    /// The files, in the order of the events.
    pub origin: Vec<Origin>,
    /// What was found or assumed rather than asked for, in sentences to be printed.
    pub notes: Vec<String>,
}

impl Sample {
    /// Number of entries: events, or their smeared copies.
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// Whether there is no event. [`super::read_sample`] never returns such a sample.
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// Number of events, with however many copies.
    pub fn events(&self) -> usize {
        self.copies.as_ref().map_or(self.len(), Vec::len)
    }

    /// The weights of events: what those of their copies sum to.
    pub fn event_weights(&self) -> Cow<'_, [f64]> {
        let Some(copies) = &self.copies else {
            return Cow::Borrowed(&self.weights);
        };
        let of_event = |copies: Range<usize>| self.weights[copies].iter().sum();
        ranges(copies).map(of_event).collect()
    }

    /// The entries of some events.
    ///
    /// # Panics
    /// When there is no such event, as indexing does.
    pub fn entries_of(&self, events: &[usize]) -> Vec<usize> {
        let Some(copies) = &self.copies else {
            return events.to_vec();
        };
        let all: Vec<Range<usize>> = ranges(copies).collect();
        let entries = events.iter().flat_map(|&event| all[event].clone());
        entries.collect()
    }

    /// Some of its events, by their numbers, without where they came from.
    ///
    /// # Panics
    /// When there is no such event, as indexing does.
    pub fn part(&self, events: &[usize]) -> Self {
        let entries = self.entries_of(events);
        let of = |column: &Vec<f64>| -> Vec<f64> { entries.iter().map(|&i| column[i]).collect() };
        let particles = self.particles.iter().map(|particle| ParticleMomenta {
            name: particle.name.clone(),
            e: of(&particle.e),
            px: of(&particle.px),
            py: of(&particle.py),
            pz: of(&particle.pz),
        });
        Self {
            particles: particles.collect(),
            weights: of(&self.weights),
            weighted: self.weighted,
            charge: self.charge.as_ref().map(of),
            efficiency: self.efficiency.as_ref().map(of),
            copies: (self.copies.as_ref())
                .map(|copies| events.iter().map(|&event| copies[event]).collect()),
            columns: self.columns.iter().map(of).collect(),
            background_from: self
                .background_from
                .map(|first| entries.iter().filter(|&&entry| entry < first).count()),
            origin: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// How many events are data, and not a background to subtract.
    pub fn data_len(&self) -> usize {
        self.background_from.unwrap_or(self.len())
    }

    /// The momenta of the first particle asked for by this name.
    pub fn particle(&self, name: &str) -> Option<&ParticleMomenta> {
        self.particles.iter().find(|p| p.name == name)
    }

    /// Sum of the weights, file after file in order.
    pub fn sum_of_weights(&self) -> f64 {
        self.origin.iter().map(|o| o.sum_of_weights).sum()
    }

    /// Refuses events with E² < p² beyond `tolerance` · E², naming the first.
    ///
    /// A float column rounds E and p to 6e-8 of their value; 1e-5 leaves room for files written with few digits and
    /// still catches columns in the wrong order.
    pub fn check_timelike(&self, tolerance: f64) -> Result<(), SampleError> {
        for particle in &self.particles {
            for event in 0..particle.e.len() {
                let (e, [x, y, z]) = (particle.e[event], particle.at(event));
                let p_squared = x * x + y * y + z * z;
                if e < 0.0 || e * e - p_squared < -tolerance * e * e {
                    return Err(SampleError::Spacelike {
                        particle: particle.name.clone(),
                        event,
                        e,
                        p: p_squared.sqrt(),
                    });
                }
            }
        }
        Ok(())
    }
}

/// The entries of each event.
pub fn ranges(copies: &[usize]) -> impl Iterator<Item = Range<usize>> {
    let mut end = 0;
    copies.iter().map(move |count| {
        end += count;
        end - count..end
    })
}

impl ParticleMomenta {
    /// The momentum of one event, [px, py, pz] in GeV.
    ///
    /// # Panics
    /// When there is no such event, as indexing does.
    pub fn at(&self, event: usize) -> [f64; 3] {
        [self.px[event], self.py[event], self.pz[event]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spacelike_particle_is_named_with_its_event() {
        let kaon = ParticleMomenta {
            name: "K-".into(),
            e: vec![1.0, 1.0],
            px: vec![0.0, 0.0],
            py: vec![0.5, 0.0],
            pz: vec![0.5, 1.5],
        };
        let sample = Sample {
            particles: vec![kaon],
            weights: vec![1.0; 2],
            ..Sample::default()
        };
        let message = sample.check_timelike(1e-5).unwrap_err().to_string();
        assert_eq!(
            message,
            "particle `K-` is spacelike at event 1: E = 1 GeV, |p| = 1.5 GeV"
        );
    }
}
