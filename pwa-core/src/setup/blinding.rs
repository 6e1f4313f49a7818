//! `[blind]`: what is added to the values of a fit before they are shown.
//!
//! ```text
//! shown = true + offset,   offset = scale (2u - 1),   u in [0, 1) from the SHA-256 of key and name
//! ```
//!
//! The likelihood and the fit know true values only. Parameters leave the fit through `PolarPairs::shown`, derived
//! numbers through [`Job::hide`], what a profile holds through [`Job::offset_of_target`]; values come back from a
//! result.json through `Parameters::set_shown`. The values of a config are no secret.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::{FittedValues, Job, SetupError};
use crate::analysis::Fraction;
use crate::config::{BlindEntry, ConfigError, DerivedValues, Document, Source, Step, did_you_mean};
use crate::model::{Model, Parameters};

/// The offsets of a config; none without a section.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Blinding {
    entry: Option<BlindEntry>,
    /// Free parameters of the entry.
    parameters: Vec<String>,
    /// Whether the model is at values of a fit, which alone are secret.
    pub fitted: bool,
}

impl Blinding {
    pub fn new(
        document: &Document,
        source: &Source,
        models: &[Model],
    ) -> Result<Self, ConfigError> {
        let Some(entry) = &document.blind else {
            return Ok(Self::default());
        };
        // `resolve` makes one model or refuses the config.
        let parameters = &*models[0].parameters;
        let derived = derived_names(document, models);
        let mut blind = Vec::new();
        for (name, &scale) in &entry.scale {
            let refuse = |problem: String, help: Option<String>| {
                let path = [Step::Key("blind"), Step::Key("scale"), Step::Key(name)];
                Err(source.error(&path, problem, help))
            };
            if !(scale > 0.0 && scale.is_finite()) {
                let help = "write how far off the value may be shown, e.g. 0.05".to_owned();
                return refuse(format!("{scale} hides nothing"), Some(help));
            }
            match parameters.find(name) {
                Some(id) if !parameters.get(parameters.source(id)).free => {
                    return refuse(format!("`{name}` is fixed"), None);
                }
                Some(id) if parameters.source(id) != id => {
                    let of = &parameters.get(parameters.source(id)).name;
                    let help = format!("write `{of}`, which it always equals");
                    return refuse(format!("`{name}` has no value of its own"), Some(help));
                }
                Some(_) => blind.push(name.clone()),
                None if derived.contains(name) => {}
                None => {
                    let known = parameters.iter().map(|(_, p)| p.name.as_str());
                    let help = did_you_mean(name, known.chain(derived.iter().map(String::as_str)));
                    return refuse(format!("a fit has no value `{name}`"), help);
                }
            }
        }
        let mut quantities = document.quantity.keys();
        if entry.derived == DerivedValues::Blind
            && let Some(name) = quantities.find(|name| !entry.scale.contains_key(*name))
        {
            let help = format!(
                "add \"{name}\" = ... here, or write `derived = \"shown\"`: see `gpuwa schema`"
            );
            let path = [Step::Key("blind"), Step::Key("scale")];
            let problem = format!("no scale of the quantity `{name}`, which could tell parameters");
            return Err(source.error(&path, problem, help));
        }
        Ok(Self {
            entry: Some(entry.clone()),
            parameters: blind,
            fitted: false,
        })
    }

    pub fn hide_parameters(&self, parameters: &mut Parameters) {
        for name in &self.parameters {
            if let Some(id) = parameters.find(name) {
                parameters.hide(id, self.offset(name));
            }
        }
    }

    /// Refuses the values of a fit that has hidden them in another way.
    pub fn check(&self, fitted: &FittedValues) -> Result<(), SetupError> {
        let (problem, help) = match (&fitted.blind, self.fingerprint()) {
            (theirs, ours) if *theirs == ours => return Ok(()),
            (Some(_), Some(_)) => (
                "the values of the result are hidden in another way",
                "take the same [blind], or fit again",
            ),
            (Some(_), None) => (
                "the values of the result are blind",
                "their true values are known beside the same [blind] alone: fit again without it",
            ),
            (None, _) => (
                "the values of the result are not blind, those of the config are",
                "fit with [blind] first",
            ),
        };
        Err(SetupError::OtherBlinding { problem, help })
    }

    /// Tells one way to hide values from another, and gives no offset away; none without a section.
    fn fingerprint(&self) -> Option<String> {
        let entry = self.entry.as_ref()?;
        let mut text = format!("ways to hide\0{}\0{:?}", entry.key, entry.derived);
        for (name, scale) in &entry.scale {
            text += &format!("\0{name}\0{scale:?}");
        }
        let digest = Sha256::digest(text.as_bytes());
        let digits = digest[..8].iter().map(|byte| format!("{byte:02x}"));
        Some(digits.collect())
    }

