//! What can be wrong with a sample, in the words of the person who has to mend it.

use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

use super::names::nearest_help;

/// Whose problem a [`SampleError`] is; the command line turns it into an exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request contradicts itself or cannot be understood: mend the config.
    Usage,
    /// The operating system refused: a missing file, no permission, a full disk.
    Io,
    /// The file is there and is not what was asked for: mend the data or name other columns.
    Data,
}

/// A sample that cannot be read or written as asked.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum SampleError {
    #[error("{what}")]
    #[diagnostic(code(gpuwa::sample::request), help("{help}"))]
    Request { what: String, help: String },

    #[error("no file matches `{pattern}` in `{}`", base.display())]
    #[diagnostic(
        code(gpuwa::sample::no_match),
        help("relative paths are relative to the file that names them")
    )]
    NoMatch { pattern: String, base: PathBuf },

    #[error("cannot read `{}`: {error}", path.display())]
    #[diagnostic(
        code(gpuwa::sample::io),
        help("relative paths are relative to the file that names them")
    )]
    Io {
        path: PathBuf,
        // Not called `source`: a report would print it a second time.
        error: std::io::Error,
    },

    #[error("`{}` is none of the file formats read here: {known}", path.display())]
    #[diagnostic(
        code(gpuwa::sample::format),
        help("the ending of the name or the first bytes of the file decide")
    )]
    UnknownFormat { path: PathBuf, known: String },

    #[error("cannot read `{}`: {why}", path.display())]
    #[diagnostic(code(gpuwa::sample::unreadable), help("{help}"))]
    Unreadable {
        path: PathBuf,
        why: String,
        help: String,
    },

    #[error("`{}` holds no tree", path.display())]
    #[diagnostic(code(gpuwa::sample::no_tree), help("{help}"))]
    NoTree { path: PathBuf, help: String },

    #[error("`{}` has no tree `{tree}`", path.display())]
    #[diagnostic(code(gpuwa::sample::unknown_tree), help("{help}"))]
    UnknownTree {
        path: PathBuf,
        tree: String,
        help: String,
    },

    #[error("`{}` can be read in several ways", path.display())]
    #[diagnostic(
        code(gpuwa::sample::ambiguous),
        help("name one of them:\n{candidates}")
    )]
    Ambiguous { path: PathBuf, candidates: String },

    #[error("`{}` shows no columns for the momenta of {particles}", path.display())]
    #[diagnostic(code(gpuwa::sample::no_layout), help("{help}"))]
    NoLayout {
        path: PathBuf,
        particles: String,
        help: String,
    },

    #[error("`{}` has no column `{column}`{}", path.display(), in_tree(tree))]
    #[diagnostic(code(gpuwa::sample::missing_column), help("{help}"))]
    MissingColumn {
        path: PathBuf,
        tree: String,
        column: String,
        help: String,
    },

    #[error("column `{column}` of `{}` cannot be read: {why}", path.display())]
    #[diagnostic(code(gpuwa::sample::refused_column), help("{help}"))]
    RefusedColumn {
        path: PathBuf,
        column: String,
        why: String,
        help: String,
    },

    #[error("column `{column}` of `{}` holds {found}, not {wanted}", path.display())]
    #[diagnostic(
        code(gpuwa::sample::shape),
        help("`name[k]` takes the element k, counted from 0, of an array column")
    )]
    Shape {
        path: PathBuf,
        column: String,
        found: String,
        wanted: &'static str,
    },

    #[error("column `{column}` of `{}` has {length} entries where {expected} are expected", path.display())]
    #[diagnostic(
        code(gpuwa::sample::lengths),
        help("columns of different length belong to different events: write the file again")
    )]
    Lengths {
        path: PathBuf,
        column: String,
        length: usize,
        expected: usize,
    },

    #[error("column `{column}` of `{}` is {value} at entry {entry}", path.display())]
    #[diagnostic(
        code(gpuwa::sample::not_finite),
        help("remove such events, or cut them away with `cut`")
    )]
    NotFinite {
        path: PathBuf,
        column: String,
        entry: usize,
        value: f64,
    },

    #[error("the efficiency `{column}` of `{}` is {value} at entry {entry}", path.display())]
    #[diagnostic(
        code(gpuwa::sample::efficiency),
        help(
            "it is a probability above 0 and at most 1; events that are never accepted are cut away with `cut`"
        )
    )]
    Efficiency {
        path: PathBuf,
        column: String,
        entry: usize,
        value: f64,
    },

    #[error("`{}`: {what}", path.display())]
    #[diagnostic(code(gpuwa::sample::copies), help("{help}"))]
    Copies {
        path: PathBuf,
        what: String,
        help: &'static str,
    },

    #[error("column `{column}` of `{}` holds {length} values at entry {entry}, none at place {index}", path.display())]
    #[diagnostic(
        code(gpuwa::sample::too_few),
        help("places count from 0; cut events with fewer particles away")
    )]
    TooFew {
        path: PathBuf,
        column: String,
        entry: usize,
        index: usize,
        length: usize,
    },

    #[error("`{}` has {found} final particles at entry {entry} (`{column}`), not the {wanted} asked for", path.display())]
    #[diagnostic(
        code(gpuwa::sample::multiplicity),
        help(
            "name the places of the particles with `alias = {{ name = \"0\" }}` to take some of them"
        )
    )]
    Multiplicity {
        path: PathBuf,
        column: String,
        entry: usize,
        found: usize,
        wanted: usize,
    },

    #[error("{what} has no events")]
    #[diagnostic(code(gpuwa::sample::empty), help("{help}"))]
    Empty { what: String, help: String },

    #[error("particle `{particle}` is spacelike at event {event}: E = {e} GeV, |p| = {p} GeV")]
    #[diagnostic(
        code(gpuwa::sample::spacelike),
        help("is the order of the columns E px py pz, and the unit right?")
    )]
    Spacelike {
        particle: String,
        event: usize,
        e: f64,
        p: f64,
    },

    #[error("line {line} of `{}`: {why}", path.display())]
    #[diagnostic(
        code(gpuwa::sample::text),
        help(
            "a line is `E px py pz` of one particle; {particles} lines, in the order asked for, are an event"
        )
    )]
    TextLine {
        path: PathBuf,
        line: usize,
        why: String,
        particles: usize,
    },

    #[error("cannot write `{}`: {why}", path.display())]
    #[diagnostic(code(gpuwa::sample::write))]
    Write { path: PathBuf, why: String },
}

