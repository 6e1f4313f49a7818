//! Gradient and Hessian of whole likelihoods against finite differences, at random points.

mod toy;

use std::path::Path;

use pwa_core::model::{FinalMasses, ParameterRole, lower};
use pwa_core::objective::{Objective, Order};
use pwa_core::setup::{Job, LoadedSet};
use toy::{flat, flat_of, models, noise, open, sample};

const JPSI: &str = "{ particle = \"J/psi(1S)\", helicities = [-1, 1] }";
const LAMBDA_B: &str = "\"Lambda(b)0\"";

/// What is between the amplitudes and the likelihood.
#[derive(Clone, Copy)]
struct Sets {
    /// Data sets, each with events of its own.
    count: usize,
    /// Whether weights differ from one, some of them negative.
    weighted: bool,
    /// Generated events of the extended likelihood.
    generated: Option<f64>,
}

const PLAIN: Sets = Sets {
    count: 1,
    weighted: false,
    generated: None,
};

fn sets(job: &Job, of: Sets) -> Vec<LoadedSet> {
    let mut noise = noise(31);
    let mut weights = |n: usize| -> Vec<f64> {
        (0..n)
            .map(|i| match (of.weighted, i % 9) {
                (false, _) => 1.0,
                (true, 0) => -0.3,
                (true, _) => 1.0 + 0.5 * noise(),
            })
            .collect()
    };
    let reactions = job.models.iter().enumerate();
    reactions
        .flat_map(|(model, of_model)| {
            (0..of.count as u64).map(move |number| (model, of_model, number))
        })
        .map(|(model, of_model, number)| LoadedSet {
            background: None,
            model,
            name: format!("set {number}"),
            data: sample(&flat_of(of_model, 40, 100 + number), weights(40)),
            monte_carlo: Some(sample(&flat_of(of_model, 70, 200 + number), weights(70))),
            generated: of.generated,
        })
        .collect()
}

/// A derivative by Ridders' extrapolation of central differences, with its error.
/// C. Ridders, Adv. Eng. Software 4 (1982) 75.
fn derivative(function: impl Fn(f64) -> Vec<f64>, step: f64) -> Vec<f64> {
    const SHRINK: f64 = 1.4;
    let central = |h: f64| -> Vec<f64> {
        let (up, down) = (function(h), function(-h));
        up.iter()
            .zip(down)
            .map(|(u, d)| (u - d) / (2.0 * h))
            .collect()
    };
    let rows: Vec<Vec<f64>> = (0..12).map(|k| central(step / SHRINK.powi(k))).collect();
    (0..rows[0].len())
        .map(|entry| {
            let mut table: Vec<Vec<f64>> = Vec::new();
            let mut best = (f64::INFINITY, f64::NAN);
            for (k, row) in rows.iter().enumerate() {
                let mut line = vec![row[entry]];
                let mut factor = SHRINK * SHRINK;
                for i in 1..=k {
                    let (last, above) = (line[i - 1], table[k - 1][i - 1]);
                    let next = (last * factor - above) / (factor - 1.0);
                    factor *= SHRINK * SHRINK;
                    let error = (next - last).abs().max((next - above).abs());
                    if error < best.0 {
                        best = (error, next);
                    }
                    line.push(next);
                }
                table.push(line);
            }
            best.1
        })
        .collect()
}

