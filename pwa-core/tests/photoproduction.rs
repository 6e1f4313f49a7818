//! Photoproduction with reflectivities: numbers of the literature's formula, and what symmetry asks for.

mod toy;

use std::fmt::Write;

use pwa_core::sample::Sample;
use pwa_core::setup::Job;
use serde::Deserialize;
use toy::{
    Momentum, assert_differ, assert_same, flat, intensities, largest_difference, open, rotation,
    sample, transformed,
};

#[derive(Deserialize)]
struct Table {
    waves: Vec<Wave>,
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Wave {
    name: String,
    m: i32,
    reflectivity: i32,
    re: f64,
    im: f64,
}

#[derive(Deserialize)]
struct Event {
    momenta: Vec<Momentum>,
    degree: f64,
    angle: f64,
    intensity: std::collections::BTreeMap<String, f64>,
}

fn table() -> Table {
    serde_json::from_str(include_str!("oracle/photoproduction.json")).unwrap()
}

/// gamma p -> p eta pi0 with constant waves; `waves` stands in the chain.
fn config(photon: &str, z: &str, waves: &str, couplings: &str) -> String {
    let known = [("S", 0, 1), ("P", 1, -1), ("D", 2, 1)].into_iter();
    let used = known.filter(|(name, ..)| waves.contains(&format!("\"{name}\"")));
    let tables: Vec<String> = used
        .map(|(name, spin, parity)| {
            format!("[resonance.{name}]\nspin = {spin}\nparity = {parity}\nshape = \"constant\"\n")
        })
        .collect();
    format!(
        r#"gpuwa = 1
convention = "helicity-1"
[decay]
initial = {{ particle = "gp", z = "{z}", photon = {{ target = "p", recoil = "p", energy = 8.5, {photon} }} }}
final = ["p", "eta", "pi0"]
normalise = false
[[decay.chain]]
decay = "gp -> X p, X -> eta pi0"
{waves}
barrier = {{ X = "none" }}
{}[coupling]
{couplings}
"#,
        tables.concat()
    )
}

fn all_waves(photon: &str, z: &str) -> String {
    let mut couplings = String::new();
    let mark = |reflectivity| if reflectivity > 0 { "[+]" } else { "[-]" };
    for name in ["S", "P", "D"] {
        for reflectivity in [1, -1] {
            writeln!(couplings, "\"{name}{}.total\" = 1", mark(reflectivity)).unwrap();
        }
    }
    for wave in table().waves {
        let (mark, m) = (mark(wave.reflectivity), wave.m);
        let name = format!("{}{mark}.production[h={m},0]", wave.name);
        writeln!(
            couplings,
            "\"{name}\" = {{ re = {}, im = {} }}",
            wave.re, wave.im
        )
        .unwrap();
    }
    config(photon, z, "X = [\"S\", \"P\", \"D\"]", &couplings)
}

/// Of events with columns of the initial state.
fn with_columns(job: &Job, sample: &Sample) -> Vec<f64> {
    let (lowered, sums) = job.prepare(&job.models[0], &[(sample, "events")]).unwrap();
    let slots = lowered.slots.slots(&job.parameters().start());
    sums[0].intensities(&slots).unwrap()
}

#[test]
fn intensities_are_those_of_the_reflectivity_basis() {
    let table = table();
    let momenta: Vec<Vec<Momentum>> = table.events.iter().map(|e| e.momenta.clone()).collect();
    let mut events = sample(&momenta, vec![1.0; momenta.len()]);
    events.columns = vec![
        table.events.iter().map(|e| e.degree).collect(),
        table.events.iter().map(|e| e.angle).collect(),
    ];
    for frame in ["helicity", "gottfried-jackson"] {
        let expected: Vec<f64> = table.events.iter().map(|e| e.intensity[frame]).collect();
        for z in ["lab", "momentum"] {
            let photon = format!("degree = \"P\", angle = \"alpha\", frame = \"{frame}\"");
            let job = open(&all_waves(&photon, z));
            // 1e-11: masses of boosted events lose the digits that E² - p² cancels.
            let what = format!("{frame}, z = {z}");
            assert_same(&what, &with_columns(&job, &events), &expected, 1e-11);
        }
        for (event, expected) in table.events.iter().zip(&expected).take(5) {
            let photon = format!(
                "degree = {}, angle = {}, frame = \"{frame}\"",
                event.degree, event.angle
            );
            let job = open(&all_waves(&photon, "lab"));
            let momenta = std::slice::from_ref(&event.momenta);
            assert_same(
                "constants",
                &intensities(&job, momenta),
                &[*expected],
                1e-11,
            );
        }
    }
}

/// 1 ± P cos 2 Phi, Phi the angle of the polarisation to the production plane.
#[test]
fn an_s_wave_shows_the_naturality_of_the_exchange() {
    for (reflectivity, sign) in [(1, 1.0), (-1, -1.0)] {
        let waves = format!("X = [\"S\"]\nreflectivity = [{reflectivity}]");
        let job = open(&config("degree = 0.4, angle = 0.3", "lab", &waves, ""));
        let events = flat(&job, 50, 4);
        let expected: Vec<f64> = (events.iter())
            .map(|event| {
                let [_, x, y, _] = event[0];
                let plane = 2.0 * (0.3 - (-y).atan2(-x));
                (1.0 + sign * 0.4 * plane.cos()) / (2.0 * std::f64::consts::PI)
            })
            .collect();
        assert_same("S wave", &intensities(&job, &events), &expected, 1e-13);
    }
}

#[test]
fn turns_about_the_beam_turn_the_polarisation() {
    let job = |angle: f64| open(&all_waves(&format!("degree = 0.6, angle = {angle}"), "lab"));
    let events = flat(&job(0.2), 60, 5);
    let original = intensities(&job(0.2), &events);
    let turned = transformed(&events, rotation(0.9, 0.0, 0.0));
    assert_same("both", &intensities(&job(1.1), &turned), &original, 1e-12);
    assert_differ(
        "turns of events alone",
        &intensities(&job(0.2), &turned),
        &original,
    );
    // Half a turn of the plane is the same polarisation.
    let half = 0.2 - std::f64::consts::PI;
    assert_same(
        "half a turn",
        &intensities(&job(half), &events),
        &original,
        1e-13,
    );
}

/// A reflection at the plane of the polarisation, and one at a plane normal to it, change nothing: parity.
#[test]
fn reflections_at_the_plane_of_polarisation_change_nothing() {
    let job = open(&all_waves("degree = 0.6, angle = 0.0", "lab"));
    let events = flat(&job, 60, 6);
    let original = intensities(&job, &events);
    for (what, seen) in [
        ("y", transformed(&events, |[e, x, y, z]| [e, x, -y, z])),
        ("x", transformed(&events, |[e, x, y, z]| [e, -x, y, z])),
    ] {
        assert_same(what, &intensities(&job, &seen), &original, 1e-12);
    }
    let askew = open(&all_waves("degree = 0.6, angle = 0.5", "lab"));
    let reflected = transformed(&events, |[e, x, y, z]| [e, x, -y, z]);
    let original = intensities(&askew, &events);
    assert_differ("other planes", &intensities(&askew, &reflected), &original);
}

/// Reflectivities add without interference, whatever the polarisation; within one they interfere.
#[test]
fn reflectivities_do_not_interfere() {
    let job = |reflectivity: &str| {
        let waves = format!("X = [\"P\", \"D\"]\nreflectivity = [{reflectivity}]");
        open(&config("degree = 0.6, angle = 0.4", "lab", &waves, ""))
    };
    let events = flat(&job("1, -1"), 40, 7);
    let [both, plus, minus] = ["1, -1", "1", "-1"].map(|r| intensities(&job(r), &events));
    let sum: Vec<f64> = plus.iter().zip(&minus).map(|(a, b)| a + b).collect();
    assert_same("sum", &both, &sum, 1e-13);
    assert!(largest_difference(&plus, &minus) > 1e-2);
}
