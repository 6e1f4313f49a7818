//! An analysis of TF-PWA from the collection of oracles, translated into the format of gpuwa.

use std::path::PathBuf;

use super::{gpuwa, shared, text};

/// The folder of the analysis and the config that the importer made of it.
pub struct Imported {
    pub source: PathBuf,
    pub config: PathBuf,
    _folder: tempfile::TempDir,
}

impl Imported {
    /// None where the collection is not there.
    pub fn new(name: &str) -> Option<Self> {
        let source = shared(&format!("oracles/tf-pwa/{name}"))?;
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("model.toml");
        let (yaml, params) = (source.join("config.yml"), source.join("params.json"));
        gpuwa(&[
            "import",
            "tf-pwa",
            text(&yaml),
            "--params",
            text(&params),
            "-o",
            text(&config),
        ])
        .good();
        Some(Self {
            source,
            config,
            _folder: folder,
        })
    }
}
