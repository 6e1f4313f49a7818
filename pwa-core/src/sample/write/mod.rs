//! Columns to files: flat doubles, as a ROOT tree or a Parquet file.

mod branches;
mod parquet;
mod root;

use std::path::{Path, PathBuf};

pub use branches::{MomentumColumns, momentum_columns};

use super::SampleError;
use crate::fence::fenced;

/// An ending of a file name and what writes such a file.
type Writer = (
    &'static str,
    fn(&Path, &str, &[(&str, &[f64])]) -> Result<(), String>,
);

const WRITERS: &[Writer] = &[("root", root::write), ("parquet", parquet::write)];

/// Writes columns of equal length as doubles. The ending of `path` decides: `.root` writes a tree called `tree`,
/// `.parquet` a Parquet file, which has no tree.
///
/// The file appears under its name only when it is complete; one that was there before is replaced.
///
/// # Errors
/// [`SampleError::Request`] for columns of different length, of one name, or none at all, and for another ending;
/// [`SampleError::Write`] when the file cannot be written.
pub fn write_columns(
    path: &Path,
    tree: &str,
    columns: &[(&str, &[f64])],
) -> Result<(), SampleError> {
    check(path, tree, columns)?;
    let ending = path
        .extension()
        .map(|e| e.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    let Some((_, write)) = WRITERS.iter().find(|(e, _)| *e == ending) else {
        let known: Vec<String> = WRITERS.iter().map(|(e, _)| format!("`.{e}`")).collect();
        return Err(SampleError::request(
            format!("`{}` does not say what to write", path.display()),
            format!("end the name with {}", known.join(" or ")),
        ));
    };
    let failed = |why: String| SampleError::Write {
        path: path.to_path_buf(),
        why,
    };
    let temporary = beside(path);
    let written = fenced(|| write(&temporary, tree, columns)).unwrap_or_else(Err);
    let moved = written.and_then(|()| std::fs::rename(&temporary, path).map_err(|e| e.to_string()));
    moved.map_err(|why| {
        // Best effort: the error that matters is the one being returned.
        let _ = std::fs::remove_file(&temporary);
        failed(why)
    })
}

/// A name in the same directory, so that renaming never copies.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

fn check(path: &Path, tree: &str, columns: &[(&str, &[f64])]) -> Result<(), SampleError> {
    let refuse = |what: String, help: &str| Err(SampleError::request(what, help));
    let Some((first, values)) = columns.first() else {
        return refuse(
            format!("no columns to write to `{}`", path.display()),
            "a file needs at least one",
        );
    };
    for (index, (name, column)) in columns.iter().enumerate() {
        if column.len() != values.len() {
            let lengths = format!(
                "column `{name}` has {} entries, `{first}` has {}",
                column.len(),
                values.len()
            );
            return refuse(lengths, "columns of a tree are equally long");
        }
        if name.is_empty() || columns[..index].iter().any(|(other, _)| other == name) {
            return refuse(
                format!("two columns are called `{name}`, or one has no name"),
                "name them apart",
            );
        }
    }
    if tree.is_empty() || tree.contains('/') {
        return refuse(
            format!("`{tree}` is no name of a tree"),
            "a tree stands in the top directory, such as `events`",
        );
    }
    Ok(())
}
