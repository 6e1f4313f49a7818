//! `gpuwa submit`: a fit as jobs of a batch system.

mod of_fit;

use std::path::{Component, Path, PathBuf};

use miette::{IntoDiagnostic, Report, Result, WrapErr, miette};
use serde_json::json;

use super::container::image_path;
use super::fit::Fitting;
use crate::backend::BackendChoice;
use crate::batch::{self, Batch, Image, Needs, Stage, State};
use crate::exit::Status;
use crate::site::{BatchOfSite, Files, Found, Start};

/// Writes the jobs of a fit into a folder, for every batch system, and hands them to HTCondor where that is here. Several
/// jobs share the starts, and a last one collects them: the result is that of one process, to the bit. Options of the
/// fit are those of `gpuwa fit`; --out is the folder [default: NAME-batch, beside the config]
#[derive(Debug, clap::Args)]
pub struct Submit {
    #[command(flatten)]
    fitting: Fitting,

    /// How many jobs share the starts [default: a job for each block of 16]
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,

    /// Print all files and send nothing
    #[arg(long)]
    dry_run: bool,

    /// Instead of a config: the folder of jobs that were sent; says how they stand
    #[arg(long, conflicts_with_all = ["resume", "dry_run", "exec"])]
    status: bool,

    /// Instead of a config: a script, run by one job in the image as it is
    #[arg(long, conflicts_with = "resume")]
    exec: bool,

    /// Arguments of the script
    #[arg(last = true, requires = "exec")]
    arguments: Vec<String>,

    /// A name of `gpuwa container images`, or a path [default: the site's]
    #[arg(long)]
    image: Option<String>,

    /// The image with this system, as `gpuwa container images` says it
    #[arg(long, conflicts_with = "image")]
    os: Option<String>,

    /// Take this program along instead of an image
    #[arg(long, conflicts_with_all = ["image", "os", "start", "exec"])]
    no_image: bool,

    /// Mount the folders of this group
    #[arg(short, long)]
    group: Option<String>,

    /// The site file [default: that of $GPUWA_SITE, the user, the machine, or CVMFS]
    #[arg(long, value_name = "FILE")]
    site: Option<PathBuf>,

    /// How jobs come to their files [default: from the site file, transfer]
    #[arg(long, value_enum)]
    files: Option<Files>,

    /// Who starts the image [default: from the site file, wrapper]
    #[arg(long, value_enum)]
    start: Option<Start>,

    /// Ask for no GPU
    #[arg(long)]
    cpu: bool,

    /// Memory of a job in MB [default: from what the columns of the samples need]
    #[arg(long, value_name = "MB")]
    memory: Option<u64>,

    /// How often a job that ended badly is sent again
    #[arg(long, value_name = "N", default_value_t = 2)]
    retries: usize,
}

/// Besides columns: the program, integrals, descents side by side.
const MEMORY_MB: u64 = 1024;
/// Columns stand beside the momenta that they are made of.
const COPIES: u64 = 2;
/// Besides columns on the card: its context and sums.
const GPU_MEMORY_MB: u64 = 1024;
/// Besides inputs: results, logs and the program.
const DISK_MB: u64 = 512;

impl Submit {
    pub fn run(self) -> Result<Status> {
        let named = &self.fitting.model.config;
        if self.status {
            return self.stand(&Batch::read(named)?);
        }
        if self.fitting.output.resume {
            println!("{}", batch::resume(&Batch::read(named)?)?);
            return Ok(Status::Good);
        }
        let batch = match self.exec {
            true => self.of_script()?,
            false => self.of_fit()?,
        };
        if let (Image::Universe(_), false) = (&batch.image, batch.mounts.is_empty()) {
            let mounts: Vec<String> = batch.mounts.iter().map(|mount| text(mount)).collect();
            self.fitting.common.note(&[format!(
                "what the container universe mounts, nodes say by SINGULARITY_BIND_EXPR: jobs need {}",
                mounts.join(" ")
            )]);
        }
        if self.dry_run {
            for file in batch.files()? {
                println!("===== {}", batch.place().join(&file.name).display());
                println!("{}", file.text);
            }
            return Ok(Status::Good);
        }
        if batch.place().join(batch::DESCRIPTION).exists() && !self.fitting.output.force {
            let shown = batch.place().display().to_string();
            return Err(miette!(
                help = "--resume FOLDER sends again what is not done; choose another --out, or --force to replace it",
                "there are jobs in `{shown}`"
            ));
        }
        if self.fitting.output.force {
            batch.forget()?;
        }
        batch.write()?;
        let said = batch::send(&batch)?;
        if !self.fitting.common.quiet {
            println!("{said}");
        }
        println!("jobs: {}", batch.place().display());
        Ok(Status::Good)
    }

    /// How the jobs stand.
    fn stand(&self, batch: &Batch) -> Result<Status> {
        let states = batch.states();
        let any_bad = states.iter().any(|(_, state)| state.is_bad());
        if self.fitting.common.json {
            let jobs = states.iter().map(|(name, state)| {
                json!({"name": name, "state": state.to_string(), "last_words": batch.last_words(name, state)})
            });
            println!("{}", json!({"jobs": jobs.collect::<Vec<_>>()}));
        } else {
            for (name, state) in &states {
                println!("{name}: {state}");
                if let Some(words) = batch.last_words(name, state) {
                    println!("    it said: {words}");
                }
            }
            let done = states.iter().filter(|(_, state)| *state == State::Done);
            println!("{} of {} jobs are done", done.count(), states.len());
            if any_bad {
                println!(
                    "`gpuwa submit --resume {}` sends again what is not",
                    batch.place().display()
                );
            }
        }
        Ok(match any_bad {
            true => Status::Failed,
            false => Status::Good,
        })
    }

