//! Once more in other processes: an emulated card takes the order of its work from their environment.

use std::process::Command;

use crate::common::backend;

fn passes(test: &str, variable: &str, value: &str) {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program)
        .args(["--exact", test, "--nocapture"])
        .env(variable, value)
        .output()
        .expect("this program runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{variable}={value}: {said}");
    assert!(
        said.contains("1 passed") && !said.contains("NOT RUN"),
        "{said}"
    );
}

#[test]
fn the_order_of_blocks_and_warps_does_not_matter() {
    let Some(_) = backend() else { return };
    let test = "once::gram_matrices_scores_and_information_have_the_bits_of_the_cpu";
    for order in ["reverse", "shuffled:1", "shuffled:2"] {
        passes(test, "CUDA_EMULATOR_ORDER", order);
    }
}

/// The other tests have the streams of the card do their work as late as they may.
#[test]
fn it_does_not_matter_when_streams_do_their_work() {
    let Some(_) = backend() else { return };
    let test = "pieces::shares_and_pieces_have_the_bits_of_the_cpu";
    for streams in ["early", "copies-early"] {
        passes(test, "CUDA_EMULATOR_STREAMS", streams);
    }
}
