//! `[[decay.chain]]`: a decay string, and one key a slot of it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::BarrierEntry;

/// One topology with the resonances of its slots: every combination is a chain.
///
/// Keys of the tables `ls`, `helicity`, `barrier` and `options` and entries of `weak` and `c_parity` are mothers of the
/// decay string: particles or slots.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChainEntry {
    /// E.g. `J/psi(1S) -> gamma X, X -> pi+ pi-`.
    pub decay: String,
    /// Mothers whose decay does not conserve parity.
    pub weak: Vec<String>,
    /// Mothers whose decay conserves C parity.
    pub c_parity: Vec<String>,
    /// The (l, s) couplings of a mother's decay, instead of all allowed ones.
    pub ls: BTreeMap<String, Vec<[f64; 2]>>,
    /// The helicity couplings of a mother's decay, instead of LS couplings: the helicities of its
    /// daughters, and with 1 or -1 behind them the reversed ones by parity too.
    pub helicity: BTreeMap<String, Vec<Vec<f64>>>,
    pub barrier: BTreeMap<String, BarrierEntry>,
    /// Settings of a resonance's line shape that hold for its decay in this chain, such as the channel of
    /// a K-matrix.
    pub options: BTreeMap<String, BTreeMap<String, Value>>,
    /// Chains of different mixtures add incoherently.
    pub mixture: Option<String>,
    /// The reflectivities, 1 and -1, of what a photon produces: each is a chain; both by default. Its
    /// projections m are the first numbers of `helicity`, by default all of them.
    pub reflectivity: Option<Vec<i8>>,
    /// What may stand in each slot.
    pub slots: BTreeMap<String, Vec<String>>,
}

impl ChainEntry {
    /// The keys that are not slots.
    pub const KEYS: [&'static str; 9] = [
        "decay",
        "weak",
        "c_parity",
        "ls",
        "helicity",
        "barrier",
        "options",
        "mixture",
        "reflectivity",
    ];
}

impl<'de> Deserialize<'de> for ChainEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ChainVisitor)
    }
}

struct ChainVisitor;

impl<'de> Visitor<'de> for ChainVisitor {
    type Value = ChainEntry;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a table with `decay` and one key a slot")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ChainEntry, A::Error> {
        let mut entry = ChainEntry::default();
        let mut decay = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "decay" => decay = Some(map.next_value()?),
                "weak" => entry.weak = map.next_value()?,
                "c_parity" => entry.c_parity = map.next_value()?,
                "ls" => entry.ls = map.next_value()?,
                "helicity" => entry.helicity = map.next_value()?,
                "barrier" => entry.barrier = map.next_value()?,
                "options" => entry.options = map.next_value()?,
                "mixture" => entry.mixture = Some(map.next_value()?),
                "reflectivity" => entry.reflectivity = Some(map.next_value()?),
                _ => {
                    entry.slots.insert(key, map.next_value()?);
                }
            }
        }
        entry.decay = decay.ok_or_else(|| A::Error::missing_field("decay"))?;
        Ok(entry)
    }
}

impl Serialize for ChainEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("decay", &self.decay)?;
        for (slot, names) in &self.slots {
            map.serialize_entry(slot, names)?;
        }
        if !self.weak.is_empty() {
            map.serialize_entry("weak", &self.weak)?;
        }
        if !self.c_parity.is_empty() {
            map.serialize_entry("c_parity", &self.c_parity)?;
        }
        if !self.ls.is_empty() {
            map.serialize_entry("ls", &self.ls)?;
        }
        if !self.helicity.is_empty() {
            map.serialize_entry("helicity", &self.helicity)?;
        }
        if !self.barrier.is_empty() {
            map.serialize_entry("barrier", &self.barrier)?;
        }
        if !self.options.is_empty() {
            map.serialize_entry("options", &self.options)?;
        }
        if let Some(mixture) = &self.mixture {
            map.serialize_entry("mixture", mixture)?;
        }
        if let Some(reflectivity) = &self.reflectivity {
            map.serialize_entry("reflectivity", reflectivity)?;
        }
        map.end()
    }
}

impl JsonSchema for ChainEntry {
    fn schema_name() -> Cow<'static, str> {
        "ChainEntry".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let barrier = generator.subschema_for::<BTreeMap<String, BarrierEntry>>();
        let helicity = generator.subschema_for::<BTreeMap<String, Vec<Vec<f64>>>>();
        let ls = generator.subschema_for::<BTreeMap<String, Vec<[f64; 2]>>>();
        let options = generator.subschema_for::<BTreeMap<String, BTreeMap<String, Value>>>();
        let names = generator.subschema_for::<Vec<String>>();
        let reflectivity = generator.subschema_for::<Vec<i8>>();
        json_schema!({
            "type": "object",
            "description": "One topology with the resonances of its slots: every combination is a chain.",
            "properties": {
                "decay": {"type": "string"},
                "weak": names,
                "c_parity": names,
                "ls": ls,
                "helicity": helicity,
                "barrier": barrier,
                "options": options,
                "mixture": {"type": "string"},
                "reflectivity": reflectivity,
            },
            "required": ["decay"],
            "additionalProperties": names,
        })
    }
}
