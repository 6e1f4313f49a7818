//! Systematic variations: shifts of a result with other choices in its config.

mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Run, gpuwa_in, number, read_json, repository, text, write};

const VARIATIONS: &str = r#"
[[variation]]
name = "as it is"
set  = { decay.barrier_radius = 3.0 }

[[variation]]
name  = "radius 2"
group = "radius"
set   = { decay.barrier_radius = 2.0 }

[[variation]]
name  = "radius 4"
group = "radius"
set.decay = { barrier_radius = 4.0 }

[[variation]]
name = "fixed mass"
set.resonance."Kbar*(892)0".mass = 0.89555

[[variation]]
name = "no tensor wave"
set  = { decay.chain.0.R = ["Kbar*(892)0", "Kbar0*(1430)0", "NR"] }
"#;

/// A folder with the example's fit in `out`.
fn fitted() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fit(folder.path(), &repository("data/dp-kpipi/fit.toml"), "out");
    folder
}

fn fit(folder: &Path, config: &Path, out: &str) {
    let starts = [
        "fit",
        text(config),
        "--out",
        out,
        "--quiet",
        "--starts",
        "8",
    ];
    gpuwa_in(folder, &starts).good();
}

fn vary(folder: &Path, more: &[&str]) -> Run {
    let mut arguments = vec![
        "vary",
        "out/result.json",
        "--variations",
        "list.toml",
        "--quiet",
    ];
    arguments.extend(more);
    gpuwa_in(folder, &arguments)
}

fn named<'v>(list: &'v Value, name: &str) -> &'v Value {
    let mut all = list.as_array().unwrap().iter();
    let found = all.find(|entry| entry["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {list}"))
}

#[test]
fn shifts_are_those_of_fits_to_the_varied_configs() {
    let folder = fitted();
    let folder = folder.path();
    write(folder, "list.toml", VARIATIONS);
    let document = vary(folder, &["--json"]).json();
    assert_eq!(document["complete"], true);
    let variations = &document["variations"];

    let nothing = named(variations, "as it is")["numbers"].as_array().unwrap();
    assert_eq!(nothing.len(), 12);
    for of in nothing {
        assert!(number(&of["sigmas"]).abs() < 1e-3, "{of}");
    }

    // Fractions mean the same whatever waves are normalised to.
    let nominal = read_json(&folder.join("out/result.json"));
    let config = nominal["config"]["text"].as_str().unwrap();
    let here = |sample: &str| {
        let path = repository("data/dp-kpipi").join(sample);
        format!("{:?}", text(&path.canonicalize().unwrap()))
    };
    let config = (config.replace("[decay]\n", "[decay]\nbarrier_radius = 2.0\n"))
        .replace("\"data.root\"", &here("data.root"))
        .replace("\"mc.root\"", &here("mc.root"));
    let other = write(folder, "radius.toml", &config);
    fit(folder, &other, "radius");
    let other = read_json(&folder.join("radius/result.json"));
    let radius = named(variations, "radius 2");
    assert!((number(&radius["nll"]) - number(&other["nll"])).abs() < 1e-5);
    for fraction in other["fractions"].as_array().unwrap() {
        let name = fraction["name"].as_str().unwrap();
        let before = named(&nominal["fractions"], name);
        let shift = number(&fraction["value"]) - number(&before["value"]);
        let found = named(&radius["numbers"], &format!("fraction of {name}"));
        let error = number(&before["error"]);
        assert!(
            (number(&found["shift"]) - shift).abs() < 1e-3 * error,
            "{name}"
        );
        let sigmas = number(&found["sigmas"]);
        assert!((sigmas - number(&found["shift"]) / error).abs() < 1e-12);
    }

    // A value that is typed holds in place of the fit's.
    let typed = [
        "--json",
        "--out",
        "typed",
        "--set",
        "Kbar0*(1430)0.mass=1.5",
    ];
    let typed = vary(folder, &typed).json();
    let unknown = ["--out", "unknown", "--set", "Kbar0*(1430)0.mas=1.5"];
    vary(folder, &unknown).fails(2, &["Kbar0*(1430)0.mass"]);
    let moved = number(&named(&typed["variations"], "as it is")["nll"]);
    assert!((moved - number(&nominal["nll"])).abs() > 0.01, "{moved}");

    // Of two shifts a and b: the larger one, and sqrt(a² + b²).
    let group = named(&document["groups"], "radius");
    let mut largest = 0.0_f64;
    for of in group["numbers"].as_array().unwrap() {
        let name = of["name"].as_str().unwrap();
        let shift = |variation: &str| {
            let of = named(&named(variations, variation)["numbers"], name);
            number(&of["shift"])
        };
        let (a, b) = (shift("radius 2"), shift("radius 4"));
        assert_eq!(number(&of["largest"]), a.abs().max(b.abs()));
        assert!((number(&of["quadrature"]) - a.hypot(b)).abs() < 1e-14);
        largest = largest.max(number(&of["largest_sigmas"]));
    }
    assert!(largest > 0.05, "another radius moves something: {largest}");

    let fixed = named(variations, "fixed mass");
    assert_eq!(
        fixed["only_nominal"],
        serde_json::json!(["Kbar*(892)0.mass"])
    );
    let without = named(variations, "no tensor wave")["only_nominal"].to_string();
    assert!(without.contains("fraction of Kbar2*(1430)0"), "{without}");

    // A number has one name in a group, and the sum of squares over groups is that of their quadratures.
    let total = named(&document["total"], "Kbar*(892)0.width");
    let groups = document["groups"].as_array().unwrap().iter();
    let squares = groups.map(|group| {
        let of = named(&group["numbers"], "Kbar*(892)0.width");
        number(&of["quadrature"]).powi(2)
    });
    assert!((number(&total["quadrature"]).powi(2) - squares.sum::<f64>()).abs() < 1e-16);
}

