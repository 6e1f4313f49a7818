//! The library as programs meet it: loaded by cudarc, in a process of its own for every machine.

// Loader paths and names of libraries are those of Linux, as everywhere where CUDA is used with gpuwa.
#![cfg(target_os = "linux")]

mod leaks;
mod machine;
mod programs;
mod timeline;

use std::path::Path;

use machine::{PROGRAM, compilers, run, run_with};

/// Does nothing unless another test started this process for it.
#[test]
fn the_program_of_this_process() {
    if let Ok(program) = std::env::var(PROGRAM) {
        programs::run(&program);
    }
}

#[test]
fn a_program_that_is_right_leaves_a_clean_report() {
    let output = run("doubles", &[]);
    assert!(output.text.contains("sum 9900"), "{}", output.text);
    assert!(
        output.events("error").is_empty() && output.events("leak").is_empty(),
        "{}",
        output.errors
    );
    let launch = output.events("launch")[0].clone();
    assert_eq!(launch["kernel"], "twice");
    // 100 doubles of 8 bytes in 25 sectors of 32 bytes.
    assert_eq!(
        launch["global_loads"],
        serde_json::json!({"requests": 4, "sectors": 25, "bytes": 800})
    );
}

#[test]
fn there_may_be_no_card_or_two() {
    assert!(
        run("count", &[("CUDA_EMULATOR_DEVICES", "0")])
            .text
            .contains("CUDA_ERROR_NO_DEVICE")
    );
    assert!(
        run("count", &[("CUDA_EMULATOR_DEVICES", "2")])
            .text
            .contains("cards 2")
    );
    let bad = run("count", &[("CUDA_EMULATOR_ORDER", "sideways")]);
    assert!(
        bad.errors.contains("CUDA_EMULATOR_ORDER=sideways"),
        "{}",
        bad.errors
    );
}

#[test]
fn cards_have_properties_and_memory() {
    let output = run(
        "properties",
        &[
            ("CUDA_EMULATOR_ARCH", "80"),
            ("CUDA_EMULATOR_MEMORY", "1000000"),
        ],
    );
    for line in [
        "capability (8, 0)",
        "memory 1000000",
        "bus 5120",
        "after (998976, 1000000)",
        "too much CUDA_ERROR_OUT_OF_MEMORY",
    ] {
        assert!(output.text.contains(line), "{line} in {}", output.text);
    }
}

#[test]
fn cards_may_differ() {
    let two = ("CUDA_EMULATOR_DEVICES", "2");
    let memory = ("CUDA_EMULATOR_MEMORY", "1000000,2000000");
    let output = run("cards", &[two, memory, ("CUDA_EMULATOR_ARCH", "70,90")]);
    for line in [
        "card 0 capability (7, 0) memory (1000000, 1000000)",
        "card 1 capability (9, 0) memory (2000000, 2000000)",
    ] {
        assert!(output.text.contains(line), "{line} in {}", output.text);
    }
    for (machine, reason) in [
        (vec![memory], "CUDA_EMULATOR_MEMORY=1000000,2000000: "),
        (
            vec![two, ("CUDA_EMULATOR_ARCH", "70,80,90")],
            "CUDA_EMULATOR_ARCH=70,80,90: ",
        ),
    ] {
        let output = run("count", &machine);
        let refused = output.text.contains("CUDA_ERROR_INVALID_VALUE");
        assert!(
            refused && output.errors.contains(reason),
            "{}",
            output.errors
        );
    }
}

#[test]
fn every_object_of_cudarc_works() {
    let output = run("objects", &[("CUDA_EMULATOR_DEVICES", "2")]);
    assert!(
        output.text.contains("all objects"),
        "{}{}",
        output.text,
        output.errors
    );
    assert!(
        output.events("leak").is_empty() && output.events("error").is_empty(),
        "{}",
        output.errors
    );
}

#[test]
fn machine_code_and_broken_texts_are_refused() {
    let output = run("images", &[]);
    assert!(
        output.text.contains("cubin CUDA_ERROR_NO_BINARY_FOR_GPU"),
        "{}",
        output.text
    );
    assert!(
        output.text.contains("broken CUDA_ERROR_INVALID_PTX"),
        "{}",
        output.text
    );
    assert!(output.errors.contains("`nonsense`"), "{}", output.errors);
}

#[test]
fn launches_that_cannot_be_are_refused() {
    let output = run("launches", &[]);
    for line in [
        "no threads CUDA_ERROR_INVALID_VALUE",
        "too many CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES",
        "shared CUDA_ERROR_INVALID_VALUE",
        "opted in ok",
    ] {
        assert!(output.text.contains(line), "{line} in {}", output.text);
    }
}

