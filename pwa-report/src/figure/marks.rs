//! What stands in a panel: points with errors, curves, lines across, and the list that explains them.

use std::fmt::Write;

use maud::{Markup, html};

use super::axes::Panel;
use super::{LETTERS, at};
use crate::Label;

/// A line of the list that explains marks.
pub const LINE: f64 = 20.0;

/// A value with its error, at a place that is known to `half` either way.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    pub x: f64,
    pub half: f64,
    pub y: f64,
    pub error: f64,
}

/// Of the bins of a histogram that have an error: the others hold nothing, and say nothing.
pub fn filled(values: &[f64], errors: &[f64], edges: &[f64]) -> Vec<Point> {
    let bins = values.iter().zip(errors).zip(edges.windows(2));
    let filled = bins.filter(|((_, error), _)| **error > 0.0);
    let point = |((&y, &error), edges): ((&f64, &f64), &[f64])| Point {
        x: 0.5 * (edges[0] + edges[1]),
        half: 0.0,
        y,
        error,
    };
    filled.map(point).collect()
}

/// Dots with bars that end at the frame; a dot outside of the panel is not drawn.
pub fn points(panel: &Panel, list: &[Point], colour: &str) -> Markup {
    let (mut bars, mut dots) = (String::new(), Vec::new());
    let inside = |y: f64| panel.y(y.clamp(panel.y[0], panel.y[1]));
    for point in list {
        let (x, y) = (panel.x(point.x), panel.y(point.y));
        let (low, high) = (inside(point.y - point.error), inside(point.y + point.error));
        // Writing to a string cannot fail.
        let _ = write!(bars, "M{x:.1} {low:.1}V{high:.1}");
        if (panel.y[0]..=panel.y[1]).contains(&point.y) {
            let ends = [point.x - point.half, point.x + point.half].map(|end| panel.x(end));
            let _ = write!(bars, "M{:.1} {y:.1}H{:.1}", ends[0], ends[1]);
            dots.push((x, y));
        }
    }
    html! {
        path d=(bars) stroke=(colour) stroke-width="1" fill="none" {}
        @for (x, y) in dots { circle cx=(at(x)) cy=(at(y)) r="2.2" fill=(colour) {} }
    }
}

/// How a line looks.
#[derive(Debug, Clone, Copy)]
pub struct Pen<'a> {
    pub colour: &'a str,
    pub dashes: &'a str,
    pub width: f64,
}

/// A line through points; it breaks where it leaves the panel.
pub fn curve(panel: &Panel, list: impl IntoIterator<Item = [f64; 2]>, pen: Pen) -> Markup {
    let mut path = String::new();
    let mut command = 'M';
    for [x, y] in list {
        // A panel may count downwards.
        let within = |value: f64, [a, b]: [f64; 2]| {
            let margin = 1e-9 * (b - a).abs();
            (a.min(b) - margin..=a.max(b) + margin).contains(&value)
        };
        if !within(x, panel.x) || !within(y, panel.y) {
            command = 'M';
            continue;
        }
        // Writing to a string cannot fail.
        let _ = write!(path, "{command}{:.1} {:.1}", panel.x(x), panel.y(y));
        command = 'L';
    }
    html! {
        @if !path.is_empty() {
            path d=(path) fill="none" stroke=(pen.colour) stroke-width=(pen.width) stroke-dasharray=(pen.dashes) {}
        }
    }
}

/// A line across at a height, where that is in the panel.
pub fn across(panel: &Panel, y: f64, pen: Pen) -> Markup {
    curve(panel, [[panel.x[0], y], [panel.x[1], y]], pen)
}

/// Samples with what they are, below each other; a sample is 26 wide and 12 high.
pub fn explained(left: f64, top: f64, list: &[(Markup, Label)]) -> Markup {
    html! {
        @for (number, (sample, label)) in list.iter().enumerate() {
            @let y = top + LINE * number as f64;
            g {
                g transform=(format!("translate({left:.1} {y:.1})")) { (sample) }
                text x=(at(left + 34.0)) y=(at(y + 11.0)) font-size=(LETTERS) fill="#111111" { (label.svg(LETTERS)) }
            }
        }
    }
}

/// Room that such a list takes beside a panel.
pub fn room_of(list: &[(Markup, Label)]) -> f64 {
    let widest = list.iter().map(|(_, label)| label.width());
    60.0 + widest.fold(0.0, f64::max) * LETTERS
}

/// The sample of a line.
pub fn sample_of_line(pen: Pen) -> Markup {
    html! {
        path d="M0 6h26" fill="none" stroke=(pen.colour) stroke-width=(pen.width) stroke-dasharray=(pen.dashes) {}
    }
}

/// The sample of a point with its error.
pub fn sample_of_point(colour: &str) -> Markup {
    html! {
        path d="M13 0v12" stroke=(colour) {}
        circle cx="13" cy="6" r="2.6" fill=(colour) {}
    }
}
