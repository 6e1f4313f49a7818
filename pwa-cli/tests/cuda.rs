//! `--backend cuda` as a user meets it: with a card, real or emulated, and without one.

mod support;

use std::path::Path;

use serde_json::Value;
use support::card::{SMALL, card, emulated, no_errors_and_leaks};
use support::story::{Story, with_data};
use support::{gpuwa, gpuwa_with, number, read_json, repository, text};

const EXAMPLES: [&str; 4] = ["jpsi-gpipi", "jpsi-gpipi-gkk", "dp-kpipi", "lb-pkjpsi"];

/// Where no compiler is found, whatever the machine has.
const NO_COMPILER: [(&str, &str); 1] = [("GPUWA_NVRTC", "nowhere/libnvrtc.so.12")];

#[test]
fn both_backends_print_the_same_digits() {
    if card().is_none() {
        return;
    }
    let kernels = tempfile::tempdir().unwrap();
    for example in EXAMPLES {
        let config = repository(&format!("data/{example}/fit.toml"));
        let on = |backend| {
            let options = ["--gradient", "--json", "--quiet", "--backend", backend];
            let arguments = [&["nll", text(&config)], &options[..]].concat();
            let cache = [("XDG_CACHE_HOME", text(kernels.path()))];
            gpuwa_with(&repository(""), &arguments, &cache).good()
        };
        assert_eq!(on("cuda"), on("cpu"), "{example}");
    }
}

#[test]
fn both_backends_end_a_fit_at_the_same_digits() {
    if card().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let config = repository("data/jpsi-gpipi/fit.toml");
    let on = |backend| {
        let options = ["--out", backend, "--backend", backend];
        let arguments = [&["fit", text(&config), "--starts", "1"], &options[..]].concat();
        let cache = [("XDG_CACHE_HOME", text(folder.path()))];
        gpuwa_with(folder.path(), &arguments, &cache).good();
        let mut result = read_json(&folder.path().join(backend).join("result.json"));
        let run = result["run"].take();
        assert_eq!(run["backend"], backend);
        result
    };
    let cuda = on("cuda");
    assert_eq!(cuda["status"], "converged");
    assert_eq!(cuda, on("cpu"));
}

