//! The same events in every format.

use std::io::Write;
use std::path::Path;

use npyz::WriterBuilder;
use proptest::prelude::*;
use pwa_core::sample::source::{self, Shape};
use pwa_core::sample::{ErrorKind, Sample, read_sample, write_columns};

use super::{read, request, trees};

const PARTICLES: [&str; 3] = ["K", "pip", "gam"];

fn events() -> Sample {
    read(trees(), "momenta.root", &PARTICLES)
}

fn write(sample: &Sample, path: &Path) {
    let mut columns: Vec<(String, &[f64])> = vec![("weight".into(), &sample.weights)];
    for p in &sample.particles {
        for (component, values) in [("E", &p.e), ("PX", &p.px), ("PY", &p.py), ("PZ", &p.pz)] {
            columns.push((format!("{}_{component}", p.name), values));
        }
    }
    let columns: Vec<(&str, &[f64])> = columns
        .iter()
        .map(|(name, values)| (name.as_str(), *values))
        .collect();
    write_columns(path, "events", &columns).unwrap();
}

fn same(a: &Sample, b: &Sample) {
    assert_eq!(a.particles, b.particles);
    assert_eq!(a.weights, b.weights);
}

#[test]
fn root_and_parquet_come_back_as_they_were_written() {
    let dir = tempfile::tempdir().unwrap();
    let sample = events();
    for name in ["new.root", "new.parquet"] {
        write(&sample, &dir.path().join(name));
        // Over itself: the old file is replaced as a whole.
        write(&sample, &dir.path().join(name));
        same(&read(dir.path().into(), name, &PARTICLES), &sample);
    }
    let left = std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(left, 2, "temporary files stay behind");
}

