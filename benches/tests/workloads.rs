//! The configs of gpuwa are the models that the other programs get.

use std::path::Path;

use pwa_benches::{Size, Workload, shared_names};
use pwa_core::engine::CpuBackend;
use pwa_core::objective::{Objective, Order};
use serde_json::Value;

fn peers_model(workload: Workload) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("peers/workloads")
        .join(format!("{}.json", workload.name));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Shared names and values in the order that `peers/workload.py` gives them.
fn peers_parameters(model: &Value) -> Vec<(String, f64)> {
    let mut parameters = Vec::new();
    let chains = model["chains"].as_array().unwrap();
    let mut add = |stem: &str, value: &Value| {
        parameters.push((format!("{stem}_re"), value[0].as_f64().unwrap()));
        parameters.push((format!("{stem}_im"), value[1].as_f64().unwrap()));
    };
    for (number, chain) in chains.iter().enumerate() {
        let name = chain["name"].as_str().unwrap();
        if number > 0 {
            add(&format!("c_{name}"), &chain["c"]);
        }
        for (i, g) in chain["g"].as_array().unwrap().iter().enumerate().skip(1) {
            add(&format!("g{i}_{name}"), g);
        }
    }
    for chain in chains.iter().filter(|chain| chain["float"] == true) {
        let name = chain["name"].as_str().unwrap();
        parameters.push((format!("m_{name}"), chain["mass"].as_f64().unwrap()));
        parameters.push((format!("w_{name}"), chain["width"].as_f64().unwrap()));
    }
    parameters
}

#[test]
fn free_parameters_and_their_values_are_those_of_the_other_programs() {
    for workload in Workload::ALL {
        let job = workload.open(&CpuBackend::BEST).unwrap();
        let parameters = job.parameters();
        let names = shared_names(parameters).unwrap();
        let mut own: Vec<_> = names.into_iter().zip(parameters.start()).collect();
        let mut theirs = peers_parameters(&peers_model(workload));
        own.sort_by(|a, b| a.0.cmp(&b.0));
        theirs.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(own, theirs, "{}", workload.name);
    }
}

#[test]
fn masses_and_widths_are_those_of_the_other_programs() {
    for workload in Workload::ALL {
        let job = workload.open(&CpuBackend::BEST).unwrap();
        let model = peers_model(workload);
        for chain in model["chains"].as_array().unwrap() {
            let name = chain["name"].as_str().unwrap();
            for key in ["mass", "width"] {
                let id = job.parameters().find(&format!("{name}.{key}"));
                let value = id.map(|id| job.parameters().value(id));
                assert_eq!(
                    value,
                    chain[key].as_f64(),
                    "{}: {name}.{key}",
                    workload.name
                );
            }
        }
        for particle in model["finals"].as_array().unwrap() {
            let mut finals = job.models[0].finals.iter();
            let name = particle["name"].as_str().unwrap();
            let own = finals.find(|own| own.particle == name).unwrap();
            assert_eq!(Some(own.mass), particle["mass"].as_f64());
        }
        assert_eq!(job.models[0].initial.mass, model["top"]["mass"].as_f64());
    }
}

/// What the benches time has a value: the generated samples fit the model.
#[test]
fn generated_events_follow_the_model() {
    let size = Size {
        name: "tiny",
        data: 2000,
        monte_carlo: 20_000,
    };
    for workload in Workload::ALL {
        let job = workload.open(&CpuBackend::BEST).unwrap();
        let sets = [workload.generate(&job, size).unwrap()];
        let (_, likelihood) = job.likelihood(&sets).unwrap();
        let truth = job.parameters().start();
        let names = shared_names(job.parameters()).unwrap();
        // Conjugate couplings: the interference with the first chain, whose coupling is 1, is another.
        let conjugate: Vec<f64> = (names.iter().zip(&truth))
            .map(|(name, value)| {
                if name.ends_with("_im") {
                    -value
                } else {
                    *value
                }
            })
            .collect();
        let nll = |point: &[f64]| likelihood.evaluate(point, Order::Value).unwrap().value;
        let (at_truth, elsewhere) = (nll(&truth), nll(&conjugate));
        // 2000 events tell such models apart by far more than the statistical few units.
        assert!(
            at_truth + 20.0 < elsewhere,
            "{}: {at_truth}, {elsewhere}",
            workload.name
        );
    }
}
