//! Moments of angles as a user meets them: which there are, and what they see of a wrong model.

mod support;

use serde_json::Value;
use support::story::Story;
use support::{number, write};

/// A spinless B -> (a b c) d, (a b c) -> (a b) c.
const CASCADE: &str = r#"gpuwa = 1
convention = "helicity-1"

[decay]
initial = "B"
final   = ["a", "b", "c", "d"]

[[decay.chain]]
decay = "B -> Y d, Y -> X c, X -> a b"
Y     = ["A"]
X     = ["V"]

[particle]
B = { mass = 2.5, spin = 0 }
a = { mass = 0.3, spin = 0 }
b = { mass = 0.3, spin = 0 }
c = { mass = 0.3, spin = 0 }
d = { mass = 0.3, spin = 0 }

[resonance]
A = { spin = 1, parity = 1, mass = 1.6, width = 0.3 }
V = { spin = 1, parity = -1, mass = 0.9, width = 0.1 }

[data]
files = "data.root"
[mc]
files = "mc.root"
"#;

const PHASE: [&str; 2] = [
    "f2(1270).production[h=1,2,+].re",
    "f2(1270).production[h=1,2,+].im",
];

/// Helicities 0 and 2 of f2(1270) beside a scalar, from these projections of J/psi.
fn config(projections: &str) -> String {
    format!(
        r#"gpuwa = 1
convention = "helicity-1"

[decay]
initial = {{ particle = "J/psi(1S)", helicities = [{projections}] }}
final   = ["gamma", "pi+", "pi-"]

[[decay.chain]]
decay    = "J/psi(1S) -> gamma X, X -> pi+ pi-"
X        = ["f2(1270)"]
helicity = {{ "J/psi(1S)" = [[1, 0, 1], [1, 2, 1]] }}
barrier  = {{ "J/psi(1S)" = "none" }}

[[decay.chain]]
decay = "J/psi(1S) -> gamma X, X -> pi+ pi-"
X     = ["f0(1500)"]

[coupling]
"f0(1500).total" = {{ modulus = 0.7, phase = 1.0 }}

[data]
files = "data.root"
[mc]
files = "mc.root"
"#
    )
}

/// The model with 0.5 + 0.3i times a sign between the helicities.
fn at(sign: f64) -> Vec<String> {
    let values = PHASE.iter().zip([0.5, 0.3]);
    let set =
        values.flat_map(|(name, value)| ["--set".to_owned(), format!("{name}={}", sign * value)]);
    set.collect()
}

/// Data of the model, and Monte Carlo.
fn generated(projections: &str) -> Story {
    let story = Story::new(&config(projections));
    let run = |more: &[&str]| {
        let start = ["generate", "fit.toml", "--seed", "5"];
        story.run(&[&start[..], more].concat()).good();
    };
    let truth = at(1.0);
    let truth: Vec<&str> = truth.iter().map(String::as_str).collect();
    run(&["-n", "20000", "--flat", "--out", "mc.root"]);
    run(&[&["-n", "3000", "--out", "data.root"], &truth[..]].concat());
    story
}

fn decay(story: &Story, sign: f64) -> Value {
    let values = at(sign);
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let start = ["gof", "fit.toml", "--test", "moments", "--json"];
    story.run(&[&start[..], &values].concat()).json()["moments"][0].take()
}

fn moments(decay: &Value) -> &[Value] {
    decay["moments"].as_array().unwrap()
}

