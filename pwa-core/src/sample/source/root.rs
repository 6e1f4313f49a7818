//! ROOT files: TTree, TNtuple and TNtupleD, read with hep-root.
//!
//! Read are branches of class TBranch with one leaf of a basic type: a number, a fixed array, an array counted by
//! another branch. Refused by name are members of split objects and `std::vector` (TBranchElement), leaf lists,
//! strings, `Double32_t` and `Float16_t`: not all of them come back right, so none of them is offered.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use hep_root::columns::{self, Kind, inventory};
use hep_root::file::{Key, is_rntuple, is_tree, latest_cycles};
use hep_root::{Branch, LocalFile, RootFile, Tree};
use rayon::prelude::*;

use super::root_branch::{refusal, to_f64};
use super::root_guard::{check_branch, check_file, check_record, directory_keys};
use super::{Column, ColumnInfo, Format, Shape, Source, find};
use crate::fence::fenced;
use crate::sample::SampleError;

pub const FORMAT: Format = Format {
    name: "ROOT",
    endings: &["root"],
    magic: b"root",
    open,
};

const CONVERT: &str = "a file that ROOT itself opens is brought into a form read here by \
                       `hadd -f new.root old.root` (ROOT 6), or with uproot in Python";

const RECOVER: &str = "copy the file again; what a job that died has left of one, ROOT recovers on opening it with \
                       `TFile::Open(name, \"UPDATE\")`";

struct Root {
    path: PathBuf,
    file: RootFile<LocalFile>,
    /// Path and key of every tree, in the order of the file, top directory first.
    trees: Vec<(String, Key)>,
    rntuples: Vec<String>,
    /// Trees whose records were parsed.
    parsed: Mutex<HashMap<String, Arc<Tree>>>,
}

fn open(path: &Path, _particles: &[String]) -> Result<Box<dyn Source>, SampleError> {
    let source = |e: hep_root::Error| unreadable(path, e.to_string());
    let (file, trees, rntuples) = guarded(path, || {
        let local = LocalFile::open(path).map_err(source)?;
        check_file(&local).map_err(|why| unreadable(path, why))?;
        let file = RootFile::open(local).map_err(source)?;
        let (mut trees, mut rntuples) = (Vec::new(), Vec::new());
        let keys = file.keys().to_vec();
        walk(
            &file,
            &keys,
            "",
            &mut HashSet::new(),
            &mut trees,
            &mut rntuples,
        )
        .map_err(|why| unreadable(path, why))?;
        Ok((file, trees, rntuples))
    })?;
    if trees.is_empty() {
        let help = match rntuples.first() {
            Some(name) => format!("`{name}` is an RNTuple, which is not read: write it as a TTree"),
            None => "the file has directories and other objects only".into(),
        };
        return Err(SampleError::NoTree {
            path: path.to_path_buf(),
            help,
        });
    }
    Ok(Box::new(Root {
        path: path.to_path_buf(),
        file,
        trees,
        rntuples,
        parsed: Mutex::default(),
    }))
}

fn unreadable(path: &Path, why: String) -> SampleError {
    let help = if why.contains("cut short") || why.contains("never closed") {
        RECOVER
    } else {
        CONVERT
    };
    SampleError::Unreadable {
        path: path.to_path_buf(),
        why,
        help: help.into(),
    }
}

/// Runs code of hep-root behind the fence.
fn guarded<T>(path: &Path, f: impl FnOnce() -> Result<T, SampleError>) -> Result<T, SampleError> {
    fenced(f).unwrap_or_else(|panic| Err(unreadable(path, format!("the reader gave up ({panic})"))))
}

/// Trees of a directory, then of its directories, to any depth; `seen` stops a damaged file that contains itself.
fn walk(
    file: &RootFile<LocalFile>,
    keys: &[Key],
    prefix: &str,
    seen: &mut HashSet<u64>,
    trees: &mut Vec<(String, Key)>,
    rntuples: &mut Vec<String>,
) -> Result<(), String> {
    let latest = latest_cycles(keys);
    for key in &latest {
        let path = format!("{prefix}{}", key.name);
        if is_tree(&key.class_name) {
            trees.push((path, (*key).clone()));
        } else if is_rntuple(&key.class_name) {
            rntuples.push(path);
        }
    }
    for key in latest
        .into_iter()
        .filter(|k| k.class_name.starts_with("TDirectory"))
    {
        if seen.insert(key.seek_key) {
            let inside = directory_keys(file, key)?;
            walk(
                file,
                &inside,
                &format!("{prefix}{}/", key.name),
                seen,
                trees,
                rntuples,
            )?;
        }
    }
    Ok(())
}

