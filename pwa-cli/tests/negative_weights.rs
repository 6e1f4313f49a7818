//! A background sample subtracts: its events enter the likelihood with weight -1, or minus their
//! own weight. The numbers are plain numpy sums (`oracle/make_background.py`). That a fit of such a
//! likelihood finds the truth is a story of `fit`, not told here.

mod support;

use support::story::{Story, with_data};
use support::{gpuwa, number, own, read_json, relative, text, unwrapped, write};

/// `background` and `fit` are what the tables of these names hold.
fn nll(background: &str, fit: &str) -> f64 {
    let file = |name: &str| text(&own(&format!("oracle/background_{name}.npz"))).to_owned();
    let config = format!(
        r#"
gpuwa = 1
convention = "helicity-1"

[decay]
initial   = "B"
final     = ["a", "b", "c"]
normalise = false

[[decay.chain]]
decay = "B -> X c, X -> a b"
X     = ["R", "NR"]

[particle.B]
mass = 2.0
spin = 0
[particle.a]
mass = 0.5
spin = 0
[particle.b]
mass = 0.14
spin = 0
[particle.c]
mass = 0.3
spin = 0

[resonance.R]
spin  = 0
shape = "breit-wigner"
mass  = {{ start = 1.0, free = true }}
width = {{ start = 0.08, free = true }}
[resonance.NR]
spin  = 0
shape = "constant"

[coupling]
"NR.total" = {{ re = 2.0, im = 3.0 }}

[data]
files   = "{}"
momenta = "{{p}}"
[background]
files = "{}"
{background}
[mc]
files = "{}"
[fit]
{fit}
"#,
        file("data"),
        file("side"),
        file("mc"),
    );
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "fit.toml", &config);
    number(&gpuwa(&["nll", text(&path), "--json", "--quiet"]).json()["nll"])
}

fn agrees(key: &str, background: &str, fit: &str) {
    let wanted = number(&read_json(&own("oracle/background.json"))[key]);
    let got = nll(background, fit);
    assert!(
        relative(got, wanted) < 1e-12,
        "{key}: {got} against {wanted}"
    );
}

#[test]
fn background_events_count_minus_one() {
    agrees("ones", "weight = \"1\"", "");
}

#[test]
fn background_events_count_minus_their_weight() {
    agrees("weighted", "", "");
}

/// A sideband that is larger than the background under the signal is scaled.
#[test]
fn background_can_be_scaled() {
    agrees("scaled", "scale = 0.4", "");
}

#[test]
fn the_weight_factor_counts_the_background_too() {
    agrees("scaled_factor", "scale = 0.4", "weight_factor = true");
    agrees("ones_factor", "weight = \"1\"", "weight_factor = true");
}

#[test]
fn the_extended_likelihood_subtracts_the_background() {
    agrees("weighted_extended", "", "generated = 500");
}

/// -w ln I of a subtracted event goes to minus infinity where two waves cancel at it.
#[test]
fn a_likelihood_without_a_lower_bound_names_the_event() {
    let files = |name: &str| format!("files = \"{name}.root\"");
    let config = with_data(&files("data"), &files("mc"));
    let background = format!("[background]\n{}\nscale = 4.0\n[mc]", files("side"));
    let story = Story::new(&config.replace("[mc]", &background));
    for (events, name) in [("30", "data"), ("2000", "mc"), ("3", "side")] {
        story.flat(&format!("{name}.root"), events, events);
    }
    let run = story.run(&["fit", "fit.toml", "--starts", "2", "--out", "out", "-q"]);
    assert!(run.status < 2, "{}", run.stderr);
    let said =
        unwrapped(&std::fs::read_to_string(story.folder.path().join("out/summary.txt")).unwrap());
    let hole = "the NLL may have no lower bound: event";
    assert!(
        said.contains(hole) && said.contains("of the background of data, of weight -4"),
        "{said}"
    );
    let bounded = story.run(&[
        "fit", "fit.toml", "--starts", "1", "--out", "other", "-q", "--data", "mc.root",
    ]);
    assert!(!bounded.stdout.contains(hole), "{}", bounded.stdout);
}

#[test]
fn fewer_events_than_parameters_are_noted() {
    let files = |name: &str| format!("files = \"{name}.root\"");
    let story = Story::new(&with_data(&files("data"), &files("mc")));
    for (events, name) in [("2", "data"), ("500", "mc")] {
        story.flat(&format!("{name}.root"), events, "1");
    }
    let few = "there is data of 2 events: errors mean little";
    let run = story.run(&["fit", "fit.toml", "--starts", "1", "--out", "out"]);
    assert!(unwrapped(&run.stderr).contains(few), "{}", run.stderr);
    let checked = story.run(&["check", "fit.toml"]);
    assert!(
        unwrapped(&checked.stdout).contains(few),
        "{}",
        checked.stdout
    );
}
