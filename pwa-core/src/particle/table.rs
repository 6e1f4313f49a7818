//! Finding particles by name, alias or PDG number.

use std::collections::HashMap;

use super::{BadRecord, Particle};

/// PDG 2024; sources in the file's header.
const PDG: &str = include_str!("../../../data/particles.csv");

/// Misspelt names get at most this many proposals.
const PROPOSALS: usize = 3;

/// Particles by name, alias and PDG number; each of these is unique.
#[derive(Debug, Clone, Default)]
pub struct ParticleTable {
    particles: Vec<Particle>,
    by_name: HashMap<String, usize>,
    by_id: HashMap<i32, usize>,
}

impl ParticleTable {
    /// A table without particles.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The particles of the PDG.
    pub fn pdg() -> Self {
        match Self::from_csv(PDG) {
            Ok(table) => table,
            // The file is compiled in and a test reads every line of it.
            Err(error) => unreachable!("{error}"),
        }
    }

    fn from_csv(text: &str) -> Result<Self, TableError> {
        let mut table = Self::default();
        let lines = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines.skip(1) {
            table.insert(Particle::from_csv(line)?)?;
        }
        Ok(table)
    }

    /// Looks a particle up by its name or one of its aliases.
    ///
    /// # Errors
    /// [`UnknownParticle`] with the nearest spellings.
    pub fn find(&self, name: &str) -> Result<&Particle, UnknownParticle> {
        self.get(name).ok_or_else(|| UnknownParticle {
            name: name.to_owned(),
            nearest: self.nearest(name),
        })
    }

    /// By any spelling, where a name that is not in the table is no mistake.
    pub fn get(&self, name: &str) -> Option<&Particle> {
        self.by_name.get(name).map(|&index| &self.particles[index])
    }

    pub fn find_id(&self, pdg_id: i32) -> Option<&Particle> {
        self.by_id.get(&pdg_id).map(|&index| &self.particles[index])
    }

    /// Adds a particle of the user's.
    ///
    /// # Errors
    /// When its name, an alias or its PDG number is taken; the table is unchanged then.
    pub fn insert(&mut self, particle: Particle) -> Result<(), DuplicateParticle> {
        let spellings = || std::iter::once(&particle.name).chain(&particle.aliases);
        for spelling in spellings() {
            if let Some(&index) = self.by_name.get(spelling) {
                return Err(DuplicateParticle {
                    key: spelling.clone(),
                    holder: self.particles[index].name.clone(),
                });
            }
        }
        if let Some((id, holder)) = particle.pdg_id.and_then(|id| Some((id, self.find_id(id)?))) {
            return Err(DuplicateParticle {
                key: id.to_string(),
                holder: holder.name.clone(),
            });
        }
        let index = self.particles.len();
        for spelling in spellings() {
            self.by_name.insert(spelling.clone(), index);
        }
        if let Some(id) = particle.pdg_id {
            self.by_id.insert(id, index);
        }
        self.particles.push(particle);
        Ok(())
    }

    /// In the order of the file, the user's own last.
    pub fn iter(&self) -> impl Iterator<Item = &Particle> {
        self.particles.iter()
    }

    fn nearest(&self, name: &str) -> Vec<String> {
        let mut scored: Vec<(f64, &str)> = self
            .by_name
            .iter()
            .map(|(spelling, &index)| {
                (
                    strsim::jaro_winkler(name, spelling),
                    self.particles[index].name.as_str(),
                )
            })
            .filter(|(score, _)| *score > 0.8)
            .collect();
        // The names break ties, so that the message does not depend on the hash map's order.
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        let mut nearest: Vec<String> = Vec::new();
        for (_, name) in scored {
            if nearest.len() < PROPOSALS && !nearest.iter().any(|known| known == name) {
                nearest.push(name.to_owned());
            }
        }
        nearest
    }
}

#[derive(Debug, thiserror::Error)]
enum TableError {
    #[error(transparent)]
    Record(#[from] BadRecord),
    #[error(transparent)]
    Duplicate(#[from] DuplicateParticle),
}

/// A name that is in no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown particle `{name}`")]
pub struct UnknownParticle {
    pub name: String,
    /// Names of similar spelling, best first; may be empty.
    pub nearest: Vec<String>,
}

impl miette::Diagnostic for UnknownParticle {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new("gpuwa::particle::unknown"))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(if self.nearest.is_empty() {
            Box::new("define it with its spin and parity, or use a PDG name such as `K*(892)0`")
        } else {
            Box::new(format!(
                "did you mean `{}`? Otherwise define it with its spin and parity",
                self.nearest.join("`, `")
            ))
        })
    }
}

