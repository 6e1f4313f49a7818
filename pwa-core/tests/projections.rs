//! Distributions of data and model: what observables mean, and that the parts of the model are its whole.

use std::path::Path;
use std::sync::OnceLock;

use miette::Diagnostic;
use pwa_core::analysis::projection::{Observable, Pairs};
use pwa_core::config::Source;
use pwa_core::engine::CpuBackend;
use pwa_core::generate::GeneratedEvents;
use pwa_core::setup::{Drawn, Job, Overrides, ProjectionRequest};

fn job() -> Job<'static> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/jpsi-gpipi/fit.toml");
    let source = Source::open(&path).expect("the example is there");
    Job::open(source, &Overrides::default(), &CpuBackend::BEST).expect("the example is a model")
}

fn flat() -> (Job<'static>, GeneratedEvents) {
    let job = job();
    let events = job
        .flat_sample(&job.models[0], 500, 3)
        .expect("the decay has a phase space");
    (job, events)
}

fn values(job: &Job, events: &GeneratedEvents, text: &str) -> Vec<f64> {
    let observable =
        Observable::parse(text, &job.models[0]).unwrap_or_else(|error| panic!("{error}"));
    observable.values(&job.models[0], &events.events())
}

#[test]
fn masses_are_those_of_the_momenta() {
    let (job, events) = flat();
    let columns = events.particles();
    let sum = |component: usize, event: usize| {
        columns[1][component][event] + columns[2][component][event]
    };
    for (event, mass) in values(&job, &events, "m(pi+ pi-)").into_iter().enumerate() {
        let [e, x, y, z] = [0, 1, 2, 3].map(|component| sum(component, event));
        let wanted = (e * e - x * x - y * y - z * z).sqrt();
        assert!((mass - wanted).abs() < 1e-12, "{mass} {wanted}");
    }
    for difference in values(&job, &events, "m(pi+, pi-)^2 - m2(pi- pi+)") {
        assert!(difference.abs() < 1e-12);
    }
    for (p, e) in values(&job, &events, "p(gamma)")
        .into_iter()
        .zip(values(&job, &events, "E(gamma)"))
    {
        assert!((p - e).abs() < 1e-7, "a photon has no mass");
    }
}

/// s_13 = m1² + m3² + 2 (E1 E3 - p1 p3 cos θ) in the rest frame of 1 and 2, with θ between 1 and the direction that
/// 1 and 2 together fly in, which is opposite to that of 3.
#[test]
fn the_helicity_cosine_is_linear_in_the_other_mass_squared() {
    let (job, events) = flat();
    let read = |text: &str| values(&job, &events, text);
    let (s12, s13, cos) = (
        read("m2(pi+ pi-)"),
        read("m2(gamma pi+)"),
        read("costheta(pi+ | pi+ pi-)"),
    );
    let whole = read("m2(gamma pi+ pi-)");
    let m = job.models[0].finals[1].mass;
    for event in 0..events.len() {
        let pair = s12[event].sqrt();
        let (e1, e3) = (0.5 * pair, (whole[event] - s12[event]) / (2.0 * pair));
        let p1 = (e1 * e1 - m * m).sqrt();
        let wanted = m * m + 2.0 * (e1 * e3 + p1 * e3 * cos[event]);
        assert!(
            (s13[event] - wanted).abs() < 1e-9,
            "{} {wanted}",
            s13[event]
        );
    }
}

#[test]
fn angles_of_the_whole_may_name_it() {
    let (job, events) = flat();
    let short = values(&job, &events, "phi(gamma)");
    assert_eq!(short, values(&job, &events, "phi(gamma | gamma pi+ pi-)"));
    let columns = &events.particles()[0];
    for (event, cos) in values(&job, &events, "costheta(gamma)")
        .into_iter()
        .enumerate()
    {
        assert!((cos - columns[3][event] / columns[0][event]).abs() < 1e-12);
        assert!((short[event] - columns[2][event].atan2(columns[1][event])).abs() < 1e-12);
    }
}

#[test]
fn mistakes_in_observables_are_shown_at_their_place() {
    let job = job();
    for (text, problem, at) in [
        ("m(pi+ K-)", "`K-` is no final particle", 6..8),
        ("m(pi+ pi+)", "`pi+` stands twice", 6..9),
        ("m()", "no particle is named", 2..2),
        ("m(pi+ pi-) + x", "`x` is no variable of the event", 13..14),
        ("1 + 2", "it does not depend on the event", 0..5),
        ("m(pi+ pi-", "the formula ends where", 9..9),
        (
            "2 * i * m(pi+ pi-)",
            "a complex number has no distribution",
            0..18,
        ),
        ("m(pi+ | pi+ pi-)", "`m` takes one set", 0..16),
        (
            "costheta(pi+ | gamma pi-)",
            "each set has to hold the one before it",
            0..25,
        ),
    ] {
        let Err(error) = Observable::parse(text, &job.models[0]) else {
            panic!("{text} is taken");
        };
        assert!(error.to_string().contains(problem), "{text}: {error}");
        let label = error
            .labels()
            .and_then(|mut labels| labels.next())
            .expect("a place");
        assert_eq!(
            label.offset()..label.offset() + label.len(),
            at,
            "{text}: {error}"
        );
    }
}