/// Gradient to 1e-8 of its largest entry or of itself, Hessian to 1e-8 of the geometric mean of the
/// two diagonal entries: what a difference of two likelihoods near -100 can show.
fn derivatives_agree(name: &str, config: &str, of: Sets) {
    let job = open(config);
    let sets = sets(&job, of);
    let (_, likelihood) = job.likelihood(&sets).unwrap();
    let parameters = job.parameters();
    let free = parameters.free();
    let mut noise = noise(32);
    for _ in 0..2 {
        let point: Vec<f64> = free
            .iter()
            .map(|&id| {
                let parameter = parameters.get(id);
                match parameter.role {
                    ParameterRole::Shape => parameter.start + 0.01 * noise(),
                    // Beyond a length of 1 intensities are negative.
                    ParameterRole::Density => parameter.start + 0.1 * noise(),
                    _ => parameter.start + 0.6 * noise(),
                }
            })
            .collect();
        let exact = likelihood.evaluate(&point, Order::Hessian).unwrap();
        let gradient = exact.gradient.unwrap();
        let hessian = exact.hessian.unwrap();
        let at = |place: usize, shift: f64, order: Order| {
            let mut moved = point.clone();
            moved[place] += shift;
            likelihood.evaluate(&moved, order).unwrap()
        };
        let largest = gradient.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
        for (place, &id) in free.iter().enumerate() {
            let parameter = parameters.get(id);
            let step = match parameter.role {
                ParameterRole::Shape => 0.01,
                _ => 0.1,
            };
            let slope = derivative(|h| vec![at(place, h, Order::Value).value], step)[0];
            assert!(
                (gradient[place] - slope).abs() <= 1e-8 * largest,
                "{name}, {}: {} against {slope}",
                parameter.name,
                gradient[place]
            );
            let row = derivative(|h| at(place, h, Order::Gradient).gradient.unwrap(), step);
            for (other, bend) in row.into_iter().enumerate() {
                let scale = (hessian[(place, place)] * hessian[(other, other)])
                    .abs()
                    .sqrt();
                let scale = scale.max(bend.abs());
                assert!(
                    (hessian[(place, other)] - bend).abs() <= 1e-8 * scale,
                    "{name}, {} and {}: {} against {bend}",
                    parameter.name,
                    parameters.get(free[other]).name,
                    hessian[(place, other)]
                );
                assert!((hessian[(place, other)] - hessian[(other, place)]).abs() <= 1e-12 * scale);
            }
        }
        // Less derivatives, same digits.
        let value = likelihood.evaluate(&point, Order::Value).unwrap().value;
        assert_eq!(value, exact.value, "{name}");
    }
}

/// The configs of `data/`, on events in memory.
#[test]
fn the_examples() {
    for name in [
        "jpsi-gpipi",
        "jpsi-gpipi-gkk",
        "lb-pkjpsi",
        "dp-kpipi",
        "d0-kspipi",
        "gp-etapi",
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../data")
            .join(name);
        let config = std::fs::read_to_string(folder.join("fit.toml")).unwrap();
        derivatives_agree(name, &config, PLAIN);
    }
}

#[test]
fn identical_particles() {
    derivatives_agree("plain", &models::identical_pions(""), PLAIN);
    let polar = models::identical_pions("couplings = \"polar\"");
    derivatives_agree("polar", &polar, PLAIN);
    let fermions = models::identical_fermions();
    derivatives_agree("fermions", &fermions, PLAIN);
}

#[test]
fn photons() {
    let config = |options: &str| models::photon(JPSI, "\"gamma\"", options);
    derivatives_agree("plain", &config(""), PLAIN);
    let bare = config("couplings = \"polar\"\nnormalise = false");
    derivatives_agree("polar", &bare, PLAIN);
}

#[test]
fn alignment() {
    derivatives_agree("plain", &models::alignment(LAMBDA_B, ""), PLAIN);
    let polar = models::alignment(LAMBDA_B, "couplings = \"polar\"");
    derivatives_agree("polar", &polar, PLAIN);
}

#[test]
fn polarised_initial_particles() {
    let free = |start: f64| format!("{{ start = {start}, free = true }}");
    let vector = format!(
        "{{ particle = \"Lambda(b)0\", polarisation = {{ x = {}, y = 0.2, z = {} }} }}",
        free(0.3),
        free(-0.4)
    );
    derivatives_agree("vector", &models::alignment(&vector, ""), PLAIN);
    let elements = "{ particle = \"J/psi(1S)\", density = { \"1,1\" = 1.0, \"0,0\" = { start = 0.6, free = true }, \
                    \"-1,-1\" = { start = 1.2, free = true }, \"1,-1\" = { re = 0.2, im = 0.1, free = true } } }";
    let config = models::photon(elements, "\"gamma\"", "");
    derivatives_agree("elements", &config, PLAIN);
    let beams = format!(
        "{{ particle = \"J/psi(1S)\", helicities = [-1, 1], beams = {{ electron = {{ y = {}, z = {} }}, \
         positron = {{ y = -0.6 }} }} }}",
        free(0.7),
        free(0.3)
    );
    let config = models::photon(&beams, "\"gamma\"", "couplings = \"polar\"");
    derivatives_agree("beams", &config, PLAIN);
}

#[test]
fn cascades() {
    derivatives_agree("four particles", &models::four_body(), PLAIN);
}

#[test]
fn weights_some_of_them_negative() {
    let weighted = Sets {
        weighted: true,
        ..PLAIN
    };
    derivatives_agree("weighted", &models::alignment(LAMBDA_B, ""), weighted);
    let factor = format!(
        "{}\n[fit]\nweight_factor = true\n",
        models::identical_pions("")
    );
    derivatives_agree("weight factor", &factor, weighted);
}

