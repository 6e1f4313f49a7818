//! Intervals and scans after a fit, against fits with the parameter fixed.

mod support;

use serde_json::Value;
use support::story::{Story, example, fitted};
use support::{number, text};

fn end(document: &Value, profile: usize, sigmas: usize, side: &str) -> f64 {
    let end = &document["profiles"][profile]["intervals"][sigmas][side];
    assert_eq!(end["end"], "crossing", "{end}");
    number(&end["value"])
}

/// NLL of a fit of the config with a line of it replaced, from the result of the first fit.
fn refit(story: &Story, config: &str, line: &str, fixed: &str) -> f64 {
    let other = Story::new(&config.replace(line, fixed));
    assert!(config.contains(line), "{line}");
    let result = story.folder.path().join("out/result.json");
    let mut params = support::read_json(&result);
    // Fixed values are the config's.
    let list = params["parameters"].as_array_mut().unwrap();
    let name = fixed.split(' ').next().unwrap();
    list.retain(|p| !p["name"].as_str().unwrap().ends_with(&format!(".{name}")));
    let start = other.folder.path().join("start.json");
    std::fs::write(&start, params.to_string()).unwrap();
    let arguments = [
        "fit",
        "fit.toml",
        "--starts",
        "1",
        "--params",
        "start.json",
        "--json",
    ];
    number(&other.run(&arguments).json()["nll"])
}

/// dNLL/dσ is k at the end of a kσ interval: 1e-4 in NLL is 1e-4 σ and less.
#[test]
fn intervals_are_those_of_fits_with_the_parameter_fixed() {
    let kaons = r#"mass  = { start = 0.893, free = true, limits = [0.88, 0.91] }"#;
    let gamma = r#"mass  = { start = 1.275, free = true, limits = [1.23, 1.32] }"#;
    for (example_name, name, line) in [
        ("dp-kpipi", "Kbar*(892)0.mass", kaons),
        ("jpsi-gpipi", "f2(1270).mass", gamma),
    ] {
        let config = example(example_name);
        let story = fitted(&config);
        let arguments = [
            "profile",
            "out/result.json",
            name,
            "--sigmas",
            "1,2",
            "--json",
        ];
        let document = story.run(&arguments).json();
        let nll = number(&document["nll"]);
        for (place, k) in [(0, 1.0), (1, 2.0)] {
            for side in ["lower", "upper"] {
                let value = end(&document, 0, place, side);
                let there = refit(&story, &config, line, &format!("mass = {value:?}"));
                let rise = there - nll;
                assert!((rise - 0.5 * k * k).abs() < 1e-4, "{name} {side}: {rise}");
            }
        }
    }
}

/// A constraint ten times as precise as the data puts a quantity near to where it is told to, and is the slope of the profile
/// there. With that the rise is known at the end itself, but for the curvature, which over the last hundredth of an error or
/// two is not that of the minimum: some 1e-4.
#[test]
fn the_interval_of_a_quantity_is_that_of_fits_with_the_quantity_held() {
    let quantity = r#"
[quantity.ratio]
formula   = "t / s"
fractions = { t = "Kbar2*(1430)0", s = "Kbar0*(1430)0" }
"#;
    let config = format!("{}{quantity}", example("dp-kpipi"));
    let story = fitted(&config);
    let arguments = ["profile", "out/result.json", "ratio", "--sigmas", "1,2"];
    let document = story.run(&[&arguments[..], &["--json"]].concat()).json();
    let nll = number(&document["nll"]);
    let profile = &document["profiles"][0];
    let [best, error] = ["value", "error"].map(|key| number(&profile[key]));
    let params = story.folder.path().join("out/result.json");
    let mut ends = Vec::new();
    for (place, k) in [(0, 1.0), (1, 2.0)] {
        for (side, sign) in [("lower", -1.0), ("upper", 1.0)] {
            let mean = end(&document, 0, place, side);
            ends.push(mean);
            let sigma = 0.1 * error;
            let constraint = format!(
                "[[constraint]]\nparameter = \"ratio\"\nmean = {mean:?}\nsigma = {sigma:?}\n"
            );
            let held = Story::new(&format!("{config}{constraint}"));
            let fit = ["fit", "fit.toml", "--starts", "1", "--json", "--params"];
            let fit = held.run(&[&fit[..], &[text(&params)]].concat()).json();
            let value = number(&fit["quantities"][0]["value"]);
            let left = (mean - value) / sigma;
            assert!((0.0..0.4).contains(&(sign * left)), "{side} {k}: {left}");
            let there = number(&fit["nll"]) - 0.5 * left * left - nll;
            let rest = mean - value;
            let rise = there + left / sigma * rest + 0.5 * (rest / error) * (rest / error);
            assert!((rise - 0.5 * k * k).abs() < 5e-4, "{side} {k}: {rise}");
        }
    }
    // Not an interval of the covariance, which has its ends at equal distances.
    let skew = (ends[3] - best) / (best - ends[2]) - 1.0;
    assert!(skew.abs() > 0.01, "{skew}");
}

