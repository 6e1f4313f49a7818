//! What nature does not feel, the amplitudes must not feel either: rotations, boosts, the names of
//! identical particles, the order in which a config lists things.

mod toy;

use pwa_core::model::ParameterRole;
use pwa_core::objective::{Objective, Order};
use pwa_core::setup::{Job, LoadedSet};
use toy::{
    Momentum, assert_differ, assert_same, boost, flat, fractions, intensities, models, noise, open,
    parity, ready, ready_with_charge, rotation, sample, transformed,
};

const JPSI: &str = "\"J/psi(1S)\"";
const BEAM: &str = "{ particle = \"J/psi(1S)\", helicities = [-1, 1] }";
const GAMMA: &str = "\"gamma\"";

/// Every kind of model, of an unpolarised initial particle.
fn unpolarised() -> Vec<(&'static str, String)> {
    let lambda_b = "\"Lambda(b)0\"";
    let flying = "{ particle = \"Lambda(b)0\", z = \"momentum\" }";
    vec![
        ("identical pions", models::identical_pions("")),
        ("identical fermions", models::identical_fermions()),
        ("photon", models::photon(JPSI, GAMMA, "")),
        ("alignment", models::alignment(lambda_b, "")),
        (
            "alignment, z along the flight",
            models::alignment(flying, ""),
        ),
        ("two orders", models::two_orders("J/psi(1S) L")),
        ("four particles", models::four_body()),
        ("five particles", models::five_body()),
        ("six particles", models::six_body()),
    ]
}

/// Couplings of all waves away from 1, so that waves interfere.
fn detuned(config: &str) -> Job<'static> {
    let mut job = open(config);
    let mut noise = noise(5);
    for id in job.parameters().free() {
        let parameter = std::sync::Arc::make_mut(&mut job.models[0].parameters).get_mut(id);
        if parameter.role != ParameterRole::Shape {
            parameter.start += 0.7 * noise();
        }
    }
    job
}

#[test]
fn rotations_and_boosts_of_all_events_change_no_intensity() {
    for (name, config) in unpolarised() {
        let job = detuned(&config);
        let events = flat(&job, 40, 11);
        let at_rest = intensities(&job, &events);
        let mut noise = noise(3);
        for _ in 0..4 {
            let turn = rotation(3.1 * noise(), 1.5 + 1.5 * noise(), 3.1 * noise());
            let velocity = [0.5 * noise(), 0.5 * noise(), 0.5 * noise()];
            let (turned, moved) = (
                transformed(&events, &turn),
                transformed(&events, boost(velocity)),
            );
            // Boosted events are measured in a frame with axes of its own (`momentum`), or in the
            // rotated one: two more turns, which must not matter either.
            let both = transformed(&turned, boost(velocity));
            for (how, seen) in [("turned", turned), ("moved", moved), ("both", both)] {
                // 1e-10: masses of boosted events lose the digits that E² - p² cancels.
                assert_same(
                    &format!("{name}, {how}"),
                    &intensities(&job, &seen),
                    &at_rest,
                    1e-10,
                );
            }
        }
    }
}

/// A J/psi of e+e- has projections ±1 along the beam: turns about the beam change nothing, others do.
#[test]
fn a_polarised_initial_particle_feels_turns_away_from_its_axis_only() {
    let job = detuned(&models::photon(BEAM, GAMMA, ""));
    let events = flat(&job, 60, 12);
    let original = intensities(&job, &events);
    let about_beam = transformed(&events, rotation(1.1, 0.0, 0.4));
    assert_same(
        "about the beam",
        &intensities(&job, &about_beam),
        &original,
        1e-11,
    );
    let boosted = transformed(&events, boost([0.0, 0.0, 0.4]));
    assert_same(
        "along the beam",
        &intensities(&job, &boosted),
        &original,
        1e-11,
    );
    let away = transformed(&events, rotation(0.0, 0.8, 0.0));
    assert_differ(
        "turns away from the beam",
        &intensities(&job, &away),
        &original,
    );
}

/// z = "momentum": the axis flies with the particle, so a turn of everything changes nothing.
#[test]
fn a_spin_along_the_flight_turns_with_the_flight() {
    let polarised = "{ particle = \"Lambda(b)0\", helicities = [0.5], z = \"momentum\" }";
    let job = detuned(&models::alignment(polarised, ""));
    let events = transformed(&flat(&job, 40, 13), boost([0.1, -0.3, 0.2]));
    let original = intensities(&job, &events);
    let turned = transformed(&events, rotation(0.7, 1.2, -2.0));
    assert_same("turned", &intensities(&job, &turned), &original, 1e-10);
    let lab = polarised.replace("momentum", "lab");
    let job = detuned(&models::alignment(&lab, ""));
    assert_differ("axes", &intensities(&job, &events), &original);
}

