//! Names of particles, their spins and helicities.

use super::super::{ConfigError, SpinEntry, Step};
use super::{Resolver, counts};
use crate::model::FinalParticle;
use crate::particle::{Parity, Particle};

impl Resolver<'_> {
    /// A particle of the config's own, or of the table.
    pub(super) fn particle(&self, name: &str, path: &[Step]) -> Result<Particle, ConfigError> {
        let initial = &self.reaction.entry.initial;
        if let Some(photon) = initial.photon.as_ref().filter(|_| initial.particle == name) {
            return self.photon_and_target(name, photon);
        }
        let Some(entry) = self.document.particle.get(name) else {
            return self.table_particle(name, path);
        };
        let at: [Step; 2] = ["particle".into(), name.into()];
        let mut particle = match &entry.like {
            Some(like) => self.table_particle(like, &[at[0], at[1], "like".into()])?,
            None => self
                .table
                .get(name)
                .cloned()
                .unwrap_or_else(|| Particle::named(name)),
        };
        particle.mass = entry.mass.or(particle.mass);
        particle.charge = entry.charge.or(particle.charge);
        let (spin, parity, c_parity) = (&entry.spin, entry.parity, entry.c_parity);
        self.quantum_numbers(&mut particle, spin.as_ref(), parity, c_parity, &at)?;
        Ok(particle)
    }

    pub(super) fn table_particle(
        &self,
        name: &str,
        path: &[Step],
    ) -> Result<Particle, ConfigError> {
        self.table.find(name).cloned().map_err(|error| {
            let help = if error.nearest.is_empty() {
                format!("define it: [particle.\"{name}\"] with mass, spin, parity")
            } else {
                format!("did you mean {}?", error.nearest.join(", "))
            };
            self.source
                .error(path, format!("unknown particle `{name}`"), help)
        })
    }

    pub(super) fn quantum_numbers(
        &self,
        particle: &mut Particle,
        spin: Option<&SpinEntry>,
        parity: Option<i8>,
        c_parity: Option<i8>,
        at: &[Step],
    ) -> Result<(), ConfigError> {
        let inside = |key: &'static str| [at, &[key.into()]].concat();
        if let Some(SpinEntry(text)) = spin {
            particle.spin = Some(text.parse().map_err(|_| {
                let help = "write 0, 1, 2, ... or \"1/2\", \"3/2\", ...".to_owned();
                self.source
                    .error(&inside("spin"), format!("`{text}` is no spin"), help)
            })?);
        }
        let sign = |value: i8, key| match value {
            1 => Ok(Parity::Even),
            -1 => Ok(Parity::Odd),
            _ => {
                let help = "write 1 or -1".to_owned();
                Err(self
                    .source
                    .error(&inside(key), format!("{value} is no parity"), help))
            }
        };
        if let Some(value) = parity {
            particle.parity = Some(sign(value, "parity")?);
        }
        if let Some(value) = c_parity {
            particle.c_parity = Some(sign(value, "c_parity")?);
        }
        Ok(())
    }

    /// The doubled spin.
    pub(super) fn spin(&self, particle: &Particle, path: &[Step]) -> Result<u32, ConfigError> {
        particle.spin.map(|spin| spin.two_j()).ok_or_else(|| {
            let name = &particle.name;
            let help =
                format!("give it one: [particle.\"{name}\"] or [resonance.\"{name}\"] with `spin`");
            self.source
                .error(path, format!("the spin of `{name}` is not known"), help)
        })
    }

    /// Doubled helicities; all of the spin where none are given.
    pub(super) fn helicities(
        &self,
        given: Option<&[f64]>,
        two_j: u32,
        path: &[Step],
    ) -> Result<Vec<i32>, ConfigError> {
        let all: Vec<i32> = crate::spin::projections(two_j).collect();
        let Some(given) = given else { return Ok(all) };
        let path = [path, &["helicities".into()]].concat();
        let mut chosen = Vec::new();
        for &helicity in given {
            let found = all.iter().find(|&&two| f64::from(two) == 2.0 * helicity);
            match found {
                Some(two) if !chosen.contains(two) => chosen.push(*two),
                Some(_) => {
                    return Err(self.source.error(
                        &path,
                        format!("helicity {helicity} stands twice"),
                        None,
                    ));
                }
                None => {
                    let all: Vec<f64> = all.iter().map(|&two| f64::from(two) / 2.0).collect();
                    return Err(self.source.error(
                        &path,
                        format!("the particle has no helicity {helicity}"),
                        format!("it has {all:?}"),
                    ));
                }
            }
        }
        if chosen.is_empty() {
            return Err(self.source.error(&path, "no helicity is left", None));
        }
        chosen.sort_unstable();
        Ok(chosen)
    }

    pub(super) fn finals(&self) -> Result<Vec<FinalParticle>, ConfigError> {
        let entries = &self.reaction.entry.final_state;
        let root = self.reaction.at(&["final".into()]);
        if !(2..=6).contains(&entries.len()) {
            let help = "gpuwa decays one particle to 2 to 6".to_owned();
            let problem = format!("{} final particles", entries.len());
            return Err(self.source.error(&root, problem, help));
        }
        let repeated = counts(entries.iter().map(|entry| entry.particle.as_str()));
        let mut seen = counts(std::iter::empty());
        let mut finals = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let path = [&root[..], &[index.into()]].concat();
            let particle = self.particle(&entry.particle, &path)?;
            let photon = self.reaction.entry.initial.photon.as_ref();
            let is_recoil = photon.is_some_and(|photon| photon.recoil == entry.particle);
            // Its spin is not observed: amplitudes of its helicities are the same sums of others.
            let two_j = match is_recoil {
                true => 0,
                false => self.spin(&particle, &path)?,
            };
            let mass = particle.mass.ok_or_else(|| {
                let name = &entry.particle;
                let help = format!("give it one: [particle.\"{name}\"] with `mass` in GeV");
                self.source
                    .error(&path, format!("the mass of `{name}` is not known"), help)
            })?;
            let number = seen.entry(entry.particle.as_str()).or_insert(0);
            *number += 1;
            let label = if repeated[entry.particle.as_str()] > 1 {
                format!("{}[{number}]", entry.particle)
            } else {
                entry.particle.clone()
            };
            let mut two_helicities = self.helicities(entry.helicities.as_deref(), two_j, &path)?;
            // Helicity 0 of a massless particle, asked for by name, is some model's way to write.
            if mass == 0.0 && entry.helicities.is_none() {
                two_helicities.retain(|two| two.unsigned_abs() == two_j);
            }
            finals.push(FinalParticle {
                label,
                particle: entry.particle.clone(),
                two_j,
                mass,
                two_helicities,
            });
        }
        Ok(finals)
    }

    /// The antiparticle; one that the table does not know is called as its particle.
    pub(super) fn conjugate(&self, particle: FinalParticle) -> FinalParticle {
        let of_table = self.table.get(&particle.particle);
        let anti = of_table.and_then(|known| self.table.find_id(-known.pdg_id?));
        let Some(anti) = anti.map(|anti| anti.name.clone()) else {
            return particle;
        };
        let number = particle
            .label
            .strip_prefix(&particle.particle)
            .unwrap_or("");
        FinalParticle {
            label: format!("{anti}{number}"),
            particle: anti,
            ..particle
        }
    }

    /// Groups of identical final particles: of one name, or as the config says.
    pub(super) fn identical(
        &self,
        finals: &[FinalParticle],
    ) -> Result<Vec<Vec<usize>>, ConfigError> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (number, names) in self.reaction.entry.identical.iter().enumerate() {
            let path = self.reaction.at(&["identical".into(), number.into()]);
            let mut group = Vec::new();
            for name in names {
                let found = finals.iter().position(|particle| particle.label == *name);
                let place = found.ok_or_else(|| {
                    let labels = finals.iter().map(|particle| particle.label.as_str());
                    let help = super::did_you_mean(name, labels);
                    self.source
                        .error(&path, format!("no final particle `{name}`"), help)
                })?;
                if group.contains(&place) || groups.iter().flatten().any(|&p| p == place) {
                    return Err(self
                        .source
                        .error(&path, format!("`{name}` stands twice"), None));
                }
                group.push(place);
            }
            let same = |a: usize, b: usize| {
                (finals[a].two_j, finals[a].mass) == (finals[b].two_j, finals[b].mass)
            };
            if group.iter().any(|&place| !same(place, group[0])) {
                let problem = "identical particles have one mass and one spin";
                return Err(self.source.error(&path, problem, None));
            }
            groups.push(group);
        }
        for particle in finals {
            let group: Vec<usize> = (0..finals.len())
                .filter(|&other| finals[other].particle == particle.particle)
                .filter(|other| !groups.iter().flatten().any(|place| place == other))
                .collect();
            if group.len() > 1 {
                groups.push(group);
            }
        }
        Ok(groups)
    }
}
