//! Mass-independent fits: a resonance comes back that no bin knows of.
#![cfg(unix)]

mod support;

use std::f64::consts::PI;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{gpuwa_in, number, write};

/// Masses of B, of a and b, and of c.
const B: f64 = 2.0;
const A: f64 = 0.14;
const C: f64 = 0.5;
const MASS: f64 = 0.85;
const WIDTH: f64 = 0.15;

/// B -> S c, P c with a resonance or a constant as P, all spinless but P.
fn config(p_wave: &str) -> String {
    format!(
        r#"gpuwa = 1
convention = "helicity-1"

[decay]
initial = "B"
final   = ["a", "b", "c"]

[[decay.chain]]
decay   = "B -> X c, X -> a b"
X       = ["S", "P"]
barrier = {{ B = "none", X = "none" }}

[particle.B]
mass = {B:?}
spin = 0
[particle.a]
mass = {A:?}
spin = 0
[particle.b]
mass = {A:?}
spin = 0
[particle.c]
mass = {C:?}
spin = 0

[resonance.S]
spin  = 0
shape = "constant"
[resonance.P]
spin  = 1
{p_wave}

[coupling]
"P.total" = {{ modulus = 1.0, phase = 0.0 }}

[phase_space]
events = 4000

[data]
files = "data.parquet"
[mc]
files = "mc.parquet"
"#
    )
}

/// Toys of the resonance, and the config that does not know it.
fn toys(events: &str, monte_carlo: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let shape = format!("shape = \"breit-wigner\"\nmass = {MASS}\nwidth = {WIDTH}");
    write(folder.path(), "truth.toml", &config(&shape));
    write(folder.path(), "fit.toml", &config("shape = \"constant\""));
    for (more, file) in [(&[events][..], "data"), (&[monte_carlo, "--flat"], "mc")] {
        let file = format!("{file}.parquet");
        let command = [
            "generate",
            "truth.toml",
            "--seed",
            "7",
            "--out",
            &file,
            "-n",
        ];
        gpuwa_in(folder.path(), &[&command[..], more].concat()).good();
    }
    folder
}

const RANGE: [&str; 6] = ["bins", "fit.toml", "--x", "m(a b)", "--range", "0.5..1.14"];

/// Momentum in the decay of a mass to two.
fn momentum(m: f64, a: f64, b: f64) -> f64 {
    ((m * m - (a + b) * (a + b)) * (m * m - (a - b) * (a - b))).sqrt() / (2.0 * m)
}

fn wave<'v>(bin: &'v Value, name: &str) -> &'v Value {
    let waves = bin["solution"]["waves"].as_array().unwrap();
    waves.iter().find(|wave| wave["name"] == name).unwrap()
}

#[test]
fn bins_give_the_intensity_and_the_phase_of_a_resonance_back() {
    let folder = toys("20000", "60000");
    let more = ["--bins", "16", "--starts", "6", "--quiet", "--json"];
    let document = gpuwa_in(folder.path(), &[&RANGE[..], &more].concat()).json();
    assert_eq!(document["kind"], "bins");
    assert_eq!(document["settled"], true);
    let bins = document["bins"].as_array().unwrap();
    assert_eq!(bins.len(), 16);
    // Phase space times |BW|², and the phase of the Breit-Wigner, in the middle of steps through a bin.
    let (mut expected, mut phases) = (Vec::new(), Vec::new());
    for bin in bins {
        assert_eq!(bin["status"], "converged", "{bin}");
        let [low, high] = ["low", "high"].map(|key| number(&bin[key]));
        let (mut events, mut turned) = (0.0, 0.0);
        for step in 0..100 {
            let m = low + (high - low) * (f64::from(step) + 0.5) / 100.0;
            let real = MASS * MASS - m * m;
            let weight = momentum(B, m, C) * momentum(m, A, A);
            events += weight / (real * real + MASS * MASS * WIDTH * WIDTH);
            turned += (MASS * WIDTH).atan2(real);
        }
        expected.push(events);
        phases.push(turned / 100.0);
    }
    let found: Vec<[f64; 2]> = (bins.iter())
        .map(|bin| ["value", "error"].map(|key| number(&wave(bin, "P")["events"][key])))
        .collect();
    let weights = found.iter().map(|[_, error]| 1.0 / (error * error));
    let weights: Vec<f64> = weights.collect();
    let sum = |of: &dyn Fn(usize) -> f64| (0..16).map(|bin| weights[bin] * of(bin)).sum::<f64>();
    let norm = sum(&|bin| expected[bin] * found[bin][0]) / sum(&|bin| expected[bin].powi(2));
    let pull = |bin: usize| (found[bin][0] - norm * expected[bin]) / found[bin][1];
    let chi2: f64 = (0..16).map(|bin| pull(bin).powi(2)).sum();
    // 15 degrees of freedom: 3 to 39 is all but one in a thousand. Phases as well.
    assert!((3.0..39.0).contains(&chi2), "χ² of events is {chi2}");

    let turned: Vec<[f64; 2]> = (bins.iter())
        .map(|bin| ["value", "error"].map(|key| number(&wave(bin, "P")["phase"][key])))
        .collect();
    // The phase of the coupling is zero, or half a turn by the sign of cos θ. No bin knows the sign of a phase, so that near
    // 0 and half a turn, where both are smooth, its distance to 0 is what the data say; in between it rises.
    let whole = PI * ((turned[8][0] - phases[8]) / PI).round();
    let folded = |bin: usize| (turned[bin][0] - whole).cos().acos();
    let pull = |bin: usize| (folded(bin) - phases[bin]) / turned[bin][1];
    let chi2: f64 = (0..16).map(|bin| pull(bin).powi(2)).sum();
    assert!(
        (3.0..39.0).contains(&chi2),
        "χ² of phases is {chi2}: {turned:?}"
    );
    for bin in (0..16).filter(|&bin| (0.7..2.4).contains(&phases[bin])) {
        let pull = (turned[bin][0] - whole - phases[bin]) / turned[bin][1];
        assert!(pull.abs() < 4.0, "bin {bin}: {turned:?} against {phases:?}");
    }

    // Events of all waves are those of the data where everything is accepted, but for two Monte Carlo samples.
    for bin in bins {
        let total = number(&bin["solution"]["total"]["value"]);
        let counted = number(&bin["weight"]);
        assert!((total / counted - 1.0).abs() < 0.12, "{bin}");
        assert!(number(&bin["found"]) >= 2.0, "{bin}");
    }
    let reference = wave(&bins[3], "S");
    assert_eq!(reference["phase"]["value"], 0.0);
    assert_eq!(reference["phase"]["error"], 0.0);
}

