//! The types of a config file, one field a key.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    BlindEntry, ChainEntry, CouplingEntry, InitialEntry, OneOrMany, SpinEntry, ValueEntry,
};

/// A config file of gpuwa.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Version of this format: 1.
    pub gpuwa: u32,
    /// The physics convention of the amplitudes.
    pub convention: Convention,
    /// The one reaction of a config; several are `reaction`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decay: Option<DecayEntry>,
    /// Several reactions by name, each as `decay`: they share resonances, each has couplings of its own,
    /// whose names begin with the reaction's (`NAME:`), and data sets of its own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reaction: BTreeMap<String, DecayEntry>,
    /// Particles that are not in the table, or differ from it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub particle: BTreeMap<String, ParticleEntry>,
    /// Line shapes and their parameters, by resonance.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub resonance: BTreeMap<String, ResonanceEntry>,
    /// Couplings that do not start at 1, are fixed or shared; names as `gpuwa check` prints them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub coupling: BTreeMap<String, CouplingEntry>,
    /// Single real parameters by the names `gpuwa check` prints, such as the modulus alone of a
    /// coupling; what stands here goes before `coupling` and `resonance`. A number fixes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameter: BTreeMap<String, ValueEntry>,
    /// Numbers made of fit fractions and parameters, which are reported with errors and can be constrained.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub quantity: BTreeMap<String, QuantityEntry>,
    /// Gaussian knowledge of parameters and quantities from elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraint: Vec<ConstraintEntry>,
    /// Parameters whose values are hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blind: Option<BlindEntry>,
    /// The events to fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<SampleEntry>,
    /// Accepted Monte Carlo events; what is not said is as in `data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mc: Option<SampleEntry>,
    /// Events subtracted from the data; what is not said is as in `data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background: Option<SampleEntry>,
    /// A background that is not subtracted but described, with a fraction that may float.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background_density: Option<BackgroundDensityEntry>,
    /// Several data sets that share the model, instead of `data` and `mc`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dataset: Vec<DatasetEntry>,
    #[serde(default)]
    pub fit: FitEntry,
    /// The sample over which fit fractions and normalisations are integrated.
    #[serde(default)]
    pub phase_space: PhaseSpaceEntry,
    #[serde(default)]
    pub engine: EngineEntry,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StorageEntry {
    #[default]
    #[serde(rename = "f64")]
    Double,
    #[serde(rename = "f32")]
    Single,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IntegralEntry {
    #[default]
    Auto,
    Direct,
}

/// How samples are kept and summed while they are evaluated.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EngineEntry {
    /// `f64`, or `f32`: half the memory and traffic, columns rounded to 24 bits; arithmetic is always
    /// done in doubles.
    pub storage: StorageEntry,
    /// `auto`: integrals over the Monte Carlo come from a Gram matrix, floating shapes from a reduced
    /// basis, where that is exact to 1e-12 and costs less than the sums it saves; the matrix of a large
    /// sample is made from moments in bins. `direct`: a sum over all events at every point.
    pub integral: IntegralEntry,
    /// A sample whose columns need more gigabytes than this goes to a file, which is read back at every
    /// evaluation. By default: what the machine has free.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<f64>,
    /// The folder of that file, relative to the config; by default the system's temporary one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scratch: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Convention {
    /// Helicity amplitudes along chains of boosts.
    #[serde(rename = "helicity-1")]
    Helicity1,
    /// Dalitz-plot decomposition: three-body decays of an unpolarised particle.
    #[serde(rename = "dpd-1")]
    DalitzPlot1,
    /// Zemach factors in Dalitz variables: three spinless particles of a spinless one.
    #[serde(rename = "zemach-1")]
    Zemach1,
}

/// The mass in the denominators of Zemach factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ZemachMass {
    /// Of the resonance's pole: CLEO's first tables.
    Pole,
    /// Of the pair in the event: the factors are then Legendre polynomials of the helicity angle.
    Pair,
}

