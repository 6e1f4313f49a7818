//! Which samples may have an `efficiency`.

use super::super::{ConfigError, Document, SampleEntry, Source, Step};

/// Refuses efficiencies that nothing would use.
pub(super) fn check(document: &Document, source: &Source) -> Result<(), ConfigError> {
    let of_one = [
        ("data", document.data.as_ref()),
        ("background", document.background.as_ref()),
    ];
    let phase_space = document.phase_space.sample.as_ref();
    let mut samples: Vec<(Vec<Step>, Option<&SampleEntry>)> =
        vec![(vec!["phase_space".into(), "sample".into()], phase_space)];
    samples.extend(of_one.map(|(key, entry)| (vec![key.into()], entry)));
    for (number, set) in document.dataset.iter().enumerate() {
        let at = |key| vec!["dataset".into(), number.into(), Step::Key(key)];
        samples.push((at("data"), Some(&set.data)));
        samples.push((at("background"), set.background.as_ref()));
    }
    for (set, entry) in document.background_densities() {
        let mut path = set.map_or(Vec::new(), |number| vec!["dataset".into(), number.into()]);
        path.extend(["background_density", "sideband"].map(Step::Key));
        samples.push((path, entry.sideband.as_ref()));
    }
    for (mut path, entry) in samples {
        if entry.is_some_and(|entry| entry.efficiency.is_some()) {
            path.push("efficiency".into());
            let problem = "an efficiency belongs to Monte Carlo events";
            let help =
                "write it in [mc]; events that should count by another number have a `weight`";
            return Err(source.error(&path, problem, help.to_owned()));
        }
    }
    Ok(())
}
