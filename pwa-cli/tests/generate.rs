//! `gpuwa generate` as its users see it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pwa_core::sample::{ParticleRequest, Sample, SampleRequest, read_sample};
use serde_json::Value;

/// The examples and their final particles.
const EXAMPLES: [(&str, &[&str]); 6] = [
    ("jpsi-gpipi", &["gamma", "pi+", "pi-"]),
    ("lb-pkjpsi", &["p", "K-", "J/psi(1S)"]),
    ("dp-kpipi", &["K-", "pi+[1]", "pi+[2]"]),
    ("d0-kspipi", &["K(S)0", "pi+", "pi-"]),
    ("d0-kpipi0", &["K-", "pi+", "pi0"]),
    ("gp-etapi", &["p", "eta", "pi0"]),
];

/// The `gpuwa generate` commands in the README of an example, word by word.
fn commands(name: &str) -> Vec<Vec<String>> {
    let readme = std::fs::read_to_string(example(name, "README.md")).unwrap();
    let lines = readme
        .lines()
        .filter_map(|line| line.strip_prefix("gpuwa generate "));
    lines
        .map(|line| line.split(' ').map(str::to_owned).collect())
        .collect()
}

fn example(name: &str, file: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.join("data").join(name).join(file)
}

fn gpuwa(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gpuwa"));
    command.args(arguments).output().unwrap()
}

