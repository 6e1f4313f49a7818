//! Files as trees of columns: one format a file, behind one small trait.

mod npz;
mod parquet;
mod root;
mod root_branch;
mod root_guard;
mod text;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::SampleError;

/// How many numbers an entry of a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One.
    Scalar,
    /// The same number in every entry, such as `p4[4]`.
    Fixed(usize),
    /// A number that varies, such as `E_FinalState[NumFinalState]`.
    Counted,
}

/// What a file says about one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnInfo {
    pub name: String,
    /// The stored type in the file's own words, for messages.
    pub type_name: String,
    pub shape: Shape,
    pub entries: usize,
    /// Why the column cannot be read, when it cannot.
    pub refused: Option<String>,
}

/// The values of one column, converted to f64 (64-bit integers to the nearest one).
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: String,
    pub shape: Shape,
    /// All entries one after the other.
    pub values: Vec<f64>,
    /// For a [`Shape::Counted`] column, where each entry starts in `values`, and its end: entries + 1 numbers.
    pub offsets: Vec<usize>,
}

/// One open file.
pub trait Source: Send + Sync {
    /// Paths of its trees; one empty path for formats without trees.
    fn trees(&self) -> Vec<String>;

    /// Every column of a tree, the unreadable ones too.
    fn columns(&self, tree: &str) -> Result<Vec<ColumnInfo>, SampleError>;

    /// Whole columns by name, in the order asked for, read in parallel. Each holds as many entries as
    /// [`Source::columns`] says.
    fn read(&self, tree: &str, names: &[&str]) -> Result<Vec<Column>, SampleError>;
}

/// Opens one file.
type Open = fn(path: &Path, particles: &[String]) -> Result<Box<dyn Source>, SampleError>;

/// A file format.
pub struct Format {
    pub name: &'static str,
    /// Endings of file names, without the dot.
    pub endings: &'static [&'static str],
    /// The first bytes of such a file; empty when anything may stand there.
    pub magic: &'static [u8],
    /// `particles` are the words for the particles, in order: a text file has no names of its own.
    open: Open,
}

/// Every format that is read. The first bytes decide before the ending does.
pub const FORMATS: &[Format] = &[root::FORMAT, parquet::FORMAT, npz::FORMAT, text::FORMAT];

/// Opens a file of any known format. `particles` give the columns of a text file their names and are not used
/// otherwise.
pub fn open(path: &Path, particles: &[String]) -> Result<Box<dyn Source>, SampleError> {
    let io = |error| SampleError::Io {
        path: path.to_path_buf(),
        error,
    };
    let mut head = Vec::new();
    File::open(path)
        .map_err(io)?
        .take(8)
        .read_to_end(&mut head)
        .map_err(io)?;
    let ending = path
        .extension()
        .map(|e| e.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    let by_magic = FORMATS
        .iter()
        .find(|f| !f.magic.is_empty() && head.starts_with(f.magic));
    let by_ending = || {
        FORMATS
            .iter()
            .find(|f| f.endings.contains(&ending.as_str()))
    };
    match by_magic.or_else(by_ending) {
        Some(format) => (format.open)(path, particles),
        None => Err(SampleError::UnknownFormat {
            path: path.to_path_buf(),
            known: FORMATS
                .iter()
                .map(|f| format!("{} (.{})", f.name, f.endings.join(", .")))
                .collect::<Vec<_>>()
                .join(", "),
        }),
    }
}

/// The column `name` among `infos`, or the error that it is absent or refused.
fn find<'a>(
    infos: &'a [ColumnInfo],
    path: &Path,
    tree: &str,
    name: &str,
) -> Result<&'a ColumnInfo, SampleError> {
    let names = infos.iter().map(|i| i.name.as_str());
    let info = infos
        .iter()
        .find(|i| i.name == name)
        .ok_or_else(|| SampleError::missing(path, tree, name, Some(names)))?;
    match &info.refused {
        None => Ok(info),
        Some(why) => Err(SampleError::refused(path, name, why)),
    }
}