fn drawn() -> &'static Drawn {
    static DRAWN: OnceLock<Drawn> = OnceLock::new();
    DRAWN.get_or_init(|| {
        let job = job();
        let sets = job.load().expect("the example has its samples");
        let request = ProjectionRequest {
            pairs: Pairs::Each,
            ..ProjectionRequest::default()
        };
        job.projections(&sets, &request)
            .expect("the example has Monte Carlo")
            .swap_remove(0)
    })
}

#[test]
fn all_masses_and_angles_of_the_model_are_there() {
    let names: Vec<&str> = drawn()
        .projections
        .iter()
        .map(|p| p.x.text.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "m(gamma pi+)",
            "m(gamma pi-)",
            "m(pi+ pi-)",
            "costheta(gamma)",
            "phi(gamma)",
            "costheta(pi+ | pi+ pi-)",
            "phi(pi+ | pi+ pi-)",
        ]
    );
    assert_eq!(drawn().planes.len(), 3);
}

#[test]
fn every_projection_holds_all_events_and_the_model_as_many() {
    for projection in &drawn().projections {
        let data: f64 = projection.data.iter().sum();
        assert_eq!(data, 4000.0, "{}", projection.x.text);
        let model: f64 = projection.model.iter().sum();
        assert!(
            (model - 4000.0).abs() < 1e-6,
            "{}: {model}",
            projection.x.text
        );
    }
    for plane in &drawn().planes {
        assert_eq!(plane.data.iter().sum::<f64>(), 4000.0);
    }
}

#[test]
fn components_and_interference_are_the_model_in_every_bin() {
    for projection in &drawn().projections {
        assert_eq!(projection.components.len(), 5);
        assert_eq!(projection.pairs.len(), 10);
        for bin in 0..projection.data.len() {
            let of = |list: &[pwa_core::analysis::projection::Named]| -> f64 {
                list.iter().map(|named| named.contents[bin]).sum()
            };
            let model = projection.model[bin];
            let parts = of(&projection.components) + projection.interference[bin];
            assert!((parts - model).abs() < 1e-9 * model.max(1.0));
            let pairs = of(&projection.pairs);
            assert!((pairs - projection.interference[bin]).abs() < 1e-6 * model.max(1.0));
        }
    }
}

/// At the truth pulls have a variance of one; 0.2 is four times the scatter of that variance in 400 bins.
#[test]
fn pulls_of_toys_at_the_truth_are_standard() {
    let truth = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/jpsi-gpipi/truth.json"),
    )
    .expect("the example has its truth");
    let truth: std::collections::BTreeMap<String, f64> =
        serde_json::from_str(&truth).expect("names and values");
    let mut job = job();
    let values = truth.iter().map(|(name, value)| (name.as_str(), *value));
    let mut parameters = job.parameters().clone();
    pwa_core::setup::set_values(&mut parameters, values).expect("parameters of the model");
    job.set_parameters(parameters);
    let sets = job.load().expect("the example has its samples");
    let drawn = job
        .projections(&sets, &ProjectionRequest::default())
        .expect("the example has Monte Carlo");
    let of = |p: &pwa_core::analysis::projection::Projection| -> Vec<f64> {
        let filled = p
            .pulls
            .iter()
            .zip(&p.model)
            .filter(|(_, model)| **model > 5.0);
        filled.filter_map(|(pull, _)| *pull).collect()
    };
    let pulls: Vec<f64> = drawn[0].projections.iter().flat_map(of).collect();
    let square = pulls.iter().map(|pull| pull * pull).sum::<f64>() / pulls.len() as f64;
    assert!(pulls.len() > 300, "{}", pulls.len());
    assert!((square - 1.0).abs() < 0.2, "{square}");
    let chi2 = job
        .adaptive_chi2(&sets, 10, 25.0)
        .expect("the example has Monte Carlo")
        .expect("enough events");
    assert_eq!(chi2.variables, ["m2(gamma pi+)", "m2(pi+ pi-)"]);
    assert_eq!(chi2.ndf[1] - chi2.ndf[0], 10);
    assert!(chi2.p_values[1] > 1e-3, "{chi2:?}");
    // At the config's values the model is another one.
    let wrong = self::job();
    let chi2 = wrong
        .adaptive_chi2(&sets, 10, 25.0)
        .expect("as before")
        .expect("as before");
    assert!(chi2.p_values[1] < 1e-6, "{chi2:?}");
}
