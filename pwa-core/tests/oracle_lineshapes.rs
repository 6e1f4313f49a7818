//! Line shapes against tables of independent programs.

mod support;

use std::path::Path;

use num_complex::Complex64;
use pwa_core::lineshape::{Options, find};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use support::{Place, Shape};

#[derive(Deserialize)]
struct Case {
    name: String,
    shape: String,
    orbital_l: u32,
    barrier_radius: f64,
    masses: [f64; 2],
    options: Value,
    parameters: Map<String, Value>,
    m: Vec<f64>,
    re: Vec<f64>,
    im: Vec<f64>,
}

impl Case {
    /// The largest relative difference, after it was compared with the tolerance.
    fn check(&self, tolerance: f64) -> f64 {
        let shape = Shape::new(&Place {
            shape: &self.shape,
            masses: self.masses,
            orbital_l: self.orbital_l,
            barrier_radius: self.barrier_radius,
            options: &self.options,
        });
        let parameters: Vec<f64> = shape
            .names
            .iter()
            .map(|name| self.parameter(name))
            .collect();
        let mut largest = 0.0_f64;
        for ((&m, &re), &im) in self.m.iter().zip(&self.re).zip(&self.im) {
            let (got, expected) = (shape.value(m, &parameters), Complex64::new(re, im));
            // Written so that not-a-number fails.
            assert!(
                (got - expected).norm() <= tolerance * expected.norm(),
                "{}: {got} != {expected} at m = {m}",
                self.name
            );
            if expected.norm() > 0.0 {
                largest = largest.max((got - expected).norm() / expected.norm());
            }
        }
        largest
    }

    fn parameter(&self, name: &str) -> f64 {
        let (name, part) = name.split_once('.').unwrap_or((name, ""));
        let Some(given) = self.parameters.get(name) else {
            return self.default(name);
        };
        let value = match (given, part) {
            (Value::Array(parts), "re") => &parts[0],
            (Value::Array(parts), _) => &parts[1],
            (number, _) => number,
        };
        value.as_f64().unwrap()
    }

    /// What a config need not say.
    fn default(&self, name: &str) -> f64 {
        let options = Options::new(serde_json::from_value(self.options.clone()).unwrap());
        let specs = find(&self.shape).unwrap().parameters(&options).unwrap();
        let spec = specs.iter().find(|spec| spec.name == name).unwrap();
        spec.default
            .unwrap_or_else(|| panic!("{} has no {name}", self.name))
    }
}

/// Both sides of every threshold, and on it. The difference is rounding, enlarged near a pole
/// (m0² - m²) and near a threshold.
#[test]
fn every_shape_agrees_with_fifty_digits() {
    #[derive(Deserialize)]
    struct Table {
        cases: Vec<Case>,
    }
    let table: Table = serde_json::from_str(include_str!("oracle/lineshapes.json")).unwrap();
    for shape in pwa_core::lineshape::LINESHAPES {
        let name = shape.name();
        let (mut values, mut largest) = (0, 0.0_f64);
        for case in table.cases.iter().filter(|case| case.shape == name) {
            values += case.m.len();
            largest = largest.max(case.check(1e-13));
        }
        assert!(
            values > 0,
            "tests/oracle/lineshapes.py has no case of {name}"
        );
        support::row(name, "lineshapes.py, 50 digits", values, largest, 1e-13);
    }
}

#[test]
fn every_shape_agrees_with_tf_pwa() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/oracles/lineshapes.json");
    if !path.exists() {
        eprintln!("skipped: {} is absent", path.display());
        return;
    }
    let table: Map<String, Value> =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut checked = 0;
    for (name, row) in &table {
        let row: TfPwaCase = serde_json::from_value(row.clone()).unwrap();
        let tolerance = match row.model.as_str() {
            // TF-PWA keeps pi and the masses of this one in single precision.
            "GS_rho" => 1e-8,
            // It interpolates its dispersion integrals linearly between 1001 points.
            "DI" | "DI_a0" => 6.6e-4,
            _ => 1e-12,
        };
        if let Some(case) = row.translate(name) {
            let largest = case.check(tolerance);
            let oracle = format!("TF-PWA 0.2.2, {name}");
            support::row(&case.shape, &oracle, case.m.len(), largest, tolerance);
            checked += 1;
        }
    }
    assert_eq!(checked, 34);
}

