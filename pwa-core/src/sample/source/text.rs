//! Text files: `E px py pz`, one particle a line, the particles of an event one after the other.
//!
//! Blank lines and everything from a `#` on are skipped; blanks, tabs and commas separate. Each particle becomes one
//! column of four numbers (E, px, py, pz) with the particle's own word as its name.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::{Column, ColumnInfo, Format, Shape, Source, find};
use crate::sample::SampleError;

pub const FORMAT: Format = Format {
    name: "text",
    endings: &["txt", "dat"],
    magic: b"",
    open,
};

struct Text {
    path: std::path::PathBuf,
    columns: Vec<Column>,
}

fn open(path: &Path, particles: &[String]) -> Result<Box<dyn Source>, SampleError> {
    if particles.is_empty() {
        return Err(SampleError::request(
            format!("the particles in `{}` are not named", path.display()),
            "a text file needs the particles, in the order of its lines",
        ));
    }
    let io = |error| SampleError::Io {
        path: path.to_path_buf(),
        error,
    };
    let reader = BufReader::new(File::open(path).map_err(io)?);
    let bad = |line, why| SampleError::TextLine {
        path: path.to_path_buf(),
        line,
        why,
        particles: particles.len(),
    };
    let mut values = vec![Vec::new(); particles.len()];
    let (mut place, mut last) = (0, 0);
    for (index, line) in reader.split(b'\n').enumerate() {
        let line = line.map_err(io)?;
        last = index + 1;
        let text = std::str::from_utf8(&line).map_err(|_| bad(last, "not text".into()))?;
        let content = text.split('#').next().unwrap_or_default();
        let words: Vec<&str> = content
            .split([' ', '\t', ',', '\r'])
            .filter(|w| !w.is_empty())
            .collect();
        if words.is_empty() {
            continue;
        }
        if words.len() != 4 {
            return Err(bad(last, format!("{} numbers, not 4", words.len())));
        }
        for word in words {
            values[place].push(
                word.parse()
                    .map_err(|_| bad(last, format!("`{word}` is not a number")))?,
            );
        }
        place = (place + 1) % particles.len();
    }
    if place != 0 {
        return Err(bad(last, format!("the last event has {place} lines")));
    }
    let columns = particles
        .iter()
        .zip(values)
        .map(|(name, values)| Column {
            name: name.clone(),
            shape: Shape::Fixed(4),
            values,
            offsets: Vec::new(),
        })
        .collect();
    Ok(Box::new(Text {
        path: path.to_path_buf(),
        columns,
    }))
}

impl Source for Text {
    fn trees(&self) -> Vec<String> {
        vec![String::new()]
    }

    fn columns(&self, _tree: &str) -> Result<Vec<ColumnInfo>, SampleError> {
        let info = |c: &Column| ColumnInfo {
            name: c.name.clone(),
            type_name: "text[4]".into(),
            shape: c.shape,
            entries: c.values.len() / 4,
            refused: None,
        };
        Ok(self.columns.iter().map(info).collect())
    }

    fn read(&self, tree: &str, names: &[&str]) -> Result<Vec<Column>, SampleError> {
        let infos = self.columns(tree)?;
        let mut found = Vec::with_capacity(names.len());
        for name in names {
            find(&infos, &self.path, tree, name)?;
            found.extend(
                self.columns
                    .iter()
                    .filter(|c| c.name == *name)
                    .take(1)
                    .cloned(),
            );
        }
        Ok(found)
    }
}
