//! `[blind]`: a fit that nobody sees the values of, and what has to know them all the same.

mod support;

use std::path::{Path, PathBuf};

use serde_json::Value;
use support::story::{Story, events, with_data};
use support::{number, write};

/// A width, a coupling's phase and a ratio are blind, and whatever follows from them.
const BLIND: &str = r#"
[blind]
key = "shamrock"
scale = { "R.width" = 0.5, "NR.total.phase" = 3.0, ratio = 2.0, product = 0.1 }
"#;

const QUANTITIES: &str = r#"
[quantity.ratio]
formula = "r / n"
fractions = { r = "R", n = "NR" }
[quantity.product]
formula = "r * w"
fractions = { r = "R" }
parameters = { w = "R.width" }
[fit]
starts = 2
"#;

fn config(more: &str) -> String {
    let config = with_data(&events("data"), &events("mc"));
    let config = config.replace(
        "initial   = \"B\"",
        "initial   = \"B\"\ncouplings = \"polar\"",
    );
    format!("{config}{QUANTITIES}{more}")
}

const VARIATIONS: &str = r#"
[[variation]]
name = "smaller mass"
set.resonance.R.mass = 0.99
"#;

/// The config with and without the section, each fitted.
fn fits() -> [(Story, Value); 2] {
    ["", BLIND].map(|section| {
        let story = Story::new(&config(section));
        let run = ["fit", "fit.toml", "--out", "out", "--json"];
        let result = story.run(&run).json();
        (story, result)
    })
}

fn value(result: &Value, list: &str, name: &str) -> f64 {
    let mut entries = result[list].as_array().unwrap().iter();
    let entry = entries.find(|entry| entry["name"] == name);
    number(&entry.unwrap_or_else(|| panic!("{list}: {name}"))["value"])
}

/// Every number that `[blind]` hides, by its list and name.
fn secrets(open: &Value) -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("parameters", "R.width".to_owned()),
        ("parameters", "NR.total.phase".to_owned()),
    ];
    for list in ["fractions", "interference", "quantities"] {
        let entries = open[list].as_array().unwrap().iter();
        all.extend(entries.map(|entry| (list, entry["name"].as_str().unwrap().to_owned())));
    }
    all
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => files(&path),
            false => vec![path],
        })
        .collect()
}

/// No text has the first digits of a secret.
fn tells_nothing(what: &str, text: &str, open: &Value) {
    for (list, name) in secrets(open) {
        let secret = value(open, list, &name);
        let digits = format!("{:.12}", secret.abs());
        let first = digits.find(|c| ('1'..='9').contains(&c)).unwrap();
        let digits = &digits[..first + 6];
        assert!(!text.contains(digits), "{what} tells {name} = {secret}");
    }
}

#[test]
fn a_blind_fit_has_the_nll_and_the_errors_of_an_open_one_and_other_values() {
    let [(_, open), (_, blind)] = fits();
    assert_eq!(open["nll"], blind["nll"]);
    for key in [
        "covariance",
        "correlation",
        "minima",
        "starts",
        "fractions_covariance",
    ] {
        assert_eq!(open[key], blind[key], "{key}");
    }
    let lists = ["parameters", "fractions", "interference", "quantities"];
    for list in lists {
        let pairs = open[list].as_array().unwrap().iter();
        for (open, blind) in pairs.zip(blind[list].as_array().unwrap()) {
            assert_eq!(open["error"], blind["error"], "{list}: {}", open["name"]);
        }
    }
    for (list, name) in secrets(&open) {
        let off = value(&blind, list, &name) - value(&open, list, &name);
        let scale = match &*name {
            "R.width" => 0.5,
            // Shown between half a turn either way.
            "NR.total.phase" => 7.0,
            "ratio" => 2.0,
            "product" => 0.1,
            _ => 1.0,
        };
        assert!(off.abs() > 1e-4 && off.abs() < scale, "{name}: {off}");
    }
    for name in ["NR.total.modulus", "R.mass"] {
        let [a, b] = [&open, &blind].map(|result| value(result, "parameters", name));
        assert_eq!(a, b, "{name}");
    }
}

/// How many there are follows from the true couplings.
#[test]
fn toys_that_draw_their_number_of_events_are_refused() {
    // The truth expects many events, or fewer than one, which is refused in words that have the number.
    for (generated, start) in [("20000", "20.0"), ("1", "0.1")] {
        let fit = format!("[fit]\ngenerated = {generated}\n");
        let extended = config(BLIND).replace("[fit]\n", &fit);
        let free =
            format!("[parameter]\n\"R.total.modulus\" = {{ start = {start}, free = true }}\n");
        let story = Story::new(&format!("{extended}{free}"));
        story
            .run(&["fit", "fit.toml", "--out", "out", "--quiet"])
            .good();
        let toys = ["toys", "out/result.json", "--toys", "2"];
        for more in [&[][..], &["--events", "300"]] {
            let run = story.run(&[&toys[..], more].concat());
            assert!(!run.stderr.contains("expects"), "{}", run.stderr);
            run.fails(2, &["the number of events of a toy", "blind"]);
        }
    }
    let extended = config(BLIND).replace("[fit]\n", "[fit]\ngenerated = 20000\n");
    let free = "[parameter]\n\"R.total.modulus\" = { start = 20.0, free = true }\n";
    let story = Story::new(&format!("{extended}{free}"));
    // Values that are typed are no secret.
    let toys = ["toys", "fit.toml", "--toys", "2", "--events", "300"];
    let said = story.run(&toys).good();
    assert!(said.contains("events of data"), "{said}");
}

