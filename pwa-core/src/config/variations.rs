//! Systematic variations: a list of patches of a config, each a config of its own whose mistakes are pointed at where
//! they were written.
//!
//! A table of a patch is merged into that of the config, everything else replaces what stands there. Keys of a table that
//! meets a list are places in it, from 0; a number or a name that meets a table is its short form.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::{ConfigError, Source, Step};

/// A file of variations of a config.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VariationsDocument {
    pub variation: Vec<VariationEntry>,
}

/// One change, or several that belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VariationEntry {
    /// What it is called in tables.
    pub name: String,
    /// Variations of one cause have one group, by default each is its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// What is different: keys of the config with other values. Tables are merged into those of the config, all
    /// else replaces what stands there; the keys of a table in place of a list are places in the list, from 0.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub set: Table,
}

/// The JSON schema of a file of variations.
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(VariationsDocument)
}

/// A variation, and where it was written.
#[derive(Debug, Clone)]
pub struct Variation {
    pub name: String,
    pub group: Option<String>,
    number: usize,
    set: Table,
    file: Source,
}

/// The variations of a file.
///
/// # Errors
/// When it is none, or two have one name.
pub fn variations(path: &Path) -> Result<Vec<Variation>, ConfigError> {
    let file = Source::open(path)?;
    let document: VariationsDocument = file.parse_as()?;
    let entries = document.variation;
    if entries.is_empty() {
        let help = "write [[variation]] with `name` and `set`".to_owned();
        return Err(file.error(&["variation".into()], "no variations", help));
    }
    for (number, entry) in entries.iter().enumerate() {
        let at = |key| ["variation".into(), number.into(), key];
        if entries[..number]
            .iter()
            .any(|other| other.name == entry.name)
        {
            let problem = format!("two variations are called `{}`", entry.name);
            return Err(file.error(&at("name".into()), problem, None));
        }
        if let Some(key) = entry.set.keys().find(|key| key.contains('.')) {
            let help =
                "quote only what holds a dot itself: coupling.\"f2(1270).total\".re".to_owned();
            let problem = format!("\"{key}\" is one key, its dots do not divide it");
            let path = [&at("set".into())[..], &[key.into()]].concat();
            return Err(file.error_of_key(&path, problem, help));
        }
    }
    let variation = |(number, entry): (usize, VariationEntry)| Variation {
        name: entry.name,
        group: entry.group,
        number,
        set: entry.set,
        file: file.clone(),
    };
    Ok(entries.into_iter().enumerate().map(variation).collect())
}

impl Variation {
    /// The config with this variation in it.
    ///
    /// # Errors
    /// When it names no place of a list that is there.
    pub fn of(&self, config: &Source) -> Result<Source, ConfigError> {
        let mut table = Value::Table(config.parse_as()?);
        let mut path = Vec::new();
        if let Err(problem) = merge(&mut table, &Value::Table(self.set.clone()), &mut path) {
            let steps: Vec<Step> = path.iter().map(Step::from).collect();
            return Err(self.error(&steps, Part::Key, (problem, None)));
        }
        // Of a table that was read; only what is no table at the top cannot be written.
        let text = toml::to_string(&table)
            .map_err(|error| self.error(&[], Part::Key, (error.to_string(), None)))?;
        Ok(config.varied(text, self.clone()))
    }

    /// An error at an entry of the varied config: where it was written, here or in `config`.
    pub(super) fn error_of(
        &self,
        (config, varied): (&Source, &str),
        byte: Option<usize>,
        (problem, help): (String, Option<String>),
    ) -> ConfigError {
        let table = DeTable::parse(varied).ok();
        let found = table.and_then(|table| at_byte(table.get_ref(), byte?));
        let (path, part) = found.unwrap_or((Vec::new(), Part::Value));
        let steps: Vec<Step> = path.iter().map(Place::step).collect();
        match self.own(&path) {
            Some(own) => self.error(&own, part, (problem, help)),
            None => point((config, &steps), part, (self.said(&problem), help)),
        }
    }

