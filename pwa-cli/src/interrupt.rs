//! Ctrl-C ends a fit at its next evaluation.

use std::sync::atomic::{AtomicBool, Ordering};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C (and a batch system's SIGTERM) only raises the flag; a second one ends the
/// process at once.
pub fn listen() {
    let handler = || {
        if REQUESTED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        eprintln!("interrupted: writing the best point so far (again to end at once)");
    };
    // Without a handler Ctrl-C ends the process, as it does anyway.
    drop(ctrlc::set_handler(handler));
}

pub fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}