    /// The offset of a parameter or a derived number.
    fn offset(&self, name: &str) -> f64 {
        let Some(entry) = &self.entry else {
            return 0.0;
        };
        let scale = match (entry.scale.get(name), entry.derived) {
            (Some(scale), _) => *scale,
            (None, DerivedValues::Blind) => 1.0,
            (None, DerivedValues::Shown) => return 0.0,
        };
        let digest = Sha256::digest(format!("{}\0{name}", entry.key).as_bytes());
        let bits = digest[..8]
            .iter()
            .fold(0_u64, |bits, &byte| (bits << 8) | u64::from(byte));
        let u = (bits >> 11) as f64 / (1_u64 << 53) as f64;
        scale * (2.0 * u - 1.0)
    }
}

/// The names of numbers that follow from a fit, beside its parameters.
fn derived_names(document: &Document, models: &[Model]) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = document.quantity.keys().cloned().collect();
    for model in models {
        let components: BTreeSet<&str> =
            (model.chains.iter().map(|chain| &*chain.component)).collect();
        for &later in &components {
            names.insert(model.own_name(later));
            for earlier in components.range(..later) {
                let [later, earlier] = [later, earlier].map(|name| model.own_name(name));
                names.insert(format!("{later}|{earlier}"));
            }
        }
        let mut others = models.iter();
        let reaction = &model.reaction;
        if !others.any(|other| other.conjugate_of.is_some() && other.conjugate_of == *reaction) {
            continue;
        }
        names.insert(model.own_name("rate"));
        for component in components {
            names.insert(model.own_name(&format!("rate {component}")));
            names.insert(model.own_name(&format!("fraction {component}")));
        }
        let prefix = model.own_name("");
        for coupling in model.parameters.couplings() {
            if let Some(name) = coupling.name.strip_prefix(&prefix) {
                names.insert(model.own_name(&format!("dr {name}")));
                names.insert(model.own_name(&format!("dphi {name}")));
            }
        }
    }
    names
}

impl Job<'_> {
    /// Adds the offsets of fractions, asymmetries and quantities.
    pub fn hide(&self, derived: &mut [Fraction]) {
        for number in derived {
            number.value += self.blinding.offset(&number.name);
        }
    }

    /// The offset of what a profile holds: a parameter, modulus or phase of a coupling, a quantity.
    ///
    /// # Errors
    /// When it is made of blind parts of a coupling.
    pub fn offset_of_target(&self, name: &str) -> Result<f64, SetupError> {
        let parameters = self.parameters();
        if let Some(id) = parameters.find(name) {
            return Ok(parameters.offset(id).unwrap_or(0.0));
        }
        let mut suffixes = [".modulus", ".phase"].iter();
        let coupling = suffixes.find_map(|suffix| name.strip_suffix(suffix));
        let Some(id) = coupling.and_then(|name| parameters.find_coupling(name)) else {
            return Ok(self.blinding.offset(name));
        };
        let mut parts = parameters.coupling(id).parts.into_iter();
        match parts.any(|part| parameters.offset(part).is_some()) {
            true => Err(SetupError::Blind {
                what: format!("`{name}`"),
            }),
            false => Ok(0.0),
        }
    }

    /// Shows all values as they are, where none of them is that of a fit.
    pub fn reveal_unless_fitted(&mut self) {
        if !self.blinding.fitted {
            self.blinding = Blinding::default();
            let mut parameters = self.parameters().clone();
            parameters.reveal();
            self.set_parameters(parameters);
        }
    }

    /// Refuses to do `what` with the values of a blind fit.
    ///
    /// # Errors
    /// When this job has such values.
    pub fn refuse_blind(&self, what: &str) -> Result<(), SetupError> {
        match self.blinding.fitted && self.blinding.entry.is_some() {
            true => Err(SetupError::Blind {
                what: what.to_owned(),
            }),
            false => Ok(()),
        }
    }

    /// What of a fit is blind, and how.
    pub fn blind_record(&self) -> Option<(Vec<String>, String)> {
        let entry = self.blinding.entry.as_ref()?;
        let mut names: Vec<String> = entry.scale.keys().cloned().collect();
        if entry.derived == DerivedValues::Blind {
            names.push("fractions and whatever else is derived".to_owned());
        }
        Some((names, self.blinding.fingerprint()?))
    }
}
