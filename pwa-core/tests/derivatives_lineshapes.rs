//! Exact derivatives of every line shape against finite differences.

mod support;

use num_complex::Complex64;
use pwa_core::expr::{Program, gradient, hessian};
use pwa_core::lineshape::LINESHAPES;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use support::{Place, Shape, at_mass};

const K: f64 = 0.493677;
const PI: f64 = 0.13957039;

struct Setting {
    shape: &'static str,
    orbital_l: &'static [u32],
    options: Value,
    /// Masses of channels whose threshold the pole must not come near.
    pole_thresholds: Vec<f64>,
}

fn setting(shape: &'static str, orbital_l: &'static [u32]) -> Setting {
    Setting {
        shape,
        orbital_l,
        options: json!({}),
        pole_thresholds: vec![],
    }
}

fn with(shape: &'static str, options: Value) -> Setting {
    Setting {
        options,
        ..setting(shape, &[0])
    }
}

fn dispersive(mut options: Value) -> Setting {
    options["channels"] = json!([[K, K], [0.547862, PI]]);
    Setting {
        pole_thresholds: vec![2.0 * K, 0.547862 + PI],
        ..with("flatte-dispersive", options)
    }
}

fn k_matrix(mut options: Value) -> Setting {
    options["channels"] = json!([[PI, PI], [K, K]]);
    options["poles"] = json!(2);
    with("k-matrix", options)
}

fn flatte(mut options: Value, poles: &[f64]) -> Setting {
    options["channels"] = json!([[PI, PI], [K, K], [0.95778, 0.1349768]]);
    Setting {
        options,
        pole_thresholds: poles.to_vec(),
        ..setting("flatte", &[0])
    }
}

fn knots(shape: &'static str, mut options: Value) -> Setting {
    options["knots"] = json!([0.3, 0.55, 0.8, 1.1, 1.5, 2.0]);
    Setting {
        options,
        ..setting(shape, &[0])
    }
}

fn settings() -> Vec<Setting> {
    vec![
        setting("constant", &[0]),
        setting("linear", &[0]),
        setting("breit-wigner", &[0]),
        setting("breit-wigner-running", &[0, 1, 2, 3, 5]),
        setting("breit-wigner-coupling", &[0, 1, 2, 4]),
        setting("breit-wigner-normalised", &[0, 1, 2, 4]),
        setting("gounaris-sakurai", &[1]),
        setting("lass", &[0]),
        setting("glass", &[0]),
        setting("bugg-exponential", &[0]),
        setting("bugg-kappa", &[0]),
        setting("bugg-sigma", &[0]),
        setting("rho-omega", &[1]),
        setting("single-pole", &[0]),
        setting("threshold", &[0, 2]),
        with(
            "breit-wigner-multichannel",
            json!({"channels": [[PI, PI], [K, K], [0.95778, PI]], "l": [1, 2, 0]}),
        ),
        Setting {
            pole_thresholds: vec![2.0 * PI, K + PI],
            ..with(
                "breit-wigner-multichannel",
                json!({"channels": [[PI, PI], [K, PI]], "l": [0, 3], "couplings": "width"}),
            )
        },
        setting("breit-wigner-dispersive", &[0, 1, 3]),
        dispersive(json!({"l": [0, 2], "squared_couplings": true})),
        dispersive(json!({"cut": [4.0, 2.5]})),
        Setting {
            options: json!({"width_mass": "event"}),
            ..setting("gounaris-sakurai", &[1])
        },
        Setting {
            options: json!({"poles": 2}),
            ..setting("k-matrix-one-channel", &[0, 2])
        },
        k_matrix(json!({"l": [0, 2], "channel": 1})),
        k_matrix(json!({
            "phase_space": ["threshold", "chew-mandelstam"], "below_threshold": "cut",
            "background": "slowly-varying", "adler": "ratio",
            "production_background": "slowly-varying", "production_channels": [0],
        })),
        k_matrix(json!({
            "background": "polynomial", "background_order": 1, "background_elements": [[0, 1]],
            "adler": "linear", "production_poles": [1],
            "production_background": "polynomial", "production_order": 1,
        })),
        k_matrix(
            json!({"background": "slowly-varying", "production": "scattering", "entrance": 1}),
        ),
        with("breit-wigner-partial-waves", json!({"l": [2, 0, 4]})),
        flatte(json!({}), &[]),
        flatte(json!({"l": [2, 1, 0], "width_sign": "plus"}), &[]),
        flatte(
            json!({"l": [0, 1, 2], "barrier": false, "mass_factor": false}),
            &[],
        ),
        flatte(
            json!({"l": [0, 1, 2], "reference_momentum": true, "squared_couplings": true}),
            &[2.0 * PI, 2.0 * K, 0.95778 + 0.1349768, 0.95778 - 0.1349768],
        ),
        flatte(
            json!({"below_threshold": "cut", "squared_couplings": true}),
            &[],
        ),
        Setting {
            options: json!({"formula": {
                "text": "c*barrier(L, q, q0, 3)/(m0^2 - s - i*m0*abs(g_0)*q^(2*L+1)) + conj(c)*g_1^m",
                "real": ["g_0", "g_1"],
                "complex": ["c"],
            }}),
            ..setting("formula", &[0, 1, 2])
        },
        knots("spline", json!({"ends": "natural"})),
        knots("spline", json!({})),
        knots("interpolated", json!({})),
        knots("interpolated", json!({"method": "step"})),
        knots("interpolated", json!({"method": "monotone"})),
        Setting {
            options: json!({"table": "0.3 1.0 0.2\n0.7 0.4 -0.3\n2.0 0.1 0.8"}),
            ..setting("tabulated", &[0])
        },
        setting("exponential", &[0]),
        setting("exponential-complex", &[0]),
        with("polynomial", json!({"order": 4})),
    ]
}

