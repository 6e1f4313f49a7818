//! Models of 74 chains, as large as analyses of b baryons get: their configs are written here, from lists of
//! invented states.

use std::fmt::Write;
use std::path::Path;

use pwa_core::config::Source;
use pwa_core::engine::Backend;
use pwa_core::sample::Sample;
use pwa_core::setup::{Job, Overrides, SetupError};

/// A decay Lambda_b -> p K X through 74 chains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManyChains {
    /// X is a photon: states in p K alone, 264 waves in 8 rows.
    Photon,
    /// X is a J/psi: states in all three pairs, 420 waves in 12 rows, p and J/psi aligned.
    JPsi,
}

/// States of one pair of particles.
struct Family {
    name: &'static str,
    bachelor: &'static str,
    pair: &'static str,
    states: usize,
    /// GeV.
    lowest_mass: f64,
    /// Doubled.
    lowest_spin: usize,
    spins: usize,
}

/// GeV, from one state of a family to the next.
const SPACING: f64 = 0.015;

impl ManyChains {
    pub const ALL: [Self; 2] = [Self::Photon, Self::JPsi];

    pub fn name(self) -> &'static str {
        match self {
            Self::Photon => "Lb-pKgamma",
            Self::JPsi => "Lb-pKJpsi",
        }
    }

    fn families(self) -> Vec<Family> {
        let baryons = |name, bachelor, pair, states, lowest_mass| Family {
            name,
            bachelor,
            pair,
            states,
            lowest_mass,
            lowest_spin: 1,
            spins: 5,
        };
        match self {
            // The helicity of a massless particle has one frame only as a direct daughter.
            Self::Photon => vec![baryons("L", "X", "p K", 74, 1.5)],
            Self::JPsi => vec![
                baryons("L", "X", "p K", 28, 1.5),
                baryons("P", "K", "p X", 26, 4.1),
                Family {
                    lowest_spin: 2,
                    spins: 4,
                    ..baryons("Z", "p", "K X", 20, 3.7)
                },
            ],
        }
    }

    /// The config: every state has a spin and parity in turn, fixed mass and width.
    pub fn config(self) -> String {
        let mass = match self {
            Self::Photon => 0.0,
            Self::JPsi => 3.0969,
        };
        let mut text = format!(
            "gpuwa = 1\nconvention = \"helicity-1\"\n\n\
             [decay]\ninitial = \"Lb\"\nfinal = [\"p\", \"K\", \"X\"]\n\n\
             [particle.Lb]\nmass = 5.6196\nspin = \"1/2\"\nparity = 1\n\n\
             [particle.p]\nmass = 0.93827209\nspin = \"1/2\"\nparity = 1\n\n\
             [particle.K]\nmass = 0.493677\nspin = 0\nparity = -1\n\n\
             [particle.X]\nmass = {mass}\nspin = 1\nparity = -1\n\n"
        );
        for family in self.families() {
            let states = 0..family.states;
            let names: Vec<String> = states.map(|i| format!("{}{i}", family.name)).collect();
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "[[decay.chain]]\ndecay = \"Lb -> R {}, R -> {}\"\nR = {names:?}\nweak = [\"Lb\"]\n",
                family.bachelor, family.pair
            );
            for (i, name) in names.iter().enumerate() {
                let two_j = family.lowest_spin + 2 * (i / 2 % family.spins);
                let _ = writeln!(
                    text,
                    "[resonance.{name}]\nspin = \"{two_j}/2\"\nparity = {}\nmass = {}\nwidth = {}\n",
                    if i % 2 == 0 { -1 } else { 1 },
                    family.lowest_mass + SPACING * i as f64,
                    0.05 + 0.01 * (i % 7) as f64,
                );
            }
        }
        text
    }

    /// The model, its waves normalised.
    ///
    /// # Errors
    /// When the config is not that of a model.
    pub fn open(self, backend: &dyn Backend) -> Result<Job<'_>, SetupError> {
        let source = Source::new(self.name(), self.config(), Path::new(""));
        Job::open(source, &Overrides::default(), backend)
    }

    /// Events flat in phase space.
    ///
    /// # Errors
    /// When memory is short.
    pub fn events(self, job: &Job<'_>, events: usize) -> Result<Sample, SetupError> {
        let model = &job.models[0];
        let flat = job.flat_sample(model, events, 1)?;
        Ok(Job::generated_sample(model, &flat))
    }
}
