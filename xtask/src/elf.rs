//! What a binary asks of the machine it runs on: shared libraries, and the newest version of glibc.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use object::elf::{DT_NEEDED, FileHeader64, SHT_DYNSYM};
use object::read::elf::{Dyn, ElfFile64, FileHeader, Sym};
use object::{Endianness, Object};

use crate::command::{self, output};

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

/// Functions that were no symbols of the library before 2.33: an older glibc links its own code for them.
const LINKED: [&str; 10] = [
    "stat",
    "stat64",
    "fstat",
    "fstat64",
    "lstat",
    "lstat64",
    "fstatat",
    "fstatat64",
    "mknod",
    "mknodat",
];

/// The version of glibc that first had all symbols which a binary cannot do without, whatever version it was linked with, and
/// the last of them to come. `libraries`: of this machine, for a newer glibc keeps what older ones had.
pub fn first_glibc(binary: &[u8], libraries: &[Vec<u8>]) -> Result<((u32, u32), String), String> {
    let read = |bytes: &[u8]| {
        symbols(bytes).map_err(|error| format!("this is no ELF file that can be read: {error}"))
    };
    let offered: Result<Vec<_>, String> = libraries.iter().map(|library| read(library)).collect();
    let offered: Vec<Symbol> = offered?.into_iter().flatten().collect();
    let first = last_to_come(&read(binary)?, &offered);
    first.ok_or_else(|| "it takes nothing from glibc".to_owned())
}

fn last_to_come(wanted: &[Symbol], offered: &[Symbol]) -> Option<((u32, u32), String)> {
    let mut since = BTreeMap::new();
    for symbol in offered.iter().filter(|symbol| symbol.defined) {
        if let Some(version) = symbol.glibc {
            let oldest = since.entry(symbol.name.as_str()).or_insert(version);
            *oldest = version.min(*oldest);
        }
    }
    let wanted = wanted.iter().filter(|symbol| {
        !symbol.defined && !symbol.weak && !LINKED.contains(&symbol.name.as_str())
    });
    let first =
        wanted.filter_map(|symbol| Some((*since.get(symbol.name.as_str())?, symbol.name.clone())));
    first.max()
}

/// The shared libraries that the loader finds for a program.
pub fn libraries_of(program: &Path) -> Result<Vec<Vec<u8>>, String> {
    let list = output(Command::new("ldd").arg(program))?;
    let paths = list
        .lines()
        .filter_map(|line| line.split_once(" => ")?.1.split(' ').next());
    let paths = paths.filter(|path| path.starts_with('/'));
    paths.map(|path| command::read(Path::new(path))).collect()
}

/// Of the table that the loader reads.
struct Symbol {
    name: String,
    defined: bool,
    /// Looked for, and done without where it is absent.
    weak: bool,
    glibc: Option<(u32, u32)>,
}

fn symbols(bytes: &[u8]) -> object::read::Result<Vec<Symbol>> {
    let file = ElfFile64::<Endianness>::parse(bytes)?;
    let endian = file.endianness();
    let header: &FileHeader64<Endianness> = file.elf_header();
    let sections = header.sections(endian, bytes)?;
    let versions = sections.versions(endian, bytes)?;
    let table = sections.symbols(endian, bytes, SHT_DYNSYM)?;
    let mut symbols = Vec::new();
    for (index, symbol) in table.enumerate() {
        let version = match &versions {
            Some(versions) => versions.version(versions.version_index(endian, index))?,
            None => None,
        };
        symbols.push(Symbol {
            name: text(table.symbol_name(endian, symbol)?),
            defined: !symbol.is_undefined(endian),
            weak: symbol.is_weak(),
            glibc: version.and_then(|version| glibc_version(&text(version.name()))),
        });
    }
    Ok(symbols)
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
    fn a_symbol_is_as_old_as_its_first_version() {
        let symbol = |name: &str, defined, weak, glibc| Symbol {
            name: name.to_owned(),
            defined,
            weak,
            glibc: Some(glibc),
        };
        let offered = [
            symbol("pow", true, false, (2, 29)),
            symbol("pow", true, false, (2, 2)),
            symbol("getrandom", true, false, (2, 25)),
            symbol("stat64", true, true, (2, 33)),
        ];
        let first = |name: &str, weak| {
            let wanted = [
                symbol("pow", false, false, (2, 29)),
                symbol(name, false, weak, (2, 25)),
            ];
            last_to_come(&wanted, &offered).unwrap()
        };
        assert_eq!(first("getrandom", false), ((2, 25), "getrandom".to_owned()));
        assert_eq!(first("getrandom", true), ((2, 2), "pow".to_owned()));
        assert_eq!(first("stat64", false), ((2, 2), "pow".to_owned()));
    }

    #[test]
    fn this_test_runs_from_the_glibc_on_that_rust_does() {
        let this = std::env::current_exe().unwrap();
        let libraries = libraries_of(&this).unwrap();
        let (first, symbol) = first_glibc(&std::fs::read(this).unwrap(), &libraries).unwrap();
        assert!(((2, 2)..=(2, 17)).contains(&first), "{symbol}: {first:?}");
    }

    #[test]
    fn other_files_are_refused() {
        assert!(needs(b"#!/bin/sh\n").is_err());
    }
}
