//! When the modelled card does what: engines side by side, streams and hosts that wait.

use crate::machine::{Output, run};

/// Lines of work, without what they are of.
fn spans(output: &Output, kind: &str, direction: Option<&str>) -> Vec<(f64, f64)> {
    let mut lines = output.events(kind);
    lines.retain(|line| direction.is_none_or(|direction| line["direction"] == direction));
    let number = |line: &serde_json::Value, key| line[key].as_f64().unwrap();
    let span = |line: &&serde_json::Value| (number(line, "begin"), number(line, "end"));
    lines.iter().map(span).collect()
}

fn overlap(a: &[(f64, f64)], b: &[(f64, f64)]) -> f64 {
    let common = |a: &(f64, f64), b: &(f64, f64)| (a.1.min(b.1) - a.0.max(b.0)).max(0.0);
    a.iter()
        .flat_map(|a| b.iter().map(move |b| common(a, b)))
        .sum()
}

/// What copies to the device and kernels have in common, in microseconds.
fn hidden(program: &str) -> f64 {
    let output = run(program, &[]);
    let copies = spans(&output, "copy", Some("to-device"));
    let kernels = spans(&output, "launch", None);
    assert_eq!((copies.len(), kernels.len()), (4, 4), "{:?}", output.report);
    for spans in [&copies, &kernels] {
        // An engine does one thing at a time.
        assert!(spans.is_sorted_by(|a, b| a.1 <= b.0), "{spans:?}");
    }
    1e6 * overlap(&copies, &kernels)
}

#[test]
fn copies_and_kernels_overlap_in_two_streams_and_not_in_one() {
    // A kernel of 64 elements takes a little over 4 microseconds, and three of them run beside later copies.
    let found = hidden("time two streams");
    assert!((12.0..13.0).contains(&found), "{found}");
    assert_eq!(hidden("time one stream"), 0.0);
}

#[test]
fn a_host_that_waits_for_each_piece_hides_nothing() {
    for program in [
        "time stream synchronised",
        "time event synchronised",
        "time context synchronised",
        "time copied back",
        "time default stream",
    ] {
        assert_eq!(hidden(program), 0.0, "{program}");
    }
}

#[test]
fn an_event_between_streams_orders_them() {
    let output = run("time event", &[]);
    let copy = spans(&output, "copy", Some("to-device"))[0];
    let kernel = spans(&output, "launch", None)[0];
    assert_eq!(kernel.0, copy.1);
    let output = run("time no event", &[]);
    let copy = spans(&output, "copy", Some("to-device"))[0];
    let kernel = spans(&output, "launch", None)[0];
    assert!(kernel.0 < copy.1, "{copy:?} {kernel:?}");
}

#[test]
fn lines_of_copies_say_what_and_where() {
    let output = run("doubles", &[]);
    let mut lines = output.events("copy").into_iter();
    let (to, from) = (lines.next().unwrap(), lines.next().unwrap());
    // 8 microseconds until a copy begins, and 12 GB/s.
    let seconds = 8e-6 + 800.0 / 12e9;
    for (line, direction) in [(to, "to-device"), (from, "to-host")] {
        assert_eq!(line["bytes"], 800);
        assert_eq!(line["direction"], direction);
        assert_eq!((&line["device"], &line["stream"]), (&0.into(), &1.into()));
        let took = line["end"].as_f64().unwrap() - line["begin"].as_f64().unwrap();
        assert!((took - seconds).abs() < 1e-12, "{took}");
    }
    let launch = output.events("launch")[0];
    // A copy, the zeros of the result, the kernel, the copy back.
    assert!(launch["begin"].as_f64() > to["end"].as_f64());
    assert_eq!(launch["end"], from["begin"]);
    assert_eq!(lines.next(), None);
}

#[test]
fn events_say_the_times_of_the_lines() {
    let output = run("time elapsed", &[]);
    let copy = spans(&output, "copy", Some("to-device"))[0];
    let kernel = spans(&output, "launch", None)[0];
    let milliseconds = 1e3 * (kernel.1 - copy.0);
    let expected = format!("elapsed {:.5} ms", milliseconds);
    assert!(
        output.text.contains(&expected),
        "{expected} in {}",
        output.text
    );
}

#[test]
fn threads_that_drive_a_card_each_do_not_wait_for_each_other() {
    let lines = |program, device: usize| {
        let mut lines = run(program, &[("CUDA_EMULATOR_DEVICES", "2")]).report;
        lines.retain(|line| line["device"] == device);
        lines.iter_mut().for_each(|line| line["device"] = 0.into());
        lines
    };
    let alone = lines("time event synchronised", 0);
    assert!(!alone.is_empty());
    for device in [0, 1] {
        assert_eq!(lines("time two cards", device), alone, "{device}");
    }
}

#[test]
fn times_are_the_same_whenever_streams_do_their_work() {
    for program in [
        "streams",
        "objects",
        "time two streams",
        "time no event",
        "time event synchronised",
        "time copied back",
        "time default stream",
        "time blocking streams",
        "time elapsed",
    ] {
        let report = |streams| {
            let settings = [
                ("CUDA_EMULATOR_STREAMS", streams),
                ("CUDA_EMULATOR_DEVICES", "2"),
            ];
            let output = run(program, &settings);
            assert!(output.events("error").is_empty(), "{}", output.errors);
            output.report
        };
        let late = report("late");
        assert!(late.len() > 1, "{program}: {late:?}");
        for streams in ["early", "copies-early"] {
            assert_eq!(report(streams), late, "{program}, {streams}");
        }
    }
}
