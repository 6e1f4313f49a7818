//! An analysis of the project's own, small enough to stand here: A -> p p pi- with identical
//! fermions, alignment and an initial particle in flight, against numpy (`oracle/make_two_protons.py`).

mod support;

use serde_json::Value;
use support::{assert_all_close, gpuwa, number, numbers, own, read_json, relative, text, write};

fn config() -> String {
    text(&own("oracle/two_protons.toml")).to_owned()
}

fn reference() -> Value {
    read_json(&own("oracle/two_protons.json"))
}

fn intensities(config: &str) -> Vec<f64> {
    numbers(&gpuwa(&["eval", config, "--json"]).json()["intensity"])
}

#[test]
fn intensities_equal_those_of_numpy() {
    let wanted = numbers(&reference()["intensity"]);
    assert_all_close("intensity", &intensities(&config()), &wanted, 1e-12);
}

/// The gradient of the reference comes from finite differences, good to a few 1e-10.
#[test]
fn likelihood_and_gradient_equal_those_of_numpy() {
    let (reference, got) = (
        reference(),
        gpuwa(&["nll", &config(), "--gradient", "--json"]).json(),
    );
    let (nll, wanted) = (number(&got["nll"]), number(&reference["nll"]));
    assert!(relative(nll, wanted) < 1e-12, "{nll} against {wanted}");
    let wanted = reference["gradient"].as_object().unwrap();
    assert_eq!(got["gradient"].as_object().unwrap().len(), wanted.len());
    for (name, wanted) in wanted {
        let (got, wanted) = (number(&got["gradient"][name]), number(wanted));
        assert!(relative(got, wanted) < 1e-8, "{name}: {got}, {wanted}");
    }
}

#[test]
fn fractions_equal_those_of_numpy() {
    let reference = reference();
    let mc = own("oracle/two_protons_mc.npz");
    let got = gpuwa(&["fractions", &config(), "--mc", text(&mc), "--json"]).json();
    for (name, wanted) in reference["fractions"].as_object().unwrap() {
        let got = number(&got["fractions"][name]["value"]);
        assert!(relative(got, number(wanted)) < 1e-11, "{name}: {got}");
    }
    for (name, wanted) in reference["interference"].as_object().unwrap() {
        // A difference of numbers of order one.
        let got = number(&got["interference"][name]);
        assert!((got - number(wanted)).abs() < 1e-12, "{name}: {got}");
    }
}

/// The same model with its chains in the other order: which frame the helicities of the protons
/// refer to changes, what is summed over them does not. (With `d* -> p p` as the reference, the
/// exchanged protons once lacked the sign of a full turn, and the allowed waves vanished.)
#[test]
fn the_order_of_chains_changes_no_intensity() {
    let original = std::fs::read_to_string(config()).unwrap();
    let (head, rest) = original
        .split_once("[[decay.chain]]\ndecay = \"A -> p R")
        .unwrap();
    let (baryons, rest) = rest.split_once("[[decay.chain]]").unwrap();
    let (dibaryon, tail) = rest.split_once("[resonance.\"N*\"]").unwrap();
    let reordered = format!(
        "{head}[[decay.chain]]{dibaryon}[[decay.chain]]\ndecay = \"A -> p R{baryons}[resonance.\"N*\"]{tail}"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "reordered.toml", &reordered);
    let data = own("oracle/two_protons.npz");
    let got = gpuwa(&["eval", text(&path), "--data", text(&data), "--json"]).json();
    assert_all_close(
        "intensity",
        &numbers(&got["intensity"]),
        &intensities(&config()),
        1e-11,
    );
}
