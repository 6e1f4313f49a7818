//! A Parquet file of required doubles, compressed with zstd.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, Repetition, Type as PhysicalType, ZstdLevel};
use parquet::data_type::DoubleType;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

/// Rows of a group: readers take groups in parallel, and a column of one group is 8 MB.
const GROUP: usize = 1 << 20;

pub fn write(path: &Path, tree: &str, columns: &[(&str, &[f64])]) -> Result<(), String> {
    let file = File::create(path).map_err(|e| e.to_string())?;
    write_to(file, tree, columns).map_err(|e| e.to_string())
}

fn write_to(file: File, tree: &str, columns: &[(&str, &[f64])]) -> Result<(), ParquetError> {
    let field = |name: &str| {
        let field = Type::primitive_type_builder(name, PhysicalType::DOUBLE);
        field
            .with_repetition(Repetition::REQUIRED)
            .build()
            .map(Arc::new)
    };
    let fields = columns
        .iter()
        .map(|(name, _)| field(name))
        .collect::<Result<Vec<_>, _>>()?;
    let schema = Arc::new(Type::group_type_builder(tree).with_fields(fields).build()?);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        // Momenta hardly ever repeat: a dictionary is only tried and thrown away.
        .set_dictionary_enabled(false)
        .build();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties))?;
    let rows = columns.first().map_or(0, |(_, values)| values.len());
    for start in (0..rows).step_by(GROUP) {
        let mut group = writer.next_row_group()?;
        for (_, values) in columns {
            if let Some(mut column) = group.next_column()? {
                let part = &values[start..rows.min(start + GROUP)];
                column.typed::<DoubleType>().write_batch(part, None, None)?;
                column.close()?;
            }
        }
        group.close()?;
    }
    writer.close().map(drop)
}
