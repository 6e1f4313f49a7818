//! The report: one page that needs nothing else, neither files nor a network.

mod goodness;
mod style;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use pwa_core::analysis::Argand;
use pwa_core::model::{latex_beside, particle_latex};
use pwa_core::result::{FitResult, Status};
use pwa_core::setup::{Drawn, Goodness};

use crate::figure::{self, Figure, Legend, Series};
use crate::table::Table;
use crate::{Label, tables};
use style::{SCRIPT, STYLE};

/// What a report is made of.
pub struct Report<'a> {
    pub result: &'a FitResult,
    /// One a reaction.
    pub decays: Vec<Decay<'a>>,
    /// One a reaction; empty where there are no pictures.
    pub drawn: &'a [Drawn],
    pub curves: &'a [Argand],
    pub goodness: Option<&'a Goodness>,
    /// What is not on the page and why.
    pub missing: &'a [String],
}

/// E.g. `J/psi(1S) -> gamma pi+ pi-`.
pub struct Decay<'a> {
    /// Its name, where there are several.
    pub reaction: Option<&'a str>,
    pub initial: &'a str,
    pub finals: Vec<&'a str>,
}

struct Section {
    id: &'static str,
    title: &'static str,
    body: Markup,
}

impl Decay<'_> {
    fn label(&self) -> Label {
        let finals = self.finals.iter().map(|name| particle_latex(name));
        let decay = format!(
            r"{} \to  {}",
            particle_latex(self.initial),
            latex_beside(finals)
        );
        Label::of(&decay)
    }

    /// In front of the label.
    fn name(&self) -> String {
        let named = self.reaction.map(|reaction| format!("{reaction}: "));
        named.unwrap_or_default()
    }
}

