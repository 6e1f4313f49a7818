//! The lines of a projection: what they are called and how they look.

use maud::{Markup, html};
use pwa_core::analysis::projection::Projection;
use pwa_core::model::particle_latex;

use super::colour;
use crate::Label;

/// One line, area or set of points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Short, for attributes: `data`, `model`, `wave-3`.
    pub key: String,
    pub label: Label,
    pub colour: &'static str,
    pub dashes: &'static str,
    pub kind: SeriesKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeriesKind {
    Points,
    Area,
    Line,
    /// The sum of all.
    Strong,
}

impl Series {
    fn new(key: &str, label: Label, look: (&'static str, &'static str), kind: SeriesKind) -> Self {
        Self {
            key: key.to_owned(),
            label,
            colour: look.0,
            dashes: look.1,
            kind,
        }
    }

    /// A sample of it for a legend, 26 wide and 12 high.
    pub fn sample(&self, x: f64, y: f64) -> Markup {
        match self.kind {
            SeriesKind::Points => html! {
                path d=(format!("M{:.1} {:.1}v12", x + 13.0, y)) stroke=(self.colour) {}
                circle cx=(x + 13.0) cy=(y + 6.0) r="2.6" fill=(self.colour) {}
            },
            SeriesKind::Area => html! {
                rect x=(x) y=(y + 1.0) width="26" height="10" fill=(self.colour) {}
            },
            SeriesKind::Line | SeriesKind::Strong => html! {
                path d=(format!("M{x:.1} {:.1}h26", y + 6.0)) stroke=(self.colour) fill="none"
                    stroke-width=(self.thickness()) stroke-dasharray=(self.dashes) {}
            },
        }
    }

    pub fn thickness(&self) -> &'static str {
        match self.kind {
            SeriesKind::Strong => "2",
            _ => "1.6",
        }
    }
}

/// A series with its contents.
pub type Drawn<'a> = (Series, &'a [f64]);

/// All series of a projection, in the order of drawing: areas below, points above.
pub fn contents(projection: &Projection) -> Vec<Drawn<'_>> {
    let mut list = Vec::new();
    if let Some(background) = &projection.background {
        let series = Series::new(
            "background",
            Label::plain("background"),
            ("#d0d0d0", "none"),
            SeriesKind::Area,
        );
        list.push((series, &background[..]));
    }
    for (number, component) in projection.components.iter().enumerate() {
        let label = Label::of(&particle_latex(&component.name));
        let series = Series::new(
            &format!("wave-{number}"),
            label,
            colour::line(number),
            SeriesKind::Line,
        );
        list.push((series, &component.contents[..]));
    }
    if projection.components.len() > 1 {
        let look = ("#808080", "4 3");
        let series = Series::new(
            "interference",
            Label::plain("interference"),
            look,
            SeriesKind::Line,
        );
        list.push((series, &projection.interference[..]));
    }
    for (number, pair) in projection.pairs.iter().enumerate() {
        let names: Vec<String> = pair.name.split('|').map(particle_latex).collect();
        let look = colour::line(projection.components.len() + number);
        let label = Label::of(&names.join(" × "));
        let series = Series::new(&format!("pair-{number}"), label, look, SeriesKind::Line);
        list.push((series, &pair.contents[..]));
    }
    let look = ("#333333", "none");
    let model = Series::new("model", Label::plain("model"), look, SeriesKind::Strong);
    list.push((model, &projection.model[..]));
    let data = Series::new(
        "data",
        Label::plain("data"),
        ("#000000", "none"),
        SeriesKind::Points,
    );
    list.push((data, &projection.data[..]));
    list
}

/// The series for a legend: data and model first.
pub fn series_of(projection: &Projection) -> Vec<Series> {
    let mut list: Vec<Series> = contents(projection).into_iter().map(|(s, _)| s).collect();
    list.sort_by_key(|series| match series.kind {
        SeriesKind::Points => 0,
        SeriesKind::Strong => 1,
        SeriesKind::Line => 2,
        SeriesKind::Area => 3,
    });
    list
}
