//! D0 and anti-D0 to one self-conjugate final state: toys with CP violation, fitted back.

mod support;

use support::{gpuwa_in, number, read_json, write};

const MODEL: &str = r#"gpuwa = 1
convention = "helicity-1"

[reaction.D0]
initial   = "D0"
final     = ["K(S)0", "pi+", "pi-"]
conjugate = "D0bar"

[[reaction.D0.chain]]
decay = "D0 -> R pi+, R -> K(S)0 pi-"
R     = ["K*(892)-"]
weak  = ["D0"]

[[reaction.D0.chain]]
decay = "D0 -> R K(S)0, R -> pi+ pi-"
R     = ["rho(770)0", "f0(1500)"]
weak  = ["D0"]

[coupling]
"D0:rho(770)0.total"    = { re = 0.8, im = 0.3 }
"D0bar:rho(770)0.total" = { re = 0.5, im = 0.5 }
"D0:f0(1500).total"     = { re = -0.2, im = 0.5 }

[phase_space]
events = 5000

[fit]
starts = 2

[[dataset]]
name     = "particles"
reaction = "D0"
data     = { files = "d.root" }
mc       = { files = "d-mc.root" }

[[dataset]]
name     = "antiparticles"
reaction = "D0bar"
data     = { files = "dbar.root" }
mc       = { files = "dbar-mc.root" }
"#;

fn generate(folder: &std::path::Path) {
    for (reaction, events, seed, file, how) in [
        ("D0", "1500", "1", "d.root", ""),
        ("D0bar", "1500", "2", "dbar.root", ""),
        ("D0", "8000", "3", "d-mc.root", "--flat"),
        ("D0bar", "8000", "4", "dbar-mc.root", "--flat"),
    ] {
        let mut words = vec!["generate", "fit.toml", "--reaction", reaction];
        words.extend(["--events", events, "--seed", seed, "--out", file]);
        words.extend(Some(how).filter(|how| !how.is_empty()));
        gpuwa_in(folder, &words).good();
    }
}

#[test]
fn asymmetries_of_toys_are_fitted_back() {
    let folder = tempfile::TempDir::new().unwrap();
    write(folder.path(), "fit.toml", MODEL);
    generate(folder.path());
    let printed = gpuwa_in(folder.path(), &["fit", "fit.toml", "--out", "."]).good();
    assert!(printed.contains("asymmetry"), "{printed}");
    let result = read_json(&folder.path().join("result.json"));
    let asymmetries = result["asymmetries"].as_array().unwrap();
    let [r, rbar] = [(0.8_f64, 0.3_f64), (0.5, 0.5)].map(|(re, im)| (re.hypot(im), im.atan2(re)));
    for (name, truth) in [
        ("D0:dr rho(770)0.total", (r.0 - rbar.0) / 2.0),
        ("D0:dphi rho(770)0.total", (r.1 - rbar.1) / 2.0),
    ] {
        let found = asymmetries.iter().find(|a| a["name"] == name);
        let found = found.unwrap_or_else(|| panic!("no {name} in {asymmetries:?}"));
        let [value, error] = ["value", "error"].map(|key| number(&found[key]));
        assert!(error > 0.0 && error < 0.1, "{name}: {error}");
        assert!(
            (value - truth).abs() < 4.0 * error,
            "{name}: {value} ± {error}, truth {truth}"
        );
    }
    // One amplitude of both where CP is not said to be broken.
    let names = asymmetries.iter().map(|a| a["name"].as_str().unwrap());
    assert!(names.filter(|name| name.contains("dr ")).count() == 1);
    let file = ["fractions", "result.json", "--json"];
    let fractions = gpuwa_in(folder.path(), &file).json();
    let rate = number(&fractions["asymmetries"]["D0:rate"]["value"]);
    let of_fit = asymmetries.iter().find(|a| a["name"] == "D0:rate").unwrap();
    assert!((rate - number(&of_fit["value"])).abs() < 1e-12);
}

