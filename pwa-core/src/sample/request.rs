//! What a sample is asked for.

use std::path::PathBuf;

/// Unit of the momenta, energies and nothing else of a file. A [`super::Sample`] is always in GeV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unit {
    /// GeV: values are taken as they are.
    #[default]
    GeV,
    /// MeV: values are divided by 1000, correctly rounded.
    MeV,
}

/// One particle whose momenta are wanted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ParticleRequest {
    /// The particle's name in the model, such as `pi+`.
    pub name: String,
    /// What stands for the particle in the file. One of
    ///
    /// * the word that replaces `{p}` in the branch pattern, such as `pip`;
    /// * a place in a counted array, counted from 0, that replaces `{i}`, such as `2`;
    /// * `Beam`, the beam of the AmpTools layout (`E_Beam Px_Beam Py_Beam Pz_Beam`), when the pattern has an `{i}`;
    /// * three or four columns of its own, such as `E1 px1 py1 pz1`.
    ///
    /// Without one, the name and common spellings of it are tried (`pi+`: `pip`, `pi_plus`, `piplus`, `pi`).
    pub alias: Option<String>,
    /// Mass hypothesis in GeV, used where the file has no energy: E = sqrt(m² + p²).
    pub mass: Option<f64>,
}

/// Which columns of which files make a sample. `None` means: find it when only one reading fits, and say so.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SampleRequest {
    /// Where relative `files` start from.
    pub base: PathBuf,
    /// Paths and globs (`data/*.root`); the files of a glob are taken in the order of their names.
    pub files: Vec<String>,
    /// Path of the tree inside the file, such as `events` or `dir/sub/DecayTree`. Parquet, npz and text files have
    /// none, and nothing is asked of them here.
    pub tree: Option<String>,
    /// The branch pattern, words separated by blanks, `{p}` for the particle and `{i}` for its place:
    ///
    /// ```text
    /// {p}_E {p}_PX {p}_PY {p}_PZ                      energy and momentum, in this order
    /// {p}_PX {p}_PY {p}_PZ                            momentum only; energies from the mass hypothesis
    /// p4_{p}                                          one array column E, px, py, pz
    /// p4_{p}[px,py,pz,E]                              one array column in another order
    /// E_FinalState[{i}] Px_FinalState[{i}] Py_FinalState[{i}] Pz_FinalState[{i}]
    /// ```
    pub momenta: Option<String>,
    /// The final particles, and a beam where one is wanted.
    pub particles: Vec<ParticleRequest>,
    /// Unit of the momenta in the file.
    pub unit: Unit,
    /// The column of the event weights, or a number that is the weight of every event. Without it, a column called
    /// `weight` is taken where there is one.
    pub weight: Option<String>,
    /// The column with the probability that an event like this is accepted, above 0 and at most 1.
    pub efficiency: Option<String>,
    /// The column whose negative values mark charge-conjugate events.
    pub charge: Option<String>,
    /// Which events are kept: conditions separated by `,` or `&&`, all of which must hold. A condition is a column
    /// (kept where it is not zero), `!column`, or `column op number` with one of `< <= > >= == !=`. Columns are in
    /// the file's own units.
    pub cut: Option<String>,
    /// Smeared copies of an event stand one behind the other: how many, or the column whose value is the same in all
    /// copies of an event.
    pub copies: Option<String>,
    /// Further columns, one number an event, in the file's own units.
    pub columns: Vec<String>,
}
