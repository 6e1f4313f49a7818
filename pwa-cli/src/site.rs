//! The site file: which images there are, and what a group of users needs inside them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use miette::{Diagnostic, Result, miette};
use pwa_core::config::Source;
use serde::{Deserialize, Serialize};

/// Where the experiment's repository has it.
const ON_CVMFS: &str = "/cvmfs/containers.ihep.ac.cn/singularity/image/gpuwa/site.toml";
const ON_THE_MACHINE: &str = "/etc/gpuwa/site.toml";
const VARIABLE: &str = "GPUWA_SITE";

/// What the file holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// The image that is taken where none is named.
    pub default: Option<String>,
    #[serde(default, rename = "image")]
    pub images: BTreeMap<String, Image>,
    #[serde(default, rename = "experiment")]
    pub experiments: BTreeMap<String, Experiment>,
    #[serde(default, rename = "group")]
    pub groups: BTreeMap<String, Group>,
    #[serde(default)]
    pub batch: BatchOfSite,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// A SIF, or the folder of an unpacked image.
    pub path: PathBuf,
    pub os: String,
    pub purpose: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    pub purpose: String,
    /// Folders that the programs of all its groups need.
    pub mount: Vec<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub purpose: String,
    /// The experiment that it belongs to.
    pub experiment: Option<String>,
    /// Folders that its programs need besides those of its experiment.
    #[serde(default)]
    pub mount: Vec<PathBuf>,
}

/// What jobs of a batch system need here.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BatchOfSite {
    pub files: Files,
    pub start: Start,
    /// HTCondor: what nodes have to be, as a ClassAd expression.
    pub requirements: Option<String>,
    /// HTCondor: further lines of submit files.
    pub condor: Vec<String>,
    /// Slurm: further options of `sbatch`, its partition for one.
    pub slurm: Vec<String>,
    /// Slurm: the kind of GPU.
    pub gpu: Option<String>,
    /// Kubernetes: the reference of the image.
    pub oci: Option<String>,
    /// Kubernetes: the claim of the volume with the folder of the config.
    pub claim: Option<String>,
}

/// How jobs come to their files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Files {
    /// Taken to the node and back
    #[default]
    Transfer,
    /// On a file system that all nodes have
    Shared,
}

/// Who starts the image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// A script that comes with the job
    #[default]
    Wrapper,
    /// HTCondor's container universe
    Container,
}

impl Site {
    pub fn experiment(&self, group: &Group) -> Option<&Experiment> {
        self.experiments.get(group.experiment.as_ref()?)
    }

    /// The folders of a group's experiment, then its own.
    pub fn mounts(&self, group: &Group) -> Vec<PathBuf> {
        let experiment = self.experiment(group);
        let of_experiment = experiment.map_or(&[][..], |experiment| &experiment.mount);
        [of_experiment, &group.mount].concat()
    }
}

impl BatchOfSite {
    pub fn gpu(&self) -> &str {
        self.gpu.as_deref().unwrap_or("v100")
    }

    pub fn oci(&self) -> String {
        let own = concat!("gpuwa:", env!("CARGO_PKG_VERSION"));
        self.oci.clone().unwrap_or_else(|| own.to_owned())
    }

    pub fn claim(&self) -> &str {
        self.claim.as_deref().unwrap_or("gpuwa")
    }
}

/// A name that the site file does not have.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("there is no {what} `{name}` in {file}")]
#[diagnostic(code(gpuwa::site))]
pub struct Unknown {
    what: &'static str,
    name: String,
    file: String,
    #[help]
    help: String,
}

#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("there is no site file, which says what images there are")]
#[diagnostic(code(gpuwa::site::absent))]
pub struct NoSite {
    #[help]
    help: String,
}

/// A site file and where it was found.
#[derive(Debug)]
pub struct Found {
    pub site: Site,
    pub file: String,
}

impl Found {
    /// Reads the file of the option, or the first that there is.
    pub fn open(option: Option<&Path>) -> Result<Self> {
        let places = places();
        let path = match option {
            Some(path) => path.to_owned(),
            None => (places.iter().find(|path| path.exists()))
                .cloned()
                .ok_or_else(|| NoSite {
                    help: help(&places),
                })?,
        };
        let source = Source::open(&path)?;
        let site: Site = source.parse_as()?;
        if let Some(name) = (site.default.as_ref()).filter(|name| !site.images.contains_key(*name))
        {
            let problem = format!("the default image `{name}` is none of this file");
            return Err(source
                .error(&["default".into()], problem, names(site.images.keys()))
                .into());
        }
        for (group, of) in &site.groups {
            let Some(name) = &of.experiment else { continue };
            if !site.experiments.contains_key(name) {
                let place = ["group".into(), group.into(), "experiment".into()];
                let problem = format!("the experiment `{name}` is none of this file");
                let help = names(site.experiments.keys());
                return Err(source.error(&place, problem, help).into());
            }
        }
        Ok(Self {
            site,
            file: source.name().to_owned(),
        })
    }

    /// The first image with this system, the default one before others.
    pub fn image_with(&self, os: &str) -> Result<&Image, Unknown> {
        let has = |image: &&Image| {
            let [of_image, os] = [&image.os, os].map(|os| os.to_lowercase().replace(' ', ""));
            of_image == os
        };
        let default = (self.site.default.as_ref()).and_then(|name| self.site.images.get(name));
        let mut all = default.into_iter().chain(self.site.images.values());
        let systems = self.site.images.values().map(|image| &image.os);
        all.find(has)
            .ok_or_else(|| self.unknown("image with the system", os, names(systems)))
    }

    pub fn default_image(&self) -> Result<&Image> {
        let name = (self.site.default.as_ref()).ok_or_else(|| {
            miette!(
                help = "name one: `gpuwa container images`",
                "{} has no default image",
                self.file
            )
        })?;
        Ok(self.image(name)?)
    }

    pub fn image(&self, name: &str) -> Result<&Image, Unknown> {
        (self.site.images.get(name))
            .ok_or_else(|| self.unknown("image", name, names(self.site.images.keys())))
    }

    /// Those of the group with this name.
    pub fn mounts(&self, group: &str) -> Result<Vec<PathBuf>, Unknown> {
        let groups = &self.site.groups;
        let group = (groups.get(group))
            .ok_or_else(|| self.unknown("group", group, names(groups.keys())))?;
        Ok(self.site.mounts(group))
    }

    fn unknown(&self, what: &'static str, name: &str, help: String) -> Unknown {
        Unknown {
            what,
            name: name.to_owned(),
            file: self.file.clone(),
            help,
        }
    }
}

fn names<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<&str> = names.map(String::as_str).collect();
    match names.is_empty() {
        true => "it has none".to_owned(),
        false => format!("it has {}", names.join(", ")),
    }
}

/// In the order of their turn: what a user writes comes before what the machine and the experiment have.
fn places() -> Vec<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let config = folder("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = config.or_else(|| Some(PathBuf::from(folder("HOME")?).join(".config")));
    let user = config.map(|folder| folder.join("gpuwa/site.toml"));
    (folder(VARIABLE).map(PathBuf::from).into_iter())
        .chain(user)
        .chain([ON_THE_MACHINE, ON_CVMFS].map(PathBuf::from))
        .collect()
}

fn help(places: &[PathBuf]) -> String {
    let places: Vec<String> = places
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    format!(
        "looked for {}; --site FILE or {VARIABLE} name another one. An image can be given by its path, too",
        places.join(", ")
    )
}
