//! `barrier` of a mother in a chain: a word, or a table with an l and a radius of its own.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{Error as WordError, MapAccessDeserializer, StrDeserializer};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Barrier;

/// The barrier factor of a decay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BarrierEntry {
    pub form: Barrier,
    /// The l of the factor, where it is not that of each LS coupling; helicity couplings need it.
    pub l: Option<u32>,
    /// GeV⁻¹, where it is not that of the mother.
    pub radius: Option<f64>,
}

impl From<Barrier> for BarrierEntry {
    fn from(form: Barrier) -> Self {
        Self {
            form,
            l: None,
            radius: None,
        }
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BarrierTable {
    form: Barrier,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    l: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    radius: Option<f64>,
}

impl<'de> Deserialize<'de> for BarrierEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BarrierVisitor)
    }
}

struct BarrierVisitor;

impl<'de> Visitor<'de> for BarrierVisitor {
    type Value = BarrierEntry;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a barrier's name or a table with `form`, `l`, `radius`")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<BarrierEntry, E> {
        let form = Barrier::deserialize(StrDeserializer::<WordError>::new(word));
        form.map(BarrierEntry::from).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<BarrierEntry, A::Error> {
        let table = BarrierTable::deserialize(MapAccessDeserializer::new(map))?;
        Ok(BarrierEntry {
            form: table.form,
            l: table.l,
            radius: table.radius,
        })
    }
}

impl Serialize for BarrierEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self {
                form,
                l: None,
                radius: None,
            } => form.serialize(serializer),
            Self { form, l, radius } => BarrierTable { form, l, radius }.serialize(serializer),
        }
    }
}

impl JsonSchema for BarrierEntry {
    fn schema_name() -> Cow<'static, str> {
        "BarrierEntry".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let word = generator.subschema_for::<Barrier>();
        let table = generator.subschema_for::<BarrierTable>();
        json_schema!({"anyOf": [word, table]})
    }
}
