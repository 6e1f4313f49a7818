//! What a convention asks of a decay, and what it takes where a config says nothing.

use super::super::{
    Barrier, ConfigError, Convention, DecayEntry, Step, ZAxis, ZemachMass as MassEntry,
};
use super::Resolver;
use super::chains::Draft;
use crate::kinematics::PlaneVertex;
use crate::model::{FinalParticle, Formalism, InitialParticle, ZemachMass};

/// Doubled; Zemach factors are given up to it.
const HIGHEST_ZEMACH_SPIN: u32 = 4;

impl DecayEntry {
    /// The Blatt-Weisskopf radius of a decay that has none of its own, GeV⁻¹.
    pub(in crate::config) fn radius(&self, convention: Convention, vertex: PlaneVertex) -> f64 {
        let of_convention = match (convention, vertex) {
            (Convention::Zemach1, PlaneVertex::Initial) => 5.0,
            (Convention::Zemach1, PlaneVertex::Resonance) => 1.5,
            (Convention::Helicity1 | Convention::DalitzPlot1, _) => 3.0,
        };
        self.barrier_radius.unwrap_or(of_convention)
    }
}

impl Resolver<'_> {
    /// The Blatt-Weisskopf radius of a decay of the reaction that has none of its own.
    pub(super) fn barrier_radius(&self, vertex: PlaneVertex) -> f64 {
        self.reaction.entry.radius(self.document.convention, vertex)
    }

    /// The formalism of the convention, if it describes this decay.
    pub(super) fn formalism(
        &self,
        initial: &InitialParticle,
        finals: &[FinalParticle],
    ) -> Result<Formalism, ConfigError> {
        let decay = self.reaction.entry;
        let name = match (self.document.convention, decay.zemach_mass) {
            (Convention::Helicity1, None) => return Ok(Formalism::Helicity),
            (Convention::Helicity1 | Convention::DalitzPlot1, Some(_)) => {
                let problem = "zemach_mass belongs to convention zemach-1";
                let path = self.reaction.at(&["zemach_mass".into()]);
                return Err(self.source.error(&path, problem, None));
            }
            (Convention::DalitzPlot1, None) => "dpd-1",
            (Convention::Zemach1, _) => "zemach-1",
        };
        let refuse = |path: &[Step], problem: String| {
            let help = "take convention = \"helicity-1\" for this decay".to_owned();
            Err(self.source.error(&self.reaction.at(path), problem, help))
        };
        if finals.len() != 3 {
            let problem = format!(
                "convention {name} describes three-body decays, this one has {} final particles",
                finals.len()
            );
            return refuse(&["final".into()], problem);
        }
        let initial_entry = &decay.initial;
        let path: [Step; 1] = ["initial".into()];
        if initial_entry.helicities.is_some()
            || initial_entry.z != ZAxis::Lab
            || initial_entry.is_polarised()
        {
            let problem = format!(
                "convention {name} sums over all spin projections of the initial particle, which has no axis"
            );
            return refuse(&path, problem);
        }
        if self.document.convention == Convention::DalitzPlot1 {
            return Ok(Formalism::DalitzPlot);
        }
        let of_finals = finals
            .iter()
            .map(|particle| (&particle.label, particle.two_j));
        let mut all = std::iter::once((&initial.name, initial.two_j)).chain(of_finals);
        if let Some((particle, _)) = all.find(|&(_, two_j)| two_j > 0) {
            let problem =
                format!("`{particle}` has a spin, convention zemach-1 is of spinless particles");
            return refuse(&path, problem);
        }
        match decay.zemach_mass {
            Some(MassEntry::Pole) => Ok(Formalism::Zemach(ZemachMass::Pole)),
            Some(MassEntry::Pair) => Ok(Formalism::Zemach(ZemachMass::Pair)),
            None => {
                let help = "write zemach_mass = \"pole\" or \"pair\", as the paper's formulas have m_R² or m_AB² \
                            in the denominators";
                let problem = "zemach-1 needs to know the mass in its angular factors";
                Err(self
                    .source
                    .error(&self.reaction.at(&[]), problem, help.to_owned()))
            }
        }
    }

    /// The barrier of a decay that says none.
    pub(super) fn default_barrier(&self) -> Barrier {
        match self.document.convention {
            Convention::Helicity1 | Convention::DalitzPlot1 => Barrier::Normalised,
            Convention::Zemach1 => Barrier::FormFactor,
        }
    }

    /// Zemach factors have the momenta already.
    pub(super) fn check_barrier(&self, form: Barrier, path: &[Step]) -> Result<(), ConfigError> {
        let fits = match form {
            Barrier::FormFactor | Barrier::FormFactorModulus | Barrier::None => true,
            Barrier::Normalised | Barrier::Bare | Barrier::BlattWeisskopf | Barrier::Power => false,
        };
        if fits || self.document.convention != Convention::Zemach1 {
            return Ok(());
        }
        let help = "write \"form-factor\", \"form-factor-modulus\" or \"none\"".to_owned();
        let problem = "this barrier holds q^l, which the angular factors of zemach-1 hold already";
        Err(self.source.error(path, problem, help))
    }

    /// Refuses a resonance without a Zemach factor.
    pub(super) fn check_spins(&self, drafts: &[Draft]) -> Result<(), ConfigError> {
        for draft in drafts {
            for &node in draft.resonances.keys() {
                let spin = draft.numbers[node].spin;
                if spin.two_j() > HIGHEST_ZEMACH_SPIN {
                    let path = self.reaction.at(&["chain".into(), draft.entry.into()]);
                    let name = &draft.names[node];
                    let problem = format!("`{name}` has spin {spin}, zemach-1 ends at spin 2");
                    let help = "take convention = \"helicity-1\" or \"dpd-1\"".to_owned();
                    return Err(self.source.error(&path, problem, help));
                }
            }
        }
        Ok(())
    }
}
