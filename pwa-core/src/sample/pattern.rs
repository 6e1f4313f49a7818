//! The notation for momentum columns: `{p}_E {p}_PX {p}_PY {p}_PZ`, `p4_{p}[E,px,py,pz]`, `E_FinalState[{i}] …`.

use super::SampleError;
use super::columns::{Listing, Pick};
use super::momenta::MomentumPicks;
use super::source::Shape;

const HELP: &str = "four columns `{p}_E {p}_PX {p}_PY {p}_PZ` in this order, three without the energy, or one array \
                    `p4_{p}` of E, px, py, pz (another order is `p4_{p}[px,py,pz,E]`); `{p}` stands for the particle, \
                    `{i}` for its place in a counted array";

/// A branch pattern, or what is left of it once the particle is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// As written, for messages.
    pub text: String,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// Column of the energy, if there is one, and of px, py, pz.
    Components { e: Option<String>, p: [String; 3] },
    /// One array column; the places of E (if any), px, py, pz in it.
    Array {
        column: String,
        e: Option<usize>,
        p: [usize; 3],
    },
}

impl Pattern {
    pub fn parse(text: &str) -> Result<Self, SampleError> {
        let bad =
            |why: String| SampleError::request(format!("momenta pattern `{text}`: {why}"), HELP);
        let words: Vec<&str> = text.split_whitespace().collect();
        check_placeholders(text).map_err(bad)?;
        let kind = match words[..] {
            [array] => parse_array(array).map_err(bad)?,
            [px, py, pz] => Kind::Components {
                e: None,
                p: [px, py, pz].map(String::from),
            },
            [e, px, py, pz] => Kind::Components {
                e: Some(e.into()),
                p: [px, py, pz].map(String::from),
            },
            _ => return Err(bad(format!("{} columns, not 1, 3 or 4", words.len()))),
        };
        if words.len() > 1 {
            check_order(&words).map_err(bad)?;
        }
        Ok(Self {
            text: text.into(),
            kind,
        })
    }

    /// Whether particles are told apart by their place in an array.
    pub fn uses_place(&self) -> bool {
        self.text.contains("{i}")
    }

    /// Whether the file holds energies in this pattern.
    pub fn has_energy(&self) -> bool {
        match &self.kind {
            Kind::Components { e, .. } => e.is_some(),
            Kind::Array { e, .. } => e.is_some(),
        }
    }

    /// Whether one array holds a particle.
    pub fn is_array(&self) -> bool {
        matches!(self.kind, Kind::Array { .. })
    }

    /// The flat columns of a filled pattern, in its order; none where numbers stand in arrays.
    pub fn flat_columns(&self) -> Option<Vec<String>> {
        let Kind::Components { e, p } = &self.kind else {
            return None;
        };
        let columns: Vec<String> = e.iter().chain(p).cloned().collect();
        let in_array = |column: &String| column.contains(['[', ']', '{']);
        (!columns.iter().any(in_array)).then_some(columns)
    }

    /// The pattern with the particle in it.
    pub fn fill(&self, word: &str, place: usize) -> Self {
        let fill = |text: &str| text.replace("{p}", word).replace("{i}", &place.to_string());
        let kind = match &self.kind {
            Kind::Components { e, p } => Kind::Components {
                e: e.as_deref().map(fill),
                p: [fill(&p[0]), fill(&p[1]), fill(&p[2])],
            },
            Kind::Array { column, e, p } => Kind::Array {
                column: fill(column),
                e: *e,
                p: *p,
            },
        };
        Self {
            text: fill(&self.text),
            kind,
        }
    }

    /// Where the numbers of a filled pattern stand in a tree.
    pub fn picks(&self, listing: &Listing) -> Result<MomentumPicks, SampleError> {
        match &self.kind {
            Kind::Components { e, p } => Ok(MomentumPicks {
                e: e.as_deref().map(|e| listing.pick(e)).transpose()?,
                p: [
                    listing.pick(&p[0])?,
                    listing.pick(&p[1])?,
                    listing.pick(&p[2])?,
                ],
            }),
            Kind::Array { column, e, p } => {
                let wanted = if e.is_some() {
                    "an array of 4 numbers"
                } else {
                    "an array of 3 numbers"
                };
                let info = listing.column(column)?;
                if info.shape != Shape::Fixed(if e.is_some() { 4 } else { 3 }) {
                    return Err(SampleError::Shape {
                        path: listing.path.into(),
                        column: column.clone(),
                        found: info.type_name.clone(),
                        wanted,
                    });
                }
                let at = |place| Pick {
                    column: column.clone(),
                    place: Some(place),
                };
                Ok(MomentumPicks {
                    e: e.map(at),
                    p: p.map(at),
                })
            }
        }
    }
}

