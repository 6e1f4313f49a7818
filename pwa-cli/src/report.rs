//! What `fit` says: the model before, the result after.

use std::fmt::Write;

use pwa_core::result::{FitResult, FractionRecord, IntegralRecord, ParameterRecord, Status};
use pwa_core::setup::{Ambiguity, Job, LoadedSet};

use crate::table::{small_error, table, with_error};

/// The waves and the samples, on stdout.
pub fn before(job: &Job, sets: &[LoadedSet]) {
    say!("{} free parameters, waves:", job.parameters().free().len());
    for model in &job.models {
        for wave in model.waves() {
            say!("  {}", model.wave_name(&wave));
        }
    }
    for set in sets {
        let weight: f64 = set.data.weights.iter().sum();
        say_part!("{}: {} events", set.name, set.data.events());
        if set.data.weighted {
            say_part!(" of weight {weight:.3}");
        }
        let mc = set.monte_carlo.as_ref().map_or(0, |mc| mc.len());
        say!(", {mc} Monte Carlo events");
    }
    say!();
}

/// The result as tables.
pub fn after(result: &FitResult, (found, starts): (usize, usize)) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = tables(&mut text, result, (found, starts));
    text
}

fn tables(
    text: &mut String,
    result: &FitResult,
    (found, starts): (usize, usize),
) -> std::fmt::Result {
    let free = result.parameters.iter().filter(|parameter| parameter.free);
    writeln!(
        text,
        "{}",
        table(
            &["parameter", "value", "error", "Monte Carlo", "unit"],
            free.map(row).collect()
        )
    )?;
    let couplings = result
        .couplings
        .iter()
        .filter(|c| c.modulus_error.is_some());
    let rows: Vec<Vec<String>> = couplings
        .map(|c| {
            let (modulus, modulus_error) = with_error(c.modulus, c.modulus_error);
            let (phase, phase_error) = with_error(c.phase, c.phase_error);
            vec![c.name.clone(), modulus, modulus_error, phase, phase_error]
        })
        .collect();
    if !rows.is_empty() {
        let header = ["coupling", "modulus", "error", "phase [rad]", "error"];
        writeln!(text, "{}", table(&header, rows))?;
    }
    if let Some(blind) = &result.blind {
        let names = blind.names.join(", ");
        writeln!(text, "blind, shown with hidden offsets: {names}\n")?;
    }
    writeln!(text, "Fit fractions over {}", result.fractions_over)?;
    let row = |record: &FractionRecord| {
        let (value, error) = with_error(record.value, record.error);
        let of_monte_carlo = small_error(record.monte_carlo_error);
        vec![record.name.clone(), value, error, of_monte_carlo]
    };
    let fractions = result.fractions.iter().chain(&result.interference);
    let header = ["component", "fraction", "error", "Monte Carlo"];
    let rows = fractions.map(row).collect();
    writeln!(text, "{}", table(&header, rows))?;
    if result.monte_carlo_covariance.is_some() {
        let what = "Monte Carlo: what its size adds in quadrature to the error";
        writeln!(text, "{what}\n")?;
    }
    for (name, records) in [
        ("quantity", &result.quantities),
        ("asymmetry", &result.asymmetries),
    ] {
        if !records.is_empty() {
            let known = records.iter().any(|of| of.monte_carlo_error.is_some());
            let header = &[name, "value", "error", "Monte Carlo"][..3 + usize::from(known)];
            let rows = records.iter().map(|of| row(of)[..header.len()].to_vec());
            writeln!(text, "{}", table(header, rows.collect()))?;
        }
    }
    for flat in &result.flat_directions {
        let names: Vec<String> = flat
            .iter()
            .map(|(name, weight)| format!("{weight:+.3} {name}"))
            .collect();
        writeln!(
            text,
            "the likelihood does not depend on {}",
            names.join(" ")
        )?;
    }
    for parameter in result
        .parameters
        .iter()
        .filter(|parameter| parameter.at_limit)
    {
        writeln!(
            text,
            "{} ended at its limit {}",
            parameter.name, parameter.value
        )?;
    }
    let minima: Vec<String> = result
        .minima
        .iter()
        .map(|m| format!("{:.4} ({}x)", m.nll, m.found))
        .collect();
    if minima.len() > 1 {
        writeln!(text, "minima: {}", minima.join(", "))?;
    }
    for other in &result.ambiguities {
        writeln!(text, "{}", ambiguity_line(other))?;
    }
    let below = result.starts.iter().filter(|start| {
        start.status == "not-converged" && start.nll.is_some_and(|nll| nll < result.nll - 1e-3)
    });
    for start in below {
        let (index, nll) = (start.index, start.nll.unwrap_or_default());
        writeln!(
            text,
            "start {index} went to NLL {nll:.4} without converging and is not taken: \
             a width may run to zero there (limits would keep it away), or an event of negative \
             weight into a zero of the amplitude"
        )?;
    }
    for integral in &result.run.integrals {
        writeln!(text, "{}", integral_line(integral))?;
    }
    if let Some(shift) = result.run.storage_shift {
        writeln!(text, "columns stored as f32 shift the NLL by {shift:+.1e}")?;
    }
    let edm = result
        .edm
        .map_or_else(|| "unknown".to_owned(), |edm| format!("{edm:.1e}"));
    let state = match result.status {
        Status::Converged => "converged",
        Status::NotConverged => "NOT converged",
        Status::Interrupted => "interrupted: the best point so far",
    };
    let errors = result.covariance_method.as_deref().unwrap_or("none");
    writeln!(text, "NLL = {:.6}, EDM {edm}, errors: {errors}", result.nll)?;
    writeln!(text, "{state}, best minimum found {found} of {starts}")
}

