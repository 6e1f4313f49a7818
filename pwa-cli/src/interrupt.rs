//! Ctrl-C ends a fit at its next evaluation, SIGTERM at once: its checkpoint is always whole.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use miette::{IntoDiagnostic, Result, WrapErr};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

use crate::exit::Status;

static REQUESTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
static TOLD: AtomicBool = AtomicBool::new(false);

/// From now on SIGTERM, by which batch systems end jobs, says that the work can be taken up again.
///
/// # Errors
/// When the system lets nobody handle it.
pub fn leave_at_checkpoint() -> io::Result<()> {
    let always = Arc::new(AtomicBool::new(true));
    flag::register_conditional_shutdown(SIGTERM, Status::Checkpoint as i32, always)?;
    Ok(())
}

/// Does after so many minutes what SIGTERM does, as soon as the checkpoint has grown: work that is taken up again
/// for as long as before always comes further.
pub fn leave_after(minutes: f64, checkpoint: PathBuf) -> Result<()> {
    let time = Duration::try_from_secs_f64(60.0 * minutes)
        .into_diagnostic()
        .wrap_err_with(|| format!("--leave-after {minutes}: a number of minutes"))?;
    let length = move || std::fs::metadata(&checkpoint).map_or(0, |file| file.len());
    let before = length();
    std::thread::spawn(move || {
        std::thread::sleep(time);
        while length() <= before {
            std::thread::sleep(Duration::from_millis(20));
        }
        low_level::raise(SIGTERM)
    });
    Ok(())
}

/// From now on Ctrl-C only raises the flag; a second one ends the process at once.
///
/// # Errors
/// When the system lets nobody handle it.
pub fn listen() -> io::Result<()> {
    let status = Status::Interrupted as i32;
    flag::register_conditional_shutdown(SIGINT, status, Arc::clone(&REQUESTED))?;
    flag::register(SIGINT, Arc::clone(&REQUESTED))?;
    Ok(())
}

pub fn requested() -> bool {
    let requested = REQUESTED.load(Ordering::SeqCst);
    if requested && !TOLD.swap(true, Ordering::SeqCst) {
        tell!("interrupted: writing the best point so far (again to end at once)");
    }
    requested
}
