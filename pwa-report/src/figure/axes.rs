//! A panel with its axes: from values to places, ticks at round numbers.

use maud::{Markup, html};

use super::{LETTERS, SMALL, at};
use crate::Label;

/// A rectangle of the picture and the values it spans.
#[derive(Debug, Clone, Copy)]
pub struct Panel {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
    pub x: [f64; 2],
    pub y: [f64; 2],
}

/// Whether numbers stand at the ticks of an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    Shown,
    Hidden,
}

impl Panel {
    pub fn x(&self, value: f64) -> f64 {
        self.left + self.width * (value - self.x[0]) / (self.x[1] - self.x[0])
    }

    pub fn y(&self, value: f64) -> f64 {
        self.top + self.height * (self.y[1] - value) / (self.y[1] - self.y[0])
    }

    /// Frame, ticks and numbers.
    pub fn frame(&self, numbers_below: Numbers) -> Markup {
        let (right, bottom) = (self.left + self.width, self.top + self.height);
        let across = ticks(self.x, (self.width / 55.0) as usize);
        let up = ticks(self.y, (self.height / 36.0).max(2.0) as usize);
        html! {
            g stroke="#333333" fill="none" stroke-width="1" {
                rect x=(at(self.left)) y=(at(self.top)) width=(at(self.width)) height=(at(self.height)) {}
                @for (value, _) in &across {
                    path d=(format!("M{:.1} {bottom:.1}v-6M{0:.1} {:.1}v6", self.x(*value), self.top)) {}
                }
                @for (value, _) in &up {
                    path d=(format!("M{:.1} {:.1}h6M{right:.1} {1:.1}h-6", self.left, self.y(*value))) {}
                }
            }
            g font-size=(SMALL) fill="#222222" {
                @if numbers_below == Numbers::Shown {
                    @for (value, text) in &across {
                        text x=(at(self.x(*value))) y=(at(bottom + 16.0)) text-anchor="middle" { (text) }
                    }
                }
                @for (value, text) in &up {
                    text x=(at(self.left - 7.0)) y=(at(self.y(*value) + 4.0)) text-anchor="end" { (text) }
                }
            }
        }
    }

    /// The label below, at the right end as in most papers.
    pub fn label_x(&self, label: &Label) -> Markup {
        let (x, y) = (self.left + self.width, self.top + self.height + 36.0);
        html! {
            text x=(at(x)) y=(at(y)) text-anchor="end" font-size=(LETTERS) fill="#111111" { (label.svg(LETTERS)) }
        }
    }

    /// The label beside, upright, at the upper end; `away` from the axis.
    pub fn label_y(&self, label: &Label, away: f64) -> Markup {
        let (x, y) = (self.left - away, self.top);
        html! {
            text transform=(format!("translate({x:.1} {y:.1}) rotate(-90)")) text-anchor="end"
                font-size=(LETTERS) fill="#111111" { (label.svg(LETTERS)) }
        }
    }
}

/// Round values inside a range with their text, about so many.
pub fn ticks([low, high]: [f64; 2], about: usize) -> Vec<(f64, String)> {
    let wanted = (high - low) / about.max(1) as f64;
    if !(wanted > 0.0 && wanted.is_finite()) {
        return Vec::new();
    }
    let decade = 10.0_f64.powf(wanted.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|round| round * decade);
    let step = steps
        .into_iter()
        .find(|&step| step >= wanted * 0.999)
        .unwrap_or(10.0 * decade);
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
    (first..=last)
        .map(|number| {
            let value = number as f64 * step;
            let text = match value.abs() >= 1e6 {
                true => format!("{value:e}"),
                false => format!("{value:.decimals$}"),
            };
            (value, text)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::ticks;

    fn texts(range: [f64; 2], about: usize) -> Vec<String> {
        ticks(range, about)
            .into_iter()
            .map(|(_, text)| text)
            .collect()
    }

    #[test]
    fn ticks_are_round_numbers_inside_the_range() {
        assert_eq!(texts([-1.0, 1.0], 4), ["-1.0", "-0.5", "0.0", "0.5", "1.0"]);
        assert_eq!(
            texts([0.28, 3.1], 6),
            ["0.5", "1.0", "1.5", "2.0", "2.5", "3.0"]
        );
        assert_eq!(texts([0.0, 1234.0], 3), ["0", "500", "1000"]);
        assert!(texts([1.0, 1.0], 5).is_empty());
    }
}
