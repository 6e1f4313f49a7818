//! `gpuwa waves` as a user meets it.

use std::process::{Command, Output};

use serde_json::Value;

fn gpuwa(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gpuwa"))
        .args(arguments)
        .output()
        .expect("the binary runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8 on stdout")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn waves_of_a_reaction_are_listed_with_what_forbids_the_others() {
    let output = gpuwa(&["waves", "phi -> pi+ pi- pi0", "--max-l", "2"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    insta::assert_snapshot!(stdout(&output));
}

#[test]
fn check_accepts_the_config_that_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    // Waves of both parities of an unpolarised baryon have a phase of their own: check says so.
    for (number, (reaction, status)) in [
        ("J/psi -> gamma K+ K-", 0),
        ("D0 -> K(S)0 pi+ pi-", 0),
        ("B+ -> gamma K+ pi0", 0),
        ("J/psi -> pi0 pi0 omega", 0),
        ("Lambda(c)+ -> p K- pi+", 1),
        ("psi(2S) -> pi+ pi- J/psi", 0),
    ]
    .iter()
    .enumerate()
    {
        let output = gpuwa(&["waves", reaction, "--toml"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let path = folder.path().join(format!("{number}.toml"));
        std::fs::write(&path, &output.stdout).unwrap();
        let path = path.display().to_string();
        let check = gpuwa(&["check", "--no-data", &path]);
        let said = format!("{reaction}: {}{}", stdout(&check), stderr(&check));
        assert_eq!(check.status.code(), Some(*status), "{said}");
    }
}

#[test]
fn laws_can_be_left_out() {
    let names = |arguments: &[&str]| {
        let output = gpuwa(&[&["waves", "--json", "J/psi -> pi+ pi- pi0"], arguments].concat());
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let waves = json["waves"].as_array().unwrap();
        let of = |wave: &Value| wave["decay"].as_str().unwrap().to_owned();
        waves.iter().map(of).collect::<Vec<_>>()
    };
    let omega = "J/psi(1S) -> X pi0, X -> pi+ pi-".replace('X', "omega(782)");
    assert!(!names(&[]).contains(&omega));
    assert!(names(&["--without", "isospin,g-parity"]).contains(&omega));
}

#[test]
fn what_cannot_be_read_or_is_not_possible_ends_with_status_2() {
    for (arguments, words) in [
        (&["J/psi -> gamma f2(1720)"][..], "did you mean"),
        (&["J/psi gamma"], "no `->`"),
        (&["J/psi -> pi+ pi- pi0", "--without", "colour"], "g-parity"),
        (
            &["J/psi -> pi+ pi- pi0", "--reach", "-1"],
            "a number of widths",
        ),
        (&["K+ -> J/psi pi+"], "no wave"),
    ] {
        let output = gpuwa(&[&["waves"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
}
