//! A row a number, its name beside a panel that counts errors.

use maud::{Markup, html};

use super::axes::{Panel, ticks};
use super::{SMALL, at};
use crate::Label;

pub(super) const TOP: f64 = 14.0;
pub(super) const WIDTH: f64 = 380.0;
pub(super) const BELOW: f64 = 46.0;

pub(super) struct Rows {
    pub panel: Panel,
    /// Of a row.
    height: f64,
    labels: Vec<Label>,
}

impl Rows {
    /// Of parameters, up to `reach` errors either way; none without one.
    pub fn new<'a>(names: impl Iterator<Item = &'a str>, height: f64, reach: f64) -> Option<Self> {
        let labels: Vec<Label> = names.map(|name| Label::of_parameter(name, "")).collect();
        let widest = labels.iter().map(Label::width).reduce(f64::max)?;
        let count = labels.len() as f64;
        let panel = Panel {
            left: 16.0 + widest * SMALL,
            top: TOP,
            width: WIDTH,
            height: height * count,
            x: [-reach, reach],
            y: [count, 0.0],
        };
        Some(Self {
            panel,
            height,
            labels,
        })
    }

    /// The height of a row's middle.
    pub fn middle(&self, number: usize) -> f64 {
        self.panel.top + self.height * (number as f64 + 0.5)
    }

    pub fn name(&self, number: usize) -> Markup {
        html! {
            text x=(at(self.panel.left - 8.0)) y=(at(self.middle(number) + 4.0)) text-anchor="end" font-size=(SMALL)
                fill="#111111" { (self.labels[number].svg(SMALL)) }
        }
    }

    /// Around the panel, with numbers below and what they are.
    pub fn frame(&self, what: &str) -> Markup {
        let panel = &self.panel;
        html! {
            rect x=(at(panel.left)) y=(at(panel.top)) width=(at(panel.width)) height=(at(panel.height)) fill="none" stroke="#333333" {}
            g font-size=(SMALL) fill="#222222" {
                @for (value, text) in ticks(panel.x, 8) {
                    text x=(at(panel.x(value))) y=(at(panel.top + panel.height + 16.0)) text-anchor="middle" { (text) }
                }
            }
            (panel.label_x(&Label::plain(what)))
        }
    }
}
