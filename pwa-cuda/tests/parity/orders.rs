//! All of it once more in other processes: an emulated card takes its architecture and the order of its work from their
//! environment.

use std::process::Command;

use crate::common::backend;

/// Architecture, turns of blocks and warps, and when streams do their work. Kernels for 8.0 and newer copy asynchronously,
/// and each architecture has parts of its own size.
const MACHINES: [[&str; 3]; 4] = [
    ["70", "reverse", "early"],
    ["80", "shuffled:1", "copies-early"],
    ["86", "reverse", "late"],
    ["90", "shuffled:2", "early"],
];

#[test]
fn neither_architecture_nor_order_matters() {
    let Some(cuda) = backend() else { return };
    if !cuda.devices().all(|card| card.name.starts_with("Emulated")) {
        println!("NOT RUN: a card takes no orders");
        return;
    }
    let program = std::env::current_exe().expect("this program");
    for [architecture, order, streams] in MACHINES {
        let output = Command::new(&program)
            .args(["--skip", "orders::", "--nocapture"])
            .env("CUDA_EMULATOR_ARCH", architecture)
            .env("CUDA_EMULATOR_ORDER", order)
            .env("CUDA_EMULATOR_STREAMS", streams)
            .output()
            .expect("this program runs");
        let said = String::from_utf8_lossy(&output.stdout);
        let machine = format!("sm_{architecture}, {order}, {streams}");
        assert!(output.status.success(), "{machine}: {said}");
        assert!(said.contains(&format!("(sm_{architecture})")), "{said}");
        assert!(
            !said.contains("NOT RUN") && !said.contains(" 0 passed"),
            "{said}"
        );
    }
}
