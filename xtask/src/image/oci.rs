//! An OCI image as a folder, for Docker, Podman and Kubernetes: one layer, its settings, and a list of both.
//!
//! Source: <https://github.com/opencontainers/image-spec>, version 1.0: image-layout.md, config.md, manifest.md.

use std::path::Path;

use serde_json::{Value, json};

use crate::command::{fresh_folder, read, sha256, tar_gz, write};

/// What the image says of itself.
pub struct About {
    pub version: String,
    pub revision: String,
    /// As RFC 3339.
    pub created: String,
}

impl About {
    fn annotations(&self) -> Value {
        json!({
            "org.opencontainers.image.title": "gpuwa",
            "org.opencontainers.image.version": self.version,
            "org.opencontainers.image.revision": self.revision,
            "org.opencontainers.image.created": self.created,
            "org.opencontainers.image.licenses": "MIT OR Apache-2.0",
            "org.opencontainers.image.ref.name": self.version,
        })
    }
}

/// Writes the folder `to` from the files below `root`.
pub fn write_layout(root: &Path, to: &Path, about: &About) -> Result<(), String> {
    fresh_folder(to)?;
    let archive = to.join("layer.tar.gz");
    // The checksum before compression is part of the settings.
    let plain = tar_gz(root, ".", &archive)?;
    let layer = read(&archive)?;
    std::fs::remove_file(&archive).map_err(|error| error.to_string())?;
    let config = json!({
        "architecture": "amd64",
        "os": "linux",
        "created": about.created,
        "config": {
            "Entrypoint": ["/usr/local/bin/gpuwa"],
            "Cmd": ["--help"],
            "Env": ["PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8"],
            "Labels": about.annotations(),
        },
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{plain}")]},
        "history": [{"created": about.created, "created_by": "cargo xtask image"}],
    });
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob(to, "application/vnd.oci.image.config.v1+json", config.to_string().as_bytes())?,
        "layers": [blob(to, "application/vnd.oci.image.layer.v1.tar+gzip", &layer)?],
        "annotations": about.annotations(),
    });
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let mut entry = blob(to, kind, manifest.to_string().as_bytes())?;
    entry["annotations"] = about.annotations();
    entry["platform"] = json!({"architecture": "amd64", "os": "linux"});
    let index = json!({"schemaVersion": 2, "manifests": [entry]});
    write(&to.join("index.json"), &index.to_string())?;
    write(
        &to.join("oci-layout"),
        &json!({"imageLayoutVersion": "1.0.0"}).to_string(),
    )
}

/// Stores bytes under their checksum; what refers to them.
fn blob(to: &Path, kind: &str, bytes: &[u8]) -> Result<Value, String> {
    let sum = sha256(bytes);
    let folder = to.join("blobs/sha256");
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(folder.join(&sum), bytes))
        .map_err(|error| format!("cannot write into `{}`: {error}", folder.display()))?;
    Ok(json!({"mediaType": kind, "digest": format!("sha256:{sum}"), "size": bytes.len()}))
}
