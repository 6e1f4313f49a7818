//! `gpuwa container`: the images of a site and what runs in them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use miette::Result;
use serde_json::json;

use crate::container::{Inside, become_it, command};
use crate::exit::Status;
use crate::site::{Found, Group, Image};

#[derive(Debug, clap::Args)]
pub struct Container {
    #[command(subcommand)]
    action: Action,

    /// The site file [default: that of $GPUWA_SITE, the user, the machine, or CVMFS]
    #[arg(long, value_name = "FILE", global = true)]
    site: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// The images of this site
    Images {
        /// Print machine-readable JSON on stdout, and nothing else there
        #[arg(long)]
        json: bool,
    },
    /// The groups and the folders that they mount, with those of their experiments
    Groups {
        /// Print machine-readable JSON on stdout, and nothing else there
        #[arg(long)]
        json: bool,
    },
    /// A shell in an image
    Shell {
        /// Mount the folders of this group and of its experiment
        #[arg(short, long)]
        group: Option<String>,

        /// A name of `gpuwa container images`, or a path [default: the site's]
        image: Option<String>,
    },
    /// A command in an image, with its exit status
    Exec {
        /// Mount the folders of this group and of its experiment
        #[arg(short, long)]
        group: Option<String>,

        /// A name of `gpuwa container images`, or a path
        image: String,

        /// The command and its arguments; a last `-g GROUP` is the group
        #[arg(
            required = true,
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "COMMAND"
        )]
        words: Vec<OsString>,
    },
}

impl Container {
    pub fn run(self) -> Result<Status> {
        let site = || Found::open(self.site.as_deref());
        match self.action {
            Action::Images { json } => images(&site()?, json),
            Action::Groups { json } => groups(&site()?, json),
            Action::Shell { group, image } => {
                let image = match image {
                    Some(image) => image_path(&image, site)?,
                    None => site()?.default_image()?.path.clone(),
                };
                enter(&image, group.as_deref(), site, &Inside::Shell)
            }
            Action::Exec {
                group,
                image,
                mut words,
            } => {
                let image = image_path(&image, site)?;
                let group = group.or_else(|| last_group(&mut words));
                enter(&image, group.as_deref(), site, &Inside::Command(&words))
            }
        }
    }
}

/// Takes the `-g GROUP` behind a command, where login nodes are used to have it.
fn last_group(words: &mut Vec<OsString>) -> Option<String> {
    let [_, .., option, group] = &words[..] else {
        return None;
    };
    let group = (option == "-g")
        .then(|| group.to_str().map(str::to_owned))
        .flatten()?;
    words.truncate(words.len() - 2);
    Some(group)
}

pub(super) fn image_path(image: &str, site: impl Fn() -> Result<Found>) -> Result<PathBuf> {
    // A name of a site file has no slash; a file of this folder can be written ./x.sif.
    if image.contains('/')
        || Path::new(image)
            .extension()
            .is_some_and(|extension| extension == "sif")
    {
        return Ok(PathBuf::from(image));
    }
    Ok(site()?.image(image)?.path.clone())
}

fn enter(
    image: &Path,
    group: Option<&str>,
    site: impl Fn() -> Result<Found>,
    inside: &Inside,
) -> Result<Status> {
    let mounts = match group {
        Some(group) => site()?.mounts(group)?,
        None => Vec::new(),
    };
    Err(become_it(command(image, &mounts, inside)?).into())
}

fn images(found: &Found, json: bool) -> Result<Status> {
    let images = &found.site.images;
    if json {
        let entry =
            |image: &Image| json!({"path": image.path, "os": image.os, "purpose": image.purpose});
        let images: BTreeMap<_, _> = images
            .iter()
            .map(|(name, image)| (name, entry(image)))
            .collect();
        say!(
            "{}",
            json!({"file": found.file, "default": found.site.default, "images": images})
        );
        return Ok(Status::Good);
    }
    for (name, image) in images {
        let default = if found.site.default.as_ref() == Some(name) {
            " (default)"
        } else {
            ""
        };
        let absent = if image.path.exists() {
            ""
        } else {
            ", not on this machine"
        };
        say!("{name}{default}: {}, {}", image.os, image.purpose);
        say!("    {}{absent}", image.path.display());
    }
    Ok(Status::Good)
}

fn groups(found: &Found, json: bool) -> Result<Status> {
    let groups = &found.site.groups;
    if json {
        let entry = |group: &Group| {
            let Group {
                purpose,
                experiment,
                ..
            } = group;
            json!({"purpose": purpose, "experiment": experiment, "mount": found.site.mounts(group)})
        };
        let groups: BTreeMap<_, _> = groups
            .iter()
            .map(|(name, group)| (name, entry(group)))
            .collect();
        say!("{}", json!({"file": found.file, "groups": groups}));
        return Ok(Status::Good);
    }
    for (name, group) in groups {
        let experiment = found.site.experiment(group);
        let of = experiment.map_or_else(String::new, |of| format!(" ({})", of.purpose));
        say!("{name}{of}: {}", group.purpose);
        for folder in found.site.mounts(group) {
            say!("    {}", folder.display());
        }
    }
    Ok(Status::Good)
}
