//! `gpuwa check`: is the model what one thinks it is?

use miette::Result;

use crate::exit::Status;
use crate::options::{Common, ModelOptions};

#[derive(Debug, clap::Args)]
pub struct Check {
    #[command(flatten)]
    model: ModelOptions,

    #[command(flatten)]
    common: Common,
}

impl Check {
    pub fn run(self) -> Result<Status> {
        let backend = self.common.start()?;
        let job = self.model.open(&*backend)?;
        self.common.note(&job.model.notes);
        for wave in job.model.waves() {
            println!("{}", job.model.wave_name(&wave));
        }
        for (_, parameter) in job.model.parameters.iter() {
            println!(
                "{} = {} {}",
                parameter.name, parameter.start, parameter.unit
            );
        }
        Ok(Status::Good)
    }
}
