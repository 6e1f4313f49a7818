//! How well the model describes the data, on the page.

use maud::{Markup, html};
use pwa_core::analysis::gof::AdaptiveChi2;
use pwa_core::setup::{DecayMoments, Goodness, PointTest};

use crate::Label;
use crate::table::{Cell, Table};

/// The body of the section.
pub(super) fn section(goodness: &Goodness) -> Markup {
    html! {
        @if let Some(chi2) = &goodness.adaptive_chi2 { (adaptive_chi2(chi2)) }
        @if !goodness.points.is_empty() {
            (points(&goodness.points).html())
            p.note { (PointTest::CAVEAT) }
        }
        @for decay in &goodness.moments {
            (moments(decay).html())
        }
        @if !goodness.moments.is_empty() {
            p.note {
                "Moments: the sum of P" sub { "L" } "(cos θ), or of Re or Im Y" sub { "LM" } "(θ, φ), over the events of each "
                "bin of mass, of data against model. A wave that is missing shows up to the L that is the sum of its spin and "
                "that of another wave; two helicities with a wrong phase between them show in the M of their difference."
            }
        }
        @for why in &goodness.refused { p.note { "No answer of " (why) } }
    }
}

fn adaptive_chi2(chi2: &AdaptiveChi2) -> Markup {
    html! {
        p {
            "χ² = " strong { (format!("{:.1}", chi2.chi2)) } " in " (chi2.bins) " bins of "
            (Label::plain(&chi2.variables.join(", ")).html())
            " that hold about " (format!("{:.0}", chi2.expected)) " events each. "
            "With " (chi2.parameters) " free parameters the number of degrees of freedom lies between "
            (chi2.ndf[0]) " and " (chi2.ndf[1]) ", and so p between "
            (probability(chi2.p_values[0])) " and " (probability(chi2.p_values[1])) "."
        }
        p.note { (chi2.caveat()) }
    }
}

fn points(tests: &[PointTest]) -> Table {
    let head = [
        "test",
        "data set",
        "data",
        "model",
        "statistic",
        "permuted",
        "p",
    ];
    let mut table = Table::new("Comparisons of points", &head);
    for test in tests {
        let count =
            |side: usize| Cell::Text(format!("{} of {}", test.compared[side], test.events[side]));
        let result = &test.result;
        table.rows.push(vec![
            Cell::text(test.test),
            Cell::text(&test.set),
            count(0),
            count(1),
            Cell::Number(format!("{:.5}", result.statistic), None),
            Cell::Number(
                format!("{:.5}", result.mean),
                Some(format!("{:.5}", result.sigma)),
            ),
            Cell::Number(probability(result.p_value), None),
        ]);
    }
    table
}

fn moments(decay: &DecayMoments) -> Table {
    let moments = &decay.moments;
    let of = format!("{} in bins of {}", moments.cosine.text, moments.mass.text);
    let title = match &decay.reaction {
        Some(reaction) => format!("Moments, {reaction}: {of}"),
        None => format!("Moments: {of}"),
    };
    let mut table = Table::new(&title, &["moment", "χ²", "bins", "p"]);
    for moment in &moments.moments {
        table.rows.push(vec![
            Cell::Text(moment.of.name()),
            Cell::Number(format!("{:.1}", moment.chi2), None),
            Cell::Number(moment.bins.to_string(), None),
            Cell::Number(probability(moment.p_value), None),
        ]);
    }
    table
}

fn probability(p: f64) -> String {
    match p < 1e-3 {
        true => format!("{p:.1e}"),
        false => format!("{p:.3}"),
    }
}
