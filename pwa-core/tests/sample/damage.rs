//! Files cut short or with flipped bits: an error or other values, never a panic, never a huge allocation.

use std::path::Path;

use pwa_core::sample::source;
use pwa_core::sample::write_columns;

use super::{shared, trees};

/// Everything a file gives, errors ignored; the number of columns that could be read.
fn read_all(path: &Path) -> usize {
    let Ok(file) = source::open(path, &[]) else {
        return 0;
    };
    let mut read = 0;
    for tree in file.trees() {
        let Ok(infos) = file.columns(&tree) else {
            continue;
        };
        read += infos
            .iter()
            .filter(|info| file.read(&tree, &[&info.name]).is_ok())
            .count();
    }
    read
}

/// Numbers that look random and are the same everywhere (Steele, Lea, Flood 2014: SplitMix64).
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn damage(path: &Path, copies: usize) {
    let dir = tempfile::tempdir().unwrap();
    let name = path.file_name().unwrap();
    let copy = dir.path().join(name);
    let whole = std::fs::read(path).unwrap();
    let complete = read_all(path);
    assert!(complete > 0, "{name:?}");
    let mut state = 7;
    for i in 0..copies {
        std::fs::write(&copy, &whole[..whole.len() * i / copies]).unwrap();
        assert!(
            read_all(&copy) < complete,
            "{name:?} cut to {i} of {copies} parts reads as if it were whole"
        );
    }
    for _ in 0..copies {
        let mut bytes = whole.clone();
        for _ in 0..1 + random(&mut state) % 3 {
            let at = random(&mut state) as usize % bytes.len();
            bytes[at] ^= 1 << (random(&mut state) % 8);
        }
        std::fs::write(&copy, bytes).unwrap();
        read_all(&copy);
    }
}

#[test]
fn damaged_root_files_never_panic() {
    for name in [
        "codec-zlib",
        "codec-lz4",
        "codec-lzma",
        "codec-zstd",
        "codec-none",
        "counted",
        "directories",
        "arrays",
    ] {
        damage(&trees().join(format!("{name}.root")), 150);
    }
}

#[test]
fn damaged_archives_and_parquet_files_never_panic() {
    damage(&trees().join("../npz/plain.npz"), 400);
    damage(&trees().join("../npz/deflated.npz"), 400);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.parquet");
    let x: Vec<f64> = (0..300).map(|i| f64::from(i % 17)).collect();
    write_columns(&path, "t", &[("x", &x), ("y", &x)]).unwrap();
    damage(&path, 400);
}

#[test]
fn damaged_real_files_never_panic() {
    let Some(folder) = shared("samples") else {
        return;
    };
    for name in [
        "gohep_small-flat-tree",
        "gohep_tntuple",
        "laddu_data_amptools",
        "skhep_uproot-nesteddirs",
    ] {
        damage(&folder.join(format!("{name}.root")), 100);
    }
}

/// A record that promises 2 GB in memory and holds a few bytes is refused before anything is allocated for it.
#[test]
fn a_promise_of_gigabytes_is_not_believed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.root");
    let mut bytes = std::fs::read(trees().join("codec-zlib.root")).unwrap();
    // The key of a basket: its size on disk, version 1004, then its size in memory, of which the first byte is 0.
    let mut found = 0;
    for at in 0..bytes.len() - 50 {
        if bytes[at..at + 2] == [0x03, 0xec]
            && bytes[at + 2] == 0
            && bytes[at..at + 60].windows(7).any(|w| w == b"TBasket")
        {
            bytes[at + 2] = 0x7f;
            found += 1;
        }
    }
    assert!(found > 0, "no basket was found");
    std::fs::write(&path, bytes).unwrap();
    let file = source::open(&path, &[]).unwrap();
    let error = file.read("events", &["x"]).unwrap_err().to_string();
    assert!(
        error.contains("promises") || error.contains("entries"),
        "{error}"
    );
}
