//! Running something in an image: Apptainer or Singularity with what a node and a group need.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use miette::Result;

use crate::exit::NoResource;

/// The program's other name, with the commands that login nodes of IHEP have: `hep_container images`.
const LINK: &str = "hep_container";
const RUNTIMES: [&str; 2] = ["apptainer", "singularity"];
/// Made by the driver on a machine with a GPU that programs can open.
const GPU: &str = "/dev/nvidiactl";
const CVMFS: &str = "/cvmfs";

/// The words of the command line; under the other name they are those behind `gpuwa container`.
pub fn arguments(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<OsString> = words.collect();
    let name = words.first().and_then(|word| Path::new(word).file_name());
    if name.is_some_and(|name| name == LINK) {
        words.splice(..1, ["gpuwa".into(), "container".into()]);
    }
    words
}

/// What runs in an image.
pub enum Inside<'a> {
    Shell,
    Command(&'a [OsString]),
}

/// The command of Apptainer or Singularity.
pub fn command(image: &Path, mounts: &[PathBuf], inside: &Inside) -> Result<Command, NoResource> {
    check_image(image)?;
    let mut command = Command::new(runtime()?);
    command.arg(match inside {
        Inside::Shell => "shell",
        Inside::Command(_) => "exec",
    });
    if Path::new(GPU).exists() {
        command.arg("--nv");
    }
    for mount in mounts {
        // A folder that this node lacks would end everything.
        if mount.exists() {
            command.arg("--bind").arg(mount);
        } else {
            tell!(
                "note: `{}` is not on this machine and not mounted",
                mount.display()
            );
        }
    }
    command.arg(image);
    if let Inside::Command(words) = inside {
        command.args(*words);
    }
    Ok(command)
}

/// Gives the process to the command: signals reach it, and its exit status is that of gpuwa.
pub fn become_it(mut command: Command) -> NoResource {
    let error = command.exec();
    NoResource {
        what: format!(
            "cannot start `{}`: {error}",
            command.get_program().display()
        ),
        help: "`apptainer --version` says whether it works here".to_owned(),
    }
}

/// A program in one of the folders of PATH.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut files = std::env::split_paths(&path).map(|folder| folder.join(program));
    files.find(|file| file.is_file())
}

fn runtime() -> Result<PathBuf, NoResource> {
    let found = RUNTIMES.iter().find_map(|name| on_path(name));
    found.ok_or_else(|| NoResource {
        what: format!("neither {} is in PATH", RUNTIMES.join(" nor ")),
        help:
            "login and worker nodes of a site have one of them; elsewhere see https://apptainer.org"
                .to_owned(),
    })
}

fn check_image(image: &Path) -> Result<(), NoResource> {
    if image.exists() {
        return Ok(());
    }
    let shown = image.display();
    let Some(repository) = repository(image) else {
        return Err(NoResource {
            what: format!("there is no image `{shown}`"),
            help: "`gpuwa container images` lists those of this site".to_owned(),
        });
    };
    // Mounted on the first access, an absent repository is no folder.
    let mounted = std::fs::read_dir(Path::new(CVMFS).join(repository))
        .is_ok_and(|mut entries| entries.next().is_some());
    Err(if mounted {
        NoResource {
            what: format!("there is no image `{shown}`, though {repository} is mounted"),
            help: "`gpuwa container images` lists those of this site; a new one takes some minutes to arrive".to_owned(),
        }
    } else {
        NoResource {
            what: format!("the image `{shown}` is on CVMFS, and {repository} is not mounted here"),
            help: format!(
                "`cvmfs_config probe {repository}` says why; the site's administrators mount it"
            ),
        }
    })
}

/// `containers.ihep.ac.cn` of a path on CVMFS.
fn repository(image: &Path) -> Option<&str> {
    image.strip_prefix(CVMFS).ok()?.iter().next()?.to_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_name_is_a_verb() {
        let of = |words: &[&str]| arguments(words.iter().map(|word| OsString::from(*word)));
        assert_eq!(
            of(&["/usr/bin/hep_container", "images"]),
            ["gpuwa", "container", "images"]
        );
        assert_eq!(of(&["gpuwa", "check"]), ["gpuwa", "check"]);
    }

    #[test]
    fn repositories_are_named_by_paths() {
        assert_eq!(repository(Path::new("/cvmfs/a.b.c/x/y.sif")), Some("a.b.c"));
        assert_eq!(repository(Path::new("/home/a.sif")), None);
    }
}
