//! What a program does not give back is told, whatever happened to it.

use crate::machine::run;

#[test]
fn a_leak_is_reported_when_the_context_ends_or_the_program() {
    for when in ["context", "exit"] {
        let output = run(&format!("leak at {when}"), &[]);
        let leaks = output.events("leak");
        let message = leaks[0]["message"].as_str().unwrap();
        assert!(
            message.contains("4096 bytes, not freed, first allocation 1") && message.contains(when),
            "{message}"
        );
    }
}

/// A leak of each kind, and what is said of it.
const KINDS: [(&str, &str); 5] = [
    (
        "memory",
        "1 allocation(s), 4096 bytes, not freed, first allocation 1",
    ),
    (
        "pinned memory",
        "1 piece(s) of pinned memory, 4096 bytes, not freed",
    ),
    ("module", "1 module(s) not destroyed"),
    ("stream", "1 stream(s) not destroyed"),
    ("event", "1 event(s) not destroyed"),
];

#[test]
fn a_leak_of_each_kind_is_reported_with_and_without_failures() {
    for fault in ["", "launch:1", "lost:1"] {
        for (kind, words) in KINDS {
            let output = run(
                &format!("leak of {kind}"),
                &[("CUDA_EMULATOR_FAULT", fault)],
            );
            let leaks = output.events("leak");
            assert_eq!(leaks.len(), 1, "{kind}, {fault}: {}", output.errors);
            let message = leaks[0]["message"].as_str().unwrap();
            assert!(message.contains(words), "{kind}, {fault}: {message}");
            let failed = output.errors.contains("as CUDA_EMULATOR_FAULT asks");
            assert_eq!(
                failed,
                !fault.is_empty(),
                "{kind}, {fault}: {}",
                output.errors
            );
        }
    }
}

#[test]
fn leaks_are_told_kind_by_kind() {
    let output = run("leak of many", &[]);
    let leaks = output.events("leak");
    assert_eq!(leaks.len(), 5, "{}", output.errors);
    let message = leaks[0]["message"].as_str().unwrap();
    assert!(message.contains("3 allocation"), "{message}");
}

/// Frees of a lost card say so, and count.
#[test]
fn a_program_that_gives_everything_back_after_a_failure_leaks_nothing() {
    for streams in ["late", "early", "copies-early"] {
        for (fault, status) in [
            ("launch:1", "CUDA_ERROR_LAUNCH_FAILED"),
            ("launch:2", "CUDA_ERROR_LAUNCH_FAILED"),
            ("lost:1", "CUDA_ERROR_DEVICE_UNAVAILABLE"),
            ("lost:2", "CUDA_ERROR_DEVICE_UNAVAILABLE"),
        ] {
            for program in ["gives back", "gives back elsewhere"] {
                let settings = [
                    ("CUDA_EMULATOR_FAULT", fault),
                    ("CUDA_EMULATOR_STREAMS", streams),
                ];
                let output = run(program, &settings);
                let found = output.text.contains(&format!("after {status}"));
                assert!(found, "{program}, {fault}: {}", output.text);
                let quiet = output.events("leak").is_empty() && output.events("error").is_empty();
                assert!(quiet, "{program}, {streams}, {fault}: {}", output.errors);
            }
        }
    }
}

#[test]
fn frees_on_a_failed_card_return_its_error_and_free() {
    let output = run("raw frees", &[("CUDA_EMULATOR_FAULT", "lost:1")]);
    for what in [
        "memory",
        "memory elsewhere",
        "memory of a stream",
        "pinned memory",
        "event",
        "stream",
        "module",
    ] {
        let line = format!("{what}: CUDA_ERROR_DEVICE_UNAVAILABLE\n");
        assert!(output.text.contains(&line), "{line} in {}", output.text);
    }
    let clean = output.events("leak").is_empty() && output.events("error").is_empty();
    assert!(clean, "{}", output.errors);
}
