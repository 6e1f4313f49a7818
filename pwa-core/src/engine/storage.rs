//! Where the columns of a sample are kept: in memory or in a file, as doubles or singles.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// How a column is stored. All arithmetic is done in doubles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    #[default]
    Double,
    /// Half the memory and traffic; the columns are rounded to 24 bits.
    Single,
}

impl Precision {
    pub fn name(self) -> &'static str {
        match self {
            Self::Double => "f64",
            Self::Single => "f32",
        }
    }

    pub fn bytes(self) -> usize {
        match self {
            Self::Double => 8,
            Self::Single => 4,
        }
    }
}

/// Where columns go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Storage {
    pub precision: Precision,
    /// A nameless file in this folder, read back tile by tile at every evaluation; None: memory.
    pub folder: Option<PathBuf>,
}

/// The planes of all columns, tile after tile, each tile `numbers` long.
#[derive(Debug)]
pub(super) enum Planes {
    Double(Vec<f64>),
    Single(Vec<f32>),
    File { file: File, precision: Precision },
}

impl Planes {
    pub fn new(storage: &Storage, length: usize) -> io::Result<Self> {
        Ok(match (&storage.folder, storage.precision) {
            (Some(folder), precision) => Self::File {
                file: tempfile::tempfile_in(folder)?,
                precision,
            },
            (None, Precision::Double) => Self::Double(vec![0.0; length]),
            (None, Precision::Single) => Self::Single(vec![0.0; length]),
        })
    }

    pub fn precision(&self) -> Precision {
        match self {
            Self::Double(_) => Precision::Double,
            Self::Single(_) => Precision::Single,
            Self::File { precision, .. } => *precision,
        }
    }

    /// The numbers of one tile; `buffer` holds them where they are not doubles in memory.
    pub fn tile<'a>(
        &'a self,
        tile: usize,
        numbers: usize,
        buffer: &'a mut Vec<f64>,
    ) -> io::Result<&'a [f64]> {
        let start = tile * numbers;
        match self {
            Self::Double(values) => return Ok(&values[start..start + numbers]),
            Self::Single(values) => {
                buffer.clear();
                buffer.extend(values[start..start + numbers].iter().map(|&x| f64::from(x)));
            }
            Self::File { file, precision } => {
                let mut bytes = vec![0; numbers * precision.bytes()];
                file.read_exact_at(&mut bytes, (start * precision.bytes()) as u64)?;
                buffer.clear();
                decode(&bytes, *precision, buffer);
            }
        }
        Ok(buffer)
    }
}

/// Writes one tile to its place.
pub(super) fn write_tile(
    file: &File,
    precision: Precision,
    tile: usize,
    values: &[f64],
) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(values.len() * precision.bytes());
    for &value in values {
        match precision {
            Precision::Double => bytes.extend(value.to_le_bytes()),
            Precision::Single => bytes.extend((value as f32).to_le_bytes()),
        }
    }
    file.write_all_at(&bytes, (tile * bytes.len()) as u64)
}

fn decode(bytes: &[u8], precision: Precision, out: &mut Vec<f64>) {
    match precision {
        Precision::Double => {
            let (numbers, _) = bytes.as_chunks();
            out.extend(numbers.iter().map(|&bytes| f64::from_le_bytes(bytes)));
        }
        Precision::Single => {
            let (numbers, _) = bytes.as_chunks();
            let singles = numbers.iter().map(|&bytes| f32::from_le_bytes(bytes));
            out.extend(singles.map(f64::from));
        }
    }
}