#[test]
fn many_baskets_and_row_groups_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let x: Vec<f64> = (0..1_100_000).map(|i| f64::from(i) / 7.0).collect();
    for name in ["big.root", "big.parquet"] {
        let path = dir.path().join(name);
        write_columns(&path, "t", &[("x", &x)]).unwrap();
        let file = source::open(&path, &[]).unwrap();
        let tree = file.trees().remove(0);
        assert_eq!(file.read(&tree, &["x"]).unwrap()[0].values, x, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Any double, also the ones a sample would refuse, is the same after writing and reading.
    #[test]
    fn every_double_survives(values in prop::collection::vec(any::<f64>(), 1..200)) {
        let dir = tempfile::tempdir().unwrap();
        for name in ["x.root", "x.parquet"] {
            let path = dir.path().join(name);
            write_columns(&path, "t", &[("a", &values), ("b", &values)]).unwrap();
            let file = source::open(&path, &[]).unwrap();
            let back = file.read(&file.trees()[0], &["b", "a"]).unwrap();
            for column in &back {
                let bits = |v: &[f64]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                prop_assert_eq!(bits(&column.values), bits(&values));
            }
            prop_assert_eq!(back[0].name.as_str(), "b");
        }
    }
}

#[test]
fn text_is_particle_after_particle() {
    let dir = tempfile::tempdir().unwrap();
    let sample = events();
    let mut text = String::from("# E px py pz in GeV\n\n");
    for i in 0..sample.len() {
        for p in &sample.particles {
            text += &format!(
                "{:e} {:e},\t{:e} {:e}  # {}\r\n",
                p.e[i], p.px[i], p.py[i], p.pz[i], p.name
            );
        }
    }
    std::fs::write(dir.path().join("events.dat"), text).unwrap();
    let back = read(dir.path().into(), "events.dat", &["K-", "pi+", "pi+"]);
    assert_eq!(back.particles[2].pz, sample.particles[2].pz);
    assert_eq!(back.particles[1].e, sample.particles[1].e);
    assert!(!back.weighted);
}

#[test]
fn wrong_lines_of_text_are_named() {
    let dir = tempfile::tempdir().unwrap();
    for (text, why) in [
        ("1 2 3 4\n1 2 3\n", "line 2 of `x.txt`: 3 numbers, not 4"),
        (
            "1 2 3 4\n\n1 2 x 4\n",
            "line 3 of `x.txt`: `x` is not a number",
        ),
        (
            "1 2 3 4\n1 2 3 4\n1 2 3 4\n",
            "line 3 of `x.txt`: the last event has 1 lines",
        ),
    ] {
        std::fs::write(dir.path().join("x.txt"), text).unwrap();
        let error = read_sample(&request(dir.path().into(), "x.txt", &["a", "b"])).unwrap_err();
        assert_eq!(
            error
                .to_string()
                .replace(&format!("{}/", dir.path().display()), ""),
            why
        );
        assert_eq!(error.kind(), ErrorKind::Data);
    }
}

/// An archive as `np.savez` (stored) or `np.savez_compressed` (deflated) writes it.
fn npz(
    path: &Path,
    method: zip::CompressionMethod,
    arrays: &[(&str, Vec<f64>, &[u64], npyz::Order)],
) {
    let mut archive = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    for (name, values, shape, order) in arrays {
        archive
            .start_file(npyz::npz::file_name_from_array_name(name), options)
            .unwrap();
        let mut content = Vec::new();
        let mut writer = npyz::WriteOptions::new()
            .default_dtype()
            .shape(shape)
            .order(*order)
            .writer(&mut content)
            .begin_nd()
            .unwrap();
        writer.extend(values.iter().copied()).unwrap();
        writer.finish().unwrap();
        archive.write_all(&content).unwrap();
    }
    archive.finish().unwrap();
}

#[test]
fn npz_arrays_are_particles_in_either_order() {
    let dir = tempfile::tempdir().unwrap();
    let sample = events();
    let n = sample.len() as u64;
    for (method, order) in [
        (zip::CompressionMethod::Stored, npyz::Order::C),
        (zip::CompressionMethod::Deflated, npyz::Order::Fortran),
    ] {
        let mut arrays = vec![("weight", sample.weights.clone(), vec![n], order)];
        for p in &sample.particles {
            let columns = [&p.e, &p.px, &p.py, &p.pz];
            let values = match order {
                npyz::Order::C => (0..sample.len())
                    .flat_map(|i| columns.map(|c| c[i]))
                    .collect(),
                npyz::Order::Fortran => columns.into_iter().flatten().copied().collect(),
            };
            arrays.push((p.name.as_str(), values, vec![n, 4], order));
        }
        let arrays: Vec<_> = arrays
            .iter()
            .map(|(name, v, shape, order)| (*name, v.clone(), &shape[..], *order))
            .collect();
        npz(&dir.path().join("events.npz"), method, &arrays);
        same(&read(dir.path().into(), "events.npz", &PARTICLES), &sample);
    }
}

/// Archives that NumPy wrote, with an integer and a big-endian array; `oracle/make_npz.py` made them.
#[test]
fn npz_of_numpy_is_read() {
    let folder = trees().join("../npz");
    for name in ["plain.npz", "deflated.npz"] {
        let file = source::open(&folder.join(name), &[]).unwrap();
        let columns = file.read("", &["big", "i4", "fortran", "flag"]).unwrap();
        assert_eq!(columns[0].values, [1.5, -2.5, 3.25]);
        assert_eq!(columns[1].values, [1.0, -2.0, 2_147_483_647.0]);
        assert_eq!(columns[2].shape, Shape::Fixed(4));
        assert_eq!(
            columns[2].values,
            (0..12).map(f64::from).collect::<Vec<_>>()
        );
        assert_eq!(columns[3].values, [1.0, 0.0, 1.0]);
        let refused: Vec<_> = file
            .columns("")
            .unwrap()
            .into_iter()
            .filter_map(|c| Some((c.name, c.refused?)))
            .collect();
        assert_eq!(refused.len(), 2, "{refused:?}");
    }
}

/// Files that pyarrow wrote; `oracle/make_parquet.py` made them and says what is in them.
#[test]
fn parquet_of_pyarrow_is_read_in_every_codec_and_type() {
    let folder = trees().join("../parquet");
    let column = |name: &str, i: f64| match name {
        "x" | "f" => i / 16.0,
        "i8" => i % 100.0 - 50.0,
        "u8" => i % 256.0,
        "i32" | "i64" => i - 150.0,
        "u32" => 4_294_967_295.0 - i,
        "u64" => 9_223_372_036_854_775_808.0 + i,
        _ => f64::from(u8::from(i % 3.0 == 0.0)),
    };
    for codec in ["none", "snappy", "gzip", "zstd", "lz4"] {
        let file = source::open(&folder.join(format!("{codec}.parquet")), &[]).unwrap();
        let (good, bad): (Vec<_>, Vec<_>) = file
            .columns("")
            .unwrap()
            .into_iter()
            .partition(|c| c.refused.is_none());
        let names: Vec<&str> = good.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(
            names,
            ["x", "f", "i8", "u8", "i32", "u32", "i64", "u64", "b"]
        );
        assert_eq!(bad.len(), 5, "{bad:?}");
        for read in file.read("", &names).unwrap() {
            let expected: Vec<f64> = (0..300).map(|i| column(&read.name, f64::from(i))).collect();
            assert_eq!(read.values, expected, "{} of {codec}", read.name);
        }
    }
    let nulls = source::open(&folder.join("nulls.parquet"), &[]).unwrap();
    assert_eq!(
        nulls.read("", &["y"]).unwrap()[0].values,
        [1.0, 2.0, 3.0, 4.0]
    );
    let error = nulls.read("", &["x"]).unwrap_err().to_string();
    assert!(
        error.ends_with("column `x`: Parquet error: entry 2 is null"),
        "{error}"
    );
}
