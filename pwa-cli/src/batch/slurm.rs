//! Scripts for Slurm: an array a stage, each after the one before it.

use super::{Batch, File, Image, Stage, WRAPPER, shell, shell_of_job};
use crate::exit::Status;

/// Sends the stages.
const SEND: &str = "slurm";

pub fn files(batch: &Batch) -> Vec<File> {
    let stages = batch.stages.iter();
    let mut files: Vec<File> = stages
        .map(|stage| File {
            name: script_name(stage),
            text: script(batch, stage),
        })
        .collect();
    files.push(File {
        name: SEND.to_owned(),
        text: send(batch),
    });
    files
}

fn script_name(stage: &Stage) -> String {
    format!("{}.slurm", stage.name)
}

/// Slurm's work is on a shared file system.
fn script(batch: &Batch, stage: &Stage) -> String {
    let array = stage.jobs > 1;
    let logs = |kind| {
        let number = if array { "%a" } else { "1" };
        shell(&[batch.log(&stage.name(number), kind).display().to_string()])
    };
    let mut options = vec![
        format!(
            "--job-name={}",
            shell(&[format!("{}-{}", batch.name, stage.name)])
        ),
        format!("--chdir={}", shell(&[batch.home.display().to_string()])),
        format!("--output={}", logs("out")),
        format!("--error={}", logs("err")),
        "--open-mode=append".to_owned(),
        format!("--cpus-per-task={}", batch.needs.cpus),
        format!("--mem={}M", batch.needs.memory_mb),
        // The fit ends with status 85 where it can be taken up again.
        "--requeue".to_owned(),
        "--signal=B:TERM@60".to_owned(),
    ];
    if array {
        options.push(format!("--array=1-{}", stage.jobs));
    }
    if batch.needs.gpu.is_some() {
        options.push(format!("--gres=gpu:{}:1", batch.site.gpu()));
    }
    options.extend(batch.site.slurm.iter().cloned());
    let options: Vec<String> = options
        .iter()
        .map(|option| format!("#SBATCH {option}\n"))
        .collect();
    let mut words = stage.command.clone();
    let mut exports = String::new();
    match &batch.image {
        Image::None(program) => words[0] = program.display().to_string(),
        // Slurm has no universe of containers: the wrapper starts the image.
        Image::Wrapped(image) | Image::Universe(image) => {
            words.insert(0, batch.place().join(WRAPPER).display().to_string());
            let variables = batch.environment(image, None);
            exports = format!("export {}\n", shell(&variables));
        }
    }
    let command = shell_of_job(&words, "$SLURM_ARRAY_TASK_ID");
    format!(
        "#!/bin/sh\n{}\
         # The batch system's signal goes to the shell, which hands it on; status {checkpoint} is a checkpoint, and the job goes on later.\n\
         {exports}{command} &\n\
         trap 'kill -TERM $!' TERM\n\
         wait $!\n\
         status=$?\n\
         while kill -0 $! 2>/dev/null; do wait $!; status=$?; done\n\
         if [ $status = {checkpoint} ]; then exec scontrol requeue \"$SLURM_JOB_ID\"; fi\n\
         exit $status\n",
        options.concat(),
        checkpoint = Status::Checkpoint as u8
    )
}

fn send(batch: &Batch) -> String {
    let mut lines = vec![
        "#!/bin/sh".to_owned(),
        format!("# {}: sends its jobs to Slurm.", batch.name),
        "set -eu".to_owned(),
        "cd \"$(dirname \"$0\")\"".to_owned(),
        "after=".to_owned(),
    ];
    for stage in &batch.stages {
        let script = script_name(stage);
        lines.push(format!(
            "after=--dependency=afterok:$(sbatch --parsable $after {script})"
        ));
    }
    lines.push(format!("echo \"sent {} stages\"\n", batch.stages.len()));
    lines.join("\n")
}