/// Initial and final state and the ways between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecayEntry {
    pub initial: InitialEntry,
    #[serde(rename = "final")]
    pub final_state: Vec<FinalEntry>,
    /// Groups of final particles the amplitude is symmetric in; particles of one name always are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identical: Vec<Vec<String>>,
    /// Where the masses of final particles come from.
    #[serde(default)]
    pub masses: Masses,
    /// Blatt-Weisskopf radius in GeV⁻¹ where a resonance says none: 3.0, in `zemach-1` 1.5 of resonances
    /// and 5.0 of the initial particle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barrier_radius: Option<f64>,
    /// The mass in the denominators of Zemach factors, which papers differ in: `zemach-1` needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zemach_mass: Option<ZemachMass>,
    /// What happens to LS couplings that repeat others (massless daughters).
    #[serde(default)]
    pub redundant: Redundant,
    /// Whether amplitudes are normalised over phase space, so that couplings are of order one.
    #[serde(default = "yes")]
    pub normalise: bool,
    #[serde(default)]
    pub couplings: CouplingStyle,
    #[serde(default)]
    pub names: Names,
    pub chain: Vec<ChainEntry>,
    /// The name of a reaction of the antiparticles: the same chains, at events with p -> -p and
    /// antiparticles in place of particles. Its couplings equal those of the particles, and have their own
    /// numbers where `coupling` has an entry for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conjugate: Option<String>,
}

pub(super) fn yes() -> bool {
    true
}

/// A final particle: a name, or a table.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(with = "crate::config::value::FinalSchema")]
pub struct FinalEntry {
    pub particle: String,
    /// Helicities that are summed over; all by default, -1 and 1 of a photon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub helicities: Option<Vec<f64>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Masses {
    /// Computed from each event's four-momenta.
    #[default]
    Event,
    /// Energies are recomputed from three-momenta and the particle's mass.
    Nominal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Redundant {
    /// Left out, and named by `gpuwa check`.
    #[default]
    Drop,
    Keep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CouplingStyle {
    /// `.re` and `.im` are the parameters.
    #[default]
    Cartesian,
    /// `.modulus` and `.phase` are the parameters.
    Polar,
}

/// How parameters are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Names {
    #[default]
    Gpuwa,
    /// As TF-PWA names them, for imported models.
    TfPwa,
}

/// The barrier factor of a decay with orbital angular momentum l.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Barrier {
    /// q^l B'_l(q, q0, R).
    Normalised,
    /// q^l / sqrt(P_l(q² R²)): no reference momentum.
    Bare,
    /// (q R)^l / sqrt(P_l(q² R²)).
    BlattWeisskopf,
    /// q^l.
    Power,
    /// B'_l(q, q0, R) without q^l, as in `zemach-1`; q0 = 0 where the pole lies out of reach.
    FormFactor,
    /// As `form-factor`, but q0 is the modulus of an imaginary momentum where the pole lies out of reach.
    FormFactorModulus,
    /// 1.
    None,
}

/// Quantum numbers and pole of a particle; what is not given comes from the table.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ParticleEntry {
    /// The particle of the table this one is like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub like: Option<String>,
    /// GeV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mass: Option<f64>,
    /// 0, "1/2", 1, ...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spin: Option<SpinEntry>,
    /// 1 or -1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parity: Option<i8>,
    /// 1 or -1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub c_parity: Option<i8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charge: Option<i32>,
}

/// A resonance: its particle data, its line shape and the shape's parameters.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ResonanceEntry {
    /// The particle of the table this one is like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub like: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spin: Option<SpinEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parity: Option<i8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub c_parity: Option<i8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charge: Option<i32>,
    /// `breit-wigner-running` by default; `gpuwa check --expand` prints what is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<String>,
    /// A line shape of one's own, in m, s, q, q0, the masses and the names of `parameters`:
    /// `gpuwa lineshapes formula` says what it can hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// GeV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mass: Option<ValueEntry>,
    /// GeV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<ValueEntry>,
    /// Blatt-Weisskopf radius of this resonance's decay, GeV⁻¹.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub barrier_radius: Option<f64>,
    /// The shape's further parameters; complex ones as couplings are.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, CouplingEntry>,
    /// The units of a formula's parameters, for tables.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub units: BTreeMap<String, String>,
    /// The shape's settings that are not fitted.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, Value>,
}

