//! Names of momentum columns that reading finds again.

use super::super::discover::unique_words;
use super::super::names::words;
use super::super::pattern::Pattern;
use super::super::{ParticleRequest, SampleError};

/// What is written where nothing else is asked for; one of the layouts that are found by themselves.
const DEFAULT: &str = "{p}_E {p}_PX {p}_PY {p}_PZ";

/// The columns of each particle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MomentumColumns {
    /// E, px, py, pz of each particle in the order of the request; px, py, pz in a layout without
    /// energies.
    pub names: Vec<Vec<String>>,
    /// Why the names are not those that were asked for.
    pub note: Option<String>,
}

/// Names for the momentum columns of particles: in the layout `momenta` with the aliases of the
/// particles where these are flat columns, otherwise `{p}_E {p}_PX {p}_PY {p}_PZ` with words that
/// reading tries by itself (`pi+`: `pip`).
///
/// # Errors
/// When the layout is no layout.
pub fn momentum_columns(
    particles: &[ParticleRequest],
    momenta: Option<&str>,
) -> Result<MomentumColumns, SampleError> {
    let pattern = Pattern::parse(momenta.unwrap_or(DEFAULT))?;
    let spelled = spellings(particles);
    let mut names = Vec::new();
    for (particle, word) in particles.iter().zip(&spelled) {
        let filled = match &particle.alias {
            Some(own) if own.contains(char::is_whitespace) => Pattern::parse(own)?,
            Some(alias) => pattern.fill(alias, 0),
            None => pattern.fill(word, 0),
        };
        // A layout by places has one name for all particles.
        let flat = filled.flat_columns().filter(|_| !pattern.uses_place());
        match flat {
            Some(columns) => names.push(columns),
            None => return plain(&spelled, &pattern),
        }
    }
    let note = None;
    Ok(MomentumColumns { names, note })
}

fn plain(spelled: &[String], asked: &Pattern) -> Result<MomentumColumns, SampleError> {
    let pattern = Pattern::parse(DEFAULT)?;
    let columns = |word: &String| pattern.fill(word, 0).flat_columns().unwrap_or_default();
    Ok(MomentumColumns {
        names: spelled.iter().map(columns).collect(),
        note: Some(format!(
            "`{}` are no flat columns, the only ones gpuwa writes: they are called `{DEFAULT}` with {}",
            asked.text,
            spelled.join(", ")
        )),
    })
}

/// A word for each particle that reading takes for no other particle.
fn spellings(particles: &[ParticleRequest]) -> Vec<String> {
    let unique = unique_words(particles);
    let tried: Vec<Vec<String>> = particles.iter().map(|p| words(&p.name).concat()).collect();
    let identifier = |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (0..particles.len())
        .map(|this| {
            let elsewhere = |word: &String| {
                let mut others = (0..particles.len()).filter(|&other| other != this);
                others.any(|other| tried[other].contains(word))
            };
            let mut candidates = tried[this].iter();
            // The name itself is what reading tries first: right, if not beautiful.
            let found = candidates.find(|word| identifier(word) && !elsewhere(word));
            found.unwrap_or(&unique[this]).clone()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{SampleRequest, read_sample, write_columns};

    fn requests(names: &[&str]) -> Vec<ParticleRequest> {
        let request = |name: &&str| ParticleRequest {
            name: (*name).to_owned(),
            mass: Some(0.1),
            ..ParticleRequest::default()
        };
        names.iter().map(request).collect()
    }

    #[test]
    fn reading_finds_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        for (number, (finals, first)) in [
            (&["gamma", "pi+", "pi-"][..], "gamma_E"),
            (&["K-", "pi+[1]", "pi+[2]"], "Km_E"),
            (&["p", "K-", "J/psi(1S)"], "p_E"),
            (&["pi+[1]", "pi-[1]", "pi+[2]", "pi-[2]", "pi0"], "pip1_E"),
            (&["n", "n~", "K+", "K-", "K(S)0", "K0"], "n_E"),
            (&["p", "p~-", "gamma[1]", "gamma[2]"], "p_E"),
            (&["Lambda(c)+", "Lambda(c)~-", "B0", "B~0"], "Lambdacp_E"),
        ]
        .into_iter()
        .enumerate()
        {
            for ending in ["root", "parquet"] {
                let particles = requests(finals);
                let columns = momentum_columns(&particles, None).unwrap().names;
                assert_eq!(columns[0][0], first);
                let flat: Vec<&String> = columns.iter().flatten().collect();
                let values: Vec<Vec<f64>> = (0..flat.len()).map(|i| vec![i as f64, 0.5]).collect();
                let listed: Vec<(&str, &[f64])> = flat
                    .iter()
                    .zip(&values)
                    .map(|(name, values)| (name.as_str(), &values[..]))
                    .collect();
                let file = format!("{number}.{ending}");
                write_columns(&folder.path().join(&file), "events", &listed).unwrap();
                let sample = read_sample(&SampleRequest {
                    base: folder.path().to_owned(),
                    files: vec![file],
                    particles,
                    ..SampleRequest::default()
                })
                .unwrap();
                for (place, particle) in sample.particles.iter().enumerate() {
                    let first = 4.0 * place as f64;
                    assert_eq!((particle.e[0], particle.pz[0]), (first, first + 3.0));
                }
            }
        }
    }

    #[test]
    fn the_layout_of_the_config_is_written() {
        let mut particles = requests(&["gamma", "pi+"]);
        particles[0].alias = Some("gam".into());
        particles[1].alias = Some("E1 x1 y1 z1".into());
        let columns = momentum_columns(&particles, Some("px_{p} py_{p} pz_{p}")).unwrap();
        assert_eq!(columns.names[0], ["px_gam", "py_gam", "pz_gam"]);
        assert_eq!(columns.names[1], ["E1", "x1", "y1", "z1"]);
        assert_eq!(columns.note, None);
    }

    #[test]
    fn arrays_become_flat_columns_and_this_is_said() {
        for layout in ["p4_{p}", "E_F[{i}] Px_F[{i}] Py_F[{i}] Pz_F[{i}]"] {
            let columns = momentum_columns(&requests(&["pi+"]), Some(layout)).unwrap();
            assert_eq!(columns.names[0], ["pip_E", "pip_PX", "pip_PY", "pip_PZ"]);
            assert!(columns.note.unwrap().contains(layout));
        }
    }
}
