//! Single numbers an event, picked out of the columns of a tree.

use std::collections::HashMap;
use std::path::Path;

use super::SampleError;
use super::source::{Column, ColumnInfo, Shape, Source};

/// The columns of one tree of one file.
pub(crate) struct Listing<'a> {
    pub path: &'a Path,
    pub tree: &'a str,
    pub infos: Vec<ColumnInfo>,
    index: HashMap<String, usize>,
    /// Whether an error about a missing column lists the nearest names.
    pub explain: bool,
}

/// One number an event: a scalar column, or one place of an array column.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Pick {
    pub column: String,
    pub place: Option<usize>,
}

impl<'a> Listing<'a> {
    pub fn of(source: &dyn Source, path: &'a Path, tree: &'a str) -> Result<Self, SampleError> {
        let infos = source.columns(tree)?;
        // Of two columns of one name the first is meant, as everywhere in ROOT.
        let index = infos
            .iter()
            .enumerate()
            .rev()
            .map(|(i, info)| (info.name.clone(), i))
            .collect();
        Ok(Self {
            path,
            tree,
            infos,
            index,
            explain: true,
        })
    }

    pub fn get(&self, name: &str) -> Option<&ColumnInfo> {
        self.index.get(name).map(|i| &self.infos[*i])
    }

    /// A readable column by its exact name.
    pub fn column(&self, name: &str) -> Result<&ColumnInfo, SampleError> {
        let names = || self.infos.iter().map(|i| i.name.as_str());
        let info = self.get(name);
        let info = info.ok_or_else(|| {
            SampleError::missing(self.path, self.tree, name, self.explain.then(names))
        })?;
        match &info.refused {
            None => Ok(info),
            Some(why) => Err(SampleError::refused(self.path, name, why)),
        }
    }

    /// `name` of a scalar column or `name[k]` of an array column. A column whose name ends in `[k]` comes first.
    pub fn pick(&self, word: &str) -> Result<Pick, SampleError> {
        let indexed = word
            .strip_suffix(']')
            .and_then(|w| w.rsplit_once('['))
            .and_then(|(name, k)| {
                let place = k.parse().ok()?;
                (self.get(word).is_none()).then(|| Pick {
                    column: name.into(),
                    place: Some(place),
                })
            });
        let pick = indexed.unwrap_or_else(|| Pick {
            column: word.into(),
            place: None,
        });
        let info = self.column(&pick.column)?;
        let wrong = |wanted| SampleError::Shape {
            path: self.path.into(),
            column: pick.column.clone(),
            found: describe(info),
            wanted,
        };
        match (info.shape, pick.place) {
            (Shape::Scalar, None) | (Shape::Counted, Some(_)) => Ok(pick),
            (Shape::Fixed(n), Some(k)) if k < n => Ok(pick),
            (Shape::Scalar, Some(_)) => Err(wrong("an array")),
            (Shape::Fixed(_) | Shape::Counted, None) => Err(wrong("one number an event")),
            (Shape::Fixed(_), Some(_)) => Err(wrong("as many numbers as that place needs")),
        }
    }

    /// All columns in a few lines, for help texts.
    pub fn summary(&self) -> String {
        const MOST: usize = 60;
        let names: Vec<_> = self
            .infos
            .iter()
            .take(MOST)
            .map(|i| i.name.as_str())
            .collect();
        let more = match self.infos.len().saturating_sub(MOST) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        let of = if self.tree.is_empty() {
            String::new()
        } else {
            format!("tree `{}`: ", self.tree)
        };
        format!("{of}{}{more}", names.join(", "))
    }
}

fn describe(info: &ColumnInfo) -> String {
    match info.shape {
        Shape::Scalar => format!("one number ({}) an event", info.type_name),
        Shape::Fixed(n) => format!("{n} numbers ({}) an event", info.type_name),
        Shape::Counted => format!("a varying number of values ({}) an event", info.type_name),
    }
}

impl Pick {
    /// The numbers of the entries in `keep` (of all entries without it).
    pub fn extract(
        &self,
        column: &Column,
        keep: Option<&[usize]>,
        path: &Path,
    ) -> Result<Vec<f64>, SampleError> {
        let place = self.place.unwrap_or(0);
        let at = |entry: usize| match column.shape {
            Shape::Scalar => Ok(column.values[entry]),
            Shape::Fixed(n) => Ok(column.values[entry * n + place]),
            Shape::Counted => {
                let (start, end) = (column.offsets[entry], column.offsets[entry + 1]);
                if start + place < end {
                    return Ok(column.values[start + place]);
                }
                Err(SampleError::TooFew {
                    path: path.into(),
                    column: self.column.clone(),
                    entry,
                    index: place,
                    length: end - start,
                })
            }
        };
        match keep {
            Some(entries) => entries.iter().map(|entry| at(*entry)).collect(),
            None => (0..column.entries()).map(at).collect(),
        }
    }
}

impl Column {
    /// Number of entries.
    pub fn entries(&self) -> usize {
        match self.shape {
            Shape::Scalar => self.values.len(),
            Shape::Fixed(n) => self.values.len() / n.max(1),
            Shape::Counted => self.offsets.len().saturating_sub(1),
        }
    }

    /// How many values an entry holds.
    pub fn count(&self, entry: usize) -> usize {
        match self.shape {
            Shape::Scalar => 1,
            Shape::Fixed(n) => n,
            Shape::Counted => self.offsets[entry + 1] - self.offsets[entry],
        }
    }
}
