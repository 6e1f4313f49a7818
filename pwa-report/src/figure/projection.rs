//! One variable: data with errors, the model with its parts, pulls below.

use std::fmt::Write;

use maud::{Markup, html};
use pwa_core::analysis::projection::{Axis, Projection};

use super::axes::{Numbers, Panel};
use super::marks::{self, filled};
use super::series::{Series, SeriesKind, contents, series_of};
use super::{Figure, LETTERS, Legend, SMALL, at};
use crate::Label;

const LEFT: f64 = 66.0;
const TOP: f64 = 14.0;
const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 270.0;
const PULLS: f64 = 76.0;
const GAP: f64 = 10.0;
const BELOW: f64 = 46.0;
/// A line of the legend.
const LINE: f64 = 20.0;

/// Pulls are cut here, and the arrow says so.
pub(super) const FARTHEST: f64 = 5.0;

pub(super) fn axis_label(axis: &Axis) -> Label {
    Label::of(&axis.latex).with_unit(&axis.unit)
}

/// The picture of a projection.
pub fn projection(projection: &Projection, legend: Legend) -> Figure {
    let edges = &projection.edges;
    let x = [edges[0], edges[edges.len() - 1]];
    let list = contents(projection);
    let heights = list.iter().flat_map(|(series, contents)| {
        let errors = (series.kind == SeriesKind::Points).then_some(&projection.data_errors);
        contents
            .iter()
            .enumerate()
            .map(move |(bin, content)| content + errors.map_or(0.0, |errors| errors[bin]))
    });
    let lowest = list.iter().flat_map(|(_, contents)| contents.iter());
    let highest = heights.fold(0.0, f64::max);
    let lowest = lowest.fold(0.0, |low: f64, &value| low.min(value));
    let margin = 0.06 * (highest - lowest).max(1e-12);
    let panel = Panel {
        left: LEFT,
        top: TOP,
        width: WIDTH,
        height: HEIGHT,
        x,
        y: [
            if lowest < 0.0 { lowest - margin } else { 0.0 },
            highest + margin,
        ],
    };
    let pulls = Panel {
        top: TOP + HEIGHT + GAP,
        height: PULLS,
        y: [-FARTHEST, FARTHEST],
        ..panel
    };
    let explained = match legend {
        Legend::Beside => series_of(projection),
        Legend::Elsewhere => Vec::new(),
    };
    let widest = explained
        .iter()
        .map(|series| series.label.width())
        .fold(0.0, f64::max);
    let beside = if explained.is_empty() {
        14.0
    } else {
        60.0 + widest * LETTERS
    };
    let height =
        (TOP + HEIGHT + GAP + PULLS + BELOW).max(2.0 * TOP + LINE * explained.len() as f64);
    let label = axis_label(&projection.x);
    let bin = (projection.edges[1] - projection.edges[0]).abs();
    let body = html! {
        (panel.frame(Numbers::Hidden))
        (panel.label_y(&events_in(bin, &projection.x.unit), 50.0))
        @if panel.y[0] < 0.0 {
            path d=(format!("M{LEFT:.1} {:.1}h{WIDTH:.1}", panel.y(0.0))) stroke="#999999" stroke-width="0.7" {}
        }
        @for (series, contents) in &list { (draw(series, contents, projection, &panel)) }
        (pulls_of(&projection.pulls, &projection.edges, &pulls))
        (pulls.frame(Numbers::Shown))
        (pulls.label_y(&Label::plain("pull"), 50.0))
        (pulls.label_x(&label))
        @for (number, series) in explained.iter().enumerate() {
            (explain(series, LEFT + WIDTH + 16.0, TOP + LINE * number as f64))
        }
    };
    Figure {
        title: format!("{}: data, model, its components and pulls", label.text()),
        width: (LEFT + WIDTH + beside).ceil(),
        height: height.ceil(),
        body,
    }
}

/// What stands at an axis of events in bins of a width.
pub(super) fn events_in(width: f64, unit: &str) -> Label {
    // Bins of a round width have few digits.
    let text = format!("{width:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    Label::plain(format!("events / {text} {unit}").trim_end())
}

fn explain(series: &Series, x: f64, y: f64) -> Markup {
    html! {
        g {
            (series.sample(x, y))
            text x=(at(x + 34.0)) y=(at(y + 11.0)) font-size=(LETTERS) fill="#111111" {
                (series.label.svg(LETTERS))
            }
        }
    }
}

fn draw(series: &Series, contents: &[f64], projection: &Projection, panel: &Panel) -> Markup {
    let look = match series.kind {
        SeriesKind::Points => points(series, projection, panel),
        SeriesKind::Area => html! {
            path d=(format!("{}V{:.1}H{:.1}Z", steps(contents, &projection.edges, panel),
                panel.y(0.0), panel.x(projection.edges[0]))) fill=(series.colour) stroke="none" {}
        },
        SeriesKind::Line | SeriesKind::Strong => html! {
            path d=(steps(contents, &projection.edges, panel)) fill="none" stroke=(series.colour)
                stroke-width=(series.thickness()) stroke-dasharray=(series.dashes) {}
        },
    };
    html! { g data-series=(series.key) { (look) } }
}

/// The outline of a histogram.
pub(super) fn steps(contents: &[f64], edges: &[f64], panel: &Panel) -> String {
    let mut path = String::new();
    for (bin, &content) in contents.iter().enumerate() {
        let (x, y) = (panel.x(edges[bin]), panel.y(content));
        // Writing to a string cannot fail.
        let _ = match bin {
            0 => write!(path, "M{x:.1} {y:.1}"),
            _ => write!(path, "V{y:.1}"),
        };
        let _ = write!(path, "H{:.1}", panel.x(edges[bin + 1]));
    }
    path
}

fn points(series: &Series, projection: &Projection, panel: &Panel) -> Markup {
    let filled = filled(&projection.data, &projection.data_errors, &projection.edges);
    marks::points(panel, &filled, series.colour)
}

/// Bars from zero; a band of two standard deviations behind them.
pub(super) fn pulls_of(pulls: &[Option<f64>], edges: &[f64], panel: &Panel) -> Markup {
    let mut bars = String::new();
    let mut cut = Vec::new();
    for (bin, pull) in pulls.iter().enumerate() {
        let Some(pull) = pull else { continue };
        let (left, right) = (panel.x(edges[bin]), panel.x(edges[bin + 1]));
        let y = panel.y(pull.clamp(-FARTHEST, FARTHEST));
        let _ = write!(
            bars,
            "M{left:.1} {:.1}V{y:.1}H{right:.1}V{0:.1}Z",
            panel.y(0.0)
        );
        if pull.abs() > FARTHEST {
            cut.push((0.5 * (left + right), y, pull.signum()));
        }
    }
    let (top, bottom) = (panel.y(2.0), panel.y(-2.0));
    html! {
        rect x=(at(panel.left)) y=(at(top)) width=(at(panel.width)) height=(at(bottom - top)) fill="#eef3f8" {}
        path d=(bars) fill="#5b7c99" stroke="none" {}
        path d=(format!("M{:.1} {:.1}h{:.1}", panel.left, panel.y(0.0), panel.width)) stroke="#333333"
            stroke-width="0.7" {}
        @for (x, y, sign) in cut {
            text x=(at(x)) y=(at(y + if sign > 0.0 { 12.0 } else { -3.0 })) text-anchor="middle"
                font-size=(SMALL) fill="#d55e00" { @if sign > 0.0 { "▲" } @else { "▼" } }
        }
    }
}
