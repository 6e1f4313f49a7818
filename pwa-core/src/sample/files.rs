//! Paths and globs to files, and the fingerprint of a file.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::SampleError;

/// The files that `patterns` name, relative to `base`: in the order given, those of one glob by name.
pub(crate) fn expand(base: &Path, patterns: &[String]) -> Result<Vec<PathBuf>, SampleError> {
    let mut files = Vec::new();
    for pattern in patterns {
        let path = base.join(pattern);
        let is_glob = pattern.contains(['*', '?', '[']);
        // A file that is really called `a[1].root` is meant literally.
        if !is_glob || path.exists() {
            files.push(path);
            continue;
        }
        // The base may hold such characters as well, and is never a pattern.
        let escaped = glob::Pattern::escape(&base.to_string_lossy());
        let whole = if Path::new(pattern).is_absolute() {
            pattern.clone()
        } else {
            format!("{escaped}/{pattern}")
        };
        let matches =
            glob::glob(if escaped.is_empty() { pattern } else { &whole }).map_err(|e| {
                SampleError::request(
                    format!("`{pattern}` is not a glob: {e}"),
                    "`*`, `?` and `[ab]` match",
                )
            })?;
        let before = files.len();
        for found in matches {
            files.push(found.map_err(|e| SampleError::Io {
                path: e.path().to_path_buf(),
                error: e.into(),
            })?);
        }
        if files.len() == before {
            return Err(SampleError::NoMatch {
                pattern: pattern.clone(),
                base: base.to_path_buf(),
            });
        }
    }
    if files.is_empty() {
        return Err(SampleError::request(
            "no files are named",
            "give `files = \"data.root\"`",
        ));
    }
    Ok(files)
}

/// Splits `FILE[:tree]`: the tree stands after the last colon when the text before it is a file or a glob.
///
/// ```
/// use pwa_core::sample::split_tree_suffix;
/// assert_eq!(split_tree_suffix("data.root:dir/events"), ("data.root", Some("dir/events")));
/// assert_eq!(split_tree_suffix("C:\\data.root"), ("C:\\data.root", None));
/// ```
pub fn split_tree_suffix(argument: &str) -> (&str, Option<&str>) {
    match argument.rsplit_once(':') {
        Some((file, tree))
            if file.len() > 1 && !tree.is_empty() && !Path::new(argument).exists() =>
        {
            (file, Some(tree))
        }
        _ => (argument, None),
    }
}

/// Size and SHA-256 of a file.
pub(crate) fn fingerprint(path: &Path) -> Result<(u64, String), SampleError> {
    let io = |error| SampleError::Io {
        path: path.to_path_buf(),
        error,
    };
    let mut file = File::open(path).map_err(io)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer).map_err(io)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
    let sha256 = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    Ok((bytes, sha256))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_are_sorted_and_may_not_come_up_empty() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b.root", "a.root", "x[1].root"] {
            std::fs::write(dir.path().join(name), name).unwrap();
        }
        let names = |patterns: &[&str]| {
            let patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
            let files = expand(dir.path(), &patterns)?;
            Ok::<_, SampleError>(
                files
                    .iter()
                    .map(|f| f.file_name().unwrap().to_string_lossy().into_owned())
                    .collect(),
            )
        };
        let found: Vec<String> = names(&["x[1].root", "?.root"]).unwrap();
        assert_eq!(found, ["x[1].root", "a.root", "b.root"]);
        let error: Result<Vec<String>, _> = names(&["c*.root"]);
        assert!(
            error
                .unwrap_err()
                .to_string()
                .starts_with("no file matches `c*.root` in `")
        );
    }

    #[test]
    fn the_fingerprint_is_that_of_sha256sum() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        let (bytes, sha256) = fingerprint(&path).unwrap();
        // FIPS 180-2, appendix B.1.
        assert_eq!(
            (bytes, sha256.as_str()),
            (
                3,
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            )
        );
    }
}
