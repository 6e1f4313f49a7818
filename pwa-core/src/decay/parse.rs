//! Reading decay strings: `J/psi(1S) -> gamma X, X -> pi+ pi-`.
//!
//! Decays are separated by `,` or `;`, names by white space. Every decay after the first one names a
//! particle that an earlier decay produced and that has not decayed yet, the leftmost where several
//! have this name.

use std::ops::Range;
use std::str::FromStr;

use miette::{Diagnostic, SourceSpan};
use thiserror::Error;

use super::chain::{DecayChainSpec, DecayNode, MAX_FINAL};

/// Why a decay string has no meaning. Spans are bytes of that string.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
#[non_exhaustive]
pub enum DecayStringError {
    #[error("the decay has no `->`")]
    #[diagnostic(
        code(gpuwa::decay::no_arrow),
        help("write `mother -> first second`, several decays separated by commas")
    )]
    NoArrow {
        #[label("not a decay")]
        at: SourceSpan,
    },
    #[error("the decay has {count} mothers instead of one")]
    #[diagnostic(code(gpuwa::decay::mothers), help("write one name before `->`"))]
    NotOneMother {
        count: usize,
        #[label("expected one name")]
        at: SourceSpan,
    },
    #[error("`{mother}` decays to {count} particles instead of two")]
    #[diagnostic(
        code(gpuwa::decay::not_two_body),
        help(
            "chains are cascades of two-body decays: `A -> X c, X -> a b`; a non-resonant X is a `constant` shape"
        )
    )]
    NotTwoBody {
        mother: String,
        count: usize,
        #[label("expected two names")]
        at: SourceSpan,
    },
    #[error("`{name}` decays, but no earlier decay leaves it undecayed")]
    #[diagnostic(
        code(gpuwa::decay::not_produced),
        help(
            "a chain starts at the initial particle; then each decay splits a particle that was produced before it"
        )
    )]
    NotProduced {
        name: String,
        #[label("not produced before")]
        at: SourceSpan,
    },
    #[error("`{name}` appears in its own decay")]
    #[diagnostic(
        code(gpuwa::decay::own_ancestor),
        help("give the daughter another name")
    )]
    OwnAncestor {
        name: String,
        #[label("is its own mother")]
        at: SourceSpan,
    },
    #[error("the chain ends in more than {MAX_FINAL} particles")]
    #[diagnostic(
        code(gpuwa::decay::too_many),
        help("up to {MAX_FINAL} final particles are supported")
    )]
    TooManyFinal {
        #[label("one too many")]
        at: SourceSpan,
    },
}

impl DecayStringError {
    /// The bytes of the decay string that are wrong.
    pub fn span(&self) -> SourceSpan {
        match self {
            Self::NoArrow { at }
            | Self::NotOneMother { at, .. }
            | Self::NotTwoBody { at, .. }
            | Self::NotProduced { at, .. }
            | Self::OwnAncestor { at, .. }
            | Self::TooManyFinal { at } => *at,
        }
    }
}

impl FromStr for DecayChainSpec {
    type Err = DecayStringError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut chain = Self { nodes: Vec::new() };
        let mut final_particles = 1;
        for decay in Decay::parse_all(text)? {
            let mother = match chain.nodes.is_empty() {
                true => chain.push(decay.mother, None),
                false => chain.take_undecayed(&decay.mother)?,
            };
            final_particles += 1;
            let mut daughters = [0; 2];
            for (slot, name) in daughters.iter_mut().zip(decay.daughters) {
                if chain.has_ancestor(mother, name.text) {
                    return Err(DecayStringError::OwnAncestor {
                        name: name.text.to_owned(),
                        at: name.span.into(),
                    });
                }
                if final_particles > MAX_FINAL {
                    return Err(DecayStringError::TooManyFinal {
                        at: name.span.into(),
                    });
                }
                *slot = chain.push(name, Some(mother));
            }
            chain.nodes[mother].daughters = Some(daughters);
        }
        Ok(chain)
    }
}

impl DecayChainSpec {
    fn push(&mut self, name: Name, mother: Option<usize>) -> usize {
        self.nodes.push(DecayNode {
            name: name.text.to_owned(),
            span: name.span,
            mother,
            daughters: None,
        });
        self.nodes.len() - 1
    }

    fn take_undecayed(&self, name: &Name) -> Result<usize, DecayStringError> {
        let open = |node: &DecayNode| {
            node.daughters.is_none() && node.mother.is_some() && node.name == name.text
        };
        self.nodes
            .iter()
            .position(open)
            .ok_or_else(|| DecayStringError::NotProduced {
                name: name.text.to_owned(),
                at: name.span.clone().into(),
            })
    }

    fn has_ancestor(&self, index: usize, name: &str) -> bool {
        std::iter::successors(Some(index), |&node| self.nodes[node].mother)
            .any(|node| self.nodes[node].name == name)
    }
}

struct Name<'a> {
    text: &'a str,
    span: Range<usize>,
}

struct Decay<'a> {
    mother: Name<'a>,
    daughters: [Name<'a>; 2],
}

impl<'a> Decay<'a> {
    fn parse_all(text: &'a str) -> Result<Vec<Self>, DecayStringError> {
        let mut decays = Vec::new();
        let mut start = 0;
        for piece in text.split([',', ';']) {
            let span = start..start + piece.len();
            start = span.end + 1;
            // A separator at the end is no decay.
            if !piece.trim().is_empty() || (span.end < text.len()) || decays.is_empty() {
                decays.push(Self::parse(text, span)?);
            }
        }
        Ok(decays)
    }

