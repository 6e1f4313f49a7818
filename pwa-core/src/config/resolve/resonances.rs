//! A name in a slot becomes a resonance with a line shape.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::{ConfigError, CouplingEntry, ResonanceEntry, Step, ValueEntry, did_you_mean};
use super::couplings::Convention;
use super::{Resolver, Shared};
use crate::kinematics::PlaneVertex;
use crate::lineshape::{self, LINESHAPES, ParameterKind, ParameterSpec};
use crate::model::{Parameter, ParameterId, ParameterRole, Part, Resonance, ShapeParameter};
use crate::particle::{Particle, QuantumNumbers};

/// The chain that names a resonance, and the options it gives its shape.
pub(super) type OfChain<'a> = (usize, Option<&'a BTreeMap<String, Value>>);

/// A resonance's place in the model and its quantum numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub resonance: usize,
    pub numbers: QuantumNumbers,
}

impl Resolver<'_> {
    /// The resonance of this name, with the options that a chain gives its shape; made when it is met for
    /// the first time.
    pub(super) fn resonance(
        &mut self,
        name: &str,
        path: &[Step],
        of_chain: OfChain,
    ) -> Result<Known, ConfigError> {
        let default = ResonanceEntry::default();
        let entry = self.document.resonance.get(name).unwrap_or(&default);
        let particle = self.resonance_particle(name, entry, path)?;
        let two_j = self.spin(&particle, path)?;
        let numbers = QuantumNumbers {
            spin: crate::particle::Spin::from_two_j(two_j),
            parity: particle.parity,
            c_parity: particle.c_parity,
            charge: particle.charge,
            isospin: particle.isospin,
            g_parity: particle.g_parity,
        };
        let none = BTreeMap::new();
        let (chain, options) = (of_chain.0, of_chain.1.unwrap_or(&none));
        let mut known = self.resonances.iter();
        let known = known.position(|r| r.name == name && r.of_chain == *options);
        if let Some(resonance) = known {
            return Ok(Known { resonance, numbers });
        }
        let resonance = self.new_resonance(name, entry, &particle, (path, chain, options))?;
        self.resonances.push(resonance);
        Ok(Known {
            resonance: self.resonances.len() - 1,
            numbers,
        })
    }

    pub(super) fn resonance_particle(
        &self,
        name: &str,
        entry: &ResonanceEntry,
        path: &[Step],
    ) -> Result<Particle, ConfigError> {
        let at: [Step; 2] = ["resonance".into(), name.into()];
        let mut particle = match &entry.like {
            Some(like) => self.table_particle(like, &[at[0], at[1], "like".into()])?,
            None if entry.spin.is_some() => self
                .table
                .get(name)
                .cloned()
                .unwrap_or_else(|| Particle::named(name)),
            None => self.particle(name, path)?,
        };
        particle.charge = entry.charge.or(particle.charge);
        let (spin, parity, c_parity) = (&entry.spin, entry.parity, entry.c_parity);
        self.quantum_numbers(&mut particle, spin.as_ref(), parity, c_parity, &at)?;
        Ok(particle)
    }

    fn new_resonance(
        &mut self,
        name: &str,
        entry: &ResonanceEntry,
        particle: &Particle,
        (path, chain, of_chain): (&[Step], usize, &BTreeMap<String, Value>),
    ) -> Result<Resonance, ConfigError> {
        let at = |key: &'static str| -> Vec<Step> {
            vec![Step::Key("resonance"), Step::Key(name), Step::Key(key)]
        };
        let (shape_name, options) = self.shape_options(name, entry, of_chain)?;
        let root = ["chain".into(), chain.into(), "options".into()];
        let in_chain = || self.reaction.at(&root);
        let options_at = || match of_chain.is_empty() {
            true => at("options"),
            false => in_chain(),
        };
        let shape = lineshape::find(shape_name).ok_or_else(|| {
            let known = LINESHAPES.iter().map(|shape| shape.name());
            let help = did_you_mean(shape_name, known).unwrap_or_else(|| {
                let all: Vec<&str> = LINESHAPES.iter().map(|shape| shape.name()).collect();
                format!("line shapes: {}", all.join(", "))
            });
            self.source.error(
                &at("shape"),
                format!("unknown line shape `{shape_name}`"),
                help,
            )
        })?;
        for option in options.names() {
            if !shape.options().contains(&option) {
                let known = shape.options();
                let help = match did_you_mean(option, known.iter().copied()) {
                    Some(nearest) => nearest,
                    None if known.is_empty() => format!("`{shape_name}` has no options"),
                    None => format!("options of `{shape_name}`: {}", known.join(", ")),
                };
                let path = match of_chain.contains_key(option) {
                    true => in_chain(),
                    false => [&at("options")[..], &[Step::Key(option)]].concat(),
                };
                let problem = format!("`{shape_name}` has no option `{option}`");
                return Err(self.source.error(&path, problem, help));
            }
        }
        let specs = shape
            .parameters(&options)
            .map_err(|error| self.source.error(&options_at(), error.to_string(), None))?;
        for key in entry.parameters.keys() {
            // `mass` and `width` stand beside `parameters`.
            let beside = ["mass", "width"].contains(&key.as_str());
            if beside || !specs.iter().any(|spec| spec.name == *key) {
                let names = || specs.iter().map(|spec| spec.name.as_str());
                let help = match beside {
                    true => Some(format!(
                        "write `{key} = ...` in [resonance.\"{name}\"] itself"
                    )),
                    false => did_you_mean(key, names()).or_else(|| {
                        let all: Vec<&str> = names().collect();
                        Some(format!("parameters of `{shape_name}`: {}", all.join(", ")))
                    }),
                };
                let path = [&at("parameters")[..], &[Step::Key(key)]].concat();
                let problem = format!("`{shape_name}` has no parameter `{key}`");
                return Err(self.source.error(&path, problem, help));
            }
        }
        let mut parameters = BTreeMap::new();
        let of = (name, shape_name);
        let mut mass = None;
        // A mass that the shape does not use still sets the reference of barrier factors.
        if entry.mass.is_some() || particle.mass.is_some() {
            let spec = ParameterSpec::gev("mass");
            mass = Some(self.real(of, &spec, entry.mass.as_ref(), particle.mass, path)?);
        }
        for spec in &specs {
            let parameter = match (spec.name.as_str(), spec.kind) {
                ("mass", _) => ShapeParameter::Real(
                    mass.ok_or_else(|| self.missing(name, "mass", shape_name, path))?,
                ),
                ("width", _) => {
                    let width = particle.width.filter(|&width| width > 0.0);
                    let given = entry.width.as_ref();
                    if given.is_none() && width.is_none() {
                        return Err(self.missing(name, "width", shape_name, path));
                    }
                    ShapeParameter::Real(self.real(of, spec, given, width, path)?)
                }
                (_, ParameterKind::Real) => {
                    let given = entry.parameters.get(&spec.name);
                    if given.is_none() && spec.default.is_none() {
                        return Err(self.missing(name, &spec.name, shape_name, path));
                    }
                    let value = given
                        .map(|entry| self.as_value(name, spec, entry))
                        .transpose()?;
                    ShapeParameter::Real(self.real(of, spec, value.as_ref(), spec.default, path)?)
                }
                (_, ParameterKind::Complex) => {
                    let Some(given) = entry.parameters.get(&spec.name) else {
                        return Err(self.missing(name, &spec.name, shape_name, path));
                    };
                    let full = self.naming().name(Part::Shape {
                        resonance: name,
                        shape: shape_name,
                        parameter: &spec.name,
                    });
                    let path = [&at("parameters")[..], &[Step::Key(&spec.name)]].concat();
                    let unit = spec.unit.clone();
                    ShapeParameter::Complex(match self.parameters.find_coupling(&full) {
                        Some(known) => known,
                        None => self.complex(&full, Some(given), Convention::Fixed, unit, &path)?,
                    })
                }
            };
            parameters.insert(spec.name.clone(), parameter);
        }
        if entry.width.is_some() && !parameters.contains_key("width") {
            let problem = format!("`{shape_name}` has no width");
            return Err(self.source.error(&at("width"), problem, None));
        }
        Ok(Resonance {
            name: name.to_owned(),
            two_j: particle.spin.map_or(0, |spin| spin.two_j()),
            parity: particle.parity.map(|parity| parity.sign()),
            shape,
            options,
            of_chain: of_chain.clone(),
            mass,
            parameters,
            barrier_radius: self.radius(name, entry.barrier_radius)?,
        })
    }

    fn radius(&self, name: &str, given: Option<f64>) -> Result<f64, ConfigError> {
        let radius = given.unwrap_or(self.barrier_radius(PlaneVertex::Resonance));
        if radius.is_finite() && radius >= 0.0 {
            return Ok(radius);
        }
        let path: [Step; 3] = ["resonance".into(), name.into(), "barrier_radius".into()];
        Err(self
            .source
            .error(&path, format!("{radius} GeV⁻¹ is no barrier radius"), None))
    }

    fn missing(&self, resonance: &str, parameter: &str, shape: &str, path: &[Step]) -> ConfigError {
        let table = match parameter {
            "mass" | "width" => format!("[resonance.\"{resonance}\"] with `{parameter}`"),
            _ => format!("[resonance.\"{resonance}\"] with `parameters = {{ {parameter} = ... }}`"),
        };
        self.source.error(
            path,
            format!("`{resonance}` has no {parameter}, which the shape `{shape}` needs"),
            format!("give it one: {table}"),
        )
    }

    /// The entry of a real parameter, which has no real and imaginary part.
    fn as_value(
        &self,
        resonance: &str,
        spec: &ParameterSpec,
        entry: &CouplingEntry,
    ) -> Result<ValueEntry, ConfigError> {
        let complex = [entry.re, entry.im, entry.modulus, entry.phase];
        if complex.iter().any(Option::is_some) {
            let path: [Step; 4] = [
                "resonance".into(),
                resonance.into(),
                "parameters".into(),
                Step::Key(&spec.name),
            ];
            let problem = format!("`{}` is a real parameter", spec.name);
            let help = "write a number, or { start = ..., free = true }".to_owned();
            return Err(self.source.error(&path, problem, help));
        }
        Ok(ValueEntry {
            start: entry.start,
            free: entry.free.unwrap_or(false),
            limits: entry.limits,
            same_as: entry.same_as.clone(),
        })
    }

    /// A real parameter of a resonance.
    fn real(
        &mut self,
        (resonance, shape): (&str, &str),
        spec: &ParameterSpec,
        entry: Option<&ValueEntry>,
        default: Option<f64>,
        path: &[Step],
    ) -> Result<ParameterId, ConfigError> {
        let full = self.naming().name(Part::Shape {
            resonance,
            shape,
            parameter: &spec.name,
        });
        // What another reaction, or another decay of this one, has made already.
        if let Some(known) = self.parameters.find(&full) {
            return Ok(known);
        }
        let inner = ["mass", "width"].contains(&spec.name.as_str());
        let mut at = vec!["resonance".to_owned(), resonance.to_owned()];
        if !inner {
            at.push("parameters".to_owned());
        }
        at.push(spec.name.clone());
        let steps: Vec<Step> = at.iter().map(Step::from).collect();
        let start = entry.and_then(|entry| entry.start).or(default);
        let same_as = entry.and_then(|entry| entry.same_as.clone());
        let Some(start) = start.or(same_as.is_some().then_some(0.0)) else {
            let problem = format!("`{resonance}` has no start value for `{}`", spec.name);
            return Err(self
                .source
                .error(path, problem, "write { start = ... }".to_owned()));
        };
        let free = entry.is_some_and(|entry| entry.free);
        let limits = match entry.and_then(|entry| entry.limits) {
            // A pole on the wrong side of the real axis is no resonance.
            None if free && spec.name == "width" => Some([0.0, f64::INFINITY]),
            given => given,
        };
        self.check_number(start, limits, &steps)?;
        if inner && start < 0.0 {
            let problem = format!(
                "the {} of `{resonance}` is negative: {start} GeV",
                spec.name
            );
            let help = "write a mass and a width as numbers from 0 GeV on".to_owned();
            return Err(self.source.error(&steps, problem, help));
        }
        if let Some(target) = same_as {
            self.shared.push(Shared {
                name: full.clone(),
                target,
                has_value: entry.is_some_and(|entry| entry.start.is_some()),
                path: at,
            });
        }
        Ok(self.parameters.push(Parameter {
            name: full,
            start,
            free,
            limits,
            unit: spec.unit.clone(),
            role: ParameterRole::Shape,
            same_as: None,
        }))
    }

    pub(super) fn check_number(
        &self,
        start: f64,
        limits: Option<[f64; 2]>,
        path: &[Step],
    ) -> Result<(), ConfigError> {
        let at = |key: &'static str| [path, &[key.into()]].concat();
        if !start.is_finite() {
            let help = "write a finite number".to_owned();
            let problem = format!("the start value is {start}");
            return Err(self.source.error(&at("start"), problem, help));
        }
        match limits {
            Some([low, high]) if low.partial_cmp(&high) != Some(std::cmp::Ordering::Less) => {
                let problem = format!("the limits [{low}, {high}] are no interval");
                let help = "write [lowest, highest]".to_owned();
                Err(self.source.error(&at("limits"), problem, help))
            }
            Some([low, high]) if start < low || start > high => {
                let problem = format!("the start value {start} lies outside [{low}, {high}]");
                let help = "move the start or the limits".to_owned();
                Err(self.source.error(&at("start"), problem, help))
            }
            _ => Ok(()),
        }
    }
}
