//! `[blind]` of a config: what nobody is to see of a fit before its time.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Values that are shown with a hidden offset, drawn from `key` and the name; errors and correlations are shown as
/// they are. Start values and limits are those of the true values. Fit again without this section to unblind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlindEntry {
    /// A word of one's own: with another one, all offsets are others.
    pub key: String,
    /// How far off values may be shown, by name: those of free parameters, and of fractions, asymmetries and
    /// quantities, which are 1 where nothing stands here.
    pub scale: BTreeMap<String, f64>,
    #[serde(default)]
    pub derived: DerivedValues,
}

/// Fractions, interference, asymmetries and quantities, from which parameters could be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DerivedValues {
    /// All have offsets.
    #[default]
    Blind,
    /// Those in `scale` have offsets.
    Shown,
}
