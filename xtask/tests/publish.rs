//! `container/publish` against a stand-in of cvmfs_server: what fails leaves the revision before.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const REPOSITORY: &str = "containers.example.org";
const FOLDER: &str = "singularity/image/gpuwa";

/// A repository with version 1.0.0 published, and a folder for programs that misbehave.
struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let site = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(site.path("bin")).unwrap();
        site.file("one.sif", "image one");
        site.file("two.sif", "image two");
        fs::create_dir_all(site.path("tree/bin")).unwrap();
        site.file("tree/bin/gpuwa", "binary");
        assert!(
            site.run("container/tests/cvmfs_server", &["mkfs", REPOSITORY], &[])
                .status
                .success()
        );
        let first = site.publish("1.0.0", &["--sif", "one.sif"], &[]);
        assert!(first.status.success(), "{first:?}");
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// A program that is found before the one of the system.
    fn program(&self, name: &str, text: &str) {
        let path = format!("bin/{name}");
        self.file(&path, &format!("#!/bin/sh\n{text}\n"));
        fs::set_permissions(self.path(&path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run(&self, program: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let path = format!(
            "{}:{}/container/tests:{path}",
            self.path("bin").display(),
            root.display()
        );
        // A shell cannot trap what was ignored when it began, as SIGINT is in the background of a script.
        Command::new("env")
            .arg("--default-signal=HUP,INT,TERM")
            .arg(root.join(program))
            .args(arguments)
            .current_dir(self.folder.path())
            .env("PATH", path)
            .env("CVMFS_ROOT", self.path("cvmfs"))
            .env("CVMFS_STATE", self.path("state"))
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    }

    fn publish(&self, version: &str, more: &[&str], variables: &[(&str, &str)]) -> Output {
        let arguments = [&["--repository", REPOSITORY, "--version", version], more].concat();
        self.run("container/publish", &arguments, variables)
    }

    /// Version 1.1.0, where the stand-in fails as told.
    fn second(&self, fail_at: &str) -> Output {
        let variables = [("CVMFS_FAIL_AT", fail_at)];
        self.publish("1.1.0", &["--sif", "two.sif"], &variables)
    }

    fn published(&self, name: &str) -> PathBuf {
        self.path("cvmfs").join(REPOSITORY).join(FOLDER).join(name)
    }

    fn latest(&self) -> String {
        fs::read_to_string(self.published("latest.sif")).unwrap()
    }

    fn revision(&self) -> String {
        fs::read_to_string(self.path("state").join(REPOSITORY).join("current")).unwrap()
    }

    fn in_transaction(&self) -> bool {
        self.path("state").join(REPOSITORY).join("scratch").exists()
    }

    fn tags(&self) -> String {
        fs::read_to_string(self.path("state").join(REPOSITORY).join("tags")).unwrap()
    }

    /// Everything is as `new` left it.
    fn assert_as_before(&self, ended: &Output, status: i32) {
        assert_eq!(ended.status.code(), Some(status), "{ended:?}");
        assert!(!self.in_transaction(), "{ended:?}");
        assert_eq!(self.revision(), "1\n");
        let names: Vec<_> = fs::read_dir(self.published(""))
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(names.len(), 2, "{names:?}");
        assert_eq!(self.latest(), "image one");
    }
}

fn says(ended: &Output, words: &str) {
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains(words), "{ended:?}");
}

#[test]
fn a_version_is_published_with_its_tag_and_latest_names_it() {
    let site = Site::new();
    let ended = site.publish("1.1.0", &["--sif", "two.sif", "--unpacked", "tree"], &[]);
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(
        fs::read_to_string(site.published("gpuwa_v1.1.0.sif")).unwrap(),
        "image two"
    );
    assert_eq!(
        fs::read_to_string(site.published("gpuwa_v1.0.0.sif")).unwrap(),
        "image one"
    );
    assert_eq!(
        fs::read_to_string(site.published("latest/bin/gpuwa")).unwrap(),
        "binary"
    );
    assert!(site.published("gpuwa_v1.1.0/.cvmfscatalog").exists());
    assert_eq!(
        fs::read_link(site.published("latest.sif")).unwrap(),
        Path::new("gpuwa_v1.1.0.sif")
    );
    assert_eq!(
        site.tags(),
        "gpuwa_v1.0.0 1 gpuwa 1.0.0\ngpuwa_v1.1.0 2 gpuwa 1.1.0\n"
    );
}

#[test]
fn the_same_content_again_is_no_transaction() {
    let site = Site::new();
    let ended = site.publish(
        "1.0.0",
        &["--sif", "one.sif"],
        &[("CVMFS_FAIL_AT", "transaction")],
    );
    site.assert_as_before(&ended, 0);
    let both = ["--sif", "two.sif", "--unpacked", "tree"];
    assert!(site.publish("1.1.0", &both, &[]).status.success());
    let again = site.publish("1.1.0", &both, &[("CVMFS_FAIL_AT", "transaction")]);
    assert!(again.status.success(), "{again:?}");
    assert_eq!(site.revision(), "2\n");
}

#[test]
fn a_version_with_other_content_is_refused() {
    let site = Site::new();
    let ended = site.publish("1.0.0", &["--sif", "two.sif"], &[]);
    site.assert_as_before(&ended, 1);
    assert!(
        String::from_utf8_lossy(&ended.stderr).contains("other content"),
        "{ended:?}"
    );
}

#[test]
fn a_dry_run_does_nothing() {
    let site = Site::new();
    let ended = site.publish("1.1.0", &["--sif", "two.sif", "--dry-run"], &[]);
    site.assert_as_before(&ended, 0);
    assert!(
        String::from_utf8_lossy(&ended.stdout).contains("gpuwa_v1.1.0.sif"),
        "{ended:?}"
    );
}

#[test]
fn every_failure_leaves_the_revision_before() {
    let site = Site::new();
    for step in ["transaction", "publish"] {
        let ended = site.second(step);
        site.assert_as_before(&ended, 1);
    }
    for (program, misbehaves) in [
        ("mkdir", "exit 1"),
        ("cp", "exit 1"),
        ("cp", r#"for to; do :; done; echo half > "$to""#),
        (
            "mv",
            r#"[ "$2" = -T ] || case "$3" in *gpuwa_v*) exit 1;; esac; exec /bin/mv "$@""#,
        ),
        ("ln", "exit 1"),
    ] {
        // The stand-in uses these programs too: there they are what they are.
        let text = format!(
            "case $(cat /proc/$PPID/cmdline) in *cvmfs_server*) PATH=/usr/bin:/bin exec {program} \"$@\";; esac\n{misbehaves}"
        );
        site.program(program, &text);
        let ended = site.second("");
        site.assert_as_before(&ended, 1);
        fs::remove_file(site.path("bin").join(program)).unwrap();
    }
    let ended = site.second("");
    assert!(
        ended.status.success(),
        "nothing is in the way afterwards: {ended:?}"
    );
}

#[test]
fn signals_abort_the_transaction() {
    let site = Site::new();
    site.assert_as_before(&site.second("term-in-transaction"), 143);
    for (signal, status) in [("HUP", 129), ("INT", 130), ("TERM", 143)] {
        let text = format!(
            "case $(cat /proc/$PPID/cmdline) in *cvmfs_server*) ;; *) kill -{signal} $PPID;; esac\nexec /bin/cp \"$@\""
        );
        site.program("cp", &text);
        site.assert_as_before(&site.second(""), status);
    }
}

#[test]
fn a_signal_while_a_revision_is_made_public_aborts_nothing() {
    let site = Site::new();
    let ended = site.second("term-in-publish");
    assert_eq!(ended.status.code(), Some(143), "{ended:?}");
    assert!(
        !String::from_utf8_lossy(&ended.stderr).contains("abort"),
        "{ended:?}"
    );
    assert_eq!(site.latest(), "image two");
}

#[test]
fn the_transaction_of_somebody_else_is_not_aborted() {
    let site = Site::new();
    assert!(
        site.run(
            "container/tests/cvmfs_server",
            &["transaction", REPOSITORY],
            &[]
        )
        .status
        .success()
    );
    let ended = site.second("");
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert!(site.in_transaction());
}

#[test]
fn where_the_published_view_differs_the_revision_before_comes_back() {
    let site = Site::new();
    let ended = site.second("view");
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    says(&ended, "differs from two.sif");
    says(&ended, "back to the revision before");
    assert_eq!(site.latest(), "image one");
    assert!(!site.published("gpuwa_v1.1.0.sif").exists());
    assert_eq!(
        site.tags().lines().next(),
        Some("gpuwa_v1.0.0 1 gpuwa 1.0.0")
    );
    // Nothing of it is in the way of another try.
    let again = site.second("");
    assert!(again.status.success(), "{again:?}");
    assert_eq!(site.latest(), "image two");
}

#[test]
fn what_cannot_be_undone_is_said_with_the_command_that_does() {
    let site = Site::new();
    let ended = site.second("publish abort");
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    says(
        &ended,
        "the abort failed: cvmfs_server abort -f containers.example.org",
    );
    assert_eq!(site.revision(), "1\n");
    let abort = site.run(
        "container/tests/cvmfs_server",
        &["abort", "-f", REPOSITORY],
        &[],
    );
    site.assert_as_before(&abort, 0);

    let back = ["--repository", REPOSITORY, "--rollback", "1.0.0"];
    let ended = site.run("container/publish", &back, &[("CVMFS_FAIL_AT", "rollback")]);
    site.assert_as_before(&ended, 1);
    says(
        &ended,
        "the rollback failed; the revision is the one before",
    );

    let ended = site.second("view other");
    assert_eq!(ended.status.code(), Some(3), "{ended:?}");
    says(&ended, "somebody else has published since");
    assert_eq!(site.revision(), "3\n");
    let back = site.run("container/publish", &back, &[]);
    assert!(back.status.success(), "{back:?}");

    let ended = site.second("view rollback");
    assert_eq!(ended.status.code(), Some(3), "{ended:?}");
    says(
        &ended,
        "the rollback failed: cvmfs_server rollback -f containers.example.org",
    );
}

#[test]
fn a_rollback_gives_the_old_version_back_in_a_new_revision() {
    let site = Site::new();
    assert!(site.second("").status.success());
    let back = |more: &[&str]| {
        let arguments = [&["--repository", REPOSITORY, "--rollback", "1.0.0"], more].concat();
        site.run("container/publish", &arguments, &[])
    };
    assert!(back(&["--dry-run"]).status.success());
    assert_eq!(site.revision(), "2\n");
    assert!(back(&[]).status.success());
    assert_eq!(site.revision(), "3\n");
    assert_eq!(site.latest(), "image one");
    assert!(!site.published("gpuwa_v1.1.0.sif").exists());
    assert!(!site.tags().contains("1.1.0"));
}

#[test]
fn wrong_usage_is_refused_before_anything_happens() {
    let site = Site::new();
    for (version, more) in [
        ("1.1.0", &["--sif", "absent.sif"][..]),
        ("../x", &["--sif", "two.sif"]),
        ("1.1.0", &[]),
        ("1.1.0", &["--sif"]),
        ("1.1.0", &["--what", "two.sif"]),
    ] {
        site.assert_as_before(&site.publish(version, more, &[]), 2);
    }
}