#[test]
fn a_bug_stays_with_the_card() {
    let output = run("bug", &[]);
    assert!(output.text.contains("launch ok"), "{}", output.text);
    assert!(
        output
            .text
            .contains("synchronise CUDA_ERROR_ILLEGAL_ADDRESS"),
        "{}",
        output.text
    );
    assert!(
        output.text.contains("next CUDA_ERROR_ILLEGAL_ADDRESS"),
        "{}",
        output.text
    );
    let message = output.events("error")[0]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    for part in [
        "kernel `twice`",
        "thread (4, 0, 0)",
        "ld.global.f64",
        "allocation 1 of 800 bytes",
    ] {
        assert!(message.contains(part), "{part} in {message}");
    }
}

#[test]
fn what_nobody_wrote_cannot_be_copied_to_the_host() {
    let output = run("uninitialised", &[]);
    assert!(
        output.text.contains("copy CUDA_ERROR_LAUNCH_FAILED"),
        "{}",
        output.text
    );
}

#[test]
fn failures_come_when_they_are_asked_for() {
    for (fault, line) in [
        ("alloc:2", "allocation CUDA_ERROR_OUT_OF_MEMORY"),
        ("launch:2", "launch ok, then CUDA_ERROR_LAUNCH_FAILED"),
        (
            "lost:1",
            "launch CUDA_ERROR_DEVICE_UNAVAILABLE, then CUDA_ERROR_DEVICE_UNAVAILABLE",
        ),
    ] {
        let output = run("faults", &[("CUDA_EMULATOR_FAULT", fault)]);
        assert!(
            output.text.contains(line),
            "{fault}: {line} in {}",
            output.text
        );
    }
}

#[test]
fn streams_that_wait_for_each_other_are_right_in_every_order() {
    for order in ["late", "early", "copies-early"] {
        let output = run("streams", &[("CUDA_EMULATOR_STREAMS", order)]);
        assert!(output.text.contains("sum 128\nsum 256"), "{}", output.text);
        let clean = output.events("error").is_empty() && output.events("leak").is_empty();
        assert!(clean, "{order}: {}", output.errors);
    }
}

#[test]
fn a_missing_wait_is_an_error_in_every_order() {
    for (mistake, memory) in [
        ("not there yet", "allocation 1"),
        ("unwaited", "allocation 1"),
        ("overwritten", "allocation 1"),
        ("given back", "allocation 1"),
        ("same host memory", "pinned memory"),
    ] {
        let found = format!("of {memory}, and nothing orders it with what");
        for order in ["late", "early", "copies-early"] {
            let program = format!("streams {mistake}");
            let output = run(&program, &[("CUDA_EMULATOR_STREAMS", order)]);
            let is_error = output.errors.contains(&found);
            let stays = output.text.contains("CUDA_ERROR_LAUNCH_FAILED");
            let all = format!("{}{}", output.text, output.errors);
            assert!(is_error && stays, "{mistake}, {order}: {all}");
        }
    }
}

#[test]
fn a_pinned_buffer_that_is_changed_or_freed_too_soon_is_a_wrong_result_or_an_error() {
    for (mistake, found) in [
        ("changed", "sum 256\nsum 256"),
        ("freed", "was given back while the copy waited"),
    ] {
        let program = format!("streams {mistake}");
        let output = run(&program, &[("CUDA_EMULATOR_STREAMS", "late")]);
        let all = format!("{}{}", output.text, output.errors);
        assert!(all.contains(found), "{mistake}: {all}");
    }
}

#[test]
fn the_compiler_of_nvidia_and_seeded_bugs() {
    let compilers = compilers();
    if compilers.is_empty() {
        let problem =
            "NVRTC is absent, nothing was compiled: `cargo xtask cuda-emulator` fetches it";
        // Whoever has a card for the tests says so, and a compiler belongs to it.
        let may_be_absent = std::env::var_os("GPUWA_TEST_CARD").is_none();
        assert!(may_be_absent, "{problem}");
        println!("{problem}");
    }
    for compiler in compilers {
        println!("NVRTC of {}", compiler.display());
        for order in ["forward", "reverse", "shuffled:11"] {
            check_compiled(&compiler, order);
        }
    }
}

/// Right kernels are right, and each bug is found.
fn check_compiled(compiler: &Path, order: &str) {
    let run = |program| run_with(Some(compiler), program, &[("CUDA_EMULATOR_ORDER", order)]);
    let output = run("compiled");
    let right = output.text.contains("all compiled kernels are right");
    assert!(right, "{order}: {}{}", output.text, output.errors);
    assert!(
        output.events("error").is_empty(),
        "{order}: {}",
        output.errors
    );
    for (bug, words) in programs::BUGS {
        let output = run(bug);
        let errors = output.events("error");
        let message = errors
            .first()
            .map_or("", |error| error["message"].as_str().unwrap_or(""));
        let found = words.iter().any(|word| message.contains(word));
        assert!(found, "{order}, {bug}: {message}{}", output.text);
    }
}
