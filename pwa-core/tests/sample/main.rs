//! Files as people have them, read through the public interface of `pwa_core::sample`.

mod damage;
mod formats;
mod hashes;
mod layouts;
mod refusals;

use std::path::PathBuf;

use pwa_core::sample::{ParticleRequest, Sample, SampleRequest, read_sample};

/// The project's own small ROOT files; `oracle/make_trees.py` made them.
fn trees() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/trees")
}

/// A folder of files that are not part of the repository, where they are at hand.
fn shared(folder: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared")
        .join(folder);
    if !path.exists() {
        println!("skipped: ../shared/{folder} is absent");
        return None;
    }
    Some(path)
}

/// `name`, `name=alias` or `name=alias:mass`.
fn particles(words: &[&str]) -> Vec<ParticleRequest> {
    let one = |word: &&str| {
        let (name, rest) = word
            .split_once('=')
            .map_or((*word, None), |(n, r)| (n, Some(r)));
        let (alias, mass) = rest.map_or((None, None), |r| {
            r.split_once(':')
                .map_or((Some(r), None), |(a, m)| (Some(a), Some(m)))
        });
        ParticleRequest {
            name: name.into(),
            alias: alias.filter(|a| !a.is_empty()).map(String::from),
            mass: mass.map(|m| m.parse().unwrap()),
        }
    };
    words.iter().map(one).collect()
}

fn request(base: PathBuf, file: &str, words: &[&str]) -> SampleRequest {
    SampleRequest {
        base,
        files: vec![file.into()],
        particles: particles(words),
        ..SampleRequest::default()
    }
}

fn read(base: PathBuf, file: &str, words: &[&str]) -> Sample {
    read_sample(&request(base, file, words)).unwrap()
}
