//! The correlation of parameters as a map of colours.

use maud::{Markup, html};
use pwa_core::result::MatrixRecord;

use super::{Figure, SMALL, at, colour};

/// A picture is this wide at least, and cells this large at least.
const SIZE: f64 = 420.0;
const CELL: f64 = 15.0;

/// With numbers up to so many parameters.
const WITH_NUMBERS: usize = 14;

/// The picture of a correlation matrix; none without a parameter.
pub fn correlation(matrix: &MatrixRecord) -> Option<Figure> {
    let count = matrix.names.len();
    if count == 0 {
        return None;
    }
    let longest = matrix.names.iter().map(|name| name.chars().count()).max();
    let names = 12.0 + 0.62 * SMALL * longest.unwrap_or(0) as f64;
    let cell = (SIZE / count as f64).clamp(CELL, 44.0);
    let extent = cell * count as f64;
    let body = html! {
        @for (row, name) in matrix.names.iter().enumerate() {
            @let middle = cell * (row as f64 + 0.5);
            text x=(at(names - 6.0)) y=(at(middle + 14.0)) text-anchor="end" font-size=(SMALL) fill="#111111" { (name) }
            text transform=(format!("translate({:.1} {:.1}) rotate(-90)", names + middle + 4.0, extent + 16.0))
                text-anchor="end" font-size=(SMALL) fill="#111111" { (name) }
            @for (column, &value) in matrix.rows[row].iter().enumerate() {
                (entry(value, [names + cell * column as f64, 10.0 + cell * row as f64], cell, count))
            }
        }
        rect x=(at(names)) y="10" width=(at(extent)) height=(at(extent)) fill="none" stroke="#333333" {}
    };
    Some(Figure {
        title: "Correlation of the free parameters".to_owned(),
        width: (names + extent + 10.0).ceil(),
        height: (extent + 16.0 + names).ceil(),
        body,
    })
}

fn entry(value: f64, [x, y]: [f64; 2], cell: f64, count: usize) -> Markup {
    let ink = if value.abs() > 0.65 {
        "#ffffff"
    } else {
        "#111111"
    };
    html! {
        rect x=(at(x)) y=(at(y)) width=(at(cell)) height=(at(cell)) fill=(colour::signed(value)) {}
        @if count <= WITH_NUMBERS {
            text x=(at(x + 0.5 * cell)) y=(at(y + 0.5 * cell + 4.0)) text-anchor="middle" font-size="10"
                fill=(ink) { (format!("{value:.2}")) }
        }
    }
}
