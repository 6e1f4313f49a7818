//! A line shape in the complex plane, and its intensity and phase against the mass.

use maud::{Markup, html};
use pwa_core::analysis::Argand;
use pwa_core::model::particle_latex;

use super::axes::{Numbers, Panel};
use super::marks::{Pen, curve};
use super::{Figure, LETTERS, at, colour};
use crate::Label;

const SIZE: f64 = 250.0;
const LEFT: f64 = 66.0;
const TOP: f64 = 34.0;
const NEXT: f64 = SIZE + 76.0;

/// The picture of a line shape, scaled to a largest modulus of one.
pub fn argand(curve: &Argand) -> Figure {
    let norm = |(re, im): (&f64, &f64)| re.hypot(*im);
    let moduli = || curve.re.iter().zip(&curve.im).map(norm);
    let largest = moduli().fold(f64::MIN_POSITIVE, f64::max);
    let points: Vec<[f64; 2]> = (curve.re.iter().zip(&curve.im))
        .map(|(re, im)| [re / largest, im / largest])
        .collect();
    let intensity: Vec<f64> = moduli()
        .map(|modulus| (modulus / largest).powi(2))
        .collect();
    let phase = unwrapped(&points);
    let panel = |number: usize, x: [f64; 2], y: [f64; 2]| Panel {
        left: LEFT + NEXT * number as f64,
        top: TOP,
        width: SIZE,
        height: SIZE,
        x,
        y,
    };
    let masses = &curve.masses;
    let range = [masses[0], masses[masses.len() - 1]];
    let (lowest, highest) = phase
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &p| {
            (l.min(p), h.max(p))
        });
    let margin = 0.05 * (highest - lowest).max(1.0);
    let plane = panel(0, [-1.1, 1.1], [-1.1, 1.1]);
    let squared = panel(1, range, [0.0, 1.08]);
    let turned = panel(2, range, [lowest - margin, highest + margin]);
    let against = |panel: &Panel, values: &[f64]| {
        let pairs = masses.iter().zip(values).map(|(&m, &v)| [m, v]);
        line(panel, pairs)
    };
    let place = curve.mass.and_then(|mass| {
        let inside = range[0] <= mass && mass <= range[1];
        inside.then(|| masses.partition_point(|&m| m < mass).min(masses.len() - 1))
    });
    let mass = Label::plain("m [GeV]");
    let name = Label::of(&particle_latex(&curve.resonance));
    let dot = |panel: &Panel, x: f64, y: f64| -> Markup {
        html! { circle cx=(at(panel.x(x))) cy=(at(panel.y(y))) r="4" fill=(colour::line(1).0) {} }
    };
    let body = html! {
        text x=(at(LEFT)) y=(at(TOP - 10.0)) font-size=(LETTERS) fill="#111111" { (name.svg(LETTERS)) }
        g stroke="#bbbbbb" stroke-width="0.7" {
            path d=(format!("M{:.1} {:.1}h{SIZE}M{:.1} {:.1}v{SIZE}", plane.left, plane.y(0.0), plane.x(0.0), plane.top)) {}
        }
        (line(&plane, points.iter().copied()))
        (against(&squared, &intensity))
        (against(&turned, &phase))
        @if let Some(place) = place {
            (dot(&plane, points[place][0], points[place][1]))
            (dot(&squared, masses[place], intensity[place]))
            (dot(&turned, masses[place], phase[place]))
        }
        @for panel in [&plane, &squared, &turned] { (panel.frame(Numbers::Shown)) }
        (plane.label_x(&Label::plain("Re F")))
        (plane.label_y(&Label::plain("Im F"), 44.0))
        (squared.label_x(&mass))
        (squared.label_y(&Label::of("|F|^{2}"), 44.0))
        (turned.label_x(&mass))
        (turned.label_y(&Label::plain("phase [°]"), 44.0))
    };
    Figure {
        title: format!(
            "Line shape of {}: complex plane, intensity and phase",
            name.text()
        ),
        width: LEFT + 3.0 * NEXT - 56.0,
        height: TOP + SIZE + 46.0,
        body,
    }
}

fn line(panel: &Panel, points: impl IntoIterator<Item = [f64; 2]>) -> Markup {
    let pen = Pen {
        colour: colour::line(0).0,
        dashes: "none",
        width: 1.6,
    };
    curve(panel, points, pen)
}

/// Phases in degrees without jumps of a full turn.
fn unwrapped(points: &[[f64; 2]]) -> Vec<f64> {
    let mut phases: Vec<f64> = Vec::with_capacity(points.len());
    for &[re, im] in points {
        let phase = im.atan2(re).to_degrees();
        let before = phases.last().copied().unwrap_or(phase);
        phases.push(phase - 360.0 * ((phase - before) / 360.0).round());
    }
    phases
}
