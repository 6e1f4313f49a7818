//! Tables on the terminal.

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};

/// A table whose columns after the first are right-aligned.
pub fn table(header: &[&str], rows: Vec<Vec<String>>) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY);
    table.set_header(header.to_vec());
    table.add_rows(rows);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// A value with as many digits as its error justifies: two digits of the error.
pub fn with_error(value: f64, error: Option<f64>) -> (String, String) {
    match error {
        Some(error) if error > 0.0 && error.is_finite() => {
            let decimals = (1.0 - error.log10().floor()).clamp(0.0, 12.0) as usize;
            (format!("{value:.decimals$}"), format!("{error:.decimals$}"))
        }
        _ => (format!("{value:.6}"), "—".to_owned()),
    }
}