/// Two particles under one name or PDG number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
#[error("`{key}` already names the particle `{holder}`")]
#[diagnostic(code(gpuwa::particle::duplicate), help("choose another name"))]
pub struct DuplicateParticle {
    pub key: String,
    pub holder: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::particle::{Parity, Spin};

    /// Their numbers date from before the scheme of 2012, whose last digit is 2J + 1.
    const OLD_NUMBERS: [i32; 5] = [104122, 104314, 104324, 104312, 104322];

    #[test]
    fn every_line_of_the_file_is_a_particle_and_every_spelling_unique() {
        let table = ParticleTable::from_csv(PDG).unwrap();
        assert!(table.iter().count() > 900);
    }

    #[test]
    fn the_last_digit_of_a_hadron_number_is_its_multiplicity() {
        for particle in ParticleTable::pdg().iter() {
            let (Some(id), Some(spin)) = (particle.pdg_id, particle.spin) else {
                continue;
            };
            let digits = id.unsigned_abs();
            if digits < 100 || digits == 130 || digits == 310 || OLD_NUMBERS.contains(&id.abs()) {
                continue;
            }
            assert_eq!(digits % 10, spin.multiplicity(), "{}", particle.name);
        }
    }

    #[test]
    fn the_end_of_a_name_tells_the_charge() {
        for particle in ParticleTable::pdg().iter() {
            let trimmed = particle.name.trim_end_matches(['+', '-']);
            let suffix = &particle.name[trimmed.len()..];
            let charge = match suffix {
                "+" => 1,
                "++" => 2,
                "-" => -1,
                "--" => -2,
                _ if particle.name == "p" => 1,
                _ if particle.name == "pbar" => -1,
                _ => 0,
            };
            assert_eq!(particle.charge, Some(charge), "{}", particle.name);
        }
    }

    #[test]
    fn antiparticles_mirror_their_particles() {
        let table = ParticleTable::pdg();
        for particle in table.iter() {
            let Some(anti) = particle.pdg_id.and_then(|id| table.find_id(-id)) else {
                continue;
            };
            let name = &particle.name;
            assert_eq!(
                (anti.mass, anti.width, anti.spin),
                (particle.mass, particle.width, particle.spin),
                "{name}"
            );
            assert_eq!(anti.charge, particle.charge.map(|charge| -charge), "{name}");
            let (Some(p), Some(q), Some(spin)) = (particle.parity, anti.parity, particle.spin)
            else {
                continue;
            };
            assert_eq!(
                p == q,
                !spin.is_fermion(),
                "{name}: an antifermion has the opposite parity"
            );
        }
    }

    #[test]
    fn charges_follow_from_isospin_and_flavour() {
        for particle in ParticleTable::pdg().iter() {
            let flavour = particle.flavour.unwrap();
            let (Some(isospin), Some(charge)) = (particle.isospin, particle.charge) else {
                continue;
            };
            // 2 I3 = 2 Q - (B + S + C + B'), Gell-Mann and Nishijima; K(S)0 as K0.
            let strangeness = flavour.strangeness().unwrap_or(1);
            let hypercharge = flavour.baryon + strangeness + flavour.charm + flavour.beauty;
            let two_i3 = 2 * charge - hypercharge;
            let two_i = isospin.two_j() as i32;
            assert!(
                two_i3.abs() <= two_i && (two_i - two_i3) % 2 == 0,
                "{}: I = {isospin}, 2 I3 = {two_i3}",
                particle.name
            );
        }
    }

    #[test]
    fn g_parity_of_a_neutral_member_is_c_times_the_sign_of_its_isospin() {
        for particle in ParticleTable::pdg().iter() {
            let (Some(g), Some(c), Some(isospin)) =
                (particle.g_parity, particle.c_parity, particle.isospin)
            else {
                continue;
            };
            let sign = Parity::of_power(isospin.two_j() / 2);
            assert_eq!(g, c * sign, "{}", particle.name);
        }
    }

