//! Intervals of profiles: how far they reach from the value, in errors of the covariance.

use maud::html;
use pwa_core::fit::{End, Interval};
use serde::Deserialize;

use super::axes::ticks;
use super::marks::{Pen, curve};
use super::rows::{BELOW, Rows, TOP, WIDTH};
use super::{Figure, at, colour};

/// What `gpuwa profile` writes.
#[derive(Debug, Clone, Deserialize)]
pub struct Profiles {
    pub profiles: Vec<Profiled>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Profiled {
    pub name: String,
    pub value: f64,
    /// Of the covariance.
    pub error: f64,
    pub intervals: Vec<Interval>,
}

const ROW: f64 = 24.0;
/// Ends beyond are cut.
const FARTHEST: f64 = 8.0;

/// The picture; none without a name that has an error.
pub fn intervals(profiles: &Profiles) -> Option<Figure> {
    let rows: Vec<&Profiled> = profiles
        .profiles
        .iter()
        .filter(|of| of.error > 0.0)
        .collect();
    let sigmas = |row: &Profiled, value: f64| (value - row.value) / row.error;
    let all = rows.iter().flat_map(|row| {
        let ends = row.intervals.iter().flat_map(|of| [&of.lower, &of.upper]);
        ends.map(move |end| sigmas(row, place(end)).abs())
    });
    let reach = 1.15 * all.fold(1.0, f64::max).min(FARTHEST);
    let named = Rows::new(rows.iter().map(|row| &*row.name), ROW, reach)?;
    let panel = &named.panel;
    let thin = Pen {
        colour: "#bbbbbb",
        dashes: "3 3",
        width: 0.8,
    };
    let blue = colour::line(0).0;
    let body = html! {
        @for (value, _) in ticks(panel.x, 20).iter().filter(|(value, _)| value.fract() == 0.0) {
            (curve(panel, [[*value, panel.y[1]], [*value, panel.y[0]]], thin))
        }
        @for (number, row) in rows.iter().enumerate() {
            @let y = named.middle(number);
            (named.name(number))
            g data-series="interval" {
                @for (place_of, interval) in row.intervals.iter().enumerate().rev() {
                    @let [low, high] = [&interval.lower, &interval.upper].map(|end| {
                        panel.x(sigmas(row, place(end)).clamp(-reach, reach))
                    });
                    path d=(format!("M{low:.1} {y:.1}H{high:.1}")) fill="none" stroke=(blue)
                        stroke-width=(if place_of == 0 { 5.0 } else { 1.6 }) {}
                    @for (end, x) in [(&interval.lower, low), (&interval.upper, high)] {
                        @match end {
                            End::Crossing { .. } => path d=(format!("M{x:.1} {:.1}v10", y - 5.0)) stroke=(blue) {},
                            _ => circle cx=(at(x)) cy=(at(y)) r="4" fill="#ffffff" stroke="#d55e00" stroke-width="1.6" {},
                        }
                    }
                }
                circle cx=(at(panel.x(0.0))) cy=(at(y)) r="3" fill="#000000" {}
            }
        }
        (named.frame("distance to the value in errors of the covariance"))
    };
    Some(Figure {
        title: "Intervals of profiles, in errors of the covariance".to_owned(),
        width: (panel.left + WIDTH + 14.0).ceil(),
        height: TOP + panel.height + BELOW,
        body,
    })
}

/// Where an interval ends, or where looking for its end did.
fn place(end: &End) -> f64 {
    match end {
        End::Crossing { value }
        | End::Limit { value, .. }
        | End::NoCrossing { value, .. }
        | End::LowerMinimum { value, .. }
        | End::Failed { value, .. } => *value,
    }
}
