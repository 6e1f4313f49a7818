//! Fits, toys and variations that end before their time and are taken up again: nothing is lost, and no digit changes.
#![cfg(unix)]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use support::{repository, result_in, text, write};

const STARTS: &str = "96";

fn fit(out: &Path, more: &[&str]) -> Command {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/dp-kpipi/fit.toml");
    let mut command = Command::new(env!("CARGO_BIN_EXE_gpuwa"));
    command.arg("fit").arg(config).arg("--out").arg(out);
    command.args(["--quiet", "--enough", "1000"]).args(more);
    command
}

/// Work that leaves a document, of an example.
struct Work {
    name: &'static str,
    words: Vec<String>,
    /// The numbers of a variation need a fit, which stands in this folder.
    folder: tempfile::TempDir,
}

impl Work {
    fn toys() -> Self {
        let config = repository("data/dp-kpipi/fit.toml");
        let sizes = ["--toys", "24", "--events", "400", "--monte-carlo", "1500"];
        Self::new("toys", &[&[text(&config)], &sizes[..]].concat())
    }

    fn variations() -> Self {
        let work = Self::new("vary", &["fit/result.json", "--variations", "list.toml"]);
        let list = (1..=9).map(|n| {
            let set = format!("set.decay.barrier_radius = {n}.5");
            format!("[[variation]]\nname = \"radius {n}\"\n{set}\n")
        });
        write(work.folder.path(), "list.toml", &list.collect::<String>());
        good(fit(&work.folder.path().join("fit"), &["--starts", "8"]));
        work
    }

