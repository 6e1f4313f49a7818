//! NumPy archives (`np.savez`, `np.savez_compressed`): a particle is an array (N, 4) of E, px, py, pz; weights and
//! other columns are arrays (N,).

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use npyz::{DType, NpyFile, Order, TypeChar};
use rayon::prelude::*;
use zip::ZipArchive;

use super::{Column, ColumnInfo, Format, Shape, Source, find};
use crate::fence::fenced;
use crate::sample::SampleError;

pub const FORMAT: Format = Format {
    name: "npz",
    endings: &["npz"],
    magic: b"PK",
    open,
};

/// Deflate makes at most 1032 bytes of one.
const MOST_INFLATED: u64 = 1032;
/// The header of an array in an archive: a few hundred bytes in practice.
const MOST_HEADER: u64 = 1 << 16;

struct Npz {
    path: PathBuf,
    infos: Vec<ColumnInfo>,
}

fn open(path: &Path, _particles: &[String]) -> Result<Box<dyn Source>, SampleError> {
    let infos = guarded(path, || {
        let bytes = std::fs::metadata(path).map_err(|error| SampleError::Io {
            path: path.to_path_buf(),
            error,
        })?;
        let mut archive = archive(path)?;
        let names: Vec<String> = archive
            .file_names()
            .filter_map(|name| Some(name.ok()?.into_owned()))
            .collect();
        let arrays = names
            .iter()
            .filter_map(|file| Some((file, npyz::npz::array_name_from_file_name(file)?)));
        arrays
            .map(|(file, name)| describe(path, &mut archive, file, name, bytes.len()))
            .collect()
    })?;
    Ok(Box::new(Npz {
        path: path.to_path_buf(),
        infos,
    }))
}

fn unreadable(path: &Path, why: String) -> SampleError {
    SampleError::Unreadable {
        path: path.to_path_buf(),
        why,
        help: "the file is damaged or not from NumPy: write it again with `numpy.savez`".into(),
    }
}

fn guarded<T>(path: &Path, f: impl FnOnce() -> Result<T, SampleError>) -> Result<T, SampleError> {
    fenced(f).unwrap_or_else(|panic| Err(unreadable(path, format!("the reader gave up ({panic})"))))
}

fn archive(path: &Path) -> Result<ZipArchive<BufReader<File>>, SampleError> {
    let file = File::open(path).map_err(|error| SampleError::Io {
        path: path.to_path_buf(),
        error,
    })?;
    ZipArchive::new(BufReader::new(file)).map_err(|e| unreadable(path, e.to_string()))
}

/// What an array's header says, with the sizes it promises checked against the archive's and the file's.
fn describe(
    path: &Path,
    archive: &mut ZipArchive<BufReader<File>>,
    file: &str,
    name: &str,
    bytes: u64,
) -> Result<ColumnInfo, SampleError> {
    let bad = |why: String| unreadable(path, format!("array `{name}`: {why}"));
    let entry = archive.by_name(file).map_err(|e| bad(e.to_string()))?;
    let (packed, size) = (entry.compressed_size(), entry.size());
    let npy = NpyFile::new(entry.take(MOST_HEADER)).map_err(|e| bad(e.to_string()))?;
    let shape = npy.shape().to_vec();
    let dtype = npy.dtype();
    let mut info = ColumnInfo {
        name: name.into(),
        type_name: format!("{} {shape:?}", dtype.descr()),
        shape: Shape::Scalar,
        entries: 0,
        refused: None,
    };
    let Some(width) = number_width(&dtype) else {
        info.refused = Some(format!("type {} is not a number read here", dtype.descr()));
        return Ok(info);
    };
    let (entries, shape) = match shape[..] {
        [n] => (n, Shape::Scalar),
        [n, k] if k > 0 => (n, Shape::Fixed(usize::try_from(k).unwrap_or(usize::MAX))),
        _ => {
            info.refused = Some(format!("shape {shape:?} is neither (N,) nor (N, k)"));
            return Ok(info);
        }
    };
    let each = if let Shape::Fixed(k) = shape {
        k as u64
    } else {
        1
    };
    let needed = entries.checked_mul(each).and_then(|n| n.checked_mul(width));
    if packed > bytes
        || size > packed.saturating_mul(MOST_INFLATED)
        || needed.is_none_or(|n| n > size)
    {
        return Err(bad(format!(
            "its header asks for more than the {packed} bytes stored for it can give"
        )));
    }
    (info.entries, info.shape) = (usize::try_from(entries).unwrap_or(usize::MAX), shape);
    Ok(info)
}