    fn parse(text: &'a str, span: Range<usize>) -> Result<Self, DecayStringError> {
        let Some(arrow) = text[span.clone()]
            .find("->")
            .map(|position| span.start + position)
        else {
            return Err(DecayStringError::NoArrow {
                at: trimmed(text, span).into(),
            });
        };
        let left = names(text, span.start..arrow);
        let right = names(text, arrow + 2..span.end);
        let mother =
            <[Name; 1]>::try_from(left).map_err(|names| DecayStringError::NotOneMother {
                count: names.len(),
                at: covering(&names, arrow..arrow + 2).into(),
            })?;
        let [mother] = mother;
        let daughters =
            <[Name; 2]>::try_from(right).map_err(|names| DecayStringError::NotTwoBody {
                mother: mother.text.to_owned(),
                count: names.len(),
                at: covering(&names, arrow..arrow + 2).into(),
            })?;
        Ok(Self { mother, daughters })
    }
}

/// The words in `span`, with their positions.
fn names(text: &str, span: Range<usize>) -> Vec<Name<'_>> {
    let origin = text.as_ptr() as usize;
    text[span]
        .split_whitespace()
        .map(|word| {
            let start = word.as_ptr() as usize - origin;
            Name {
                text: word,
                span: start..start + word.len(),
            }
        })
        .collect()
}

/// From the first to the last name; `otherwise` where there is none.
fn covering(names: &[Name], otherwise: Range<usize>) -> Range<usize> {
    match (names.first(), names.last()) {
        (Some(first), Some(last)) => first.span.start..last.span.end,
        _ => otherwise,
    }
}

fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    covering(&names(text, span.clone()), span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names_of(chain: &DecayChainSpec, nodes: &[usize]) -> Vec<String> {
        nodes
            .iter()
            .map(|&node| chain.node(node).name.clone())
            .collect()
    }

    fn pointed_at(text: &str) -> (DecayStringError, &str) {
        let error = text.parse::<DecayChainSpec>().unwrap_err();
        let span = error.span();
        (error, &text[span.offset()..span.offset() + span.len()])
    }

    #[test]
    fn a_cascade_becomes_a_tree_with_the_written_order() {
        let text = "J/psi(1S) -> gamma X, X -> pi+ pi-";
        let chain: DecayChainSpec = text.parse().unwrap();
        assert_eq!(
            names_of(&chain, &chain.final_particles()),
            ["gamma", "pi+", "pi-"]
        );
        assert_eq!(
            chain.vertices().collect::<Vec<_>>(),
            [(0, [1, 2]), (2, [3, 4])]
        );
        assert_eq!(chain.node(2).span, 19..20);
        assert_eq!(chain.to_string(), text);
        let swapped: DecayChainSpec = "J/psi(1S)->X gamma;X->pi+ pi-;".parse().unwrap();
        assert_eq!(
            names_of(&swapped, &swapped.final_particles()),
            ["pi+", "pi-", "gamma"]
        );
    }

    #[test]
    fn arrows_may_touch_a_negative_particle() {
        let chain: DecayChainSpec = "B- -> D0 X-, X-->pi- pi0".parse().unwrap();
        assert_eq!(
            names_of(&chain, &chain.final_particles()),
            ["D0", "pi-", "pi0"]
        );
    }

    #[test]
    fn equal_names_decay_from_left_to_right() {
        let chain: DecayChainSpec = "B(s)0 -> phi phi, phi -> K+ K-, phi -> K+ K-"
            .parse()
            .unwrap();
        assert_eq!(
            chain.vertices().collect::<Vec<_>>(),
            [(0, [1, 2]), (1, [3, 4]), (2, [5, 6])]
        );
    }

    #[test]
    fn errors_point_at_the_words_that_are_wrong() {
        let cases = [
            ("", ""),
            ("J/psi gamma X", "J/psi gamma X"),
            (" J/psi = gamma X ", "J/psi = gamma X"),
            ("-> a b", "->"),
            ("A B -> a b", "A B"),
            ("A -> ", "->"),
            ("A -> a", "a"),
            ("A -> a b c", "a b c"),
            ("A -> a b -> c", "a b -> c"),
            ("A -> a X, Y -> b c", "Y"),
            ("A -> a X, A -> b c", "A"),
            ("A -> a X, X -> b c, X -> d e", "X"),
            ("A -> a A", "A"),
            ("A -> a X, X -> b A", "A"),
            ("A -> a X, , X -> b c", " "),
        ];
        for (text, wanted) in cases {
            assert_eq!(pointed_at(text).1, wanted, "{text:?}");
        }
        let (error, word) =
            pointed_at("A -> 1 B, B -> 2 C, C -> 3 D, D -> 4 E, E -> 5 F, F -> 6 7");
        assert_eq!(
            (word, matches!(error, DecayStringError::TooManyFinal { .. })),
            ("6", true)
        );
    }

    proptest! {
        #[test]
        fn no_string_panics_and_printing_is_stable(text in "([AXab+\\-(0)é]{1,2}|->|,|;| ){0,14}") {
            if let Ok(chain) = text.parse::<DecayChainSpec>() {
                let again: DecayChainSpec = chain.to_string().parse().unwrap();
                prop_assert_eq!(again.to_string(), chain.to_string());
            }
        }
    }
}