/// The step of the differences. Three levels leave an error of h⁶ f⁽⁷⁾, where f varies over half
/// a width, 25 MeV here at the least: (h/25 MeV)⁶ = 4e-15 of the derivative; rounding is
/// 1e-16/h = 1e-12 of the value.
const STEP: f64 = 1e-4;

/// Derivatives with |q0| diverge at the threshold: a pole closer than this has differences that
/// lose the digits which are to be compared.
const POLE_DISTANCE: f64 = 0.02;

fn differences(f: impl Fn(f64) -> Complex64, x: f64) -> Complex64 {
    let central = |h: f64| (f(x + h) - f(x - h)) / (2.0 * h);
    let [a, b, c] = [4.0 * STEP, 2.0 * STEP, STEP].map(central);
    let (ab, bc) = ((4.0 * b - a) / 3.0, (4.0 * c - b) / 3.0);
    (16.0 * bc - ab) / 15.0
}

fn random_parameter(rng: &mut ChaCha8Rng, name: &str, setting: &Setting) -> f64 {
    loop {
        let value = match name {
            "mass" | "mass_0" | "mass_1" => rng.random_range(0.7..1.6),
            "width" => rng.random_range(0.05..0.4),
            // Scales that stand below a fraction line, and zeros that must not meet the pole.
            "range" | "scale" | "omega_mass" => rng.random_range(0.7..2.5),
            // Far from every s.
            "adler_pole" | "s0_background" | "s0_production" => rng.random_range(-3.0..-0.5),
            "adler_scale" => rng.random_range(0.5..1.5),
            "omega_width" => rng.random_range(0.05..0.2),
            "adler_zero" => rng.random_range(0.0..0.3),
            // A large background closes a channel with a pole of its own.
            _ if name.starts_with("f_") => rng.random_range(-0.4..0.4),
            _ if name.starts_with("g_") => rng.random_range(0.1..0.9),
            _ if name.starts_with("gsq_") => rng.random_range(0.1..0.9),
            _ if name.starts_with("width_") => rng.random_range(0.05..0.4),
            _ => rng.random_range(-2.0..2.0),
        };
        let near = |threshold: &f64| (value - threshold).abs() < POLE_DISTANCE;
        if name != "mass" || !setting.pole_thresholds.iter().any(near) {
            return value;
        }
    }
}