impl SampleError {
    /// Whose problem this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Request { .. } => ErrorKind::Usage,
            Self::NoMatch { .. } | Self::Io { .. } | Self::Write { .. } => ErrorKind::Io,
            Self::UnknownFormat { .. }
            | Self::Unreadable { .. }
            | Self::NoTree { .. }
            | Self::UnknownTree { .. }
            | Self::Ambiguous { .. }
            | Self::NoLayout { .. }
            | Self::MissingColumn { .. }
            | Self::RefusedColumn { .. }
            | Self::Shape { .. }
            | Self::Lengths { .. }
            | Self::NotFinite { .. }
            | Self::Efficiency { .. }
            | Self::Copies { .. }
            | Self::TooFew { .. }
            | Self::Multiplicity { .. }
            | Self::Empty { .. }
            | Self::Spacelike { .. }
            | Self::TextLine { .. } => ErrorKind::Data,
        }
    }

    /// A column that is not among `known`; without them the help stays empty.
    pub(crate) fn missing<'a>(
        path: &Path,
        tree: &str,
        column: &str,
        known: Option<impl Iterator<Item = &'a str>>,
    ) -> Self {
        let help = known
            .map(|known| nearest_help(column, known))
            .unwrap_or_default();
        Self::MissingColumn {
            path: path.into(),
            tree: tree.into(),
            column: column.into(),
            help,
        }
    }

    pub(crate) fn refused(path: &Path, column: &str, why: &str) -> Self {
        Self::RefusedColumn {
            path: path.into(),
            column: column.into(),
            why: why.into(),
            help: "write the number into a column of its own, for example with ROOT's `RDataFrame::Define` and \
                   `Snapshot`"
                .into(),
        }
    }

    pub(crate) fn request(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Request {
            what: what.into(),
            help: help.into(),
        }
    }
}

/// ` in tree `x``, or nothing for formats without trees.
fn in_tree(tree: &str) -> String {
    if tree.is_empty() {
        String::new()
    } else {
        format!(" in tree `{tree}`")
    }
}
