//! Quantities made of fit fractions: reported with errors, and constrained in a fit.

mod support;

use serde_json::Value;
use support::story::{Story, events, with_data};
use support::{Run, read_json};

/// R and NR, with a fraction, a ratio and a product.
const QUANTITIES: &str = r#"
[quantity.ratio]
formula = "r / n"
fractions = { r = "R", n = "NR" }
[quantity.whole]
formula = "x"
fractions = { x = ["R", "NR"] }
[quantity."B(R)"]
formula = "0.03 * r * w / 0.1"
fractions = { r = "R" }
parameters = { w = "R.width" }
"#;

fn story(more: &str) -> Story {
    let config = with_data(&events("data"), &events("mc"));
    Story::new(&format!("{config}{QUANTITIES}{more}"))
}

fn fit(more: &str) -> Value {
    story(more)
        .run(&["fit", "fit.toml", "--starts", "2", "--json"])
        .json()
}

fn named(list: &Value, name: &str) -> (f64, f64) {
    let mut entries = list.as_array().unwrap().iter();
    let entry = entries.find(|entry| entry["name"] == name).unwrap();
    let value = entry["value"].as_f64().unwrap();
    (value, entry["error"].as_f64().unwrap_or(0.0))
}

#[test]
fn quantities_follow_from_fractions_and_parameters() {
    let result = fit("");
    let fraction = |name| named(&result["fractions"], name);
    let ((r, error), (n, _)) = (fraction("R"), fraction("NR"));
    let (ratio, _) = named(&result["quantities"], "ratio");
    assert!((ratio - r / n).abs() < 1e-12 * ratio);
    let (whole, whole_error) = named(&result["quantities"], "whole");
    assert!((whole - 1.0).abs() < 1e-12 && whole_error < 1e-9);
    let (width, _) = named(&result["parameters"], "R.width");
    let (branching, branching_error) = named(&result["quantities"], "B(R)");
    assert!((branching - 0.3 * r * width).abs() < 1e-12);
    // The width is correlated with the fraction, but its error is no less than half of what that gives.
    assert!(
        branching_error > 0.15 * error * width,
        "{branching_error} {error}"
    );
}

/// One fraction twice, and one of two components that are all there is.
#[test]
fn what_the_monte_carlo_adds_to_a_quantity_is_that_of_the_fractions_in_it() {
    let same = "[quantity.same]\nformula = \"r\"\nfractions = { r = \"R\" }\n";
    let story = story(same);
    let fit = ["fit", "fit.toml", "--starts", "2"];
    let printed = story.run(&[&fit[..], &["--out", "out"]].concat()).good();
    let table = printed.split("quantity ").nth(1).unwrap();
    let header = table.lines().next().unwrap();
    assert!(header.contains("Monte Carlo"), "{printed}");
    let result = read_json(&story.folder.path().join("out/result.json"));
    let share = |list: &str, name: &str| {
        let mut entries = result[list].as_array().unwrap().iter();
        let entry = entries.find(|entry| entry["name"] == name).unwrap();
        entry["monte_carlo_error"].as_f64().unwrap()
    };
    let of_fraction = share("fractions", "R");
    let of_quantity = share("quantities", "same");
    let relative = of_quantity / of_fraction - 1.0;
    assert!(of_fraction > 0.0 && relative.abs() < 1e-12, "{relative}");
    assert!(share("quantities", "whole") < 1e-9 * of_fraction);
    // r/n to first order, of which the covariance of both fractions knows.
    let rows = &result["fractions_monte_carlo_covariance"];
    let names = rows["names"].as_array().unwrap();
    let place = |name: &str| names.iter().position(|known| known == name).unwrap();
    let slopes: Vec<(usize, f64)> = {
        let (r, _) = named(&result["fractions"], "R");
        let (n, _) = named(&result["fractions"], "NR");
        vec![(place("R"), 1.0 / n), (place("NR"), -r / (n * n))]
    };
    let mut variance = 0.0;
    for (a, by_a) in &slopes {
        for (b, by_b) in &slopes {
            variance += by_a * by_b * rows["rows"][a][b].as_f64().unwrap();
        }
    }
    let ratio = share("quantities", "ratio") / variance.sqrt();
    assert!((ratio - 1.0).abs() < 1e-9, "{ratio}");

    // `fractions` has it from the result, and from its phase space.
    let fractions = ["fractions", "out/result.json"];
    let document = story.run(&[&fractions[..], &["--json"]].concat()).json();
    let of_verb = document["fractions"]["R"]["monte_carlo_error"].as_f64();
    assert!((of_verb.unwrap() / of_fraction - 1.0).abs() < 1e-6);
    assert!(story.run(&fractions).good().contains("Monte Carlo"));
    let of_config = story.run(&["fractions", "fit.toml"]).good();
    assert!(!of_config.contains("Monte Carlo"), "{of_config}");
}

#[test]
fn a_precise_measurement_of_a_ratio_decides_it() {
    let free = fit("");
    let (ratio, error) = named(&free["quantities"], "ratio");
    let (mean, sigma) = (ratio + 2.0 * error, 0.01 * error);
    let constraint =
        format!("[[constraint]]\nparameter = \"ratio\"\nmean = {mean}\nsigma = {sigma}\n");
    let known = fit(&constraint);
    let (value, left) = named(&known["quantities"], "ratio");
    assert!((value - mean).abs() < 3.0 * sigma, "{value} {mean} {sigma}");
    assert!((left / sigma - 1.0).abs() < 0.01, "{left} {sigma}");
    // Two standard deviations away.
    let rise = known["nll"].as_f64().unwrap() - free["nll"].as_f64().unwrap();
    assert!((1.0..4.0).contains(&rise), "{rise}");
}

fn refused(was: &str, is: &str, at: &str, says: &[&str]) {
    let story = story("");
    let text = std::fs::read_to_string(story.folder.path().join("fit.toml")).unwrap();
    assert!(text.contains(was));
    let story = Story::new(&text.replacen(was, is, 1));
    let run: Run = story.run(&["check", "fit.toml"]);
    run.fails(2, &[&[at], says].concat());
}

#[test]
fn mistakes_in_quantities_are_pointed_at() {
    refused("r / n", "r / m", "fit.toml:42:16", &["unknown name `m`"]);
    refused("r / n", "r /", "fit.toml:42:", &[]);
    refused(
        "n = \"NR\"",
        "n = \"MR\"",
        "fit.toml:43:",
        &["no chain is of `MR`"],
    );
    refused("r / n", "r", "fit.toml:42:11", &["does not use `n`"]);
    refused(
        "\"R.width\"",
        "\"R.widht\"",
        "fit.toml:50:",
        &["is no parameter", "did you mean `R.width`?"],
    );
    refused(
        "[quantity.ratio]",
        "[quantity.\"R.width\"]",
        "fit.toml:41:",
        &["is a parameter of this model"],
    );
    refused(
        "[quantity.ratio]",
        "[[constraint]]\nparameter = \"ratoi\"\nmean = 1.0\nsigma = 0.1\n[quantity.ratio]",
        "fit.toml:42:",
        &["is no parameter", "did you mean `ratio`?"],
    );
}
