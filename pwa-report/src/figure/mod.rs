//! Pictures as SVG: one drawing for files, PNG and the page.

mod argand;
mod axes;
mod bins;
mod colour;
mod correlation;
mod intervals;
mod marks;
mod moments;
mod plane;
mod projection;
mod pulls;
mod rows;
mod scan;
mod series;
mod shifts;

use maud::{Markup, html};

pub use argand::argand;
pub use bins::bins;
pub use correlation::correlation;
pub use intervals::{Profiled, Profiles, intervals};
pub use moments::moments;
pub use plane::plane;
pub use projection::projection;
pub use pulls::{PullsOf, pulls};
pub use scan::{Scan, ScanPoint, ScanTarget, scan};
pub use series::{Series, series_of};
pub use shifts::{Combined, Group, Shift, Variation, Varied, shifts};

/// Size of letters.
const LETTERS: f64 = 14.0;

/// Letters of labels at ticks.
const SMALL: f64 = 12.0;

/// A picture.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What it shows, for those who do not see it.
    pub title: String,
    width: f64,
    height: f64,
    body: Markup,
}

/// Whether a picture explains its lines itself; on the page one legend serves all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Legend {
    Beside,
    Elsewhere,
}

impl Figure {
    pub fn width(&self) -> f64 {
        self.width
    }

    /// As an element of a page.
    pub fn inline(&self) -> Markup {
        html! {
            svg viewBox=(format!("0 0 {} {}", self.width, self.height)) role="img" aria-label=(self.title)
                font-family="DejaVu Sans, Verdana, Helvetica, sans-serif" { (self.body) }
        }
    }

    /// As a file.
    pub fn svg(&self) -> String {
        let svg = html! {
            svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {} {}", self.width, self.height))
                width=(self.width) height=(self.height)
                font-family="DejaVu Sans, Verdana, Helvetica, sans-serif" {
                title { (self.title) }
                rect width="100%" height="100%" fill="#ffffff" {}
                (self.body)
            }
        };
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n",
            svg.into_string()
        )
    }
}

/// A coordinate: a tenth of a unit is finer than any screen.
fn at(value: f64) -> String {
    format!("{value:.1}")
}
