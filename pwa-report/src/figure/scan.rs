//! The profile of the likelihood: a curve with the interval of one parameter, a map with contours of two.

use contour::ContourBuilder;
use maud::{Markup, html};
use serde::Deserialize;

use super::axes::{Numbers, Panel};
use super::marks::{LINE, Pen, Point, across, curve, explained, points, room_of, sample_of_line};
use super::{Figure, LETTERS, SMALL, at, colour};
use crate::Label;

/// What `gpuwa scan` writes.
#[derive(Debug, Clone, Deserialize)]
pub struct Scan {
    pub targets: Vec<ScanTarget>,
    /// Those that have been tried, the last target's values one after the other.
    pub points: Vec<ScanPoint>,
    pub others: String,
    pub weighted: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub struct ScanTarget {
    pub name: String,
    pub unit: String,
    /// At the minimum.
    pub value: f64,
    pub values: Vec<f64>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct ScanPoint {
    pub values: Vec<f64>,
    /// ΔNLL; none where the other parameters could not be minimised.
    #[serde(default)]
    pub rise: Option<f64>,
    /// Of NLL by the targets.
    #[serde(default)]
    pub slopes: Vec<f64>,
}

const LEFT: f64 = 66.0;
const TOP: f64 = 34.0;
const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 270.0;
const SQUARE: f64 = 330.0;
const BELOW: f64 = 46.0;

/// ΔNLL of one and two standard deviations of one parameter.
const SIGMAS: [(f64, &str); 2] = [(0.5, "1σ"), (2.0, "2σ")];
/// Half of what χ² of two degrees of freedom exceeds with probabilities of 31.7 % and 4.6 %.
const CONTOURS: [(f64, &str); 2] = [(1.148, "68.3 %"), (3.09, "95.4 %")];
/// Where a curve and colours end.
const HIGHEST: f64 = 8.0;
/// Steps of a curve between two values.
const STEPS: usize = 40;

/// The picture of a scan; none where nothing has a value.
pub fn scan(scan: &Scan) -> Option<Figure> {
    match &scan.targets[..] {
        [target] => one(scan, target),
        [first, second] => two(scan, [first, second]),
        _ => None,
    }
}

impl Scan {
    /// What a level means: a rise is one of standard deviations where all other parameters are minimised and NLL
    /// knows how much events fluctuate.
    fn meaning(&self, (rise, sigmas): (f64, &str)) -> Label {
        match self.others == "free" && !self.weighted {
            true => Label::plain(sigmas),
            false => Label::plain(&format!("ΔNLL = {rise:.2}")),
        }
    }
}

fn one(scan: &Scan, target: &ScanTarget) -> Option<Figure> {
    let known: Vec<[f64; 3]> = (scan.points.iter())
        .filter_map(|point| {
            let slope = point.slopes.first().copied();
            Some([*point.values.first()?, point.rise?, slope?])
        })
        .collect();
    let (first, last) = (known.first()?, known.last()?);
    let heights = || known.iter().map(|known| known[1]);
    let lowest = heights().fold(0.0, f64::min);
    let highest = heights().fold(0.0, f64::max).clamp(0.6, HIGHEST);
    let panel = Panel {
        left: LEFT,
        top: TOP,
        width: WIDTH,
        height: HEIGHT,
        x: [
            target.values[0].min(first[0]),
            target.values[target.values.len() - 1].max(last[0]),
        ],
        y: [1.06 * lowest, 1.06 * highest],
    };
    let way: Vec<[f64; 2]> = known.windows(2).flat_map(between).collect();
    let blue = colour::line(0).0;
    let pen = Pen {
        colour: blue,
        dashes: "none",
        width: 1.8,
    };
    let level = Pen {
        colour: "#888888",
        dashes: "5 3",
        width: 1.0,
    };
    let dots: Vec<Point> = (known.iter())
        .map(|&[x, y, _]| Point {
            x,
            half: 0.0,
            y,
            error: 0.0,
        })
        .collect();
    let intervals: Vec<(f64, [f64; 2])> = (SIGMAS.iter())
        .filter_map(|&(rise, _)| Some((rise, interval(&way, target.value, rise)?)))
        .collect();
    let band = intervals.first().filter(|(rise, _)| *rise == SIGMAS[0].0);
    let body = html! {
        @if let Some((_, [low, high])) = band {
            rect x=(at(panel.x(*low))) y=(at(TOP)) width=(at(panel.x(*high) - panel.x(*low))) height=(at(HEIGHT))
                fill="#eef3f8" {}
        }
        @for (rise, ends) in &intervals {
            g data-series="interval" {
                @for end in ends { (curve(&panel, [[*end, panel.y[0].max(0.0)], [*end, *rise]], level)) }
            }
        }
        @for &(rise, name) in SIGMAS.iter().filter(|(rise, _)| *rise < panel.y[1]) {
            g data-series="level" {
                (across(&panel, rise, level))
                text x=(at(LEFT + WIDTH + 6.0)) y=(at(panel.y(rise) + 4.0)) font-size=(SMALL) fill="#222222" {
                    (scan.meaning((rise, name)).svg(SMALL))
                }
            }
        }
        g data-series="profile" { (curve(&panel, way.iter().copied(), pen)) (points(&panel, &dots, blue)) }
        (curve(&panel, [[target.value, panel.y[0]], [target.value, panel.y[1]]],
            Pen { colour: "#333333", dashes: "2 3", width: 1.0 }))
        text x=(at(LEFT)) y=(at(TOP - 12.0)) font-size=(LETTERS) fill="#111111" { (summary(target, band.map(|of| of.1))) }
        (panel.frame(Numbers::Shown))
        (panel.label_x(&Label::of_parameter(&target.name, &target.unit)))
        (panel.label_y(&Label::plain("ΔNLL"), 44.0))
    };
    Some(Figure {
        title: format!("ΔNLL against {}", target.name),
        width: LEFT + WIDTH + 90.0,
        height: TOP + HEIGHT + BELOW,
        body,
    })
}

/// The value at the minimum and its distances to the ends of an interval.
fn summary(target: &ScanTarget, ends: Option<[f64; 2]>) -> String {
    let Some([low, high]) = ends else {
        return format!("minimum at {:.6} {}", target.value, target.unit);
    };
    let (below, above) = (target.value - low, high - target.value);
    let error = below.min(above);
    let (value, _) = crate::with_error(target.value, Some(error));
    let decimals = value.split_once('.').map_or(0, |(_, digits)| digits.len());
    let text = format!(
        "{value} −{below:.decimals$} +{above:.decimals$} {}",
        target.unit
    );
    text.trim_end().to_owned()
}

/// The cubic through two points with their slopes.
fn between(pair: &[[f64; 3]]) -> Vec<[f64; 2]> {
    let [[a, fa, da], [b, fb, db]] = [pair[0], pair[1]];
    let h = b - a;
    (0..=STEPS)
        .map(|step| {
            let t = step as f64 / STEPS as f64;
            let s = 1.0 - t;
            let ends = fa * s * s * (1.0 + 2.0 * t) + fb * t * t * (1.0 + 2.0 * s);
            [a + t * h, ends + h * t * s * (da * s - db * t)]
        })
        .collect()
}

/// Where a curve crosses a rise on both sides of the minimum, next to it.
fn interval(way: &[[f64; 2]], minimum: f64, rise: f64) -> Option<[f64; 2]> {
    let crossings = way.windows(2).filter_map(|pair| {
        let [[a, fa], [b, fb]] = [pair[0], pair[1]];
        let crosses = (fa - rise) * (fb - rise) <= 0.0 && fa != fb;
        crosses.then(|| a + (b - a) * (rise - fa) / (fb - fa))
    });
    let all: Vec<f64> = crossings.collect();
    let below = all.iter().copied().filter(|&x| x < minimum);
    let above = all.iter().copied().filter(|&x| x > minimum);
    Some([below.reduce(f64::max)?, above.reduce(f64::min)?])
}

fn two(scan: &Scan, [first, second]: [&ScanTarget; 2]) -> Option<Figure> {
    let (columns, rows) = (first.values.len(), second.values.len());
    let mut rises = vec![None; columns * rows];
    for point in &scan.points {
        let place =
            |target: &ScanTarget, value: f64| target.values.iter().position(|&v| v == value);
        let [x, y] = point.values[..] else { continue };
        if let (Some(column), Some(row)) = (place(first, x), place(second, y)) {
            rises[columns * row + column] = point.rise;
        }
    }
    let known = rises.iter().flatten().count();
    if known == 0 || columns < 2 || rows < 2 {
        return None;
    }
    let panel = Panel {
        left: LEFT,
        top: TOP,
        width: SQUARE,
        height: SQUARE,
        x: [first.values[0], first.values[columns - 1]],
        y: [second.values[0], second.values[rows - 1]],
    };
    let pens = ["none", "6 3"].map(|dashes| Pen {
        colour: "#000000",
        dashes,
        width: 1.8,
    });
    let lines = contours(&rises, (columns, rows), &panel, pens);
    let mut legend: Vec<(Markup, Label)> = CONTOURS
        .iter()
        .zip(pens)
        .map(|(&level, pen)| (sample_of_line(pen), scan.meaning(level)))
        .collect();
    let dot = html! { circle cx="13" cy="6" r="4" fill="#d55e00" {} };
    legend.push((dot, Label::plain("minimum")));
    let minimum = [(first, panel.x), (second, panel.y)];
    let inside = (minimum.iter()).all(|(of, [low, high])| (*low..=*high).contains(&of.value));
    let body = html! {
        g shape-rendering="crispEdges" { (cells(&rises, (columns, rows), &panel)) }
        @for line in &lines { g data-series="contour" { (line) } }
        @if inside {
            circle cx=(at(panel.x(first.value))) cy=(at(panel.y(second.value))) r="4" fill="#d55e00" {}
        }
        (panel.frame(Numbers::Shown))
        (panel.label_x(&Label::of_parameter(&first.name, &first.unit)))
        (panel.label_y(&Label::of_parameter(&second.name, &second.unit), 50.0))
        (scale(&panel))
        (explained(LEFT + SQUARE + 70.0, TOP, &legend))
    };
    Some(Figure {
        title: format!("ΔNLL over {} and {}", first.name, second.name),
        width: (LEFT + SQUARE + 54.0 + room_of(&legend)).ceil(),
        height: (TOP + SQUARE + BELOW).max(TOP + LINE * legend.len() as f64),
        body,
    })
}

/// A cell around every value; the outer ones end at the frame.
fn cells(rises: &[Option<f64>], (columns, rows): (usize, usize), panel: &Panel) -> Markup {
    let ends = |[low, high]: [f64; 2], count: usize, place: usize| {
        let step = (high - low) / (count - 1) as f64;
        [-0.5, 0.5].map(|half| (low + step * (place as f64 + half)).clamp(low, high))
    };
    html! {
        @for (place, rise) in rises.iter().enumerate() {
            @if let Some(rise) = rise {
                @let [left, right] = ends(panel.x, columns, place % columns).map(|x| panel.x(x));
                @let [low, high] = ends(panel.y, rows, place / columns).map(|y| panel.y(y));
                rect x=(at(left)) y=(at(high)) width=(at(right - left + 0.4)) height=(at(low - high + 0.4))
                    fill=(content(*rise)) {}
            }
        }
    }
}

/// Light at the minimum.
fn content(rise: f64) -> String {
    colour::content(1.0 - rise / HIGHEST)
}

/// Lines of equal rise by marching squares, over the root of the rise, which is straight where NLL is a parabola; a value that
/// is not known counts as above all of them.
fn contours(
    rises: &[Option<f64>],
    (columns, rows): (usize, usize),
    panel: &Panel,
    pens: [Pen; 2],
) -> Vec<Markup> {
    let values: Vec<f64> = (rises.iter())
        .map(|rise| rise.unwrap_or(1e9).max(0.0).sqrt())
        .collect();
    let step = |[low, high]: [f64; 2], count: usize| (high - low) / (count - 1) as f64;
    let (dx, dy) = (step(panel.x, columns), step(panel.y, rows));
    // The crate puts the first value at half a step.
    let builder = ContourBuilder::new(columns, rows, true)
        .x_step(dx)
        .y_step(dy)
        .x_origin(panel.x[0] - 0.5 * dx)
        .y_origin(panel.y[0] - 0.5 * dy);
    let levels = CONTOURS.map(|(rise, _)| rise.sqrt());
    let lines = builder.lines(&values, &levels).unwrap_or_default();
    let drawn = lines.iter().zip(pens).map(|(line, pen)| {
        // It closes lines that leave the grid around the outside, where `curve` draws nothing.
        html! {
            @for ring in &line.geometry().0 {
                (curve(panel, ring.0.iter().map(|corner| [corner.x, corner.y]), pen))
            }
        }
    });
    drawn.collect()
}

fn scale(panel: &Panel) -> Markup {
    const PARTS: usize = 40;
    let left = panel.left + panel.width + 10.0;
    let step = panel.height / PARTS as f64;
    let place = |rise: f64| panel.top + panel.height * (1.0 - rise / HIGHEST);
    html! {
        g shape-rendering="crispEdges" {
            @for part in 0..PARTS {
                @let rise = HIGHEST * (part as f64 + 0.5) / PARTS as f64;
                rect x=(at(left)) y=(at(place(rise) - 0.5 * step)) width="9" height=(at(step + 0.3)) fill=(content(rise)) {}
            }
        }
        g font-size=(SMALL) fill="#222222" {
            @for rise in [0.0, 2.0, 4.0, 6.0] {
                text x=(at(left + 13.0)) y=(at(place(rise) + 4.0)) { (format!("{rise:.0}")) }
            }
            text x=(at(left + 13.0)) y=(at(place(HIGHEST) + 8.0)) { "8+" }
            text x=(at(left - 2.0)) y=(at(panel.top - 8.0)) { "ΔNLL" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(values: &[f64]) -> ScanTarget {
        ScanTarget {
            name: "f0(1500).mass".to_owned(),
            unit: "GeV".to_owned(),
            value: 0.0,
            values: values.to_vec(),
        }
    }

    fn parabola(x: f64) -> ScanPoint {
        ScanPoint {
            values: vec![x],
            rise: Some(0.5 * x * x),
            slopes: vec![x],
        }
    }

    #[test]
    fn the_interval_of_a_parabola_is_one_sigma_from_three_points() {
        let known = [-2.5, 0.1, 2.5].map(|x| [x, 0.5 * x * x, x]);
        let way: Vec<[f64; 2]> = known.windows(2).flat_map(between).collect();
        let [low, high] = interval(&way, 0.0, 0.5).unwrap();
        // Straight lines between 40 steps.
        assert!((low + 1.0).abs() < 1e-3 && (high - 1.0).abs() < 1e-3);
        assert_eq!(interval(&way, 0.0, 5.0), None);
    }

    #[test]
    fn levels_mean_standard_deviations_where_nll_says_so_only() {
        let values = [-2.5, -1.0, 0.0, 1.0, 2.5];
        let mut of = Scan {
            targets: vec![target(&values)],
            points: values.map(parabola).to_vec(),
            others: "free".to_owned(),
            weighted: false,
        };
        let svg = scan(&of).unwrap().svg();
        assert!(svg.contains("1σ") && svg.contains("2σ") && !svg.contains("NaN"));
        of.weighted = true;
        let svg = scan(&of).unwrap().svg();
        assert!(!svg.contains("1σ") && svg.contains("ΔNLL = 0.50"));
    }

    /// ΔNLL = r²/2: circles of radius 1.52 and 2.49, cut by the upper end.
    #[test]
    fn contours_are_where_the_rise_is_and_end_at_the_frame() {
        let values: Vec<f64> = (0..=24).map(|i| -3.0 + 0.25 * f64::from(i)).collect();
        let upper: Vec<f64> = (0..=16).map(|i| -3.0 + 0.25 * f64::from(i)).collect();
        let panel = Panel {
            left: 0.0,
            top: 0.0,
            width: 600.0,
            height: 400.0,
            x: [-3.0, 3.0],
            y: [-3.0, 1.0],
        };
        let rises: Vec<Option<f64>> = (upper.iter())
            .flat_map(|y| values.iter().map(move |x| Some(0.5 * (x * x + y * y))))
            .collect();
        let pens = ["none", "none"].map(|dashes| Pen {
            colour: "#000000",
            dashes,
            width: 1.0,
        });
        let drawn = contours(&rises, (25, 17), &panel, pens);
        assert_eq!(drawn.len(), 2);
        for (line, (rise, _)) in drawn.into_iter().zip(CONTOURS) {
            let text = line.into_string();
            let path = text.split('"').nth(1).unwrap();
            let corners: Vec<[f64; 2]> = path
                .split(['M', 'L'])
                .filter_map(|pair| pair.split_once(' '))
                .map(|(x, y)| {
                    [
                        x.parse::<f64>().unwrap() / 100.0 - 3.0,
                        1.0 - y.parse::<f64>().unwrap() / 100.0,
                    ]
                })
                .collect();
            assert!(corners.len() > 20, "{text}");
            for [x, y] in corners {
                // Of a cone between corners of cells of 0.25, and places to a tenth of a pixel.
                assert!(
                    (x.hypot(y) - (2.0 * rise).sqrt()).abs() < 0.02,
                    "{x} {y} of {rise}"
                );
                assert!(y <= 1.001);
            }
        }
    }
}