#[test]
fn kernels_are_kept_and_a_damaged_file_is_made_again() {
    if card().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let config = repository("data/dp-kpipi/fit.toml");
    let nll = || {
        let arguments = ["nll", text(&config), "--json", "-q", "--backend", "cuda"];
        let cache = [("XDG_CACHE_HOME", text(folder.path()))];
        gpuwa_with(folder.path(), &arguments, &cache)
    };
    let first = nll().good();
    let kept: Vec<_> = std::fs::read_dir(folder.path().join("gpuwa"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(!kept.is_empty());
    let whole: Vec<_> = kept
        .iter()
        .map(|file| std::fs::read(file).unwrap())
        .collect();
    assert_eq!(first, nll().good());
    for (file, whole) in kept.iter().zip(&whole) {
        std::fs::write(file, &whole[..whole.len() / 2]).unwrap();
    }
    assert_eq!(first, nll().good());
    for (file, whole) in kept.iter().zip(whole) {
        assert!(std::fs::read(file).unwrap() == whole, "{}", file.display());
    }
}

/// An NLL and its gradient, as they are printed.
fn nll(config: &Path, options: &[&str], variables: &[(&str, &str)]) -> String {
    let nll = ["nll", text(config), "--gradient", "--json", "-q"];
    gpuwa_with(&repository(""), &[&nll[..], options].concat(), variables).good()
}

/// Numbers of the cards that an emulated driver launched kernels on.
fn devices_of_launches(report: &Path) -> Vec<u64> {
    let lines = std::fs::read_to_string(report).expect("a report of the emulated card");
    let lines = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let launches = lines.filter(|line: &Value| line["event"] == "launch");
    let mut devices: Vec<u64> = launches
        .map(|line| line["device"].as_u64().unwrap())
        .collect();
    devices.sort_unstable();
    devices.dedup();
    devices
}

#[test]
fn several_cards_and_small_ones_print_the_digits_of_the_cpu() {
    if !emulated() {
        return;
    }
    let config = repository("data/jpsi-gpipi/fit.toml");
    let nll = |options: &[&str], variables: &[(&str, &str)]| nll(&config, options, variables);
    let cpu = nll(&["--backend", "cpu"], &[]);
    let three = ("CUDA_EMULATOR_DEVICES", "3");
    let small = ("CUDA_EMULATOR_MEMORY", SMALL);
    for (devices, memory, streams) in [
        ("all", None, "late"),
        ("0,2", Some(small), "copies-early"),
        ("1", Some(small), "late"),
        ("1", Some(small), "copies-early"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let report = folder.path().join("report.json");
        let mut variables = vec![
            three,
            ("CUDA_EMULATOR_STREAMS", streams),
            ("CUDA_EMULATOR_REPORT", text(&report)),
        ];
        variables.extend(memory);
        let cuda = nll(&["--backend", "cuda", "--device", devices], &variables);
        assert_eq!(cuda, cpu, "{devices} {memory:?} {streams}");
        no_errors_and_leaks(&report);
        let meant = match devices {
            "all" => vec![0, 1, 2],
            "0,2" => vec![0, 2],
            _ => vec![1],
        };
        assert_eq!(devices_of_launches(&report), meant);
    }
    for (device, status, message) in [
        ("3", 4, "there is no GPU 3: the driver finds 3"),
        ("1,1", 2, "GPU 1 stands there twice"),
        ("one", 2, "write the number of a GPU"),
    ] {
        let arguments = ["nll", text(&config), "--device", device];
        gpuwa_with(&repository(""), &arguments, &[three]).fails(status, &[message]);
    }
}

/// Not the largest one; no old one, on which kernels do not run; none that another process has to itself.
#[test]
fn the_card_with_most_free_memory_is_taken() {
    if !emulated() {
        return;
    }
    let config = repository("data/dp-kpipi/fit.toml");
    let machine = |memory, used, arch, exclusive| {
        [
            ("CUDA_EMULATOR_DEVICES", "3"),
            ("CUDA_EMULATOR_MEMORY", memory),
            ("CUDA_EMULATOR_USED", used),
            ("CUDA_EMULATOR_ARCH", arch),
            ("CUDA_EMULATOR_EXCLUSIVE", exclusive),
        ]
    };
    for (machine, best) in [
        (machine("100000000,300000000,200000000", "0", "70", "0"), 1),
        (machine("300000000,100000000,300000000", "0", "70", "0"), 0),
        (
            machine("300000000", "200000000,100000000,150000000", "70", "0"),
            1,
        ),
        (
            machine("300000000,200000000,100000000", "0", "60,70,80", "0"),
            1,
        ),
        (
            machine("300000000,200000000,100000000", "0", "70", "2,0,0"),
            1,
        ),
        // Nobody else is on a card of one process: others are not looked at.
        (
            machine("100000000,200000000,300000000", "0", "60,70,80", "1"),
            1,
        ),
    ] {
        let found = gpuwa_with(&repository(""), &["doctor", "--json"], &machine).json();
        assert_eq!(found["auto"]["found"], best, "{found}");
        let folder = tempfile::tempdir().unwrap();
        let report = folder.path().join("report.json");
        let reported = [("CUDA_EMULATOR_REPORT", text(&report))];
        nll(&config, &[], &[&machine[..], &reported].concat());
        assert_eq!(devices_of_launches(&report), [best]);
    }
    let held = machine("300000000", "0", "70", "0,2,0");
    let lines = gpuwa_with(&repository(""), &["doctor"], &held).good();
    for part in [
        "0: Emulated V100",
        "1: the driver reports",
        "to itself",
        "2: Emulated V100",
    ] {
        assert!(lines.contains(part), "{lines}");
    }
    let arguments = ["nll", text(&config), "--device", "1"];
    gpuwa_with(&repository(""), &arguments, &held).fails(4, &["another process has the GPU"]);
}

/// Cards of different architectures have kernels of their own.
#[test]
fn cards_that_differ_print_the_digits_of_the_cpu() {
    if !emulated() {
        return;
    }
    let config = repository("data/dp-kpipi/fit.toml");
    let cards = [
        ("CUDA_EMULATOR_DEVICES", "3"),
        ("CUDA_EMULATOR_ARCH", "70,90,86"),
        ("CUDA_EMULATOR_MEMORY", "4000000000,4000000,4000000000"),
    ];
    let cuda = nll(&config, &["--backend", "cuda", "--device", "all"], &cards);
    assert_eq!(cuda, nll(&config, &["--backend", "cpu"], &[]));
}

/// An NLL with its first and second derivatives, as they are printed.
fn both_derivatives(story: &Story, backend: &str) -> String {
    let what = ["--gradient", "--hessian", "--json", "-q"];
    let nll = ["nll", "fit.toml", "--backend", backend];
    story.run(&[&nll[..], &what].concat()).good()
}

/// What no example has: smeared copies of events, a background inside the likelihood, columns of singles.
#[test]
fn copies_backgrounds_and_singles_have_the_digits_of_the_cpu() {
    if card().is_none() {
        return;
    }
    let engine = "[engine]\nstorage = \"f32\"\n";
    let background = "[background_density]\nfraction = 0.2\nformula = \"1 + m(a b)\"\n";
    for (data, more) in [
        ("files = \"data.root\"\ncopies = \"5\"", ""),
        ("files = \"data.root\"", background),
        ("files = \"data.root\"", engine),
        ("files = \"data.root\"\ncopies = \"5\"", engine),
    ] {
        let story = Story::new(&format!("{}{more}", with_data(data, "files = \"mc.root\"")));
        for (events, seed, file) in [("600", "1", "data.root"), ("1100", "2", "mc.root")] {
            story.flat(file, events, seed);
        }
        assert_eq!(
            both_derivatives(&story, "cuda"),
            both_derivatives(&story, "cpu"),
            "{data} {more}"
        );
    }
}

/// Two data sets that know their rates, each alone or both together, and the Monte Carlo summed directly.
#[test]
fn rates_of_several_sets_have_the_digits_of_the_cpu() {
    if card().is_none() {
        return;
    }
    let config = with_data("files = \"data.root\"", "files = \"mc.root\"");
    let (head, _) = config.split_once("[data]").unwrap();
    for how in ["generated = 2000", "generated = 2000\njoint = \"both\""] {
        let set = |name: &str| {
            let files = |kind: &str| format!("{kind} = {{ files = \"{name}-{kind}.root\" }}");
            let [data, mc] = ["data", "mc"].map(files);
            format!("[[dataset]]\nname = \"{name}\"\n{data}\n{mc}\n{how}\n")
        };
        let rate = "[parameter]\n\"NR.total.re\" = { start = 1.1, free = true }\n";
        let integral = "[engine]\nintegral = \"direct\"\n";
        let sets = ["first", "second"].map(set).concat();
        let story = Story::new(&format!("{head}{sets}{rate}{integral}"));
        for (seed, file) in ["first-data", "first-mc", "second-data", "second-mc"]
            .iter()
            .enumerate()
        {
            story.flat(&format!("{file}.root"), "1100", &seed.to_string());
        }
        assert_eq!(
            both_derivatives(&story, "cuda"),
            both_derivatives(&story, "cpu"),
            "{how}"
        );
    }
}

#[test]
fn check_and_the_result_say_where_samples_are() {
    if !emulated() {
        return;
    }
    let config = repository("data/jpsi-gpipi/fit.toml");
    let folder = tempfile::tempdir().unwrap();
    let small = [("CUDA_EMULATOR_MEMORY", SMALL)];
    let checked = gpuwa_with(folder.path(), &["check", text(&config)], &small).good();
    assert!(checked.contains("GPU 0 (Emulated V100"), "{checked}");
    assert!(checked.contains("events streamed in"), "{checked}");
    let two = [("CUDA_EMULATOR_DEVICES", "2")];
    let cuda = ["--backend", "cuda", "--device", "all"];
    let fit = ["fit", text(&config), "--out", "out", "--starts", "1"];
    gpuwa_with(folder.path(), &[&fit[..], &cuda].concat(), &two).good();
    let run = &read_json(&folder.path().join("out/result.json"))["run"];
    let devices = run["devices"].as_array().unwrap();
    for device in ["GPU 0", "GPU 1"] {
        let is_named = |line: &Value| {
            let line = line.as_str().unwrap();
            line.contains(device) && line.contains("resident")
        };
        assert!(devices.iter().any(is_named), "{devices:?}");
    }
}

#[test]
fn a_sample_too_large_for_a_card_is_refused_with_numbers() {
    if !emulated() {
        return;
    }
    let config = repository("data/jpsi-gpipi/fit.toml");
    let tiny = [("CUDA_EMULATOR_MEMORY", "100000")];
    let arguments = ["nll", text(&config), "--backend", "cuda"];
    let run = gpuwa_with(&repository(""), &arguments, &tiny);
    run.fails(
        4,
        &[
            "even in pieces, needs",
            "which has 0.00 GB",
            "--backend cpu",
        ],
    );
}

/// What the emulated card counts, against what has to be moved: columns, variables and weights once.
#[test]
fn columns_make_nine_tenths_of_the_traffic() {
    if !emulated() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let config = repository("data/jpsi-gpipi/fit.toml");
    let options = ["--gradient", "-q", "--backend", "cuda"];
    let variables = [("CUDA_EMULATOR_REPORT", text(&report))];
    let arguments = [&["nll", text(&config)], &options[..]].concat();
    gpuwa_with(folder.path(), &arguments, &variables).good();
    let lines = std::fs::read_to_string(&report).expect("a report of the emulated card");
    let check = ["check", text(&config), "--json", "-q", "--backend", "cpu"];
    let memory = &gpuwa(&check).json()["memory"];
    let bytes_per_event = number(&memory["bytes_per_event"]);
    let events = number(&memory["bytes"]) / bytes_per_event;
    let mut sectors = 0.0;
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        if line["kernel"] == "sums_gradient" && line["event"] == "launch" {
            sectors += number(&line["global_loads"]["sectors"]);
            sectors += number(&line["global_stores"]["sectors"]);
        }
    }
    let (moved, least) = (32.0 * sectors, events * bytes_per_event);
    println!(
        "{} bytes an event, at least {}",
        moved / events,
        least / events
    );
    assert!(moved >= least && moved < 1.1 * least, "{moved} {least}");
}

#[test]
fn doctor_says_what_is_here_and_why_not() {
    let lines = gpuwa(&["doctor"]).good();
    for what in [
        "CPU instructions",
        "CUDA driver",
        "GPU",
        "NVRTC",
        "--backend auto",
    ] {
        assert!(lines.contains(what), "{what}: {lines}");
    }
    let folder = repository("");
    let found = gpuwa_with(&folder, &["doctor", "--json"], &NO_COMPILER).json();
    let reason = found["nvrtc"]["absent"].as_str().unwrap();
    assert!(reason.contains("nowhere"), "{reason}");
    assert!(found["auto"]["absent"].is_string(), "{found}");
}
