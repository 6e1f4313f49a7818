//! A background density inside the likelihood: numbers from plain sums, and toys fitted back.

mod support;

use serde_json::Value;
use support::story::{Story, events, with_data};
use support::{own, text, write};

/// B -> a b c with the data and Monte Carlo of `negative_weights.rs`, and this background.
fn config(density: &str) -> String {
    let mc = format!("{}\nweight = \"1\"", events("mc"));
    format!(
        "{}\n[background_density]\n{density}\n",
        with_data(&format!("{}\nweight = \"1\"", events("data")), &mc)
    )
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap().iter();
    list.map(|x| x.as_f64().unwrap()).collect()
}

fn nll(story: &Story) -> f64 {
    let result = story.run(&["nll", "fit.toml", "--json"]).json();
    result["nll"].as_f64().unwrap()
}

#[test]
fn a_flat_background_is_that_of_plain_sums() {
    let story = Story::new(&config("fraction = 0.2\nformula = \"3 + 0*m(a b)\""));
    let eval = |sample: &str| {
        let path = own(&format!("oracle/background_{sample}.npz"));
        let file = text(&path).to_owned();
        let arguments = ["eval", "fit.toml", "--data", &file, "--json"];
        numbers(&story.run(&arguments).json()["intensity"])
    };
    let (data, mc) = (eval("data"), eval("mc"));
    let mean = mc.iter().sum::<f64>() / mc.len() as f64;
    let want: f64 = data.iter().map(|i| -(0.8 * i / mean + 0.2).ln()).sum();
    let got = nll(&story);
    assert!((got - want).abs() < 1e-10 * want.abs(), "{got} {want}");
    // One bin is a constant; a fraction of nothing changes nothing.
    let bins = Story::new(&config(
        "fraction = 0.2\nhistogram = \"bins.txt\"\nvariables = [\"m2(a b)\"]",
    ));
    write(bins.folder.path(), "bins.txt", "0 5 7\n");
    assert!((nll(&bins) - want).abs() < 1e-10 * want.abs());
    let none = nll(&Story::new(&config("fraction = 0.0\nformula = \"m(a b)\"")));
    let signal: f64 = data.iter().map(|i| -(i / mean).ln()).sum();
    assert!(
        (none - signal).abs() < 1e-10 * signal.abs(),
        "{none} {signal}"
    );
}

/// A resonance alone: a flat background beside a constant wave would be nearly the same thing.
fn resonance(data: &str) -> String {
    let config = with_data(data, "files = \"mc.root\"");
    let config = config.replace("[\"R\", \"NR\"]", "[\"R\"]");
    config.replace("[resonance.NR]\nspin  = 0\nshape = \"constant\"\n", "")
}

/// Toys: 3000 of the signal, 1000 flat ones in phase space, and a sideband.
fn toys() -> Story {
    let data = "files = [\"signal.root\", \"flat.root\"]";
    let story = Story::new(&resonance(data));
    let signal = [
        "generate",
        "fit.toml",
        "--events",
        "3000",
        "--out",
        "signal.root",
    ];
    story.run(&signal).good();
    for (events, seed, file) in [
        ("1000", "2", "flat.root"),
        ("1500", "3", "side.root"),
        ("20000", "4", "mc.root"),
    ] {
        let run = [
            "generate", "fit.toml", "--flat", "--events", events, "--seed", seed, "--out", file,
        ];
        story.run(&run).good();
    }
    story
}

const FRACTION: &str = "fraction = { start = 0.1, free = true }";

/// Fits and checks the fraction (0.25) and the width (0.1).
fn fitted_back(story: &Story, density: &str) -> Value {
    let config = resonance("files = [\"signal.root\", \"flat.root\"]");
    let config =
        format!("{config}\n[background_density]\n{FRACTION}\n{density}\n[fit]\nstarts = 2\n");
    write(story.folder.path(), "fit.toml", &config);
    let result = story.run(&["fit", "fit.toml", "--json", "--force"]).json();
    let parameters = result["parameters"].as_array().unwrap();
    for (name, truth) in [("background.fraction", 0.25), ("R.width", 0.1)] {
        let found = parameters.iter().find(|p| p["name"] == name).unwrap();
        let [value, error] = ["value", "error"].map(|key| found[key].as_f64().unwrap());
        assert!(error > 0.0 && error < 0.05, "{name}: {error}");
        assert!(
            (value - truth).abs() < 3.5 * error,
            "{name}: {value} ± {error}"
        );
    }
    result
}

