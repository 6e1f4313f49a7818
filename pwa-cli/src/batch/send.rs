//! Sending a batch with HTCondor's programs, and sending again what did not end well.

use std::process::Command;

use miette::{Result, miette};

use super::events::state;
use super::{Batch, State, htcondor};
use crate::container::on_path;
use crate::exit::NoResource;

const SUBMIT: &str = "condor_submit_dag";
const RELEASE: &str = "condor_release";

/// Hands the written files to HTCondor.
pub fn send(batch: &Batch) -> Result<String> {
    // Older files of the same graph, its rescue files among them, are of an earlier batch.
    run(batch, SUBMIT, &["-f", htcondor::DAG])
}

/// Releases held jobs, or sends again those that are not done.
pub fn resume(batch: &Batch) -> Result<String> {
    let states = batch.states();
    let held: Vec<&str> = (states.iter())
        .filter_map(|(_, state)| match state {
            State::Held { job, .. } => Some(job.as_str()),
            _ => None,
        })
        .collect();
    // DAGMan has this file while it is at work.
    let at_work = batch.place().join(format!("{}.lock", htcondor::DAG));
    if at_work.exists() {
        if held.is_empty() {
            return Err(miette!(
                help = "`gpuwa submit --status FOLDER` says how they stand, `condor_rm` ends them",
                "the jobs are still at work"
            ));
        }
        return run(batch, RELEASE, &held);
    }
    let done: Vec<String> = (states.into_iter())
        .filter(|(_, state)| *state == State::Done)
        .map(|(name, _)| name)
        .collect();
    if done.len() == batch.names().len() {
        return Ok("all jobs are done".to_owned());
    }
    for file in htcondor::files(batch, &done) {
        file.write(&batch.place())?;
    }
    send(batch)
}

impl Batch {
    /// How its jobs stand.
    pub fn states(&self) -> Vec<(String, State)> {
        let of = |name: String| {
            let log = std::fs::read_to_string(self.log(&name, "log")).unwrap_or_default();
            (name, state(&log))
        };
        self.names().into_iter().map(of).collect()
    }

    /// The last words on stderr of a job that is held or has failed.
    pub fn last_words(&self, name: &str, state: &State) -> Option<String> {
        if !matches!(state, State::Held { .. } | State::Failed(_)) {
            return None;
        }
        let said = std::fs::read_to_string(self.log(name, "err")).ok()?;
        let mut lines = said.lines().filter(|line| !line.trim().is_empty());
        lines.next_back().map(|line| line.trim().to_owned())
    }
}

fn run(batch: &Batch, program: &str, words: &[&str]) -> Result<String> {
    let place = batch.place();
    let found = on_path(program).ok_or_else(|| NoResource {
        what: format!(
            "{program} is not on this machine; the files of the jobs are in `{}`",
            place.display()
        ),
        help: format!(
            "on a login node of HTCondor: cd {0} && {program} {1}. Slurm: {0}/slurm. Kubernetes: kubectl apply -f \
             {0}/{2}.kubernetes.json, and the next stage when it is complete",
            place.display(),
            words.join(" "),
            batch.stages.first().map_or("", |stage| &stage.name)
        ),
    })?;
    let failed = |said: &str| NoResource {
        what: format!("{program} has not taken the jobs: {}", said.trim()),
        help: "`condor_q` and `condor_status` say whether HTCondor works here".to_owned(),
    };
    let output = Command::new(found)
        .args(words)
        .current_dir(&place)
        .output()
        .map_err(|error| failed(&error.to_string()))?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        return Err(failed(&String::from_utf8_lossy(&said)).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
