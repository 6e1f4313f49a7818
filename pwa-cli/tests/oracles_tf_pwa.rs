//! Three analyses of an independent program, TF-PWA, number by number through the binary: its own
//! config imported, its ROOT files read, its reference values compared.

mod support;

use std::path::{Path, PathBuf};

use serde_json::Value;
use support::tf_pwa::Imported;
use support::{assert_all_close, gpuwa, number, numbers, read_json, relative, text, unwrapped};

/// With unit weights, or with those of the `_w` files.
#[derive(Clone, Copy, PartialEq)]
enum Weights {
    Plain,
    Positive,
}

impl Imported {
    fn file(&self, stem: &str, weights: Weights) -> PathBuf {
        let suffix = if weights == Weights::Plain { "" } else { "_w" };
        self.source.join(format!("{stem}{suffix}.root"))
    }

    fn reference(&self, weights: Weights) -> Value {
        read_json(&self.source.join(match weights {
            Weights::Plain => "reference.json",
            Weights::Positive => "reference_weighted.json",
        }))
    }

    fn agrees(&self, weights: Weights) {
        let reference = self.reference(weights);
        self.intensities_agree(&reference, weights);
        self.likelihood_agrees(&reference, weights);
        self.fractions_agree(&reference, weights);
    }

    fn intensities_agree(&self, reference: &Value, weights: Weights) {
        for sample in ["data", "phsp"] {
            let file = self.file(sample, weights);
            let got = gpuwa(&[
                "eval",
                text(&self.config),
                "--data",
                text(&file),
                "--json",
                "--quiet",
            ])
            .json();
            let intensity = numbers(&got["intensity"]);
            assert_eq!(got["events"], intensity.len());
            let wanted = numbers(&reference[format!("intensity_{sample}")]);
            assert_all_close(
                &format!("intensity of {sample}"),
                &intensity[..wanted.len()],
                &wanted,
                1e-12,
            );
        }
    }

    fn likelihood_agrees(&self, reference: &Value, weights: Weights) {
        let (data, mc) = (self.file("data", weights), self.file("phsp", weights));
        let got = gpuwa(&[
            "nll",
            text(&self.config),
            "--data",
            text(&data),
            "--mc",
            text(&mc),
            "--gradient",
            "--hessian",
            "--json",
        ])
        .json();
        // Both readings of the reference: its own sum, and the formula of the conventions.
        for key in ["nll", "nll_formula"] {
            let (nll, wanted) = (number(&got["nll"]), number(&reference[key]));
            assert!(
                relative(nll, wanted) < 1e-12,
                "{key}: {nll} against {wanted}"
            );
        }
        let gradient = got["gradient"].as_object().unwrap();
        let wanted = reference["grad"].as_object().unwrap();
        let mut names: Vec<&String> = gradient.keys().collect();
        let mut expected: Vec<&String> = wanted.keys().collect();
        names.sort();
        expected.sort();
        assert_eq!(names, expected, "names of the free parameters");
        for (name, wanted) in wanted {
            let (got, wanted) = (number(&gradient[name]), number(wanted));
            assert!(
                relative(got, wanted) < 1e-9,
                "d NLL / d {name}: {got} against {wanted}"
            );
        }
        if let Some(rows) = reference["hessian"].as_array() {
            hessian_agrees(&got["hessian"], &reference["free"], rows);
        }
    }

    fn fractions_agree(&self, reference: &Value, weights: Weights) {
        let mc = self.file("phsp", weights);
        let got = gpuwa(&[
            "fractions",
            text(&self.config),
            "--mc",
            text(&mc),
            "--json",
            "--quiet",
        ])
        .json();
        assert!(got["over"].as_str().unwrap().contains("phsp"));
        let mut sum = 0.0;
        for (name, wanted) in reference["fit_fractions"].as_object().unwrap() {
            // Interference is `AxB` there.
            let value = match name.split_once('x') {
                Some((a, b)) => number(&got["interference"][format!("{a}|{b}")]),
                None => number(&got["fractions"][name]["value"]),
            };
            sum += value;
            let wanted = number(wanted);
            assert!(
                relative(value, wanted) < 1e-9,
                "fraction {name}: {value} against {wanted}"
            );
        }
        assert!(
            (sum - 1.0).abs() < 1e-12,
            "fractions and interference sum to {sum}"
        );
    }
}

