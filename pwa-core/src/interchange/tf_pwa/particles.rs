//! The `particle` block: initial and final particles, slots, and the resonances' properties.

use std::collections::BTreeMap;
use std::io;

use super::error::{ImportError, Problem};
use super::keys;
use super::yaml::{self, Entry, Node, Value};
use crate::config::{ParticleEntry, SpinEntry};
use crate::particle::{Parity, QuantumNumbers};

/// Reads the file that `$include` names.
pub(super) type Include<'a> = dyn Fn(&str) -> io::Result<String> + 'a;

#[derive(Debug)]
pub(super) struct Particles {
    pub top: String,
    /// In the order of `$finals`.
    pub finals: Vec<String>,
    /// The resonances that may stand for a name in the decays.
    pub slots: BTreeMap<String, Vec<String>>,
    properties: BTreeMap<String, Node>,
}

impl Particles {
    pub fn read(
        block: &Node,
        include: &Include,
        notes: &mut Vec<String>,
    ) -> Result<Self, ImportError> {
        let (mut top, mut finals) = (None, None);
        let mut slots = BTreeMap::new();
        let mut properties = BTreeMap::new();
        let mut describe = |entry: &Entry| -> Result<(), ImportError> {
            entry.node.entries()?;
            match properties.insert(entry.key.clone(), entry.node.clone()) {
                None => Ok(()),
                Some(_) => Err(entry.node.bad("describes the particle again", None)),
            }
        };
        for entry in with_includes(block, include, notes)? {
            match (entry.key.as_str(), &entry.node.value) {
                ("$top", Value::Map(inner)) => match &inner[..] {
                    [one] => {
                        top = Some(one.key.clone());
                        describe(one)?;
                    }
                    _ => return Err(entry.node.bad("must be one particle", None)),
                },
                ("$top", _) => top = Some(entry.node.text()?.to_owned()),
                ("$finals", Value::Map(inner)) => {
                    inner.iter().try_for_each(&mut describe)?;
                    finals = Some(inner.iter().map(|e| e.key.clone()).collect());
                }
                ("$finals", _) => finals = Some(entry.node.texts()?),
                (key, _) if key.starts_with('$') => {
                    return Err(entry.unknown(&["$top", "$finals", "$include"]));
                }
                (_, Value::List(_)) => {
                    slots.insert(entry.key.clone(), slot(&entry.node)?);
                }
                _ => describe(&entry)?,
            }
        }
        let particles = Self {
            top: top.ok_or_else(|| block.missing("$top", "name the decaying particle"))?,
            finals: finals.ok_or_else(|| block.missing("$finals", "name the final particles"))?,
            slots,
            properties,
        };
        let names = particles.properties.keys().chain(particles.slots.keys());
        let own = [&particles.top];
        for name in names.chain(&particles.finals).chain(own) {
            if name.is_empty() || name.contains("->") || name.contains([',', ';', ' ', '\t', '\n'])
            {
                let help = "rename it: a blank, comma or `->` has no place in a decay string";
                return Err(block.bad(format!("has a particle called `{name}`"), help.to_owned()));
            }
        }
        Ok(particles)
    }

    /// What stands in the config under this particle's name.
    pub fn properties(&self, name: &str, user: &Node) -> Result<&Node, ImportError> {
        self.properties.get(name).ok_or_else(|| {
            let known = self.properties.keys().map(String::as_str);
            let help = crate::config::did_you_mean(name, known)
                .unwrap_or_else(|| format!("add `{name}: {{J: ..., P: ...}}` to `particle`"));
            user.bad(
                format!("names `{name}`, which `particle` does not describe"),
                help,
            )
        })
    }

    pub fn described(&self) -> impl Iterator<Item = &str> {
        self.properties.keys().map(String::as_str)
    }

    /// The names that stand for one in a decay.
    pub fn candidates<'a>(&'a self, name: &'a String) -> &'a [String] {
        match self.slots.get(name) {
            Some(list) => list,
            None => std::slice::from_ref(name),
        }
    }
}