/// It has no variance at its limit, neither from the Hessian nor by the sandwich of weighted data.
#[test]
fn of_a_parameter_at_its_limit_the_free_side_has_its_end() {
    let config = example("jpsi-gpipi").replace("limits = [1.23, 1.32]", "limits = [1.285, 1.32]");
    let config = config.replace("start = 1.275", "start = 1.29");
    let weighted = config.replacen("[data]\n", "[data]\nscale = 0.9\n", 1);
    assert_ne!(weighted, config);
    for config in [config, weighted] {
        let story = fitted(&config);
        let arguments = ["profile", "out/result.json", "f2(1270).mass", "--json"];
        let document = story.run(&arguments).json();
        let interval = &document["profiles"][0]["intervals"][0];
        assert_eq!(interval["lower"]["end"], "limit", "{interval}");
        assert!(end(&document, 0, 0, "upper") > 1.2851, "{interval}");
    }
}

/// Polar couplings without limits are fitted as real and imaginary part, and their moduli held as functions;
/// with limits moduli and phases are coordinates. Both find the same ends.
#[test]
fn a_modulus_held_as_a_function_has_the_interval_of_one_that_is_a_coordinate() {
    let names = ["NR.total.modulus", "NR.total.phase"];
    let polar = example("dp-kpipi").replace("[decay]", "[decay]\ncouplings = \"polar\"");
    let limits = r#"[parameter]
"NR.total.modulus" = { start = 0.6, free = true, limits = [0.0, 9.0] }"#;
    let documents = ["", limits].map(|limits| {
        let story = fitted(&format!("{polar}\n{limits}\n"));
        let mut arguments = vec!["profile", "out/result.json", "--sigmas", "1,3", "--json"];
        arguments.extend(names);
        story.run(&arguments).json()
    });
    for (place, name) in names.iter().enumerate() {
        for (sigmas, k) in [(0, 1.0), (1, 3.0)] {
            for side in ["lower", "upper"] {
                let [function, coordinate] =
                    [0, 1].map(|n| end(&documents[n], place, sigmas, side));
                let error = number(&documents[0]["profiles"][place]["error"]);
                // A phase that is a coordinate ends in the turn in which it started.
                let turns = (function - coordinate) / std::f64::consts::TAU;
                let turns = if name.ends_with("phase") {
                    turns.round()
                } else {
                    0.0
                };
                let off = (function - coordinate - turns * std::f64::consts::TAU) / error;
                assert!(off.abs() < 1e-4, "{name} {side} {k}: {off}");
            }
        }
    }
}

