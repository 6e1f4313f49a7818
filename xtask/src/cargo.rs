//! Running cargo in the root of the workspace.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::run;

/// The folder that holds `pwa-core`, `data` and the rest.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Cargo's target folder: this program runs from `target/debug`.
pub fn target_folder() -> Result<PathBuf, String> {
    let program = std::env::current_exe().map_err(|error| format!("where am I? {error}"))?;
    let folder = program.ancestors().nth(2);
    folder
        .map(Path::to_owned)
        .ok_or_else(|| "the program is in no target folder".to_owned())
}

/// Cargo with these arguments, shown before it runs.
pub fn cargo<S: AsRef<str>>(arguments: &[S]) -> Result<(), String> {
    cargo_with(&[], arguments)
}

/// The same with environment variables set.
pub fn cargo_with<S: AsRef<str>>(
    variables: &[(&str, &str)],
    arguments: &[S],
) -> Result<(), String> {
    run(program()
        .args(arguments.iter().map(AsRef::as_ref))
        .envs(variables.iter().copied()))
}

/// Cargo in the root of the workspace. Inside `cargo xtask` a variable names the one that runs it.
pub fn program() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// gpuwa as `cargo build --release` leaves it, in the root of the workspace.
pub fn gpuwa() -> Result<Command, String> {
    let mut command = Command::new(target_folder()?.join("release/gpuwa"));
    command.current_dir(root());
    Ok(command)
}
