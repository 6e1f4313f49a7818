//! `gpuwa bins`: mass-independent fits.

use std::ops::ControlFlow;

use miette::{IntoDiagnostic, Result, miette};
use pwa_core::setup::{
    Acceptance, BinRecord, BinSearch, BinStatus, BinnedFit, BinnedWave, Job, Known, References,
    first_step,
};
use serde_json::{Value, json};

use crate::backend::{Opened, check_device};
use crate::exit::Status;
use crate::interrupt;
use crate::options::{Common, ModelOptions, parse_range};
use crate::output::OutputOptions;
use crate::part::{Piece, Pieces, Work};
use crate::progress::Progress;
use crate::refit::interrupted;
use crate::shared::{Demand, Shared};
use crate::table::{table, with_error};

/// A fit of the events of each bin of a variable, with the waves of the config: what they do from bin to bin is free,
/// and a resonance shows in the data instead of being put in. Let waves have the shape `constant` and no barrier.
///
/// Every bin is fitted from the config's values and from random ones, then from the solutions of its neighbours until
/// no bin finds anything new; of several solutions of the same NLL those are taken along which amplitudes turn least.
/// Events of waves are corrected for the acceptance. `gpuwa plot` draws what is written. With --part, `gpuwa collect` does what
/// follows from neighbours.
#[derive(Debug, clap::Args)]
pub struct Bins {
    #[command(flatten)]
    model: ModelOptions,

    /// The variable, as `plot` takes it: "m(pi+ pi-)"
    #[arg(long, value_name = "FORMULA", allow_hyphen_values = true)]
    x: String,

    /// From where to where
    #[arg(long, value_name = "A..B", allow_hyphen_values = true, value_parser = parse_range,
        required_unless_present = "edges")]
    range: Option<(f64, f64)>,

    /// Bins of that range
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000),
        required_unless_present = "edges")]
    bins: Option<u16>,

    /// The ends of bins, in place of both
    #[arg(long, value_name = "A,B,...", value_delimiter = ',', allow_hyphen_values = true,
        conflicts_with_all = ["range", "bins"])]
    edges: Vec<f64>,

    /// Random starts of every bin, beside the config's values
    #[arg(long, value_name = "N", default_value_t = 20)]
    starts: usize,

    /// Seed of the random starts [default: from the config, 1]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// The wave that phases are measured against [default: the first one]
    #[arg(long, value_name = "WAVE")]
    reference: Option<String>,

    #[command(flatten)]
    output: OutputOptions,

    #[command(flatten)]
    common: Common,
}

impl Shared for Bins {
    const VERB: &'static str = "bins";

    fn options(&self) -> (&ModelOptions, &OutputOptions, &Common) {
        (&self.model, &self.output, &self.common)
    }

    fn name(&self) -> String {
        "bins".to_owned()
    }

    fn run(self, work: &Work) -> Result<Status> {
        let edges = self.edges()?;
        let checkpoint = work.checkpoint(&self.name());
        let output = (self.output).open(&self.model.config, "bins.json", &checkpoint)?;
        let backend = self.common.start()?;
        let (job, references) = self.open(&backend)?;
        let sets = job.load()?;
        self.common.note_samples(&sets);
        let mut identity = job.identity(&sets);
        for (name, value) in [
            ("variable", json!(self.x)),
            ("edges", json!(edges)),
            ("random starts", json!(self.starts)),
        ] {
            identity.insert(name.to_owned(), value);
        }
        let (fit_job, pairs) = job.for_fit()?;
        let cut = fit_job.cut(&sets, &self.x, &edges)?;
        let (pieces, files) = (pieces(&edges), (&self.output, &output));
        let mut journal = work.journal(&identity, &pieces, files, &self.common)?;
        let share = work.share(&pieces, &journal, |number| {
            let fitted = cut.empty(number).is_none();
            Ok(Piece {
                name: from_to(edges[number], edges[number + 1]),
                steps: fitted.then(|| first_step(number)).into_iter().collect(),
            })
        })?;
        let bins = cut.bins(share)?;
        drop(cut);
        drop(sets);
        interrupt::listen().into_diagnostic()?;
        let progress = Progress::new(self.common.quiet || self.common.json);
        let search = BinSearch {
            job: &fit_job,
            pairs: &pairs,
            bins: &bins,
            references: &references,
            random: self.starts,
            observer: &|state| {
                progress.show(state);
                match interrupted() {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            },
            told: &|begins| self.common.note(&[begins]),
        };
        let first = search.first_pass(&mut journal)?;
        check_device()?;
        if let Some(status) = work.end_of_part(&output, &self.common) {
            return Ok(status);
        }
        let Some(first) = first else {
            return Ok(Status::Interrupted);
        };
        let found = search.run(first, &mut journal)?;
        check_device()?;
        let Some(found) = found else {
            return Ok(Status::Interrupted);
        };
        let document = document(&found)?;
        output.finish(&document, &self.common, || print(&found))?;
        let failed = |bin: &BinRecord| bin.status == BinStatus::NotConverged;
        Ok(match !found.settled || found.bins.iter().any(failed) {
            true => Status::Failed,
            false => Status::Good,
        })
    }

    fn demand(&self, backend: &Opened) -> Result<Demand> {
        let edges = self.edges()?;
        let (job, _) = self.open(backend)?;
        let sets = job.load()?;
        let mut demand = Demand::of(pieces(&edges), &job, &sets)?;
        let (fit_job, _) = job.for_fit()?;
        demand.bytes += fit_job.cut(&sets, &self.x, &edges)?.flat_bytes()?;
        Ok(demand)
    }
}

impl Bins {
    /// The job, and the waves that phases are measured against.
    fn open<'a>(&self, backend: &'a Opened) -> Result<(Job<'a>, References)> {
        let mut job = self.model.open(&**backend)?;
        job.document.fit.starts = 1 + self.starts;
        job.document.fit.seed = self.seed.unwrap_or(job.document.fit.seed);
        let references = References::new(&job, self.reference.as_deref())?;
        Ok((job, references))
    }

