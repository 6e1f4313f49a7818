//! Laws of the K-matrix: unitarity, Watson's theorem, thresholds, and what it reduces to.

mod support;

use num_complex::Complex64;
use proptest::prelude::*;
use pwa_core::expr::Expr;
use pwa_core::lineshape::{DecaySite, LineshapeError, Options, ParameterKind, find};
use serde_json::{Value, json};

use support::{Place, Shape};

const K: f64 = 0.493677;
const PI: f64 = 0.13957039;
const ETA: f64 = 0.547862;

fn k_matrix(options: &Value) -> Shape {
    Shape::new(&Place {
        shape: "k-matrix",
        masses: [PI, PI],
        orbital_l: 0,
        barrier_radius: 3.0,
        options,
    })
}

/// Parameters by name; production couplings that are not named are 1.
fn values(shape: &Shape, options: &Value, given: &[(&str, f64)]) -> Vec<f64> {
    let map = serde_json::from_value(options.clone()).unwrap();
    let specs = find("k-matrix")
        .unwrap()
        .parameters(&Options::new(map))
        .unwrap();
    let value = |name: &String| {
        let given = given
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, x)| *x);
        let set = specs
            .iter()
            .find(|s| s.name == *name)
            .and_then(|s| s.default);
        given.or(set).unwrap_or(f64::from(name.ends_with(".re")))
    };
    shape.names.iter().map(value).collect()
}

fn value(options: &Value, m: f64, given: &[(&str, f64)]) -> Complex64 {
    let shape = k_matrix(options);
    let values = values(&shape, options, given);
    shape.value(m, &values)
}

/// 2q/m of an open channel, 0 of a closed one.
fn rho(m: f64, [m1, m2]: [f64; 2]) -> f64 {
    let square = (m - m1 - m2) * (m + m1 + m2) * (m - m1 + m2) * (m + m1 - m2);
    if m <= m1 + m2 {
        0.0
    } else {
        square.sqrt() / (m * m)
    }
}

/// T of every pair of channels.
fn scattering(options: &Value, m: f64, given: &[(&str, f64)]) -> Vec<Vec<Complex64>> {
    let n = options["channels"].as_array().unwrap().len();
    let element = |i: usize, j: usize| {
        let mut options = options.clone();
        options["production"] = json!("scattering");
        options["channel"] = json!(i);
        options["entrance"] = json!(j);
        value(&options, m, given)
    };
    (0..n)
        .map(|i| (0..n).map(|j| element(i, j)).collect())
        .collect()
}

const THREE: [[f64; 2]; 3] = [[PI, PI], [K, K], [ETA, ETA]];

fn three_channels(phase_space: &str) -> Value {
    json!({
        "channels": THREE, "phase_space": [phase_space, phase_space, phase_space], "poles": 2,
        "background": "slowly-varying", "background_elements": [[0, 0], [0, 1], [1, 2]], "adler": "ratio",
    })
}