impl Report<'_> {
    /// The page.
    pub fn html(&self) -> String {
        let sections = self.sections();
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    // Whatever a name in a config holds, the page asks nobody for anything.
                    meta http-equiv="Content-Security-Policy"
                        content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
                    link rel="icon" href="data:,";
                    title { (self.title()) " — gpuwa" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    a.skip href="#summary" { "Skip to the summary" }
                    header {
                        @for decay in &self.decays { h1 { (decay.name()) (decay.label().html()) } }
                        p.state.bad[self.result.status != Status::Converged] { (self.headline()) }
                        nav aria-label="Sections" {
                            ul { @for section in &sections { li { a href=(format!("#{}", section.id)) { (section.title) } } } }
                        }
                    }
                    main {
                        @for section in &sections {
                            section id=(section.id) aria-labelledby=(format!("{}-title", section.id)) {
                                h2 id=(format!("{}-title", section.id)) { (section.title) }
                                (section.body)
                            }
                        }
                    }
                    footer { "Written by gpuwa " (self.result.run.version) "." }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        };
        page.into_string()
    }

    /// The tables that a paper takes, for LaTeX.
    pub fn latex(&self) -> String {
        self.tables()
            .iter()
            .map(Table::latex)
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The same for Markdown.
    pub fn markdown(&self) -> String {
        self.tables()
            .iter()
            .map(Table::markdown)
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn tables(&self) -> Vec<Table> {
        let result = self.result;
        let all = [
            tables::summary(result),
            tables::parameters(result),
            tables::couplings(result),
            tables::fractions(result, &self.reactions()),
            tables::interference(result),
            tables::asymmetries(result),
            tables::quantities(result),
            tables::minima(result),
            tables::ambiguities(result),
        ];
        all.into_iter()
            .filter(|table| !table.rows.is_empty())
            .collect()
    }

    fn reactions(&self) -> Vec<&str> {
        self.decays
            .iter()
            .filter_map(|decay| decay.reaction)
            .collect()
    }

    fn title(&self) -> String {
        let decays = self.decays.iter();
        let titles = decays.map(|decay| decay.name() + &decay.label().text());
        titles.collect::<Vec<_>>().join(", ")
    }

    fn headline(&self) -> String {
        let result = self.result;
        let found = result.minima.first().map_or(0, |minimum| minimum.found);
        format!(
            "{}, NLL {}, best minimum found {found} of {}",
            tables::state(result.status),
            format!("{:.3}", result.nll).replace('-', "−"),
            result.starts.len()
        )
    }

    fn sections(&self) -> Vec<Section> {
        let result = self.result;
        let mut sections = Vec::new();
        let mut add = |id, title, body| sections.push(Section { id, title, body });
        add(
            "summary",
            "Summary",
            html! {
                (tables::summary(result).html())
                @for text in self.missing { p.note { (text) } }
                (flat_directions(result))
            },
        );
        add(
            "waves",
            "Waves",
            html! {
                (tables::couplings(result).html())
                details { summary { "Normalisation of each wave" } (tables::waves(result).html()) }
            },
        );
        add(
            "parameters",
            "Parameters",
            html! {
                (tables::parameters(result).html())
                (of_monte_carlo(result))
                details { summary { "Fixed and shared parameters" } (tables::fixed(result).html()) }
            },
        );
        add(
            "fractions",
            "Fit fractions",
            html! {
                (tables::fractions(result, &self.reactions()).html())
                (of_monte_carlo(result))
                p { "Below the diagonal: interference, 2 Re ∫ A" sub { "a" } " A" sub { "b" } "* / ∫ |A|². Fractions and interference of a reaction sum to 1." }
                (tables::interference(result).html())
                @if !result.asymmetries.is_empty() { (tables::asymmetries(result).html()) }
                @if !result.quantities.is_empty() { (tables::quantities(result).html()) }
            },
        );
        add(
            "minima",
            "Minima",
            html! {
                (tables::minima(result).html())
                @if !result.ambiguities.is_empty() {
                    p { "Other solutions within 5 units of NLL, with the numbers in which they differ." }
                    (tables::ambiguities(result).html())
                }
                details { summary { "Every start" } (tables::starts(result).html()) }
            },
        );
        if let Some(map) = result.correlation.as_ref().and_then(figure::correlation) {
            add("correlation", "Correlation", picture(&map));
        }
        if !self.drawn.is_empty() {
            add(
                "projections",
                "Projections",
                html! {
                    @for drawn in self.drawn { div.reaction { (reaction(drawn)) (projections(drawn)) } }
                    p.note {
                        "Pull: (data − model)/σ; σ² is the expectation for unweighted data, else the sum of squared weights, "
                        "plus the variance of the Monte Carlo. The band is two standard deviations."
                    }
                },
            );
        }
        if self.drawn.iter().any(|drawn| !drawn.planes.is_empty()) {
            add(
                "dalitz",
                "Dalitz plots",
                html! {
                    @for drawn in self.drawn {
                        (reaction(drawn))
                        @for plane in &drawn.planes { (picture(&figure::plane(plane))) }
                    }
                },
            );
        }
        if let Some(goodness) = self.goodness {
            add("goodness", "Goodness of fit", goodness::section(goodness));
        }
        if !self.curves.is_empty() {
            add(
                "shapes",
                "Line shapes",
                html! {
                    p { "At the fitted values, scaled to a largest modulus of 1; the dot is at the mass parameter." }
                    @for curve in self.curves { (picture(&figure::argand(curve))) }
                },
            );
        }
        add(
            "provenance",
            "Provenance",
            html! {
                (tables::run(result).html())
                (tables::inputs(result).html())
                details { summary { "The config" } pre tabindex="0" { (result.config.text) } }
            },
        );
        add(
            "tables",
            "Tables to copy",
            html! {
                details { summary { "LaTeX" } pre tabindex="0" { (self.latex()) } }
                details { summary { "Markdown" } pre tabindex="0" { (self.markdown()) } }
            },
        );
        sections
    }
}

fn picture(figure: &Figure) -> Markup {
    // On a narrow screen a wide picture scrolls, so that its letters stay legible.
    let least = figure.width().min(560.0);
    html! {
        figure tabindex="0" style=(format!("--width:{}px;--least:{least}px", figure.width())) { (figure.inline()) }
    }
}

fn projections(drawn: &Drawn) -> Markup {
    let all = drawn
        .projections
        .first()
        .map(figure::series_of)
        .unwrap_or_default();
    html! {
        fieldset.legend {
            legend { "Shown in all projections" }
            @for series in &all { (toggle(series)) }
            span.buttons {
                button type="button" data-all="on" { "All" }
                button type="button" data-all="off" { "Data and model" }
            }
        }
        div.grid {
            @for projection in &drawn.projections {
                (picture(&figure::projection(projection, Legend::Elsewhere)))
            }
        }
    }
}

fn reaction(drawn: &Drawn) -> Markup {
    html! { @if let Some(name) = &drawn.reaction { h3 { (name) } } }
}

fn toggle(series: &Series) -> Markup {
    html! {
        label {
            input type="checkbox" checked data-toggle=(series.key);
            svg viewBox="0 0 26 12" width="26" height="12" aria-hidden="true" { (series.sample(0.0, 0.0)) }
            span { (series.label.html()) }
        }
    }
}

fn of_monte_carlo(result: &FitResult) -> Markup {
    html! {
        @if result.monte_carlo_covariance.is_some() {
            p.note { "Monte Carlo: what its size adds in quadrature to the error." }
        }
    }
}

fn flat_directions(result: &FitResult) -> Markup {
    html! {
        @if !result.flat_directions.is_empty() {
            p.note { "The likelihood does not change along:" }
            ul {
                @for direction in &result.flat_directions {
                    li { @for (name, weight) in direction { code { (format!("{weight:+.3} {name} ")) } } }
                }
            }
        }
    }
}
