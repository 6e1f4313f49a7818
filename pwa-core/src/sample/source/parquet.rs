//! Parquet files: flat numeric columns without nulls, read with the `parquet` crate (no Arrow).

use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::basic::{ConvertedType, LogicalType};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;
use rayon::prelude::*;

use super::{Column, ColumnInfo, Format, Shape, Source, find};
use crate::fence::fenced;
use crate::sample::SampleError;

pub const FORMAT: Format = Format {
    name: "Parquet",
    endings: &["parquet", "pq"],
    magic: b"PAR1",
    open,
};

/// Rows decoded at a time: the memory taken grows with what was decoded, not with what a header promises.
const BATCH: usize = 1 << 16;

struct Parquet {
    path: PathBuf,
    infos: Vec<ColumnInfo>,
}

fn open(path: &Path, _particles: &[String]) -> Result<Box<dyn Source>, SampleError> {
    let infos = guarded(path, || {
        let reader = reader(path)?;
        let metadata = reader.metadata().file_metadata();
        let entries = usize::try_from(metadata.num_rows()).unwrap_or(0);
        let columns = metadata.schema_descr().columns().iter();
        Ok(columns
            .map(|column| ColumnInfo {
                name: column.path().string(),
                type_name: format!("{:?}", column.physical_type()).to_ascii_lowercase(),
                shape: Shape::Scalar,
                entries,
                refused: refusal(column),
            })
            .collect())
    })?;
    Ok(Box::new(Parquet {
        path: path.to_path_buf(),
        infos,
    }))
}

fn unreadable(path: &Path, why: String) -> SampleError {
    SampleError::Unreadable {
        path: path.to_path_buf(),
        why,
        help: "the file is damaged or uses a feature not read here: write it again with `pyarrow.parquet.write_table`"
            .into(),
    }
}

fn guarded<T>(path: &Path, f: impl FnOnce() -> Result<T, SampleError>) -> Result<T, SampleError> {
    fenced(f).unwrap_or_else(|panic| Err(unreadable(path, format!("the reader gave up ({panic})"))))
}

/// A reader with a file handle of its own: handles that are clones share a position and cannot be used in parallel.
fn reader(path: &Path) -> Result<SerializedFileReader<File>, SampleError> {
    let file = File::open(path).map_err(|error| SampleError::Io {
        path: path.to_path_buf(),
        error,
    })?;
    SerializedFileReader::new(file).map_err(|e| unreadable(path, e.to_string()))
}

fn refusal(column: &ColumnDescriptor) -> Option<String> {
    use parquet::basic::Type;
    if column.max_rep_level() > 0 {
        return Some("it is a list, only one number an entry is read".into());
    }
    let number = matches!(
        column.physical_type(),
        Type::BOOLEAN | Type::INT32 | Type::INT64 | Type::FLOAT | Type::DOUBLE
    );
    if !number {
        return Some(format!(
            "type {:?} is not a number read here",
            column.physical_type()
        ));
    }
    let plain = match column.logical_type_ref() {
        None => !matches!(column.converted_type(), ConvertedType::DECIMAL),
        Some(logical) => matches!(logical, LogicalType::Integer { .. }),
    };
    (!plain).then(|| "it holds decimals or times, only plain numbers are read".into())
}

/// Whether the column's integers are to be taken as unsigned.
fn unsigned(column: &ColumnDescriptor) -> bool {
    use ConvertedType::{UINT_8, UINT_16, UINT_32, UINT_64};
    matches!(
        column.converted_type(),
        UINT_8 | UINT_16 | UINT_32 | UINT_64
    )
}

fn append<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    optional: bool,
    out: &mut Vec<f64>,
    convert: impl Fn(T::T) -> f64,
) -> Result<(), ParquetError> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    loop {
        values.clear();
        levels.clear();
        let (records, read, _) =
            reader.read_records(BATCH, optional.then_some(&mut levels), None, &mut values)?;
        if read < records {
            let entry = out.len() + levels.iter().position(|l| *l == 0).unwrap_or(0);
            return Err(ParquetError::General(format!("entry {entry} is null")));
        }
        if records == 0 {
            return Ok(());
        }
        out.extend(values.drain(..).map(&convert));
    }
}

impl Parquet {
    fn read_one(&self, index: usize, info: &ColumnInfo) -> Result<Column, SampleError> {
        let bad = |e: ParquetError| unreadable(&self.path, format!("column `{}`: {e}", info.name));
        let reader = reader(&self.path)?;
        let mut values = Vec::new();
        for group in 0..reader.num_row_groups() {
            let group = reader.get_row_group(group).map_err(bad)?;
            let descriptor = group.metadata().column(index).column_descr_ptr();
            let (unsigned, optional) = (unsigned(&descriptor), descriptor.max_def_level() > 0);
            match group.get_column_reader(index).map_err(bad)? {
                ColumnReader::BoolColumnReader(r) => {
                    append(r, optional, &mut values, |b| f64::from(u8::from(b)))
                }
                ColumnReader::Int32ColumnReader(r) if unsigned => {
                    append(r, optional, &mut values, |v| f64::from(v.cast_unsigned()))
                }
                ColumnReader::Int32ColumnReader(r) => append(r, optional, &mut values, f64::from),
                ColumnReader::Int64ColumnReader(r) if unsigned => {
                    append(r, optional, &mut values, |v| v.cast_unsigned() as f64)
                }
                ColumnReader::Int64ColumnReader(r) => {
                    append(r, optional, &mut values, |v| v as f64)
                }
                ColumnReader::FloatColumnReader(r) => append(r, optional, &mut values, f64::from),
                ColumnReader::DoubleColumnReader(r) => append(r, optional, &mut values, |v| v),
                _ => Err(ParquetError::General("not a number".into())),
            }
            .map_err(bad)?;
        }
        if values.len() != info.entries {
            return Err(SampleError::Lengths {
                path: self.path.clone(),
                column: info.name.clone(),
                length: values.len(),
                expected: info.entries,
            });
        }
        Ok(Column {
            name: info.name.clone(),
            shape: Shape::Scalar,
            values,
            offsets: Vec::new(),
        })
    }
}

impl Source for Parquet {
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
                // `find` took it from this list.
                let index = self
                    .infos
                    .iter()
                    .position(|i| i == info)
                    .unwrap_or_default();
                guarded(&self.path, || self.read_one(index, info))
            })
            .collect()
    }
}