fn check_placeholders(text: &str) -> Result<(), String> {
    let rest = text.replace("{p}", "").replace("{i}", "");
    match rest.find(['{', '}']) {
        Some(_) => Err("only `{p}` and `{i}` stand in braces".into()),
        None if text.contains("{p}") && text.contains("{i}") => {
            Err("`{p}` and `{i}` exclude each other".into())
        }
        None => Ok(()),
    }
}

fn parse_array(word: &str) -> Result<Kind, String> {
    let (column, order) = match word.strip_suffix(']').and_then(|w| w.rsplit_once('[')) {
        Some((column, order)) if order.contains(',') => (column, order),
        _ => (word, "E,px,py,pz"),
    };
    let names: Vec<String> = order
        .split(',')
        .map(|n| n.trim().to_ascii_lowercase())
        .collect();
    let place = |name: &str| names.iter().position(|n| n == name);
    let (e, p) = (place("e"), [place("px"), place("py"), place("pz")]);
    match (p, names.len() == 3 + usize::from(e.is_some())) {
        ([Some(x), Some(y), Some(z)], true) => Ok(Kind::Array {
            column: column.into(),
            e,
            p: [x, y, z],
        }),
        _ => Err(format!("`[{order}]` does not order E, px, py and pz")),
    }
}

/// Columns that show in their names which component they hold must stand in the order E px py pz.
fn check_order(words: &[&str]) -> Result<(), String> {
    let components: Vec<Option<usize>> = words.iter().map(|w| component(w)).collect();
    let expected = if words.len() == 4 { 0 } else { 1 };
    let named: Option<Vec<usize>> = components.into_iter().collect();
    match named {
        Some(named) if !named.iter().copied().eq(expected..4) => {
            let mut sorted: Vec<_> = named.iter().zip(words).collect();
            sorted.sort_by_key(|(component, _)| **component);
            let proposal: Vec<&str> = sorted.into_iter().map(|(_, word)| *word).collect();
            Err(format!(
                "the order is E px py pz: should it be `{}`?",
                proposal.join(" ")
            ))
        }
        _ => Ok(()),
    }
}

/// 0 for E, 1 to 3 for px, py, pz, when a column's name shows it beyond doubt.
fn component(word: &str) -> Option<usize> {
    const NAMES: [(&str, usize); 10] = [
        ("e", 0),
        ("pe", 0),
        ("energy", 0),
        ("px", 1),
        ("py", 2),
        ("pz", 3),
        ("x", 1),
        ("y", 2),
        ("z", 3),
        ("en", 0),
    ];
    let bare = word
        .replace("{p}", " ")
        .replace("{i}", " ")
        .to_ascii_lowercase();
    let mut found = bare
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter_map(|part| {
            NAMES
                .iter()
                .find(|(name, _)| *name == part)
                .map(|(_, component)| *component)
        });
    match (found.next(), found.next()) {
        (Some(component), None) => Some(component),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(text: &str) -> String {
        Pattern::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn wrong_patterns_say_what_is_wrong() {
        assert_eq!(
            why("{p}_E {p}_PX"),
            "momenta pattern `{p}_E {p}_PX`: 2 columns, not 1, 3 or 4"
        );
        assert_eq!(
            why("{q}_PX a b"),
            "momenta pattern `{q}_PX a b`: only `{p}` and `{i}` stand in braces"
        );
        assert_eq!(
            why("p4_{p}[E,px,py]"),
            "momenta pattern `p4_{p}[E,px,py]`: `[E,px,py]` does not order E, px, py and pz"
        );
        assert_eq!(
            why("{p}_px {p}_py {p}_pz {p}_e"),
            "momenta pattern `{p}_px {p}_py {p}_pz {p}_e`: the order is E px py pz: \
             should it be `{p}_e {p}_px {p}_py {p}_pz`?"
        );
    }

    #[test]
    fn patterns_are_filled_with_word_and_place() {
        let pattern = Pattern::parse("E_F[{i}] Px_F[{i}] Py_F[{i}] Pz_F[{i}]").unwrap();
        assert!(pattern.uses_place() && pattern.has_energy());
        assert_eq!(pattern.fill("x", 2).text, "E_F[2] Px_F[2] Py_F[2] Pz_F[2]");
        let array = Pattern::parse("p4_{p}[px,py,pz,E]").unwrap().fill("K", 0);
        assert_eq!(
            array.kind,
            Kind::Array {
                column: "p4_K".into(),
                e: Some(3),
                p: [0, 1, 2]
            }
        );
        // Names that say nothing about the component are taken by position.
        assert!(Pattern::parse("a b c d").is_ok());
        assert!(Pattern::parse("{p}_TRUEP_X {p}_TRUEP_Y {p}_TRUEP_Z").is_ok());
    }
}
