//! Entries that have a short and a long form: a number or a table, a name or a list.
//!
//! They are read by visitors, not by trying one type after the other, so that a mistake is
//! reported where it stands.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{BeamsEntry, FinalEntry, InitialEntry, PhotonEntry, StateNumberEntry, ZAxis};

/// A real parameter: a number (fixed), or a table.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
#[schemars(with = "ValueSchema")]
pub struct ValueEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<f64>,
    pub free: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<[f64; 2]>,
    /// The parameter this one always equals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ValueTable {
    start: Option<f64>,
    #[serde(default)]
    free: bool,
    limits: Option<[f64; 2]>,
    same_as: Option<String>,
}

/// A complex coupling or a shape's parameter: a number, a table with `re` and `im`, with
/// `modulus` and `phase`, or of a real parameter with `start`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
#[schemars(with = "CouplingSchema")]
pub struct CouplingEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub re: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub im: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modulus: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<f64>,
    /// Couplings are free unless this says otherwise, a shape's parameters are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<[f64; 2]>,
    /// The coupling or parameter this one always equals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CouplingTable {
    start: Option<f64>,
    re: Option<f64>,
    im: Option<f64>,
    modulus: Option<f64>,
    phase: Option<f64>,
    free: Option<bool>,
    limits: Option<[f64; 2]>,
    same_as: Option<String>,
}

/// A name, or a list of names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OneOrMany(pub Vec<String>);

/// A spin: 0, 1, 2 or "1/2".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpinEntry(pub String);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct InitialTable {
    particle: String,
    helicities: Option<Vec<f64>>,
    #[serde(default)]
    z: ZAxis,
    polarisation: Option<BTreeMap<String, StateNumberEntry>>,
    density: Option<BTreeMap<String, CouplingEntry>>,
    beams: Option<BeamsEntry>,
    photon: Option<PhotonEntry>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FinalTable {
    particle: String,
    helicities: Option<Vec<f64>>,
}

/// Reads a type from those of a number, a string, a list and a table that it can be written as.
macro_rules! short_form {
    ($type:ty, $expecting:literal $(, number: $number:expr)? $(, text: $text:expr)?
     $(, list: $list:expr)? $(, table: $table:ty => $convert:expr)?) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Form;
                impl<'de> Visitor<'de> for Form {
                    type Value = $type;
                    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                        f.write_str($expecting)
                    }
                    $(
                        fn visit_f64<E: Error>(self, value: f64) -> Result<$type, E> {
                            let read: fn(f64) -> $type = $number;
                            Ok(read(value))
                        }
                        fn visit_i64<E: Error>(self, value: i64) -> Result<$type, E> {
                            self.visit_f64(value as f64)
                        }
                        fn visit_u64<E: Error>(self, value: u64) -> Result<$type, E> {
                            self.visit_f64(value as f64)
                        }
                    )?
                    $(
                        fn visit_str<E: Error>(self, value: &str) -> Result<$type, E> {
                            let read: fn(String) -> $type = $text;
                            Ok(read(value.to_owned()))
                        }
                    )?
                    $(
                        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<$type, A::Error> {
                            let read: fn(Vec<String>) -> $type = $list;
                            Vec::deserialize(SeqAccessDeserializer::new(list)).map(read)
                        }
                    )?
                    $(
                        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<$type, A::Error> {
                            let read: fn($table) -> $type = $convert;
                            <$table>::deserialize(MapAccessDeserializer::new(map)).map(read)
                        }
                    )?
                }
                deserializer.deserialize_any(Form)
            }
        }
    };
}

short_form!(ValueEntry, "a number or a table with `start`, `free`, `limits`",
number: |start| ValueEntry { start: Some(start), ..ValueEntry::default() },
table: ValueTable => Into::into);

impl From<ValueTable> for ValueEntry {
    fn from(table: ValueTable) -> Self {
        Self {
            start: table.start,
            free: table.free,
            limits: table.limits,
            same_as: table.same_as,
        }
    }
}

short_form!(CouplingEntry, "a number or a table with `re` and `im`, `modulus` and `phase`, or `start`",
number: |start| CouplingEntry { start: Some(start), ..CouplingEntry::default() },
table: CouplingTable => |t| CouplingEntry {
    start: t.start,
    re: t.re,
    im: t.im,
    modulus: t.modulus,
    phase: t.phase,
    free: t.free,
    limits: t.limits,
    same_as: t.same_as,
});

short_form!(OneOrMany, "a string or a list of strings",
    text: |one| OneOrMany(vec![one]),
    list: OneOrMany);

short_form!(SpinEntry, "a spin such as 1 or \"1/2\"",
    number: |spin| SpinEntry(spin.to_string()),
    text: SpinEntry);

short_form!(InitialEntry, "a particle's name or a table with `particle`, `helicities`, `z`",
text: |particle| InitialEntry { particle, ..InitialEntry::default() },
table: InitialTable => |t| InitialEntry {
    particle: t.particle,
    helicities: t.helicities,
    z: t.z,
    polarisation: t.polarisation,
    density: t.density,
    beams: t.beams,
    photon: t.photon,
});

short_form!(StateNumberEntry, "a number, a table with `start`, `free`, `limits`, or the name of a column",
number: |start| StateNumberEntry::Value(ValueEntry { start: Some(start), ..ValueEntry::default() }),
text: StateNumberEntry::Column,
table: ValueTable => |t| StateNumberEntry::Value(t.into()));

short_form!(FinalEntry, "a particle's name or a table with `particle`, `helicities`",
    text: |particle| FinalEntry { particle, helicities: None },
    table: FinalTable => |t| FinalEntry { particle: t.particle, helicities: t.helicities });

impl Serialize for OneOrMany {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0[..] {
            [one] => one.serialize(serializer),
            many => many.serialize(serializer),
        }
    }
}

impl Serialize for SpinEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.parse::<i64>() {
            Ok(whole) => whole.serialize(serializer),
            Err(_) => self.0.serialize(serializer),
        }
    }
}

/// The schema of a type with a short form: any of `$short`, or the table.
macro_rules! short_schema {
    ($name:ident, $title:literal, [$($short:tt),+], $table:ty) => {
        pub(super) struct $name;
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                $title.into()
            }
            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let table = generator.subschema_for::<$table>();
                json_schema!({"anyOf": [$({"type": $short},)+ table]})
            }
        }
    };
}

short_schema!(ValueSchema, "Value", ["number"], ValueTable);
short_schema!(
    StateNumberSchema,
    "StateNumber",
    ["number", "string"],
    ValueTable
);
short_schema!(CouplingSchema, "Coupling", ["number"], CouplingTable);
short_schema!(InitialSchema, "Initial", ["string"], InitialTable);
short_schema!(FinalSchema, "Final", ["string"], FinalTable);

impl JsonSchema for OneOrMany {
    fn schema_name() -> Cow<'static, str> {
        "OneOrMany".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [
            {"type": "string"},
            {"type": "array", "items": {"type": "string"}},
        ]})
    }
}

impl JsonSchema for SpinEntry {
    fn schema_name() -> Cow<'static, str> {
        "Spin".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["integer", "string"]})
    }
}
