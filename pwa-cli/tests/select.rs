//! What waves are worth, and steps to the ones that the data want, against fits of configs without them.

mod support;

use serde_json::Value;
use support::story::{Story, example, fitted};
use support::{gpuwa_in, number, read_json, repository, text};

/// The config without a resonance and its line shape.
fn without_wave(config: &str, wave: &str) -> String {
    let begin = config.find(&format!("[resonance.\"{wave}\"]")).unwrap();
    let end = begin + config[begin..].find("\n\n").unwrap();
    let config = config.replace(&config[begin..end], "");
    let (first, later) = (format!("[\"{wave}\", "), format!(", \"{wave}\""));
    config.replace(&first, "[").replace(&later, "")
}

fn names(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap().iter();
    list.map(|name| name.as_str().unwrap()).collect()
}

fn free(result: &Value) -> usize {
    let parameters = result["parameters"].as_array().unwrap().iter();
    parameters.filter(|p| p["free"] == true).count()
}

/// The lowest minimum of ten starts is that of Newton steps from the larger model, also where the wave is the one whose
/// coupling the convention fixes: another takes its place.
#[test]
fn the_rise_without_a_wave_is_that_of_a_fit_without_it() {
    let config = example("jpsi-gpipi");
    let story = fitted(&config);
    let nominal = read_json(&story.folder.path().join("out/result.json"));
    let run = story.run(&["significance", "out/result.json", "--json", "--quiet"]);
    let document = run.json();
    let rows = document["waves"].as_array().unwrap();
    assert_eq!(rows.len(), 5);
    for wave in ["f0(1710)", "f0(1500)", "f2(1270)"] {
        let smaller = without_wave(&config, wave);
        let without = fitted(&smaller);
        let without = read_json(&without.folder.path().join("out/result.json"));
        let row = rows.iter().find(|row| row["wave"] == wave).unwrap();
        let rise = number(&without["nll"]) - number(&nominal["nll"]);
        let found = number(&row["rise"]);
        assert!(
            (found - rise).abs() < 1e-4,
            "{wave}: {found} against {rise}"
        );
        let degrees = free(&nominal) - free(&without);
        assert_eq!(row["degrees_of_freedom"], degrees, "{wave}");
        let aic = number(&row["aic"]);
        assert!((aic - (2.0 * degrees as f64 - 2.0 * found)).abs() < 1e-9);
    }
}

/// A K-matrix whose poles stay known through the other reaction is two numbers of either, its total against that of the
/// tensor's three complex couplings. What is left of the tensor alone has a total that nothing depends on.
#[test]
fn a_wave_that_leaves_another_alone_takes_the_numbers_of_its_own_total() {
    let folder = tempfile::tempdir().unwrap();
    let config = repository("data/jpsi-gpipi-gkk/fit.toml");
    let arguments = [
        "significance",
        text(&config),
        "--out",
        "out",
        "--json",
        "--quiet",
    ];
    let document = gpuwa_in(folder.path(), &arguments).json();
    let rows = document["waves"].as_array().unwrap();
    let degrees = |wave: &str| {
        let row = rows.iter().find(|row| row["wave"] == wave).unwrap();
        row["degrees_of_freedom"].as_u64().unwrap()
    };
    let waves = ["kk:S", "kk:f2'(1525)", "pipi:S", "pipi:f2(1270)"];
    assert_eq!(waves.map(degrees), [2, 6, 2, 6]);
}