    fn of_script(&self) -> Result<Batch> {
        let home = std::env::current_dir().into_diagnostic()?;
        let script = from(&home, &absolute(&self.fitting.model.config)?);
        if !home.join(&script).is_file() {
            return Err(miette!("there is no script `{}`", script.display()));
        }
        let mut command = vec!["/bin/sh".to_owned(), script.display().to_string()];
        command.extend(self.arguments.iter().cloned());
        let stage = Stage {
            name: "script".to_owned(),
            jobs: 1,
            command,
            leaves: None,
            inputs: vec![script.clone()],
        };
        let gpu = Some(0).filter(|_| !self.cpu());
        let folder = self.folder(&home, &script)?;
        self.batch((&home, &script), folder, vec![stage], self.needs(0, 0, gpu))
    }

    fn cpu(&self) -> bool {
        self.cpu || self.fitting.common.backend == BackendChoice::Cpu
    }

    fn needs(&self, bytes: u64, disk: u64, gpu: Option<u64>) -> Needs {
        let megabytes = |bytes: u64| bytes.div_ceil(1_000_000);
        Needs {
            cpus: self.fitting.common.threads.unwrap_or(1),
            memory_mb: (self.memory).unwrap_or(MEMORY_MB + COPIES * megabytes(bytes)),
            disk_mb: DISK_MB + megabytes(disk),
            gpu_memory_mb: gpu.map(|bytes| GPU_MEMORY_MB + megabytes(bytes)),
        }
    }

    /// The folder of the batch, from `home` where it lies below.
    fn folder(&self, home: &Path, config: &Path) -> Result<PathBuf> {
        let stem = config.file_stem().unwrap_or_default();
        let beside = || home.join(format!("{}-batch", stem.to_string_lossy()));
        let folder = self.fitting.output.out.as_deref().map(absolute);
        Ok(from(home, &folder.unwrap_or_else(|| Ok(beside()))?))
    }

    fn batch(
        &self,
        (home, config): (&Path, &Path),
        folder: PathBuf,
        mut stages: Vec<Stage>,
        needs: Needs,
    ) -> Result<Batch> {
        let found = || Found::open(self.site.as_deref());
        let of_site = match (&self.site, found()) {
            (_, Ok(found)) => found.site.batch,
            // Without a site nothing special is needed.
            (None, Err(error)) if error.is::<crate::site::NoSite>() => BatchOfSite::default(),
            (_, Err(error)) => return Err(error),
        };
        let site = BatchOfSite {
            files: self.files.unwrap_or(of_site.files),
            start: self.start.unwrap_or(of_site.start),
            ..of_site
        };
        let image = match (&self.image, &self.os) {
            _ if self.no_image => Image::None(std::env::current_exe().into_diagnostic()?),
            (image, os) => {
                let path = match (image, os) {
                    (Some(image), _) => image_path(image, found)?,
                    (None, Some(os)) => found()?.image_with(os)?.path.clone(),
                    (None, None) => found()?.default_image()?.path.clone(),
                };
                let path = absolute(&path)?;
                match site.start {
                    Start::Wrapper => Image::Wrapped(path),
                    Start::Container => Image::Universe(path),
                }
            }
        };
        let mut mounts = match &self.group {
            Some(group) => found()?.group(group)?.mount.clone(),
            None => Vec::new(),
        };
        let transfer = site.files == Files::Transfer;
        for stage in &mut stages {
            let (near, far): (Vec<_>, Vec<_>) = std::mem::take(&mut stage.inputs)
                .into_iter()
                .partition(|path| is_below(path));
            // A path that begins at the root is taken to be one on the nodes, too.
            if let Some(elsewhere) = far.iter().find(|path| transfer && !path.is_absolute()) {
                return Err(not_below("what is taken along", elsewhere));
            }
            let folders = far
                .iter()
                .filter_map(|path| Some(home.join(path).parent()?.to_owned()));
            mounts.extend(folders);
            stage.inputs = near;
        }
        if !is_below(&folder) {
            if transfer {
                return Err(not_below("what nodes give back", &folder));
            }
            mounts.push(home.join(&folder));
        }
        mounts.sort();
        mounts.dedup();
        let name = config.file_stem().unwrap_or_default();
        Ok(Batch {
            name: name.to_string_lossy().into_owned(),
            home: home.to_owned(),
            folder,
            stages,
            image,
            mounts,
            needs,
            retries: self.retries,
            site,
        })
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("`{}` is no path", path.display()))
}

fn is_below(path: &Path) -> bool {
    let mut steps = path.components();
    steps.all(|step| matches!(step, Component::Normal(_) | Component::CurDir))
}

fn not_below(what: &str, path: &Path) -> Report {
    miette!(
        help = "move it, or choose --files shared where nodes have the file system",
        "{what} has to be below the folder of the config, and `{}` is not",
        path.display()
    )
}

/// A path as jobs have it that run in `home`.
fn from(home: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(home).unwrap_or(path).to_owned()
}
