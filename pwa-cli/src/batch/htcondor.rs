//! Submit files of HTCondor, and the graph of the stages for DAGMan.

use super::{Batch, File, Image, Stage, WRAPPER};
use crate::exit::Status;

/// The graph.
pub const DAG: &str = "jobs.dag";
/// How many nodes could not start the image of a job, which HTCondor goes on trying without an end.
const NOT_STARTED: &str = "(NumVacatesByReason.SingularityTestFailed ?: 0)";

/// A GPU where the node has one free that the job can use. Where there is no GPU at all it has no list of them.
const ONE_IF_FREE: &str = "(countMatches(MY.RequireGPUs, TARGET.AvailableGPUs) ?: 0) > 0 ? 1 : 0";

/// A submit file a stage, and the graph with these jobs marked as done.
pub fn files(batch: &Batch, done: &[String]) -> Vec<File> {
    let mut files: Vec<File> = (batch.stages.iter())
        .map(|stage| File {
            name: submit_name(stage),
            text: submit(batch, stage),
        })
        .collect();
    files.push(File {
        name: DAG.to_owned(),
        text: graph(batch, done),
    });
    files
}

fn submit_name(stage: &Stage) -> String {
    format!("{}.sub", stage.name)
}

fn submit(batch: &Batch, stage: &Stage) -> String {
    let job = "$(job)";
    let name = stage.name(job);
    let mut lines = vec![format!(
        "# {}: {}, written by `gpuwa submit`; {DAG} sends it.",
        batch.name,
        match stage.jobs {
            1 => stage.name.clone(),
            jobs => format!("{} $(job) of {jobs}", stage.name),
        }
    )];
    let mut line = |key: &str, value: String| lines.push(format!("{key} = {value}"));
    let words = stage.words(job);
    let (words, executable) = match &batch.image {
        Image::Universe(image) => {
            line("universe", "container".to_owned());
            line("container_image", image.display().to_string());
            line("transfer_executable", "false".to_owned());
            if batch.is_shared() {
                // Else it is a file to take along, and HTCondor refuses a job that takes none.
                line("transfer_container", "false".to_owned());
            }
            line(
                "periodic_hold",
                format!("{NOT_STARTED} > {} + (NumHolds ?: 0)", batch.retries),
            );
            let reason = format!("nodes cannot start the image {}", image.display());
            line("periodic_hold_reason", format!("{reason:?}"));
            (&words[1..], in_image(&words[0]))
        }
        Image::Wrapped(image) => {
            line("universe", "vanilla".to_owned());
            let variables = batch.environment(image, stage.leaves(job));
            line("environment", list(&variables));
            (
                &words[..],
                batch.place().join(WRAPPER).display().to_string(),
            )
        }
        Image::None(program) => {
            line("universe", "vanilla".to_owned());
            (&words[1..], program.display().to_string())
        }
    };
    line("executable", executable);
    line("arguments", list(words));
    line("initialdir", batch.home.display().to_string());
    if batch.is_shared() {
        line("should_transfer_files", "NO".to_owned());
    } else {
        let inputs = stage.inputs.iter().map(|path| path.display().to_string());
        line("should_transfer_files", "YES".to_owned());
        line("when_to_transfer_output", "ON_EXIT_OR_EVICT".to_owned());
        line("preserve_relative_paths", "true".to_owned());
        line(
            "transfer_input_files",
            inputs.collect::<Vec<_>>().join(", "),
        );
        // Without these lines all new files come back.
        if let Some(leaves) = stage.leaves(job) {
            line("transfer_output_files", leaves.clone());
            line("transfer_checkpoint_files", leaves);
        }
    }
    line(
        "checkpoint_exit_code",
        (Status::Checkpoint as u8).to_string(),
    );
    line("request_cpus", batch.needs.cpus.to_string());
    line("request_memory", format!("{}MB", batch.needs.memory_mb));
    line("request_disk", format!("{}MB", batch.needs.disk_mb));
    if let Some(gpu) = &batch.needs.gpu {
        let number = if gpu.or_cpu { ONE_IF_FREE } else { "1" };
        line("request_gpus", number.to_owned());
        let memory = gpu.memory_mb;
        let wish = format!("Capability >= 7.0 && GlobalMemoryMb >= {memory}");
        line("require_gpus", wish);
        if gpu.or_cpu {
            line("rank", "RequestGPUs".to_owned());
        }
    }
    if let Some(requirements) = &batch.site.requirements {
        line("requirements", requirements.clone());
    }
    line("max_retries", batch.retries.to_string());
    // What another try does not change: wrong usage, bad data, a node that lacks something.
    line(
        "on_exit_hold",
        format!(
            "ExitBySignal == False && ExitCode >= {} && ExitCode <= {}",
            Status::Usage as u8,
            Status::Resource as u8
        ),
    );
    line(
        "on_exit_hold_reason",
        format!(
            r#"ifThenElse(ExitCode == {}, "the node lacks something (image, memory, GPU)", ifThenElse(ExitCode == {}, "bad input data", "wrong usage or config"))"#,
            Status::Resource as u8,
            Status::Data as u8
        ),
    );
    for (key, kind) in [("output", "out"), ("error", "err"), ("log", "log")] {
        line(key, batch.log(&name, kind).display().to_string());
    }
    lines.extend(batch.site.condor.iter().cloned());
    lines.push("queue\n".to_owned());
    lines.join("\n")
}

/// Stages one after the other: all jobs of one are parents of all jobs of the next.
fn graph(batch: &Batch, done: &[String]) -> String {
    let mut lines = vec![format!("# {}: condor_submit_dag {DAG}", batch.name)];
    for stage in &batch.stages {
        for (number, name) in (1..).zip(stage.names()) {
            let done = if done.contains(&name) { " DONE" } else { "" };
            lines.push(format!("JOB {name} {}{done}", submit_name(stage)));
            lines.push(format!("VARS {name} job=\"{number}\""));
        }
    }
    for pair in batch.stages.windows(2) {
        let [before, after] = [&pair[0], &pair[1]].map(|stage| stage.names().join(" "));
        lines.push(format!("PARENT {before} CHILD {after}"));
    }
    lines.join("\n") + "\n"
}

/// The place of a program in the image.
fn in_image(program: &str) -> String {
    match program.starts_with('/') {
        true => program.to_owned(),
        false => format!("/usr/local/bin/{program}"),
    }
}

/// Words in the quotes of HTCondor's newer syntax.
fn list(words: &[String]) -> String {
    let words = words.iter().map(|word| {
        let word = word.replace('"', "\"\"");
        match word.is_empty() || word.contains([' ', '\t', '\'']) {
            true => format!("'{}'", word.replace('\'', "''")),
            false => word,
        }
    });
    format!("\"{}\"", words.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_blanks_and_quotes_are_one_word() {
        let words = ["--set", "f0(980) mass=1", "it's", "\"x\"", ""].map(str::to_owned);
        assert_eq!(list(&words), r#""--set 'f0(980) mass=1' 'it''s' ""x"" ''""#);
    }
}
