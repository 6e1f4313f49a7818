//! The state of a running fit, on stderr.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A line that changes on a terminal; in a log one line a start.
pub struct Progress {
    bar: ProgressBar,
    /// The start last written of, where lines are written.
    written: Option<AtomicUsize>,
}

impl Progress {
    pub fn new(quiet: bool) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self {
                bar: ProgressBar::hidden(),
                written: (!quiet).then(|| AtomicUsize::new(0)),
            };
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} [{elapsed}] {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, written: None }
    }

    pub fn show(&self, state: &pwa_core::fit::Progress) {
        if let Some(written) = &self.written {
            if state.start > written.swap(state.start, Ordering::Relaxed) {
                let (start, starts) = (state.start + 1, state.starts);
                eprintln!(
                    "start {start}/{starts}: best NLL so far {:.4}",
                    state.best_nll
                );
            }
            return;
        }
        self.bar.set_message(format!(
            "start {}/{}, evaluation {}: NLL {:.4}, best {:.4}",
            state.start + 1,
            state.starts,
            state.evaluations,
            state.nll,
            state.best_nll,
        ));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
