//! What a checkpoint is of: it is taken up by the same fit of the same events only.

use sha2::{Digest, Sha256};

use super::{Job, LoadedSet};
use crate::checkpoint::{BLIND, Identity};
use crate::config::FitEntry;

impl Job<'_> {
    /// The identity of a fit. Numbers of starts and of findings are no part of it, so that a fit can be
    /// extended, nor are paths, which change when a folder moves.
    pub fn identity(&self, sets: &[LoadedSet]) -> Identity {
        let mut document = self.document.clone();
        let FitEntry {
            starts,
            enough,
            seed,
            ..
        } = FitEntry::default();
        (document.fit.starts, document.fit.enough, document.fit.seed) = (starts, enough, seed);
        let of_sets = (document.dataset.iter_mut())
            .flat_map(|set| std::iter::once(&mut set.data).chain(&mut set.mc));
        for entry in (document.data.iter_mut().chain(&mut document.mc)).chain(of_sets) {
            entry.files.0.clear();
        }
        let values = self.parameters().start();
        let scales: Vec<&[f64]> = self.models.iter().map(|of| &of.scales[..]).collect();
        let files = sets
            .iter()
            .flat_map(|set| set.samples().flat_map(|(_, sample)| &sample.origin));
        let inputs: Vec<String> = files
            .map(|origin| format!("{} {:?} {}", origin.sha256, origin.tree, origin.events))
            .collect();
        let backgrounds = sets.iter().flat_map(|set| &set.background);
        let backgrounds: Vec<String> = backgrounds
            .flat_map(|background| &background.parts)
            .map(|part| format!("{} {:?}", part.integral, part.of_data))
            .collect();
        let mut identity = Identity::new();
        for (name, value) in [
            ("version of gpuwa", env!("CARGO_PKG_VERSION").to_owned()),
            // Types that are written to files anyway.
            (
                "config",
                sha256(&serde_json::to_string(&document).unwrap_or_default()),
            ),
            ("start values", sha256(&format!("{values:?}"))),
            ("normalisation of waves", sha256(&format!("{scales:?}"))),
            ("input files", sha256(&inputs.join("\n"))),
            ("backgrounds", sha256(&backgrounds.join("\n"))),
            ("seed", self.document.fit.seed.to_string()),
        ] {
            identity.insert(name.to_owned(), value.into());
        }
        if let Some((_, fingerprint)) = self.blind_record() {
            identity.insert(BLIND.to_owned(), fingerprint.into());
        }
        identity
    }
}

fn sha256(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