#[test]
fn exchanged_identical_particles_are_the_same_event() {
    let exchange = |events: &[Vec<Momentum>], a: usize, b: usize| {
        let mut events = events.to_vec();
        events.iter_mut().for_each(|event| event.swap(a, b));
        events
    };
    for (config, a, b) in [
        (models::identical_pions(""), 1, 2),
        (models::identical_fermions(), 0, 1),
        (models::four_body(), 1, 3),
    ] {
        let job = detuned(&config);
        let events = flat(&job, 60, 14);
        let original = intensities(&job, &events);
        assert_same(
            "exchanged",
            &intensities(&job, &exchange(&events, a, b)),
            &original,
            1e-11,
        );
    }
}

#[test]
fn fractions_and_interference_sum_to_one() {
    for (name, config) in unpolarised() {
        let job = detuned(&config);
        let found = fractions(&job, &flat(&job, 200, 15));
        let all = found.fractions.iter().chain(&found.interference);
        let sum: f64 = all.map(|fraction| fraction.value).sum();
        assert!((sum - 1.0).abs() < 1e-12, "{name}: {sum}");
        assert!(
            found.fractions.iter().all(|f| f.value > 0.0),
            "{name}: {:?}",
            found.fractions
        );
    }
}

/// Each wave alone, at couplings of one, has a mean intensity of one over phase space.
#[test]
fn waves_are_normalised_over_phase_space() {
    let normalised = unpolarised().into_iter();
    for (name, config) in normalised.filter(|(_, config)| !config.contains("normalise = false")) {
        let mut job = open(&config);
        let parameters = std::sync::Arc::make_mut(&mut job.models[0].parameters);
        let roles: Vec<_> = parameters.iter().map(|(id, p)| (id, p.role)).collect();
        for (id, role) in roles {
            parameters.get_mut(id).start = match role {
                ParameterRole::Re | ParameterRole::Modulus => 1.0,
                ParameterRole::Im | ParameterRole::Phase => 0.0,
                ParameterRole::Shape | ParameterRole::Density => continue,
            };
        }
        let (lowered, sums) = job.phase_space(&job.models[0]).unwrap();
        let slots = lowered.slots.slots(&job.parameters().start());
        let gram = sums.gram(&slots, false).unwrap();
        let events = job.document.phase_space.events as f64;
        for k in 0..lowered.plan.coefficients {
            let squared = slots[2 * k].powi(2) + slots[2 * k + 1].powi(2);
            let mean = squared * gram.matrix[(k, k)].re / events;
            // Two sums over the events in different orders.
            assert!((mean - 1.0).abs() < 1e-12, "{name}, wave {k}: {mean}");
        }
    }
}

fn set(job: &Job, events: u64) -> Vec<LoadedSet> {
    let data = flat(job, events, 16);
    let mc = flat(job, 3 * events, 17);
    let weight = |n: usize| {
        (0..n)
            .map(|i| 0.5 + (i % 7) as f64 / 6.0)
            .collect::<Vec<_>>()
    };
    vec![LoadedSet {
        background: None,
        name: "data".to_owned(),
        model: 0,
        data: sample(&data, weight(data.len())),
        monte_carlo: Some(sample(&mc, weight(mc.len()))),
        generated: None,
    }]
}

fn nll(job: &Job, sets: &[LoadedSet]) -> f64 {
    let (_, likelihood) = job.likelihood(sets).unwrap();
    let point = job.parameters().start();
    likelihood.evaluate(&point, Order::Value).unwrap().value
}

/// Couplings of any size are fine: nothing is clipped on the way.
#[test]
fn a_common_scale_of_all_couplings_changes_no_likelihood() {
    for (name, config) in unpolarised() {
        let mut job = detuned(&config);
        let sets = set(&job, 60);
        let weight: f64 = sets[0].data.weights.iter().sum();
        let before = nll(&job, &sets);
        for factor in [1e-6, 1e6] {
            let totals: Vec<_> = job.models[0]
                .chains
                .iter()
                .map(|chain| chain.total)
                .collect();
            for total in totals {
                for part in job.parameters().coupling(total).parts {
                    std::sync::Arc::make_mut(&mut job.models[0].parameters)
                        .get_mut(part)
                        .start *= factor;
                }
            }
            let after = nll(&job, &sets);
            assert!(
                (after - before).abs() < 1e-9 * weight,
                "{name}: {before}, then {after}"
            );
        }
    }
}

/// An antiparticle's event, seen in a mirror, is the particle's.
#[test]
fn conjugate_events_are_mirrored_ones() {
    let mut felt = false;
    for (name, config) in unpolarised() {
        let job = detuned(&config);
        let events = flat(&job, 40, 18);
        let mirrored = transformed(&events, parity);
        let conjugate = ready_with_charge(&job, &mirrored, -1.0);
        let original = intensities(&job, &events);
        assert_same(
            name,
            &conjugate.sums.intensities(&conjugate.slots).unwrap(),
            &original,
            1e-14,
        );
        let seen = intensities(&job, &mirrored);
        felt |= toy::largest_difference(&seen, &original) > 1e-3;
    }
    // Otherwise the test shows nothing: weak decays do tell left from right.
    assert!(felt);
}

