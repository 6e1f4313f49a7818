//! The five-channel K-matrix, GLASS and Gounaris-Sakurai of D0 -> KS π+ π- against numbers of an
//! independent program.

mod support;

use std::path::Path;

use num_complex::Complex64;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

use pwa_core::lineshape::{Options, find};
use support::{Place, Shape, row};

#[derive(Deserialize)]
struct Oracle {
    s: Vec<f64>,
    fr_prod: Vec<[f64; 2]>,
    s0_prod: f64,
    #[serde(rename = "F")]
    production: BTreeMap<String, Vec<[f64; 2]>>,
    lass: Curve,
    gs: Curve,
}

#[derive(Deserialize)]
struct Curve {
    s: Vec<f64>,
    v: Vec<[f64; 2]>,
}

fn oracle() -> Option<Oracle> {
    let file = "../../shared/oracles/kmatrix_lass_gs.json";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if !path.exists() {
        eprintln!("skipped: {} is absent", path.display());
        return None;
    }
    Some(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

/// The largest relative difference; 1e-12 is rounding, enlarged by the solution of five equations.
fn check(name: (&str, &str), shape: &Shape, parameters: &[f64], s: &[f64], v: &[[f64; 2]]) {
    let mut largest = 0.0_f64;
    assert_eq!(s.len(), v.len());
    for (&s, &[re, im]) in s.iter().zip(v) {
        let (got, expected) = (shape.value(s.sqrt(), parameters), Complex64::new(re, im));
        let difference = (got - expected).norm() / expected.norm();
        assert!(
            difference <= 1e-12,
            "{name:?}: {got} != {expected} at s = {s}"
        );
        largest = largest.max(difference);
    }
    let (shape, what) = name;
    let oracle = format!("D0 -> KS pi+ pi-, {what}");
    row(shape, &oracle, s.len(), largest, 1e-12);
}

/// The shape and the values of its parameters: those of the set, and `given` for the others.
fn five_channels(options: Value, given: impl Fn(&str) -> f64) -> (Shape, Vec<f64>) {
    let mut options = options;
    options["parameter_set"] = json!("anisovich-sarantsev");
    let shape = Shape::new(&Place {
        shape: "k-matrix",
        masses: [0.13957, 0.13957],
        orbital_l: 0,
        barrier_radius: 3.0,
        options: &options,
    });
    let map = serde_json::from_value(options).unwrap();
    let specs = find("k-matrix")
        .unwrap()
        .parameters(&Options::new(map))
        .unwrap();
    let default = |name: &String| {
        specs
            .iter()
            .find(|s| s.name == *name)
            .and_then(|s| s.default)
    };
    let values = shape.names.iter();
    let values = values.map(|name| default(name).unwrap_or_else(|| given(name)));
    let values = values.collect();
    (shape, values)
}

#[test]
fn the_five_channel_k_matrix_agrees_for_every_pole() {
    let Some(oracle) = oracle() else { return };
    for a in 0..5 {
        let (shape, values) = five_channels(json!({ "production_poles": [a] }), |name| {
            f64::from(name.ends_with(".re"))
        });
        let name = format!("pole {}", a + 1);
        let expected = &oracle.production[&(a + 1).to_string()];
        check(("k-matrix", &name), &shape, &values, &oracle.s, expected);
    }
}

#[test]
fn the_five_channel_k_matrix_agrees_for_direct_production() {
    let Some(oracle) = oracle() else { return };
    let options = json!({"production_poles": [], "production_background": "slowly-varying"});
    let (shape, values) = five_channels(options, |name| match name {
        "s0_production" => oracle.s0_prod,
        "p_0.re" => 1.0,
        "p_0.im" => 0.0,
        _ => {
            let channel: usize = name[2..3].parse().unwrap();
            let [re, im] = oracle.fr_prod[channel - 1];
            if name.ends_with(".re") { re } else { im }
        }
    });
    check(
        ("k-matrix", "direct"),
        &shape,
        &values,
        &oracle.s,
        &oracle.production["6"],
    );
}

#[test]
fn glass_agrees() {
    let Some(oracle) = oracle() else { return };
    let shape = Shape::new(&Place {
        shape: "glass",
        masses: [0.497611, 0.13957039],
        orbital_l: 0,
        barrier_radius: 3.0,
        options: &json!({}),
    });
    let parameters = [
        1.46312, 0.232393, 1.0746, -1.83214, 0.803516, 2.32788, 1.0, -5.31306,
    ];
    check(
        ("glass", "K pi S wave"),
        &shape,
        &parameters,
        &oracle.lass.s,
        &oracle.lass.v,
    );
}

#[test]
fn gounaris_sakurai_agrees() {
    let Some(oracle) = oracle() else { return };
    let shape = Shape::new(&Place {
        shape: "gounaris-sakurai",
        masses: [0.13957039; 2],
        orbital_l: 1,
        barrier_radius: 1.5,
        options: &json!({"width_mass": "event"}),
    });
    check(
        ("gounaris-sakurai", "rho"),
        &shape,
        &[0.7758, 0.1464],
        &oracle.gs.s,
        &oracle.gs.v,
    );
}