    fn new(name: &'static str, words: &[&str]) -> Self {
        Self {
            name,
            words: words.iter().map(|&word| word.to_owned()).collect(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn command(&self, out: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gpuwa"));
        command.current_dir(self.folder.path()).arg(self.name);
        command.args(&self.words).args(["--quiet", "--out", out]);
        command.args(more);
        command
    }

    fn file(&self, out: &str, extension: &str) -> PathBuf {
        let name = format!("{}.{extension}", self.name);
        self.folder.path().join(out).join(name)
    }

    fn document(&self, out: &str) -> Vec<u8> {
        std::fs::read(self.file(out, "json")).unwrap()
    }

    /// The whole of it, and how long that took.
    fn whole(&self) -> (Vec<u8>, Duration) {
        let begin = Instant::now();
        good(self.command("whole", &[]));
        (self.document("whole"), begin.elapsed())
    }
}

fn good(mut command: Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", message(&output));
}

fn spawned(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Parts of one, each between 0 and 1, by Knuth's linear congruential generator.
fn moments() -> impl FnMut() -> f64 {
    let mut state = 20_261_126_u64;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as f64 / (1_u64 << 31) as f64
    }
}

fn signal(child: &Child, name: &str) {
    let mut kill = Command::new("kill");
    kill.args([name, &child.id().to_string()]);
    assert!(kill.status().unwrap().success());
}

fn message(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Whole steps of the checkpoint; none before it is there.
fn steps(checkpoint: &Path) -> usize {
    let text = std::fs::read(checkpoint).unwrap_or_default();
    text.iter().filter(|&&byte| byte == b'\n').count()
}

fn wait_for_steps(checkpoint: &Path, count: usize) {
    let begin = Instant::now();
    while steps(checkpoint) < count {
        assert!(begin.elapsed() < Duration::from_secs(120), "no step");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_fit_ended_by_sigterm_or_ctrl_c_goes_on_to_the_same_result() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    assert!(
        fit(&whole, &["--starts", STARTS])
            .status()
            .unwrap()
            .success()
    );
    let whole = result_in(&whole);
    for (name, status) in [("-TERM", 85), ("-INT", 130)] {
        let out = folder.path().join(name);
        let mut child = spawned(fit(&out, &["--starts", STARTS]));
        wait_for_steps(&out.join("fit.checkpoint"), 2);
        let begin = Instant::now();
        signal(&child, name);
        assert_eq!(child.wait().unwrap().code(), Some(status));
        assert!(begin.elapsed() < Duration::from_secs(1) || status == 130);
        // Only who is asked to writes what there is.
        assert_eq!(out.join("result.json").exists(), status == 130);

        let refused = fit(&out, &["--starts", STARTS]).output().unwrap();
        assert_eq!(refused.status.code(), Some(2));
        assert!(
            message(&refused).contains("--resume"),
            "{}",
            message(&refused)
        );

        let resumed = fit(&out, &["--starts", STARTS, "--resume"])
            .output()
            .unwrap();
        assert!(resumed.status.success(), "{}", message(&resumed));
        assert_eq!(result_in(&out), whole, "{name}");
    }
}

/// At fifty random moments.
#[test]
fn a_killed_fit_loses_the_step_in_flight_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, out) = (folder.path().join("whole"), folder.path().join("killed"));
    let begin = Instant::now();
    assert!(
        fit(&whole, &["--starts", STARTS])
            .status()
            .unwrap()
            .success()
    );
    let takes = begin.elapsed();
    let mut moment = moments();
    let mut kept = 0;
    for kill in 0..50 {
        let mut child = spawned(fit(&out, &["--starts", STARTS, "--resume"]));
        std::thread::sleep(takes.mul_f64(0.25 * moment()));
        // It may have ended.
        child.kill().unwrap();
        child.wait().unwrap();
        let now = steps(&out.join("fit.checkpoint"));
        assert!(now >= kept, "kill {kill}: {now} steps after {kept}");
        kept = now;
        if out.join("result.json").exists() {
            result_in(&out);
        }
    }
    let resumed = fit(&out, &["--starts", STARTS, "--resume"])
        .output()
        .unwrap();
    assert!(resumed.status.success(), "{}", message(&resumed));
    assert_eq!(result_in(&out), result_in(&whole));
    let mut names: Vec<_> = (std::fs::read_dir(&out).unwrap())
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["fit.checkpoint", "result.json", "summary.txt"]);
}

#[test]
fn toys_ended_by_sigterm_go_on_to_the_same_document() {
    let toys = Work::toys();
    let (whole, _) = toys.whole();
    let mut child = spawned(toys.command("left", &[]));
    wait_for_steps(&toys.file("left", "checkpoint"), 3);
    let begin = Instant::now();
    signal(&child, "-TERM");
    assert_eq!(child.wait().unwrap().code(), Some(85));
    assert!(begin.elapsed() < Duration::from_secs(1));
    assert!(!toys.file("left", "json").exists());
    let refused = toys.command("left", &[]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(message(&refused).contains("--resume"));
    good(toys.command("left", &["--resume"]));
    assert!(toys.document("left") == whole);
}

/// At six random moments each.
#[test]
fn killed_toys_and_variations_lose_the_step_in_flight_and_nothing_else() {
    for work in [Work::toys(), Work::variations()] {
        let (whole, takes) = work.whole();
        let mut moment = moments();
        let mut kept = 0;
        for kill in 0..6 {
            let mut child = spawned(work.command("killed", &["--resume"]));
            std::thread::sleep(takes.mul_f64(0.6 * moment()));
            // It may have ended.
            child.kill().unwrap();
            child.wait().unwrap();
            let now = steps(&work.file("killed", "checkpoint"));
            assert!(now >= kept, "kill {kill}: {now} steps after {kept}");
            kept = now;
        }
        assert!(kept > 1, "no step in six tries");
        good(work.command("killed", &["--resume"]));
        assert!(work.document("killed") == whole, "{}", work.name);
        let mut names: Vec<_> = (std::fs::read_dir(work.folder.path().join("killed")).unwrap())
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let left = ["checkpoint", "json"].map(|extension| format!("{}.{extension}", work.name));
        assert_eq!(names, left);
    }
}

#[test]
fn a_checkpoint_of_another_fit_is_refused_and_more_starts_extend_it() {
    let folder = tempfile::tempdir().unwrap();
    let (out, fresh) = (folder.path().join("out"), folder.path().join("fresh"));
    assert!(fit(&out, &["--starts", "16"]).status().unwrap().success());
    for (more, what) in [
        (&["--seed", "7"][..], "seed"),
        (&["--set", "Kbar*(892)0.mass=0.9"], "start values"),
        (&["--mc", "data/dp-kpipi/data.root"], "input files"),
    ] {
        let mut refused = fit(&out, &[&["--starts", "16", "--resume"], more].concat());
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let refused = refused.current_dir(root).output().unwrap();
        assert_eq!(refused.status.code(), Some(2), "{more:?}");
        let text = message(&refused)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(text.contains(what), "{text}");
    }
    let extended = fit(&out, &["--starts", "32", "--resume"]).status().unwrap();
    assert!(extended.success());
    assert!(fit(&fresh, &["--starts", "32"]).status().unwrap().success());
    let (extended, fresh) = (result_in(&out), result_in(&fresh));
    assert_eq!(extended["starts"].as_array().unwrap().len(), 32);
    assert_eq!(extended["starts"], fresh["starts"]);
    assert_eq!(extended["parameters"], fresh["parameters"]);
}
