//! Fits that end before their time and are taken up again: nothing is lost, and no digit changes.
#![cfg(unix)]

mod support;

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use support::result_in;

const STARTS: &str = "96";

fn fit(out: &Path, more: &[&str]) -> Command {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/dp-kpipi/fit.toml");
    let mut command = Command::new(env!("CARGO_BIN_EXE_gpuwa"));
    command.arg("fit").arg(config).arg("--out").arg(out);
    command.args(["--quiet", "--enough", "1000"]).args(more);
    command
}

fn spawned(out: &Path, more: &[&str]) -> Child {
    let mut command = fit(out, more);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
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
fn steps(out: &Path) -> usize {
    let text = std::fs::read(out.join("fit.checkpoint")).unwrap_or_default();
    text.iter().filter(|&&byte| byte == b'\n').count()
}

fn wait_for_steps(out: &Path, count: usize) {
    let begin = Instant::now();
    while steps(out) < count {
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
        let mut child = spawned(&out, &["--starts", STARTS]);
        wait_for_steps(&out, 2);
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
    let mut state = 20_261_126_u64;
    let mut kept = 0;
    for kill in 0..50 {
        // Knuth's linear congruential generator.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let part = (state >> 33) as f64 / (1_u64 << 31) as f64;
        let mut child = spawned(&out, &["--starts", STARTS, "--resume"]);
        std::thread::sleep(takes.mul_f64(0.25 * part));
        // It may have ended.
        child.kill().unwrap();
        child.wait().unwrap();
        let now = steps(&out);
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
