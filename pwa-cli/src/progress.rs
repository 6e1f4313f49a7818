//! The state of a running fit, on stderr.

use std::cell::Cell;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use pwa_core::fit::Stage;

/// A line that changes on a terminal; in a log a line whenever starts have ended.
pub struct Progress {
    bar: ProgressBar,
    /// How many starts had ended in the last line, where lines are written.
    written: Option<Cell<usize>>,
}

impl Progress {
    pub fn new(quiet: bool) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self {
                bar: ProgressBar::hidden(),
                written: (!quiet).then(|| Cell::new(0)),
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
        let part = match state.stage {
            Stage::Coarse => " on a part of the data",
            Stage::Full => "",
        };
        let text = format!(
            "starts {}/{} done, best NLL{part} {:.4} found {}x, evaluations {}",
            state.ended, state.starts, state.best_nll, state.found, state.evaluations,
        );
        match &self.written {
            Some(written) if state.ended > written.replace(state.ended) => tell!("{text}"),
            Some(_) => {}
            None => self.bar.set_message(text),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
