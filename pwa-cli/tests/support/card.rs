//! The card that tests run on, real or emulated, and what an emulated one reports.

use std::path::Path;

use super::gpuwa;

/// Bytes of a card that the Monte Carlo of jpsi-gpipi does not fit on.
pub const SMALL: &str = "4000000";

/// The name of the card that `auto` takes; None and a line that says so where there is none. What goes wrong on a card is a
/// failure.
pub fn card() -> Option<String> {
    let found = gpuwa(&["doctor", "--json"]).json();
    let Some(number) = found["auto"]["found"].as_u64() else {
        // Whoever has a card for the tests says so.
        let may_be_absent = std::env::var_os("GPUWA_TEST_CARD").is_none();
        assert!(may_be_absent, "{found}");
        println!("NOT RUN: {}", found["auto"]);
        return None;
    };
    let device = &found["devices"]["found"][number as usize];
    Some(device["name"].as_str().unwrap().to_owned())
}

/// Whether the card is the emulated one: only that can be told what to have and how to fail.
pub fn emulated() -> bool {
    let name = card();
    let emulated = (name.as_ref()).is_some_and(|name| name.starts_with("Emulated"));
    if !emulated {
        let wanted = std::env::var("GPUWA_TEST_CARD").is_ok_and(|card| card == "emulated");
        assert!(!wanted, "{name:?}");
        println!("NOT RUN: no emulated card");
    }
    emulated
}

/// An emulated card reports what it does, and nothing that went wrong or was left.
pub fn no_errors_and_leaks(report: &Path) {
    let lines = std::fs::read_to_string(report).expect("a report of the emulated card");
    for line in lines.lines() {
        let is_work = |kind| line.contains(&format!("\"event\":\"{kind}\""));
        assert!(is_work("launch") || is_work("copy"), "{line}");
    }
}