#[test]
fn no_output_tells_a_blind_value() {
    let [(_, open), (story, _)] = fits();
    let result = "out/result.json";
    write(story.folder.path(), "others.toml", VARIATIONS);
    let mut said = String::new();
    for arguments in [
        &["fit", "fit.toml", "--out", "again", "--params", result][..],
        &[
            "fit", "fit.toml", "--out", "part", "--part", "1/2", "--starts", "32",
        ],
        &["profile", result, "R.width", "NR.total.phase", "ratio"],
        &["profile", result, "R.width", "--json", "--force"],
        &["scan", result, "R.width", "--points", "5"],
        &["scan", result, "ratio", "product", "--points", "3"],
        &["bootstrap", result, "--replicas", "3"],
        &["toys", result, "--toys", "2", "--events", "300"],
        &["significance", result],
        &["select", result, "--lasso", "--out", "path"],
        &["vary", result, "--variations", "others.toml"],
        &[
            "vary",
            result,
            "--variations",
            "others.toml",
            "--json",
            "--force",
        ],
        &["compare", result, "again/result.json"],
        &["fractions", result],
        &["fractions", result, "--json"],
        &["check", "fit.toml", "--params", result],
        &["check", "fit.toml", "--params", result, "--json"],
        &["check", "fit.toml", "--params", result, "--latex"],
        &["nll", "fit.toml", "--params", result, "--gradient"],
        &[
            "report",
            result,
            "--latex",
            "t.tex",
            "--markdown",
            "t.md",
            "--force",
        ],
        &["plot", result, "--out", "plots"],
    ] {
        let run = story.run(arguments);
        assert!(run.status < 2, "{arguments:?}: {}", run.stderr);
        said += &run.stdout;
        said += &run.stderr;
        tells_nothing(&arguments.join(" "), &said, &open);
    }
    let mut read = 0;
    for path in files(story.folder.path()) {
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        tells_nothing(&path.display().to_string(), &text, &open);
        read += 1;
    }
    assert!(read > 10, "{read} files");
    // The digits are found where they stand.
    let told = open.to_string();
    let caught = std::panic::catch_unwind(|| tells_nothing("the open result", &told, &open));
    assert!(caught.is_err());
}

#[test]
fn verbs_that_cannot_hide_values_refuse_them() {
    let [_, (story, _)] = fits();
    let refused = ["would tell values that are blind", "unblind"];
    story.run(&["poles", "out/result.json"]).fails(2, &refused);
    let export = ["export", "amplitude-serialization", "fit.toml"];
    story
        .run(&[&export[..], &["--params", "out/result.json"]].concat())
        .fails(2, &refused);
    // Values of the config are no secret.
    let values = story.run(&["fractions", "fit.toml", "--json"]).json();
    let open = Story::new(&config(""));
    let others = open.run(&["fractions", "fit.toml", "--json"]).json();
    assert_eq!(values, others);
}

#[test]
fn values_of_a_blind_fit_come_back_as_they_were() {
    let [(_, open), (story, blind)] = fits();
    let nll = |arguments: &[&str]| {
        let all = [&["nll"][..], arguments, &["--json"]].concat();
        number(&story.run(&all).json()["nll"])
    };
    let wanted = number(&open["nll"]);
    let got = nll(&["fit.toml", "--params", "out/result.json"]);
    // A width of 0.1 hidden by 0.5 comes back to 1e-16, where NLL has its minimum.
    assert!((got - wanted).abs() < 1e-9, "{got} {wanted}");
    // So does what a path of selections writes, which an open config does not take.
    let select = ["select", "out/result.json", "--lasso", "--out", "path"];
    story.run(&select).good();
    let chosen = story.folder.path().join("path/select.json");
    let chosen = chosen.to_str().unwrap();
    let got = nll(&["fit.toml", "--params", chosen]);
    assert!((got - wanted).abs() < 1e-6, "{got} {wanted}");
    let open = Story::new(&config(""));
    let refused = open.run(&["nll", "fit.toml", "--params", chosen]);
    refused.fails(2, &["the values of the result are blind"]);
    // A phase is shown within half a turn by every verb.
    let phase = value(&blind, "parameters", "NR.total.phase");
    let profile = [
        "profile",
        "out/result.json",
        "NR.total.phase",
        "--json",
        "--force",
    ];
    let profile = story.run(&profile).json();
    let found = number(&profile["profiles"][0]["value"]);
    assert!((found - phase).abs() < 1e-6, "{found} {phase}");
    // A profile and a scan are around the value that is shown.
    let width = value(&blind, "parameters", "R.width");
    let profile = ["profile", "out/result.json", "R.width", "--json", "--force"];
    let profile = story.run(&profile).json();
    let end = |side: &str| number(&profile["profiles"][0]["intervals"][0][side]["value"]);
    assert!((number(&profile["profiles"][0]["value"]) - width).abs() < 1e-6);
    assert!(end("lower") < width && width < end("upper"));
    let range = format!("{}..{}", width - 0.002, width + 0.002);
    let scan = [
        "scan",
        "out/result.json",
        "R.width",
        "--points",
        "3",
        "--range",
        &range,
        "--json",
    ];
    let scan = story.run(&scan).json();
    let rise = |point: usize| number(&scan["points"][point]["rise"]);
    assert!(
        rise(1).abs() < 1e-3 && rise(0) > rise(1) && rise(2) > rise(1),
        "{scan}"
    );
}