/// A number made of fit fractions and parameters: a ratio of branching fractions, a product of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuantityEntry {
    /// In the names of `fractions` and `parameters`, e.g. `"k / r"`.
    pub formula: String,
    /// What a name of the formula is the fit fraction of: a component, or a list whose amplitudes are
    /// added before they are squared.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fractions: BTreeMap<String, OneOrMany>,
    /// What parameter a name of the formula is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
}

/// `parameter`, which may be a quantity too, is known to be `mean ± sigma`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConstraintEntry {
    pub parameter: String,
    pub mean: f64,
    pub sigma: f64,
}

/// Where events come from and how their columns are named.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SampleEntry {
    /// Paths and globs, relative to the config.
    pub files: OneOrMany,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree: Option<String>,
    /// Branch names with `{p}` for the particle, e.g. `"{p}_E {p}_PX {p}_PY {p}_PZ"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub momenta: Option<String>,
    /// What the branches call a particle; a list for particles of one name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub alias: BTreeMap<String, OneOrMany>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
    /// Events where this column is negative are charge conjugates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charge: Option<String>,
    /// Events where this column is zero, or this comparison false, are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
    /// Column with the probability that an event like this is accepted, above 0 and at most 1: weights of
    /// Monte Carlo events are multiplied by it, so that all generated events may stand there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub efficiency: Option<String>,
    /// Of data whose resolution counts: every event stands there as smeared copies, one behind the other, each where
    /// the true event may be. How many, or the column that tells the events apart. The intensity of an event is the
    /// mean of its copies', weighted with their weights; the weight of the event is the mean of those.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copies: Option<String>,
    /// Every weight is multiplied by this number (of a background: before it is subtracted).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
}

impl Document {
    /// The place of the first data set that one is normalised together with, itself perhaps.
    pub fn joint_with(&self, set: &str) -> Option<usize> {
        let joint = self
            .dataset
            .iter()
            .find(|of| of.name == set)?
            .joint
            .as_ref()?;
        self.dataset
            .iter()
            .position(|of| of.joint.as_ref() == Some(joint))
    }

    /// The full name of a parameter of a described background: its `fraction`, or a coefficient.
    pub fn background_parameter(&self, set: Option<usize>, name: &str) -> String {
        match set.and_then(|number| self.dataset.get(number)) {
            Some(set) => format!("{}.background.{name}", set.name),
            None => format!("background.{name}"),
        }
    }

    /// The described backgrounds, with the place of their data set where there are several.
    pub fn background_densities(
        &self,
    ) -> impl Iterator<Item = (Option<usize>, &BackgroundDensityEntry)> {
        let of_one = self.background_density.iter().map(|entry| (None, entry));
        let sets = self.dataset.iter().enumerate();
        of_one.chain(
            sets.filter_map(|(number, set)| Some((Some(number), set.background_density.as_ref()?))),
        )
    }
}

