//! Pulls of toys: of each number a histogram with the normal curve that right errors have.

use maud::{Markup, html};

use super::axes::{Numbers, Panel};
use super::marks::{Pen, curve};
use super::projection::steps;
use super::{Figure, SMALL, at, colour};
use crate::Label;

/// One number of all toys.
#[derive(Debug, Clone)]
pub struct PullsOf {
    pub name: String,
    pub pulls: Vec<f64>,
    /// With its error.
    pub mean: [f64; 2],
    pub width: [f64; 2],
}

const ACROSS: usize = 3;
const WIDTH: f64 = 230.0;
const HEIGHT: f64 = 130.0;
const LEFT: f64 = 44.0;
const TOP: f64 = 42.0;
const RIGHT: f64 = 14.0;
const BELOW: f64 = 42.0;
/// Bins of half a standard deviation; what lies beyond is counted in words.
const FARTHEST: f64 = 4.0;
const BINS: usize = 16;
const STEPS: usize = 80;

/// The picture; none without a number.
pub fn pulls(list: &[PullsOf]) -> Option<Figure> {
    if list.is_empty() {
        return None;
    }
    let columns = ACROSS.min(list.len());
    let (wide, high) = (LEFT + WIDTH + RIGHT, TOP + HEIGHT + BELOW);
    let body = html! {
        @for (number, of) in list.iter().enumerate() {
            @let (column, row) = ((number % ACROSS) as f64, (number / ACROSS) as f64);
            g data-series=(format!("pulls-{number}")) { (histogram(of, [LEFT + wide * column, TOP + high * row])) }
        }
    };
    Some(Figure {
        title: "Pulls of toys with the normal distribution".to_owned(),
        width: wide * columns as f64,
        height: high * list.len().div_ceil(ACROSS) as f64,
        body,
    })
}

fn histogram(of: &PullsOf, [left, top]: [f64; 2]) -> Markup {
    let width = 2.0 * FARTHEST / BINS as f64;
    let mut counts = vec![0.0_f64; BINS];
    let mut outside = 0;
    for pull in &of.pulls {
        let place = (pull + FARTHEST) / width;
        match counts
            .get_mut(place.max(0.0) as usize)
            .filter(|_| place >= 0.0)
        {
            Some(count) => *count += 1.0,
            None => outside += 1,
        }
    }
    let edges: Vec<f64> = (0..=BINS)
        .map(|edge| width * edge as f64 - FARTHEST)
        .collect();
    let peak = of.pulls.len() as f64 * width / std::f64::consts::TAU.sqrt();
    let normal = (0..=STEPS).map(|step| {
        let x = FARTHEST * (2.0 * step as f64 / STEPS as f64 - 1.0);
        [x, peak * (-0.5 * x * x).exp()]
    });
    let highest = counts.iter().copied().fold(peak, f64::max);
    let panel = Panel {
        left,
        top,
        width: WIDTH,
        height: HEIGHT,
        x: [-FARTHEST, FARTHEST],
        y: [0.0, 1.1 * highest],
    };
    let pen = Pen {
        colour: colour::line(1).0,
        dashes: "none",
        width: 1.6,
    };
    let near = |[value, error]: [f64; 2]| format!("{value:.2} ± {error:.2}");
    let words = format!("mean {}, width {}", near(of.mean), near(of.width));
    html! {
        path d=(format!("{}V{:.1}H{:.1}Z", steps(&counts, &edges, &panel), panel.y(0.0), panel.x(-FARTHEST)))
            fill="#c9dcea" stroke=(colour::line(0).0) stroke-width="1" {}
        (curve(&panel, normal, pen))
        (panel.frame(Numbers::Shown))
        (panel.label_x(&Label::plain("pull")))
        g font-size=(SMALL) fill="#111111" {
            text x=(at(left)) y=(at(top - 22.0)) { (Label::of_parameter(&of.name, "").svg(SMALL)) }
            text x=(at(left)) y=(at(top - 6.0)) fill="#444444" font-size="10.5" { (words) }
            @if outside > 0 {
                text x=(at(left + 4.0)) y=(at(top + 14.0)) fill="#d55e00" font-size="10.5" { (outside) " beyond" }
            }
        }
    }
}
