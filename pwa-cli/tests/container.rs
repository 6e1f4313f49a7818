//! `gpuwa container` as users of a login node meet it.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

use support::{Run, gpuwa_with, repository, text, write};

/// A folder with a site file, an image, and a program `apptainer` that prints its arguments and runs what is behind the
/// image.
fn login_node() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (image, mounted) = (at("gpuwa.sif"), at("data"));
    fs::create_dir(&mounted).unwrap();
    write(folder.path(), "gpuwa.sif", "image");
    write(
        folder.path(),
        "site.toml",
        &format!(
            r#"default = "gpuwa"
[image.gpuwa]
path = "{image}"
os = "Debian 12"
purpose = "fits"
[image.old]
path = "/cvmfs/absent.example.org/old.sif"
os = "SL7"
purpose = "history"
[experiment.bes3]
purpose = "BESIII"
mount = ["{mounted}"]
[group.bes3]
purpose = "everybody"
experiment = "bes3"
mount = ["/absent/folder"]
"#
        ),
    );
    let program = write(
        folder.path(),
        "apptainer",
        "#!/bin/sh\necho \"$@\"\nwhile [ $# -gt 0 ] && [ \"${1%.sif}\" = \"$1\" ]; do shift; done\nshift\nexec \"$@\"\n",
    );
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn path_with(folder: &Path) -> String {
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap())
}

fn container(folder: &Path, arguments: &[&str]) -> Run {
    let site = folder.join("site.toml");
    let path = path_with(folder);
    let arguments = [&["container"], arguments].concat();
    gpuwa_with(
        folder,
        &arguments,
        &[("GPUWA_SITE", text(&site)), ("PATH", &path)],
    )
}

#[test]
fn images_and_groups_are_listed() {
    let node = login_node();
    let images = container(node.path(), &["images"]).good();
    assert!(
        images.contains("gpuwa (default): Debian 12, fits"),
        "{images}"
    );
    assert!(images.contains("old.sif, not on this machine"), "{images}");
    let groups = container(node.path(), &["groups", "--json"]).json();
    let bes3 = &groups["groups"]["bes3"];
    assert_eq!(bes3["experiment"], "bes3");
    assert_eq!(
        bes3["mount"][0].as_str(),
        Some(text(&node.path().join("data")))
    );
    assert_eq!(bes3["mount"][1], "/absent/folder");
    let said = container(node.path(), &["groups"]).good();
    assert!(said.starts_with("bes3 (BESIII): everybody\n"), "{said}");
    let images = container(node.path(), &["images", "--json"]).json();
    assert_eq!(images["images"]["old"]["os"], "SL7");
}

#[test]
fn a_command_runs_in_an_image_with_the_folders_of_a_group() {
    let node = login_node();
    let mount = format!("--bind {}", node.path().join("data").display());
    for arguments in [
        &["exec", "-g", "bes3", "gpuwa", "echo", "-n", "inside"][..],
        &["exec", "gpuwa", "echo", "-n", "inside", "-g", "bes3"],
    ] {
        let run = container(node.path(), arguments);
        assert!(run.stderr.contains("/absent/folder"), "{}", run.stderr);
        let out = run.good();
        assert!(out.starts_with("exec ") && out.contains(&mount), "{out}");
        assert!(out.ends_with("gpuwa.sif echo -n inside\ninside"), "{out}");
    }
    let shell = container(node.path(), &["shell"]);
    assert!(shell.stdout.starts_with("shell "), "{}", shell.stdout);
}

#[test]
fn exit_status_and_signals_pass_through() {
    let node = login_node();
    let image = node.path().join("gpuwa.sif");
    let exec = |command: &str| {
        Command::new(env!("CARGO_BIN_EXE_gpuwa"))
            .args(["container", "exec", text(&image), "sh", "-c", command])
            .env("PATH", path_with(node.path()))
            .status()
            .unwrap()
    };
    assert_eq!(exec("exit 7").code(), Some(7));
    assert_eq!(exec("kill -TERM $$").signal(), Some(15));
}

#[test]
fn the_old_names_of_the_commands_are_a_link_away() {
    let node = login_node();
    let link = node.path().join("hep_container");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_gpuwa"), &link).unwrap();
    let output = Command::new(&link)
        .arg("images")
        .env("GPUWA_SITE", node.path().join("site.toml"))
        .output()
        .unwrap();
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("gpuwa (default)"),
        "{output:?}"
    );
}

#[test]
fn what_is_missing_is_named() {
    let node = login_node();
    let run = |arguments: &[&str]| container(node.path(), arguments);
    run(&["exec", "old", "true"]).fails(
        4,
        &[
            "absent.example.org is not mounted here",
            "cvmfs_config probe",
        ],
    );
    run(&["exec", "./absent.sif", "true"]).fails(4, &["there is no image `./absent.sif`"]);
    run(&["exec", "new", "true"]).fails(2, &["there is no image `new`", "it has gpuwa, old"]);
    run(&["exec", "-g", "belle", "gpuwa", "true"])
        .fails(2, &["there is no group `belle`", "it has bes3"]);
    let nothing = tempfile::tempdir().unwrap();
    gpuwa_with(
        node.path(),
        &["container", "exec", "gpuwa", "true", "--site", "x"],
        &[
            ("PATH", text(nothing.path())),
            ("GPUWA_SITE", text(&node.path().join("site.toml"))),
        ],
    )
    .fails(4, &["neither apptainer nor singularity is in PATH"]);
}

#[test]
fn mistakes_in_a_site_file_have_a_place() {
    let folder = tempfile::tempdir().unwrap();
    for (site, says) in [
        (
            "default = \"x\"\n",
            "the default image `x` is none of this file",
        ),
        (
            "[image.x]\npath = \"/x\"\nos = \"y\"\npurpos = \"z\"\n",
            "site.toml:4:1",
        ),
        (
            "[group.x]\npurpose = \"y\"\nexperiment = \"bes\"\n",
            "the experiment `bes` is none of this file",
        ),
    ] {
        write(folder.path(), "site.toml", site);
        container(folder.path(), &["images"]).fails(2, &[says]);
    }
    gpuwa_with(
        folder.path(),
        &["container", "images"],
        &[("HOME", text(folder.path())), ("XDG_CONFIG_HOME", "")],
    )
    .fails(
        2,
        &[
            "there is no site file",
            "looked for",
            "GPUWA_SITE name another one",
        ],
    );
}

#[test]
fn the_site_file_of_the_repository_is_one() {
    let site = repository("container/site.toml");
    let images = gpuwa_with(
        Path::new("/"),
        &["container", "images", "--site", text(&site)],
        &[],
    )
    .good();
    assert!(images.contains("latest.sif"), "{images}");
}