#[test]
fn the_extended_likelihood() {
    let extended = Sets {
        weighted: true,
        generated: Some(300.0),
        ..PLAIN
    };
    derivatives_agree("extended", &models::identical_pions(""), extended);
}

#[test]
fn several_data_sets() {
    let three = Sets {
        count: 3,
        weighted: true,
        ..PLAIN
    };
    let config = models::photon(JPSI, "\"gamma\"", "");
    derivatives_agree("three sets", &config, three);
}

#[test]
fn constraints_and_shared_parameters() {
    let config = format!(
        r#"{}
[coupling]
"NR.total" = {{ same_as = "K2.total" }}
[[constraint]]
parameter = "K*.mass"
mean      = 0.9
sigma     = 0.002
[[constraint]]
parameter = "K2.total.re"
mean      = 0.4
sigma     = 0.3
"#,
        models::identical_pions("")
    );
    derivatives_agree("constrained", &config, PLAIN);
}

/// A quantity, and what is known of it.
fn measured(known: &str) -> String {
    format!(
        r#"{}
[quantity.branching]
formula = "k^2 / (b + 0.1) * m"
fractions = {{ k = "K*", b = ["K2", "NR"] }}
parameters = {{ m = "K*.mass" }}
{known}
"#,
        models::identical_pions("")
    )
}

const KNOWN: &str = "[[constraint]]\nparameter = \"branching\"\nmean = 0.3\nsigma = 0.05\n";

#[test]
fn measured_quantities() {
    derivatives_agree("measured", &measured(KNOWN), PLAIN);
    let weighted = Sets {
        weighted: true,
        ..PLAIN
    };
    derivatives_agree("measured, weighted", &measured(KNOWN), weighted);
}

#[test]
fn scores_count_a_measured_quantity_once() {
    let (job, known) = (open(&measured("")), open(&measured(KNOWN)));
    let sets = sets(&job, PLAIN);
    let point = job.parameters().start();
    let [(_, plain), (_, with)] = [job, known].map(|job| job.likelihood(&sets).unwrap());
    let more = with.score_matrix(&point).unwrap() - plain.score_matrix(&point).unwrap();
    let quantities = with.quantities().unwrap();
    let slope = &quantities.at(&point, Order::Gradient).unwrap()[0].gradient;
    let want = |a: usize, b: usize| slope[a] * slope[b] / (0.05 * 0.05);
    let scale = (0..point.len()).fold(0.0_f64, |scale, a| scale.max(want(a, a)));
    for ((a, b), got) in more.indexed_iter() {
        assert!((got - want(a, b)).abs() < 1e-9 * scale, "{a} {b}: {got}");
    }
}

#[test]
fn a_part_of_the_data_knows_what_was_measured() {
    let nll = |known: &str, part: bool| {
        let mut job = open(&measured(known));
        job.document.fit.coarse = Some(100);
        let sets = [LoadedSet {
            background: None,
            model: 0,
            name: "data".to_owned(),
            data: sample(&flat(&job, 400, 100), vec![1.0; 400]),
            monte_carlo: Some(sample(&flat(&job, 20_000, 200), vec![1.0; 20_000])),
            generated: None,
        }];
        let (lowered, full) = job.likelihood_of_fit(&sets).unwrap();
        let coarse = job.coarse(&lowered, &sets, &full).unwrap().unwrap();
        let likelihood = if part { coarse.likelihood } else { full };
        let point = job.parameters().start();
        likelihood.evaluate(&point, Order::Value).unwrap().value
    };
    let [of_part, of_all] = [true, false].map(|part| nll(KNOWN, part) - nll("", part));
    assert!(
        of_all > 1.0 && (of_part - of_all).abs() < 1e-9 * of_all,
        "{of_part} {of_all}"
    );
}

/// With the mass of the pole in the denominators its powers are coefficients.
#[test]
fn zemach_factors_with_floating_masses() {
    let config = |denominators: &str| {
        format!(
            r#"
gpuwa = 1
convention = "zemach-1"
[decay]
initial = "D0"
final = ["K-", "pi+", "pi0"]
zemach_mass = "{denominators}"
[[decay.chain]]
decay = "D0 -> X pi0, X -> K- pi+"
X = ["P", "NR"]
weak = ["D0"]
[[decay.chain]]
decay = "D0 -> T K-, T -> pi+ pi0"
weak = ["D0"]
barrier = {{ D0 = "form-factor-modulus" }}
[resonance]
NR = {{ spin = 0, parity = 1, shape = "constant" }}
P = {{ spin = 1, parity = -1, mass = {{ start = 0.9, free = true }}, width = 0.2 }}
T = {{ spin = 2, parity = 1, mass = {{ start = 1.5, free = true }}, width = {{ start = 0.3, free = true }} }}
"#
        )
    };
    for denominators in ["pole", "pair"] {
        derivatives_agree(denominators, &config(denominators), PLAIN);
    }
}

