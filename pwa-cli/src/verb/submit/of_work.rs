//! The jobs of shared work: shares of its pieces, and one that collects them.

use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic, Result, miette};

use super::sending::{Sending, absolute, from, is_below, text};
use crate::backend::BackendChoice;
use crate::batch::{Batch, JOB, Stage};
use crate::exit::Status;
use crate::options::{Common, ModelOptions};
use crate::output::OutputOptions;
use crate::shared::{Demand, How, Shared};
use crate::typed::Typed;

/// Minutes between checkpoints that are taken off the node.
const CHECKPOINT_MINUTES: f64 = 60.0;

impl How for Sending {
    fn run<W: Shared>(self, work: Typed<W>) -> Result<Status> {
        let (_, output, common) = work.given.options();
        if output.resume {
            return Err(miette!(
                help = "`gpuwa submit --resume FOLDER`",
                "jobs are sent again by their folder"
            ));
        }
        self.deliver(&self.of_work(&work)?, output, common)
    }
}

impl Sending {
    fn of_work<W: Shared>(&self, work: &Typed<W>) -> Result<Batch> {
        let (model, output, common) = work.given.options();
        check(model, common, self.or_cpu)?;
        let home = home(model)?;
        let cpu = BackendChoice::Cpu.open(None)?;
        let Demand {
            pieces,
            files,
            bytes,
        } = work.given.demand(&cpu)?;
        let jobs = (self.jobs).unwrap_or_else(|| pieces.count().div_ceil(W::OF_A_JOB));
        pieces.check("job", jobs)?;

        let Words { mut inputs, words } = Words::of(work, &home)?;
        for file in files {
            let file = from(&home, &absolute(&file)?);
            if !inputs.contains(&file) {
                inputs.push(file);
            }
        }
        let disk = (inputs.iter())
            .map(|file| std::fs::metadata(home.join(file)).map_or(0, |file| file.len()));
        let needs = self.needs((bytes, disk.sum()), common);
        let name = work.given.name();
        let folder = self.folder(&home, &name, output)?;
        let options = [&words[..], &self.options(output, common)].concat();
        let stages = stages::<W>(&folder, jobs, &options, &inputs);
        self.batch((&home, &name), folder, stages, needs)
    }

    /// Of every job's process.
    fn options(&self, output: &OutputOptions, common: &Common) -> Vec<String> {
        let leave_after = output.leave_after.unwrap_or(CHECKPOINT_MINUTES).to_string();
        let threads = common.threads.unwrap_or(1).to_string();
        let backend = self.backend(common).map(|name| ["--backend", name]);
        let mut words: Vec<&str> = backend.iter().flatten().copied().collect();
        words.extend(["--threads", &threads, "--leave-after", &leave_after]);
        words.extend(["--resume", "--quiet"]);
        words.into_iter().map(str::to_owned).collect()
    }
}

/// What jobs cannot be told.
fn check(model: &ModelOptions, common: &Common, or_cpu: bool) -> Result<()> {
    if or_cpu && common.backend != BackendChoice::Auto {
        return Err(miette!(
            help = "leave one of them out",
            "--or-cpu leaves the choice to the node, and --backend makes it"
        ));
    }
    if model.data.is_some() || model.mc.is_some() {
        return Err(miette!(
            help = "write `files` of [data] and [mc] in the config",
            "jobs take their samples from the config, not from --data and --mc"
        ));
    }
    if common.device.is_some() {
        return Err(miette!(
            help = "leave --device out",
            "the batch system chooses the GPU of a job"
        ));
    }
    Ok(())
}

/// Where jobs run: the folder of the config.
fn home(model: &ModelOptions) -> Result<PathBuf> {
    let here = std::env::current_dir().into_diagnostic()?;
    // Without a slash behind it.
    absolute(&here.join(model.folder()?).components().collect::<PathBuf>())
}

/// What was typed of the work, as a job has to type it in `home`, and the files among that.
struct Words {
    words: Vec<String>,
    inputs: Vec<PathBuf>,
}

impl Words {
    fn of<W: Shared>(work: &Typed<W>, home: &Path) -> Result<Self> {
        let (mut words, mut inputs) = (Vec::new(), Vec::new());
        for typing in &work.words {
            if typing.is_of::<OutputOptions>() || typing.is_of::<Common>() {
                continue;
            }
            words.extend(typing.option.clone());
            match &typing.value {
                Some(path) if typing.is_path => {
                    let path = below(home, &absolute(Path::new(path))?);
                    words.push(text(&path));
                    inputs.push(path);
                }
                value => words.extend(value.clone()),
            }
        }
        Ok(Self { words, inputs })
    }
}

/// A path from `home`, however either was typed. A link is what it is called where it lies.
fn below(home: &Path, path: &Path) -> PathBuf {
    let typed = from(home, path);
    if is_below(&typed) {
        return typed;
    }
    let there =
        || -> std::io::Result<PathBuf> { Ok(from(&home.canonicalize()?, &path.canonicalize()?)) };
    let there = there().ok().filter(|there| !there.is_absolute());
    there.unwrap_or(typed)
}

/// The jobs that share the pieces, and the one that collects them.
fn stages<W: Shared>(
    folder: &Path,
    jobs: usize,
    options: &[String],
    inputs: &[PathBuf],
) -> Vec<Stage> {
    let stage = |name: &str, verbs: &[&str], leaves: PathBuf| Stage {
        name: name.to_owned(),
        jobs: 1,
        command: (["gpuwa"].iter().chain(verbs))
            .map(|&word| word.to_owned())
            .chain(options.iter().cloned())
            .chain(["--out".to_owned(), text(&leaves)])
            .collect(),
        leaves: Some(leaves),
        inputs: inputs.to_owned(),
    };
    let result = folder.join("result");
    if jobs == 1 {
        return vec![stage(W::VERB, &[W::VERB], result)];
    }
    let mut parts = stage("part", &[W::VERB], folder.join(format!("part-{JOB}")));
    parts.jobs = jobs;
    let part = format!("{JOB}/{jobs}");
    parts.command.extend(["--part".to_owned(), part]);
    let mut collect = stage("collect", &["collect", W::VERB], result);
    collect.command.push("--".to_owned());
    for part in (1..=jobs).map(|job| folder.join(format!("part-{job}"))) {
        collect.command.push(text(&part));
        collect.inputs.push(part);
    }
    vec![parts, collect]
}
