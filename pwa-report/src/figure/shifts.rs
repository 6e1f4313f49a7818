//! Shifts of every number by variations of the config, in errors, by group of causes.

use maud::html;
use serde::Deserialize;

use super::axes::ticks;
use super::marks::{LINE, Pen, curve, explained, room_of};
use super::rows::{BELOW, Rows, TOP, WIDTH};
use super::{Figure, SMALL, at, colour};
use crate::Label;

/// What `gpuwa vary` writes.
#[derive(Debug, Clone, Deserialize)]
pub struct Varied {
    pub variations: Vec<Variation>,
    pub groups: Vec<Group>,
    pub total: Vec<Combined>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Variation {
    pub name: String,
    /// None where it did not converge.
    #[serde(default)]
    pub numbers: Vec<Shift>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Shift {
    pub name: String,
    pub sigmas: Option<f64>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Group {
    pub name: String,
    pub variations: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Combined {
    pub name: String,
    pub quadrature_sigmas: Option<f64>,
}

/// A group in the row of a number.
const STEP: f64 = 9.0;
/// Shifts beyond are cut, and an arrow says so.
const FARTHEST: f64 = 6.0;

/// The picture; none without a number that has an error.
pub fn shifts(varied: &Varied) -> Option<Figure> {
    let rows: Vec<&Combined> = (varied.total.iter())
        .filter(|number| number.quadrature_sigmas.is_some())
        .collect();
    let all = varied.variations.iter().flat_map(|of| &of.numbers);
    let largest = all
        .filter_map(|shift| shift.sigmas)
        .map(f64::abs)
        .fold(0.0, f64::max);
    let reach = 1.15 * largest.clamp(1.0, FARTHEST);
    let row_height = STEP * varied.groups.len() as f64 + 10.0;
    let named = Rows::new(rows.iter().map(|row| &*row.name), row_height, reach)?;
    let panel = &named.panel;
    let mut legend: Vec<_> = (varied.groups.iter().enumerate())
        .map(|(number, group)| {
            let colour = colour::line(number).0;
            let sample = html! { circle cx="13" cy="6" r="4" fill=(colour) {} };
            (sample, Label::plain(&group.name))
        })
        .collect();
    let band = html! { rect x="3" y="0" width="20" height="12" fill="#e4e9ee" {} };
    legend.push((band, Label::plain("all, in quadrature")));
    let line = Pen {
        colour: "#cccccc",
        dashes: "none",
        width: 0.7,
    };
    let middle = Pen {
        colour: "#333333",
        dashes: "none",
        width: 0.8,
    };
    let body = html! {
        @for (number, row) in rows.iter().enumerate() {
            @let top = TOP + row_height * number as f64;
            @let half = row.quadrature_sigmas.unwrap_or(0.0).min(reach);
            rect x=(at(panel.x(-half))) y=(at(top + 1.0)) width=(at(panel.x(half) - panel.x(-half)))
                height=(at(row_height - 2.0)) fill="#e4e9ee" {}
            (named.name(number))
        }
        @for (value, _) in ticks(panel.x, 8) { (curve(panel, [[value, panel.y[1]], [value, panel.y[0]]], line)) }
        (curve(panel, [[0.0, panel.y[1]], [0.0, panel.y[0]]], middle))
        @for (place, group) in varied.groups.iter().enumerate() {
            @let colour = colour::line(place).0;
            g data-series=(format!("group-{place}")) {
                @for (number, row) in rows.iter().enumerate() {
                    @let y = TOP + row_height * number as f64 + 5.0 + STEP * (place as f64 + 0.5);
                    @for sigmas in shifts_of(varied, group, &row.name) {
                        @if sigmas.abs() <= FARTHEST {
                            circle cx=(at(panel.x(sigmas))) cy=(at(y)) r="3.4" fill=(colour) {}
                        } @else {
                            text x=(at(panel.x(reach.copysign(sigmas)) - 6.0 * sigmas.signum())) y=(at(y + 4.0))
                                text-anchor="middle" font-size=(SMALL) fill=(colour) {
                                @if sigmas > 0.0 { "▶" } @else { "◀" }
                            }
                        }
                    }
                }
            }
        }
        (named.frame("shift in statistical errors"))
        (explained(panel.left + WIDTH + 16.0, TOP, &legend))
    };
    Some(Figure {
        title: "Shifts of numbers by variations, in statistical errors".to_owned(),
        width: (panel.left + WIDTH + room_of(&legend)).ceil(),
        height: (TOP + panel.height + BELOW).max(2.0 * TOP + LINE * legend.len() as f64),
        body,
    })
}

/// Of the variations of a group that have the number.
fn shifts_of(varied: &Varied, group: &Group, number: &str) -> Vec<f64> {
    let members = varied.variations.iter();
    let members = members.filter(|of| group.variations.contains(&of.name));
    let shifts = members.flat_map(|of| of.numbers.iter().filter(|shift| shift.name == number));
    shifts.filter_map(|shift| shift.sigmas).collect()
}