fn parameters(g: &[f64; 6], f: &[f64; 3]) -> Vec<(&'static str, f64)> {
    let names = ["g_0_0", "g_0_1", "g_0_2", "g_1_0", "g_1_1", "g_1_2"];
    let couplings = names.into_iter().zip(g.iter().copied());
    let smooth = ["f_0_0", "f_0_1", "f_1_2"]
        .into_iter()
        .zip(f.iter().copied());
    let rest = [
        ("mass_0", 0.85),
        ("mass_1", 1.3),
        ("s0_background", -2.0),
        ("adler_zero", 0.01),
        ("adler_pole", -0.15),
    ];
    couplings.chain(smooth).chain(rest).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Im T = T† ρ T over the open channels, T is symmetric, and no wave has |η| > 1.
    #[test]
    fn scattering_is_unitary(
        g in prop::array::uniform6(-1.0..1.0),
        f in prop::array::uniform3(-0.4..0.4),
        m in 0.3..1.9,
        dispersive in any::<bool>(),
    ) {
        let options = three_channels(if dispersive { "chew-mandelstam" } else { "two-body" });
        let t = scattering(&options, m, &parameters(&g, &f));
        let scale: f64 = t.iter().flatten().map(|t| t.norm()).fold(0.0, f64::max);
        // Rounding, where the background alone nearly closes a channel enlarged.
        let tolerance = 1e-10 * (scale + scale * scale);
        for i in 0..3 {
            for j in 0..3 {
                prop_assert!((t[i][j] - t[j][i]).norm() <= tolerance);
                let sum: Complex64 = (0..3).map(|c| t[c][i].conj() * rho(m, THREE[c]) * t[c][j]).sum();
                // T symmetric: (T - T†)/2i is its imaginary part.
                let error = (sum - t[i][j].im).norm();
                prop_assert!(error <= tolerance, "{i}{j} at {m}: {sum} != {}", t[i][j]);
            }
            if rho(m, THREE[i]) > 0.0 {
                let s = 1.0 + 2.0 * Complex64::I * rho(m, THREE[i]) * t[i][i];
                prop_assert!(s.norm() <= 1.0 + 1e-10, "eta = {}", s.norm());
            }
        }
    }

    /// Watson: below the second threshold, whatever is produced has the phase of scattering, up to
    /// the sign, when the production couplings are real.
    #[test]
    fn production_has_the_phase_of_scattering(
        g in prop::array::uniform6(-1.0..1.0),
        f in prop::array::uniform3(-0.4..0.4),
        m in 0.3..0.98,
        beta in prop::array::uniform2(-1.0..1.0),
    ) {
        let mut options = three_channels("two-body");
        options["production_background"] = json!("polynomial");
        let mut given = parameters(&g, &f);
        given.extend([("beta_0.re", beta[0]), ("beta_1.re", beta[1]), ("p_2_0.re", 0.3)]);
        given.push(("s0_production", 1.0));
        let produced = value(&options, m, &given);
        let elastic = scattering(&three_channels("two-body"), m, &given)[0][0];
        let turned = (produced * elastic.conj()).im.abs();
        prop_assert!(turned <= 1e-9 * produced.norm() * elastic.norm(), "{produced} against {elastic}");
    }
}

/// The five channels of ππ: elastic unitarity below KK up to the four pions, which are open there a
/// little, and |η| <= 1 wherever the published phase space of four pions is positive.
#[test]
fn the_published_matrix_stays_inside_the_unitarity_circle() {
    let options = json!({
        "parameter_set": "anisovich-sarantsev", "production": "scattering", "channel": 0, "entrance": 0,
    });
    let shape = k_matrix(&options);
    let values = values(&shape, &options, &[]);
    for i in 0..125 {
        let m = 0.65 + 0.01 * f64::from(i);
        let t = shape.value(m, &values);
        let eta = (1.0 + 2.0 * Complex64::I * rho(m, [0.13957; 2]) * t).norm();
        assert!(eta <= 1.0 + 1e-12, "eta = {eta} at {m}");
        if m < 0.98 {
            assert!(eta > 0.9, "eta = {eta} at {m}");
        }
    }
    // The f(0)(980): the phase passes 90 degrees near 0.83 GeV and the amplitude nearly vanishes at KK.
    let [low, high, dip] = [0.8, 0.86, 0.99].map(|m| shape.value(m, &values));
    assert!(low.re > 0.0 && high.re < 0.0, "{low} {high}");
    assert!(dip.norm() < 0.2 * low.norm(), "{dip}");
}

/// Kπ with isospin 3/2 repels, with 1/2 it attracts and resonates near 1.4 GeV.
#[test]
fn the_k_pi_sets_have_the_phases_of_lass() {
    let phase = |set: &str, m: f64| {
        let options = json!({"parameter_set": set, "production": "scattering"});
        let t = value(&options, m, &[]);
        t.im.atan2(t.re).to_degrees()
    };
    for (m, low, high) in [
        (0.8, 25.0, 45.0),
        (1.0, 40.0, 60.0),
        (1.3, 70.0, 95.0),
        (1.5, 130.0, 175.0),
    ] {
        let delta = phase("focus-1/2", m);
        assert!((low..high).contains(&delta), "{delta} at {m}");
    }
    for (m, low, high) in [(0.8, -15.0, -3.0), (1.3, -30.0, -15.0)] {
        // T = sin δ e^(iδ)/ρ: for δ < 0 its phase is δ + 180 degrees.
        let delta = phase("focus-3/2", m) - 180.0;
        assert!((low..high).contains(&delta), "{delta} at {m}");
    }
}

