//! What two results have in common: the events, and with them the error of a difference between them.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;

use super::{FitResult, InputRecord};
use crate::config::{ConfigError, Document, SampleEntry, Source};

/// Scales that were summed in another order differ by rounding.
const SAME_SCALE: f64 = 1e-12;

/// The data of two results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SharedData {
    /// The same events.
    Same,
    /// Those of one are among those of the other.
    Nested,
    /// Some events are in both, and in each some that are not in the other.
    Partly,
    Independent,
}

/// Two results side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Common {
    pub data: SharedData,
    /// Data and normalisation are the same, so that NLLs are of one likelihood.
    pub likelihood: bool,
    /// Waves that both have, normalised differently: their couplings are not the same numbers.
    pub rescaled: Vec<String>,
}

impl SharedData {
    /// The error of the difference of two estimates with these errors.
    ///
    /// ```text
    /// σ² = |σ_A² - σ_B²|     the same events, or some of them
    /// σ² = σ_A² + σ_B²       no event in common
    /// ```
    ///
    /// The first one is exact for large samples where the estimate with the smaller error is efficient, as that of a
    /// maximum likelihood is: the difference to any other estimate from the same events, or from a part of them, is
    /// not correlated with it. It is none where the errors are the same.
    ///
    /// Source: R. Barlow, arXiv:hep-ex/0207026, section 4.2.
    #[must_use]
    pub fn error_of_difference(self, [a, b]: [f64; 2]) -> Option<f64> {
        let variance = match self {
            Self::Same | Self::Nested => (a * a - b * b).abs(),
            Self::Partly => return None,
            Self::Independent => a * a + b * b,
        };
        Some(variance.sqrt()).filter(|&error| error > 0.0)
    }
}

impl Common {
    /// # Errors
    /// When the config in a result is none.
    pub fn of(results: [&FitResult; 2]) -> Result<Self, ConfigError> {
        let [a, b] = results.map(document);
        let documents = [a?, b?];
        let of = |role: fn(&InputRecord) -> bool| {
            results.map(|result| {
                let inputs = result.inputs.iter().filter(|input| role(input));
                inputs.map(identity).collect::<BTreeSet<_>>()
            })
        };
        let data = shared(of(|input| input.role.ends_with(" data")), &documents);
        // In another role, or read twice, a file makes another likelihood.
        let [all_a, all_b] = results.map(|result| {
            let files = result.inputs.iter();
            let mut files: Vec<_> = files.map(|input| (&input.role, identity(input))).collect();
            files.sort_unstable();
            files
        });
        let [norm_a, norm_b] = documents.each_ref().map(normalisation);
        let waves = results[0].waves.iter().filter(|wave| {
            let mut others = results[1].waves.iter();
            others.any(|other| {
                other.name == wave.name && (other.scale / wave.scale - 1.0).abs() > SAME_SCALE
            })
        });
        Ok(Self {
            data,
            likelihood: all_a == all_b && norm_a == norm_b,
            rescaled: waves.map(|wave| wave.name.clone()).collect(),
        })
    }
}

/// A file by what is in it.
type Identity<'a> = (&'a str, Option<&'a str>);

fn identity(input: &InputRecord) -> Identity<'_> {
    (&input.sha256, input.tree.as_deref())
}

fn document(result: &FitResult) -> Result<Document, ConfigError> {
    let config = &result.config;
    Source::new(&config.path, config.text.clone(), Path::new("")).parse()
}

fn shared([a, b]: [BTreeSet<Identity>; 2], documents: &[Document; 2]) -> SharedData {
    let [cuts_a, cuts_b] = documents.each_ref().map(cuts);
    let same_cuts = cuts_a == cuts_b;
    let whole = |cuts: &[Option<&String>]| same_cuts || cuts.iter().all(Option::is_none);
    if a.is_disjoint(&b) {
        SharedData::Independent
    } else if a == b && same_cuts {
        SharedData::Same
    } else if (a.is_subset(&b) && whole(&cuts_b)) || (b.is_subset(&a) && whole(&cuts_a)) {
        SharedData::Nested
    } else {
        SharedData::Partly
    }
}

/// What is left out of the files of the data.
fn cuts(document: &Document) -> Vec<Option<&String>> {
    let sets = document.dataset.iter().map(|set| &set.data);
    let all = document.data.iter().chain(sets);
    all.map(|data| data.cut.as_ref()).collect()
}

/// What besides files and the model decides the likelihood.
fn normalisation(document: &Document) -> impl PartialEq + use<> {
    let nameless = |entry: &mut SampleEntry| entry.files.0.clear();
    let mut of_one = [&document.data, &document.mc, &document.background].map(Clone::clone);
    of_one.iter_mut().flatten().for_each(nameless);
    let sets = document.dataset.iter().map(|set| {
        let mut samples = [Some(&set.data), set.mc.as_ref(), set.background.as_ref()]
            .map(Option::<&SampleEntry>::cloned);
        samples.iter_mut().flatten().for_each(nameless);
        (
            set.name.clone(),
            set.reaction.clone(),
            samples,
            (set.generated, set.joint.clone()),
        )
    });
    let sets: Vec<_> = sets.collect();
    let fit = (document.fit.weight_factor, document.fit.generated);
    (of_one, sets, fit, document.constraint.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean of the first n of N events has the variance s²/n, that of all s²/N, and their difference s²/n - s²/N.
    #[test]
    fn the_difference_of_a_mean_and_that_of_a_part_has_the_difference_of_their_variances() {
        let (s, n, all) = (2.0_f64, 100.0, 400.0);
        let errors = [s / f64::sqrt(n), s / f64::sqrt(all)];
        let expected = s * f64::sqrt(1.0 / n - 1.0 / all);
        for [a, b] in [errors, [errors[1], errors[0]]] {
            let found = SharedData::Nested.error_of_difference([a, b]).unwrap();
            assert!((found - expected).abs() < 1e-15, "{found}");
        }
        assert_eq!(
            SharedData::Independent.error_of_difference([3.0, 4.0]),
            Some(5.0)
        );
        assert_eq!(SharedData::Partly.error_of_difference([3.0, 4.0]), None);
        assert_eq!(SharedData::Same.error_of_difference([3.0, 3.0]), None);
    }
}