#[test]
fn toys_with_a_background_are_fitted_back_by_every_kind_of_density() {
    let story = toys();
    let by_formula = fitted_back(&story, "formula = \"1 + 0*m2(a b)\"");
    write(story.folder.path(), "bins.txt", "0 5 0 5 7\n");
    let two = "variables = [\"m2(a b)\", \"m2(b c)\"]";
    let by_bins = fitted_back(&story, &format!("histogram = \"bins.txt\"\n{two}"));
    let [nll, other] = [&by_formula, &by_bins].map(|result| result["nll"].as_f64().unwrap());
    assert!((nll - other).abs() < 1e-7 * nll.abs(), "{nll} {other}");
    let by_kernels = fitted_back(
        &story,
        &format!("{two}\n[background_density.sideband]\nfiles = \"side.root\""),
    );
    let roles: Vec<&Value> = by_kernels["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| &i["role"])
        .collect();
    assert!(roles.contains(&&Value::from("data sideband")), "{roles:?}");
    story.run(&["check", "fit.toml"]).good();
    // Toys are of the signal, and one has to say so.
    let generate = [
        "generate", "fit.toml", "--events", "10", "--out", "new.root",
    ];
    story.run(&generate).fails(
        2,
        &["toys have no background", "--set background.fraction=0"],
    );
    story
        .run(&[&generate[..], &["--set", "background.fraction=0"]].concat())
        .good();
}

#[test]
fn backgrounds_that_are_none_are_refused() {
    let plain = "fraction = 0.2\nformula = \"1 + m2(a b)\"";
    for (was, is, status, says) in [
        ("m2(a b)", "m2(a d)", 2, "`d` is no final particle"),
        ("1 + m2", "1 + x*m2", 2, "`x` is no variable of the event"),
        ("1 + m2", "1 - 9*m2", 3, "of the data is -"),
        ("0.2", "1.5", 2, "it lies between 0 and 1"),
        (
            "0.2",
            "{ free = true }",
            2,
            "the fraction has no start value",
        ),
        (
            "formula",
            "bandwidth = [0.1]\nformula",
            2,
            "only the kernels of a sideband",
        ),
        (
            "formula",
            "histogram = \"none.txt\"\nformula",
            2,
            "write one of",
        ),
        (
            "formula = \"1 + m2(a b)\"",
            "histogram = \"none.txt\"",
            2,
            "in some variables",
        ),
        (
            "formula = \"1 + m2(a b)\"",
            "variables = [\"m(a b)\"]\nhistogram = \"none.txt\"",
            2,
            "cannot read",
        ),
    ] {
        let density = plain.replacen(was, is, 1);
        assert_ne!(density, plain);
        let story = Story::new(&config(&density));
        story.run(&["nll", "fit.toml"]).fails(status, &[says]);
    }
    for given in [
        "start = 0.1, free = true, limits = [-1.0, 1.0]",
        "start = 1.0, free = true",
    ] {
        let given = format!("{plain}\n[parameter]\n\"background.fraction\" = {{ {given} }}");
        let story = Story::new(&config(&given));
        story
            .run(&["nll", "fit.toml"])
            .fails(2, &["it lies between 0 and 1"]);
    }
    let hole = Story::new(&config(
        "fraction = 0.2\nhistogram = \"bins.txt\"\nvariables = [\"m(a b)\"]",
    ));
    write(hole.folder.path(), "bins.txt", "0 0.9 1\n");
    hole.run(&["nll", "fit.toml"])
        .fails(3, &["bins must cover all of them"]);
    let subtracted = format!("{}\n[background]\n{}\n", config(plain), events("side"));
    let subtracted = Story::new(&subtracted);
    subtracted
        .run(&["nll", "fit.toml"])
        .fails(2, &["subtracted already", "fit.toml:"]);
}

/// Their sums over the Monte Carlo move together, which the formula for independent ones does not know.
#[test]
fn data_sets_of_one_monte_carlo_file_have_no_part_of_its_size() {
    let mc = format!("{}\nweight = \"1\"", events("mc"));
    let data = format!("{}\nweight = \"1\"", events("data"));
    let one = with_data(&data, &mc);
    let (head, _) = one.split_once("[data]").unwrap();
    let [data, mc] = [data, mc].map(|sample| sample.replace('\n', ", "));
    let set =
        |name| format!("[[dataset]]\nname = \"{name}\"\ndata = {{ {data} }}\nmc = {{ {mc} }}\n");
    let two = format!("{head}{}{}", set("first"), set("second"));
    for (config, given) in [(one.as_str(), true), (two.as_str(), false)] {
        let story = Story::new(config);
        let run = story.run(&["fit", "fit.toml", "--starts", "2", "--json"]);
        assert_eq!(run.stderr.contains("share Monte Carlo files"), !given);
        assert_eq!(run.json()["monte_carlo_covariance"].is_object(), given);
    }
}
