//! What a file holds, in the words of a request: for a config that says it.

use super::plan::{Plan, Weight};
use super::read::check;
use super::{SampleError, SampleRequest, discover, files, source};

/// The one reading of a file that fits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FoundLayout {
    /// None for formats without trees.
    pub tree: Option<String>,
    /// None where every particle has columns of its own.
    pub momenta: Option<String>,
    /// What stands for each particle, in the order of the request.
    pub aliases: Vec<String>,
    /// The column of the weights.
    pub weight: Option<String>,
    pub notes: Vec<String>,
}

/// Looks at the first file of a request without reading its events.
///
/// # Errors
/// When no reading fits, or more than one.
pub fn find_layout(request: &SampleRequest) -> Result<FoundLayout, SampleError> {
    check(request)?;
    let paths = files::expand(&request.base, &request.files)?;
    let words = discover::unique_words(&request.particles);
    // `expand` gives at least one file.
    let source = source::open(&paths[0], &words)?;
    let plan = Plan::make(&*source, &paths[0], request)?;
    Ok(FoundLayout {
        tree: Some(plan.tree).filter(|tree| !tree.is_empty()),
        momenta: plan.momenta,
        aliases: plan.labels,
        weight: match plan.weight {
            Weight::Column(name) => Some(name),
            Weight::Ones | Weight::Constant(_) => None,
        },
        notes: plan.notes,
    })
}
