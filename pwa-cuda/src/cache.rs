//! Compiled kernels are kept: on disk, so that a model that was fitted once starts without the compiler, and in the
//! process for its samples and GPUs.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::error::CudaError;
use crate::nvrtc::{Image, Nvrtc, options};

/// Where kernels are kept.
#[derive(Debug)]
pub struct Kept {
    /// None: in the process alone.
    folder: Option<PathBuf>,
    images: Mutex<HashMap<String, Vec<u8>>>,
}

impl Kept {
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            images: Mutex::default(),
        }
    }

    /// A compiled source, found or compiled and kept.
    ///
    /// # Errors
    /// When the source has to be compiled and is not.
    pub fn compiled(
        &self,
        nvrtc: &Nvrtc,
        source: &str,
        (architecture, image): (u32, Image),
    ) -> Result<Vec<u8>, CudaError> {
        let name = name(nvrtc, source, (architecture, image))?;
        // Whoever wants the same waits, and finds it.
        let mut images = self.images.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = images.get(&name) {
            return Ok(code.clone());
        }
        let compile = || Ok(nvrtc.compile(source, architecture, image)?.image);
        let code = match &self.folder {
            None => compile()?,
            Some(folder) => from_folder(folder, &name, compile)?,
        };
        images.insert(name, code.clone());
        Ok(code)
    }
}

/// What a compiled source is called: its checksum with all that a compilation depends on.
fn name(
    nvrtc: &Nvrtc,
    source: &str,
    (architecture, image): (u32, Image),
) -> Result<String, CudaError> {
    let (major, minor) = nvrtc.version;
    let mut hash = Sha256::new();
    hash.update(source.as_bytes());
    hash.update(format!("nvrtc {major}.{minor}"));
    for option in options(nvrtc.check_architecture(architecture)?, image) {
        hash.update(option.as_bytes_with_nul());
    }
    let digits = hash.finalize();
    let name: String = digits.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(match image {
        Image::Ptx => format!("{name}.ptx"),
        Image::Cubin => format!("{name}.cubin"),
    })
}

/// The code in the folder; compiled and put there where it is not. A folder that cannot be written costs time and
/// nothing else.
fn from_folder(
    folder: &Path,
    name: &str,
    compile: impl FnOnce() -> Result<Vec<u8>, CudaError>,
) -> Result<Vec<u8>, CudaError> {
    let path = folder.join(name);
    if let Some(code) = fs::read(&path).ok().and_then(opened) {
        return Ok(code);
    }
    let code = compile()?;
    // Processes of one user may write the same file: each renames its own.
    let keep = || -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&code)?;
        file.write_all(&Sha256::digest(&code))?;
        file.persist(&path)?;
        Ok(())
    };
    // Without the file the next start compiles again.
    keep().ok();
    Ok(code)
}

/// The code in a file, where the checksum behind it is right.
fn opened(mut file: Vec<u8>) -> Option<Vec<u8>> {
    let length = file.len().checked_sub(Sha256::output_size())?;
    let checksum = file.split_off(length);
    (Sha256::digest(&file)[..] == checksum[..]).then_some(file)
}