fn slot(node: &Node) -> Result<Vec<String>, ImportError> {
    for item in node.list()? {
        if matches!(item.value, Value::Map(_)) {
            let help = "write the particle as an entry of its own and only its name here";
            return Err(item.not_translated("a particle described inside a list", help));
        }
    }
    node.texts()
}

/// The entries of the block, completed by those of the included files; the block's own keys win.
fn with_includes(
    block: &Node,
    include: &Include,
    notes: &mut Vec<String>,
) -> Result<Vec<Entry>, ImportError> {
    let mut entries = block.entries()?.to_vec();
    let Some(place) = entries.iter().position(|entry| entry.key == "$include") else {
        return Ok(entries);
    };
    let files = entries.remove(place).node;
    for name in files.texts()? {
        let text = include(&name).map_err(|error| {
            files.bad(
                format!("names `{name}`, which cannot be read: {error}"),
                "put the file where the config says, or its entries into the config".to_owned(),
            )
        })?;
        let Value::Map(included) = yaml::parse(&name, &text, "particle")?.value else {
            continue;
        };
        for entry in included {
            match entries.iter_mut().find(|own| own.key == entry.key) {
                None => entries.push(entry),
                Some(own) => complete(&mut own.node, entry.node),
            }
        }
        notes.push(format!("`$include`: particles read from `{name}`"));
    }
    Ok(entries)
}

/// Adds the keys of an included particle that the config itself does not give.
fn complete(own: &mut Node, included: Node) {
    if let (Value::Map(own), Value::Map(included)) = (&mut own.value, included.value) {
        for entry in included {
            if !own.iter().any(|given| given.key == entry.key) {
                own.push(entry);
            }
        }
    }
}

/// Spin, parities and allowed helicities of one particle.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Numbers {
    pub quantum: QuantumNumbers,
    pub parity: i8,
    pub c_parity: Option<i8>,
    pub helicities: Option<Vec<f64>>,
}

impl Numbers {
    pub const KEYS: [&'static str; 5] = ["J", "P", "Par", "C", "spins"];

    pub fn read(node: &Node) -> Result<Self, ImportError> {
        let spin = match node.get("J") {
            Some(spin) => spin.spin()?,
            None => return Err(node.missing("J", "say the spin: TF-PWA would take 0")),
        };
        let parity = one_of(node, "P", "Par")?.ok_or_else(|| {
            let help = "say the parity: without it TF-PWA conserves none in the particle's decays; \
                        `p_break: True` at a decay says so openly";
            node.missing("P", help)
        })?;
        let parity = parity.sign()?;
        let c_parity = match node.get("C") {
            Some(c) if !c.is_null() => Some(c.sign()?),
            _ => None,
        };
        let mut quantum = QuantumNumbers::new(spin, Some(even_or_odd(parity)));
        quantum.c_parity = c_parity.map(even_or_odd);
        let helicities = match node.get("spins") {
            Some(list) if !list.is_null() => Some(helicities(list, quantum)?),
            _ => None,
        };
        Ok(Self {
            quantum,
            parity,
            c_parity,
            helicities,
        })
    }

    pub fn spin_entry(&self) -> SpinEntry {
        SpinEntry(self.quantum.spin.to_string())
    }

    /// Whether the helicities are all the spin has.
    pub fn all_helicities(&self) -> bool {
        let all = self.quantum.spin.multiplicity() as usize;
        self.helicities.as_ref().is_none_or(|h| h.len() == all)
    }
}

fn even_or_odd(sign: i8) -> Parity {
    match sign {
        1 => Parity::Even,
        _ => Parity::Odd,
    }
}

fn helicities(list: &Node, quantum: QuantumNumbers) -> Result<Vec<f64>, ImportError> {
    let allowed: Vec<i32> = quantum.spin.projections().collect();
    let mut found = Vec::new();
    for item in list.list()? {
        let helicity = item.half_integer()?;
        // At most 1000 in size, see `half_integer`.
        if !allowed.contains(&((2.0 * helicity) as i32)) {
            return Err(item.bad(format!("is no helicity of spin {}", quantum.spin), None));
        }
        if found.contains(&helicity) {
            return Err(item.bad("stands twice", None));
        }
        found.push(helicity);
    }
    match found.is_empty() {
        true => Err(list.bad("must not be empty", None)),
        false => Ok(found),
    }
}

/// A key under either of two names, but not both.
pub(super) fn one_of<'a>(
    node: &'a Node,
    name: &str,
    alias: &str,
) -> Result<Option<&'a Node>, ImportError> {
    match (node.get(name), node.get(alias)) {
        (Some(_), Some(second)) => Err(second.bad(format!("repeats `{name}`"), None)),
        (first, second) => Ok(first.or(second).filter(|found| !found.is_null())),
    }
}

