//! A resonance's keys: its shape, and the parameters with values, ranges and constraints.

use super::decays;
use super::error::{ImportError, Problem};
use super::keys;
use super::names::{of_resonance, of_shape};
use super::parameters::{Parameter, Parameters};
use super::particles::{Numbers, one_of};
use super::shapes::{self, Context, Kind, Shape, Use};
use super::yaml::{Entry, Node, Value};
use crate::config::{ConstraintEntry, ResonanceEntry};

/// A resonance as far as it is not parameters.
#[derive(Debug)]
pub(super) struct Resonance {
    pub name: String,
    pub numbers: Numbers,
    pub shape: Shape,
    /// The mass of a shape that has none in TF-PWA, for barrier factors.
    pub constant_mass: Option<f64>,
}

/// What is given around a resonance.
pub(super) struct Surroundings {
    pub numbers: Numbers,
    pub lowest_l: f64,
    pub daughter_masses: Option<[f64; 2]>,
}

const SUFFIXES: [&str; 6] = ["_range", "_sigma", "_free", "_constr", "_min", "_max"];

impl Resonance {
    pub fn read(
        name: &str,
        node: &Node,
        around: Surroundings,
        parameters: &mut Parameters,
        constraints: &mut Vec<ConstraintEntry>,
        notes: &mut Vec<String>,
    ) -> Result<Self, ImportError> {
        let model = match one_of(node, "model", "bw")? {
            Some(model) if matches!(model.value, Value::Map(_)) => {
                let help = "write the model by name; a formula can be given in gpuwa's config";
                return Err(model.not_translated("a model by expression", help));
            }
            Some(model) => model.text()?,
            None => "default",
        };
        let mass = one_of(node, "mass", "m0")?.map(Node::number).transpose()?;
        let width = one_of(node, "width", "g0")?.map(Node::number).transpose()?;
        let floated = floated(node)?;
        let context = Context {
            lowest_l: around.lowest_l,
            daughter_masses: around.daughter_masses,
            has_width: width.is_some(),
            floated: floated.clone(),
        };
        let shape = Shape::read(name, model, node, &context, notes)?;
        if !around.numbers.all_helicities() {
            let spins = node.get("spins").unwrap_or(node);
            let help = "`spins` of initial and final particles are translated; leave it out here";
            return Err(spins.not_translated("restricted helicities of a resonance", help));
        }
        let reader = Reader {
            name,
            node,
            model,
            shape: &shape,
            floated: &floated,
        };
        reader.register(mass, width, parameters, notes);
        reader.keys(parameters, constraints, notes)?;
        reader.float(parameters)?;
        Ok(Self {
            name: name.to_owned(),
            constant_mass: mass.filter(|_| shape.mass == Use::Constant),
            numbers: around.numbers,
            shape,
        })
    }

    pub fn parameter(&self, name: &str) -> String {
        of_shape(&self.name, self.shape.name, name)
    }

    /// The entry without its parameters.
    pub fn entry(&self) -> ResonanceEntry {
        ResonanceEntry {
            spin: Some(self.numbers.spin_entry()),
            parity: Some(self.numbers.parity),
            c_parity: self.numbers.c_parity,
            shape: Some(self.shape.name.to_owned()),
            options: self.shape.options.clone(),
            ..ResonanceEntry::default()
        }
    }
}

/// `float: [m, g]` or `float: mg`.
fn floated(node: &Node) -> Result<Vec<String>, ImportError> {
    let Some(float) = node.get("float").filter(|f| !f.is_null()) else {
        return Ok(Vec::new());
    };
    if matches!(float.value, Value::List(_)) {
        return float.texts();
    }
    if float.flag().is_ok_and(|on| !on) {
        return Ok(Vec::new());
    }
    Ok(float.text()?.chars().map(String::from).collect())
}

struct Reader<'a> {
    name: &'a str,
    node: &'a Node,
    model: &'a str,
    shape: &'a Shape,
    floated: &'a [String],
}