#[test]
fn one_pole_in_one_channel_is_a_breit_wigner() {
    let options = json!({"channels": [[K, PI]], "poles": 1});
    let (shape, g) = (k_matrix(&options), 0.4);
    for m in [0.7, 0.9, 1.1, 1.6] {
        let got = shape.value(m, &[0.95, g, 1.0, 0.0]);
        let width = g * g * rho(m, [K, PI]);
        let expected = g / Complex64::new(0.95 * 0.95 - m * m, -width);
        assert!(
            (got - expected).norm() < 1e-14 * expected.norm(),
            "{got} != {expected}"
        );
    }
}

/// K is infinite there, F is not.
#[test]
fn the_amplitude_is_continuous_at_the_poles_of_k() {
    for (options, given) in [
        (
            three_channels("two-body"),
            parameters(&[0.5, 0.3, -0.4, 0.2, -0.6, 0.3], &[0.2, 0.1, -0.3]),
        ),
        (json!({"parameter_set": "anisovich-sarantsev"}), vec![]),
    ] {
        for pole in [0.85, 1.3, 1.2036, 1.55817] {
            let [below, at, above] = [-1e-9, 0.0, 1e-9].map(|d| value(&options, pole + d, &given));
            assert!((below - at).norm() < 1e-6 * at.norm(), "{below} {at}");
            assert!((above - at).norm() < 1e-6 * at.norm(), "{above} {at}");
        }
    }
}

#[test]
fn the_amplitude_is_continuous_at_thresholds() {
    let given = parameters(&[0.5, 0.3, -0.4, 0.2, -0.6, 0.3], &[0.2, 0.1, -0.3]);
    for phase_space in ["two-body", "threshold", "chew-mandelstam"] {
        let options = three_channels(phase_space);
        for [m1, m2] in THREE {
            let around = [-1e-10, 0.0, 1e-10].map(|d| value(&options, m1 + m2 + d, &given));
            for side in [around[0], around[2]] {
                // The root of 1e-10.
                assert!(
                    (side - around[1]).norm() < 1e-4 * side.norm(),
                    "{phase_space}: {around:?}"
                );
            }
        }
    }
}

/// A Flatté shape of the same couplings, which has no P-vector: β g_0 times it.
#[test]
fn one_pole_in_two_channels_is_a_flatte_shape() {
    let channels = json!([[PI, PI], [K, K]]);
    let matrix = k_matrix(&json!({"channels": channels, "poles": 1}));
    let flatte = Shape::new(&Place {
        shape: "flatte",
        masses: [PI, PI],
        orbital_l: 0,
        barrier_radius: 3.0,
        options: &json!({"channels": channels, "squared_couplings": true, "mass_factor": false}),
    });
    let root = std::f64::consts::SQRT_2;
    for m in [0.3, 0.8, 0.98, 0.99, 1.4] {
        let got = matrix.value(m, &[0.98, 0.3, 0.5, 1.0, 0.0]);
        let expected = 0.3 * flatte.value(m, &[0.98, 0.3 * root, 0.5 * root]);
        assert!(
            (got - expected).norm() < 1e-13 * expected.norm(),
            "{got} != {expected}"
        );
    }
}

