//! A fit whose starts several processes make: whatever the order and whatever happens to them, the result is that of one.
#![cfg(unix)]

mod support;

use std::path::Path;

use support::{Run, gpuwa, repository, result_in, text};

/// Starts, and findings that end the search: never, and after the first block.
const ALL: [&str; 2] = ["40", "1000"];
const EARLY: [&str; 2] = ["40", "1"];

fn run(verb: &str, [starts, enough]: [&str; 2], out: &Path, more: &[&str]) -> Run {
    let config = repository("data/jpsi-gpipi/fit.toml");
    let words = [verb, text(&config), "--quiet", "--threads", "1", "--starts"];
    let words = [
        &words[..],
        &[starts, "--enough", enough, "--out", text(out)],
    ]
    .concat();
    gpuwa(&[&words[..], more].concat())
}

#[test]
fn parts_are_collected_to_the_result_of_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    run("fit", ALL, &at("whole"), &[]).good();
    for part in ["1/3", "2/3", "3/3"] {
        let said = run("fit", ALL, &at(&part[..1]), &["--part", part]).good();
        assert!(said.contains("part.checkpoint"), "{said}");
        assert!(!at(&part[..1]).join("result.json").exists());
    }
    let parts = ["3", "1", "2", "4"].map(|part| text(&at(part)).to_owned());
    let parts = parts.each_ref().map(String::as_str);
    run("collect", ALL, &at("joined"), &parts[..3]).good();
    assert_eq!(result_in(&at("joined")), result_in(&at("whole")));
    let steps = |out: &str| std::fs::read(at(out).join("fit.checkpoint")).unwrap();
    assert_eq!(steps("joined"), steps("whole"));

    // What ends early ends early, whatever else was made.
    run("fit", EARLY, &at("early"), &[]).good();
    assert!(steps("early").len() < steps("whole").len());
    run("collect", EARLY, &at("joined early"), &parts[..3]).good();
    assert_eq!(result_in(&at("joined early")), result_in(&at("early")));

    // A part that is missing is named, or made.
    let less = [parts[0], parts[1], parts[3]];
    let says = ["the starts 16..32", "there is no", "--resume"];
    run("collect", ALL, &at("less"), &less).fails(1, &says);
    assert!(!at("less").join("result.json").exists());
    let less = [&less[..], &["--complete"]].concat();
    run("collect", ALL, &at("less"), &less).good();
    assert_eq!(result_in(&at("less")), result_in(&at("whole")));

    // Parts of another fit are none of this one.
    let other = [&parts[..3], &["--seed", "7"]].concat();
    run("collect", ALL, &at("other"), &other).fails(2, &["not the same seed"]);
    run("collect", ["48", "1000"], &at("other"), &parts[..3])
        .fails(2, &["not the same number of starts"]);
}

#[test]
fn a_part_is_refused_by_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("part");
    run("fit", ALL, &out, &["--part", "4/3"]).fails(2, &["write K/N"]);
    run("fit", ALL, &out, &["--part", "1/4"]).fails(2, &["at most 3 parts, not 4"]);
    let one = ["16", "1"];
    run("fit", one, &out, &["--part", "1/1"]).good();
    run("fit", one, &out, &["--part", "1/1"]).fails(2, &["part.checkpoint", "--resume"]);
    run("fit", one, &out, &["--part", "1/1", "--resume"]).good();
}