fn number_width(dtype: &DType) -> Option<u64> {
    let DType::Plain(plain) = dtype else {
        return None;
    };
    match (plain.type_char(), plain.size_field()) {
        (TypeChar::Bool, 1) => Some(1),
        (TypeChar::Int | TypeChar::Uint, width @ (1 | 2 | 4 | 8)) => Some(width),
        (TypeChar::Float, width @ (4 | 8)) => Some(width),
        _ => None,
    }
}

fn values<R: Read>(npy: NpyFile<R>) -> std::io::Result<Vec<f64>> {
    macro_rules! decode {
        ($type:ty) => {
            npy.into_vec::<$type>()?
                .into_iter()
                .map(|v| v as f64)
                .collect()
        };
    }
    let DType::Plain(plain) = npy.dtype() else {
        return Ok(Vec::new());
    };
    Ok(match (plain.type_char(), plain.size_field()) {
        (TypeChar::Bool, _) => npy
            .into_vec::<bool>()?
            .into_iter()
            .map(|b| f64::from(u8::from(b)))
            .collect(),
        (TypeChar::Int, 1) => decode!(i8),
        (TypeChar::Int, 2) => decode!(i16),
        (TypeChar::Int, 4) => decode!(i32),
        (TypeChar::Int, _) => decode!(i64),
        (TypeChar::Uint, 1) => decode!(u8),
        (TypeChar::Uint, 2) => decode!(u16),
        (TypeChar::Uint, 4) => decode!(u32),
        (TypeChar::Uint, _) => decode!(u64),
        (_, 4) => decode!(f32),
        _ => npy.into_vec::<f64>()?,
    })
}

impl Npz {
    fn read_one(&self, info: &ColumnInfo) -> Result<Column, SampleError> {
        let bad = |why: String| unreadable(&self.path, format!("array `{}`: {why}", info.name));
        let mut archive = archive(&self.path)?;
        let file = npyz::npz::file_name_from_array_name(&info.name);
        let entry = archive.by_name(&file).map_err(|e| bad(e.to_string()))?;
        let mut content = Vec::new();
        // To the end of the entry, where zip compares its checksum.
        BufReader::new(entry)
            .read_to_end(&mut content)
            .map_err(|e| bad(e.to_string()))?;
        let npy = NpyFile::new(&content[..]).map_err(|e| bad(e.to_string()))?;
        let order = npy.order();
        let mut values = values(npy).map_err(|e| bad(e.to_string()))?;
        if let (Shape::Fixed(k), Order::Fortran) = (info.shape, order) {
            let columns = values;
            values = (0..info.entries)
                .flat_map(|i| (0..k).map(move |j| (i, j)))
                .map(|(i, j)| columns[j * info.entries + i])
                .collect();
        }
        Ok(Column {
            name: info.name.clone(),
            shape: info.shape,
            values,
            offsets: Vec::new(),
        })
    }
}

impl Source for Npz {
    fn trees(&self) -> Vec<String> {
        vec![String::new()]
    }

    fn columns(&self, _tree: &str) -> Result<Vec<ColumnInfo>, SampleError> {
        Ok(self.infos.clone())
    }

    fn read(&self, tree: &str, names: &[&str]) -> Result<Vec<Column>, SampleError> {
        names
            .par_iter()
            .map(|name| {
                let info = find(&self.infos, &self.path, tree, name)?;
                guarded(&self.path, || self.read_one(info))
            })
            .collect()
    }
}