#[test]
fn bins_without_events_are_named_and_their_neighbours_are_those_beyond() {
    let folder = toys("1500", "6000");
    let more = ["--edges", "0.1,0.2,0.6,0.9", "--starts", "3", "--quiet"];
    let command = [&["bins", "fit.toml", "--x", "m(a b)"][..], &more].concat();
    let printed = gpuwa_in(folder.path(), &command).good();
    assert!(
        printed.contains("0.1 to 0.2 is empty: no data"),
        "{printed}"
    );
    assert!(printed.contains("data events are in no bin"), "{printed}");
    let drawn = ["plot", "fit-result/bins.json", "--format", "svg"];
    gpuwa_in(folder.path(), &drawn).good();
    // Three points of each wave and their sum are none in the bin that is empty; one more is in the list.
    for (name, points) in [("bins", 2 * 3 + 3), ("bins_S", 2), ("bins_P", 4)] {
        let path = folder.path().join(format!("fit-result/plots/{name}.svg"));
        let svg = std::fs::read_to_string(path).unwrap();
        assert_eq!(svg.matches("<circle").count(), points, "{name}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}");
    }
    let wrong = ["--reference", "Q", "--force"];
    let refused = gpuwa_in(folder.path(), &[&command[..], &wrong].concat());
    refused.fails(2, &["`Q` is no wave"]);
    let edges = ["bins", "fit.toml", "--x", "m(a b)", "--edges", "0.6,0.5"];
    gpuwa_in(folder.path(), &edges).fails(2, &["rising"]);
    let variable = ["bins", "fit.toml", "--x", "m(a q)", "--edges", "0.5,0.6"];
    let refused = gpuwa_in(folder.path(), &[&variable[..], &["--force"]].concat());
    refused.fails(2, &["`q` is no final particle"]);
}

#[test]
fn a_fit_in_bins_ended_by_sigterm_goes_on_to_the_same_digits() {
    let folder = toys("3000", "12000");
    let folder = folder.path();
    let more = ["--bins", "12", "--starts", "8", "--quiet"];
    let all = |last: &[&str]| gpuwa_in(folder, &[&RANGE[..], &more, last].concat());
    let whole = all(&["--out", "whole", "--json", "--threads", "1"]).json();

    let mut command = Command::new(env!("CARGO_BIN_EXE_gpuwa"));
    command.current_dir(folder).args(RANGE).args(more);
    command.args(["--out", "ended"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let begin = Instant::now();
    while steps(&folder.join("ended/bins.checkpoint")) < 3 {
        assert!(begin.elapsed() < Duration::from_secs(120), "no step");
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut kill = Command::new("kill");
    kill.args(["-TERM", &child.id().to_string()]);
    assert!(kill.status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(85));
    all(&["--out", "ended"]).fails(2, &["exists", "--resume"]);
    assert_eq!(all(&["--out", "ended", "--resume", "--json"]).json(), whole);
    let other = ["--out", "ended", "--resume", "--reference", "P"];
    assert_eq!(all(&other).status, 0);
    all(&["--out", "ended", "--resume", "--seed", "5"]).fails(2, &["other work", "seed"]);
}

/// Whole lines of a checkpoint; none before it is there.
fn steps(path: &Path) -> usize {
    let text = std::fs::read(path).unwrap_or_default();
    text.iter().filter(|&&byte| byte == b'\n').count()
}
