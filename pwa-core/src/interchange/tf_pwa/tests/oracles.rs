//! The three analyses of the shared reference data.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::{Import, import};
use crate::config::{CouplingStyle, Names, Redundant};

const MODELS: [&str; 3] = ["a_dkpipi", "b_jpsigpipi", "c_lbpkjpsi"];

fn folder(model: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/oracles/tf-pwa");
    let folder = root.join(model);
    if !folder.is_dir() {
        println!("no {}: the test of {model} is left out", folder.display());
        return None;
    }
    Some(folder)
}

fn json(path: PathBuf) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn translated(folder: &Path) -> Import {
    let yaml = std::fs::read_to_string(folder.join("config.yml")).unwrap();
    let params: BTreeMap<String, f64> =
        serde_json::from_value(json(folder.join("params.json"))).unwrap();
    import(&yaml, "config.yml", Some(&params)).unwrap()
}

#[test]
fn free_parameters_are_those_of_the_reference() {
    for model in MODELS {
        let Some(folder) = folder(model) else { return };
        let import = translated(&folder);
        println!("{}", import.toml);
        let reference = json(folder.join("reference.json"));
        let mut expected: Vec<&str> = reference["free"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect();
        expected.sort_unstable();
        let document = &import.document;
        let mut free = Vec::new();
        for (name, coupling) in &document.coupling {
            if coupling.free != Some(false) {
                free.extend([format!("{name}r"), format!("{name}i")]);
            }
        }
        for (name, resonance) in &document.resonance {
            for (part, value) in [("mass", &resonance.mass), ("width", &resonance.width)] {
                if value.as_ref().is_some_and(|value| value.free) {
                    free.push(format!("{name}_{part}"));
                }
            }
        }
        free.sort_unstable();
        assert_eq!(free, expected, "{model}");
    }
}

#[test]
fn chains_are_those_of_the_reference_in_their_order() {
    for model in MODELS {
        let Some(folder) = folder(model) else { return };
        let import = translated(&folder);
        let reference = json(folder.join("reference.json"));
        let mut chains = Vec::new();
        for entry in &import.document.decay.chain {
            let (slot, names) = entry.slots.iter().next().unwrap();
            for name in names {
                let words = entry.decay.split(' ').map(|word| {
                    let comma = if word.ends_with(',') { "," } else { "" };
                    match word.trim_end_matches(',') == slot {
                        true => format!("{name}{comma}"),
                        false => word.to_owned(),
                    }
                });
                chains.push(words.collect::<Vec<_>>().join(" "));
            }
        }
        let expected = reference["chains"].as_array().unwrap().iter().map(|chain| {
            let chain = chain.as_str().unwrap().trim_matches(['[', ']']);
            chain.replace("->", " -> ").replace('+', " ")
        });
        assert_eq!(chains, expected.collect::<Vec<_>>(), "{model}");
    }
}

#[test]
fn conventions_of_tf_pwa_are_kept() {
    for model in MODELS {
        let Some(folder) = folder(model) else { return };
        let document = translated(&folder).document;
        assert!(!document.decay.normalise && document.fit.weight_factor);
        assert_eq!(document.decay.couplings, CouplingStyle::Polar);
        assert_eq!(document.decay.names, Names::TfPwa);
        assert_eq!(document.decay.redundant, Redundant::Keep);
        assert_eq!(document.decay.barrier_radius, 3.0);
    }
}
