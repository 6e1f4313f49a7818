//! What the size of the Monte Carlo does to a fit: the formula against fits of the same data with many samples.

use ndarray::Array2;
use pwa_core::analysis::spread;
use pwa_core::config::Source;
use pwa_core::engine::CpuBackend;
use pwa_core::fit::Profile;
use pwa_core::generate::ToyOptions;
use pwa_core::objective::{Objective, Order};
use pwa_core::sample::Sample;
use pwa_core::setup::{Job, LoadedSet, Overrides, coordinates, monte_carlo_covariance};

const CONFIG: &str = r#"
gpuwa = 1
convention = "helicity-1"

[decay]
initial = "D0"
final = ["K-", "pi+", "pi0"]

[[decay.chain]]
decay = "D0 -> R pi0, R -> K- pi+"
R = ["Kbar*(892)0"]
weak = ["D0"]

[[decay.chain]]
decay = "D0 -> R K-, R -> pi+ pi0"
R = ["rho(770)+"]
weak = ["D0"]

[resonance."Kbar*(892)0"]
mass = { start = 0.8955, free = true, limits = [0.85, 0.94] }

[coupling]
"rho(770)+.total" = { modulus = 1.4, phase = 0.9 }

# The ratio itself is not linear in what fluctuates by a tenth of it.
[quantity.ratio]
formula = "log(k / r)"
fractions = { k = "Kbar*(892)0", r = "rho(770)+" }

[phase_space]
events = 2000
"#;

fn job(phase_space: u64) -> Job<'static> {
    let text = format!("{CONFIG}seed = {phase_space}\n");
    let source = Source::new("monte-carlo.toml", text, "".as_ref());
    let job = Job::open(source, &Overrides::default(), &CpuBackend::BEST);
    job.expect("a model").for_fit().expect("a fit").0
}

/// The minimum of the same data with another Monte Carlo, and H^-1 there.
fn fitted(job: &Job, sets: &[LoadedSet]) -> (Vec<f64>, Array2<f64>) {
    let (_, likelihood) = job.likelihood(sets).expect("a likelihood");
    let coordinates = coordinates(job.parameters());
    let profile = Profile::new(&likelihood, &coordinates, 1e-8, &|| false).expect("a minimum");
    (profile.minimum.point, profile.covariance)
}

fn data(job: &Job) -> Sample {
    let (model, options) = (&job.models[0], ToyOptions::new(1500, 3));
    let toys = job.toys(model, &options, |_| ()).expect("toys");
    Job::generated_sample(model, &toys.events)
}

/// These data with the Monte Carlo of a seed.
fn sets(job: &Job, data: &Sample, seed: u64, generated: Option<f64>) -> [LoadedSet; 1] {
    let model = &job.models[0];
    // The direction in space means nothing to a spinless particle: it decides on acceptance and weight.
    let events = job.flat_sample(model, 3000, seed).expect("phase space");
    let mut monte_carlo = Job::generated_sample(model, &events);
    if generated.is_some() {
        let accepted: Vec<usize> = (0..monte_carlo.len())
            .filter(|&event| monte_carlo.particles[0].pz[event] > -0.2)
            .collect();
        monte_carlo = monte_carlo.part(&accepted);
    }
    // With these as many events are expected as there are data where the likelihood is extended.
    let expected = if generated.is_some() { 800.0 } else { 1.0 };
    let sides = monte_carlo.particles[0].py.iter();
    monte_carlo.weights = sides
        .map(|&py| expected * if py > 0.0 { 1.4 } else { 0.6 })
        .collect();
    [LoadedSet {
        name: "data".to_owned(),
        model: 0,
        data: data.clone(),
        monte_carlo: Some(monte_carlo),
        generated,
        background: None,
    }]
}

/// Variances over 100 samples are good to 14 %.
const SAMPLES: u64 = 100;
const TOLERANCE: f64 = 4.0 * 0.14;

