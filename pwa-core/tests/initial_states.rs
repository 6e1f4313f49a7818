//! Polarised initial particles: angular distributions by hand, turns of events and state together, columns.

mod toy;

use pwa_core::analysis::probabilities;
use toy::{
    Momentum, assert_differ, assert_same, flat, intensities, models, open, parity, rotation,
    sample, transformed,
};

/// Lambda -> p pi- with helicity amplitudes 1 and 0.4.
fn lambda(state: &str) -> String {
    format!(
        r#"gpuwa = 1
convention = "helicity-1"
[decay]
initial = {{ particle = "Lambda", {state} }}
final = ["p", "pi-"]
normalise = false
[[decay.chain]]
decay = "Lambda -> p pi-"
helicity = {{ Lambda = [[0.5, 0], [-0.5, 0]] }}
barrier = {{ Lambda = "none" }}
[coupling]
"Lambda->p.pi-.production[h=-1/2,0]" = 0.4
"#
    )
}

fn direction([_, x, y, z]: Momentum) -> [f64; 3] {
    let norm = (x * x + y * y + z * z).sqrt();
    [x / norm, y / norm, z / norm]
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// |H+|² (1 + P.n) + |H-|² (1 - P.n): 1 + alpha P cos(theta) up to a factor.
#[test]
fn a_polarised_lambda_decays_along_its_spin() {
    let p = [0.3, -0.5, 0.6];
    let job = open(&lambda("polarisation = { x = 0.3, y = -0.5, z = 0.6 }"));
    let events = flat(&job, 100, 1);
    let expected: Vec<f64> = (events.iter())
        .map(|event| {
            let cos = dot(p, direction(event[0]));
            (1.0 + cos) + 0.16 * (1.0 - cos)
        })
        .collect();
    assert_same("Lambda", &intensities(&job, &events), &expected, 1e-14);
    // The same as elements of the matrix, of either triangle.
    let elements = [
        r#"density = { "1/2,1/2" = 1.6, "-1/2,-1/2" = 0.4, "1/2,-1/2" = { re = 0.3, im = 0.5 } }"#,
        r#"density = { "1/2,1/2" = 1.6, "-1/2,-1/2" = 0.4, "-1/2,1/2" = { re = 0.3, im = -0.5 } }"#,
    ];
    for state in elements {
        let job = open(&lambda(state));
        assert_same(state, &intensities(&job, &events), &expected, 1e-14);
    }
}

/// (1 + z1 z2 + s1.s2) n² - 2 (s1.n)(s2.n) with the parts of spins and direction across the beams: a vector
/// meson to two pseudoscalars; natural polarisation, s1 = -s2 along y, gives sin²(theta) (1 - P² cos 2 phi).
#[test]
fn polarised_beams_make_the_pions_that_the_storage_rings_saw() {
    let config = |beams: &str| {
        format!(
            r#"gpuwa = 1
convention = "helicity-1"
[decay]
initial = {{ particle = "J/psi(1S)", helicities = [-1, 1], {beams} }}
final = ["pi+", "pi-"]
normalise = false
[[decay.chain]]
decay = "J/psi(1S) -> pi+ pi-"
barrier = {{ "J/psi(1S)" = "none" }}
"#
        )
    };
    let beams = "beams = { electron = { x = 0.2, y = 0.7, z = -0.5 }, positron = { x = 0.4, y = -0.6, z = 0.3 } }";
    let job = open(&config(beams));
    let events = flat(&job, 100, 2);
    let distribution = |s1: [f64; 3], s2: [f64; 3]| -> Vec<f64> {
        let along = 1.0 + s1[2] * s2[2];
        let across = |[x, y, _]: [f64; 3]| [x, y, 0.0];
        let (s1, s2) = (across(s1), across(s2));
        let of_event = |event: &Vec<Momentum>| {
            let n = across(direction(event[0]));
            (along + dot(s1, s2)) * dot(n, n) - 2.0 * dot(s1, n) * dot(s2, n)
        };
        events.iter().map(of_event).collect()
    };
    let expected = distribution([0.2, 0.7, -0.5], [0.4, -0.6, 0.3]);
    assert_same("beams", &intensities(&job, &events), &expected, 1e-14);

    let natural = "beams = { electron = { y = 0.9 }, positron = { y = -0.9 } }";
    let seen = intensities(&open(&config(natural)), &events);
    let rings: Vec<f64> = (events.iter())
        .map(|event| {
            let [x, y, z] = direction(event[0]);
            1.0 - z * z - 0.81 * (x * x - y * y)
        })
        .collect();
    assert_same("natural polarisation", &seen, &rings, 1e-14);
}

/// A spin of 1 in the state n_i: rho_ij = n_i n_j* as vector and tensor polarisation.
#[test]
fn a_vector_meson_of_one_state_decays_as_its_amplitude() {
    // Of a linearly polarised state along n: p = 0, p_ij = delta_ij - 3 n_i n_j.
    let n: [f64; 3] = [0.36, 0.48, 0.8];
    let tensor = |i: usize, j: usize| f64::from(u8::from(i == j)) - 3.0 * n[i] * n[j];
    let state = format!(
        "xy = {}, yz = {}, xz = {}, zz = {}, xx-yy = {}",
        tensor(0, 1),
        tensor(1, 2),
        tensor(0, 2),
        tensor(2, 2),
        tensor(0, 0) - tensor(1, 1)
    );
    let config = format!(
        r#"gpuwa = 1
convention = "helicity-1"
[decay]
initial = {{ particle = "J/psi(1S)", polarisation = {{ {state} }} }}
final = ["pi+", "pi-"]
normalise = false
[[decay.chain]]
decay = "J/psi(1S) -> pi+ pi-"
barrier = {{ "J/psi(1S)" = "none" }}
"#
    );
    let job = open(&config);
    let events = flat(&job, 100, 3);
    let expected: Vec<f64> = (events.iter())
        .map(|event| 3.0 * dot(n, direction(event[0])).powi(2))
        .collect();
    assert_same("linear", &intensities(&job, &events), &expected, 1e-14);
    let rho = job.models[0].density_at(&[]).unwrap();
    let [a, b, c] = probabilities(&rho)[..] else {
        panic!("three states");
    };
    assert!(a.abs() < 1e-15 && b.abs() < 1e-15 && (c - 1.0).abs() < 1e-15);
}

fn vector(p: [f64; 3]) -> String {
    format!("x = {:?}, y = {:?}, z = {:?}", p[0], p[1], p[2])
}

fn lambda_b(state: &str) -> String {
    let initial = format!("{{ particle = \"Lambda(b)0\", polarisation = {{ {state} }} }}");
    models::alignment(&initial, "")
}

#[test]
fn a_polarisation_turns_with_the_events() {
    let p = [0.5, -0.3, 0.6];
    let job = open(&lambda_b(&vector(p)));
    let events = flat(&job, 40, 4);
    let original = intensities(&job, &events);
    let turn = rotation(0.7, 1.1, -2.0);
    let [_, x, y, z] = turn([0.0, p[0], p[1], p[2]]);
    let turned = transformed(&events, &turn);
    let with_state = open(&lambda_b(&vector([x, y, z])));
    assert_same("both", &intensities(&with_state, &turned), &original, 1e-12);
    assert_differ(
        "turns of events alone",
        &intensities(&job, &turned),
        &original,
    );
}

/// p_ij turned as a tensor, p_i as a vector; a strong decay and its mirror image.
#[test]
fn polarisations_of_spin_1_are_a_vector_and_a_tensor() {
    let p = [0.2, -0.3, 0.1];
    let tensor = [[0.2, 0.1, -0.15], [0.1, -0.3, 0.05], [-0.15, 0.05, 0.1]];
    let config = |p: [f64; 3], t: [[f64; 3]; 3]| {
        let state = format!(
            "{}, xy = {:?}, yz = {:?}, xz = {:?}, zz = {:?}, xx-yy = {:?}",
            vector(p),
            t[0][1],
            t[1][2],
            t[0][2],
            t[2][2],
            t[0][0] - t[1][1]
        );
        let initial = format!("{{ particle = \"J/psi(1S)\", polarisation = {{ {state} }} }}");
        models::photon(&initial, "\"gamma\"", "")
    };
    let job = open(&config(p, tensor));
    let events = flat(&job, 40, 5);
    let original = intensities(&job, &events);
    let turn = rotation(-0.4, 0.8, 1.3);
    let matrix: Vec<[f64; 3]> = (0..3)
        .map(|column| {
            let mut unit = [0.0; 4];
            unit[column + 1] = 1.0;
            let [_, x, y, z] = turn(unit);
            [x, y, z]
        })
        .collect();
    let sum = |term: &dyn Fn(usize) -> f64| (0..3).map(term).sum::<f64>();
    let turned_p = [0, 1, 2].map(|i| sum(&|k| matrix[k][i] * p[k]));
    let turned_tensor = [0, 1, 2]
        .map(|i| [0, 1, 2].map(|j| sum(&|k| sum(&|l| matrix[k][i] * matrix[l][j] * tensor[k][l]))));
    let seen = transformed(&events, &turn);
    let with_state = open(&config(turned_p, turned_tensor));
    assert_same("both", &intensities(&with_state, &seen), &original, 1e-12);
    assert_differ("events alone", &intensities(&job, &seen), &original);
    // Spins are axial vectors.
    let mirrored = transformed(&events, parity);
    assert_same("mirror", &intensities(&job, &mirrored), &original, 1e-12);
}

#[test]
fn a_polarisation_of_zero_is_none() {
    let unpolarised = open(&models::alignment("\"Lambda(b)0\"", ""));
    let events = flat(&unpolarised, 30, 6);
    let zero = open(&lambda_b("x = 0, y = 0, z = 0"));
    assert_same(
        "zero",
        &intensities(&zero, &events),
        &intensities(&unpolarised, &events),
        1e-14,
    );
}

/// Each event as with its own numbers, beside a parameter that is the same for all.
#[test]
fn columns_are_the_polarisation_of_each_event() {
    let of_columns = open(&lambda_b("x = \"px\", y = 0.2, z = \"pz\""));
    let momenta = flat(&of_columns, 20, 7);
    let mut events = sample(&momenta, vec![1.0; 20]);
    let x: Vec<f64> = (0..20).map(|i| 0.02 * f64::from(i)).collect();
    let z: Vec<f64> = (0..20).map(|i| 0.5 - 0.04 * f64::from(i)).collect();
    events.columns = vec![x.clone(), z.clone()];
    let (lowered, sums) = of_columns
        .prepare(&of_columns.models[0], &[(&events, "events")])
        .unwrap();
    let slots = lowered.slots.slots(&of_columns.parameters().start());
    let seen = sums[0].intensities(&slots).unwrap();
    let expected: Vec<f64> = (0..20)
        .map(|event| {
            let job = open(&lambda_b(&vector([x[event], 0.2, z[event]])));
            intensities(&job, &momenta[event..=event])[0]
        })
        .collect();
    assert_same("columns", &seen, &expected, 1e-13);
}

/// What a trial function of all directions integrates to does not depend on how the spin points.
#[test]
fn fractions_over_all_directions_do_not_depend_on_the_polarisation() {
    let fractions = |state: &str| {
        let job = open(&lambda_b(state));
        toy::fractions(&job, &flat(&job, 40_000, 8))
    };
    let (some, none) = (fractions("y = 0.9"), fractions("y = 0"));
    for (a, b) in some.fractions.iter().zip(&none.fractions) {
        // Twice 1/sqrt(40000), the fluctuation of the sample.
        assert!((a.value - b.value).abs() < 1e-2, "{}", a.name);
    }
}