/// B -> a b c with these resonances in a b; masses from 0.64 to 1.7 GeV.
fn pairs(resonances: &[(&str, &str)]) -> String {
    let names: Vec<String> = (resonances.iter())
        .map(|(name, _)| format!("\"{name}\""))
        .collect();
    let tables: Vec<String> = (resonances.iter())
        .map(|(name, lines)| format!("[resonance.{name}]\nspin = 0\n{lines}\n"))
        .collect();
    let particle = |name: &str, mass: f64| format!("[particle.{name}]\nmass = {mass}\nspin = 0\n");
    format!(
        r#"gpuwa = 1
convention = "helicity-1"
[decay]
initial = "B"
final = ["a", "b", "c"]
[[decay.chain]]
decay = "B -> X c, X -> a b"
X = [{}]
{}{}{}{}{}"#,
        names.join(", "),
        particle("B", 2.0),
        particle("a", 0.5),
        particle("b", 0.14),
        particle("c", 0.3),
        tables.concat()
    )
}

const RESONANCE: (&str, &str) = (
    "R",
    "mass = { start = 1.0, free = true }\nwidth = { start = 0.2, free = true }",
);

/// Free values at five knots.
fn knots(shape: &str) -> String {
    let values: Vec<String> = (0..5)
        .map(|i| format!("c_{i} = {{ re = 1.{i}, im = -0.{i}, free = {} }}", i != 1))
        .collect();
    format!("{shape}\nparameters = {{ {} }}", values.join(", "))
        .replace("KNOTS", "knots = [0.63, 0.9, 1.1, 1.4, 1.71]")
}

#[test]
fn shapes_of_ones_own() {
    let spline = knots("shape = \"spline\"\noptions = { KNOTS }");
    derivatives_agree("spline", &pairs(&[RESONANCE, ("S", &spline)]), PLAIN);
    let monotone = knots("shape = \"interpolated\"\noptions = { KNOTS, method = \"monotone\" }");
    derivatives_agree("monotone", &pairs(&[RESONANCE, ("S", &monotone)]), PLAIN);
    let formula = "formula = \"c*exp(-a*s) + b*q/(m0^2 - s - i*m0*width)\"\n\
                   mass = { start = 1.4, free = true }\nwidth = 0.3\n\
                   parameters = { a = { start = 0.4, free = true }, b = { start = 0.7, free = true }, \
                   c = { re = 0.5, im = 0.4, free = true } }";
    derivatives_agree("formula", &pairs(&[RESONANCE, ("S", formula)]), PLAIN);
}

/// Nothing of them is evaluated in a fit: each function of the mass is a column of its own.
#[test]
fn shapes_linear_in_their_parameters_are_columns() {
    let spline = knots("shape = \"spline\"\noptions = { KNOTS }");
    let monotone = knots("shape = \"interpolated\"\noptions = { KNOTS, method = \"monotone\" }");
    let polynomial = "shape = \"polynomial\"\noptions = { order = 2 }\nmass = 1.0\nparameters = { \
                      c_0 = { re = 1, free = true }, c_1 = { im = 1, free = true }, c_2 = { re = 1, free = true } }";
    let moving = polynomial.replace("mass = 1.0", "mass = { start = 1.0, free = true }");
    let formula =
        "formula = \"(a + b*m)/(s + 1)\"\nparameters = { a = { start = 1, free = true }, b = 2 }";
    // With the functions of the plan and the coefficients of the wave. Four free values and a
    // fixed one; slopes depend on free ones everywhere.
    let cases = [
        (spline.as_str(), 0, 5),
        (&monotone, 0, 10),
        (polynomial, 0, 3),
        (&moving, 1, 1),
        (formula, 0, 2),
        ("shape = \"linear\"", 0, 1),
    ];
    for (shape, functions, coefficients) in cases {
        let job = open(&pairs(&[("S", shape)]));
        let lowered = lower(&job.models[0], &FinalMasses::nominal(&job.models[0])).unwrap();
        assert_eq!(lowered.plan.shapes.len(), functions, "{shape}");
        assert_eq!(lowered.plan.coefficients, coefficients, "{shape}");
        assert_eq!(lowered.waves, vec![0; coefficients], "{shape}");
        let all: Vec<usize> = (0..coefficients).collect();
        assert_eq!(lowered.components[0].coefficients, all, "{shape}");
    }
}
