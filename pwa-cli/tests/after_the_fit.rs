//! What happens to results and their files after a fit, and to what is printed.

mod support;

use std::fs::{self, File};
use std::process::{Command, Stdio};

use support::story::{JPSI, Story, waves_of_jpsi};
use support::{number, read_json, repository, write};

/// A fit to copies of the files of the example.
fn fitted() -> Story {
    let story = Story::new("");
    let folder = story.folder.path();
    for file in ["data.root", "mc.root"] {
        let from = repository("data/jpsi-gpipi").join(file);
        fs::copy(from, folder.join(file)).unwrap();
    }
    let config = waves_of_jpsi("".as_ref());
    write(folder, "fit.toml", &config);
    let fit = ["fit", "fit.toml", "--starts", "2", "--out", "out", "-q"];
    story.run(&fit).good();
    story
}

#[test]
fn a_file_that_has_changed_since_the_fit_is_refused() {
    let story = fitted();
    let folder = story.folder.path();
    let (data, mc) = (folder.join("data.root"), folder.join("mc.root"));
    let result = "out/result.json";
    let verbs: [&[&str]; 2] = [
        &["gof", result, "-q"],
        &["profile", result, "D.total.re", "--force", "-q"],
    ];
    for verb in verbs {
        story.run(verb).good();
    }
    fs::copy(&mc, &data).unwrap();
    for verb in verbs {
        story.run(verb).fails(
            3,
            &[
                "data.root",
                "(data data)",
                "is not the file that was fitted",
            ],
        );
    }
    // Who names it means it.
    let named = ["gof", result, "--data", data.to_str().unwrap(), "-q"];
    story.run(&named).good();
    // Nothing of the data is read here.
    story.run(&["fractions", result, "-q"]).good();
}

#[test]
fn files_that_a_pattern_finds_now_are_those_that_were_fitted() {
    let story = Story::new("");
    let folder = story.folder.path();
    let example = repository("data/jpsi-gpipi");
    let put = |from: &str, to: &str| {
        fs::copy(example.join(from), folder.join(to)).unwrap();
    };
    put("data.root", "run-1.root");
    put("mc.root", "run-2.root");
    put("mc.root", "mc.root");
    let config = waves_of_jpsi("".as_ref()).replace("data.root", "run-*.root");
    write(folder, "fit.toml", &config);
    let fit = ["fit", "fit.toml", "--starts", "1", "--out", "out", "-q"];
    story.run(&fit).good();
    let gof = ["gof", "out/result.json", "-q"];
    story.run(&gof).good();
    fs::rename(folder.join("run-2.root"), folder.join("away.root")).unwrap();
    let says = ["`run-2.root` (data data)", "not read any more"];
    story.run(&gof).fails(3, &says);
    fs::rename(folder.join("away.root"), folder.join("run-3.root")).unwrap();
    story.run(&gof).good();
    // Twice the same is not the same.
    put("data.root", "run-4.root");
    let says = ["run-4.root", "none of the files that were fitted"];
    story.run(&gof).fails(3, &says);
}

#[test]
fn a_result_is_its_config_at_the_fitted_values() {
    let story = fitted();
    let path = story.folder.path().join("out/result.json");
    let mut document = read_json(&path);
    let of_result = story.run(&["nll", "out/result.json", "--json"]);
    let params = ["nll", "fit.toml", "--params", "out/result.json", "--json"];
    assert_eq!(of_result.stderr.matches("warning").count(), 0);
    let nll = number(&of_result.json()["nll"]);
    assert_eq!(nll, number(&story.run(&params).json()["nll"]));
    assert!((nll - number(&document["nll"])).abs() < 1e-9);
    document["status"] = "interrupted".into();
    fs::write(&path, document.to_string()).unwrap();
    for verb in [&["nll", "out/result.json"][..], &params] {
        let told = story.run(verb).stderr;
        assert!(told.contains("was interrupted: its values need"), "{told}");
    }
}

#[test]
fn a_covariance_without_a_row_is_refused() {
    let story = fitted();
    let path = story.folder.path().join("out/result.json");
    let whole = read_json(&path);
    let broken = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut document = whole.clone();
        change(&mut document["covariance"]["rows"]);
        fs::write(&path, document.to_string()).unwrap();
        let run = story.run(&["fractions", "out/result.json"]);
        run.fails(
            2,
            &["covariance", "a row and a column for each of its names"],
        );
    };
    broken(&|rows| drop(rows.as_array_mut().unwrap().pop()));
    broken(&|rows| drop(rows[0].as_array_mut().unwrap().pop()));
}

/// A reader that goes away ends nothing; a full disk is an error.
#[test]
fn output_that_nobody_reads_is_no_panic() {
    let story = Story::new(JPSI);
    let start = |out: Stdio| {
        Command::new(env!("CARGO_BIN_EXE_gpuwa"))
            .args(["lineshapes"])
            .current_dir(story.folder.path())
            .stdout(out)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut closed = start(Stdio::piped());
    drop(closed.stdout.take());
    let closed = closed.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&closed.stderr);
    assert!(closed.status.success() && errors.is_empty(), "{errors}");
    if let Ok(full) = File::options().write(true).open("/dev/full") {
        let full = start(full.into()).wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&full.stderr);
        assert_eq!(full.status.code(), Some(4), "{errors}");
        assert!(errors.contains("the output cannot be written"), "{errors}");
    }
}

/// The same point of a Dalitz plot, and fractions over a grid, in two conventions: the decay lies along an axis there.
#[test]
fn conventions_agree_along_the_axis() {
    let config = |convention: &str| {
        format!(
            r#"gpuwa = 1
convention = "{convention}"
[decay]
initial = "chi(c1)(1P)"
final = ["eta", "pi+", "pi-"]
[[decay.chain]]
decay = "chi(c1)(1P) -> eta X, X -> pi+ pi-"
X = ["f2(1270)"]
[[decay.chain]]
decay = "chi(c1)(1P) -> X pi-, X -> eta pi+"
X = ["a2(1320)+"]
"#
        )
    };
    let [helicity, dpd] = ["helicity-1", "dpd-1"].map(|convention| {
        let story = Story::new(&config(convention));
        let grid = ["fractions", "fit.toml", "--integrate", "grid", "--json"];
        let fractions = story.run(&grid).json();
        number(&fractions["interference"]["f2(1270)|a2(1320)+"])
    });
    assert!(
        dpd < -0.05 && (helicity - dpd).abs() < 1e-6,
        "{helicity} {dpd}"
    );
}