/// An initial or final particle as the document has it.
pub(super) fn external(
    name: &str,
    node: &Node,
    notes: &mut Vec<String>,
) -> Result<(ParticleEntry, Numbers), ImportError> {
    let mut known = vec!["mass", "m0"];
    known.extend(Numbers::KEYS);
    for entry in node.entries()? {
        match entry.key.as_str() {
            key if known.contains(&key) => {}
            "width" | "g0" | "model" | "bw" | "running_width" => notes.push(format!(
                "`{}`: left out, an initial or final particle has no line shape",
                entry.node.path
            )),
            "polarization" if entry.node.text().is_ok_and(|t| t == "none") => {}
            "polarization" => {
                let help = "sum over `spins` is what gpuwa has: unpolarised, each with weight one";
                return Err(entry.not_translated("polarisation is not yet in gpuwa", help));
            }
            _ if keys::is_idle(keys::PARTICLE, entry, notes)? => {}
            _ => return Err(entry.unknown(&known)),
        }
    }
    let numbers = Numbers::read(node)?;
    let Some(mass) = one_of(node, "mass", "m0")? else {
        let help = format!(
            "give `{name}` its mass: TF-PWA takes the mean over the first events it sees, which \
             is no property of the model"
        );
        return Err(node.missing("mass", &help));
    };
    let value = mass.number()?;
    if value < 0.0 {
        return Err(mass.bad("must not be negative", None));
    }
    let two_j = numbers.quantum.spin.two_j();
    let outermost = |h: &f64| (2.0 * h).abs() == f64::from(two_j);
    let given = numbers.helicities.as_ref();
    if value == 0.0 && two_j > 0 && !given.is_some_and(|all| all.iter().all(outermost)) {
        let reason = "a massless particle with helicities other than J and -J";
        let help = format!("give `{name}` its `spins`: TF-PWA sums over all 2J + 1 without them");
        return Err(node.not_translated(reason, &help));
    }
    let entry = ParticleEntry {
        mass: Some(value),
        spin: Some(numbers.spin_entry()),
        parity: Some(numbers.parity),
        c_parity: numbers.c_parity,
        ..ParticleEntry::default()
    };
    Ok((entry, numbers))
}

/// Says which described particles no chain uses.
pub(super) fn note_unused(particles: &Particles, used: &[&str], notes: &mut Vec<String>) {
    let unused: Vec<&str> = particles
        .described()
        .filter(|name| !used.contains(name))
        .collect();
    if !unused.is_empty() {
        notes.push(format!(
            "in no decay chain, left out: {}",
            unused.join(", ")
        ));
    }
}

/// A resonance's decay or a chain that has no coupling.
pub(super) fn no_coupling(node: &Node, decay: &str, reason: String) -> ImportError {
    let problem = Problem::NoCoupling {
        decay: decay.to_owned(),
        reason,
    };
    let help =
        "check the quantum numbers; a decay that does not conserve parity says `p_break: True`";
    node.problem(problem, help.to_owned())
}
