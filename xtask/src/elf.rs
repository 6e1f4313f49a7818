//! What a binary asks of the machine it runs on: shared libraries, and the newest version of glibc.

use object::elf::{DT_NEEDED, FileHeader64};
use object::read::elf::{Dyn, ElfFile64, FileHeader};
use object::{Endianness, Object};

/// Of one binary.
#[derive(Debug, PartialEq, Eq)]
pub struct Needs {
    /// Libraries that the loader must find before anything runs.
    pub libraries: Vec<String>,
    /// 2.17 as (2, 17): the newest that a symbol of the C library is wanted of.
    pub glibc: (u32, u32),
}

/// Reads a 64-bit ELF file.
pub fn needs(bytes: &[u8]) -> Result<Needs, String> {
    read(bytes).map_err(|error| format!("this is no ELF file that can be read: {error}"))
}

fn read(bytes: &[u8]) -> object::read::Result<Needs> {
    let file = ElfFile64::<Endianness>::parse(bytes)?;
    let endian = file.endianness();
    let header: &FileHeader64<Endianness> = file.elf_header();
    let sections = header.sections(endian, bytes)?;
    let mut needs = Needs {
        libraries: Vec::new(),
        glibc: (0, 0),
    };
    if let Some((entries, strings)) = sections.dynamic(endian, bytes)? {
        let strings = sections.strings(endian, bytes, strings)?;
        for entry in entries {
            if entry.tag(endian) == DT_NEEDED {
                let name = entry.string(endian, strings)?;
                needs.libraries.push(text(name));
            }
        }
    }
    if let Some((mut libraries, strings)) = sections.gnu_verneed(endian, bytes)? {
        let strings = sections.strings(endian, bytes, strings)?;
        while let Some((_, mut versions)) = libraries.next()? {
            while let Some(version) = versions.next()? {
                let name = text(version.name(endian, strings)?);
                needs.glibc = needs.glibc.max(glibc_version(&name).unwrap_or((0, 0)));
            }
        }
    }
    Ok(needs)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `GLIBC_2.2.5` as (2, 2).
fn glibc_version(name: &str) -> Option<(u32, u32)> {
    let mut parts = name.strip_prefix("GLIBC_")?.split('.');
    let mut part = || parts.next()?.parse().ok();
    Some((part()?, part()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(glibc_version("GLIBC_2.2.5"), Some((2, 2)));
        assert!(glibc_version("GLIBC_2.17") > glibc_version("GLIBC_2.2.5"));
        assert_eq!(glibc_version("GCC_3.0"), None);
        assert_eq!(glibc_version("GLIBC_PRIVATE"), None);
    }

    #[test]
    fn this_test_needs_the_c_library() {
        let path = std::env::current_exe().unwrap();
        let needs = needs(&std::fs::read(path).unwrap()).unwrap();
        assert!(needs.libraries.iter().any(|name| name == "libc.so.6"));
        assert!(needs.glibc >= (2, 2), "{needs:?}");
    }

    #[test]
    fn other_files_are_refused() {
        assert!(needs(b"#!/bin/sh\n").is_err());
    }
}
