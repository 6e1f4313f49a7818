//! Complex parameters: couplings and the complex numbers of line shapes.

use std::borrow::Cow;

use super::super::{ConfigError, CouplingEntry, CouplingStyle, Step};
use super::{Resolver, Shared};
use crate::model::{Coupling, CouplingForm, CouplingId, Parameter, ParameterRole};

/// What the convention fixes of a coupling when its entry does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Convention {
    Free,
    /// The imaginary part, or the phase.
    PhaseFixed,
    Fixed,
}

impl Resolver<'_> {
    /// A coupling of the decay: 1 and as free as the convention leaves it, unless its entry says
    /// otherwise.
    pub(super) fn coupling(
        &mut self,
        name: &str,
        convention: Convention,
    ) -> Result<CouplingId, ConfigError> {
        let path: [Step; 2] = ["coupling".into(), name.into()];
        // Without an entry CP is a symmetry of the coupling.
        let symmetric = self.reaction.original(name).map(|original| CouplingEntry {
            same_as: Some(original),
            ..CouplingEntry::default()
        });
        let entry = self.document.coupling.get(name).or(symmetric.as_ref());
        self.complex(name, entry, convention, "".into(), &path)
    }

    pub(super) fn complex(
        &mut self,
        name: &str,
        entry: Option<&CouplingEntry>,
        convention: Convention,
        unit: Cow<'static, str>,
        path: &[Step],
    ) -> Result<CouplingId, ConfigError> {
        let default = CouplingEntry::default();
        let entry = entry.unwrap_or(&default);
        let form = match self.reaction.entry.couplings {
            CouplingStyle::Cartesian => CouplingForm::Cartesian,
            CouplingStyle::Polar => CouplingForm::Polar,
        };
        let values = self.parts(entry, form, path)?;
        if entry.limits.is_some() {
            let help = "limit a real parameter of a line shape, or none".to_owned();
            return Err(self
                .source
                .error(path, "a complex number has no limits", help));
        }
        let names = self.naming().parts(name, form);
        let (roles, units) = match form {
            CouplingForm::Cartesian => {
                ([ParameterRole::Re, ParameterRole::Im], [unit.clone(), unit])
            }
            CouplingForm::Polar => (
                [ParameterRole::Modulus, ParameterRole::Phase],
                [unit, "rad".into()],
            ),
        };
        let parts = [0, 1].map(|i| {
            self.parameters.push(Parameter {
                name: names[i].clone(),
                start: values[i],
                free: entry.free.unwrap_or(match convention {
                    Convention::Free => true,
                    Convention::PhaseFixed => i == 0,
                    Convention::Fixed => false,
                }),
                limits: None,
                unit: units[i].clone(),
                role: roles[i],
                same_as: None,
            })
        });
        if let Some(target) = &entry.same_as {
            self.shared.push(Shared {
                name: name.to_owned(),
                target: target.clone(),
                has_value: [entry.start, entry.re, entry.im, entry.modulus, entry.phase]
                    .iter()
                    .any(Option::is_some),
                path: path
                    .iter()
                    .filter_map(|step| match step {
                        Step::Key(key) => Some((*key).to_owned()),
                        Step::Index(_) => None,
                    })
                    .collect(),
            });
        }
        Ok(self.parameters.push_coupling(Coupling {
            name: name.to_owned(),
            form,
            parts,
        }))
    }

    /// The two real numbers of an entry in the form that the config uses.
    fn parts(
        &self,
        entry: &CouplingEntry,
        form: CouplingForm,
        path: &[Step],
    ) -> Result<[f64; 2], ConfigError> {
        let (re, im, polar) = match *entry {
            CouplingEntry {
                start,
                re: None,
                im: None,
                modulus: None,
                phase: None,
                ..
            } => (start.unwrap_or(1.0), 0.0, false),
            CouplingEntry {
                start: None,
                re,
                im,
                modulus: None,
                phase: None,
                ..
            } => (re.unwrap_or(0.0), im.unwrap_or(0.0), false),
            CouplingEntry {
                start: None,
                re: None,
                im: None,
                modulus,
                phase,
                ..
            } => (modulus.unwrap_or(1.0), phase.unwrap_or(0.0), true),
            _ => {
                let help = "write { re, im }, { modulus, phase }, or a number".to_owned();
                let problem = "a coupling is given in two ways";
                return Err(self.source.error(path, problem, help));
            }
        };
        for value in [re, im] {
            self.check_number(value, None, path)?;
        }
        // A plain number is its own modulus, sign included.
        Ok(match (polar, form) {
            (false, CouplingForm::Cartesian) | (true, CouplingForm::Polar) => [re, im],
            (true, CouplingForm::Cartesian) => [re * libm::cos(im), re * libm::sin(im)],
            (false, CouplingForm::Polar) if im == 0.0 => [re, 0.0],
            (false, CouplingForm::Polar) => [(re * re + im * im).sqrt(), libm::atan2(im, re)],
        })
    }
}
