//! A fit in bins: events of every wave, and their phases against the reference.

use maud::html;
use pwa_core::model::particle_latex;
use pwa_core::setup::{BinRecord, BinnedFit, BinnedWave, SolutionInBin};

use super::axes::{Numbers, Panel};
use super::marks::{LINE, Pen, Point, across, curve, explained, points, room_of, sample_of_point};
use super::projection::{axis_label, events_in};
use super::{Figure, LETTERS, at, colour};
use crate::Label;

const LEFT: f64 = 66.0;
const TOP: f64 = 14.0;
const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 230.0;
const PHASES: f64 = 150.0;
const GAP: f64 = 10.0;
const BELOW: f64 = 46.0;

/// All components with their sum, and each wave with its phase; with the names of their files.
pub fn bins(fit: &BinnedFit) -> Vec<(String, Figure)> {
    let mut figures = vec![("bins".to_owned(), together(fit))];
    let first = fit.bins.iter().find_map(|bin| bin.solution.as_ref());
    for (place, wave) in first.iter().flat_map(|of| of.waves.iter().enumerate()) {
        figures.push((format!("bins {}", wave.name), single(fit, place, wave)));
    }
    figures
}

/// A number of each bin that has a solution.
fn list<'a>(
    fit: &'a BinnedFit,
    of: impl Fn(&'a SolutionInBin) -> Option<(f64, f64)>,
) -> Vec<Point> {
    let point = |bin: &'a BinRecord| {
        let (y, error) = of(bin.solution.as_ref()?)?;
        Some(Point {
            x: 0.5 * (bin.low + bin.high),
            half: 0.5 * (bin.high - bin.low),
            y,
            error,
        })
    };
    fit.bins.iter().filter_map(point).collect()
}

fn panel_of(fit: &BinnedFit, all: &[&[Point]]) -> Panel {
    let heights = all.iter().flat_map(|list| list.iter());
    let highest = heights.map(|point| point.y + point.error.min(point.y.abs()));
    Panel {
        left: LEFT,
        top: TOP,
        width: WIDTH,
        height: HEIGHT,
        x: [fit.edges[0], fit.edges[fit.edges.len() - 1]],
        y: [0.0, 1.06 * highest.fold(1e-12, f64::max)],
    }
}

fn events_label(fit: &BinnedFit) -> Label {
    let widths = fit.edges.windows(2).map(|pair| pair[1] - pair[0]);
    let (least, most) = widths.fold((f64::INFINITY, 0.0_f64), |(low, high), w| {
        (low.min(w), high.max(w))
    });
    if most - least > 1e-6 * most {
        return Label::plain("events in the bin");
    }
    events_in(most, &fit.variable.unit)
}

fn together(fit: &BinnedFit) -> Figure {
    let total = list(fit, |of| Some((of.total.value, of.total.error)));
    let first = fit.bins.iter().find_map(|bin| bin.solution.as_ref());
    let names: Vec<&str> = first
        .iter()
        .flat_map(|of| {
            of.components
                .iter()
                .map(|component| component.name.as_str())
        })
        .collect();
    let parts: Vec<Vec<Point>> = (0..names.len())
        .map(|place| {
            list(fit, |of| {
                let events = of.components[place].events;
                Some((events.value, events.error))
            })
        })
        .collect();
    let panel = panel_of(fit, &[&total]);
    let mut legend = vec![(sample_of_point("#000000"), Label::plain("all waves"))];
    legend.extend(names.iter().enumerate().map(|(number, name)| {
        let sample = sample_of_point(colour::line(number).0);
        (sample, Label::of(&particle_latex(name)))
    }));
    let body = html! {
        g data-series="total" { (points(&panel, &total, "#000000")) }
        @for (number, part) in parts.iter().enumerate() {
            @let (colour, dashes) = colour::line(number);
            g data-series=(format!("wave-{number}")) {
                (curve(&panel, part.iter().map(|point| [point.x, point.y]), Pen { colour, dashes, width: 0.7 }))
                (points(&panel, part, colour))
            }
        }
        (panel.frame(Numbers::Shown))
        (panel.label_x(&axis_label(&fit.variable)))
        (panel.label_y(&events_label(fit), 50.0))
        (explained(LEFT + WIDTH + 16.0, TOP, &legend))
    };
    Figure {
        title: format!("Events of each wave in bins of {}", fit.variable.text),
        width: (LEFT + WIDTH + room_of(&legend)).ceil(),
        height: (TOP + HEIGHT + BELOW).max(2.0 * TOP + LINE * legend.len() as f64),
        body,
    }
}

fn single(fit: &BinnedFit, place: usize, wave: &BinnedWave) -> Figure {
    let events = list(fit, |of| {
        let events = of.waves[place].events;
        Some((events.value, events.error))
    });
    // A phase that the config fixes has no error.
    let phases = list(fit, |of| {
        let phase = of.waves[place].phase.filter(|phase| phase.error > 0.0)?;
        Some((phase.value.to_degrees(), phase.error.to_degrees()))
    });
    let upper = Panel {
        top: TOP + 20.0,
        ..panel_of(fit, &[&events])
    };
    let colour = colour::line(0).0;
    let label = Label::of(&particle_latex(&wave.name));
    let (lowest, highest) = (phases.iter()).fold((f64::INFINITY, f64::NEG_INFINITY), |ends, p| {
        let error = p.error.min(60.0);
        (ends.0.min(p.y - error), ends.1.max(p.y + error))
    });
    let has_phases = lowest < highest;
    let lower = Panel {
        top: upper.top + HEIGHT + GAP,
        height: PHASES,
        y: [lowest - 10.0, highest + 10.0],
        ..upper
    };
    let half_turns = (-20..=20).map(|turn| 180.0 * f64::from(turn));
    let pen = Pen {
        colour: "#bbbbbb",
        dashes: "none",
        width: 0.7,
    };
    let last = if has_phases { &lower } else { &upper };
    let against: Vec<Label> = (fit.references.iter())
        .map(|name| Label::of(&particle_latex(name)))
        .collect();
    let against: Vec<String> = against.iter().map(Label::text).collect();
    let body = html! {
        g data-series="events" { (points(&upper, &events, colour)) }
        (upper.frame(if has_phases { Numbers::Hidden } else { Numbers::Shown }))
        (upper.label_y(&events_label(fit), 50.0))
        text x=(at(LEFT)) y=(at(upper.top - 10.0)) font-size=(LETTERS) fill="#111111" {
            (label.svg(LETTERS))
            @if has_phases { tspan { ", phase against " (against.join(", ")) } }
        }
        @if has_phases {
            @for turn in half_turns { (across(&lower, turn, pen)) }
            g data-series="phase" { (points(&lower, &phases, colour)) }
            (lower.frame(Numbers::Shown))
            (lower.label_y(&Label::plain("phase [°]"), 50.0))
        }
        (last.label_x(&axis_label(&fit.variable)))
    };
    Figure {
        title: match has_phases {
            true => format!(
                "{}: events, and the phase against {}",
                label.text(),
                against.join(", ")
            ),
            false => format!("{}: events", label.text()),
        },
        width: LEFT + WIDTH + 14.0,
        height: last.top + last.height + BELOW,
        body,
    }
}
