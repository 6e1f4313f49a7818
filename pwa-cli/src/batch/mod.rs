//! Jobs of batch systems: one description, what each system reads of it, and how the jobs stand.
//!
//! A batch is a list of stages, each so many jobs of one command, that run one after the other. All commands run in
//! `home`, the folder of the config: on a shared file system there, else in a copy of what they need of it.

mod events;
mod htcondor;
mod kubernetes;
mod send;
mod slurm;

use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic, Result, WrapErr, miette};
use serde::{Deserialize, Serialize};

pub use events::State;
pub use send::{resume, send};

use crate::site::{BatchOfSite, Files};

/// In commands and names: the number of the job, counted from 1.
pub const JOB: &str = "{job}";
/// The description, in the folder of the batch.
pub const DESCRIPTION: &str = "batch.json";
const WRAPPER: &str = "run-in-image";
const LOGS: &str = "log";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    pub name: String,
    pub home: PathBuf,
    /// For everything written, from `home` where it lies below.
    pub folder: PathBuf,
    pub stages: Vec<Stage>,
    pub image: Image,
    /// Folders that the image has to see besides `home`.
    pub mounts: Vec<PathBuf>,
    pub needs: Needs,
    /// How often a job that ended badly is sent again.
    pub retries: usize,
    pub site: BatchOfSite,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    pub name: String,
    pub jobs: usize,
    pub command: Vec<String>,
    /// The folder with what a job gives, from `home`.
    pub leaves: Option<PathBuf>,
    /// Files and folders from `home`.
    pub inputs: Vec<PathBuf>,
}

/// Where commands run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Image {
    /// This program, taken along, without an image.
    None(PathBuf),
    /// By the wrapper script.
    Wrapped(PathBuf),
    /// By HTCondor's container universe.
    Universe(PathBuf),
}

/// What a job asks its node for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    pub cpus: usize,
    pub memory_mb: u64,
    pub disk_mb: u64,
    /// None where the job takes the CPU.
    pub gpu: Option<Gpu>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gpu {
    pub memory_mb: u64,
    /// Where its node has none free that fits, the job takes the CPU. HTCondor alone can be told so.
    pub or_cpu: bool,
}

/// A file for a batch system.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub text: String,
}

impl Stage {
    /// The names of its jobs.
    pub fn names(&self) -> Vec<String> {
        let jobs = 1..=self.jobs;
        jobs.map(|job| self.name(&job.to_string())).collect()
    }

    fn name(&self, job: &str) -> String {
        match self.jobs {
            1 => self.name.clone(),
            _ => format!("{}-{job}", self.name),
        }
    }

    /// Its command, with this in place of the number of the job.
    fn words(&self, job: &str) -> Vec<String> {
        (self.command.iter())
            .map(|word| word.replace(JOB, job))
            .collect()
    }

    fn leaves(&self, job: &str) -> Option<String> {
        let leaves = self.leaves.as_ref()?;
        Some(leaves.display().to_string().replace(JOB, job))
    }
}

impl Batch {
    /// A batch that was sent, by its folder.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(DESCRIPTION);
        let text = std::fs::read_to_string(&path)
            .into_diagnostic()
            .wrap_err_with(|| format!("`{}` is no folder of a batch", folder.display()))?;
        serde_json::from_str(&text)
            .into_diagnostic()
            .wrap_err_with(|| format!("`{}` is no description of a batch", path.display()))
    }

    /// Where it is written, from anywhere.
    pub fn place(&self) -> PathBuf {
        self.home.join(&self.folder)
    }

    /// The names of all jobs, in the order of the stages.
    pub fn names(&self) -> Vec<String> {
        self.stages.iter().flat_map(Stage::names).collect()
    }

    /// What a job writes beside its result: `log`, `out`, `err`.
    fn log(&self, name: &str, kind: &str) -> PathBuf {
        self.place().join(LOGS).join(format!("{name}.{kind}"))
    }

    /// The files of all batch systems.
    pub fn files(&self) -> Result<Vec<File>> {
        let description = serde_json::to_string_pretty(self).into_diagnostic()?;
        let mut files = vec![File {
            name: DESCRIPTION.to_owned(),
            text: description + "\n",
        }];
        files.extend(htcondor::files(self, &[]));
        files.extend(slurm::files(self));
        files.extend(kubernetes::files(self)?);
        files.push(File {
            name: WRAPPER.to_owned(),
            text: include_str!("../../../container/jobs/run-in-image").to_owned(),
        });
        Ok(files)
    }

    /// Writes them. Scripts can be run.
    pub fn write(&self) -> Result<()> {
        let place = self.place();
        std::fs::create_dir_all(place.join(LOGS))
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot make the folder `{}`", place.display()))?;
        for file in self.files()? {
            file.write(&place)?;
        }
        Ok(())
    }

    /// Removes what older jobs of these names have said and left, so that none is taken for theirs.
    pub fn forget(&self) -> Result<()> {
        let left = self.stages.iter().flat_map(|stage| {
            let jobs = (1..=stage.jobs).filter_map(|job| stage.leaves(&job.to_string()));
            jobs.map(|folder| self.home.join(folder))
        });
        for folder in std::iter::once(self.place().join(LOGS)).chain(left) {
            match std::fs::remove_dir_all(&folder) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error)
                        .into_diagnostic()
                        .wrap_err_with(|| format!("cannot remove `{}`", folder.display()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What the wrapper is told.
    fn environment(&self, image: &Path, leaves: Option<String>) -> Vec<String> {
        let mut variables = vec![format!("GPUWA_IMAGE={}", image.display())];
        variables.extend(leaves.map(|leaves| format!("GPUWA_RESULT={leaves}")));
        let mounts: Vec<String> = (self.mounts.iter())
            .map(|mount| mount.display().to_string())
            .collect();
        if !mounts.is_empty() {
            variables.push(format!("GPUWA_MOUNT={}", mounts.join(",")));
        }
        variables
    }

    /// Whether jobs run in `home` itself.
    fn is_shared(&self) -> bool {
        self.site.files == Files::Shared
    }
}

impl File {
    fn write(&self, place: &Path) -> Result<()> {
        let path = place.join(&self.name);
        let write = || {
            std::fs::write(&path, &self.text)?;
            #[cfg(unix)]
            if self.text.starts_with("#!") {
                use std::os::unix::fs::PermissionsExt;
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
            }
            Ok(())
        };
        write()
            .map_err(|error: std::io::Error| miette!("cannot write `{}`: {error}", path.display()))
    }
}

/// Words for a shell that puts `number` in place of the job's.
fn shell_of_job(words: &[String], number: &str) -> String {
    let word = |word: &String| {
        let parts = word
            .split(JOB)
            .map(|part| match part.is_empty() && word.contains(JOB) {
                true => String::new(),
                false => shell(&[part.to_owned()]),
            });
        parts.collect::<Vec<_>>().join(number)
    };
    words.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// Words as a POSIX shell takes them.
fn shell(words: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    let quoted = words
        .iter()
        .map(|word| match word.chars().all(plain) && !word.is_empty() {
            true => word.clone(),
            false => format!("'{}'", word.replace('\'', "'\\''")),
        });
    quoted.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::shell_of_job;

    #[test]
    fn the_number_of_a_job_stays_a_variable_of_the_shell_in_quoted_words() {
        let words = ["--out", "scan-f2'/part-{job}", "a b", ""].map(str::to_owned);
        let line = shell_of_job(&words, "$N");
        assert_eq!(line, r"--out 'scan-f2'\''/part-'$N 'a b' ''");
    }
}
