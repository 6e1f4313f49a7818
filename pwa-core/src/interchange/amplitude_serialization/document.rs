//! The file as types: what of it describes amplitudes and their checksums.
//!
//! What has several forms, or keys of its own, is read token by token: a mistake is then reported at its place,
//! where serde's `untagged` and `flatten` would know the end of the object only.

use std::fmt;

use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
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
#[derive(Debug, Clone, PartialEq, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Number {
    Value(f64),
    Text(String),
}

/// A function of one variable; its settings are read by its type.
#[derive(Debug, Clone, PartialEq, Serialize)]
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

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = Node;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("the index of a particle or a pair of nodes")
            }

            fn visit_u64<E: Error>(self, index: u64) -> Result<Node, E> {
                Ok(Node::Particle(index as usize))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
                let (first, second) = (list.next_element()?, list.next_element()?);
                match (first, second, list.next_element::<IgnoredAny>()?) {
                    (Some(first), Some(second), None) => Ok(Node::pair(first, second)),
                    _ => Err(A::Error::custom("a node is a pair, [i, j] or [[i, j], k]")),
                }
            }
        }
        from.deserialize_any(Form)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Form;
        impl Visitor<'_> for Form {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a number, or one in quotes as \"1/2\" and \"0.3 - 1.2i\"")
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Number, E> {
                Ok(Number::Value(value))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Number, E> {
                Ok(Number::Value(value as f64))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Number, E> {
                Ok(Number::Value(value as f64))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
                Ok(Number::Text(text.to_owned()))
            }
        }
        from.deserialize_any(Form)
    }
}

impl<'de> Deserialize<'de> for Function {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = Function;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a function with a name and a type")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Function, A::Error> {
                let (mut name, mut kind, mut settings) = (None, None, Map::new());
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "name" => name = Some(map.next_value()?),
                        "type" => kind = Some(map.next_value()?),
                        _ => {
                            let value = map.next_value()?;
                            settings.insert(key, value);
                        }
                    }
                }
                Ok(Function {
                    name: name.ok_or_else(|| A::Error::missing_field("name"))?,
                    kind: kind.ok_or_else(|| A::Error::missing_field("type"))?,
                    settings,
                })
            }
        }
        from.deserialize_map(Form)
    }
}
