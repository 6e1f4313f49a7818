//! `copies`: data that were measured with a resolution, each event as smeared copies of itself.

mod support;

use std::f64::consts::TAU;
use std::path::Path;

use pwa_core::sample::{read_columns, write_columns};
use serde_json::Value;
use support::number;
use support::story::Story;

/// Masses in GeV, and the resonance of a and b: as narrow as its mass is measured.
const M: f64 = 2.0;
const A: f64 = 0.5;
const B: f64 = 0.14;
const C: f64 = 0.3;
const MASS: f64 = 1.0;
const WIDTH: f64 = 0.02;
const RESOLUTION: f64 = 0.012;
const EVENTS: usize = 1500;
const COPIES: usize = 60;

fn config(data: &str) -> String {
    format!(
        r#"gpuwa = 1
convention = "helicity-1"
[decay]
initial = "B"
final   = ["a", "b", "c"]
[[decay.chain]]
decay = "B -> R c, R -> a b"
[particle.B]
mass = {M}
spin = 0
[particle.a]
mass = {A}
spin = 0
[particle.b]
mass = {B}
spin = 0
[particle.c]
mass = {C}
spin = 0
[resonance.R]
spin  = 0
mass  = {{ start = {MASS}, free = true }}
width = {{ start = {WIDTH}, free = true }}
shape = "breit-wigner"
[phase_space]
events = 200
[fit]
starts = 1
[data]
{data}
[mc]
files = "mc.root"
"#
    )
}

/// Numbers in [0, 1) that are the same everywhere.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        // The multiplier and increment of Knuth's MMIX.
        self.0 = (self.0)
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (TAU * self.uniform()).cos()
    }
}

fn breakup(m: f64, a: f64, b: f64) -> f64 {
    let kallen = (m * m - (a + b).powi(2)) * (m * m - (a - b).powi(2));
    kallen.max(0.0).sqrt() / (2.0 * m)
}

/// dΦ/dm of B -> (a b) c, up to a factor.
fn phase_space(m: f64) -> f64 {
    breakup(m, A, B) * breakup(M, m, C)
}

/// E, px, py, pz of a, b, c where a and b have mass m and a this direction.
fn momenta(m: f64, cosine: f64) -> [[f64; 4]; 3] {
    let (p, q) = (breakup(M, m, C), breakup(m, A, B));
    let energy = |m: f64, p: f64| (m * m + p * p).sqrt();
    let (gamma, beta_gamma) = (energy(m, p) / m, p / m);
    let across = q * (1.0 - cosine * cosine).sqrt();
    let fly = |mass: f64, sign: f64| {
        let (e, along) = (energy(mass, q), sign * q * cosine);
        let z = gamma * along + beta_gamma * e;
        [gamma * e + beta_gamma * along, sign * across, 0.0, z]
    };
    [fly(A, 1.0), fly(B, -1.0), [energy(C, p), 0.0, 0.0, -p]]
}

/// An entry of a sample: mass and cosine, its weight and the number of its event.
type Entry = (f64, f64, f64, usize);

fn write(path: &Path, entries: &[Entry]) {
    let mut columns: Vec<(String, Vec<f64>)> = Vec::new();
    for (place, particle) in ["a", "b", "c"].iter().enumerate() {
        for (number, component) in ["E", "PX", "PY", "PZ"].iter().enumerate() {
            let values = entries.iter().map(|e| momenta(e.0, e.1)[place][number]);
            columns.push((format!("{particle}_{component}"), values.collect()));
        }
    }
    columns.push(("weight".to_owned(), entries.iter().map(|e| e.2).collect()));
    columns.push((
        "event".to_owned(),
        entries.iter().map(|e| e.3 as f64).collect(),
    ));
    let listed: Vec<(&str, &[f64])> = columns.iter().map(|(n, v)| (n.as_str(), &v[..])).collect();
    write_columns(path, "events", &listed).unwrap();
}

/// Toys of the resonance as they are, as they are measured, and as smeared copies; Monte Carlo before it is measured.
fn story() -> Story {
    let story = Story::new(&config("files = \"true.root\""));
    let folder = story.folder.path();
    story
        .run(&[
            "generate", "fit.toml", "--flat", "--events", "40000", "--out", "mc.root",
        ])
        .good();
    let mut random = Random(20_261_127);
    let (low, high) = (A + B, M - C);
    let breit_wigner = |m: f64| {
        let (off, half) = (MASS * MASS - m * m, MASS * WIDTH);
        half * half / (off * off + half * half)
    };
    let largest = (0..1000).map(|n| phase_space(low + (high - low) * f64::from(n) / 1000.0));
    let largest = 1.001 * largest.fold(0.0, f64::max);
    let (mut exact, mut measured, mut copies) = (Vec::new(), Vec::new(), Vec::new());
    while exact.len() < EVENTS {
        let m = low + (high - low) * random.uniform();
        if largest * random.uniform() > breit_wigner(m) * phase_space(m) {
            continue;
        }
        let (event, cosine) = (exact.len(), 2.0 * random.uniform() - 1.0);
        exact.push((m, cosine, 1.0, event));
        let seen = m + RESOLUTION * random.normal();
        if !(low..high).contains(&seen) {
            exact.pop();
            continue;
        }
        measured.push((seen, cosine, 1.0, event));
        // Where the true mass may be: the resolution times the density of phase space.
        let around: Vec<f64> = (0..COPIES)
            .map(|_| seen + RESOLUTION * random.normal())
            .collect();
        let inside = around.iter().map(|m| m.clamp(low + 1e-6, high - 1e-6));
        let densities: Vec<f64> = inside.clone().map(phase_space).collect();
        let mean = densities.iter().sum::<f64>() / COPIES as f64;
        copies.extend(
            inside
                .zip(&densities)
                .map(|(m, density)| (m, cosine, density / mean, event)),
        );
    }
    write(&folder.join("true.root"), &exact);
    write(&folder.join("measured.root"), &measured);
    write(&folder.join("copies.root"), &copies);
    story
}

