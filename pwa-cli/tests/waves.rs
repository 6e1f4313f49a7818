//! `gpuwa waves` as a user meets it.

mod support;

use support::{gpuwa, text, write};

#[test]
fn waves_of_a_reaction_are_listed_with_what_forbids_the_others() {
    let listed = gpuwa(&["waves", "phi -> pi+ pi- pi0", "--max-l", "2"]).good();
    insta::assert_snapshot!(listed);
}

#[test]
fn check_accepts_the_config_that_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    // Unpolarised particles leave phases between some waves free: check takes the config and says so.
    for (reaction, status) in [
        ("J/psi -> gamma K+ K-", 0),
        ("D0 -> K(S)0 pi+ pi-", 0),
        ("B+ -> gamma K+ pi0", 1),
        ("J/psi -> pi0 pi0 omega", 0),
        ("Lambda(c)+ -> p K- pi+", 1),
        ("psi(2S) -> pi+ pi- J/psi", 1),
    ] {
        let config = gpuwa(&["waves", reaction, "--toml"]).good();
        let path = write(folder.path(), "model.toml", &config);
        let check = gpuwa(&["check", "--no-data", text(&path)]);
        let said = format!("{reaction}: {}{}", check.stdout, check.stderr);
        assert_eq!(check.status, status, "{said}");
    }
}

#[test]
fn laws_can_be_left_out() {
    let names = |options: &[&str]| {
        let arguments = [&["waves", "--json", "J/psi -> pi+ pi- pi0"], options].concat();
        let waves = gpuwa(&arguments).json()["waves"].clone();
        let of_wave = |wave: &serde_json::Value| wave["decay"].as_str().unwrap().to_owned();
        let waves = waves.as_array().unwrap().iter().map(of_wave);
        waves.collect::<Vec<_>>()
    };
    let omega = "J/psi(1S) -> X pi0, X -> pi+ pi-".replace('X', "omega(782)");
    assert!(!names(&[]).contains(&omega));
    assert!(names(&["--without", "isospin,g-parity"]).contains(&omega));
}

#[test]
fn what_cannot_be_read_or_is_not_possible_ends_with_status_2() {
    let three = "J/psi -> pi+ pi- pi0";
    for (arguments, words) in [
        (&["J/psi -> gamma f2(1720)"][..], "did you mean"),
        (&["J/psi gamma"], "no `->`"),
        (&[three, "--without", "colour"], "g-parity"),
        (&[three, "--reach", "-1"], "a number of widths"),
        (&["K+ -> J/psi pi+"], "no wave"),
    ] {
        gpuwa(&[&["waves"], arguments].concat()).fails(2, &[words]);
    }
}
