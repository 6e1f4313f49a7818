//! Work that several processes share: whatever the order and whatever happens to them, the result is that of one.
#![cfg(unix)]

mod support;

use std::path::Path;

use support::story::waves_of_jpsi;
use support::{Run, gpuwa, gpuwa_in, repository, result_in, text, write};

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

const VARIATIONS: &str = r#"
[[variation]]
name = "radius 2"
set  = { decay.barrier_radius = 2.0 }

[[variation]]
name = "radius 4"
set  = { decay.barrier_radius = 4.0 }

[[variation]]
name = "fixed mass"
set.resonance."Kbar*(892)0".mass = 0.89555

[[variation]]
name = "no tensor wave"
set  = { decay.chain.0.R = ["Kbar*(892)0", "Kbar0*(1430)0", "NR"] }
"#;

/// A verb after a fit, or one of a config: its words, the document it writes, and what is said where the second of three parts is missing.
struct Story {
    words: &'static [&'static str],
    document: &'static str,
    missing: &'static str,
}

const STORIES: [Story; 5] = [
    Story {
        words: &["bootstrap", "out/result.json", "--replicas", "7"],
        document: "bootstrap",
        missing: "no part has the replicas 2, 3: there is no",
    },
    Story {
        words: &[
            "toys",
            "out/result.json",
            "--toys",
            "4",
            "--events",
            "300",
            "--monte-carlo",
            "900",
        ],
        document: "toys",
        missing: "no part has the toys 1: there is no",
    },
    Story {
        words: &["vary", "out/result.json", "--variations", "list.toml"],
        document: "vary",
        missing: "no part has the variations `radius 4`: there is no",
    },
    Story {
        words: &[
            "scan",
            "out/result.json",
            "Kbar*(892)0.mass",
            "NR.total.phase",
            "--points=3",
            "--range=0.893..0.897",
            "--range=-2..2",
        ],
        document: "scan-Kbar__892_0.mass-NR.total.phase",
        missing: "no part has the rows 0.895: there is no",
    },
    // The first bin is below the threshold.
    Story {
        words: &[
            "bins",
            "waves.toml",
            "--x=m(pi+ pi-)",
            "--edges=0.1,0.2,1.2,1.35,1.5,1.7,1.9",
            "--starts=3",
        ],
        document: "bins",
        missing: "no part has the bins 1.2 to 1.35, 1.35 to 1.5: there is no",
    },
];

#[test]
fn replicas_toys_variations_rows_and_bins_are_collected_to_those_of_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "list.toml", VARIATIONS);
    let waves = waves_of_jpsi(&repository("data/jpsi-gpipi"));
    write(folder, "waves.toml", &waves);
    let config = repository("data/dp-kpipi/fit.toml");
    let fit = [
        "fit",
        text(&config),
        "--out",
        "out",
        "--quiet",
        "--starts",
        "8",
    ];
    gpuwa_in(folder, &fit).good();
    for Story {
        words,
        document,
        missing,
    } in STORIES
    {
        let verb = words[0];
        let at = |name: &str| format!("{verb}-{name}");
        let run = |before: &[&str], out: &str, more: &[&str]| {
            let out = at(out);
            let quiet = ["--quiet", "--threads", "1", "--out", &out];
            gpuwa_in(folder, &[before, words, &quiet, more].concat())
        };
        let read = |out: &str, file: &str| std::fs::read(folder.join(at(out)).join(file)).unwrap();
        let document = format!("{document}.json");
        let checkpoint = document.replace(".json", ".checkpoint");
        run(&[], "whole", &[]).good();
        // The second one is ended by SIGTERM as soon as it has a step, and taken up.
        for part in ["3", "1", "2"] {
            let share = format!("{part}/3");
            let words = ["--part", &share];
            if part == "2" {
                let left = run(&[], part, &[&words[..], &["--leave-after", "0"]].concat());
                assert!([0, 85].contains(&left.status), "{}", left.stderr);
            }
            let said = run(&[], part, &[&words[..], &["--resume"]].concat()).good();
            assert!(said.contains("part.checkpoint"), "{said}");
            assert!(!folder.join(at(part)).join(&document).exists());
        }
        let parts = ["2", "3", "1"].map(at);
        let parts = ["--", &parts[0], &parts[1], &parts[2]];
        run(&["collect"], "joined", &parts).good();
        for file in [&document, &checkpoint] {
            assert!(read("joined", file) == read("whole", file), "{verb} {file}");
        }

        // A part that is missing is named, or made.
        let less = [parts[3], parts[2], "nowhere"];
        let refused = [&["--"], &less[..]].concat();
        run(&["collect"], "less", &refused).fails(1, &[missing, "`nowhere/", "--resume"]);
        assert!(!folder.join(at("less")).join(&document).exists());
        run(
            &["collect"],
            "less",
            &[&["--complete"], &refused[..]].concat(),
        )
        .good();
        assert!(
            read("less", &document) == read("whole", &document),
            "{verb}"
        );

        run(&[], "many", &["--part", "1/9"]).fails(2, &["are at most", "parts, not 9"]);
    }

    // Parts of other work are none of this one.
    let other = |words: &[&str], says: &str| {
        let words = [
            &["collect"],
            words,
            &["--out", "other", "--", "bootstrap-1"],
        ]
        .concat();
        gpuwa_in(folder, &words).fails(2, &["other work: not the same", says]);
    };
    let replicas = ["bootstrap", "out/result.json", "--replicas"];
    other(&[&replicas[..], &["7", "--seed", "2"]].concat(), "replicas");
    other(&[&replicas[..], &["8"]].concat(), "number of replicas");
    let toys = ["toys", "out/result.json", "--toys", "4", "--events", "300"];
    other(&toys, "toys");
    let bins = ["bins", "waves.toml", "--x=m(pi+ pi-)", "--edges"];
    let mut other_bins = bins.to_vec();
    other_bins.extend(["0.5,1,1.5,2", "--starts", "3", "--out", "other", "--"]);
    gpuwa_in(
        folder,
        &[&["collect"], &other_bins[..], &["bins-1"]].concat(),
    )
    .fails(2, &["other work: not the same edges, number of bins"]);
    // Points of one parameter begin at their neighbours.
    let scan = [
        "scan",
        "out/result.json",
        "NR.total.phase",
        "--out",
        "other",
    ];
    gpuwa_in(folder, &[&scan[..], &["--part", "1/2"]].concat())
        .fails(2, &["31 points in blocks of 31 are at most 1 part, not 2"]);
}
