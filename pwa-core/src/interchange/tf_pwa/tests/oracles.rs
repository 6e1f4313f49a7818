//! The three analyses of the shared reference data.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::{Import, ImportError, import};
use crate::config::{CouplingStyle, Names, Redundant};
use crate::expr::{Lowering, Program};
use crate::lineshape::{self, Options};
use crate::model::shapes_of_mass;

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
        let reference = json(folder.join("reference.json"));
        let mut expected: Vec<&str> = reference["free"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect();
        expected.sort_unstable();
        let parameters = super::resolved(&import).parameters;
        let mut free: Vec<String> = parameters
            .free()
            .into_iter()
            .map(|id| parameters.get(id).name.clone())
            .collect();
        free.sort_unstable();
        assert_eq!(free, expected, "{model}");
        let values = json(folder.join("params.json"));
        for (_, parameter) in parameters.iter() {
            assert_eq!(
                values[&parameter.name], parameter.start,
                "{}",
                parameter.name
            );
        }
    }
}

#[test]
fn chains_are_those_of_the_reference_in_their_order() {
    for model in MODELS {
        let Some(folder) = folder(model) else { return };
        let import = translated(&folder);
        let reference = json(folder.join("reference.json"));
        let mut chains = Vec::new();
        for entry in &import.document.decay.as_ref().unwrap().chain {
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
        let decay = document.decay.as_ref().unwrap();
        assert!(!decay.normalise && document.fit.weight_factor);
        assert_eq!(decay.couplings, CouplingStyle::Polar);
        assert_eq!(decay.names, Names::TfPwa);
        assert_eq!(decay.redundant, Redundant::Keep);
        assert_eq!(decay.barrier_radius, Some(3.0));
    }
}

/// The models of the first issue; the others are not yet in gpuwa.
const SHAPES: [&str; 18] = [
    "one",
    "x",
    "exp",
    "exp_com",
    "poly",
    "BW",
    "BWR",
    "BWR_coupling",
    "BWR_normal",
    "GS_rho",
    "LASS",
    "Flatte",
    "FlatteC",
    "FlatteGen",
    "Flatte2",
    "spline_c",
    "interp_c",
    "interp_hist",
];

/// The translation of a resonance as a case of the table describes it.
fn imported(case: &Value) -> Result<Import, ImportError> {
    let j = case["J"].as_u64().unwrap();
    let masses = &case["daughter_masses"];
    let mut properties = case["settings"].as_object().unwrap().clone();
    properties.insert("J".into(), j.into());
    let parity = if j.is_multiple_of(2) { 1 } else { -1 };
    properties.insert("P".into(), parity.into());
    properties.insert("model".into(), case["model"].clone());
    let yaml = format!(
        "decay: {{A: [[R, c]], R: [a, b]}}\n\
         particle:\n  $top: {{A: {{J: 0, P: -1, mass: 5}}}}\n  $finals: {{a: {{J: 0, P: -1, mass: \
         {}}}, b: {{J: 0, P: -1, mass: {}}}, c: {{J: 0, P: -1, mass: 0.5}}}}\n  R: {}\n",
        masses[0],
        masses[1],
        Value::Object(properties)
    );
    let values = case["parameters"].as_object().unwrap().iter();
    let params = values.map(|(name, value)| (format!("R_{name}"), value.as_f64().unwrap()));
    import(&yaml, "config.yml", Some(&params.collect()))
}

#[test]
fn waves_through_knots_have_the_values_of_the_reference() {
    let Some(folder) = folder("..") else { return };
    let table = json(folder.join("lineshapes.json"));
    for name in ["spline_c", "interp_c", "interp_hist"] {
        let case = &table[name];
        let import = imported(case).unwrap();
        let model = super::resolved(&import);
        // One value is fixed to 1, so that the others mean something.
        assert_eq!(model.parameters.free().len() % 2, 0, "{name}");
        let shapes = shapes_of_mass(&model).unwrap();
        let mut lowering = Lowering::new();
        let (re, im) = lowering.lower(&shapes[0].formula);
        let program = Program::new(&lowering.graph, &[re, im]);
        let point = model.parameters.start();
        let numbers = |key: &str| -> Vec<f64> {
            let list = case[key].as_array().unwrap().iter();
            list.map(|x| x.as_f64().unwrap()).collect()
        };
        let wanted = numbers("re").into_iter().zip(numbers("im"));
        for (m, (re, im)) in numbers("m").into_iter().zip(wanted) {
            let got = program.evaluate_scalar(&[&point[..], &[m]].concat());
            let off = (got[0] - re).hypot(got[1] - im);
            // Four digits are lost where TF-PWA writes its pieces in powers of m.
            assert!(off < 1e-12, "{name} at {m}: {got:?}, {re} + {im}i");
        }
    }
}

#[test]
fn settings_of_the_shape_tables_are_options_and_parameters_of_gpuwas_shapes() {
    let Some(folder) = folder("..") else { return };
    let table = json(folder.join("lineshapes.json"));
    let cases: Vec<&Value> = match &table["cases"] {
        Value::Array(cases) => cases.iter().collect(),
        _ => table.as_object().unwrap().values().collect(),
    };
    let mut tried = 0;
    for case in cases {
        let model = case["model"].as_str().unwrap();
        let result = imported(case);
        if !SHAPES.contains(&model) {
            let message = result.unwrap_err().to_string();
            assert!(
                message.contains(&format!("line shape `{model}` of `R`")),
                "{message}"
            );
            continue;
        }
        let import = result.unwrap_or_else(|error| panic!("{model}: {error}"));
        super::resolved(&import);
        let entry = &import.document.resonance["R"];
        let name = entry.shape.as_deref().unwrap();
        let Some(shape) = lineshape::find(name) else {
            println!("no line shape `{name}` to compare with");
            continue;
        };
        for option in entry.options.keys() {
            assert!(
                shape.options().contains(&option.as_str()),
                "{name}: {option}"
            );
        }
        let specs = shape
            .parameters(&Options::new(entry.options.clone()))
            .unwrap();
        let mut expected: Vec<String> = specs.into_iter().map(|spec| spec.name).collect();
        expected.sort_unstable();
        let mut given: Vec<&str> = entry.parameters.keys().map(String::as_str).collect();
        given.extend(entry.mass.iter().map(|_| "mass"));
        given.extend(entry.width.iter().map(|_| "width"));
        given.sort_unstable();
        // `linear` has no parameters; its mass is kept for barrier factors.
        if name != "linear" {
            assert_eq!(given, expected, "{name}");
        }
        tried += 1;
    }
    println!("{tried} cases compared");
}