impl Root {
    fn tree(&self, path: &str) -> Result<Arc<Tree>, SampleError> {
        let wanted = path.trim_matches('/');
        // `events;3` asks for a cycle; only the highest one of each name is in the list.
        let (name, cycle) = wanted
            .rsplit_once(';')
            .map_or((wanted, None), |(n, c)| (n, c.parse::<u16>().ok()));
        let (name, key) = self
            .trees
            .iter()
            .find(|(p, key)| p == wanted || (p == name && cycle == Some(key.cycle)))
            .ok_or_else(|| {
                let known = self
                    .trees
                    .iter()
                    .map(|(p, _)| format!("`{p}`"))
                    .collect::<Vec<_>>()
                    .join(", ");
                let help = match self.rntuples.iter().any(|p| p == wanted) {
                    true => "that is an RNTuple, which is not read: write it as a TTree".into(),
                    false => format!("its trees are {known}"),
                };
                SampleError::UnknownTree {
                    path: self.path.clone(),
                    tree: path.into(),
                    help,
                }
            })?;
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tree) = parsed.get(name) {
            return Ok(tree.clone());
        }
        let tree = guarded(&self.path, || {
            let bad = |why: String| unreadable(&self.path, format!("tree `{name}`: {why}"));
            check_record(self.file.source(), key.seek_key, u64::from(key.nbytes)).map_err(bad)?;
            // By path, not by key: hep-root keeps that function to itself. Both take the highest cycle.
            self.file.tree_at(name).map_err(|e| bad(e.to_string()))
        })?;
        let tree = Arc::new(tree);
        parsed.insert(name.clone(), tree.clone());
        Ok(tree)
    }

    fn read_one(
        &self,
        tree: &Tree,
        branch: &Branch,
        info: &ColumnInfo,
    ) -> Result<Column, SampleError> {
        let bad = |why: String| unreadable(&self.path, format!("branch `{}`: {why}", info.name));
        if branch.entries != tree.entries {
            return Err(SampleError::Lengths {
                path: self.path.clone(),
                column: info.name.clone(),
                length: usize::try_from(branch.entries).unwrap_or(0),
                expected: usize::try_from(tree.entries).unwrap_or(0),
            });
        }
        let width = Kind::of(branch).map_err(|e| bad(e.to_string()))?.size() as u64;
        let entry_bytes = match info.shape {
            Shape::Scalar => Some(width),
            Shape::Fixed(n) => Some(width * n as u64),
            Shape::Counted => None,
        };
        check_branch(self.file.source(), branch, entry_bytes).map_err(bad)?;
        let read = |branch: &Branch| {
            self.file
                .read_range(branch, 0, branch.entries)
                .map_err(|e| bad(e.to_string()))
        };
        let values = read(branch)?;
        let counts = values.counts.as_deref().unwrap_or_default();
        let offsets = match info.shape {
            Shape::Scalar => Vec::new(),
            Shape::Fixed(n) => match counts.iter().position(|c| *c != n) {
                Some(entry) => {
                    return Err(bad(format!(
                        "entry {entry} holds {} values, not {n}",
                        counts[entry]
                    )));
                }
                None => Vec::new(),
            },
            Shape::Counted => {
                self.check_counts(tree, branch, counts, &bad)?;
                let mut end = 0;
                let ends = counts.iter().map(|c| {
                    end += c;
                    end
                });
                std::iter::once(0).chain(ends).collect()
            }
        };
        Ok(Column {
            name: info.name.clone(),
            shape: info.shape,
            values: to_f64(&values),
            offsets,
        })
    }

    /// The lengths of a counted branch against the branch that counts it, where that is a plain number.
    fn check_counts(
        &self,
        tree: &Tree,
        branch: &Branch,
        counts: &[usize],
        bad: &impl Fn(String) -> SampleError,
    ) -> Result<(), SampleError> {
        let Some((name, counter)) = branch
            .leaves
            .first()
            .and_then(|leaf| leaf.count.as_deref())
            .and_then(|name| Some((name, tree.branch(name)?)))
        else {
            return Ok(());
        };
        if refusal(counter, &columns::Shape::Scalar).is_some() {
            return Ok(());
        }
        let width = Kind::of(counter).map_err(|e| bad(e.to_string()))?.size() as u64;
        check_branch(self.file.source(), counter, Some(width)).map_err(bad)?;
        let expected = self
            .file
            .read_range(counter, 0, counter.entries)
            .map_err(|e| bad(e.to_string()))?;
        let each = branch.leaves.first().map_or(1, |leaf| leaf.len.max(1)) as f64;
        let expected = to_f64(&expected);
        match expected.len() == counts.len() {
            false => Err(bad(format!(
                "`{name}` counts {} entries of {}",
                expected.len(),
                counts.len()
            ))),
            true => match counts
                .iter()
                .zip(&expected)
                .position(|(have, want)| *have as f64 != each * want)
            {
                Some(entry) => Err(bad(format!(
                    "entry {entry} holds {} values where `{name}` counts {}",
                    counts[entry], expected[entry]
                ))),
                None => Ok(()),
            },
        }
    }
}

impl Source for Root {
    fn trees(&self) -> Vec<String> {
        self.trees.iter().map(|(path, _)| path.clone()).collect()
    }

    fn columns(&self, tree: &str) -> Result<Vec<ColumnInfo>, SampleError> {
        let tree = self.tree(tree)?;
        guarded(&self.path, || {
            let branches = tree.walk();
            let infos = inventory(&tree).into_iter().zip(branches);
            Ok(infos
                .map(|(info, (_, branch))| ColumnInfo {
                    shape: match info.shape {
                        columns::Shape::Fixed(n) => Shape::Fixed(n),
                        columns::Shape::Scalar | columns::Shape::Unreadable { .. } => Shape::Scalar,
                        _ => Shape::Counted,
                    },
                    refused: refusal(branch, &info.shape),
                    name: info.path,
                    type_name: info.type_name,
                    entries: usize::try_from(tree.entries).unwrap_or(0),
                })
                .collect())
        })
    }

    fn read(&self, tree: &str, names: &[&str]) -> Result<Vec<Column>, SampleError> {
        let infos = self.columns(tree)?;
        let parsed = self.tree(tree)?;
        // Each branch behind a fence of its own, on the thread that reads it; the first one in the order
        // of the names that fails is the one reported, whatever thread was faster.
        let columns: Vec<Result<Column, SampleError>> = names
            .par_iter()
            .map(|name| {
                let info = find(&infos, &self.path, tree, name)?;
                guarded(&self.path, || match parsed.branch(name) {
                    Some(branch) => self.read_one(&parsed, branch, info),
                    None => Err(unreadable(
                        &self.path,
                        format!("branch `{name}` cannot be told from others"),
                    )),
                })
            })
            .collect();
        columns.into_iter().collect()
    }
}