    fn error(
        &self,
        path: &[Step],
        part: Part,
        (problem, help): (String, Option<String>),
    ) -> ConfigError {
        let start = ["variation".into(), self.number.into(), "set".into()];
        let path = [&start[..], path].concat();
        point((&self.file, &path), part, (self.said(&problem), help))
    }

    fn said(&self, problem: &str) -> String {
        format!("variation `{}`: {problem}", self.name)
    }

    /// The steps in `set` to an entry of the varied config; none where it is not of this variation.
    fn own<'s>(&'s self, path: &'s [Place]) -> Option<Vec<Step<'s>>> {
        let (mut steps, mut table) = (Vec::new(), &self.set);
        for place in path {
            let key = match place {
                Place::Key(key) => key.clone(),
                Place::Index(index) => index.to_string(),
            };
            let (key, value) = table.get_key_value(&key)?;
            steps.push(Step::Key(key));
            match value {
                Value::Table(inner) => table = inner,
                // All below it is of the variation.
                _ => {
                    let below = path[steps.len()..].iter().map(Place::step);
                    return Some(steps.into_iter().chain(below).collect());
                }
            }
        }
        (!steps.is_empty()).then_some(steps)
    }
}

/// `path`: where there is a problem.
fn merge(entry: &mut Value, patch: &Value, path: &mut Vec<String>) -> Result<(), String> {
    let Value::Table(patch) = patch else {
        *entry = patch.clone();
        return Ok(());
    };
    if let Some(key) = short_form(entry) {
        *entry = Value::Table(Table::from_iter([(key.to_owned(), entry.clone())]));
    }
    for (key, patch) in patch {
        path.push(key.clone());
        match entry {
            Value::Table(table) => match table.get_mut(key) {
                Some(entry) => merge(entry, patch, path)?,
                None => {
                    table.insert(key.clone(), patch.clone());
                }
            },
            Value::Array(list) => {
                let length = list.len();
                let place = key.parse::<usize>().ok().filter(|&place| place <= length);
                match place {
                    Some(place) if place < length => merge(&mut list[place], patch, path)?,
                    Some(_) => list.push(patch.clone()),
                    None => {
                        return Err(format!(
                            "`{key}` is no place in a list: write 0 to {length}, which is a new one"
                        ));
                    }
                }
            }
            _ => return Err(format!("`{key}` in place of what is no table")),
        }
        path.pop();
    }
    Ok(())
}

/// The key that a number or a name stands for.
fn short_form(value: &Value) -> Option<&'static str> {
    match value {
        Value::Float(_) | Value::Integer(_) => Some("start"),
        Value::String(_) => Some("particle"),
        _ => None,
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Place {
    Key(String),
    Index(usize),
}

impl Place {
    fn step(&self) -> Step<'_> {
        match self {
            Self::Key(key) => Step::Key(key),
            Self::Index(index) => Step::Index(*index),
        }
    }
}

/// Which part of an entry a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Key,
    Value,
}

fn point(
    (file, path): (&Source, &[Step]),
    part: Part,
    (problem, help): (String, Option<String>),
) -> ConfigError {
    match part {
        Part::Key => file.error_of_key(path, problem, help),
        Part::Value => file.error(path, problem, help),
    }
}

/// The innermost entry that is written at a byte.
fn at_byte(table: &DeTable, byte: usize) -> Option<(Vec<Place>, Part)> {
    table.iter().find_map(|(key, value)| {
        let place = Place::Key(key.get_ref().to_string());
        let named = key.span().contains(&byte).then_some(Part::Key);
        within((place, named), value, byte)
    })
}

/// `named`: where the byte is in the key of this entry.
fn within(
    (place, named): (Place, Option<Part>),
    value: &Spanned<DeValue>,
    byte: usize,
) -> Option<(Vec<Place>, Part)> {
    let below = match value.get_ref() {
        DeValue::Table(table) => at_byte(table, byte),
        DeValue::Array(list) => {
            let mut items = list.iter().enumerate();
            items.find_map(|(index, item)| within((Place::Index(index), None), item, byte))
        }
        _ => None,
    };
    if let Some((below, part)) = below {
        return Some(([vec![place], below].concat(), part));
    }
    let here = value.span().contains(&byte).then_some(Part::Value);
    Some((vec![place], named.or(here)?))
}