/// One elastic pole of widths is a running Breit-Wigner.
#[test]
fn one_pole_of_widths_is_a_running_breit_wigner() {
    let [one, bw] = [
        ("k-matrix-one-channel", json!({"poles": 1})),
        ("breit-wigner-running", json!({})),
    ]
    .map(|(shape, options)| {
        Shape::new(&Place {
            shape,
            masses: [K, PI],
            orbital_l: 1,
            barrier_radius: 3.0,
            options: &options,
        })
    });
    for m in [0.65, 0.8, 0.8955, 1.2] {
        let got = one.value(m, &[0.8955, 0.0473, 1.0, 0.0]);
        let expected = 0.8955 * 0.0473 * bw.value(m, &[0.8955, 0.0473]);
        assert!(
            (got - expected).norm() < 1e-13 * expected.norm(),
            "{got} != {expected}"
        );
    }
}

#[test]
fn an_option_that_a_k_matrix_cannot_use_is_named() {
    let pair = json!([[PI, PI]]);
    for (options, expected) in [
        (json!({"channels": pair}), "option `poles` is missing"),
        (
            json!({"channels": pair, "poles": 0}),
            "option `poles` is 0, and there is no background either",
        ),
        (
            json!({"channels": pair, "poles": 7}),
            "option `poles` can be at most 6",
        ),
        (
            json!({"channels": pair, "poles": 1, "phase_space": ["three-body"]}),
            "option `phase_space` must be a list of 1 of the words \"two-body\", \"threshold\"",
        ),
        (
            json!({"channels": pair, "poles": 1, "channel": 1}),
            "option `channel` is 1, but there are 1 channels, from 0",
        ),
        (
            json!({"channels": pair, "poles": 1, "background": "polynomial", "background_order": 5}),
            "option `background_order` is 5, but can be at most 4",
        ),
        (
            json!({"channels": pair, "poles": 1, "background_order": 1}),
            "option `background_order` needs background = \"polynomial\"",
        ),
        (
            json!({"channels": pair, "poles": 1, "background_elements": [[0, 1]]}),
            "option `background_elements` must be a list of pairs [i, j] with i <= j below 1",
        ),
        (
            json!({"channels": pair, "poles": 2, "production_poles": [0, 0]}),
            "option `production_poles` must be different numbers below 2",
        ),
        (
            json!({"channels": pair, "poles": 1, "production_poles": []}),
            "option `production_poles` is empty, and nothing else is produced",
        ),
        (
            json!({"channels": pair, "poles": 1, "production_channels": [0]}),
            "option `production_channels` needs a production_background",
        ),
        (
            json!({"channels": pair, "poles": 1, "entrance": 0}),
            "option `entrance` needs production = \"scattering\"",
        ),
        (
            json!({"channels": pair, "poles": 1, "production": "scattering", "production_poles": [0]}),
            "option `production_poles` needs production = \"vector\"",
        ),
        (
            json!({"parameter_set": "au-morgan-pennington"}),
            "option `parameter_set` must be \"anisovich-sarantsev\" or \"focus-1/2\" or \"focus-3/2\"",
        ),
        (
            json!({"parameter_set": "focus-1/2", "poles": 2}),
            "option `poles` belongs to the set \"focus-1/2\": leave it out",
        ),
    ] {
        let map = serde_json::from_value(options).unwrap();
        match find("k-matrix").unwrap().parameters(&Options::new(map)) {
            Err(error @ LineshapeError::Option { .. }) => {
                let message = error.to_string();
                assert!(message.starts_with(expected), "{message}");
            }
            other => panic!("{expected}: {other:?}"),
        }
    }
}

/// Over a fixed matrix a fit evaluates nothing: each production coupling stands before a function of the mass.
#[test]
fn over_a_fixed_matrix_the_amplitude_is_linear_in_its_production() {
    let options = json!({"channels": [[PI, PI], [K, K]], "poles": 2});
    let shape = find("k-matrix").unwrap();
    let options = Options::new(serde_json::from_value(options).unwrap());
    let numbers = [("mass_0", 0.8), ("mass_1", 1.4)];
    let mut site = DecaySite {
        m: Expr::variable(0),
        event_masses: [PI, PI].map(Expr::from),
        nominal_masses: [PI, PI].map(Expr::from),
        orbital_l: 0,
        barrier_radius: 3.0,
        options: options.clone(),
        parameters: std::collections::BTreeMap::new(),
    };
    for (place, spec) in (0..).zip(shape.parameters(&options).unwrap()) {
        let number = numbers.iter().find(|(name, _)| *name == spec.name);
        let value = match spec.kind {
            ParameterKind::Real => number.map_or(0.4, |number| number.1).into(),
            ParameterKind::Complex => {
                Expr::cartesian(Expr::parameter(2 * place), Expr::parameter(2 * place + 1))
            }
        };
        site.parameters.insert(spec.name, value);
    }
    let separated = shape.build(&site).unwrap().separated().unwrap();
    assert_eq!(separated.len(), 2);
}

