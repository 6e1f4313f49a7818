//! A document as a TOML file that people read: short entries on one line, keys in their order.

use toml::{Table, Value};

use super::{Document, EngineEntry, FitEntry, PhaseSpaceEntry};

/// Longer lists of names are broken over lines.
const WIDTH: usize = 100;

/// Keys that are written first, in this order; others follow by name.
const ORDER: [&str; 66] = [
    "gpuwa",
    "convention",
    "decay",
    "reaction",
    "particle",
    "resonance",
    "coupling",
    "parameter",
    "quantity",
    "constraint",
    "blind",
    "data",
    "mc",
    "background",
    "background_density",
    "dataset",
    "fit",
    "phase_space",
    "engine",
    "initial",
    "final",
    "identical",
    "conjugate",
    "masses",
    "barrier_radius",
    "zemach_mass",
    "redundant",
    "normalise",
    "couplings",
    "names",
    "name",
    "helicities",
    "z",
    "polarisation",
    "density",
    "beams",
    "electron",
    "positron",
    "x",
    "photon",
    "target",
    "recoil",
    "energy",
    "degree",
    "angle",
    "frame",
    "files",
    "tree",
    "momenta",
    "like",
    "spin",
    "parity",
    "c_parity",
    "shape",
    "mass",
    "width",
    "start",
    "re",
    "im",
    "modulus",
    "phase",
    "mean",
    "free",
    "sigma",
    "limits",
    "same_as",
];

/// Whether numbers without a fraction are written without one.
#[derive(Clone, Copy)]
enum Whole {
    Short,
    /// An option knows whole numbers from others.
    Exact,
}

/// What becomes of settings of the fit that are as the program has them anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defaults {
    LeaveOut,
    Write,
}

/// A printed document with comment lines above some of its sections, such as `[data]`.
pub fn comment_sections(text: &str, comments: &[(&str, &[&str])]) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let of_line = comments.iter().filter(|(section, _)| *section == line);
        for comment in of_line.flat_map(|(_, lines)| *lines) {
            out += &format!("# {comment}\n");
        }
        out += line;
        out.push('\n');
    }
    out
}

/// The text of a document, under comment lines.
///
/// # Errors
/// When the document holds what TOML cannot say.
pub fn print(
    document: &Document,
    comments: &[String],
    defaults: Defaults,
) -> Result<String, toml::ser::Error> {
    let mut table = Table::try_from(document)?;
    if defaults == Defaults::LeaveOut {
        drop_defaults(&mut table)?;
    }
    let mut text = String::new();
    for comment in comments {
        text += &format!("# {comment}\n");
    }
    text.push('\n');
    for (key, value) in sorted(&table) {
        if !matches!(value, Value::Table(_)) && !is_tables(value) {
            text += &assignment(key, value);
        }
    }
    for (key, value) in sorted(&table) {
        match (key.as_str(), value) {
            ("decay", Value::Table(decay)) => section(&mut text, "decay", decay),
            ("reaction", Value::Table(entries)) => {
                for (name, entry) in entries {
                    if let Value::Table(entry) = entry {
                        section(&mut text, &format!("reaction.{}", quoted(name)), entry);
                    }
                }
            }
            // One line an entry.
            ("particle" | "coupling" | "parameter", Value::Table(entries)) => {
                text += &format!("\n[{key}]\n");
                for (name, entry) in entries {
                    text += &assignment(name, entry);
                }
            }
            ("resonance", Value::Table(entries)) => {
                let mut entries: Vec<_> = entries.iter().collect();
                entries.sort_by_key(|(name, _)| place_in_chains(document, name));
                for (name, entry) in entries {
                    if let Value::Table(entry) = entry {
                        section(&mut text, &format!("resonance.{}", quoted(name)), entry);
                    }
                }
            }
            (_, Value::Table(entry)) => section(&mut text, key, entry),
            (_, Value::Array(entries)) if is_tables(value) => sections(&mut text, key, entries),
            _ => {}
        }
    }
    Ok(text)
}

/// Where the chains first name a resonance.
fn place_in_chains(document: &Document, name: &str) -> (usize, usize) {
    let reactions = document.reactions().into_iter();
    let chains = reactions
        .flat_map(|reaction| &reaction.entry.chain)
        .enumerate();
    let places = chains.filter_map(|(chain, entry)| {
        let mut slots = entry.slots.values();
        let slot = slots.find_map(|names| names.iter().position(|known| known == name));
        let word = || entry.decay.split([' ', ',']).position(|word| word == name);
        Some((chain, slot.or_else(word)?))
    });
    places.min().unwrap_or((usize::MAX, 0))
}

