//! Data sets that are normalised together: at least two, each with the number of generated events.

use super::super::{ConfigError, Document, Source, did_you_mean};

pub(super) fn check(document: &Document, source: &Source) -> Result<(), ConfigError> {
    for (number, set) in document.dataset.iter().enumerate() {
        let Some(joint) = &set.joint else { continue };
        let path = ["dataset".into(), number.into(), "joint".into()];
        if set.generated.is_none() {
            let problem = "what this set expects is not known without its generated events";
            let help = "write `generated = ...`, the Monte Carlo events before any selection";
            return Err(source.error(&path, problem, help.to_owned()));
        }
        let others = document.dataset.iter().enumerate();
        let others = others.filter(|(other, _)| *other != number);
        let mut others = others.filter_map(|(_, other)| other.joint.as_deref());
        if !others.clone().any(|other| other == joint) {
            let help = did_you_mean(joint, others.by_ref()).unwrap_or_else(|| {
                "write the same name in the data sets that it is normalised with".to_owned()
            });
            let problem = format!("no other data set is joint in `{joint}`");
            return Err(source.error(&path, problem, help));
        }
    }
    Ok(())
}