fn agree(spread: &Array2<f64>, formula: &Array2<f64>) {
    for place in 0..formula.nrows() {
        let ratio = spread[(place, place)] / formula[(place, place)];
        assert!((ratio - 1.0).abs() < TOLERANCE, "{place}: {ratio}");
    }
}

fn covariance(rows: &[Vec<f64>]) -> Array2<f64> {
    spread(rows).expect("many samples").1
}

#[test]
fn minima_of_the_same_data_spread_over_monte_carlo_samples_as_the_formula_says() {
    let job = job(1);
    let data = data(&job);
    let first = sets(&job, &data, 100, None);
    let (point, inverse) = fitted(&job, &first);
    let (_, likelihood) = job.likelihood(&first).expect("a likelihood");
    let formula = monte_carlo_covariance(&likelihood, &first, &point, &inverse)
        .expect("errors")
        .expect("no background");
    let all = (0..SAMPLES).map(|sample| fitted(&job, &sets(&job, &data, 100 + sample, None)).0);
    agree(&covariance(&all.collect::<Vec<_>>()), &formula);
}

/// The gradient is linear in the Monte Carlo there; the mass of a narrow resonance is not linear in the gradient.
#[test]
fn so_does_the_gradient_of_an_extended_likelihood() {
    let job = job(1);
    let data = data(&job);
    let gradient = |sample: u64, point: &[f64]| {
        let sets = sets(&job, &data, 100 + sample, Some(3000.0));
        let (_, likelihood) = job.likelihood(&sets).expect("a likelihood");
        let at = likelihood.evaluate(point, Order::Gradient);
        at.expect("a value")
            .gradient
            .expect("was asked for")
            .to_vec()
    };
    let first = sets(&job, &data, 100, Some(3000.0));
    let (point, _) = fitted(&job, &first);
    let (_, likelihood) = job.likelihood(&first).expect("a likelihood");
    let weights = &first[0].monte_carlo().expect("Monte Carlo").weights[..];
    let formula = likelihood.monte_carlo_scores(&point, &[weights]);
    let all: Vec<_> = (0..SAMPLES)
        .map(|sample| gradient(sample, &point))
        .collect();
    agree(&covariance(&all), &formula.expect("scores"));
}

/// Through the parameters and through the sums over phase space: with both samples drawn again.
#[test]
fn fractions_and_quantities_of_the_same_data_spread_as_the_formula_says() {
    let start = job(1);
    let data = data(&start);
    let first = sets(&start, &data, 100, None);
    let (point, inverse) = fitted(&start, &first);
    let (_, likelihood) = start.likelihood(&first).expect("a likelihood");
    let formula = monte_carlo_covariance(&likelihood, &first, &point, &inverse)
        .expect("errors")
        .expect("no background");
    let spaces = start.phase_spaces().expect("phase space");
    let fractions = spaces.fractions(&point, None).expect("fractions");
    let mut numbers = spaces.dependences(&fractions);
    let quantities = start.quantity_values(&point, None).expect("quantities");
    numbers.extend(quantities.1);
    let formula = spaces
        .monte_carlo_covariance(&point, &numbers, &formula)
        .expect("errors");
    let all = (0..SAMPLES).map(|sample| {
        let mut own = job(2 + sample);
        // The same normalisation of waves: another one is another coupling.
        for (model, first) in own.models.iter_mut().zip(&start.models) {
            model.scales.clone_from(&first.scales);
        }
        let (point, _) = fitted(&own, &sets(&start, &data, 100 + sample, None));
        let fractions = own.fractions(&point, None).expect("fractions");
        let quantities = own.quantity_values(&point, None).expect("quantities");
        let numbers = fractions[0].fractions.iter().chain(&quantities.0);
        numbers.map(|number| number.value).collect::<Vec<_>>()
    });
    agree(&covariance(&all.collect::<Vec<_>>()), &formula);
}
