//! Every column of every file against uproot: `oracle/column_hashes.py` made the hashes.

use std::path::Path;

use pwa_core::sample::source::{self, Column, Shape};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{shared, trees};

fn short(bytes: impl Iterator<Item = [u8; 8]>) -> String {
    let mut hash = Sha256::new();
    bytes.for_each(|b| hash.update(b));
    hash.finalize()
        .iter()
        .take(8)
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// The same list as `column` of the script makes.
fn digest(column: &Column) -> Value {
    let values = short(column.values.iter().map(|v| v.to_le_bytes()));
    match column.shape {
        Shape::Scalar => serde_json::json!([1, values]),
        Shape::Fixed(n) => serde_json::json!([n, values]),
        Shape::Counted => {
            let counts = column
                .offsets
                .windows(2)
                .map(|w| ((w[1] - w[0]) as i64).to_le_bytes());
            serde_json::json!(["n", values, short(counts)])
        }
    }
}

fn compare(folder: &Path, oracle: &str) {
    let oracle: Value = serde_json::from_str(oracle).unwrap();
    let mut compared = 0;
    for (name, expected) in oracle["files"].as_object().unwrap() {
        let expected = expected.as_object().unwrap();
        if expected.is_empty() {
            continue;
        }
        let file = source::open(&folder.join(name), &[]).unwrap();
        let mut found = file.trees();
        found.sort();
        let mut names: Vec<_> = expected.keys().cloned().collect();
        names.sort();
        assert_eq!(found, names, "trees of {name}");
        for (tree, expected) in expected {
            let infos = file.columns(tree).unwrap();
            let readable: Vec<&str> = infos
                .iter()
                .filter(|i| i.refused.is_none())
                .map(|i| i.name.as_str())
                .collect();
            let columns = file.read(tree, &readable).unwrap();
            assert_eq!(
                columns.len(),
                expected["columns"].as_object().unwrap().len(),
                "columns of {name}:{tree}"
            );
            for column in columns {
                let place = format!("{name}:{tree}:{}", column.name);
                assert_eq!(
                    column.entries() as u64,
                    expected["entries"].as_u64().unwrap(),
                    "{place}"
                );
                assert_eq!(
                    digest(&column),
                    expected["columns"][&column.name],
                    "{place}"
                );
                compared += 1;
            }
            // What uproot shows and is not read here must be refused by name. Paths differ: only the last part counts.
            let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
            let refused: Vec<String> = infos
                .iter()
                .filter(|i| i.refused.is_some())
                .map(|i| last(&i.name))
                .collect();
            for path in expected["refused"].as_array().unwrap() {
                let name = last(path.as_str().unwrap());
                assert!(
                    refused.contains(&name),
                    "{name} of {tree} is neither read nor refused: {refused:?}"
                );
            }
        }
    }
    println!("{compared} columns are equal");
}

#[test]
fn own_trees_read_as_uproot_reads_them() {
    compare(&trees(), include_str!("../oracle/trees.json"));
}

#[test]
fn real_trees_read_as_uproot_reads_them() {
    if let Some(folder) = shared("samples") {
        compare(&folder, include_str!("../oracle/samples.json"));
    }
}