#[test]
fn what_says_nothing_of_antiparticles_is_refused() {
    let folder = tempfile::TempDir::new().unwrap();
    for (was, is, says) in [
        (
            "conjugate = \"D0bar\"",
            "conjugate = \"D0\"",
            "two reactions are called `D0`",
        ),
        (
            "conjugate = \"D0bar\"",
            "conjugate = \"D0:bar\"",
            "leave the colon out",
        ),
        (
            "reaction = \"D0bar\"",
            "reaction = \"D0ba\"",
            "did you mean `D0bar`",
        ),
        (
            "{ files = \"dbar.root\" }",
            "{ files = \"dbar.root\", charge = \"q\" }",
            "charge conjugates",
        ),
    ] {
        let config = MODEL.replacen(was, is, 1);
        assert_ne!(config, MODEL);
        write(folder.path(), "fit.toml", &config);
        gpuwa_in(folder.path(), &["nll", "fit.toml"]).fails(2, &[says]);
    }
}

/// With one amplitude for both reactions, the same random numbers would make one sample twice.
#[test]
fn toys_of_two_reactions_have_no_event_in_common() {
    let folder = tempfile::TempDir::new().unwrap();
    let broken = "\"D0bar:rho(770)0.total\" = { re = 0.5, im = 0.5 }\n";
    let conserved = MODEL.replace("weak  = [\"D0\"]\n", "").replace(broken, "");
    assert!(conserved.len() < MODEL.len() - broken.len());
    write(folder.path(), "fit.toml", &conserved);
    let sizes = ["--toys", "40", "--events", "400", "--monte-carlo", "2000"];
    let words = [&["toys", "fit.toml", "--out", "toys", "--json"], &sizes[..]].concat();
    let toys = gpuwa_in(folder.path(), &words).json();
    let listed = toys["numbers"].as_array().unwrap().iter();
    let widths: Vec<f64> = listed.map(|of| number(&of["pulls"]["width"][0])).collect();
    let mean = widths.iter().sum::<f64>() / widths.len() as f64;
    assert!((mean - 1.0).abs() < 0.2, "{widths:?}");
}

/// Of each data set a Poisson number of events, with the rates of the model against each other.
#[test]
fn toys_of_rates_draw_the_events_of_each_data_set() {
    let folder = tempfile::TempDir::new().unwrap();
    let rates = MODEL.replace("-mc.root\" }", "-mc.root\" }\ngenerated = 8000");
    let free =
        "[parameter]\n\"D0:K*(892)-.total.re\" = { start = 1.0, free = true }\n[phase_space]";
    let extended = rates.replace("[phase_space]", free);
    let joint = rates.replace("generated = 8000", "generated = 8000\njoint = \"both\"");
    let toys = |config: &str, more: &[&str]| {
        write(folder.path(), "fit.toml", config);
        let sizes = ["--toys", "40", "--monte-carlo", "2000", "--force", "--json"];
        let words = [&["toys", "fit.toml", "--out", "toys"], &sizes[..], more].concat();
        gpuwa_in(folder.path(), &words)
    };
    let listed = |document: &serde_json::Value, name: &str| {
        let mut all = document["numbers"].as_array().unwrap().iter();
        let found = all.find(|of| of["name"] == name);
        found.cloned()
    };
    for config in [&extended, &joint] {
        let document = toys(config, &["--events", "800"]).json();
        assert_eq!(document["converged"], 40);
        let expected = document["expected"].as_array().unwrap();
        let expected: Vec<f64> = expected.iter().map(|of| number(&of["events"])).collect();
        assert!((expected.iter().sum::<f64>() - 800.0).abs() < 1e-9);
        assert!(expected[0] > 1.05 * expected[1], "{expected:?}");
        let drawn = document["toys"].as_array().unwrap();
        for (set, expected) in expected.iter().enumerate() {
            let mean = drawn
                .iter()
                .map(|toy| number(&toy["events"][set]))
                .sum::<f64>()
                / 40.0;
            // Four errors of the mean of 40 numbers, and those of 5000 events of phase space.
            let allowed = 4.0 * (expected / 40.0).sqrt() + 0.03 * expected;
            assert!((mean - expected).abs() < allowed, "{mean} of {expected}");
        }
        // What is measured by the numbers of events has right errors, and joint sets have no rate of their own.
        let names = [
            "D0:K*(892)-.total.re",
            "events of particles",
            "events of antiparticles",
        ];
        for name in names {
            let Some(of) = listed(&document, name) else {
                assert_eq!(config, &joint, "{name}");
                continue;
            };
            assert_eq!(config, &extended, "{name}");
            let [mean, width] = ["mean", "width"].map(|key| number(&of["pulls"][key][0]));
            assert!(mean.abs() < 0.65 && (width - 1.0).abs() < 0.45, "{of}");
        }
    }
    toys(&joint, &[]).fails(2, &["data sets that are joint", "--events"]);
    let mixed = extended.replacen("generated = 8000", "", 1);
    toys(&mixed, &["--events", "800"])
        .fails(2, &["`antiparticles` has `generated`, `particles` has not"]);
}

