//! gpuwa's side of the comparison with other programs: prepares a workload, then answers requests.
//!
//! `benches/peers/README.md` has the protocol; `benches/peers/bench.py` starts this program.

mod answer;
mod clock;
mod protocol;

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Parser;
use miette::{IntoDiagnostic, Result, miette};
use pwa_benches::{EVALUATIONS, Workload, shared_names};
use pwa_core::config::StorageEntry;
use pwa_core::engine::CpuBackend;
use serde::Serialize;

use answer::Prepared;
use protocol::{Failure, Ready, Request};

/// Answers requests, one JSON object a line, on stdin and stdout.
#[derive(Parser)]
struct Options {
    /// W1, W2 or W3
    #[arg(long)]
    workload: String,

    /// How many events, as files are named: 10k or 100k
    #[arg(long)]
    size: String,

    #[arg(long)]
    threads: usize,

    /// The folder with the events
    #[arg(long)]
    data: PathBuf,

    /// Nothing, or `f32`: columns stored as singles
    #[arg(long, default_value = "")]
    variant: String,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let storage = match options.variant.as_str() {
        "" => StorageEntry::Double,
        "f32" => StorageEntry::Single,
        other => return Err(miette!("gpuwa has no variant `{other}`")),
    };
    rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build_global()
        .into_diagnostic()?;
    let workload = Workload::find(&options.workload)
        .ok_or_else(|| miette!("no workload `{}`", options.workload))?;
    let mut job = workload.open_with_files(&CpuBackend::BEST, &options.data, &options.size)?;
    job.document.engine.storage = storage;
    let sets = job.load()?;
    let (_, likelihood) = job.likelihood_for(&sets, EVALUATIONS)?;
    // A fit keeps the columns alone.
    drop(sets);
    let prepared = Prepared {
        likelihood: Arc::new(likelihood),
        job: &job,
    };
    say(&Ready {
        ready: true,
        program: "gpuwa",
        version: env!("CARGO_PKG_VERSION"),
        parameters: shared_names(job.parameters()).map_err(|problem| miette!("{problem}"))?,
        cpu: clock::cpu_seconds(),
    })?;
    for line in std::io::stdin().lock().lines() {
        let request: Request = serde_json::from_str(&line.into_diagnostic()?).into_diagnostic()?;
        match prepared.answer(request) {
            Ok(reply) => say(&reply)?,
            Err(error) => say(&Failure { error })?,
        }
    }
    Ok(())
}

fn say<T: Serialize>(message: &T) -> Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, message).into_diagnostic()?;
    out.write_all(b"\n").into_diagnostic()?;
    out.flush().into_diagnostic()
}
