//! Solutions of a fit that cannot be told apart by the data, and forms of one solution.

mod support;

use serde_json::{Value, json};
use support::story::Story;
use support::{number, read_json};

/// B -> (a b) c with waves of these spins and couplings, whose shapes are real and constant: the intensity is a
/// polynomial in the cosine of one angle.
fn waves(waves: &[(&str, u32, [f64; 2])]) -> String {
    let names: Vec<String> = waves
        .iter()
        .map(|(name, ..)| format!("\"{name}\""))
        .collect();
    let resonances = waves.iter().map(|(name, spin, _)| {
        format!("[resonance.{name}]\nspin = {spin}\nshape = \"constant\"\n")
    });
    let couplings = waves
        .iter()
        .skip(1)
        .map(|(name, _, [re, im])| format!("\"{name}.total\" = {{ re = {re}, im = {im} }}\n"));
    format!(
        r#"gpuwa = 1
convention = "helicity-1"
[decay]
initial = "B"
final   = ["a", "b", "c"]
[[decay.chain]]
decay   = "B -> X c, X -> a b"
X       = [{}]
barrier = {{ B = "none", X = "none" }}
[particle]
B = {{ mass = 2.0, spin = 0 }}
a = {{ mass = 0.5, spin = 0 }}
b = {{ mass = 0.14, spin = 0 }}
c = {{ mass = 0.3, spin = 0 }}
{}
[coupling]
{}
[phase_space]
events = 2000
[data]
files = "data.root"
[mc]
files = "mc.root"
"#,
        names.join(", "),
        resonances.collect::<String>(),
        couplings.collect::<String>(),
    )
}

/// A fit to toys of the model: what the terminal says, and the result.
fn fitted(config: &str) -> (Story, String, Value) {
    let story = Story::new(config);
    for (events, out, more) in [
        ("2000", "data.root", "--seed=1"),
        ("6000", "mc.root", "--flat"),
    ] {
        let generate = [
            "generate", "fit.toml", "--events", events, "--out", out, more,
        ];
        story.run(&generate).good();
    }
    let fit = [
        "fit", "fit.toml", "--out", "out", "--starts", "24", "--enough", "24",
    ];
    let text = story.run(&fit).good();
    let result = read_json(&story.folder.path().join("out/result.json"));
    (story, text, result)
}

#[test]
fn conjugate_couplings_of_real_shapes_are_one_solution() {
    let config = waves(&[("S", 0, [1.0, 0.0]), ("P", 1, [0.6, 0.5])]);
    let (_, text, result) = fitted(&config);
    let all = result["ambiguities"].as_array().unwrap();
    assert_eq!(all.len(), 1, "{all:?}");
    let other = &all[0];
    assert_eq!(
        [&other["kind"], &other["trivial"]],
        [&json!("conjugation"), &json!(true)]
    );
    assert_eq!(other["above"], 0.0);
    assert_eq!(other["fractions"], json!([]));
    let parameters = other["parameters"].as_array().unwrap();
    assert_eq!(parameters.len(), 1);
    assert_eq!(parameters[0]["name"], "P.total.im");
    let [here, there] = ["here", "there"].map(|key| number(&parameters[0][key]));
    assert!(
        (here + there).abs() < 1e-3 && (here.abs() - 0.5).abs() < 0.3,
        "{here} {there}"
    );
    assert!(
        text.contains("same solution (all amplitudes complex conjugated): P.total.im"),
        "{text}"
    );
}

/// I(z) = |c (z - z1) (z - z2)|² is the same with one of the zeros conjugated (E. Barrelet, Nuovo Cimento A 8 (1972)
/// 331): waves of other sizes.
#[test]
fn solutions_of_one_likelihood_and_other_fractions_are_listed() {
    let config = waves(&[
        ("S", 0, [1.0, 0.0]),
        ("P", 1, [0.9, 0.7]),
        ("D", 2, [0.3, -0.8]),
    ]);
    let (story, text, result) = fitted(&config);
    let all = result["ambiguities"].as_array().unwrap();
    let trivial: Vec<&Value> = all.iter().filter(|of| of["trivial"] == true).collect();
    assert_eq!(trivial.len(), 1, "{all:?}");
    assert_eq!(trivial[0]["kind"], "conjugation");
    let others: Vec<&Value> = all.iter().filter(|of| of["trivial"] == false).collect();
    assert_eq!(others.len(), 1, "{all:?}");
    let other = others[0];
    assert_eq!(other["kind"], "different");
    assert_eq!(other["above"], 0.0);
    let names = |of: &Value| -> Vec<String> {
        let names = of.as_array().unwrap().iter();
        names
            .map(|of| of["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(
        names(&other["fractions"]).contains(&"P".to_owned()),
        "{other}"
    );
    for fraction in other["fractions"].as_array().unwrap() {
        let mut reported = result["fractions"].as_array().unwrap().iter();
        let reported = reported.find(|of| of["name"] == fraction["name"]).unwrap();
        assert_eq!(fraction["here"], reported["value"]);
    }
    assert!(text.contains("another solution of the same NLL"), "{text}");

    let page = story.run(&["report", "out/result.json", "--out", "page.html", "--quiet"]);
    page.good();
    let html = std::fs::read_to_string(story.folder.path().join("page.html")).unwrap();
    assert!(html.contains("Ambiguities") && html.contains("other amplitudes"));

    // Where the other solution starts, the fit stays, and has its fractions.
    let parameters = other["parameters"].as_array().unwrap().iter();
    let mut arguments = vec![
        "fit".to_owned(),
        "fit.toml".into(),
        "--starts".into(),
        "1".into(),
    ];
    arguments.extend(["--out".to_owned(), "there".into(), "--quiet".into()]);
    arguments.extend(["--params".to_owned(), "out/result.json".into()]);
    for of in parameters {
        let name = of["name"].as_str().unwrap();
        arguments.extend(["--set".to_owned(), format!("{name}={}", of["there"])]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    story.run(&arguments).good();
    let there = read_json(&story.folder.path().join("there/result.json"));
    assert!((number(&there["nll"]) - number(&result["nll"])).abs() < 1e-3);
    for fraction in other["fractions"].as_array().unwrap() {
        let mut found = there["fractions"].as_array().unwrap().iter();
        let found = found.find(|of| of["name"] == fraction["name"]).unwrap();
        assert!((number(&found["value"]) - number(&fraction["there"])).abs() < 1e-4);
    }
}
