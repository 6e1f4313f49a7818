//! All of it once more in other processes: an emulated card takes its architecture and the order of its work from their
//! environment.

use crate::common::again::again;
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
    for [architecture, order, streams] in MACHINES {
        let machine = [
            ("CUDA_EMULATOR_ARCH", architecture),
            ("CUDA_EMULATOR_ORDER", order),
            ("CUDA_EMULATOR_STREAMS", streams),
        ];
        let said = again(&["--skip", "orders::", "--nocapture"], &machine);
        assert!(said.contains(&format!("(sm_{architecture})")), "{said}");
        assert!(
            !said.contains("NOT RUN") && !said.contains(" 0 passed"),
            "{said}"
        );
    }
}