/// Runs a command that must end well, and parses what it prints.
fn json(arguments: &[&str]) -> Value {
    let output = gpuwa(&[arguments, &["--json"]].concat());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Runs a command that must be refused as wrong usage, and returns its complaint on one line.
fn refusal(arguments: &[&str]) -> String {
    let output = gpuwa(arguments);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    let words = text.split(|c: char| c.is_whitespace() || c == '│');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn read(path: &Path, finals: &[&str]) -> Sample {
    let particle = |name: &&str| ParticleRequest {
        name: (*name).to_owned(),
        ..ParticleRequest::default()
    };
    read_sample(&SampleRequest {
        files: vec![text(path).to_owned()],
        particles: finals.iter().map(particle).collect(),
        ..SampleRequest::default()
    })
    .unwrap()
}

/// The momenta of the first events, in the order of the columns.
fn momenta(sample: &Sample, events: usize) -> Vec<&[f64]> {
    let particles = sample.particles.iter();
    particles
        .flat_map(|p| [&p.e, &p.px, &p.py, &p.pz].map(|column| &column[..events]))
        .collect()
}

/// The first events stand for all: each depends on the seed and its own number.
#[test]
fn the_commands_of_the_examples_give_their_files_again() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = tempfile::tempdir().unwrap();
    for (name, finals) in EXAMPLES {
        let commands = commands(name);
        assert_eq!(commands.len(), 2);
        for (number, mut command) in commands.into_iter().enumerate() {
            let at = |option: &str| command.iter().position(|word| word == option).unwrap() + 1;
            let (events, out) = (at("--events"), at("--out"));
            let committed = root.join(&command[out]);
            let all: usize = command[events].parse().unwrap();
            "200".clone_into(&mut command[events]);
            let again = folder.path().join(format!("{name}-{number}.root"));
            text(&again).clone_into(&mut command[out]);
            command.insert(0, "generate".to_owned());
            let output = Command::new(env!("CARGO_BIN_EXE_gpuwa"))
                .args(&command)
                .current_dir(&root)
                .output()
                .unwrap();
            assert!(output.status.success(), "{output:?}");
            let (again, sample) = (read(&again, finals), read(&committed, finals));
            assert_eq!(sample.len(), all);
            assert_eq!(momenta(&again, 200), momenta(&sample, 200), "{command:?}");
            assert!(std::fs::metadata(&committed).unwrap().len() < 4_000_000);
        }
    }
}

#[test]
fn threads_and_formats_do_not_change_the_events() {
    let folder = tempfile::tempdir().unwrap();
    let config = example("dp-kpipi", "fit.toml");
    let samples = [("1", "one.root"), ("3", "three.parquet")].map(|(threads, file)| {
        let out = folder.path().join(file);
        let command = ["generate", text(&config), "-n", "300", "--seed", "7"];
        json(&[&command[..], &["--out", text(&out), "--threads", threads]].concat());
        read(&out, EXAMPLES[2].1)
    });
    assert_eq!(momenta(&samples[0], 300), momenta(&samples[1], 300));
    let initial: f64 = samples[0].particles.iter().map(|p| p.e[0]).sum();
    // The rest frame of a D+, to a few roundings.
    assert!((initial - 1.869_66).abs() < 1e-14, "{initial}");
}

#[test]
fn the_report_says_how_the_sample_was_made() {
    let folder = tempfile::tempdir().unwrap();
    let config = example("dp-kpipi", "fit.toml");
    let out = folder.path().join("toys.root");
    let command = ["generate", text(&config), "-n", "500", "--out", text(&out)];
    let report = json(&[&command[..], &["--tree", "toys"]].concat());
    let number = |key: &str| report[key].as_f64().unwrap();
    assert_eq!(
        (&report["kind"], &report["tree"]),
        (&"toys".into(), &"toys".into())
    );
    assert_eq!((number("seed"), number("events")), (1.0, 500.0));
    assert_eq!(number("efficiency"), 500.0 / number("candidates"));
    assert!(number("largest") <= number("maximum"));
    assert_eq!(report["columns"][4], "pip1_E");
    let pilot = |key: &str| report["pilot"][key].as_f64().unwrap();
    assert!(pilot("largest") <= pilot("climbed"));
    // <I>/M is the probability of acceptance: five binomial standard deviations.
    let expected = pilot("mean") / number("maximum");
    let sigma = (expected / number("candidates")).sqrt();
    assert!(
        (number("efficiency") - expected).abs() < 5.0 * sigma,
        "{report}"
    );
}

#[test]
fn other_parameters_give_other_events_but_the_same_flat_ones() {
    let folder = tempfile::tempdir().unwrap();
    let config = example("dp-kpipi", "fit.toml");
    let sample = |name: &str, extra: &[&str]| {
        let out = folder.path().join(name);
        let command = ["generate", text(&config), "-n", "100", "--out", text(&out)];
        json(&[&command[..], extra].concat());
        read(&out, EXAMPLES[2].1).particles
    };
    let set = ["--set", "NR.total.re=5"];
    assert_ne!(sample("a.root", &[]), sample("b.root", &set));
    let flat = sample("c.root", &["--flat"]);
    assert_eq!(flat, sample("d.root", &["--flat", set[0], set[1]]));
}

#[test]
fn a_file_is_never_overwritten_without_force() {
    let folder = tempfile::tempdir().unwrap();
    let config = example("dp-kpipi", "fit.toml");
    let out = folder.path().join("mc.root");
    std::fs::write(&out, "mine").unwrap();
    let command = [
        "generate",
        text(&config),
        "-n",
        "10",
        "--out",
        text(&out),
        "--flat",
    ];
    assert!(refusal(&command).contains("exists; --force replaces it"));
    assert_eq!(std::fs::read(&out).unwrap(), b"mine");
    json(&[&command[..], &["--force"]].concat());
    assert_eq!(read(&out, EXAMPLES[2].1).len(), 10);
}

#[test]
fn a_config_reads_what_was_generated_in_its_layout() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("fit.toml");
    let layout = r#"files = "data.root"
tree = "DecayTree"
momenta = "{p}_PX {p}_PY {p}_PZ"
alias = { "K-" = "kaon", "pi+" = ["first", "second"] }
unit = "MeV"
weight = "sweight"
"#;
    let plain = std::fs::read_to_string(example("dp-kpipi", "fit.toml")).unwrap();
    let changed = plain.replacen("files = \"data.root\"\n", layout, 1);
    assert_ne!(changed, plain);
    std::fs::write(&config, changed).unwrap();
    let out = folder.path().join("data.root");
    let report = json(&["generate", text(&config), "-n", "50", "--out", text(&out)]);
    assert_eq!(report["columns"][3], "first_PX");
    assert_eq!(report["columns"][9], "sweight");
    assert_eq!(json(&["eval", text(&config)])["events"], 50);
}

#[test]
fn what_has_no_events_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let config = example("dp-kpipi", "fit.toml");
    let out = folder.path().join("toys.root");
    let off = ["Kbar*(892)0", "Kbar0*(1430)0", "Kbar2*(1430)0", "NR"]
        .map(|wave| [format!("{wave}.total.re=0"), format!("{wave}.total.im=0")])
        .concat();
    let mut nothing = vec!["generate", text(&config), "-n", "10", "--out", text(&out)];
    nothing.extend(off.iter().flat_map(|value| ["--set", value]));
    let zero = refusal(&nothing);
    assert!(
        zero.contains("the intensity is zero on all of 20000 events"),
        "{zero}"
    );
    let none = refusal(&["generate", text(&config), "-n", "0", "--out", text(&out)]);
    assert!(none.contains("at least one event"), "{none}");
    let strange = out.with_extension("txt");
    let format = refusal(&[
        "generate",
        text(&config),
        "-n",
        "9",
        "--out",
        text(&strange),
    ]);
    assert!(format.contains("does not say what to write"), "{format}");
    assert!(!out.exists() && !strange.exists());
}