#[test]
fn a_scan_is_a_profile_or_a_slice_and_names_are_checked() {
    let config = example("dp-kpipi");
    let story = fitted(&config);
    let scan = |more: &[&str]| {
        let mut arguments = vec!["scan", "out/result.json", "--json", "--force"];
        arguments.extend(more);
        story.run(&arguments)
    };
    let mass = "Kbar*(892)0.mass";
    let rises = |document: &Value| -> Vec<f64> {
        let points = document["points"].as_array().unwrap();
        points.iter().map(|point| number(&point["rise"])).collect()
    };
    let free = scan(&[mass, "--points", "5"]).json();
    let fixed = scan(&[
        mass,
        "--points",
        "5",
        "--others",
        "fixed",
        "--range",
        "0.892..0.898",
    ])
    .json();
    // 0 in the middle, about 9/2 at three errors.
    let free = rises(&free);
    assert!(free[2].abs() < 1e-8 && (free[0] - 4.5).abs() < 0.5 && (free[4] - 4.5).abs() < 0.5);
    // What the others could gain is missing; nll says the same.
    let there = scan(&[mass, "--points", "5", "--range", "0.892..0.898"]).json();
    let pairs = rises(&fixed).into_iter().zip(rises(&there));
    assert!(pairs.clone().all(|(fixed, free)| fixed > free - 1e-9));
    let set = format!("{mass}=0.892");
    let nll = story.run(&[
        "nll",
        "fit.toml",
        "--params",
        "out/result.json",
        "--set",
        &set,
        "--json",
    ]);
    let nll = number(&nll.json()["nll"]) - number(&fixed["nll"]);
    assert!((rises(&fixed)[0] - nll).abs() < 1e-8);
    // On a grid, the lowest of each row is the profile of one.
    let grid = scan(&[mass, "NR.total.phase", "--points", "5"]).json();
    let grid = rises(&grid);
    assert!(grid[12].abs() < 1e-8);
    for (row, profile) in grid.chunks(5).zip(&free) {
        assert!(row.iter().all(|rise| rise > &(profile - 1e-6)));
    }
    for (arguments, says) in [
        (&["Kbar*(892)0.mas"][..], "did you mean `Kbar*(892)0.mass`"),
        (&["Kbar*(892)0.total.re"], "was fixed in the fit"),
        (&[mass, "--range", "2..1"], "the lower one first"),
        (
            &["NR.total.phase", "--others", "fixed"],
            "it cannot change alone",
        ),
    ] {
        scan(arguments).fails(2, &[says]);
    }
}

/// A checkpoint cut after any step gives the digits of the whole run.
#[test]
fn intervals_and_scans_are_taken_up_again() {
    let story = fitted(&example("dp-kpipi"));
    let out = story.folder.path().join("out");
    let mass = "Kbar*(892)0.mass";
    for (arguments, name) in [
        (
            ["profile", "out/result.json", mass, "NR.total.re"],
            "profile",
        ),
        (
            ["scan", "out/result.json", mass, "--points=6"],
            "scan-Kbar__892_0.mass",
        ),
    ] {
        let whole = story.run(&arguments).good();
        let document = std::fs::read(out.join(format!("{name}.json"))).unwrap();
        story.run(&arguments).fails(2, &["exists", "--resume"]);
        let checkpoint = out.join(format!("{name}.checkpoint"));
        let text = std::fs::read_to_string(&checkpoint).unwrap();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for kept in [1, 2] {
            std::fs::write(&checkpoint, lines[..kept].concat()).unwrap();
            std::fs::remove_file(out.join(format!("{name}.json"))).unwrap();
            let resumed = story.run(&[&arguments[..], &["--resume"]].concat()).good();
            assert_eq!(resumed, whole);
            assert_eq!(
                std::fs::read(out.join(format!("{name}.json"))).unwrap(),
                document
            );
        }
        let other = [&arguments[..], &["--resume", "--set", "NR.total.re=-0.34"]].concat();
        story.run(&other).fails(2, &["start values"]);
    }
}
