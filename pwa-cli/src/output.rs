//! Where long work writes: its file and the checkpoint beside it, neither of which is lost by mistake.

use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic, Result, WrapErr, miette};
use pwa_core::checkpoint::{Identity, Journal, remove_partial, write_whole};
use serde_json::Value;

use crate::interrupt;
use crate::options::Common;

#[derive(Debug, clap::Args)]
pub struct OutputOptions {
    /// The folder for what is written [default: NAME-result after a config, the folder of a result.json]
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Replace an older result in that folder
    #[arg(long)]
    pub force: bool,

    /// Go on where an earlier run with that folder ended, however it ended; begin where there was none
    #[arg(long, conflicts_with = "force")]
    pub resume: bool,

    /// End with status 85 after so many minutes, once there is more to go on from with --resume than there was
    #[arg(long, value_name = "MINUTES")]
    pub leave_after: Option<f64>,
}

/// A file that work writes at its end, and the one that keeps its steps.
#[derive(Debug, Clone)]
pub struct Output {
    pub file: PathBuf,
    pub checkpoint: PathBuf,
}

impl OutputOptions {
    /// The files of these names, in a folder that exists and holds no older ones; from here on SIGTERM ends the
    /// process as one that can be taken up. `of`: the config or the result.json.
    pub fn open(&self, of: &Path, file: &str, checkpoint: &str) -> Result<Output> {
        interrupt::leave_at_checkpoint().into_diagnostic()?;
        let folder = self.out.clone().unwrap_or_else(|| default_folder(of));
        let output = Output {
            file: folder.join(file),
            checkpoint: folder.join(checkpoint),
        };
        self.keep_older(&output)?;
        std::fs::create_dir_all(&folder)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot make the folder `{}`", folder.display()))?;
        Ok(output)
    }

    /// Refuses to replace what nobody says is to be replaced.
    fn keep_older(&self, output: &Output) -> Result<()> {
        let older = match output.file.exists() {
            true => Some(&output.file),
            false => Some(&output.checkpoint).filter(|file| has_steps(file)),
        };
        match older.filter(|_| !self.force && !self.resume) {
            None => Ok(()),
            Some(older) => Err(miette!(
                help = "go on with --resume, choose another --out, or --force to replace it",
                "`{}` exists",
                older.display()
            )),
        }
    }

    /// The steps of this work so far.
    pub fn journal(
        &self,
        output: &Output,
        identity: &Identity,
        common: &Common,
    ) -> Result<Journal> {
        let path = &output.checkpoint;
        // Another process may have come to its end while samples were read.
        self.keep_older(output)?;
        let journal = match self.resume {
            true => Journal::resume(path, identity)?,
            false => Journal::begin(path, identity)?,
        };
        remove_partial(&output.file)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot write `{}`", output.file.display()))?;
        if self.resume {
            let steps = journal.ahead();
            common.note(&[format!("going on behind {steps} recorded steps")]);
        }
        if let Some(minutes) = self.leave_after {
            interrupt::leave_after(minutes, path.clone())?;
        }
        Ok(journal)
    }
}

impl Output {
    /// Writes the document of finished work and shows it, for people by `print`.
    pub fn finish(&self, document: &Value, common: &Common, print: impl FnOnce()) -> Result<()> {
        let text = serde_json::to_string_pretty(document).into_diagnostic()?;
        write_whole(&self.file, format!("{text}\n").as_bytes())
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot write `{}`", self.file.display()))?;
        match common.json {
            true => say!("{document}"),
            false => {
                print();
                say!("written: {}", self.file.display());
            }
        }
        Ok(())
    }
}

fn default_folder(of: &Path) -> PathBuf {
    if of.extension().is_some_and(|extension| extension == "json") {
        return of.parent().unwrap_or(Path::new("")).to_owned();
    }
    let stem = of.file_stem().unwrap_or_default();
    PathBuf::from(format!("{}-result", stem.to_string_lossy()))
}

/// Whether work came further than the first line of its checkpoint.
fn has_steps(checkpoint: &Path) -> bool {
    let text = std::fs::read(checkpoint).unwrap_or_default();
    text.iter().filter(|&&byte| byte == b'\n').count() > 1
}
