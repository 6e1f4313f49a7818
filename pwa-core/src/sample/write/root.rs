//! A ROOT tree of doubles, written by oxyroot: uncompressed, one flat branch a column.

use std::path::Path;

use oxyroot::{RootFile, WriterTree};

pub fn write(path: &Path, tree: &str, columns: &[(&str, &[f64])]) -> Result<(), String> {
    // Checked here because oxyroot takes the path as text and says less.
    drop(std::fs::File::create(path).map_err(|e| e.to_string())?);
    let name = path.to_str().ok_or("the path is not UTF-8")?;
    let mut file = RootFile::create(name).map_err(|e| format!("{e:?}"))?;
    let mut writer = WriterTree::new(tree);
    for (name, values) in columns {
        // The writer asks for iterators that own their values.
        writer.new_branch(*name, Vec::from(*values).into_iter());
    }
    writer.write(&mut file).map_err(|e| format!("{e:?}"))?;
    file.close().map_err(|e| format!("{e:?}"))
}