/// Relative to the derivative, or to the value itself (per GeV) where the derivative is small.
fn assert_close(exact: Complex64, numeric: Complex64, value: Complex64, what: &str) {
    let scale = exact.norm().max(value.norm());
    let error = (exact - numeric).norm();
    assert!(
        error <= 1e-8 * scale,
        "{what}: {exact} != {numeric}, scale {scale:e}"
    );
}

#[test]
fn derivatives_match_finite_differences() {
    let settings = settings();
    for shape in LINESHAPES {
        let here = settings.iter().filter(|s| s.shape == shape.name());
        assert!(here.clone().count() > 0, "no setting of {}", shape.name());
        for setting in here {
            for &l in setting.orbital_l {
                check(setting, l);
            }
        }
    }
}

fn check(setting: &Setting, orbital_l: u32) {
    let mut shape = Shape::new(&Place {
        shape: setting.shape,
        // The pole is at 0.7 at the least, above K pi: q0 has all its derivatives.
        masses: [K, PI],
        orbital_l,
        barrier_radius: 3.0,
        options: &setting.options,
    });
    let inputs = shape.inputs();
    let parts = shape.parts;
    let first = parts.map(|part| gradient(&mut shape.lowering.graph, part, &inputs));
    let second = parts.map(|part| hessian(&mut shape.lowering.graph, part, &inputs));
    let values = shape.program(&parts);
    let [first, second] = [first, second].map(|parts| shape.program(&parts.concat()));
    let complex = |program: &Program, m: f64, at: &[f64]| -> Vec<Complex64> {
        let list = at_mass(program, m, at);
        let (re, im) = list.split_at(list.len() / 2);
        re.iter()
            .zip(im)
            .map(|(&re, &im)| Complex64::new(re, im))
            .collect()
    };
    // The masses run over all thresholds: nothing is differentiated by m, so even on one of them
    // the shape is smooth in its parameters.
    let thresholds = [K + PI, 2.0 * K, 0.95778 + 0.1349768, 0.95778 - 0.1349768];
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    // Second derivatives by many parameters are slow, and each draw then checks many of them.
    let draws = if shape.names.len() > 8 { 12 } else { 60 };
    for draw in 0..draws {
        let m = match thresholds.get(draw) {
            Some(&threshold) => threshold,
            None => rng.random_range(0.3..2.0),
        };
        let at: Vec<f64> = shape
            .names
            .iter()
            .map(|name| random_parameter(&mut rng, name, setting))
            .collect();
        let moved = |i: usize, x: f64| {
            let mut at = at.clone();
            at[i] = x;
            at
        };
        let value = complex(&values, m, &at)[0];
        let exact_first = complex(&first, m, &at);
        let exact_second = complex(&second, m, &at);
        let mut entry = 0;
        for i in 0..inputs.len() {
            let what = |order: &str| {
                let (name, options) = (setting.shape, &setting.options);
                format!(
                    "{name} {options} l = {orbital_l}: {order} by {} at m = {m}, {at:?}",
                    shape.names[i]
                )
            };
            let numeric = differences(|x| complex(&values, m, &moved(i, x))[0], at[i]);
            assert_close(exact_first[i], numeric, value, &what("first"));
            for (j, &x) in at.iter().enumerate().skip(i) {
                let numeric = differences(|x| complex(&first, m, &moved(j, x))[i], x);
                let scale = value.norm().max(exact_first[i].norm());
                let exact = exact_second[entry];
                assert_close(
                    exact,
                    numeric,
                    scale.into(),
                    &what(&format!("{} and", shape.names[j])),
                );
                entry += 1;
            }
        }
    }
}
