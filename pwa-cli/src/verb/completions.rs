//! `gpuwa completions`: what makes a shell complete verbs and options.

use clap::CommandFactory;
use clap_complete::Shell;
use miette::Result;

use crate::exit::Status;

#[derive(Debug, clap::Args)]
pub struct Completions {
    /// For which shell, e.g. `source <(gpuwa completions bash)`
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub fn run(self) -> Result<Status> {
        let mut command = crate::Cli::command();
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "gpuwa", &mut script);
        say_part!("{}", String::from_utf8_lossy(&script));
        Ok(Status::Good)
    }
}
