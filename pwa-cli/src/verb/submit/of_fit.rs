//! The jobs of a fit: shares of its starts, and one that collects them.

use std::path::{Path, PathBuf};

use miette::{Result, miette};
use pwa_core::fit::FitOptions;
use pwa_core::setup::SampleKind;
use pwa_core::setup::survey::SurveyOf;

use super::{Submit, absolute, from, text};
use crate::backend::BackendChoice;
use crate::batch::{Batch, JOB, Stage};
use crate::verb::fit::Fitting;

/// Minutes between checkpoints that are taken off the node.
const CHECKPOINT_MINUTES: f64 = 60.0;
impl Submit {
    pub(super) fn of_fit(&self) -> Result<Batch> {
        let model = &self.fitting.model;
        if model.data.is_some() || model.mc.is_some() {
            return Err(miette!(
                help = "write `files` of [data] and [mc] in the config",
                "jobs take their samples from the config, not from --data and --mc"
            ));
        }
        if self.fitting.common.device.is_some() {
            return Err(miette!(
                help = "leave --device out",
                "the batch system chooses the GPU of a job"
            ));
        }
        let config = absolute(&model.config)?;
        let home = config.parent().unwrap_or(Path::new("/")).to_owned();
        let config = from(&home, &config);

        // Whatever is wrong with it is wrong on every node.
        let cpu = BackendChoice::Cpu.open(None)?;
        let job = model.open(&*cpu)?;
        let sets = job.load()?;
        let flat = job.document.phase_space.sample.as_ref();
        let flat = flat
            .map(|entry| job.sample(&job.models[0], entry, SampleKind::PhaseSpace))
            .transpose()?;
        let samples = sets
            .iter()
            .flat_map(|set| set.samples().map(|(_, sample)| sample))
            .chain(&flat);
        let files = samples
            .flat_map(|sample| &sample.origin)
            .map(|origin| &origin.path);
        let tables = job.document.resonance.values().filter_map(|resonance| {
            let file = resonance.options.get("file")?.as_str()?;
            Some(job.source.folder().join(file))
        });
        let histograms = job.document.background_densities();
        let histograms = histograms.filter_map(|(_, entry)| entry.histogram.as_ref());
        let tables = tables.chain(histograms.map(|file| job.source.folder().join(file)));
        let mut inputs = vec![config.clone()];
        for file in files.cloned().chain(tables).chain(model.params.clone()) {
            let file = from(&home, &absolute(&file)?);
            if !inputs.contains(&file) {
                inputs.push(file);
            }
        }
        let bytes = job.survey(SurveyOf::Samples(&sets))?.memory.bytes;
        let disk: u64 = (inputs.iter())
            .map(|file| std::fs::metadata(home.join(file)).map_or(0, |file| file.len()))
            .sum();
        let gpu = Some(bytes).filter(|_| !self.cpu());
        let options = FitOptions {
            starts: self.fitting.starts.unwrap_or(job.document.fit.starts),
            ..FitOptions::default()
        };
        let blocks = options.blocks().count();
        let jobs = self.jobs.unwrap_or(blocks);
        if !(1..=blocks).contains(&jobs) {
            return Err(miette!(
                help = "jobs share whole blocks: make more starts, or fewer jobs",
                "{} starts are {blocks} blocks of {}, for at most {blocks} jobs and not {jobs}",
                options.starts,
                options.block
            ));
        }
        let folder = self.folder(&home, &config)?;
        let options = self.options(&home, options.starts)?;
        let fit = |verb: &str, leaves: &Path| {
            let mut words = vec!["gpuwa".to_owned(), verb.to_owned(), text(&config)];
            words.extend(options.iter().cloned());
            words.extend(["--out".to_owned(), text(leaves)]);
            words
        };
        let stages = stages(&folder, &inputs, jobs, &fit);
        self.batch(
            (&home, &config),
            folder,
            stages,
            self.needs(bytes, disk, gpu),
        )
    }

    /// The options of every job's fit.
    fn options(&self, home: &Path, starts: usize) -> Result<Vec<String>> {
        let Fitting {
            model,
            enough,
            seed,
            leave_after,
            common,
            ..
        } = &self.fitting;
        let params = model.params.as_deref().map(absolute).transpose()?;
        let params = params.map(|file| text(&from(home, &file)));
        let leave_after = leave_after.unwrap_or(CHECKPOINT_MINUTES).to_string();
        let option = |name: &str, value: Option<String>| {
            value.map_or_else(Vec::new, |value| vec![name.to_owned(), value])
        };
        let mut words = vec!["--starts".to_owned(), starts.to_string()];
        words.extend(option("--enough", enough.map(|n| n.to_string())));
        words.extend(option("--seed", seed.map(|n| n.to_string())));
        words.extend(option("--params", params));
        for assignment in &model.set {
            words.extend(option("--set", Some(assignment.clone())));
        }
        let backend = match (self.cpu(), common.backend) {
            (true, _) => Some("cpu"),
            (false, BackendChoice::Cuda) => Some("cuda"),
            (false, _) => None,
        };
        words.extend(option("--backend", backend.map(str::to_owned)));
        words.extend(option(
            "--threads",
            Some(common.threads.unwrap_or(1).to_string()),
        ));
        words.extend(option("--leave-after", Some(leave_after)));
        words.extend(["--resume".to_owned(), "--quiet".to_owned()]);
        Ok(words)
    }
}

/// The jobs that share the starts, and the one that collects them. `fit`: the words of a verb that leaves its result in
/// a folder.
fn stages(
    folder: &Path,
    inputs: &[PathBuf],
    jobs: usize,
    fit: &dyn Fn(&str, &Path) -> Vec<String>,
) -> Vec<Stage> {
    let stage = |name: &str, command: Vec<String>, leaves: &Path| Stage {
        name: name.to_owned(),
        jobs: 1,
        command,
        leaves: Some(leaves.to_owned()),
        inputs: inputs.to_owned(),
    };
    let result = folder.join("result");
    if jobs == 1 {
        return vec![stage("fit", fit("fit", &result), &result)];
    }
    let part = folder.join(format!("part-{JOB}"));
    let mut words = fit("fit", &part);
    words.extend(["--part".to_owned(), format!("{JOB}/{jobs}")]);
    let mut parts = stage("part", words, &part);
    parts.jobs = jobs;
    let mut collect = stage("collect", fit("collect", &result), &result);
    for part in (1..=jobs).map(|job| folder.join(format!("part-{job}"))) {
        collect.command.push(text(&part));
        collect.inputs.push(part);
    }
    vec![parts, collect]
}
