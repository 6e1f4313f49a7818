//! Tests of the fit on an example whose truth is known: they accept it and refuse another model.

use std::collections::BTreeMap;
use std::path::Path;

use pwa_core::config::Source;
use pwa_core::engine::CpuBackend;
use pwa_core::setup::{GofRequest, GofTest, Goodness, Job, Overrides, set_values};

fn example(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../data/jpsi-gpipi")
        .join(file)
}

fn job() -> Job<'static> {
    let source = Source::open(&example("fit.toml")).expect("the example is there");
    Job::open(source, &Overrides::default(), &CpuBackend::BEST).expect("the example is a model")
}

fn at_the_truth() -> Job<'static> {
    let text = std::fs::read_to_string(example("truth.json")).expect("the example has its truth");
    let truth: BTreeMap<String, f64> = serde_json::from_str(&text).expect("names and values");
    let mut job = job();
    let mut parameters = job.parameters().clone();
    let values = truth.iter().map(|(name, value)| (name.as_str(), *value));
    set_values(&mut parameters, values).expect("parameters of the model");
    job.set_parameters(parameters);
    job
}

fn goodness(job: &Job, request: &GofRequest) -> Goodness {
    let sets = job.load().expect("the example has its samples");
    job.goodness(&sets, 10, request)
        .expect("the example has Monte Carlo")
}

fn request() -> GofRequest {
    GofRequest {
        points: 800,
        permutations: 199,
        ..GofRequest::default()
    }
}

#[test]
fn the_truth_passes_every_test() {
    let found = goodness(&at_the_truth(), &request());
    assert_eq!(found.refused, [""; 0]);
    let chi2 = found.adaptive_chi2.expect("enough events");
    assert!(chi2.p_values[1] > 1e-3, "{chi2:?}");
    let tests: Vec<&str> = found.points.iter().map(|point| point.test).collect();
    assert_eq!(tests, ["mixed-sample", "energy"]);
    for point in &found.points {
        assert!(point.result.p_value > 0.005, "{point:?}");
        assert_eq!(point.compared[0], 800);
        assert!(
            point.variables.contains(&"m(pi+ pi-)".to_owned()),
            "{point:?}"
        );
    }
    let moments = &found.moments[0].moments;
    assert_eq!(moments.mass.text, "m(pi+ pi-)");
    assert_eq!(moments.moments.len(), 25);
    for moment in &moments.moments {
        assert!(moment.p_value > 1e-3, "{moment:?}");
    }
}

#[test]
fn another_model_fails_every_test() {
    let found = goodness(&job(), &request());
    for point in &found.points {
        assert!(point.result.p_value <= 0.01, "{point:?}");
    }
    let smallest = found
        .moments
        .iter()
        .flat_map(|decay| &decay.moments.moments);
    let smallest = smallest.map(|moment| moment.p_value).fold(1.0, f64::min);
    assert!(smallest < 1e-6, "{smallest}");
}

#[test]
fn the_zeroth_moment_counts_events() {
    let only = GofRequest {
        tests: vec![GofTest::Moments],
        ..request()
    };
    let found = goodness(&at_the_truth(), &only);
    assert!(found.points.is_empty() && found.adaptive_chi2.is_none());
    let zeroth = &found.moments[0].moments.moments[0];
    let sum = |values: &[f64]| values.iter().sum::<f64>();
    assert_eq!(sum(&zeroth.data), 4000.0);
    assert!((sum(&zeroth.model) - 4000.0).abs() < 1e-6);
}

#[test]
fn any_formula_is_a_coordinate() {
    let only = GofRequest {
        tests: vec![GofTest::Energy],
        observables: vec!["m2(pi+ pi-)".to_owned()],
        ..request()
    };
    let found = goodness(&at_the_truth(), &only);
    assert_eq!(found.points.len(), 1);
    assert_eq!(found.points[0].variables, ["m2(pi+ pi-)"]);
    assert!(found.points[0].result.p_value > 0.005, "{found:?}");
}
