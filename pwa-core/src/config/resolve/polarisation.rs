//! How the initial particle is polarised: numbers, parameters and columns of the samples.

use std::collections::BTreeMap;

use super::super::did_you_mean;
use super::super::{BeamsEntry, ConfigError, CouplingEntry, StateNumberEntry, Step, ValueEntry};
use super::{Resolver, Shared};
use crate::model::{
    DensityEntry, Parameter, ParameterRole, Polarisation, SpinDensity, StateColumn, StateNumber,
    components,
};
use crate::particle::Spin;

/// The particle whose state is described.
#[derive(Clone, Copy)]
pub(super) struct Described<'a> {
    pub name: &'a str,
    pub two_j: u32,
    pub two_helicities: &'a [i32],
}

/// Of a spin along a direction, twice the mean in units of hbar.
const VECTOR: [&str; 3] = ["x", "y", "z"];

impl<'a> Resolver<'a> {
    fn at_initial<'s>(&self, inside: &[Step<'s>]) -> Vec<Step<'s>>
    where
        'a: 's,
    {
        self.reaction.at(&[&["initial".into()], inside].concat())
    }

    /// The density matrix that the config describes, none where it says nothing of it.
    pub(super) fn density(&mut self, of: Described) -> Result<Option<SpinDensity>, ConfigError> {
        let entry = &self.reaction.entry.initial;
        let mut columns = Vec::new();
        let given = (
            &entry.polarisation,
            &entry.density,
            &entry.beams,
            &entry.photon,
        );
        let polarisation = match given {
            (None, None, None, None) => return Ok(None),
            (Some(given), None, None, None) => self.components(of, given, &mut columns)?,
            (None, Some(given), None, None) => self.elements(of, given)?,
            (None, None, Some(given), None) => self.beams(of, given, &mut columns)?,
            (None, None, None, Some(given)) => self.photon(given, &mut columns)?,
            _ => {
                let problem = "the state of the initial particle is given in two ways";
                let help =
                    "leave one of `polarisation`, `density`, `beams` and `photon`".to_owned();
                return Err(self.source.error(&self.at_initial(&[]), problem, help));
            }
        };
        Ok(Some(SpinDensity {
            polarisation,
            columns,
        }))
    }

    fn components(
        &mut self,
        of: Described,
        given: &BTreeMap<String, StateNumberEntry>,
        columns: &mut Vec<StateColumn>,
    ) -> Result<Polarisation, ConfigError> {
        let key = "polarisation";
        let known = components(of.two_j);
        if known.is_empty() {
            let spin = Spin::from_two_j(of.two_j);
            let problem = format!(
                "`{}` has spin {spin}: `polarisation` is that of spin 1/2 or 1",
                of.name
            );
            let help = "give the elements of its spin-density matrix: `density`".to_owned();
            return Err(self
                .source
                .error(&self.at_initial(&[key.into()]), problem, help));
        }
        let mut list = Vec::new();
        for (name, entry) in given {
            let path = self.at_initial(&[key.into(), name.into()]);
            let found = known.iter().find(|(known, ..)| known == name);
            let Some((_, _, range)) = found else {
                let names: Vec<&str> = known.iter().map(|(known, ..)| *known).collect();
                let spin = Spin::from_two_j(of.two_j);
                let problem = format!("the polarisation of spin {spin} has no component `{name}`");
                let help = format!("it has {}", names.join(", "));
                return Err(self.source.error(&path, problem, help));
            };
            let parameter = self
                .reaction
                .own(&format!("{}.polarisation.{name}", of.name));
            let quantity = self.state_number(parameter, entry, (*range, columns), &path)?;
            list.push((name.clone(), quantity));
        }
        Ok(Polarisation::Components(list))
    }

    fn elements(
        &mut self,
        of: Described,
        given: &BTreeMap<String, CouplingEntry>,
    ) -> Result<Polarisation, ConfigError> {
        let mut list: Vec<DensityEntry> = Vec::new();
        for (label, entry) in given {
            let path = self.at_initial(&["density".into(), label.into()]);
            let two_h = self.projections_of(label, of, &path)?;
            let reversed = [two_h[1], two_h[0]];
            if two_h[0] != two_h[1] && list.iter().any(|other| other.two_h == reversed) {
                let problem = format!("`{label}` and its reverse are both given");
                let help = "a density matrix is Hermitian: leave one, the other is its conjugate";
                return Err(self.source.error(&path, problem, help.to_owned()));
            }
            let name = self.reaction.own(&format!("{}.density[{label}]", of.name));
            list.push(self.element(name, two_h, entry, &path)?);
        }
        Ok(Polarisation::Elements(list))
    }

    fn projections_of(
        &self,
        label: &str,
        of: Described,
        path: &[Step],
    ) -> Result<[i32; 2], ConfigError> {
        let name = |two: &i32| match two % 2 {
            0 => (two / 2).to_string(),
            _ => format!("{two}/2"),
        };
        let place = |text: &str| {
            let mut known = of.two_helicities.iter();
            known.find(|two| name(two) == text.trim()).copied()
        };
        let pair = label.split_once(',');
        let pair = pair.and_then(|(a, b)| Some([place(a)?, place(b)?]));
        pair.ok_or_else(|| {
            let all: Vec<String> = of.two_helicities.iter().map(name).collect();
            let problem = format!(
                "`{label}` is no element of the density matrix of `{}`",
                of.name
            );
            let help = format!(
                "write two of its projections {}, such as \"{},{}\"",
                all.join(", "),
                all[all.len() - 1],
                all[0]
            );
            self.source.error(path, problem, help)
        })
    }

    fn element(
        &mut self,
        name: String,
        two_h: [i32; 2],
        entry: &CouplingEntry,
        path: &[Step],
    ) -> Result<DensityEntry, ConfigError> {
        if entry.modulus.is_some() || entry.phase.is_some() || entry.same_as.is_some() {
            let problem = "an element of a density matrix is given by `re` and `im`";
            return Err(self.source.error(path, problem, None));
        }
        let part = |start: Option<f64>| ValueEntry {
            start: Some(start.unwrap_or(0.0)),
            free: entry.free.unwrap_or(false),
            limits: entry.limits,
            same_as: None,
        };
        let re = part(entry.start.or(entry.re));
        if two_h[0] == two_h[1] {
            if entry.im.is_some_and(|im| im != 0.0) {
                let problem = "a diagonal element of a density matrix is real: it is Hermitian";
                let help = "write a number, or { start = 1.0, free = true }".to_owned();
                return Err(self.source.error(path, problem, help));
            }
            let re = self.state_parameter(name, &re, path)?;
            return Ok(DensityEntry {
                two_h,
                re,
                im: None,
            });
        }
        let re = self.state_parameter(format!("{name}.re"), &re, path)?;
        let im = self.state_parameter(format!("{name}.im"), &part(entry.im), path)?;
        Ok(DensityEntry {
            two_h,
            re,
            im: Some(im),
        })
    }

    fn beams(
        &mut self,
        of: Described,
        given: &BeamsEntry,
        columns: &mut Vec<StateColumn>,
    ) -> Result<Polarisation, ConfigError> {
        if of.two_j != 2 || of.two_helicities != [-2, 2] {
            let path = self.at_initial(&["beams".into()]);
            let problem = format!(
                "beams make a particle of spin 1 with the projections -1 and 1, `{}` is none",
                of.name
            );
            let help =
                "write `helicities = [-1, 1]` for a particle of e+e- annihilation".to_owned();
            return Err(self.source.error(&path, problem, help));
        }
        let mut beams = [[None; 3]; 2];
        let entries = [("electron", &given.electron), ("positron", &given.positron)];
        for (beam, (which, parts)) in beams.iter_mut().zip(entries) {
            for (name, entry) in parts {
                let path = self.at_initial(&["beams".into(), which.into(), name.into()]);
                let Some(place) = VECTOR.iter().position(|known| known == name) else {
                    let problem = format!("the spin of a beam has no component `{name}`");
                    let help = did_you_mean(name, VECTOR.into_iter())
                        .or(Some("it has x, y, z".to_owned()));
                    return Err(self.source.error(&path, problem, help));
                };
                let parameter = self.reaction.own(&format!("{which}.polarisation.{name}"));
                let range = ([-1.0, 1.0], &mut *columns);
                beam[place] = Some(self.state_number(parameter, entry, range, &path)?);
            }
        }
        Ok(Polarisation::Beams(beams))
    }

    /// A number, a parameter or a column, within the range that a state can have.
    pub(super) fn state_number(
        &mut self,
        name: String,
        entry: &StateNumberEntry,
        (range, columns): ([f64; 2], &mut Vec<StateColumn>),
        path: &[Step],
    ) -> Result<StateNumber, ConfigError> {
        match entry {
            StateNumberEntry::Column(column) => {
                let column = StateColumn {
                    name: column.clone(),
                    range,
                };
                let known = columns.iter().position(|other| *other == column);
                if known.is_none() {
                    columns.push(column);
                }
                Ok(StateNumber::Column(known.unwrap_or(columns.len() - 1)))
            }
            StateNumberEntry::Value(value) => {
                let start = value.start.unwrap_or(0.0);
                let [low, high] = range;
                if !(low..=high).contains(&start) {
                    let problem = format!("`{name}` is {start}, outside of [{low}, {high}]");
                    let help = "polarisations are numbers, not per cent, and angles radians";
                    return Err(self.source.error(path, problem, help.to_owned()));
                }
                self.state_parameter(name, value, path)
            }
        }
    }

    fn state_parameter(
        &mut self,
        name: String,
        value: &ValueEntry,
        path: &[Step],
    ) -> Result<StateNumber, ConfigError> {
        let start = value.start.unwrap_or(0.0);
        self.check_number(start, value.limits, path)?;
        if let Some(target) = &value.same_as {
            let keys = path.iter().filter_map(|step| match step {
                Step::Key(key) => Some((*key).to_owned()),
                Step::Index(_) => None,
            });
            self.shared.push(Shared {
                name: name.clone(),
                target: target.clone(),
                has_value: value.start.is_some(),
                path: keys.collect(),
            });
        }
        Ok(StateNumber::Parameter(self.parameters.push(Parameter {
            name,
            start,
            free: value.free,
            limits: value.limits,
            unit: "".into(),
            role: ParameterRole::Density,
            same_as: None,
        })))
    }
}
