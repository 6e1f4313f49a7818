//! What jobs are sent with: the image, the site, what they ask a node for.

use std::path::{Component, Path, PathBuf};

use miette::{IntoDiagnostic, Report, Result, WrapErr, miette};

use crate::backend::BackendChoice;
use crate::batch::{self, Batch, Gpu, Image, Needs, Stage};
use crate::exit::Status;
use crate::options::Common;
use crate::output::OutputOptions;
use crate::site::{BatchOfSite, Files, Found, Start};
use crate::verb::container::image_path;

// No documentation here: it would stand in place of the verb's.
#[derive(Debug, clap::Args)]
pub struct Sending {
    /// How many jobs share the work [default: one for 16 starts, 50 replicas, 50 toys, a row of a scan, a variation, a bin]
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,

    /// Print all files and send nothing
    #[arg(long)]
    dry_run: bool,

    /// A name of `gpuwa container images`, or a path [default: the site's]
    #[arg(long)]
    image: Option<String>,

    /// The image with this system, as `gpuwa container images` says it
    #[arg(long, conflicts_with = "image")]
    os: Option<String>,

    /// Take this program along instead of an image
    #[arg(long, conflicts_with_all = ["image", "os", "start"])]
    no_image: bool,

    /// Mount the folders of this group and of its experiment
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

    /// Take the CPU where the node that a job comes to has no GPU free that fits, instead of waiting for one: HTCondor's
    /// jobs alone
    #[arg(long, conflicts_with = "cpu")]
    pub or_cpu: bool,

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

impl Sending {
    /// Writes the batch and hands it to HTCondor, or only prints it.
    pub fn deliver(
        &self,
        batch: &Batch,
        output: &OutputOptions,
        common: &Common,
    ) -> Result<Status> {
        if let (Image::Universe(_), false) = (&batch.image, batch.mounts.is_empty()) {
            let mounts: Vec<String> = batch.mounts.iter().map(|mount| text(mount)).collect();
            common.note(&[format!(
                "what the container universe mounts, nodes say by SINGULARITY_BIND_EXPR: jobs need {}",
                mounts.join(" ")
            )]);
        }
        if self.dry_run {
            for file in batch.files()? {
                say!("===== {}", batch.place().join(&file.name).display());
                say!("{}", file.text);
            }
            return Ok(Status::Good);
        }
        if batch.place().join(batch::DESCRIPTION).exists() && !output.force {
            let shown = batch.place().display().to_string();
            return Err(miette!(
                help = "--resume FOLDER sends again what is not done; choose another --out, or --force to replace it",
                "there are jobs in `{shown}`"
            ));
        }
        if output.force {
            batch.forget()?;
        }
        batch.write()?;
        let said = batch::send(batch)?;
        if !common.quiet {
            say!("{said}");
        }
        say!("jobs: {}", batch.place().display());
        Ok(Status::Good)
    }

    /// What jobs evaluate with; none where that is left to the node.
    pub fn backend(&self, common: &Common) -> Option<&'static str> {
        match (self.cpu, common.backend) {
            (true, _) | (_, BackendChoice::Cpu) => Some("cpu"),
            (_, BackendChoice::Cuda) => Some("cuda"),
            (_, BackendChoice::Auto) => None,
        }
    }

    /// For columns and inputs of so many bytes.
    pub fn needs(&self, (bytes, disk): (u64, u64), common: &Common) -> Needs {
        let megabytes = |bytes: u64| bytes.div_ceil(1_000_000);
        let gpu = self.backend(common) != Some("cpu");
        let gpu = gpu.then(|| Gpu {
            memory_mb: GPU_MEMORY_MB + megabytes(bytes),
            or_cpu: self.or_cpu,
        });
        Needs {
            cpus: common.threads.unwrap_or(1),
            memory_mb: (self.memory).unwrap_or(MEMORY_MB + COPIES * megabytes(bytes)),
            disk_mb: DISK_MB + megabytes(disk),
            gpu,
        }
    }

    /// The folder of the batch, from `home` where it lies below.
    pub fn folder(&self, home: &Path, name: &str, output: &OutputOptions) -> Result<PathBuf> {
        let folder = output.out.as_deref().map(absolute);
        let beside = || home.join(format!("{name}-batch"));
        Ok(from(home, &folder.unwrap_or_else(|| Ok(beside()))?))
    }

    pub fn batch(
        &self,
        (home, name): (&Path, &str),
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
            Some(group) => found()?.mounts(group)?,
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
        Ok(Batch {
            name: name.to_owned(),
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

pub fn text(path: &Path) -> String {
    path.display().to_string()
}

pub fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("`{}` is no path", path.display()))
}

pub fn is_below(path: &Path) -> bool {
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
pub fn from(home: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(home).unwrap_or(path).to_owned()
}