/// Each entry to 1e-8 of the geometric mean of its two diagonal ones: entries of parameters that
/// hardly know of each other are differences of large numbers and have no relative precision.
fn hessian_agrees(got: &Value, free: &Value, wanted: &[Value]) {
    let names: Vec<&str> = got["names"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    let rows: Vec<Vec<f64>> = got["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(numbers)
        .collect();
    let wanted: Vec<Vec<f64>> = wanted.iter().map(numbers).collect();
    let free: Vec<&str> = free
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    let place = |name: &str| names.iter().position(|&known| known == name).unwrap();
    for (i, a) in free.iter().enumerate() {
        for (j, b) in free.iter().enumerate() {
            let (got, want) = (rows[place(a)][place(b)], wanted[i][j]);
            let scale = (wanted[i][i] * wanted[j][j]).abs().sqrt();
            assert!(
                (got - want).abs() < 1e-8 * scale,
                "d² NLL / d {a} d {b}: {got} against {want}"
            );
        }
    }
}

/// D+ -> K- pi+ pi+: identical pions.
#[test]
fn dp_kpipi_agrees_to_twelve_digits() {
    let Some(analysis) = Imported::new("a_dkpipi") else {
        return;
    };
    analysis.agrees(Weights::Plain);
    analysis.agrees(Weights::Positive);
}

/// J/psi -> gamma pi+ pi-: photon helicities, spin projection ±1 along the beam.
#[test]
fn jpsi_gpipi_agrees_to_twelve_digits() {
    let Some(analysis) = Imported::new("b_jpsigpipi") else {
        return;
    };
    analysis.agrees(Weights::Plain);
    analysis.agrees(Weights::Positive);
}

/// Lambda_b -> p K- J/psi: half-integer spins, alignment between two topologies.
#[test]
fn lb_pkjpsi_agrees_to_twelve_digits() {
    let Some(analysis) = Imported::new("c_lbpkjpsi") else {
        return;
    };
    analysis.agrees(Weights::Plain);
    analysis.agrees(Weights::Positive);
}

/// What was found in a file is said, and not with --quiet.
#[test]
fn tree_and_branches_that_were_found_are_named() {
    let Some(analysis) = Imported::new("c_lbpkjpsi") else {
        return;
    };
    let data = analysis.file("data", Weights::Positive);
    let command = |quiet: &[&str]| {
        let common = ["eval", text(&analysis.config), "--data", text(&data)];
        gpuwa(&[&common[..], quiet].concat())
    };
    let said = unwrapped(&command(&[]).fails(0, &[]).stderr);
    assert!(said.contains("DecayTree"), "{said}");
    assert!(said.contains("weights from the column `weight`"), "{said}");
    assert_eq!(command(&["--quiet"]).stderr, "");
}

/// The parameters of a fit can be given in TF-PWA's own names, to the importer or to a verb.
#[test]
fn parameters_can_come_with_the_import_or_with_the_verb() {
    let Some(analysis) = Imported::new("a_dkpipi") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let bare: &Path = &folder.path().join("bare.toml");
    let yaml = analysis.source.join("config.yml");
    gpuwa(&["import", "tf-pwa", text(&yaml), "-o", text(bare)]).good();
    let (data, params) = (
        analysis.file("data", Weights::Plain),
        analysis.source.join("params.json"),
    );
    let evaluate = |config: &Path, more: &[&str]| {
        let common = ["eval", text(config), "--data", text(&data), "--json"];
        gpuwa(&[&common[..], more].concat()).good()
    };
    assert_eq!(
        evaluate(bare, &["--params", text(&params)]),
        evaluate(&analysis.config, &[])
    );
}