#[test]
fn a_photon_has_two_helicities_and_they_add_incoherently() {
    let config = |photon: &str| models::photon(JPSI, photon, "normalise = false");
    let both = detuned(&config(GAMMA));
    let events = flat(&both, 40, 19);
    let rows = ready(&both, &events).lowered.rows;
    // J/psi, then gamma, pi+, pi-: three by two helicities.
    assert_eq!(rows.len(), 6);
    assert!(
        rows.iter()
            .all(|row| !row.split(',').nth(1).unwrap().eq("0"))
    );
    let one = |helicity: i32| {
        let entry = format!("{{ particle = \"gamma\", helicities = [{helicity}] }}");
        intensities(&detuned(&config(&entry)), &events)
    };
    let sum: Vec<f64> = one(-1).iter().zip(one(1)).map(|(a, b)| a + b).collect();
    assert_same(
        "sum of helicities",
        &sum,
        &intensities(&both, &events),
        1e-13,
    );
}

#[test]
fn initial_projections_add_incoherently() {
    let config = |helicities: &str| {
        let entry = format!("{{ particle = \"J/psi(1S)\", helicities = [{helicities}] }}");
        models::photon(&entry, GAMMA, "normalise = false")
    };
    let job = detuned(&config("-1, 0, 1"));
    let events = flat(&job, 40, 20);
    let mut sum = vec![0.0; events.len()];
    for helicity in ["-1", "0", "1"] {
        let part = intensities(&detuned(&config(helicity)), &events);
        sum.iter_mut()
            .zip(part)
            .for_each(|(sum, part)| *sum += part);
    }
    assert_same(
        "sum of projections",
        &sum,
        &intensities(&job, &events),
        1e-13,
    );
    let default = detuned(&models::photon(JPSI, GAMMA, "normalise = false"));
    assert_same("default", &intensities(&default, &events), &sum, 1e-13);
}

/// The daughters of a decay may be listed either way: the wave changes by a constant phase, a power of
/// i. (Fermions once changed sign with the azimuth of the event.)
#[test]
fn the_order_of_daughters_is_a_constant_phase() {
    let job = open(&models::two_orders("L J/psi(1S)"));
    let events = flat(&job, 200, 21);
    let one_way = intensities(&job, &events);
    let config = models::two_orders("J/psi(1S) L");
    let couplings = [
        "re = 0.6, im = -0.8",
        "re = 0.8, im = 0.6",
        "re = -0.6, im = 0.8",
        "re = -0.8, im = -0.6",
    ];
    let differences = couplings.map(|coupling| {
        let turned = config.replace(couplings[0], coupling);
        toy::largest_difference(&intensities(&open(&turned), &events), &one_way)
    });
    let agreeing = differences.iter().filter(|&&difference| difference < 1e-11);
    assert_eq!(agreeing.count(), 1, "{differences:?}");
}

/// Which frame the helicities of final particles refer to follows from the order of chains; what is
/// summed over the helicities does not.
#[test]
fn the_order_of_chains_changes_no_intensity() {
    for config in [
        models::alignment("\"Lambda(b)0\"", "normalise = false"),
        models::identical_fermions().replace("[decay]", "[decay]\nnormalise = false"),
        models::five_body().replace("[decay]", "[decay]\nnormalise = false"),
        models::six_body().replace("[decay]", "[decay]\nnormalise = false"),
    ] {
        let [head, first, rest] = config.split("[[decay.chain]]").collect::<Vec<_>>()[..] else {
            panic!("two chains: {config}");
        };
        let (second, tail) = rest.split_at(rest.find("[resonance").unwrap());
        let reordered = format!("{head}[[decay.chain]]{second}[[decay.chain]]{first}{tail}");
        let (job, other) = (open(&config), open(&reordered));
        let events = flat(&job, 60, 22);
        assert_same(
            "reordered",
            &intensities(&other, &events),
            &intensities(&job, &events),
            1e-11,
        );
    }
}

/// Two protons in a wave that Pauli allows are there, in one that he forbids are not.
#[test]
fn identical_fermions_obey_pauli() {
    let one_pair = |ls: &str| {
        let config = models::identical_fermions().replace("[decay]", "[decay]\nnormalise = false");
        let (head, rest) = config
            .split_once("[[decay.chain]]\ndecay = \"A -> p R")
            .unwrap();
        let tail = &rest[rest.find("[resonance.\"d*\"]").unwrap()..];
        let job = open(&format!("{head}{tail}").replace("D = [[1, 1]]", ls));
        let events = flat(&job, 30, 23);
        intensities(&job, &events).iter().sum::<f64>() / 30.0
    };
    assert!(one_pair("D = [[1, 1]]") > 1e-2);
    assert!(one_pair("D = [[1, 0]]") < 1e-20);
}