    fn edges(&self) -> Result<Vec<f64>> {
        let edges = match (self.range, self.bins) {
            (Some((low, high)), Some(bins)) => {
                let step = |n: u16| low + (high - low) * f64::from(n) / f64::from(bins);
                (0..=bins).map(step).collect()
            }
            _ => self.edges.clone(),
        };
        let rising = edges.windows(2).all(|pair| pair[0] < pair[1]);
        let finite = edges.iter().all(|edge| edge.is_finite());
        match rising && finite && edges.len() > 1 {
            true => Ok(edges),
            false => Err(miette!(
                help = "write them as 0.6,0.8,1.2, the lowest one first",
                "--edges: the ends of bins are two or more rising numbers"
            )),
        }
    }
}

/// Starts in a bin need no other one.
fn pieces(edges: &[f64]) -> Pieces {
    Pieces {
        kind: "bins",
        number: edges.len() - 1,
        block: 1,
    }
}

fn document(found: &BinnedFit) -> Result<Value> {
    let mut document = serde_json::to_value(found).into_diagnostic()?;
    document["kind"] = "bins".into();
    Ok(document)
}

fn print(found: &BinnedFit) {
    let unit = match &*found.variable.unit {
        "" => String::new(),
        unit => format!(" [{unit}]"),
    };
    say!(
        "{}{unit}: {} bins, phases against {}",
        found.variable.text,
        found.bins.len(),
        found.references.join(", ")
    );
    let names = found.bins.iter().find_map(|bin| bin.solution.as_ref());
    let names: Vec<&str> = (names.iter())
        .flat_map(|solution| solution.waves.iter().map(|wave| wave.name.as_str()))
        .collect();
    let mut header = vec!["bin".to_owned(), "data".to_owned(), "NLL".to_owned()];
    header.push("found".to_owned());
    for name in names {
        header.push(format!("events of {name}"));
        if !found.references.iter().any(|reference| reference == name) {
            header.push("phase [°]".to_owned());
        }
    }
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let rows = found.bins.iter().map(|bin| {
        let mut row = row(bin, &found.references);
        row.resize(header.len(), String::new());
        row
    });
    say!("{}", table(&header, rows.collect()));
    for bin in &found.bins {
        let at = from_to(bin.low, bin.high);
        match (&bin.reason, bin.status) {
            (Some(reason), BinStatus::Empty) => say!("{at} is empty: {reason}"),
            (Some(reason), BinStatus::NotConverged) => say!("{at} did not converge: {reason}"),
            _ => {}
        }
        for direction in bin.solution.iter().flat_map(|of| &of.flat_directions) {
            let names: Vec<&str> = direction.weights.iter().map(|w| w.name.as_str()).collect();
            say!("{at}: the data say nothing of {}", names.join(", "));
        }
    }
    if found.outside > 0 {
        say!("{} data events are in no bin", found.outside);
    }
    let of = match found.acceptance {
        Acceptance::Absolute => "events produced",
        Acceptance::Relative => "corrected for the acceptance, its mean over all Monte Carlo as 1",
    };
    say!("events: {of}");
    match found.settled {
        true => say!("pass {} found nothing new", found.passes),
        false => say!(
            "NOT settled: pass {} still found other solutions",
            found.passes
        ),
    }
}

fn row(bin: &BinRecord, references: &[String]) -> Vec<String> {
    let mut row = vec![
        from_to(bin.low, bin.high),
        measured(&Known {
            value: bin.weight,
            error: bin.weight_error,
        }),
    ];
    let Some(solution) = &bin.solution else {
        row.push(
            match bin.status {
                BinStatus::Empty => "empty",
                _ => "not converged",
            }
            .to_owned(),
        );
        return row;
    };
    row.push(format!("{:.3}", solution.nll));
    let several = match bin.solutions {
        1 => String::new(),
        count => format!(", {count} solutions"),
    };
    row.push(format!("{} of {}{several}", bin.found, bin.starts));
    for BinnedWave {
        name,
        events,
        phase,
        ..
    } in &solution.waves
    {
        row.push(measured(events));
        if !references.contains(name) {
            let degrees = phase.map(|phase| Known {
                value: phase.value.to_degrees(),
                error: phase.error.to_degrees(),
            });
            row.push(degrees.map_or("—".to_owned(), |degrees| measured(&degrees)));
        }
    }
    row
}

fn measured(number: &Known) -> String {
    let error = Some(number.error).filter(|&error| error > 0.0);
    let (value, shown) = with_error(number.value, error);
    match error {
        Some(_) => format!("{value} ± {shown}"),
        None => value,
    }
}

fn from_to(low: f64, high: f64) -> String {
    format!("{} to {}", short(low), short(high))
}

/// Six digits without the zeros behind.
fn short(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
