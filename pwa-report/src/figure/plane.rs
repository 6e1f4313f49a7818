//! Two variables: data, model and pulls side by side.

use maud::{Markup, html};
use pwa_core::analysis::projection::Plane;

use super::axes::{Numbers, Panel};
use super::projection::axis_label;
use super::{Figure, LETTERS, SMALL, at, colour};
use crate::Label;

/// Of neighbouring cells.
const OVERLAP: f64 = 0.4;

const SIZE: f64 = 250.0;
const LEFT: f64 = 66.0;
const TOP: f64 = 34.0;
/// From one panel to the next, with the scale of colours between.
const NEXT: f64 = SIZE + 96.0;

/// The picture of a plane.
pub fn plane(plane: &Plane) -> Figure {
    let most = (plane.data.iter().chain(&plane.model)).fold(0.0, |most: f64, &v| most.max(v));
    // A square root brings out what a peak would hide.
    let of_content = |value: f64| {
        (value > 0.0).then(|| colour::content((value / most.max(f64::MIN_POSITIVE)).sqrt()))
    };
    let of_pull = |pull: f64| Some(colour::signed(pull / FARTHEST));
    let some = |list: &[f64]| list.iter().copied().map(Some).collect::<Vec<_>>();
    let contents = |share: f64| colour::content(share.sqrt());
    let pulls = |share: f64| colour::signed(2.0 * share - 1.0);
    let body = html! {
        (draw(plane, 0, "data", &some(&plane.data), &of_content))
        (scale(0, [0.0, most], &contents))
        (draw(plane, 1, "model", &some(&plane.model), &of_content))
        (scale(1, [0.0, most], &contents))
        (draw(plane, 2, "pull", &plane.pulls, &of_pull))
        (scale(2, [-FARTHEST, FARTHEST], &pulls))
    };
    let (x, y) = (axis_label(&plane.x).text(), axis_label(&plane.y).text());
    Figure {
        title: format!("{y} against {x}: data, model and pulls"),
        width: LEFT + 3.0 * NEXT - 20.0,
        height: TOP + SIZE + 46.0,
        body,
    }
}

/// Where the colours of pulls end.
const FARTHEST: f64 = 4.0;

fn draw(
    plane: &Plane,
    number: usize,
    title: &str,
    contents: &[Option<f64>],
    colour: &dyn Fn(f64) -> Option<String>,
) -> Markup {
    let ends = |edges: &[f64]| [edges[0], edges[edges.len() - 1]];
    let panel = Panel {
        left: LEFT + NEXT * number as f64,
        top: TOP,
        width: SIZE,
        height: SIZE,
        x: ends(&plane.x_edges),
        y: ends(&plane.y_edges),
    };
    let columns = plane.x_edges.len() - 1;
    let cells = contents.iter().enumerate().filter_map(|(bin, content)| {
        let fill = colour((*content)?)?;
        let (column, row) = (bin % columns, bin / columns);
        let [left, right] = [column, column + 1].map(|edge| panel.x(plane.x_edges[edge]));
        let [low, high] = [row, row + 1].map(|edge| panel.y(plane.y_edges[edge]));
        // Cells overlap a little: between rounded edges the paper would show.
        Some(html! {
            rect x=(at(left)) y=(at(high)) width=(at(right - left + OVERLAP)) height=(at(low - high + OVERLAP))
                fill=(fill) {}
        })
    });
    html! {
        g shape-rendering="crispEdges" { @for cell in cells { (cell) } }
        (panel.frame(Numbers::Shown))
        text x=(at(panel.left)) y=(at(TOP - 10.0)) font-size=(LETTERS) fill="#111111" { (title) }
        (panel.label_x(&axis_label(&plane.x)))
        @if number == 0 { (panel.label_y(&axis_label(&plane.y), 44.0)) }
    }
}

/// The colours beside a panel.
fn scale(number: usize, range: [f64; 2], colour: &dyn Fn(f64) -> String) -> Markup {
    const STEPS: usize = 40;
    let left = LEFT + NEXT * number as f64 + SIZE + 8.0;
    let step = SIZE / STEPS as f64;
    let [low, high] = range.map(|end| Label::plain(&format!("{end:.0}")).text());
    html! {
        g shape-rendering="crispEdges" {
            @for part in 0..STEPS {
                rect x=(at(left)) y=(at(TOP + SIZE - step * (part + 1) as f64)) width="9" height=(at(step + 0.3))
                    fill=(colour((part as f64 + 0.5) / STEPS as f64)) {}
            }
        }
        g font-size=(SMALL) fill="#222222" {
            text x=(at(left + 12.0)) y=(at(TOP + SIZE)) { (low) }
            text x=(at(left + 12.0)) y=(at(TOP + 10.0)) { (high) }
        }
    }
}