/// The shape where these parameters float and the others are numbers.
fn partly_fixed(options: &Value, given: &[(&str, f64)], floating: &[&str]) -> (Shape, Vec<f64>) {
    let mut shape = k_matrix(options);
    let all = values(&shape, options, given);
    let named: Vec<(String, f64)> = shape.names.iter().cloned().zip(all).collect();
    let number = |name: &str| {
        let at = named.iter().position(|(known, _)| known == name).unwrap();
        match floating.contains(&name) {
            true => Expr::parameter(at as u32),
            false => named[at].1.into(),
        }
    };
    let map: std::collections::BTreeMap<String, Value> =
        serde_json::from_value(options.clone()).unwrap();
    let k = find("k-matrix").unwrap();
    let options = Options::new(map);
    let parameters = k.parameters(&options).unwrap().into_iter().map(|spec| {
        let value = match spec.kind {
            ParameterKind::Real => number(&spec.name),
            ParameterKind::Complex => {
                let part = |part| number(&format!("{}.{part}", spec.name));
                Expr::cartesian(part("re"), part("im"))
            }
        };
        (spec.name, value)
    });
    let site = DecaySite {
        m: Expr::variable(0),
        event_masses: [PI, PI].map(Expr::from),
        nominal_masses: [PI, PI].map(Expr::from),
        orbital_l: 0,
        barrier_radius: 3.0,
        parameters: parameters.collect(),
        options,
    };
    let (re, im) = shape.lowering.lower(&k.build(&site).unwrap());
    shape.parts = [re, im];
    (shape, named.into_iter().map(|(_, value)| value).collect())
}

/// The system is solved in an order that depends on what floats; its solution does not.
#[test]
fn the_amplitude_is_the_same_whatever_floats() {
    let mut options = three_channels("two-body");
    options["production_background"] = json!("slowly-varying");
    options["production_channels"] = json!([0, 2]);
    let g = [0.5, -0.3, 0.4, 0.2, 0.6, -0.5];
    let mut given = parameters(&g, &[0.3, -0.2, 0.4]);
    given.extend([
        ("beta_0.re", 0.7),
        ("beta_0.im", -0.4),
        ("beta_1.re", -0.2),
        ("beta_1.im", 1.1),
    ]);
    given.extend([
        ("p_0.re", 0.3),
        ("p_0.im", 0.8),
        ("p_2.re", -0.6),
        ("p_2.im", 0.1),
    ]);
    given.push(("s0_production", -0.07));
    let (fixed, all) = partly_fixed(&options, &given, &[]);
    for floating in [
        &["mass_0"][..],
        &["mass_1", "beta_1.re", "beta_0.im", "p_2.re"],
        &["g_1_0", "g_1_2"],
        &["mass_0", "mass_1"],
        &["mass_0", "g_0_1", "mass_1", "p_0.im"],
        &["f_0_1", "mass_1"],
        &["adler_zero", "g_0_0"],
        &["beta_0.re", "s0_production"],
    ] {
        let (partly, _) = partly_fixed(&options, &given, floating);
        for m in [0.3, 0.7, 0.84, 0.99, 1.2, 1.31, 1.8] {
            let (got, want) = (partly.value(m, &all), fixed.value(m, &all));
            // Rounding, enlarged by the solution of the system.
            assert!(
                (got - want).norm() < 1e-12 * want.norm(),
                "{floating:?} at {m}: {got} {want}"
            );
        }
    }
}
