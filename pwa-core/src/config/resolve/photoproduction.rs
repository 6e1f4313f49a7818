//! A polarised photon on a target: what the chains of `photon` need beside those of a decay.

use std::f64::consts::TAU;

use super::super::{ConfigError, PhotonEntry, ProductionFrame, Step};
use super::Resolver;
use super::chains::{Draft, keyed};
use crate::decay::VertexCoupling;
use crate::kinematics::ProducedAxes;
use crate::model::{
    FinalParticle, InitialParticle, Photoproduction, Polarisation, Produced, StateColumn,
};
use crate::particle::Particle;
use crate::spin::projections;

impl<'a> Resolver<'a> {
    fn at_photon<'s>(&self, key: &'s str) -> Vec<Step<'s>>
    where
        'a: 's,
    {
        self.reaction
            .at(&["initial".into(), "photon".into(), key.into()])
    }

    fn refuse_photon(&self, key: &str, problem: String, help: &str) -> ConfigError {
        let path = self.at_photon(key);
        self.source.error(&path, problem, help.to_owned())
    }

    fn target_mass(&self, photon: &PhotonEntry) -> Result<f64, ConfigError> {
        let path = self.at_photon("target");
        let target = self.particle(&photon.target, &path)?;
        target.mass.filter(|&mass| mass > 0.0).ok_or_else(|| {
            let problem = format!("`{}` has no mass to be at rest with", photon.target);
            self.refuse_photon("target", problem, "name a particle such as \"p\"")
        })
    }

    /// Both together: of any quantum numbers, and the mass that the energy gives.
    pub(super) fn photon_and_target(
        &self,
        name: &str,
        photon: &PhotonEntry,
    ) -> Result<Particle, ConfigError> {
        if photon.target == name {
            let problem = format!("`{name}` is the target and photon and target together");
            let help = "give `particle` a name of its own, and let the chains begin with it";
            return Err(self.refuse_photon("target", problem, help));
        }
        let mass = self.target_mass(photon)?;
        if !(photon.energy > 0.0 && photon.energy.is_finite()) {
            let problem = format!("{} GeV is no energy of a photon", photon.energy);
            return Err(self.refuse_photon("energy", problem, "write it in GeV, e.g. 8.5"));
        }
        let mut both = Particle::named(name);
        both.mass = Some((mass * (mass + 2.0 * photon.energy)).sqrt());
        Ok(both)
    }

    /// Fills in how the initial state is produced, where a photon does it.
    pub(super) fn photoproduction(
        &self,
        initial: &mut InitialParticle,
        finals: &[FinalParticle],
    ) -> Result<(), ConfigError> {
        let entry = &self.reaction.entry.initial;
        let Some(photon) = &entry.photon else {
            return Ok(());
        };
        let both = vec![-2, 2];
        if entry.helicities.is_some() && initial.two_helicities != both {
            let path = self.reaction.at(&["initial".into(), "helicities".into()]);
            let problem = "a photon has the helicities -1 and 1";
            return Err(self.source.error(&path, problem, None));
        }
        let is_recoil = |particle: &FinalParticle| particle.particle == photon.recoil;
        let found: Vec<usize> = (0..finals.len())
            .filter(|&i| is_recoil(&finals[i]))
            .collect();
        let [recoil] = found[..] else {
            let problem = format!("`{}` is not one of the final particles", photon.recoil);
            let help = "name the one that the target becomes; another one of its name would be \
                        identical to it";
            return Err(self.refuse_photon("recoil", problem, help));
        };
        let target_mass = self.target_mass(photon)?;
        initial.two_helicities = both;
        initial.photoproduction = Some(Photoproduction {
            recoil,
            target_mass,
            axes: match photon.frame {
                ProductionFrame::Helicity => ProducedAxes::Helicity,
                ProductionFrame::GottfriedJackson => ProducedAxes::GottfriedJackson { target_mass },
            },
        });
        Ok(())
    }

    /// The polarisation of the photon.
    pub(super) fn photon(
        &mut self,
        photon: &PhotonEntry,
        columns: &mut Vec<StateColumn>,
    ) -> Result<Polarisation, ConfigError> {
        let mut part = |key: &'static str, entry, range| {
            let path = self.at_photon(key);
            let name = self.reaction.own(&format!("photon.polarisation.{key}"));
            self.state_number(name, entry, (range, &mut *columns), &path)
        };
        Ok(Polarisation::Photon {
            degree: part("degree", &photon.degree, [0.0, 1.0])?,
            // Beyond a full turn it is in degrees.
            angle: part("angle", &photon.angle, [-TAU, TAU])?,
        })
    }

    /// One draft a reflectivity, where a photon produces; else the draft itself.
    pub(super) fn reflectivities(
        &self,
        draft: Draft,
        initial: &InitialParticle,
    ) -> Result<Vec<Draft>, ConfigError> {
        let given = self.reaction.entry.chain[draft.entry]
            .reflectivity
            .as_deref();
        let root = self.reaction.at(&["chain".into(), draft.entry.into()]);
        let refuse = |key: Option<&'static str>, problem: String, help: &str| {
            let path: Vec<Step> = (root.iter().copied()).chain(key.map(Step::from)).collect();
            Err(self.source.error(&path, problem, help.to_owned()))
        };
        let Some(photoproduction) = initial.photoproduction else {
            return match given {
                None => Ok(vec![draft]),
                Some(_) => {
                    let problem = "only what a photon produces has a reflectivity".to_owned();
                    let help = "leave it out, or say `photon` in `initial`";
                    refuse(Some("reflectivity"), problem, help)
                }
            };
        };
        let recoil = draft.tree.leaf(photoproduction.recoil);
        let made = match draft.tree.node(0).daughters {
            Some([first, second]) if second == recoil => draft.resonances.get(&first),
            _ => None,
        };
        let Some(&resonance) = made else {
            let problem = format!(
                "the chain does not begin with `{}` to a resonance and `{}`",
                initial.name, draft.names[recoil]
            );
            let help = "write what is produced first and the recoil second";
            return refuse(Some("decay"), problem, help);
        };
        let resonance = &self.resonances[resonance];
        let natural = match (resonance.parity, resonance.two_j % 2) {
            (Some(parity), 0) if (resonance.two_j / 2).is_multiple_of(2) => parity,
            (Some(parity), 0) => -parity,
            _ => {
                let problem = format!(
                    "the reflectivity of `{}` needs its parity and an integer spin",
                    resonance.name
                );
                let help = format!("write [resonance.\"{}\"] with `parity`", resonance.name);
                return refuse(None, problem, &help);
            }
        };
        let given = given.unwrap_or(&[1, -1]);
        let mut drafts: Vec<Draft> = Vec::new();
        for &reflectivity in given {
            let known = |draft: &Draft| draft.mark() == Produced::mark(reflectivity);
            if !matches!(reflectivity, 1 | -1) || drafts.iter().any(known) {
                let problem = format!("{given:?} are no reflectivities");
                return refuse(Some("reflectivity"), problem, "write 1, -1 or both");
            }
            drafts.push(Draft {
                produced: Some(Produced {
                    reflectivity,
                    naturality: if natural < 0 { -1 } else { 1 },
                }),
                ..draft.clone()
            });
        }
        if drafts.is_empty() {
            let problem = "no reflectivity is left".to_owned();
            return refuse(Some("reflectivity"), problem, "write 1, -1 or both");
        }
        Ok(drafts)
    }

    /// The projections m of what is produced: those its chain gives, or all.
    pub(super) fn projections_produced(
        &self,
        draft: &Draft,
        node: usize,
    ) -> Result<Vec<VertexCoupling>, ConfigError> {
        let entry = &self.reaction.entry.chain[draft.entry];
        let (name, slot) = (&draft.names[0], &draft.spec.node(0).name);
        let path = |key: &'static str| {
            self.reaction
                .at(&["chain".into(), draft.entry.into(), key.into()])
        };
        for (key, given) in [
            ("ls", keyed(&entry.ls, name, slot).is_some()),
            ("barrier", keyed(&entry.barrier, name, slot).is_some()),
        ] {
            if given {
                let problem = format!("the production of `{}` has no `{key}`", draft.names[node]);
                let help = "give the projections m that are produced: \
                            helicity = { NAME = [[m, 0], ...] }"
                    .to_owned();
                return Err(self.source.error(&path(key), problem, help));
            }
        }
        let two_j = draft.numbers[node].spin.two_j();
        match keyed(&entry.helicity, name, slot) {
            None => Ok(projections(two_j)
                .map(|two_m| VertexCoupling::Helicity([two_m, 0]))
                .collect()),
            Some(given) => {
                if given.iter().any(|entry| entry.len() != 2) {
                    let problem = "a projection of what is produced is written [m, 0]";
                    let help = "its reversed one follows from the reflectivity".to_owned();
                    return Err(self.source.error(&path("helicity"), problem, help));
                }
                let text = format!("{name} -> {} {}", draft.names[node], self.recoil());
                self.explicit_helicities(given, [two_j, two_j, 0], &text, &path("helicity"))
            }
        }
    }

    fn recoil(&self) -> &str {
        let photon = self.reaction.entry.initial.photon.as_ref();
        photon.map_or("", |photon| &photon.recoil)
    }
}
