//! Files that are whole or not there, and that one process writes.

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Writes a file at once or not at all: a temporary one beside it, flushed to disk, then renamed.
///
/// # Errors
/// When the folder cannot be written.
pub fn write_whole(path: &Path, text: &[u8]) -> io::Result<()> {
    let partial = path.with_file_name(format!("{}{}", partial_of(path), std::process::id()));
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

/// How the names of files begin that are this one and not whole yet.
fn partial_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().display();
    format!(".gpuwa-partial-{name}-")
}

/// Removes what killed processes left of a file that they were writing.
///
/// # Errors
/// When the folder cannot be read.
pub fn remove_partial(path: &Path) -> io::Result<()> {
    let partial = partial_of(path);
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    for entry in std::fs::read_dir(folder.unwrap_or(Path::new(".")))? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&partial) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// A file to append to that this process alone has, empty where there was none; none where another process has it.
/// File systems without locks keep nobody off.
pub(super) fn claim(path: &Path) -> io::Result<Option<File>> {
    loop {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            return Ok(None);
        }
        // Who had it may have removed it before it let go.
        if is_at(&file, path) {
            return Ok(Some(file));
        }
    }
}

/// Whether this file is the one that stands there.
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    let identity = |data: Metadata| (data.dev(), data.ino());
    let own = file.metadata().map(identity);
    let there = std::fs::metadata(path).map(identity);
    matches!((own, there), (Ok(own), Ok(there)) if own == there)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_files_are_removed_and_whole_ones_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result.json");
        write_whole(&path, b"whole").unwrap();
        let put = |of: &str| {
            let partial = folder.path().join(format!("{}12", partial_of(of.as_ref())));
            std::fs::write(partial, "half").unwrap();
        };
        put("result.json");
        // Of other work that is going on.
        put("profile.json");
        remove_partial(&path).unwrap();
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 2);
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
    }
}
