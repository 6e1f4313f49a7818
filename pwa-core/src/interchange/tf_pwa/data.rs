//! The `data` block: where events come from, and how their frame is fixed.

use super::error::ImportError;
use super::keys;
use super::particles::Particles;
use super::yaml::{Node, Value};
use crate::config::{DatasetEntry, OneOrMany, SampleEntry, ZAxis};

/// What the block says.
#[derive(Debug, Default)]
pub(super) struct Data {
    /// The final particles in the order of the momenta in the files.
    pub order: Vec<String>,
    pub identical: Vec<Vec<String>>,
    pub z: ZAxis,
    pub sets: Vec<DatasetEntry>,
    pub phase_space: Option<SampleEntry>,
}

const SAMPLES: [&str; 4] = ["data", "phsp", "bg", "phsp_noeff"];

const KEYS: [&str; 19] = [
    "dat_order",
    "data",
    "data_weight",
    "data_charge",
    "phsp",
    "phsp_weight",
    "phsp_charge",
    "phsp_noeff",
    "phsp_noeff_weight",
    "bg",
    "bg_weight",
    "bg_charge",
    "weight_scale",
    "inject_ratio",
    "center_mass",
    "random_z",
    "r_boost",
    "cp_trans",
    "identical_particles",
];

/// What decides about frames beside the block itself.
pub(super) struct Shape {
    pub spinless: bool,
    /// Whether a chain has more than two decays in a row.
    pub deep: bool,
}

impl Data {
    pub fn read(
        block: &Node,
        particles: &Particles,
        shape: &Shape,
        notes: &mut Vec<String>,
    ) -> Result<Self, ImportError> {
        check_keys(block, notes)?;
        let mut data = Self {
            order: order(block, particles, notes)?,
            z: z_axis(block, shape, notes)?,
            ..Self::default()
        };
        if let Some(groups) = block.get("identical_particles").filter(|g| !g.is_null()) {
            for group in groups.list()? {
                let names = group.texts()?;
                if let Some(name) = names.iter().find(|name| !particles.finals.contains(name)) {
                    let problem = format!("names `{name}`, which is no final particle");
                    return Err(group.bad(problem, None));
                }
                data.identical.push(names);
            }
        }
        data.sets = sets(block, notes)?;
        let noeff = groups_of(block, "phsp_noeff")?;
        if noeff.len() > 1 {
            let node = block.get("phsp_noeff").unwrap_or(block);
            return Err(node.bad("must be one sample", None));
        }
        data.phase_space = noeff.into_iter().next();
        if let Some(sample) = &mut data.phase_space {
            sample.weight = weight(block, "phsp_noeff_weight", 0)?;
        }
        Ok(data)
    }
}

