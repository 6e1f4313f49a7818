//! The file as types: what of it describes amplitudes and their checksums.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct File {
    pub distributions: Vec<Distribution>,
    pub functions: Vec<Function>,
    #[serde(default)]
    pub domains: Value,
    #[serde(default)]
    pub misc: Misc,
    #[serde(default)]
    pub parameter_points: Vec<Point>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Distribution {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub decay_description: Description,
    pub variables: Vec<Variables>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    pub kinematics: Kinematics,
    pub reference_topology: Node,
    pub chains: Vec<Chain>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub appendix: Value,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kinematics {
    pub initial_state: State,
    pub final_state: Vec<State>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    pub index: usize,
    pub name: String,
    pub spin: Number,
    /// GeV.
    pub mass: f64,
}

/// A particle by its index, or what two of them come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Node {
    Particle(usize),
    Pair(Box<[Node; 2]>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Chain {
    pub name: String,
    pub topology: Node,
    pub weight: Number,
    pub propagators: Vec<Propagator>,
    pub vertices: Vec<Vertex>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Propagator {
    pub node: Node,
    pub spin: Number,
    pub parametrization: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Vertex {
    #[serde(rename = "type")]
    pub kind: String,
    pub node: Node,
    #[serde(default)]
    pub formfactor: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l: Option<Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s: Option<Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helicities: Option<[Number; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parity_factor: Option<String>,
}

/// A number, or a string that is one: `"1/2"`, `"0.3 - 1.2i"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Number {
    Value(f64),
    Text(String),
}

/// A function of one variable; its settings are read by its type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Function {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(flatten)]
    pub settings: Map<String, Value>,
}

/// The names that the mass, azimuth and cosine of a node have in points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Variables {
    pub node: Node,
    pub mass_phi_costheta: [String; 3],
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Misc {
    #[serde(default)]
    pub amplitude_model_checksums: Vec<Checksum>,
    /// A list of gpuwa's own: other programs know no values of single chains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain_checksums: Vec<ChainChecksum>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Checksum {
    pub point: String,
    /// A distribution or a function.
    pub distribution: String,
    pub value: Number,
}

/// The intensity of one chain alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChainChecksum {
    pub point: String,
    pub distribution: String,
    /// Its place in the distribution.
    pub chain: usize,
    pub value: Number,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Point {
    pub name: String,
    pub parameters: Vec<Coordinate>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Coordinate {
    pub name: String,
    pub value: f64,
}

impl Node {
    pub fn pair(first: Self, second: Self) -> Self {
        Self::Pair(Box::new([first, second]))
    }

    /// i and j of [i, j].
    pub fn two_particles(&self) -> Option<[usize; 2]> {
        match self {
            Self::Pair(pair) => match **pair {
                [Self::Particle(i), Self::Particle(j)] => Some([i, j]),
                _ => None,
            },
            Self::Particle(_) => None,
        }
    }

    /// [i, j] and k of [[i, j], k].
    pub fn chain(&self) -> Option<([usize; 2], usize)> {
        match self {
            Self::Pair(pair) => match &**pair {
                [inner, Self::Particle(k)] => Some((inner.two_particles()?, *k)),
                _ => None,
            },
            Self::Particle(_) => None,
        }
    }
}