impl SampleEntry {
    /// This entry with what it does not say of its layout as in [data]; weights, efficiencies, cuts and scales
    /// are a sample's own.
    #[must_use]
    pub fn inheriting(&self, data: &Self) -> Self {
        Self {
            tree: self.tree.clone().or_else(|| data.tree.clone()),
            momenta: self.momenta.clone().or_else(|| data.momenta.clone()),
            alias: if self.alias.is_empty() {
                data.alias.clone()
            } else {
                self.alias.clone()
            },
            unit: self.unit.or(data.unit),
            charge: self.charge.clone().or_else(|| data.charge.clone()),
            ..self.clone()
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum UnitEntry {
    #[serde(rename = "GeV")]
    Gev,
    #[serde(rename = "MeV")]
    Mev,
}

/// One of several data sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetEntry {
    pub name: String,
    /// The reaction its events are of, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reaction: Option<String>,
    pub data: SampleEntry,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mc: Option<SampleEntry>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background: Option<SampleEntry>,
    /// A background that is described instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background_density: Option<BackgroundDensityEntry>,
    /// Generated Monte Carlo events behind `mc`: makes the likelihood of this set extended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated: Option<f64>,
    /// A name that data sets with `generated` share: what they expect is normalised together, so that their numbers of
    /// events against each other are measured, as of D0 and anti-D0, and that of all is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joint: Option<String>,
}

/// The density of a background: a formula, a histogram or a sideband. A formula and a histogram are densities
/// of the observed background divided by the efficiency; a sideband is compared with the Monte Carlo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackgroundDensityEntry {
    /// The share of background events, e.g. `{ start = 0.1, free = true }`; between 0 and 1 where `limits`
    /// say nothing else. The parameter is called `background.fraction`, of a data set `NAME.background.fraction`.
    pub fraction: ValueEntry,
    /// A formula of variables of the event, as `gpuwa plot --x` takes them: `"1 + 0.4*m2(K- pi+)"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// Numbers of the formula that may float, e.g. `{ slope = { start = 0.4, free = true } }` of
    /// `"1 + slope*m2(K- pi+)"`: a sum in which they multiply functions of the event. What is left of the scale is
    /// normalised away, so one number has to be fixed. The parameters are called `background.slope`, of a data set
    /// `NAME.background.slope`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub coefficients: BTreeMap<String, ValueEntry>,
    /// A file with a bin a line: from and to of each of `variables`, content. Bins must cover all events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub histogram: Option<String>,
    /// Events beside the signal, of which Gaussian kernels in `variables` make a density; laid out as `data`.
    /// What lies behind the limits of phase space is made up for by the Monte Carlo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sideband: Option<SampleEntry>,
    /// Variables of a histogram (one or two) or a sideband, e.g. `["m2(K- pi+)", "m2(pi+ pi0)"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<String>,
    /// Standard deviations of the kernels, in the units of the variables; by default Scott's rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bandwidth: Vec<f64>,
}

/// How the likelihood is formed and minimised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FitEntry {
    /// Starting points: the config's own and random ones, at most so many.
    pub starts: usize,
    /// No further starts are made once the lowest minimum was found so often. They are made in blocks
    /// of 16.
    pub enough: usize,
    /// Starts descend on so many of the data events, and only where they end is followed on all of them.
    /// 0: on all from the beginning. By default 60 a free parameter and at least 2000, where that is at
    /// most a quarter of the data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coarse: Option<usize>,
    pub seed: u64,
    /// Multiplies the NLL by Σw / Σw² (weighted data).
    pub weight_factor: bool,
    /// Generated Monte Carlo events behind `mc`: makes the likelihood extended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generated: Option<f64>,
    /// The fit has converged when the estimated distance to the minimum is below this.
    pub edm: f64,
    /// Evaluations a start may take.
    pub max_evaluations: usize,
}

impl Default for FitEntry {
    fn default() -> Self {
        Self {
            starts: 100,
            enough: 10,
            coarse: None,
            seed: 1,
            weight_factor: false,
            generated: None,
            edm: 1e-9,
            max_evaluations: 2000,
        }
    }
}

/// Flat phase space: generated, or a generator-level sample of the user's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PhaseSpaceEntry {
    /// Events to generate.
    pub events: usize,
    pub seed: u64,
    /// A flat generator-level sample, taken instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<SampleEntry>,
}

impl Default for PhaseSpaceEntry {
    fn default() -> Self {
        Self {
            events: 20_000,
            seed: 1,
            sample: None,
        }
    }
}