    #[test]
    fn only_neutral_particles_have_a_c_parity() {
        for particle in ParticleTable::pdg().iter() {
            assert!(
                particle.c_parity.is_none() || particle.charge == Some(0),
                "{}",
                particle.name
            );
        }
    }

    #[test]
    fn masses_are_positive_but_of_photon_and_neutrinos() {
        for particle in ParticleTable::pdg().iter() {
            let massless = particle.name == "gamma" || particle.name.starts_with("nu");
            assert_eq!(particle.mass == Some(0.0), massless, "{}", particle.name);
            assert!(particle.mass.is_some(), "{}", particle.name);
        }
    }

    #[test]
    fn well_known_states_have_their_numbers() {
        let table = ParticleTable::pdg();
        // name, mass, width, two_j, P, C from the PDG listings of 2024.
        let known = [
            ("pi+", 0.139_570_39, 2.5284e-17, 0, "-", ""),
            ("f2(1270)", 1.2754, 0.1866, 4, "+", "+"),
            ("J/psi", 3.0969, 9.26e-5, 2, "-", "-"),
            ("K*(892)0", 0.895_55, 0.0473, 2, "-", ""),
            ("Lambda(1520)", 1.519, 0.016, 3, "-", ""),
            ("f0(1500)", 1.522, 0.108, 0, "+", "+"),
            ("D+", 1.869_66, 6.37e-13, 0, "-", ""),
            ("pbar", 0.938_272_088_16, 0.0, 1, "-", ""),
        ];
        for (name, mass, width, two_j, p, c) in known {
            let particle = table.find(name).unwrap();
            assert_eq!(
                (particle.mass, particle.width),
                (Some(mass), Some(width)),
                "{name}"
            );
            assert_eq!(particle.spin, Some(Spin::from_two_j(two_j)), "{name}");
            assert_eq!(
                (particle.parity, particle.c_parity),
                (p.parse::<Parity>().ok(), c.parse().ok()),
                "{name}"
            );
        }
    }

    #[test]
    fn other_spellings_find_the_same_particle() {
        let table = ParticleTable::pdg();
        for (alias, name) in [
            ("f(0)(1500)", "f0(1500)"),
            ("f_0(1500)", "f0(1500)"),
            ("Lambda_c+", "Lambda(c)+"),
            ("Lambda_b0", "Lambda(b)0"),
            ("Lb", "Lambda(b)0"),
            ("K*(892)~0", "Kbar*(892)0"),
            ("K*(892)bar0", "Kbar*(892)0"),
            ("K_0^*(1430)0", "K0*(1430)0"),
            ("photon", "gamma"),
            ("J/psi", "J/psi(1S)"),
            ("X(3872)", "chi(c1)(3872)"),
            ("Pc(4312)+", "P(ccbar)(4312)+"),
            ("Zc(3900)-", "T(ccbar1)(3900)-"),
            ("p~", "pbar"),
            ("D_s+", "D(s)+"),
            ("rho0", "rho(770)0"),
            ("Delta++", "Delta(1232)++"),
        ] {
            assert_eq!(table.find(alias).unwrap().name, name, "{alias}");
        }
        assert_eq!(table.find_id(-211).unwrap().name, "pi-");
    }

    #[test]
    fn a_misspelt_name_gets_proposals() {
        let error = ParticleTable::pdg().find("f2(1720)").unwrap_err();
        assert!(
            error.nearest.contains(&"f2(1270)".to_owned()),
            "{:?}",
            error.nearest
        );
        assert!(
            ParticleTable::pdg()
                .find("zzzz")
                .unwrap_err()
                .nearest
                .is_empty()
        );
        let help = miette::Diagnostic::help(&error).unwrap().to_string();
        assert!(help.contains("f2(1270)"), "{help}");
    }

    #[test]
    fn a_taken_name_is_refused_and_leaves_the_table_unchanged() {
        let mut table = ParticleTable::pdg();
        let mut mine = Particle::named("mine");
        mine.aliases = vec!["J/psi".to_owned()];
        let error = table.insert(mine.clone()).unwrap_err();
        assert_eq!(error.holder, "J/psi(1S)");
        assert!(table.find("mine").is_err());
        mine.aliases.clear();
        table.insert(mine).unwrap();
        assert_eq!(table.find("mine").unwrap().mass, None);
    }
}