fn check_keys(block: &Node, notes: &mut Vec<String>) -> Result<(), ImportError> {
    let entries = block.entries_or_null()?;
    let has = |key: &str| entries.iter().any(|entry| entry.key == key);
    for entry in entries {
        let (key, node) = (entry.key.as_str(), &entry.node);
        match key {
            "inmc" => {
                let help = "add the injected events to the data file with their weights";
                return Err(entry.not_translated("injected Monte Carlo", help));
            }
            "inject_ratio" => notes.push(format!(
                "`{}`: left out, without `inmc` nothing is injected",
                node.path
            )),
            "data_charge" | "phsp_charge" | "bg_charge" if !node.is_null() => {
                let help = "write momenta and charges into one ROOT, Parquet or npz file, and name \
                            the column by `charge` in the translated [data]";
                return Err(entry.not_translated("charges in a file of their own", help));
            }
            "weight_scale" => {
                let help = "give `bg_weight` multiplied by the number of data events over that of \
                            background events";
                node.only(
                    false,
                    "a weight that depends on the numbers of events",
                    help,
                )?;
            }
            // Without charges there is nothing to transform, and charges are refused above.
            "cp_trans" => {
                node.flag()?;
            }
            "negtive_idx" | "scale_list" => {
                if node.texts()? != ["bg"] {
                    let reason = "other samples than `bg` that are subtracted or scaled";
                    return Err(entry.not_translated(reason, "list only bg"));
                }
            }
            "bg_frac" | "bg_function" | "eff_function" | "data_bg_value" | "phsp_bg_value"
            | "data_eff_value" | "phsp_eff_value" => {
                let help = "subtract the background by a sample `bg` and its `bg_weight`";
                return Err(entry.not_translated("the cfit likelihood is not yet in gpuwa", help));
            }
            "dat_order" | "identical_particles" | "center_mass" | "random_z" | "r_boost" => {}
            _ if KEYS.contains(&key) => {}
            _ if keys::is_idle(keys::DATA, entry, notes)? => {}
            _ => return Err(entry.unknown(&KEYS)),
        }
    }
    for (weight, sample) in [
        ("data_weight", "data"),
        ("phsp_weight", "phsp"),
        ("phsp_noeff_weight", "phsp_noeff"),
        ("bg_weight", "bg"),
    ] {
        if has(weight) && !has(sample) {
            notes.push(format!(
                "`{}.{weight}`: left out, there is no `{sample}`",
                block.path
            ));
        }
    }
    Ok(())
}

/// The final particles as the lines of the files have them.
fn order(
    block: &Node,
    particles: &Particles,
    notes: &mut Vec<String>,
) -> Result<Vec<String>, ImportError> {
    let mut finals = particles.finals.clone();
    let Some(node) = block.get("dat_order").filter(|order| !order.is_null()) else {
        finals.sort_unstable();
        if finals != particles.finals && SAMPLES.iter().any(|s| block.get(s).is_some()) {
            let help = "say which line of an event is which particle, e.g. `dat_order: [B, C, D]`";
            return Err(block.missing("dat_order", help));
        }
        notes.push("no `dat_order`: final particles in the order of `$finals`".into());
        return Ok(particles.finals.clone());
    };
    let order = node.texts()?;
    let mut sorted = order.clone();
    sorted.sort_unstable();
    finals.sort_unstable();
    match sorted == finals {
        true => Ok(order),
        false => {
            let help = "files with further particles have to be rewritten with the final ones only";
            Err(node.bad(
                "is not a list of the final particles, each once",
                help.to_owned(),
            ))
        }
    }
}

/// With `random_z` TF-PWA takes the direction of the initial particle as z axis,
/// unless it boosts to its rest frame first (`center_mass`).
fn z_axis(block: &Node, shape: &Shape, notes: &mut Vec<String>) -> Result<ZAxis, ImportError> {
    let flag = |key: &str, default: bool| match block.get(key).filter(|node| !node.is_null()) {
        Some(node) => node.flag(),
        None => Ok(default),
    };
    let center_mass = flag("center_mass", false)?;
    let random_z = flag("random_z", true)?;
    // From the initial particle's rest frame one boost and the chain of boosts are the same.
    let same_boosts = center_mass && !shape.deep;
    if !flag("r_boost", true)? && !same_boosts {
        let node = block.get("r_boost").unwrap_or(block);
        let help = "gpuwa boosts from each mother's rest frame to the next; take the key out if \
                    that is meant";
        return Err(node.not_translated("boosts straight from the laboratory", help));
    }
    Ok(match (center_mass, random_z) {
        _ if shape.spinless => ZAxis::Lab,
        (false, true) => {
            notes.push(
                "`random_z` without `center_mass`: the z axis is the initial particle's direction; \
                 for events at rest TF-PWA takes the laboratory's, then set z = \"lab\""
                    .into(),
            );
            ZAxis::Momentum
        }
        _ => ZAxis::Lab,
    })
}