impl Reader<'_> {
    fn register(
        &self,
        mass: Option<f64>,
        width: Option<f64>,
        parameters: &mut Parameters,
        notes: &mut Vec<String>,
    ) {
        let idle = |value| Parameter {
            value,
            idle: true,
            ..Parameter::default()
        };
        for (suffix, letter, value, use_) in [
            ("mass", "m", mass, self.shape.mass),
            ("width", "g", width, self.shape.width),
        ] {
            let name = of_resonance(self.name, suffix);
            match use_ {
                Use::Needed | Use::Pole => {
                    let pinned = !self.floated.iter().any(|floated| floated == letter);
                    let parameter = Parameter {
                        value,
                        pinned,
                        ..Parameter::default()
                    };
                    parameters.insert(name, parameter);
                }
                Use::Idle => parameters.insert(name, idle(value)),
                Use::Constant => {}
                Use::None if value.is_some() => notes.push(format!(
                    "`{}.{suffix}`: left out, `{}` has no {suffix}",
                    self.node.path, self.model
                )),
                Use::None => {}
            }
        }
        for parameter in &self.shape.parameters {
            let name = of_shape(self.name, self.shape.name, &parameter.name);
            match parameter.kind {
                Kind::Complex { fixed_at } => parameters.insert_complex(&name, fixed_at),
                Kind::Real { value, free } => {
                    let start = if free {
                        Parameter::free()
                    } else {
                        Parameter::default()
                    };
                    parameters.insert(name, Parameter { value, ..start });
                }
            }
        }
    }

    fn keys(
        &self,
        parameters: &mut Parameters,
        constraints: &mut Vec<ConstraintEntry>,
        notes: &mut Vec<String>,
    ) -> Result<(), ImportError> {
        let own = shapes::own_keys(self.model);
        let mut known = vec![
            "mass",
            "m0",
            "width",
            "g0",
            "float",
            "params",
            "gauss_constr",
            "d",
        ];
        known.extend(Numbers::KEYS.iter().chain(&shapes::KEYS).chain(own));
        let mut settings: Vec<(String, &Entry)> = Vec::new();
        for entry in self.node.entries()? {
            match entry.key.as_str() {
                "d" => decays::radius(&entry.node)?,
                "params" => {
                    for inner in entry.node.entries_or_null()? {
                        settings.push((inner.key.clone(), inner));
                    }
                }
                "gauss_constr" => self.gauss(&entry.node, parameters, constraints)?,
                key if known.contains(&key) => {}
                key if shapes::is_flatte_coupling(self.model, key) => {
                    shapes::surplus_coupling(entry, self.shape)?;
                }
                "coef_head" => {
                    let help = "equal couplings can be said by `same_as` in the translated file";
                    return Err(entry.not_translated("couplings shared by `coef_head`", help));
                }
                key => match mass_or_width_setting(key) {
                    Some(setting) => settings.push((setting, entry)),
                    None if keys::is_idle(keys::PARTICLE, entry, notes)? => {}
                    None => return Err(entry.unknown(&known)),
                },
            }
        }
        // Values first: a constraint is around the value.
        settings.sort_by_key(|(setting, _)| split(setting).1.is_some());
        for (setting, entry) in settings {
            self.setting(&setting, entry, parameters, constraints, notes)?;
        }
        Ok(())
    }

    /// One entry of `params`, or a key such as `m_max` under the name `mass_max`.
    fn setting(
        &self,
        setting: &str,
        entry: &Entry,
        parameters: &mut Parameters,
        constraints: &mut Vec<ConstraintEntry>,
        notes: &mut Vec<String>,
    ) -> Result<(), ImportError> {
        let node = &entry.node;
        let (parameter, suffix) = split(setting);
        let name = of_resonance(self.name, parameter);
        let Some(found) = parameters.get_mut(&name) else {
            let (problem, nearest) = parameters.unknown(&name, &node.path);
            return Err(node.problem(problem, nearest));
        };
        if node.is_null() {
            return Ok(());
        }
        match suffix {
            None => found.value = Some(node.number()?),
            Some("_free") => found.free = node.flag()?,
            Some("_range") => found.limits = Some(node.range()?),
            Some("_min") => limits(found)[0] = node.number()?,
            Some("_max") => limits(found)[1] = node.number()?,
            Some("_sigma") => {
                node.number()?;
                if self.sigma_or_constr(setting, "_sigma", "_constr").is_none() {
                    notes.push(format!(
                        "`{}`: left out, only the spread of TF-PWA's random starts",
                        node.path
                    ));
                }
            }
            // `_constr` is what is left of the list.
            Some(_) if node.flag()? => {
                let sigma = self.sigma_or_constr(setting, "_constr", "_sigma");
                let (Some(mean), Some(sigma)) = (found.value, sigma) else {
                    let help = format!("give `{parameter}` and `{parameter}_sigma`");
                    return Err(node.bad("constrains without a value and a sigma", help));
                };
                constraints.push(constraint(name, mean, sigma, node)?);
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// The sigma of a constraint, or whether a sigma has one.
    fn sigma_or_constr(&self, setting: &str, own: &str, other: &str) -> Option<f64> {
        let wanted = format!("{}{other}", setting.strip_suffix(own)?);
        let inside = self.node.get("params").and_then(|p| p.get(&wanted));
        let outside = || {
            let all = self.node.entries().ok()?.iter();
            let mut same = all.filter(|e| mass_or_width_setting(&e.key).as_ref() == Some(&wanted));
            Some(&same.next()?.node)
        };
        let found = inside.or_else(outside)?;
        match other {
            "_constr" => found.flag().ok()?.then_some(1.0),
            _ => found.number().ok(),
        }
    }

    /// `gauss_constr: {m: 0.01}`: the config's value and this sigma.
    fn gauss(
        &self,
        node: &Node,
        parameters: &Parameters,
        constraints: &mut Vec<ConstraintEntry>,
    ) -> Result<(), ImportError> {
        if node.is_null() {
            return Ok(());
        }
        if !matches!(node.value, Value::Map(_)) {
            let help = "write `gauss_constr: {m: SIGMA}`, as TF-PWA since version 0.1.6 wants it";
            return Err(node.bad("must be a mapping of parameters to sigmas", help.to_owned()));
        }
        for entry in node.entries()? {
            let parameter = match entry.key.as_str() {
                "m" => "mass",
                "g" => "width",
                other => other,
            };
            let name = of_resonance(self.name, parameter);
            let Some(found) = parameters.get(&name) else {
                let (problem, nearest) = parameters.unknown(&name, &entry.node.path);
                return Err(entry.node.problem(problem, nearest));
            };
            let Some(mean) = found.value else {
                return Err(entry
                    .node
                    .bad("constrains a parameter without a value", None));
            };
            let sigma = entry.node.number()?;
            constraints.push(constraint(name, mean, sigma, &entry.node)?);
        }
        Ok(())
    }

    /// Frees what `float` names; a Flatté's couplings are free already.
    fn float(&self, parameters: &mut Parameters) -> Result<(), ImportError> {
        for letter in self.floated {
            let parameter = match letter.as_str() {
                "m" => "mass",
                "g" => "width",
                other if self.shape.parameters.iter().any(|p| p.name == other) => continue,
                other => other,
            };
            let name = of_resonance(self.name, parameter);
            let node = self.node.get("float").unwrap_or(self.node);
            match parameters.get_mut(&name) {
                Some(found) if !found.idle => found.free = true,
                _ => {
                    let problem = Problem::BadParameter {
                        name,
                        user: self.name.to_owned(),
                        problem: format!("cannot float: `{}` has none", self.model),
                    };
                    let help =
                        "`float` takes m (mass) and g (width), and g_0, g_1, ... of a Flatté";
                    return Err(node.problem(problem, help.to_owned()));
                }
            }
        }
        Ok(())
    }
}

fn limits(parameter: &mut Parameter) -> &mut [f64; 2] {
    let open = [f64::NEG_INFINITY, f64::INFINITY];
    parameter.limits.get_or_insert(open)
}

pub(super) fn constraint(
    parameter: String,
    mean: f64,
    sigma: f64,
    node: &Node,
) -> Result<ConstraintEntry, ImportError> {
    match sigma > 0.0 {
        true => Ok(ConstraintEntry {
            parameter,
            mean,
            sigma,
        }),
        false => Err(node.bad("must have a sigma above zero", None)),
    }
}

/// `m_max` is `mass_max`, `g_free` is `width_free`.
fn mass_or_width_setting(key: &str) -> Option<String> {
    let prefixes = [
        ("m", "mass"),
        ("g", "width"),
        ("mass", "mass"),
        ("width", "width"),
    ];
    prefixes.iter().find_map(|(prefix, name)| {
        let suffix = key.strip_prefix(prefix)?;
        SUFFIXES
            .contains(&suffix)
            .then(|| format!("{name}{suffix}"))
    })
}

/// `mass1_range` is `mass1` and `_range`.
fn split(setting: &str) -> (&str, Option<&'static str>) {
    let found = SUFFIXES
        .iter()
        .find_map(|suffix| Some((setting.strip_suffix(suffix)?, Some(*suffix))));
    found.unwrap_or((setting, None))
}
