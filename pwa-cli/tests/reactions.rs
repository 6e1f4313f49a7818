//! Coupled reactions as a user meets them: the example of two channels and one K-matrix.

mod support;

use support::{gpuwa, number, read_json, repository, text};

fn example(file: &str) -> String {
    let path = repository("data/jpsi-gpipi-gkk").join(file);
    text(&path).to_owned()
}

#[test]
fn one_k_matrix_is_found_in_two_channels() {
    let folder = tempfile::TempDir::new().unwrap();
    let out = text(folder.path()).to_owned();
    gpuwa(&["fit", &example("fit.toml"), "--out", &out, "--quiet"]).good();
    let file = folder.path().join("result.json");
    let result = read_json(&file);
    let truth = read_json(&repository("data/jpsi-gpipi-gkk/truth.json"));
    for (name, truth) in truth.as_object().unwrap() {
        let mut parameters = result["parameters"].as_array().unwrap().iter();
        let parameter = parameters.find(|p| p["name"] == **name).unwrap();
        let [value, error] = ["value", "error"].map(|key| number(&parameter[key]));
        let pull = (value - number(truth)) / error;
        assert!(pull.abs() < 4.0, "{name}: {value} ± {error}, truth {truth}");
    }
    let fractions: Vec<&str> = (result["fractions"].as_array().unwrap().iter())
        .map(|fraction| fraction["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        fractions,
        ["kk:S", "kk:f2'(1525)", "pipi:S", "pipi:f2(1270)"]
    );
    let covariance = &result["fractions_covariance"]["rows"];
    // Shared poles correlate what is seen in one channel with what is seen in the other.
    assert!(number(&covariance[0][2]) != 0.0);
    let poles = gpuwa(&["poles", text(&file), "--json"]).json();
    let poles = poles["S"].as_array().unwrap();
    let near = |pole: &&serde_json::Value| (number(&pole["mass"]) - 1.45).abs() < 0.05;
    let pole = poles.iter().find(near).unwrap();
    assert!(number(&pole["errors"][0]) < 0.02, "{pole}");
}

#[test]
fn verbs_that_need_one_reaction_ask_which() {
    let config = example("fit.toml");
    let which = ["the config has several reactions", "--reaction: kk, pipi"];
    gpuwa(&["eval", &config]).fails(2, &which);
    let data = example("kk-data.root");
    gpuwa(&["nll", &config, "--data", &data]).fails(2, &which);
    let other = ["no reaction `kkk`", "kk, pipi"];
    gpuwa(&["eval", &config, "--reaction", "kkk"]).fails(2, &other);
    let single = repository("data/jpsi-gpipi/fit.toml");
    let leave = ["leave --reaction out"];
    gpuwa(&["eval", text(&single), "--reaction", "kk"]).fails(2, &leave);
    let events = gpuwa(&["eval", &config, "--reaction", "kk", "--json"]).json();
    assert_eq!(events["events"], 1500);
    let again = [
        "nll",
        &config,
        "--reaction",
        "kk",
        "--data",
        &data,
        "--json",
    ];
    let [before, after] =
        [&["nll", &config, "--json"][..], &again].map(|words| gpuwa(words).json());
    let [before, after] = [before, after].map(|nll| number(&nll["nll"]));
    // The sets in another order.
    assert!((before - after).abs() < 1e-9 * before.abs());
}

#[test]
fn a_reaction_without_data_is_refused() {
    let folder = tempfile::TempDir::new().unwrap();
    let config = std::fs::read_to_string(example("fit.toml")).unwrap();
    let (head, _) = config.split_once("[[dataset]]\nname     = \"kk\"").unwrap();
    let head = head.replace("\"pipi-", &format!("\"{}", example("pipi-")));
    let path = folder.path().join("fit.toml");
    std::fs::write(&path, head).unwrap();
    let says = ["no data set is of the reaction `kk`", "[[dataset]]"];
    gpuwa(&["nll", text(&path)]).fails(2, &says);
}

#[test]
fn check_lists_both_reactions() {
    let printed = gpuwa(&["check", &example("fit.toml"), "--no-data"]).good();
    for line in [
        "kk: J/psi(1S) -> gamma K+ K-",
        "pipi: J/psi(1S) -> gamma pi+ pi-",
        "kk:f2'(1525).total",
        "no flat direction",
    ] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
}