fn list(value: &Value) -> impl Iterator<Item = f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_f64().unwrap())
}

/// A row in the words of TF-PWA.
#[derive(Deserialize)]
struct TfPwaCase {
    #[serde(rename = "J")]
    j: u32,
    daughter_masses: [f64; 2],
    model: String,
    settings: Map<String, Value>,
    parameters: Map<String, Value>,
    m: Vec<f64>,
    re: Vec<f64>,
    im: Vec<f64>,
}

impl TfPwaCase {
    fn translate(&self, name: &str) -> Option<Case> {
        let number = |name: &str| self.parameters[name].as_f64().unwrap();
        let mut parameters = Map::new();
        for name in ["mass", "width"] {
            if let Some(value) = self.settings.get(name) {
                parameters.insert(name.to_owned(), value.clone());
            }
        }
        let mut options = json!({});
        let shape = match self.model.as_str() {
            "one" => "constant",
            "x" => "linear",
            "BW" => "breit-wigner",
            "BWR" => "breit-wigner-running",
            "BWR_coupling" => "breit-wigner-coupling",
            "BWR_normal" => "breit-wigner-normalised",
            "GS_rho" => "gounaris-sakurai",
            "LASS" => {
                parameters.insert("scattering_length".to_owned(), json!(number("a")));
                parameters.insert("effective_range".to_owned(), json!(number("r")));
                "lass"
            }
            "exp" => {
                parameters.insert("slope".to_owned(), json!(number("a")));
                "exponential"
            }
            "exp_com" => {
                parameters.insert("slope".to_owned(), json!(number("a")));
                parameters.insert("phase_slope".to_owned(), json!(number("b")));
                "exponential-complex"
            }
            "poly" => {
                let order = self.settings["n_order"].as_u64().unwrap();
                options = json!({ "order": order });
                for i in 0..=order {
                    let c = self.polar(&format!("c_{i}"));
                    parameters.insert(format!("c_{i}"), json!([c.re, c.im]));
                }
                "polynomial"
            }
            "KMatrixSingleChannel" => {
                let (masses, widths) = (&self.settings["mass_list"], &self.settings["width_list"]);
                options = json!({ "poles": masses.as_array().unwrap().len() });
                for (a, (mass, width)) in list(masses).zip(list(widths)).enumerate() {
                    parameters.insert(format!("mass_{a}"), json!(mass));
                    parameters.insert(format!("width_{a}"), json!(width));
                    let beta = self.polar(&format!("beta{}", a + 1));
                    parameters.insert(format!("beta_{a}"), json!([beta.re, beta.im]));
                }
                "k-matrix-one-channel"
            }
            "KmatrixSimple" => {
                options = self.k_matrix_options();
                self.k_matrix_parameters(&mut parameters);
                "k-matrix"
            }
            "DI" | "DI_a0" => {
                parameters.extend(self.parameters.clone());
                options = json!({
                    "channels": self.settings["mass_list"],
                    "squared_couplings": true,
                });
                if self.model == "DI_a0" {
                    options["cut"] = json!([4.0, 4.0]);
                }
                "flatte-dispersive"
            }
            "Flatte" | "FlatteC" | "FlatteGen" | "Flatte2" => {
                parameters.extend(self.parameters.clone());
                options = self.flatte_options();
                "flatte"
            }
            "spline_c" | "interp_c" | "interp_hist" => {
                options = self.knot_options();
                let knots = options["knots"].as_array().unwrap().len();
                // The outermost values are 0.
                for i in 0..knots {
                    let part = |part: &str| {
                        let name = format!("point_{}{part}", i.wrapping_sub(1));
                        self.parameters
                            .get(&name)
                            .map_or(0.0, |v| v.as_f64().unwrap())
                    };
                    let c = Complex64::from_polar(part("r"), part("i"));
                    parameters.insert(format!("c_{i}"), json!([c.re, c.im]));
                }
                match self.model.as_str() {
                    "spline_c" => "spline",
                    _ => "interpolated",
                }
            }
            _ => return None,
        };
        Some(Case {
            name: name.to_owned(),
            shape: shape.to_owned(),
            orbital_l: self.j,
            barrier_radius: 3.0,
            masses: self.daughter_masses,
            options,
            parameters,
            m: self.m.clone(),
            re: self.re.clone(),
            im: self.im.clone(),
        })
    }

