//! Compiled kernels on disk: a model that was fitted once starts without the compiler.

use std::fs;
use std::io::Write;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::CudaError;
use crate::nvrtc::{Image, Nvrtc, options};

/// A compiled source, from the folder or compiled and kept there. A folder that cannot be written
/// costs time and nothing else.
///
/// # Errors
/// When the source has to be compiled and is not.
pub fn compiled(
    folder: Option<&Path>,
    nvrtc: &Nvrtc,
    source: &str,
    (architecture, image): (u32, Image),
) -> Result<Vec<u8>, CudaError> {
    let compile = || Ok(nvrtc.compile(source, architecture, image)?.image);
    let Some(folder) = folder else {
        return compile();
    };
    let (major, minor) = nvrtc.version;
    let mut hash = Sha256::new();
    hash.update(source.as_bytes());
    hash.update(format!("nvrtc {major}.{minor}"));
    for option in options(nvrtc.check_architecture(architecture)?, image) {
        hash.update(option.as_bytes_with_nul());
    }
    let digits = hash.finalize();
    let name: String = digits.iter().map(|byte| format!("{byte:02x}")).collect();
    let path = folder.join(match image {
        Image::Ptx => format!("{name}.ptx"),
        Image::Cubin => format!("{name}.cubin"),
    });
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
