//! Antiparticles: the amplitude at p -> -p, couplings of their own, asymmetries and their errors.

mod toy;

use ndarray::Array2;
use pwa_core::analysis::asymmetries;
use pwa_core::model::Model;
use pwa_core::setup::Job;
use toy::{Momentum, flat, open, ready_of};

const HEAD: &str = r#"
gpuwa = 1
convention = "helicity-1"

[reaction.D0]
initial = "D0"
final = ["K(S)0", "pi+", "pi-"]
conjugate = "D0bar"

[[reaction.D0.chain]]
decay = "D0 -> R pi+, R -> K(S)0 pi-"
R = ["K*(892)-"]
weak = ["D0"]

[[reaction.D0.chain]]
decay = "D0 -> R K(S)0, R -> pi+ pi-"
R = ["rho(770)0", "f0(1500)"]
weak = ["D0"]

[coupling]
"D0:rho(770)0.total" = { re = 0.8, im = 0.3 }
"D0:f0(1500).total" = { re = -0.2, im = 0.5 }
"#;

const VIOLATION: &str = "\"D0bar:rho(770)0.total\" = { re = 0.6, im = 0.4 }\n";

/// pi+ and pi- change places, as the antiparticles of a self-conjugate state do, and all momenta turn.
fn conjugated(events: &[Vec<Momentum>]) -> Vec<Vec<Momentum>> {
    let turn = |[e, x, y, z]: Momentum| [e, -x, -y, -z];
    let event = |event: &Vec<Momentum>| vec![turn(event[0]), turn(event[2]), turn(event[1])];
    events.iter().map(event).collect()
}

fn intensities_of(job: &Job, model: &Model, events: &[Vec<Momentum>], charge: f64) -> Vec<f64> {
    let ready = ready_of(job, model, events, charge);
    ready.sums.intensities(&ready.slots).unwrap()
}

/// Intensities of antiparticles, columns in the order of their final state.
fn of_antiparticles(job: &Job, events: &[Vec<Momentum>]) -> Vec<f64> {
    let model = &job.models[1];
    let labels: Vec<&str> = model.finals.iter().map(|p| p.label.as_str()).collect();
    assert_eq!(labels, ["K(S)0", "pi-", "pi+"]);
    // Events come as K(S)0, pi+, pi-.
    let sorted: Vec<Vec<Momentum>> = (events.iter())
        .map(|event| vec![event[0], event[2], event[1]])
        .collect();
    intensities_of(job, model, &sorted, -1.0)
}

#[test]
fn cp_symmetric_couplings_give_antiparticles_the_intensity_at_conjugated_points() {
    let job = open(HEAD);
    let events = flat(&job, 50, 3);
    let particles = intensities_of(&job, &job.models[0], &events, 1.0);
    let antiparticles = of_antiparticles(&job, &conjugated(&events));
    for (a, b) in particles.iter().zip(antiparticles) {
        assert!((a - b).abs() < 1e-12 * a, "{a} {b}");
    }
    // Not at the same points: K*(892)- is a band of one of the pairs.
    let unmoved = of_antiparticles(&job, &events);
    assert!(
        particles
            .iter()
            .zip(unmoved)
            .any(|(a, b)| (a - b).abs() > 0.1 * a)
    );
    // All couplings are shared: antiparticles add no free parameter.
    let names = job.parameters().free().into_iter();
    let mut names = names.map(|id| job.parameters().get(id).name.as_str());
    assert!(names.all(|name| name.starts_with("D0:")));
}

/// Asymmetries at a point, by name.
fn at(
    job: &Job,
    point: &[f64],
    covariance: Option<&Array2<f64>>,
) -> Vec<(String, f64, Option<f64>)> {
    let fractions = job.fractions(point, covariance).unwrap();
    let list = asymmetries(&job.models, &fractions, point, covariance).into_iter();
    list.map(|a| (a.name, a.value, a.error)).collect()
}

#[test]
fn asymmetries_are_those_of_the_rates_and_their_errors_follow_the_parameters() {
    let job = open(&format!("{HEAD}{VIOLATION}"));
    let point = job.parameters().start();
    let n = point.len();
    let covariance = Array2::from_shape_fn((n, n), |(a, b)| match a == b {
        true => 0.01,
        false => 0.002 / (1 + a.abs_diff(b)) as f64,
    });
    let found = at(&job, &point, Some(&covariance));
    let value = |name: &str| {
        let entry = found.iter().find(|(known, ..)| known == name);
        entry.unwrap_or_else(|| panic!("no {name} in {found:?}")).1
    };
    // By hand, on the events of the normalisation.
    let mut rates = Vec::new();
    for model in &job.models {
        let (lowered, sums) = job.phase_space(model).unwrap();
        let intensities = sums.intensities(&lowered.slots.slots(&point)).unwrap();
        rates.push(intensities.iter().sum::<f64>());
    }
    let want = (rates[0] - rates[1]) / (rates[0] + rates[1]);
    assert!((value("D0:rate") - want).abs() < 1e-12, "{found:?}");
    // |c|² of the rho: 0.64 + 0.09 and 0.36 + 0.16, over the same phase space.
    let want = (0.73 - 0.52) / (0.73 + 0.52);
    assert!((value("D0:rate rho(770)0") - want).abs() < 1e-12);
    let [f, g] = [0.73 / rates[0], 0.52 / rates[1]];
    let want = (f - g) / (f + g);
    assert!((value("D0:fraction rho(770)0") - want).abs() < 1e-12);
    let want = (0.73_f64.sqrt() - 0.52_f64.sqrt()) / 2.0;
    assert!((value("D0:dr rho(770)0.total") - want).abs() < 1e-14);
    let want = (0.3_f64.atan2(0.8) - 0.4_f64.atan2(0.6)) / 2.0;
    assert!((value("D0:dphi rho(770)0.total") - want).abs() < 1e-14);
    assert!((value("D0:rate K*(892)-")).abs() < 1e-12);
    // Errors against differences of second order.
    let h = 1e-5;
    let slopes: Vec<Vec<f64>> = (0..n)
        .map(|place| {
            let moved = |step: f64| {
                let mut point = point.clone();
                point[place] += step;
                at(&job, &point, None)
            };
            let pairs = moved(h).into_iter().zip(moved(-h));
            pairs
                .map(|(up, down)| (up.1 - down.1) / (2.0 * h))
                .collect()
        })
        .collect();
    for (place, (name, _, error)) in found.iter().enumerate() {
        let mut variance = 0.0;
        for a in 0..n {
            for b in 0..n {
                variance += slopes[a][place] * covariance[(a, b)] * slopes[b][place];
            }
        }
        let error = error.unwrap();
        assert!((error - variance.sqrt()).abs() < 1e-7, "{name}: {error}");
    }
}
