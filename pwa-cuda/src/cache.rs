//! Compiled kernels on disk: a model that was fitted once starts without the compiler.

use std::fs;
use std::io::Write;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::CudaError;
use crate::nvrtc::{Image, Nvrtc};

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
    hash.update(format!("sm_{architecture} nvrtc {major}.{minor}"));
    let digits = hash.finalize();
    let name: String = digits.iter().map(|byte| format!("{byte:02x}")).collect();
    let path = folder.join(match image {
        Image::Ptx => format!("{name}.ptx"),
        Image::Cubin => format!("{name}.cubin"),
    });
    if let Ok(code) = fs::read(&path)
        && is_whole(&code, image)
    {
        return Ok(code);
    }
    let code = compile()?;
    // Processes of one user may write the same file: each renames its own.
    let keep = || -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&code)?;
        file.persist(&path)?;
        Ok(())
    };
    // Without the file the next start compiles again.
    keep().ok();
    Ok(code)
}

/// PTX is a text that ends with a zero byte.
fn is_whole(code: &[u8], image: Image) -> bool {
    match image {
        Image::Ptx => code.last() == Some(&0),
        Image::Cubin => code.starts_with(b"\x7fELF"),
    }
}
