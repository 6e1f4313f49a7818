//! `cargo xtask cuda-emulator`: a CUDA driver without a card, ready to be used by any command.

use std::path::{Path, PathBuf};

use super::Helper;
use crate::cargo::{cargo, target_folder};
use crate::wheel::wheel;

pub const HELPER: Helper = Helper {
    name: "cuda-emulator",
    about: "build the emulated CUDA driver, fetch NVRTC: eval \"$(cargo xtask cuda-emulator)\"",
    run,
};

/// Of NVRTC, the usual one first. 12.4 is the oldest that is tried, 12.9 the last that knows V100 cards.
const VERSIONS: [&str; 2] = ["12.4.127", "12.9.86"];

/// Names under which programs look for the driver.
const NAMES: [&str; 2] = ["libcuda.so", "libcuda.so.1"];

fn run(arguments: &[String]) -> Result<(), String> {
    let version = match arguments {
        [] => VERSIONS[0],
        [version] if VERSIONS.contains(&version.as_str()) => version,
        _ => {
            return Err(format!(
                "`cuda-emulator` takes a version of NVRTC: {VERSIONS:?}"
            ));
        }
    };
    let folder = driver()?;
    let nvrtc = wheel(&format!("nvrtc-{version}"))?;
    let paths = [quoted(&folder), quoted(&nvrtc)].join(":");
    println!("export LD_LIBRARY_PATH={paths}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}");
    println!(
        "export GPUWA_NVRTC={}",
        quoted(&nvrtc.join("libnvrtc.so.12"))
    );
    Ok(())
}

/// Builds the driver; the folder in which programs find it.
pub fn driver() -> Result<PathBuf, String> {
    cargo(&["build", "--release", "--package", "cuda-emulator"])?;
    let target = target_folder()?;
    let folder = target.join("cuda-emulator");
    let library = target.join("release/libcuda_emulator.so");
    for name in NAMES {
        place(&library, &folder.join(name))?;
    }
    Ok(folder)
}

/// A new file in the place of an old one that programs may be using.
fn place(from: &Path, to: &Path) -> Result<(), String> {
    let problem = |error| format!("cannot write `{}`: {error}", to.display());
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).map_err(problem)?;
    }
    let fresh = to.with_extension("new");
    std::fs::copy(from, &fresh).map_err(problem)?;
    std::fs::rename(&fresh, to).map_err(problem)
}

/// A path as one word of a shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_words_of_a_shell() {
        assert_eq!(quoted(Path::new("/a b/it's")), r"'/a b/it'\''s'");
    }
}