fn sets(block: &Node, notes: &mut Vec<String>) -> Result<Vec<DatasetEntry>, ImportError> {
    let [data, mc, background] = ["data", "phsp", "bg"].map(|key| groups_of(block, key));
    let (data, mut mc, mut background) = (data?, mc?, background?);
    for (key, groups) in [("phsp", &mc), ("bg", &background)] {
        if !groups.is_empty() && groups.len() != data.len() {
            let node = block.get(key).unwrap_or(block);
            let problem = format!(
                "has {} groups of files, `data` has {}",
                groups.len(),
                data.len()
            );
            return Err(node.bad(problem, None));
        }
    }
    mc.reverse();
    background.reverse();
    let several = data.len() > 1;
    let mut sets = Vec::new();
    for (index, mut data) in data.into_iter().enumerate() {
        data.weight = weight(block, "data_weight", index)?;
        let mut mc = mc.pop();
        if let Some(mc) = &mut mc {
            mc.weight = weight(block, "phsp_weight", index)?;
        }
        let mut background = background.pop();
        if let Some(background) = &mut background {
            let Some(scale) = weight(block, "bg_weight", index)? else {
                let help = "TF-PWA gives background without a weight the weight 0";
                return Err(block.missing("bg_weight", help));
            };
            background.scale = scale.parse().ok();
        }
        sets.push(DatasetEntry {
            name: format!("d{index}"),
            reaction: None,
            data,
            mc,
            background,
            background_density: None,
            generated: None,
            joint: None,
        });
    }
    if several {
        notes.push("several groups of files: one [[dataset]] each, named d0, d1, ...".into());
    }
    Ok(sets)
}

/// The samples under a key: a name, a list of names, or a list of lists, one a data set.
fn groups_of(block: &Node, key: &str) -> Result<Vec<SampleEntry>, ImportError> {
    let Some(node) = block.get(key).filter(|node| !node.is_null()) else {
        return Ok(Vec::new());
    };
    let nested = match &node.value {
        Value::List(items) => matches!(items.first().map(|i| &i.value), Some(Value::List(_))),
        _ => false,
    };
    let groups = if nested {
        node.list()?.iter().collect()
    } else {
        vec![node]
    };
    let mut samples = Vec::new();
    for group in groups {
        let files = group.texts()?;
        for file in &files {
            check_file(file, group)?;
        }
        samples.push(SampleEntry {
            files: OneOrMany(files),
            ..SampleEntry::default()
        });
    }
    Ok(samples)
}

fn check_file(file: &str, node: &Node) -> Result<(), ImportError> {
    let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "dat" | "txt" | "csv" => Ok(()),
        "npy" | "npz" => {
            let reason = format!("`{file}` as TF-PWA arrays of all particles together");
            let help = "write text lines `E px py pz`, or an npz file with one (N, 4) array a \
                        particle and name it in the translated file";
            Err(node.not_translated(&reason, help))
        }
        _ => {
            let reason = format!("`{file}`: text files are called .dat, .txt or .csv in gpuwa");
            let help = "rename the file, or leave `data` out and add [data] to the translated file";
            Err(node.not_translated(&reason, help))
        }
    }
}

/// A weight that is one number, for the data set of this place.
fn weight(block: &Node, key: &str, index: usize) -> Result<Option<String>, ImportError> {
    let Some(node) = block.get(key).filter(|node| !node.is_null()) else {
        return Ok(None);
    };
    let one = match &node.value {
        Value::List(items) => match items.get(index) {
            Some(item) => item,
            None => return Err(node.bad("has fewer entries than there are data sets", None)),
        },
        Value::Scalar { .. } => node,
        Value::Map(_) => return Err(node.bad("must be a number", None)),
    };
    match one.number() {
        Ok(number) => Ok(Some(number.to_string())),
        Err(_) => {
            let help = "write momenta and weights into one ROOT, Parquet or npz file, and name the \
                        column by `weight` in the translated file";
            Err(node.not_translated("weights in a file of their own", help))
        }
    }
}
