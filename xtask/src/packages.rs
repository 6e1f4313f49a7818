//! The packages whose code is in the binary, with their licences: what cargo says of the dependencies of `pwa-cli`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cargo::program;
use crate::command::{output, read};

/// One package, in the order of names and versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    pub name: String,
    pub version: String,
    /// As an expression of SPDX names.
    pub licence: Option<String>,
    pub source: String,
    pub folder: PathBuf,
    /// Whether it comes from elsewhere.
    pub foreign: bool,
}

/// Text of the licences of C sources stands as deep as this below their package.
const DEPTH: usize = 3;

/// What the binary is made of on a target such as `x86_64-unknown-linux-gnu`.
pub fn of_binary(target: &str) -> Result<Vec<Package>, String> {
    let arguments = [
        "metadata",
        "--format-version=1",
        "--locked",
        "--filter-platform",
    ];
    let text = output(program().args(arguments).arg(target))?;
    let metadata =
        serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
    linked(&metadata).ok_or_else(|| "cargo metadata lacks what it had so far".to_owned())
}

/// All that is reached from `pwa-cli` without dependencies of tests and build scripts.
fn linked(metadata: &Value) -> Option<Vec<Package>> {
    let packages: BTreeMap<&str, &Value> = (metadata["packages"].as_array()?.iter())
        .filter_map(|package| Some((package["id"].as_str()?, package)))
        .collect();
    let nodes: BTreeMap<&str, &Value> = (metadata["resolve"]["nodes"].as_array()?.iter())
        .filter_map(|node| Some((node["id"].as_str()?, node)))
        .collect();
    let (root, _) = packages
        .iter()
        .find(|(_, package)| package["name"] == "pwa-cli")?;
    let mut reached = BTreeSet::new();
    let mut ahead = vec![*root];
    while let Some(id) = ahead.pop() {
        // What macros depend on is not linked, they themselves are named with the rest.
        if !reached.insert(id) || is_macro(packages.get(id)?) {
            continue;
        }
        for dependency in nodes.get(id)?["deps"].as_array()? {
            if dependency["dep_kinds"]
                .as_array()?
                .iter()
                .any(|kind| kind["kind"].is_null())
            {
                ahead.push(dependency["pkg"].as_str()?);
            }
        }
    }
    let mut found: Vec<Package> = reached
        .iter()
        .map(|id| package(packages.get(id)?))
        .collect::<Option<_>>()?;
    found.sort();
    Some(found)
}

fn is_macro(package: &Value) -> bool {
    let mut targets = package["targets"].as_array().into_iter().flatten();
    targets.any(|target| target["kind"][0] == "proc-macro")
}

fn package(entry: &Value) -> Option<Package> {
    let word = |key: &str| entry[key].as_str().map(str::to_owned);
    Some(Package {
        name: word("name")?,
        version: word("version")?,
        licence: word("license").map(|licence| licence.replace('/', " OR ")),
        source: word("repository").unwrap_or_default(),
        folder: Path::new(entry["manifest_path"].as_str()?)
            .parent()?
            .to_owned(),
        foreign: !entry["source"].is_null(),
    })
}

/// All foreign packages with their licences, and each text of a licence once.
pub fn notice(packages: &[Package]) -> Result<String, String> {
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut list = String::from("gpuwa contains code of these packages.\n\n");
    for package in packages.iter().filter(|package| package.foreign) {
        let Package {
            name,
            version,
            licence,
            source,
            ..
        } = package;
        let licence = licence.as_deref().unwrap_or("see its text");
        list.push_str(&format!("{name} {version}: {licence}  {source}\n"));
        for file in licence_files(&package.folder, DEPTH)? {
            let text = read(&file)?;
            let text = String::from_utf8_lossy(&text).trim().replace('\r', "");
            texts
                .entry(text)
                .or_default()
                .insert(format!("{name} {version}"));
        }
    }
    list.push_str(
        "\nThe standard library of Rust: MIT OR Apache-2.0  https://github.com/rust-lang/rust\n",
    );
    list.push_str("Parts of LLVM (unwinding, compiler support): Apache-2.0 WITH LLVM-exception  https://llvm.org\n");
    for (text, of) in texts {
        let of: Vec<String> = of.into_iter().collect();
        list.push_str(&format!(
            "\n{}\n{}\n\n{text}\n",
            "=".repeat(80),
            of.join(", ")
        ));
    }
    Ok(list)
}

fn licence_files(folder: &Path, depth: usize) -> Result<Vec<PathBuf>, String> {
    let problem = |error| format!("cannot read `{}`: {error}", folder.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(problem)? {
        let path = entry.map_err(problem)?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_uppercase();
        if path.is_dir() {
            if depth > 0 {
                found.extend(licence_files(&path, depth - 1)?);
            }
        } else if [
            "LICENSE",
            "LICENCE",
            "COPYING",
            "NOTICE",
            "UNLICENSE",
            "COPYRIGHT",
        ]
        .iter()
        .any(|word| name.starts_with(word))
            && !name.ends_with(".RS")
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn dependencies_of_tests_builds_and_macros_are_not_in_the_binary() {
        let package = |name: &str, kind: &str| {
            json!({"id": name, "name": name, "version": "1.0.0", "license": "MIT",
                "manifest_path": "/x/Cargo.toml", "source": "registry", "targets": [{"kind": [kind]}]})
        };
        let dependency =
            |name: &str, kind: Value| json!({"pkg": name, "dep_kinds": [{"kind": kind}]});
        let metadata = json!({
            "packages": [package("pwa-cli", "bin"), package("a", "lib"), package("b", "lib"),
                package("m", "proc-macro"), package("of-m", "lib"), package("t", "lib")],
            "resolve": {"nodes": [
                {"id": "pwa-cli", "deps": [dependency("a", Value::Null), dependency("t", json!("dev"))]},
                {"id": "a", "deps": [dependency("m", Value::Null), dependency("b", json!("build"))]},
                {"id": "b", "deps": []}, {"id": "t", "deps": []}, {"id": "of-m", "deps": []},
                {"id": "m", "deps": [dependency("of-m", Value::Null)]},
            ]},
        });
        let names: Vec<_> = linked(&metadata)
            .unwrap()
            .into_iter()
            .map(|p| p.name)
            .collect();
        assert_eq!(names, ["a", "m", "pwa-cli"]);
    }
}