/// The sum of both samples says nothing of an asymmetry: leaving it out changes neither value nor error.
#[test]
fn a_joint_normalisation_measures_the_rate_asymmetry_of_an_extended_one() {
    let folder = tempfile::TempDir::new().unwrap();
    write(folder.path(), "fit.toml", MODEL);
    let truth = gpuwa_in(folder.path(), &["fractions", "fit.toml", "--json"]).json();
    let truth = number(&truth["asymmetries"]["D0:rate"]["value"]);
    assert!(truth.abs() > 0.03, "{truth}");
    for (reaction, sign, seed, data, mc) in [
        ("D0", 1.0, "1", "d.root", "d-mc.root"),
        ("D0bar", -1.0, "2", "dbar.root", "dbar-mc.root"),
    ] {
        let events = (1500.0 * (1.0 + sign * truth)).round().to_string();
        let words = [
            "generate",
            "fit.toml",
            "--reaction",
            reaction,
            "--seed",
            seed,
            "--events",
        ];
        gpuwa_in(
            folder.path(),
            &[&words[..], &[&events, "--out", data]].concat(),
        )
        .good();
        gpuwa_in(
            folder.path(),
            &[&words[..], &["8000", "--flat", "--out", mc]].concat(),
        )
        .good();
    }
    let rate = |name: &str, config: &str| {
        write(folder.path(), name, config);
        let words = ["fit", name, "--out", "out", "--force", "--json"];
        let result = gpuwa_in(folder.path(), &words).json();
        let mut all = result["asymmetries"].as_array().unwrap().iter();
        let rate = all.find(|a| a["name"] == "D0:rate").unwrap();
        ["value", "error"].map(|key| number(&rate[key]))
    };
    let extended = MODEL.replace("-mc.root\" }", "-mc.root\" }\ngenerated = 8000");
    let free =
        "[parameter]\n\"D0:K*(892)-.total.re\" = { start = 1.0, free = true }\n[phase_space]";
    let joint = extended.replace("generated = 8000", "generated = 8000\njoint = \"both\"");
    let [value, error] = rate("joint.toml", &joint);
    let extended = rate("extended.toml", &extended.replace("[phase_space]", free));
    assert!(
        (value - extended[0]).abs() < 1e-3 * error,
        "{value} {extended:?}"
    );
    assert!(
        (error / extended[1] - 1.0).abs() < 1e-3,
        "{error} {extended:?}"
    );
    assert!(
        error < 0.03 && (value - truth).abs() < 3.0 * error,
        "{value} ± {error}, {truth}"
    );
    // The shapes alone know less of it.
    let [_, of_shapes] = rate("shapes.toml", MODEL);
    assert!(of_shapes > 1.1 * error, "{of_shapes} {error}");
    // What is measured is no flat direction, the scale of both is.
    let check = |name: &str| gpuwa_in(folder.path(), &["check", name]).good();
    assert_eq!(
        check("joint.toml").contains("overall"),
        check("fit.toml").contains("overall")
    );
}

#[test]
fn sets_that_cannot_be_joined_are_refused() {
    let folder = tempfile::TempDir::new().unwrap();
    let joint = "-mc.root\" }\ngenerated = 8000\njoint = \"both\"";
    let config = MODEL.replace("-mc.root\" }", joint);
    for (was, is, says) in [
        (
            "generated = 8000\n",
            "",
            "not known without its generated events",
        ),
        ("joint = \"both\"", "joint = \"bth\"", "did you mean `both`"),
    ] {
        write(folder.path(), "fit.toml", &config.replacen(was, is, 1));
        gpuwa_in(folder.path(), &["nll", "fit.toml"]).fails(2, &[says]);
    }
}