/// Two waves are weaker than 30 standard deviations by themselves, and one more once these are gone.
#[test]
fn steps_out_and_in_are_taken_up_again_to_the_same_waves() {
    let story = fitted(&example("jpsi-gpipi"));
    let out = story.folder.path().join("out");
    let arguments = [
        "select",
        "out/result.json",
        "--by",
        "sigmas",
        "--sigmas",
        "30",
        "--quiet",
    ];
    let whole = story.run(&arguments).good();
    assert!(whole.ends_with("select.json\n"), "{whole}");
    let text = std::fs::read_to_string(out.join("select.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(names(&document["waves"]), ["f2(1270)", "f2'(1525)"]);
    let steps = document["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 4);
    // What a step does to NLL is what the next one begins with.
    for pair in steps.windows(2) {
        let taken = pair[0]["taken"].as_u64().unwrap() as usize;
        assert_eq!(pair[0]["comparisons"][taken]["nll"], pair[1]["nll"]);
    }
    story.run(&arguments).fails(2, &["exists", "--resume"]);
    let checkpoint = out.join("select.checkpoint");
    let lines = std::fs::read_to_string(&checkpoint).unwrap();
    let lines: Vec<&str> = lines.split_inclusive('\n').collect();
    for kept in [1, 8, lines.len()] {
        std::fs::write(&checkpoint, lines[..kept].concat()).unwrap();
        std::fs::remove_file(out.join("select.json")).unwrap();
        let again = [&arguments[..], &["--resume"]].concat();
        assert_eq!(story.run(&again).good(), whole);
        assert_eq!(
            std::fs::read_to_string(out.join("select.json")).unwrap(),
            text
        );
    }

    // The values of the model found are those of a fit of its config.
    let gone = ["f0(1500)", "f0(1710)", "f0(2020)"];
    let config = (gone.iter()).fold(example("jpsi-gpipi"), |config, wave| {
        without_wave(&config, wave)
    });
    let smaller = Story::new(&config);
    std::fs::write(smaller.folder.path().join("select.json"), &text).unwrap();
    let nll = smaller.run(&[
        "nll",
        "fit.toml",
        "--params",
        "select.json",
        "--json",
        "--quiet",
    ]);
    let nll = number(&nll.json()["nll"]);
    assert!((nll - number(&document["nll"])).abs() < 1e-7, "{nll}");
}

#[test]
fn candidates_come_in_where_the_data_want_them() {
    let story = fitted(&example("jpsi-gpipi"));
    let select = |more: &[&str]| {
        let mut arguments = vec![
            "select",
            "fit.toml",
            "--params",
            "out/result.json",
            "--quiet",
            "--json",
            "--force",
        ];
        arguments.extend(more);
        story.run(&arguments)
    };
    let document = select(&["--candidates", "f0(1710)", "f0(2020)"]).json();
    let nominal = number(&read_json(&story.folder.path().join("out/result.json"))["nll"]);
    assert_eq!(names(&document["waves"]).len(), 5);
    assert!((number(&document["nll"]) - nominal).abs() < 1e-6);
    let steps = document["steps"].as_array().unwrap();
    assert_eq!(
        names(&steps[0]["waves"]),
        ["f2(1270)", "f2'(1525)", "f0(1500)"]
    );
    // Nothing goes out of three waves that each are needed, and no step in is allowed.
    let same = select(&[
        "--candidates",
        "f0(1710)",
        "f0(2020)",
        "--direction",
        "backward",
    ])
    .json();
    assert_eq!(same["waves"], steps[0]["waves"]);
    let kept = select(&[
        "--by",
        "sigmas",
        "--sigmas",
        "1000",
        "--direction",
        "backward",
        "--keep",
        "f0(1500)",
    ])
    .json();
    assert_eq!(names(&kept["waves"]), ["f0(1500)"]);
    select(&["--candidates", "f0(1711)"])
        .fails(2, &["no wave `f0(1711)`", "did you mean `f0(1710)`"]);
    select(&["--sigmas", "0"]).fails(2, &["write a positive number"]);
}

/// The example with two waves that its events do not hold.
fn with_false_waves() -> String {
    let config = example("jpsi-gpipi");
    let (known, more) = (
        ", \"f0(2020)\"]",
        ", \"f0(2020)\", \"f0(1370)\", \"f4(2050)\"]",
    );
    assert!(config.contains(known));
    config.replace(known, more)
}

/// Of a wave that is not there, one in two experiments or so is as high; of one that is, none. An experiment of the
/// smaller model has a ΔNLL of half the degrees of freedom on average.
#[test]
fn experiments_without_a_wave_are_counted_and_taken_up_again() {
    let story = fitted(&with_false_waves());
    let out = story.folder.path().join("out");
    let arguments = |toys| {
        let waves = ["f0(1370)", "f0(2020)"];
        let first = ["significance", "out/result.json", "--quiet", "--toys", toys];
        [&first[..], &waves].concat()
    };
    let whole = story.run(&arguments("16")).good();
    let text = std::fs::read_to_string(out.join("significance.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    for row in document["waves"].as_array().unwrap() {
        let toys = &row["toys"];
        let rises: Vec<f64> = (toys["rises"].as_array().unwrap().iter())
            .map(number)
            .collect();
        assert_eq!(rises.len(), 16);
        let above = rises.iter().filter(|&&rise| rise >= number(&row["rise"]));
        let above = above.count();
        assert_eq!(toys["above"], above);
        assert!((number(&toys["p_value"]) - (above + 1) as f64 / 17.0).abs() < 1e-15);
        let (dof, wave) = (number(&row["degrees_of_freedom"]), &row["wave"]);
        let mean = 2.0 * rises.iter().sum::<f64>() / 16.0;
        // Four standard deviations of the mean of 16 chi squared, whose variance is 2 n.
        let allowed = 4.0 * (2.0 * dof / 16.0).sqrt();
        assert!((mean - dof).abs() < allowed, "{wave}: {mean} against {dof}");
        assert_eq!(above == 0, wave == "f0(2020)", "{wave}: {above}");
    }
    assert!(whole.contains("0 of 16"), "{whole}");

    let checkpoint = out.join("significance.checkpoint");
    let lines = std::fs::read_to_string(&checkpoint).unwrap();
    let lines: Vec<&str> = lines.split_inclusive('\n').collect();
    // Its first line, the fits to the data, and four experiments.
    std::fs::write(&checkpoint, lines[..8].concat()).unwrap();
    std::fs::remove_file(out.join("significance.json")).unwrap();
    let again = [&arguments("16")[..], &["--resume"]].concat();
    assert_eq!(story.run(&again).good(), whole);
    let again = std::fs::read_to_string(out.join("significance.json")).unwrap();
    assert_eq!(again, text);
}

#[test]
fn experiments_of_weighted_data_are_refused() {
    let config = example("jpsi-gpipi");
    assert!(config.contains("[data]\n"));
    let story = Story::new(&config.replace("[data]\n", "[data]\nweight = \"0.5\"\n"));
    let run = story.run(&["significance", "fit.toml", "--toys", "2", "f0(1710)"]);
    run.fails(
        2,
        &["no experiments can be drawn for data: its data have weights"],
    );
}

#[test]
fn the_path_of_a_lasso_drops_the_waves_that_the_data_do_not_hold() {
    let story = fitted(&with_false_waves());
    let out = story.folder.path().join("out");
    let arguments = ["select", "out/result.json", "--lasso", "--quiet"];
    let whole = story.run(&arguments).good();
    assert!(
        whole.contains("selected: f2(1270), f2'(1525), f0(1500), f0(1710), f0(2020)\n"),
        "{whole}"
    );
    let text = std::fs::read_to_string(out.join("select.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let path = document["path"].as_array().unwrap();
    let chosen = &path[document["chosen"].as_u64().unwrap() as usize];
    let criterion = |at: &Value| number(&at["bic"]);
    assert!(path.iter().all(|at| criterion(at) >= criterion(chosen)));
    assert_eq!(chosen["waves"], document["waves"]);
    let false_events = number(&chosen["events"]["f0(1370)"]);
    assert!((0.0..0.1).contains(&false_events), "{false_events}");
    // Each λ is a step of the same ratio, and no subset of the last waves can be better.
    let ratio = number(&path[1]["lambda"]) / number(&path[0]["lambda"]);
    assert!((ratio - 1.2).abs() < 1e-12);
    let last = &path[path.len() - 1];
    assert_eq!(names(&last["waves"]).len(), 4);
    assert!(2.0 * number(&last["nll"]) > criterion(chosen));

    // What is fitted without the penalty is the nominal fit of the config with these waves.
    let nominal = fitted(&example("jpsi-gpipi"));
    let nominal = read_json(&nominal.folder.path().join("out/result.json"));
    assert!((number(&document["nll"]) - number(&nominal["nll"])).abs() < 1e-6);

    let checkpoint = out.join("select.checkpoint");
    let lines = std::fs::read_to_string(&checkpoint).unwrap();
    let lines: Vec<&str> = lines.split_inclusive('\n').collect();
    for kept in [6, lines.len()] {
        std::fs::write(&checkpoint, lines[..kept].concat()).unwrap();
        std::fs::remove_file(out.join("select.json")).unwrap();
        let again = [&arguments[..], &["--resume"]].concat();
        assert_eq!(story.run(&again).good(), whole);
        let again = std::fs::read_to_string(out.join("select.json")).unwrap();
        assert_eq!(again, text);
    }

    let lasso = |more: &[&str]| story.run(&[&arguments[..], &["--force"], more].concat());
    let more = ["f0(1370)", "f4(2050)"];
    let keep = [&["--json", "--by", "aic", "--keep"], &more[..]].concat();
    let kept = lasso(&keep).json();
    for at in kept["path"].as_array().unwrap() {
        let waves = names(&at["waves"]);
        assert!(more.iter().all(|wave| waves.contains(wave)));
    }
    lasso(&["--by", "sigmas"]).fails(2, &["--by bic or aic"]);
    lasso(&["--lambda-ratio", "1"]).fails(2, &["write a number above 1"]);
    lasso(&["--candidates", "f0(1370)"]).fails(2, &["cannot be used with"]);
}
