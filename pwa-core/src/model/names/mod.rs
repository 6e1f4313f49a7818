//! How parameters are named: one file a scheme.

mod native;
mod tf_pwa;

/// The names a config, a result and the command line use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamingScheme {
    Gpuwa,
    TfPwa,
}

/// What a name is needed for. Chains and decays come as (mother, daughters).
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    /// The factor of a chain. `unique`: no other chain has the same resonances.
    Total {
        decays: &'a [(String, [String; 2])],
        resonances: &'a [String],
        unique: bool,
        /// Tells reflectivities apart: `[+]`, `[-]` or nothing.
        mark: &'a str,
    },
    /// Coupling number `index` of a decay.
    Ls {
        decay: &'a (String, [String; 2]),
        initial: bool,
        /// Daughters that decay themselves.
        resonances: &'a [String],
        /// Whether the mother decays in this way only; of an initial particle: to these resonances.
        unique: bool,
        mark: &'a str,
        index: usize,
        kind: crate::decay::VertexCoupling,
    },
    /// A parameter of a resonance.
    Shape {
        resonance: &'a str,
        shape: &'a str,
        parameter: &'a str,
    },
}

impl NamingScheme {
    pub fn name(self, part: Part) -> String {
        match self {
            Self::Gpuwa => native::name(part),
            Self::TfPwa => tf_pwa::name(part),
        }
    }

    /// The names of the two real parts of a complex number.
    pub fn parts(self, name: &str, form: super::CouplingForm) -> [String; 2] {
        match self {
            Self::Gpuwa => native::parts(name, form),
            Self::TfPwa => tf_pwa::parts(name),
        }
    }
}