/// What values move by is no secret, and the same from wherever they start.
#[test]
fn shifts_of_a_blind_fit_are_those_of_an_open_one() {
    let shifts = fits().map(|(story, result)| {
        write(story.folder.path(), "others.toml", VARIATIONS);
        let vary = [
            "vary",
            "out/result.json",
            "--variations",
            "others.toml",
            "--json",
        ];
        let varied = story.run(&vary).json();
        let of = varied["variations"][0]["numbers"].as_array().unwrap();
        let of = of
            .iter()
            .find(|number| number["name"] == "R.width")
            .unwrap();
        let value = value(&result, "parameters", "R.width");
        (number(&of["shift"]), number(&of["value"]) - value)
    });
    let [(open, _), (blind, moved)] = shifts;
    assert!(
        open.abs() > 1e-4 && (blind - open).abs() < 1e-7,
        "{shifts:?}"
    );
    assert!((moved - blind).abs() < 1e-12, "{shifts:?}");
}

#[test]
fn a_result_hidden_in_another_way_is_refused() {
    let [(open, _), (story, _)] = fits();
    let params = story.folder.path().join("out/result.json");
    let params = params.to_str().unwrap();
    let other = Story::new(&config(&BLIND.replace("shamrock", "clover")));
    let from = |story: &Story, path: &str| story.run(&["nll", "fit.toml", "--params", path]);
    from(&other, params).fails(2, &["hidden in another way", "the same [blind]"]);
    for (was, is) in [("0.5", "0.6"), ("ratio = 2.0", "ratio = 1.0")] {
        let wider = Story::new(&config(&BLIND.replace(was, is)));
        from(&wider, params).fails(2, &["hidden in another way"]);
    }
    from(&open, params).fails(2, &["the values of the result are blind"]);
    let known = open.folder.path().join("out/result.json");
    from(&story, known.to_str().unwrap()).fails(2, &["the values of the result are not blind"]);
    story
        .run(&["compare", "out/result.json", known.to_str().unwrap()])
        .fails(2, &["hidden in different ways"]);
    story
        .run(&["profile", "out/result.json", "--set", "R.width=0.1"])
        .fails(2, &["the value of `R.width` is blind"]);
    story
        .run(&["scan", "out/result.json", "NR.total.phas"])
        .fails(2, &["NR.total.phase"]);
}

#[test]
fn mistakes_in_the_section_are_pointed_at() {
    for (was, is, says) in [
        (
            "\"R.width\" = 0.5",
            "\"R.widht\" = 0.5",
            "did you mean `R.width`?",
        ),
        ("\"R.width\" = 0.5", "\"R.mass\" = 0.5", "`R.mass` is fixed"),
        ("\"R.width\" = 0.5", "\"R.width\" = 0", "0 hides nothing"),
        (", product = 0.1", "", "no scale of the quantity `product`"),
        ("key = \"shamrock\"", "", "key"),
    ] {
        assert!(BLIND.contains(was));
        let story = Story::new(&config(&BLIND.replace(was, is)));
        story
            .run(&["check", "fit.toml"])
            .fails(2, &["fit.toml:", says]);
    }
    let shown = BLIND.replace(", product = 0.1", "") + "derived = \"shown\"\n";
    let story = Story::new(&config(&shown));
    let result = story.run(&["fit", "fit.toml", "--json"]).json();
    let open = Story::new(&config(""))
        .run(&["fit", "fit.toml", "--json"])
        .json();
    assert_eq!(result["fractions"], open["fractions"]);
    let ratio = |of: &Value| value(of, "quantities", "ratio");
    assert_ne!(ratio(&result), ratio(&open));
}
