//! Moments of a decay's cosine in bins of its mass: data against model, pulls below.

use maud::html;
use pwa_core::analysis::gof::{Moment, SphericalMoments};

use super::axes::{Numbers, Panel};
use super::marks::{Pen, across, explained, filled, points, sample_of_line, sample_of_point};
use super::projection::{FARTHEST, axis_label, pulls_of, steps};
use super::{Figure, colour};
use crate::Label;

const LEFT: f64 = 72.0;
const TOP: f64 = 30.0;
const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 110.0;
const PULLS: f64 = 40.0;
const GAP: f64 = 12.0;
/// So that the numbers of both panels stand apart.
const BETWEEN: f64 = 12.0;
const BELOW: f64 = 46.0;

/// One row a moment of M = 0; all others would hide them.
pub fn moments(moments: &SphericalMoments) -> Figure {
    let edges = &moments.edges;
    let model = Pen {
        colour: colour::line(1).0,
        dashes: "none",
        width: 1.8,
    };
    let zero = Pen {
        colour: "#999999",
        dashes: "none",
        width: 0.7,
    };
    let last = moments.of_cosine().count().saturating_sub(1);
    let rows: Vec<_> = (moments.of_cosine().enumerate())
        .map(|(row, moment)| (row == last, moment, panels(row, moment, edges)))
        .collect();
    let legend = [
        (sample_of_point("#000000"), Label::plain("data")),
        (sample_of_line(model), Label::plain("model")),
    ];
    let name = axis_label(&moments.cosine);
    let body = html! {
        (explained(LEFT, 8.0, &legend[..1]))
        (explained(LEFT + 90.0, 8.0, &legend[1..]))
        @for (is_last, moment, [upper, lower]) in &rows {
            g data-series=(format!("moment-{}", moment.of.l)) {
                (across(upper, 0.0, zero))
                path d=(steps(&moment.model, edges, upper)) fill="none" stroke=(model.colour) stroke-width=(model.width) {}
                (points(upper, &filled(&moment.data, &moment.data_errors, edges), "#000000"))
                (pulls_of(&moment.pulls, edges, lower))
            }
            (upper.frame(Numbers::Hidden))
            (upper.label_y(&Label::of(&format!(r"\Sigma P_{{{}}}", moment.of.l)), 54.0))
            (lower.frame(if *is_last { Numbers::Shown } else { Numbers::Hidden }))
            @if *is_last { (lower.label_x(&axis_label(&moments.mass))) }
        }
    };
    let bottom = rows
        .last()
        .map_or(TOP, |(_, _, [_, lower])| lower.top + lower.height);
    Figure {
        title: format!(
            "Legendre moments of {} in bins of {}: data, model and pulls",
            name.text(),
            moments.mass.text
        ),
        width: LEFT + WIDTH + 14.0,
        height: bottom + BELOW,
        body,
    }
}

fn panels(row: usize, moment: &Moment, edges: &[f64]) -> [Panel; 2] {
    let errors = moment.data.iter().zip(&moment.data_errors);
    let heights = errors.flat_map(|(y, error)| [y - error, y + error]);
    let heights = heights.chain(moment.model.iter().copied());
    let (low, high) = heights.fold((0.0_f64, 0.0_f64), |(low, high), y| {
        (low.min(y), high.max(y))
    });
    let margin = 0.06 * (high - low).max(1e-12);
    let below = if low < 0.0 { low - margin } else { 0.0 };
    let upper = Panel {
        left: LEFT,
        top: TOP + (HEIGHT + BETWEEN + PULLS + GAP) * row as f64,
        width: WIDTH,
        height: HEIGHT,
        x: [edges[0], edges[edges.len() - 1]],
        y: [below, high + margin],
    };
    let lower = Panel {
        top: upper.top + HEIGHT + BETWEEN,
        height: PULLS,
        y: [-1.1 * FARTHEST, 1.1 * FARTHEST],
        ..upper
    };
    [upper, lower]
}