#[test]
fn variations_are_the_same_however_they_run_and_one_that_does_not_converge_is_named() {
    let folder = fitted();
    let folder = folder.path();
    let more = "\n[[variation]]\nname = \"no budget\"\ngroup = \"radius\"\n\
                set = { decay.barrier_radius = 4.5, fit.max_evaluations = 3 }\n";
    write(folder, "list.toml", &format!("{VARIATIONS}{more}"));
    let run = vary(folder, &["--starts", "2", "--out", "one"]).fails(1, &[]);
    assert!(
        run.stdout.contains("no budget: did not converge"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("5 of 6 variations converged"),
        "{}",
        run.stdout
    );
    let document = read_json(&folder.join("one/vary.json"));
    let group = named(&document["groups"], "radius");
    assert_eq!(group["failed"], serde_json::json!(["no budget"]));
    assert!(
        named(&document["variations"], "no budget")
            .get("numbers")
            .is_none()
    );

    // Another number of threads, ended by SIGTERM behind the second variation.
    let mut child = Command::new(env!("CARGO_BIN_EXE_gpuwa"));
    child
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    child.args([
        "vary",
        "out/result.json",
        "--variations",
        "list.toml",
        "--out",
        "other",
    ]);
    let mut child = child
        .args(["--starts", "2", "--threads", "1"])
        .spawn()
        .unwrap();
    let checkpoint = folder.join("other/vary.checkpoint");
    let steps = || {
        std::fs::read_to_string(&checkpoint)
            .unwrap_or_default()
            .lines()
            .count()
    };
    let begin = Instant::now();
    while steps() < 3 {
        assert!(begin.elapsed() < Duration::from_secs(120), "no step");
        std::thread::sleep(Duration::from_millis(2));
    }
    let kill = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(85));
    assert!(!folder.join("other/vary.json").exists());
    let other = ["--out", "other", "--starts", "2"];
    vary(folder, &other).fails(2, &["exists", "--resume"]);
    vary(folder, &[&other[..], &["--resume"]].concat()).fails(1, &[]);
    assert_eq!(read_json(&folder.join("other/vary.json")), document);
    vary(folder, &["--out", "other", "--resume"]).fails(2, &["other work", "random starts"]);
}

#[test]
fn mistakes_of_a_variation_are_pointed_at_where_they_are_written() {
    let folder = fitted();
    let folder = folder.path();
    let good = "[[variation]]\nname = \"good\"\nset.decay.barrier_radius = 2.0\n\n";
    let refused = |entry: &str, says: &[&str]| {
        write(
            folder,
            "list.toml",
            &format!("{good}[[variation]]\nname = \"bad\"\n{entry}\n"),
        );
        vary(folder, &[]).fails(2, says);
        assert!(!folder.join("out/vary.json").exists());
    };
    refused(
        "set.decay.barier_radius = 2.0",
        &[
            "variation `bad`",
            "unknown field `barier_radius`",
            "list.toml:7:11",
            "did you mean `barrier_radius`",
        ],
    );
    refused(
        "set = { resonance.NR.shape = \"constnt\" }",
        &[
            "variation `bad`",
            "constnt",
            "list.toml:7:30",
            "did you mean `constant`",
        ],
    );
    refused(
        "set.decay.chain = [{ decay = \"D+ -> R pi+, R -> K- pi+\", R = [\"Kbar*(89)0\"] }]",
        &["variation `bad`", "Kbar*(89)0", "list.toml:7:"],
    );
    refused(
        "set.decay.chain.first.R = [\"NR\"]",
        &[
            "variation `bad`",
            "`first` is no place in a list: write 0 to 1",
            "list.toml:7:17",
        ],
    );
    refused(
        "set = { \"decay.barrier_radius\" = 2.0 }",
        &["is one key", "list.toml:7:9"],
    );
    // What it makes wrong elsewhere is shown in the config.
    refused(
        "set.decay.chain.0.R = [\"Kbar*(892)0\"]",
        &["variation `bad`", "NR", "fit.toml:"],
    );
    refused(
        "sett = {}",
        &[
            "unknown field `sett`",
            "did you mean `set`",
            "list.toml:7:1",
        ],
    );
    write(folder, "list.toml", &good.repeat(2));
    vary(folder, &[]).fails(2, &["two variations are called `good`", "list.toml:6:8"]);
    let config = repository("data/dp-kpipi/fit.toml");
    let of_config = [
        "vary",
        text(&config),
        "--variations",
        "list.toml",
        "--out",
        "no",
    ];
    write(folder, "list.toml", good);
    gpuwa_in(folder, &of_config).fails(2, &["is no result.json"]);
}