    /// Modulus and phase, `..r` and `..i`.
    fn polar(&self, name: &str) -> Complex64 {
        let part = |part: &str| self.parameters[&format!("{name}{part}")].as_f64().unwrap();
        Complex64::from_polar(part("r"), part("i"))
    }

    fn k_matrix_options(&self) -> Value {
        json!({
            "channels": self.settings["decay_list"],
            "poles": list(&self.settings["mass_list"]).count(),
            "below_threshold": "cut",
            "production_background": "polynomial",
            "channel": self.settings["index_list"][0],
            "pole_offset": 1e-10,
        })
    }

    /// TF-PWA's phase space is q/m, half of ours: couplings are divided by the root of two.
    fn k_matrix_parameters(&self, parameters: &mut Map<String, Value>) {
        let root = std::f64::consts::SQRT_2;
        for (a, mass) in list(&self.settings["mass_list"]).enumerate() {
            parameters.insert(format!("mass_{a}"), json!(mass));
            let beta = self.polar(&format!("beta_{a}")) * root;
            parameters.insert(format!("beta_{a}"), json!([beta.re, beta.im]));
            for i in 0..self.settings["decay_list"].as_array().unwrap().len() {
                let g = self.parameters[&format!("gij_{i}_{a}")].as_f64().unwrap();
                parameters.insert(format!("g_{a}_{i}"), json!(g / root));
                let background = self.polar(&format!("bkg_{i}"));
                let background = json!([background.re, background.im]);
                parameters.insert(format!("p_{i}_0"), background);
            }
        }
        parameters.insert("s0_production".to_owned(), json!(1.0));
    }

    /// TF-PWA's knots are as many masses at one distance.
    fn knot_options(&self) -> Value {
        let number = |name: &str| self.settings[name].as_f64().unwrap();
        let (low, high, n) = (number("min_m"), number("max_m"), number("interp_N"));
        let step = (high - low) / (n - 1.0);
        let knots: Vec<f64> = (0..n as usize).map(|i| low + step * i as f64).collect();
        match self.model.as_str() {
            "spline_c" => json!({ "knots": knots }),
            "interp_c" => json!({ "knots": knots, "method": "linear" }),
            _ => json!({ "knots": knots, "method": "step" }),
        }
    }

    fn flatte_options(&self) -> Value {
        let set = |name: &str| self.settings.get(name).and_then(Value::as_bool);
        let general = matches!(self.model.as_str(), "FlatteGen" | "Flatte2");
        let channels = &self.settings["mass_list"];
        let zeros = json!(vec![0; channels.as_array().unwrap().len()]);
        json!({
            "channels": channels,
            "l": self.settings.get("l_list").unwrap_or(&zeros),
            "squared_couplings": self.model == "Flatte2",
            "barrier": general && set("has_bprime").unwrap_or(true),
            "reference_momentum": general && !set("no_q0").unwrap_or(false),
            "mass_factor": !set("no_m0").unwrap_or(false),
            "below_threshold": if set("cut_phsp") == Some(true) { "cut" } else { "continue" },
            "width_sign": if self.model == "Flatte" { "plus" } else { "minus" },
        })
    }
}