#[test]
fn a_wrong_phase_between_helicities_shows_in_their_m_and_not_in_m_0() {
    let story = generated("-1, 1");
    let (right, wrong) = (decay(&story, 1.0), decay(&story, -1.0));
    assert_eq!(right["azimuth"]["text"], "phi(pi+ | pi+ pi-)");
    assert_eq!(moments(&right).len(), 5 + 2 * 10);
    for moment in moments(&right) {
        assert!(number(&moment["p_value"]) > 1e-3, "{moment}");
    }
    for moment in moments(&wrong) {
        let place = ["l", "m", "part"].map(|key| moment[key].to_string());
        let place = place.join(" ");
        let seen = ["2 2 \"re\"", "4 2 \"re\""].contains(&place.as_str());
        let p = number(&moment["p_value"]);
        match seen {
            true => assert!(p < 1e-9, "{moment}"),
            false => assert!(p > 1e-3, "{moment}"),
        }
    }
    let printed = story.run(&["gof", "fit.toml", "--test", "moments"]).good();
    for row in ["│ P0 ", "│ P4 ", "│ Re Y11 ", "│ Im Y44 "] {
        assert!(printed.contains(row), "{row} is not in {printed}");
    }
    // One figure shows those of M = 0.
    story
        .run(&["plot", "fit.toml", "--format", "svg", "--out", "plots"])
        .good();
    let name = "plots/moments_costheta_pip_pip_pim.svg";
    let svg = std::fs::read_to_string(story.folder.path().join(name)).unwrap();
    assert_eq!(svg.matches("data-series=\"moment-").count(), 5);
}

/// The sum of Im Y21 over the model's 3000 events, with all helicities of f2(1270) and this state of J/psi.
fn imaginary(story: &Story, state: &str) -> f64 {
    let config = config("-1, 1")
        .replace("helicities = [-1, 1]", state)
        .replace("[1, 2, 1]]", "[1, 1, 1], [1, 2, 1]]");
    write(story.folder.path(), "fit.toml", &config);
    // Phases that do not let the pairs (0, 1) and (1, 2) cancel.
    let values = [(1, "im=0.8"), (2, "re=0.1"), (2, "im=0.8")];
    let values = values.map(|(h, value)| format!("f2(1270).production[h=1,{h},+].{value}"));
    let set = values.iter().flat_map(|value| ["--set", value]);
    let start = ["gof", "fit.toml", "--test", "moments", "--json"];
    let command: Vec<&str> = start.into_iter().chain(set).collect();
    let found = story.run(&command).json();
    let wanted = |moment: &&Value| moment["l"] == 2 && moment["m"] == 1 && moment["part"] == "im";
    let moment = moments(&found["moments"][0]).iter().find(wanted).unwrap();
    moment["model"].as_array().unwrap().iter().map(number).sum()
}

/// The Monte Carlo leaves about 10 of what vanishes.
#[test]
fn a_vector_polarisation_along_the_axis_alone_gives_im_a_value() {
    let story = generated("-1, 1");
    let none = imaginary(&story, "helicities = [-1, 1]");
    let along = imaginary(&story, "polarisation = { zz = 1.0, z = 0.8 }");
    let against = imaginary(&story, "polarisation = { zz = 1.0, z = -0.8 }");
    let across = imaginary(&story, "polarisation = { zz = 1.0, x = 0.8 }");
    assert!(none.abs() < 40.0 && across.abs() < 40.0, "{none} {across}");
    assert!(along > 80.0 && against < -80.0, "{along} {against}");
}

#[test]
fn an_unpolarised_particle_has_no_plane_from_which_an_azimuth_counts() {
    let story = generated("-1, 0, 1");
    let found = decay(&story, 1.0);
    assert!(found.get("azimuth").is_none(), "{found}");
    let m = moments(&found).iter().map(|moment| number(&moment["m"]));
    assert_eq!(m.collect::<Vec<_>>(), [0.0; 5]);
}

#[test]
fn behind_a_decay_its_plane_is_there_whatever_the_first_particle() {
    let story = Story::new(CASCADE);
    for (file, count, more) in [
        ("mc.root", "1000", "--flat"),
        ("data.root", "200", "--quiet"),
    ] {
        let command = ["generate", "fit.toml", "-n", count, "--out", file, more];
        story.run(&command).good();
    }
    let command = ["gof", "fit.toml", "--test", "moments", "--json"];
    let found = story.run(&command).json();
    let azimuths: Vec<&Value> = (found["moments"].as_array().unwrap().iter())
        .map(|decay| &decay["azimuth"]["text"])
        .collect();
    assert_eq!(azimuths, [&Value::Null, &"phi(a | a b | a b c)".into()]);
}
