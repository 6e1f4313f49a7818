//! `cargo xtask test-sites`: the image as sites run it, with a real Apptainer and a real HTCondor pool on this machine.

use std::process::Command;

use super::{Helper, cuda_emulator, dist};
use crate::cargo::{root, target_folder};
use crate::command::run;

pub const HELPER: Helper = Helper {
    name: "test-sites",
    about: "as root on Debian 12, after `image`: the image on other systems, and its jobs in a real HTCondor pool",
    run: |arguments| match arguments.first() {
        Some(unknown) => Err(format!("`test-sites` takes no argument `{unknown}`")),
        None => test(),
    },
};

fn test() -> Result<(), String> {
    let target = target_folder()?;
    let image = target.join(format!("image/gpuwa_v{}.sif", env!("CARGO_PKG_VERSION")));
    if !image.exists() {
        return Err(format!(
            "`{}` is absent: `cargo xtask image` makes it",
            image.display()
        ));
    }
    let script = |name: &str| Command::new(root().join("container").join(name));
    run(&mut script("install-apptainer"))?;
    run(&mut script("tests/install-condor"))?;
    let (emulator, program) = (cuda_emulator::driver()?, dist::built()?);
    run(script("tests/hosts").args([&image, &program, &target.join("hosts")]))?;
    run(script("tests/sites").args([&image, &program, &emulator, &target.join("sites")]))
}