/// The width that a fit finds, and its error.
fn width(story: &Story, data: &str) -> ([f64; 2], Value) {
    support::write(story.folder.path(), "fit.toml", &config(data));
    let result = story
        .run(&["fit", "fit.toml", "--out", "out", "--json", "--force"])
        .json();
    let mut parameters = result["parameters"].as_array().unwrap().iter();
    let found = parameters.find(|p| p["name"] == "R.width").unwrap();
    (["value", "error"].map(|key| number(&found[key])), result)
}

#[test]
fn the_width_of_a_narrow_resonance_comes_back_from_smeared_copies() {
    let story = story();
    let ([exact, error], _) = width(&story, "files = \"true.root\"");
    assert!((exact - WIDTH).abs() < 3.5 * error, "{exact} ± {error}");
    let ([broad, error], _) = width(&story, "files = \"measured.root\"");
    assert!(broad - WIDTH > 8.0 * error, "{broad} ± {error}");
    let ([back, error], by_column) = width(&story, "files = \"copies.root\"\ncopies = \"event\"");
    assert!((back - WIDTH).abs() < 3.5 * error, "{back} ± {error}");
    // Of a mass smeared by more than half of its width one learns less.
    assert!(error < 0.1 * WIDTH, "{error}");
    let number = format!("files = \"copies.root\"\ncopies = \"{COPIES}\"");
    let ([same, _], by_number) = width(&story, &number);
    assert_eq!(back, same);
    assert_eq!(by_column["nll"], by_number["nll"]);
    assert_eq!(by_column["covariance_method"], "sandwich");
    // Events, and not copies, are counted and drawn again.
    let said = story.run(&["fit", "fit.toml", "--out", "out", "--force"]);
    assert!(
        said.stderr
            .contains("1500 events with 90000 smeared copies"),
        "{}",
        said.stderr
    );
    assert!(said.good().contains("data: 1500 events of weight 1500.000"));
    let bootstrap = ["bootstrap", "out/result.json", "--replicas", "12", "--json"];
    let bootstrap = story.run(&bootstrap).json();
    let mut numbers = bootstrap["numbers"].as_array().unwrap().iter();
    let spread = numbers.find(|n| n["name"] == "R.width").unwrap();
    let spread = support::number(&spread["deviation"]);
    assert!((0.4..2.0).contains(&(spread / error)), "{spread} {error}");
    let gof = story.run(&["gof", "out/result.json"]).good();
    assert!(
        gof.contains("smeared copies spread more than the model"),
        "{gof}"
    );
    story.run(&["check", "fit.toml"]).good();
    story
        .run(&["plot", "out/result.json", "--out", "plots"])
        .good();
}

/// -sum_n ln (sum_k u_k I_k / sum_k u_k) + W ln <I>, from the intensities of all entries.
#[test]
fn the_likelihood_of_copies_is_that_of_plain_sums() {
    let story = story();
    let copies = "files = \"copies.root\"\ncopies = \"event\"";
    support::write(story.folder.path(), "fit.toml", &config(copies));
    let eval = |file: &str| {
        let run = ["eval", "fit.toml", "--data", file, "--json"];
        support::numbers(&story.run(&run).json()["intensity"])
    };
    let (of_copies, of_mc) = (eval("copies.root"), eval_mc(&story));
    let path = story.folder.path().join("copies.root");
    let columns = read_columns(&path, Some("events"), &["weight"]).unwrap();
    let weights = &columns[0];
    let mean = of_mc.iter().sum::<f64>() / of_mc.len() as f64;
    let events = of_copies.chunks(COPIES).zip(weights.chunks(COPIES));
    let wanted: f64 = events
        .map(|(intensities, weights)| {
            let sum: f64 = intensities.iter().zip(weights).map(|(i, w)| i * w).sum();
            let weight: f64 = weights.iter().sum();
            -weight / COPIES as f64 * (sum / weight / mean).ln()
        })
        .sum();
    let got = number(&story.run(&["nll", "fit.toml", "--json"]).json()["nll"]);
    assert!((got - wanted).abs() < 1e-9 * wanted.abs(), "{got} {wanted}");
}

fn eval_mc(story: &Story) -> Vec<f64> {
    support::write(
        story.folder.path(),
        "mc.toml",
        &config("files = \"mc.root\""),
    );
    support::numbers(&story.run(&["eval", "mc.toml", "--json"]).json()["intensity"])
}

#[test]
fn copies_that_are_none_are_refused() {
    let story = story();
    for (data, says) in [
        (
            "copies = \"7\"",
            "90000 entries are no events of 7 copies each",
        ),
        (
            "copies = \"60\"\ncut = \"event > 3\"",
            "a cut may take away some copies",
        ),
        ("copies = \"evnt\"", "evnt"),
        ("copies = \"45000\"", "1 to 256 are possible"),
    ] {
        let config = config(&format!("files = \"copies.root\"\n{data}"));
        support::write(story.folder.path(), "fit.toml", &config);
        let run = story.run(&["nll", "fit.toml"]);
        assert!(run.status >= 2, "{data}: {}", run.stdout);
        let status = run.status;
        run.fails(status, &[says]);
    }
    let config = config("files = \"copies.root\"\ncopies = \"event\"") + "copies = \"4\"\n";
    support::write(story.folder.path(), "fit.toml", &config);
    let refused = [
        "the Monte Carlo has no smeared copies",
        "before they are measured",
    ];
    story.run(&["nll", "fit.toml"]).fails(2, &refused);
}
