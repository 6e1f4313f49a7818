//! Two results side by side: differences, and the errors that common events leave them.

mod support;

use serde_json::{Value, json};
use support::story::{Story, example};
use support::{number, read_json, relative};

fn fit(story: &Story, config: &str, out: &str) -> Value {
    support::write(story.folder.path(), &format!("{out}.toml"), config);
    let config = format!("{out}.toml");
    (story.run(&["fit", &config, "--out", out, "--quiet", "--starts", "6"])).good();
    read_json(&story.folder.path().join(out).join("result.json"))
}

fn compared(story: &Story, a: &str, b: &str) -> Value {
    let [a, b] = [a, b].map(|out| format!("{out}/result.json"));
    story.run(&["compare", &a, &b, "--json"]).json()
}

/// Each error of a difference, beside those of both sides.
fn errors(document: &Value) -> impl Iterator<Item = [f64; 3]> {
    let numbers = document["numbers"].as_array().unwrap().iter();
    numbers.map(|of| ["a_error", "b_error", "error"].map(|key| number(&of[key])))
}

#[test]
fn a_difference_has_the_error_that_common_events_leave() {
    let story = Story::new(&example("dp-kpipi"));
    let config = example("dp-kpipi");
    let all = fit(&story, &config, "all");
    let fewer_waves = config.replace(", \"NR\"]", "]");
    let fewer_waves = &fewer_waves[..fewer_waves.find("[resonance.NR]").unwrap()];
    let samples = &config[config.find("[data]").unwrap()..];
    let fewer = fit(&story, &format!("{fewer_waves}{samples}"), "fewer");

    let document = compared(&story, "all", "fewer");
    assert_eq!(document["shared_data"], "same");
    let rise = number(&fewer["nll"]) - number(&all["nll"]);
    assert!(rise > 1.0);
    assert_eq!(number(&document["nll_difference"]), rise);
    assert_eq!(
        document["only_a"],
        json!(["NR.total.re", "NR.total.im", "fraction of NR"])
    );
    assert_eq!(document["only_b"], json!([]));
    assert_eq!(document["numbers"].as_array().unwrap().len(), 9);
    for [a, b, error] in errors(&document) {
        assert!(relative(error * error, (a * a - b * b).abs()) < 1e-9);
    }
    for of in document["numbers"].as_array().unwrap() {
        assert_eq!(
            number(&of["difference"]),
            number(&of["b"]) - number(&of["a"])
        );
        assert_eq!(
            number(&of["sigmas"]),
            number(&of["difference"]) / number(&of["error"])
        );
    }
    let back = compared(&story, "fewer", "all");
    assert_eq!(number(&back["nll_difference"]), -rise);
    assert_eq!(back["only_b"], document["only_a"]);
    let text = story
        .run(&["compare", "all/result.json", "fewer/result.json"])
        .good();
    for says in [
        "both have the same events",
        "only A has NR.total.re",
        "NLL of B less that of A: +",
    ] {
        assert!(text.contains(says), "{text}");
    }

    // 2000 more events beside the same ones, and they alone.
    let toys = [
        "generate",
        "all.toml",
        "--params",
        "all/result.json",
        "--out",
        "more.root",
    ];
    let toys = [&toys[..], &["--events", "2000", "--seed", "7"]].concat();
    story.run(&toys).good();
    let first = config
        .lines()
        .find(|line| line.ends_with("data.root\""))
        .unwrap();
    let with = |files: &str| config.replace(first, &format!("files = {files}"));
    let file = first.split_once('=').unwrap().1;
    let joined = fit(&story, &with(&format!("[{file}, \"more.root\"]")), "joined");
    fit(&story, &with("\"more.root\""), "alone");
    let document = compared(&story, "all", "joined");
    assert_eq!(document["shared_data"], "nested");
    assert_eq!(document["nll_difference"], Value::Null);
    assert!(number(&joined["nll"]) < number(&all["nll"]));
    for [a, b, error] in errors(&document) {
        assert!(relative(error * error, (a * a - b * b).abs()) < 1e-9);
    }
    let document = compared(&story, "all", "alone");
    assert_eq!(document["shared_data"], "independent");
    for [a, b, error] in errors(&document) {
        assert!(relative(error, a.hypot(b)) < 1e-12);
    }
    // Toys of one truth, in standard deviations.
    for of in document["numbers"].as_array().unwrap() {
        assert!(number(&of["sigmas"]).abs() < 4.0, "{of}");
    }
    let text = story
        .run(&["compare", "all/result.json", "alone/result.json"])
        .good();
    assert!(text.contains("NLLs are of different data"), "{text}");

    // A result and itself: no difference, and no error of it.
    let document = compared(&story, "all", "all");
    assert_eq!(document["nll_difference"], 0.0);
    for of in document["numbers"].as_array().unwrap() {
        assert_eq!(of["difference"], 0.0);
        assert_eq!([&of["error"], &of["sigmas"]], [&Value::Null; 2]);
    }
    let refused = story.run(&["compare", "all/result.json", "all.toml"]);
    refused.fails(2, &["`all.toml` is no result of gpuwa"]);
}