/// Settings of the fit that are gpuwa's own say nothing about the model.
fn drop_defaults(table: &mut Table) -> Result<(), toml::ser::Error> {
    let fit = Table::try_from(FitEntry::default())?;
    let phase_space = Table::try_from(PhaseSpaceEntry::default())?;
    let engine = Table::try_from(EngineEntry::default())?;
    for (key, default) in [
        ("fit", fit),
        ("phase_space", phase_space),
        ("engine", engine),
    ] {
        if let Some(Value::Table(entry)) = table.get_mut(key) {
            entry.retain(|name, value| default.get(name) != Some(value));
            if entry.is_empty() {
                table.remove(key);
            }
        }
    }
    Ok(())
}

fn section(text: &mut String, name: &str, table: &Table) {
    *text += &format!("\n[{name}]\n");
    for (key, value) in sorted(table) {
        if !is_tables(value) {
            *text += &assignment(key, value);
        }
    }
    for (key, value) in sorted(table) {
        if let Value::Array(entries) = value
            && is_tables(value)
        {
            sections(text, &format!("{name}.{key}"), entries);
        }
    }
}

fn sections(text: &mut String, name: &str, entries: &[Value]) {
    for entry in entries {
        if let Value::Table(entry) = entry {
            *text += &format!("\n[[{name}]]\n");
            for (key, value) in sorted(entry) {
                *text += &assignment(key, value);
            }
        }
    }
}

/// A list of tables that has sections of its own; final particles stand in one line.
fn is_tables(value: &Value) -> bool {
    match value {
        Value::Array(entries) => {
            let long = |entry: &Value| {
                let table = entry.as_table();
                table.is_some_and(|t| !t.contains_key("particle"))
            };
            !entries.is_empty() && entries.iter().all(long)
        }
        _ => false,
    }
}

fn sorted(table: &Table) -> Vec<(&String, &Value)> {
    let rank = |key: &str| {
        let known = ORDER.iter().position(|known| *known == key);
        known.unwrap_or(ORDER.len())
    };
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| rank(key));
    entries
}

fn assignment(key: &str, value: &Value) -> String {
    let whole = match key {
        "options" => Whole::Exact,
        _ => Whole::Short,
    };
    let line = format!("{} = {}\n", quoted(key), inline(value, whole));
    match value {
        Value::Array(items) if line.len() > WIDTH => {
            let items: String = items
                .iter()
                .map(|item| format!("    {},\n", inline(item, whole)))
                .collect();
            format!("{} = [\n{items}]\n", quoted(key))
        }
        _ => line,
    }
}

fn inline(value: &Value, whole: Whole) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| inline(item, whole)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Table(table) => match short_form(table) {
            Some(short) => inline(short, whole),
            None => {
                let pairs: Vec<String> = sorted(table)
                    .into_iter()
                    .map(|(key, value)| format!("{} = {}", quoted(key), inline(value, whole)))
                    .collect();
                format!("{{ {} }}", pairs.join(", "))
            }
        },
        // Below 2^53 every whole number is exact.
        Value::Float(number)
            if matches!(whole, Whole::Short)
                && number.fract() == 0.0
                && number.abs() < 9e15
                && (*number != 0.0 || number.is_sign_positive()) =>
        {
            format!("{number:.0}")
        }
        Value::Float(number) => format!("{number:?}"),
        other => other.to_string(),
    }
}

/// A fixed value is written as a number, a particle without restrictions as its name.
fn short_form(table: &Table) -> Option<&Value> {
    let only = |keys: &[&str]| table.keys().all(|key| keys.contains(&key.as_str()));
    if only(&["start", "free"])
        && table
            .get("free")
            .is_none_or(|free| free.as_bool() == Some(false))
    {
        // A coupling's `free = false` is not the default: couplings have no `start`.
        return table.get("start");
    }
    if only(&["particle", "z"]) && table.get("z").is_none_or(|z| z.as_str() == Some("lab")) {
        return table.get("particle");
    }
    None
}

fn quoted(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    match !key.is_empty() && key.chars().all(bare) {
        true => key.to_owned(),
        false => Value::String(key.to_owned()).to_string(),
    }
}
