//! Single columns of a file, as numbers without a meaning.

use std::path::Path;

use super::columns::Listing;
use super::{SampleError, source};

/// Columns of a tree by name, one number an entry; without a tree the file must have one only.
///
/// # Errors
/// When the file or a column cannot be read.
pub fn read_columns(
    path: &Path,
    tree: Option<&str>,
    names: &[&str],
) -> Result<Vec<Vec<f64>>, SampleError> {
    let file = source::open(path, &[])?;
    let trees = file.trees();
    let tree = match (tree, &trees[..]) {
        (Some(tree), _) => tree,
        (None, [only]) => only,
        (None, _) => {
            return Err(SampleError::request(
                format!("`{}` has {} trees", path.display(), trees.len()),
                format!(
                    "name one of {} behind the file: FILE:TREE",
                    trees.join(", ")
                ),
            ));
        }
    };
    let listing = Listing::of(&*file, path, tree)?;
    let picks: Vec<_> = names
        .iter()
        .map(|name| listing.pick(name))
        .collect::<Result<_, _>>()?;
    let columns: Vec<&str> = picks.iter().map(|pick| pick.column.as_str()).collect();
    let read = file.read(tree, &columns)?;
    picks
        .iter()
        .zip(&read)
        .map(|(pick, column)| pick.extract(column, None, path))
        .collect()
}
