//! Modulus and phase of a coupling, and what of them one `[coupling]` entry can say.

use super::parameters::{Parameter, Parameters};
use crate::config::{CouplingEntry, ValueEntry};

pub(super) struct Complex<'a> {
    name: &'a str,
    modulus: Parameter,
    phase: Parameter,
}

impl Parameters {
    pub fn complex<'a>(&self, name: &'a str) -> Complex<'a> {
        let part = |part| {
            self.get(&format!("{name}{part}"))
                .cloned()
                .unwrap_or_default()
        };
        Complex {
            name,
            modulus: part("r"),
            phase: part("i"),
        }
    }
}

impl Complex<'_> {
    pub fn is_fixed_one(&self) -> bool {
        self.modulus == Parameter::fixed(1.0) && self.phase == Parameter::fixed(0.0)
    }

    /// The entry, and entries of the single parameters where modulus and phase are treated
    /// differently. `free_by_default` is what an entry without `free` means.
    pub fn entry(
        &self,
        free_by_default: Option<bool>,
    ) -> (CouplingEntry, Vec<(String, ValueEntry)>) {
        if let Some(leader) = self.leader() {
            let entry = CouplingEntry {
                same_as: Some(leader),
                ..CouplingEntry::default()
            };
            return (entry, Vec::new());
        }
        let mut entry = CouplingEntry::default();
        if let (Some(modulus), Some(phase)) = (self.modulus.value, self.phase.value) {
            (entry.modulus, entry.phase) = (Some(modulus), Some(phase));
        }
        let alike = self.modulus.free == self.phase.free;
        let simple = |p: &Parameter| p.limits.is_none() && p.same_as.is_none();
        if alike && simple(&self.modulus) && simple(&self.phase) {
            entry.free =
                Some(self.modulus.free).filter(|_| Some(self.modulus.free) != free_by_default);
            return (entry, Vec::new());
        }
        let single = [("r", &self.modulus), ("i", &self.phase)];
        let own = single.map(|(part, parameter)| {
            let follows = parameter.same_as.is_some();
            let value = ValueEntry {
                start: parameter.value.filter(|_| !follows),
                free: parameter.free && !follows,
                limits: parameter.limits.filter(|_| !follows),
                same_as: parameter.same_as.clone(),
            };
            (format!("{}{part}", self.name), value)
        });
        (entry, own.to_vec())
    }

    /// The coupling that both modulus and phase equal.
    fn leader(&self) -> Option<String> {
        let modulus = self.modulus.same_as.as_ref()?.strip_suffix('r')?;
        let phase = self.phase.same_as.as_ref()?.strip_suffix('i')?;
        (modulus == phase).then(|| modulus.to_owned())
    }
}
