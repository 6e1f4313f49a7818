//! Files that are whole or not there, and that one process writes.

use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::Path;

/// Writes a file at once or not at all: a temporary one beside it, flushed to disk, then renamed.
///
/// # Errors
/// When the folder cannot be written.
pub fn write_whole(path: &Path, text: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().display();
    let partial = path.with_file_name(format!("{PARTIAL}{name}-{}", std::process::id()));
    let write = || {
        let mut file = File::create(&partial)?;
        file.write_all(text)?;
        file.sync_all()?;
        std::fs::rename(&partial, path)
    };
    write().inspect_err(|_| {
        // The first error is the one to tell.
        drop(std::fs::remove_file(&partial));
    })
}

/// How the names of files begin that are not whole yet.
const PARTIAL: &str = ".gpuwa-partial-";

/// Removes what killed processes left of files that they were writing.
///
/// # Errors
/// When the folder cannot be read.
pub fn remove_partial(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PARTIAL) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Keeps other processes off a file for as long as it is open; false where one has it. File systems without locks
/// keep nobody off.
pub(super) fn claim(file: &File) -> bool {
    !matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_files_are_removed_and_whole_ones_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result.json");
        write_whole(&path, b"whole").unwrap();
        std::fs::write(folder.path().join(format!("{PARTIAL}x")), "half").unwrap();
        remove_partial(folder.path()).unwrap();
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1);
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
    }
}