/// Another solution, or another form of the one reported.
fn ambiguity_line(other: &Ambiguity) -> String {
    let what = match (other.trivial, other.above) {
        (true, _) => "found in another form, the same solution".to_owned(),
        (false, above) if above > 0.0 => {
            format!(
                "another solution {above:.4} above the lowest, found {}x",
                other.found
            )
        }
        (false, _) => "another solution of the same NLL".to_owned(),
    };
    let numbers = other.parameters.iter().map(|of| (of.name.clone(), of));
    let fractions = other.fractions.iter();
    let numbers = numbers.chain(fractions.map(|of| (format!("fraction of {}", of.name), of)));
    let numbers = numbers.map(|(name, of)| format!("{name} {:.4} -> {:.4}", of.here, of.there));
    let numbers: Vec<String> = numbers.collect();
    format!("{what} ({}): {}", other.kind.words(), numbers.join(", "))
}

/// How a data set was normalised.
fn integral_line(integral: &IntegralRecord) -> String {
    let of = match &*integral.data_set {
        "" => "integral".to_owned(),
        name => format!("integral of {name}"),
    };
    if integral.method == "direct" {
        let reason = integral.reason.as_deref();
        return format!(
            "{of}: a sum over the Monte Carlo at every point{}",
            reason.map_or_else(String::new, |reason| format!(" ({reason})"))
        );
    }
    let deviations = [integral.deviation_at_start, integral.deviation_at_minimum];
    let [start, minimum] =
        deviations.map(|d| d.map_or_else(|| "?".to_owned(), |d| format!("{d:.0e}")));
    let ranks: Vec<String> = integral.ranks.iter().map(ToString::to_string).collect();
    let shapes = match ranks.len() {
        0 => String::new(),
        _ => format!(", reduced bases of {} functions", ranks.join(", ")),
    };
    let made = match &*integral.method {
        "moments" => "Gram matrix from moments in bins",
        _ => "Gram matrix",
    };
    format!(
        "{of}: {made}{shapes}; off the direct sum by {start} at the start, {minimum} at the end"
    )
}

fn row(parameter: &ParameterRecord) -> Vec<String> {
    let (value, error) = with_error(parameter.value, parameter.error);
    let error = if parameter.at_limit {
        "at limit".to_owned()
    } else {
        error
    };
    let monte_carlo = small_error(parameter.monte_carlo_error);
    let unit = parameter.unit.clone();
    vec![parameter.name.clone(), value, error, monte_carlo, unit]
}
