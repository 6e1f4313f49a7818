//! `gpuwa submit` without a batch system: what it writes, what it hands over, and what it says of jobs.
#![cfg(unix)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::story::waves_of_jpsi;
use support::{Run, gpuwa_with, read_json, repository, result_in, text, write};

const SITE: &str = r#"default = "gpuwa"
[image.gpuwa]
path = "/cvmfs/images.example.org/gpuwa.sif"
os = "Debian 12"
purpose = "fits"
[image.old]
path = "/cvmfs/images.example.org/old.sif"
os = "SL7"
purpose = "history"
[group.bes3]
purpose = "BESIII"
mount = ["/besfs5"]
[batch]
requirements = 'regexp("gpu", Machine)'
condor = ["+Experiment = \"bes3\""]
slurm = ["--partition=gpu"]
oci = "registry.example.org/gpuwa:1"
claim = "pwa"
"#;

/// A folder with an example, a site file, and programs of batch systems that note what they are called with.
struct LoginNode(tempfile::TempDir);

impl LoginNode {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in ["fit.toml", "data.root", "mc.root"] {
            let example = repository("data/jpsi-gpipi").join(file);
            fs::copy(example, folder.path().join(file)).unwrap();
        }
        write(folder.path(), "site.toml", SITE);
        for name in ["condor_submit_dag", "condor_release", "scontrol"] {
            let called = folder.path().join("called");
            let script = format!("#!/bin/sh\necho {name} \"$@\" >>{}\n", called.display());
            let program = write(folder.path(), name, &script);
            fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self(folder)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn path(&self) -> String {
        let path = std::env::var("PATH").unwrap();
        format!("{}:{path}", self.0.path().display())
    }

    fn gpuwa(&self, words: &[&str]) -> Run {
        let site = self.at("site.toml");
        let variables = [("GPUWA_SITE", text(&site)), ("PATH", &self.path())];
        gpuwa_with(self.0.path(), words, &variables)
    }

    fn submit(&self, words: &[&str]) -> Run {
        self.gpuwa(&[&["submit", "fit.toml", "--starts", "40"], words].concat())
    }

    fn called(&self) -> String {
        fs::read_to_string(self.at("called")).unwrap_or_default()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).unwrap()
    }

    /// Runs a script of Slurm as Slurm does.
    fn slurm(&self, script: &str, task: &str) {
        let status = Command::new("sh")
            .arg(self.at(script))
            .current_dir(self.0.path())
            .env("PATH", self.path())
            .envs([("SLURM_ARRAY_TASK_ID", task), ("SLURM_JOB_ID", task)])
            .status();
        assert!(status.unwrap().success(), "{script} {task}");
    }

    /// Runs a job in a folder of its own that has nothing but what is taken along, and takes back what it leaves.
    fn transferred(&self, batch: &str, stage: usize, job: usize) {
        let description = read_json(&self.at(batch).join("batch.json"));
        let stage = &description["stages"][stage];
        let with_number = |word: &Value| word.as_str().unwrap().replace("{job}", &job.to_string());
        let node = tempfile::tempdir().unwrap();
        let copy = |from: &Path, to: &Path, what: &str| {
            let there = to.join(what);
            fs::create_dir_all(there.parent().unwrap()).unwrap();
            let mut copy = Command::new("cp");
            copy.arg("-r")
                .arg(from.join(what))
                .arg(there.parent().unwrap());
            assert!(copy.status().unwrap().success(), "{what}");
        };
        for input in stage["inputs"].as_array().unwrap() {
            copy(self.0.path(), node.path(), &with_number(input));
        }
        let command = stage["command"].as_array().unwrap();
        let words: Vec<String> = command[1..].iter().map(with_number).collect();
        gpuwa_with(node.path(), &words, &[]).good();
        copy(node.path(), self.0.path(), &with_number(&stage["leaves"]));
    }

    fn log(&self, job: &str, events: &[&str]) {
        let log = format!("fit-batch/log/{job}.log");
        write(self.0.path(), &log, &events.concat());
    }
}

#[test]
fn jobs_are_described_for_every_batch_system() {
    let node = LoginNode::new();
    let words = ["--jobs", "2", "--seed", "3", "--dry-run", "-g", "bes3"];
    let said = node.submit(&words).good();
    assert!(!node.at("fit-batch").exists());
    let said = said.replace(text(node.0.path()), "[home]");
    let said = said.replace(env!("CARGO_PKG_VERSION"), "[version]");
    insta::assert_snapshot!(said);
}

#[test]
fn the_backend_of_the_jobs_is_the_one_asked_for() {
    let node = LoginNode::new();
    let said = |words: &[&str]| node.submit(&[words, &["--dry-run"]].concat()).good();
    assert_eq!(said(&["--backend", "cpu"]), said(&["--cpu"]));
    let cuda = said(&["--backend", "cuda"]);
    assert!(
        cuda.contains("--backend cuda") && cuda.contains("request_gpus"),
        "{cuda}"
    );
}

/// `cargo xtask test-sites` has HTCondor evaluate it.
#[test]
fn a_job_may_take_the_cpu_where_no_gpu_is_free() {
    let node = LoginNode::new();
    let said = |words: &[&str]| node.submit(&[words, &["--dry-run"]].concat());
    let either = said(&["--or-cpu"]).good();
    let request =
        "request_gpus = (countMatches(MY.RequireGPUs, TARGET.AvailableGPUs) ?: 0) > 0 ? 1 : 0\n";
    assert!(either.contains(request), "{either}");
    assert!(either.contains("\nrank = RequestGPUs\n"), "{either}");
    assert!(!either.contains("--backend"), "{either}");
    let waits = said(&[]).good();
    assert!(
        waits.contains("request_gpus = 1\n") && !waits.contains("rank"),
        "{waits}"
    );
    said(&["--or-cpu", "--backend", "cuda"]).fails(2, &["--or-cpu leaves the choice", "--backend"]);
    said(&["--or-cpu", "--cpu"]).fails(2, &["cannot be used with"]);
}

#[test]
fn images_files_and_gpus_can_be_chosen() {
    let node = LoginNode::new();
    let submit_file = |words: &[&str]| {
        let words = [&["--jobs", "1", "--force"], words].concat();
        node.submit(&words).good();
        node.read("fit-batch/fit.sub")
    };
    let one = submit_file(&["--os", "sl7", "--cpu"]);
    assert!(
        one.contains("GPUWA_IMAGE=/cvmfs/images.example.org/old.sif"),
        "{one}"
    );
    assert!(
        one.contains("--backend cpu") && !one.contains("request_gpus"),
        "{one}"
    );
    let one = submit_file(&["--image", "./x.sif", "--memory", "3000"]);
    assert!(one.contains("/x.sif GPUWA_RESULT"), "{one}");
    assert!(one.contains("request_memory = 3000MB"), "{one}");
    let one = submit_file(&["--no-image", "--files", "shared"]);
    assert!(
        one.contains("should_transfer_files = NO") && !one.contains("GPUWA"),
        "{one}"
    );
    assert_eq!(node.called(), "condor_submit_dag -f jobs.dag\n".repeat(3));
}

#[test]
fn jobs_of_the_container_universe_need_no_script_and_no_files_of_their_own() {
    let node = LoginNode::new();
    let universe = ["--jobs", "1", "--start", "container", "--force"];
    node.submit(&universe).good();
    let taken = node.read("fit-batch/fit.sub");
    let taken = taken.replace(text(node.0.path()), "[home]");
    insta::assert_snapshot!(taken);
    // What is on a file system that nodes have is not taken along, the image neither.
    let shared = node.submit(&[&universe[..], &["--files", "shared", "-g", "bes3"]].concat());
    let note = "SINGULARITY_BIND_EXPR: jobs need /besfs5";
    assert!(shared.stderr.contains(note), "{}", shared.stderr);
    let shared = node.read("fit-batch/fit.sub");
    assert!(shared.contains("transfer_container = false\n"), "{shared}");
    assert!(!shared.contains("transfer_input_files"), "{shared}");
}

#[test]
fn a_script_runs_in_the_image_as_it_is() {
    let node = LoginNode::new();
    write(node.0.path(), "job.sh", "echo\n");
    let words = ["submit", "--exec", "job.sh", "--dry-run", "--", "a b", "c"];
    let said = node.gpuwa(&words).good();
    assert!(
        said.contains("arguments = \"/bin/sh job.sh 'a b' c\"\n"),
        "{said}"
    );
    assert!(said.contains("transfer_input_files = job.sh\n"), "{said}");
    assert!(!said.contains("transfer_output_files"), "{said}");
    node.gpuwa(&["submit", "--exec", "absent.sh"])
        .fails(2, &["there is no script `absent.sh`"]);
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let node = LoginNode::new();
    node.submit(&["--jobs", "4"])
        .fails(2, &["40 starts in blocks of 16 are at most 3 jobs, not 4"]);
    node.submit(&["--data", "data.root"])
        .fails(2, &["from the config"]);
    node.submit(&["--out", "/elsewhere"])
        .fails(2, &["what nodes give back", "--files shared"]);
    node.submit(&["--image", "new"])
        .fails(2, &["there is no image `new`"]);
    node.submit(&["--os", "SL9"])
        .fails(2, &["system `SL9`", "Debian 12, SL7"]);
    node.submit(&["--device", "0"])
        .fails(2, &["the batch system chooses the GPU"]);
    fs::create_dir(node.at("below")).unwrap();
    let config = node.read("fit.toml");
    let above = config.replace("mc.root", "../mc.root");
    let above = above.replace("data.root", "../data.root");
    write(node.0.path(), "below/fit.toml", &above);
    node.gpuwa(&["submit", "below/fit.toml"])
        .fails(2, &["what is taken along", "--files shared"]);
    // A mistake of the config is found here and not on every node.
    let mistaken = config.replace("mass  = 1.723", "mas = 1.723");
    write(node.0.path(), "fit.toml", &mistaken);
    node.submit(&[]).fails(2, &["fit.toml:"]);
}

#[test]
fn without_htcondor_the_files_are_there_and_it_says_how_to_send_them() {
    let node = LoginNode::new();
    fs::remove_file(node.at("condor_submit_dag")).unwrap();
    let says = [
        "condor_submit_dag is not on this machine",
        "fit-batch/slurm",
        "kubectl apply",
    ];
    node.submit(&["--jobs", "2"]).fails(4, &says);
    for file in [
        "jobs.dag",
        "part.sub",
        "collect.sub",
        "part.slurm",
        "part.kubernetes.json",
    ] {
        assert!(node.at("fit-batch").join(file).exists(), "{file}");
    }
    node.submit(&["--jobs", "2"])
        .fails(2, &["there are jobs in", "--resume FOLDER"]);
}

const SUBMITTED: &str = "000 (007.000.000) 2026-11-27 02:10:00 Job submitted from host: <127.0.0.1>\n    DAG Node: x\n...\n";
const RUNNING: &str =
    "001 (007.000.000) 2026-11-27 02:10:05 Job executing on host: <127.0.0.1>\n...\n";
const HELD: &str = "012 (007.000.000) 2026-11-27 02:10:11 Job was held.\n\tthe node lacks something (image, memory, GPU)\n\tCode 3 Subcode 0\n...\n";
const DONE: &str = "005 (007.000.000) 2026-11-27 02:11:00 Job terminated.\n\t(1) Normal termination (return value 0)\n...\n";

#[test]
fn jobs_that_stand_still_are_told_in_words_and_sent_again() {
    let node = LoginNode::new();
    node.submit(&["--jobs", "3"]).good();
    let status = |status: i32, says: &[&str]| {
        let run = node.gpuwa(&["submit", "--status", "fit-batch"]);
        assert_eq!(run.status, status, "{}", run.stderr);
        for part in says {
            assert!(run.stdout.contains(part), "{}", run.stdout);
        }
    };
    status(0, &["part-1: not sent", "0 of 4 jobs are done"]);
    node.log("part-1", &[SUBMITTED, RUNNING, DONE]);
    node.log("part-2", &[SUBMITTED, RUNNING, HELD]);
    node.log("part-3", &[SUBMITTED]);
    write(
        node.0.path(),
        "fit-batch/log/part-2.err",
        "run-in-image: the image x is not on node7\n",
    );
    let held = "part-2: held (job 7.0): the node lacks something (image, memory, GPU)\n    it said: run-in-image: the image x is not on node7\n";
    status(
        1,
        &[
            "part-1: done",
            held,
            "part-3: waiting for a node",
            "1 of 4 jobs are done",
            "submit --resume",
        ],
    );

    // While the graph is at work, what is held goes on; else what is not done is sent again.
    write(node.0.path(), "fit-batch/jobs.dag.lock", "");
    node.gpuwa(&["submit", "--resume", "fit-batch"]).good();
    assert!(
        node.called().ends_with("condor_release 7.0\n"),
        "{}",
        node.called()
    );
    node.log("part-2", &[SUBMITTED, RUNNING, DONE]);
    node.gpuwa(&["submit", "--resume", "fit-batch"])
        .fails(2, &["still at work"]);
    fs::remove_file(node.at("fit-batch/jobs.dag.lock")).unwrap();
    node.gpuwa(&["submit", "--resume", "fit-batch"]).good();
    let graph = node.read("fit-batch/jobs.dag");
    for line in [
        "JOB part-1 part.sub DONE\n",
        "JOB part-2 part.sub DONE\n",
        "JOB part-3 part.sub\n",
        "JOB collect collect.sub\n",
    ] {
        assert!(graph.contains(line), "{graph}");
    }
    assert!(
        graph.contains("PARENT part-1 part-2 part-3 CHILD collect\n"),
        "{graph}"
    );
    for job in ["part-3", "collect"] {
        node.log(job, &[SUBMITTED, RUNNING, DONE]);
    }
    let said = node.gpuwa(&["submit", "--resume", "fit-batch"]).good();
    assert!(said.contains("all jobs are done"), "{said}");
    let jobs = node
        .gpuwa(&["submit", "--status", "fit-batch", "--json"])
        .json();
    assert_eq!(jobs["jobs"][3]["state"], "done");
    node.gpuwa(&["submit", "--status", "absent"])
        .fails(2, &["`absent` is no folder of a batch"]);
}

/// Samples are beside the link, so that its name is the config on a node.
#[test]
fn a_config_that_is_a_link_keeps_its_name() {
    let node = LoginNode::new();
    fs::create_dir(node.at("versions")).unwrap();
    fs::rename(node.at("fit.toml"), node.at("versions/v3.toml")).unwrap();
    std::os::unix::fs::symlink("versions/v3.toml", node.at("fit.toml")).unwrap();
    node.submit(&["--jobs", "1", "--no-image"]).good();
    let job = node.read("fit-batch/fit.sub");
    assert!(job.contains("\"fit fit.toml --"), "{job}");
    assert!(
        job.contains("transfer_input_files = fit.toml, data.root, mc.root"),
        "{job}"
    );
}

#[test]
fn scripts_of_slurm_make_the_result_of_one_process_in_whatever_pieces() {
    let node = LoginNode::new();
    let fit = [
        "fit",
        "fit.toml",
        "--backend",
        "cpu",
        "--threads",
        "1",
        "--quiet",
        "--enough",
        "1000",
        "--starts",
        "40",
        "--out",
        "whole",
    ];
    node.gpuwa(&fit).good();
    let words = [
        "--no-image",
        "--files",
        "shared",
        "--enough",
        "1000",
        "--cpu",
    ];
    node.submit(&[&words[..], &["--jobs", "2"]].concat()).good();
    for task in ["1", "2"] {
        node.slurm("fit-batch/part.slurm", task);
    }
    node.slurm("fit-batch/collect.slurm", "3");
    assert_eq!(
        result_in(&node.at("fit-batch/result")),
        result_in(&node.at("whole"))
    );
    assert!(!node.called().contains("scontrol"));

    // A job that leaves after every step and is queued again.
    let leaves = ["--jobs", "1", "--leave-after", "0", "--force"];
    node.submit(&[&words[..], &leaves].concat()).good();
    let left = || node.called().matches("scontrol requeue 9\n").count();
    for run in 0..40 {
        node.slurm("fit-batch/fit.slurm", "9");
        if left() <= run {
            break;
        }
    }
    assert!(left() > 0);
    assert_eq!(
        result_in(&node.at("fit-batch/result")),
        result_in(&node.at("whole"))
    );
}

const VARIATIONS: &str = "[[variation]]\nname = \"radius 2\"\nset.decay.barrier_radius = 2.0\n\n\
                          [[variation]]\nname = \"radius 4\"\nset.decay.barrier_radius = 4.0\n";

/// A login node with a finished fit in `out`.
fn fitted() -> LoginNode {
    let node = LoginNode::new();
    write(node.0.path(), "list.toml", VARIATIONS);
    write(node.0.path(), "waves.toml", &waves_of_jpsi(Path::new("")));
    node.gpuwa(&[
        "fit", "fit.toml", "--quiet", "--starts", "4", "--out", "out",
    ])
    .good();
    node
}

#[test]
fn replicas_are_described_for_every_batch_system() {
    let node = fitted();
    let words = [
        "submit",
        "bootstrap",
        "out/result.json",
        "--replicas",
        "100",
    ];
    let more = ["--seed", "3", "--dry-run", "--backend", "cpu"];
    let said = node.gpuwa(&[&words[..], &more].concat()).good();
    let said = said.replace(text(node.0.path()), "[home]");
    insta::assert_snapshot!(said);
    let two = node.gpuwa(&[&words[..], &more, &["--jobs", "2"]].concat());
    assert!(two.good().replace(text(node.0.path()), "[home]") == said);
    // Of the same work from elsewhere, by other words for the same files.
    let elsewhere = node.at("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let mut words = words;
    words[2] = "../out/result.json";
    let site = node.at("site.toml");
    let from_there = gpuwa_with(
        &elsewhere,
        &[&words[..], &more].concat(),
        &[("GPUWA_SITE", text(&site))],
    );
    assert!(from_there.good().replace(text(node.0.path()), "[home]") == said);
}

#[test]
fn work_after_a_fit_is_sent_to_the_result_of_one_process() {
    let node = fitted();
    let mass = "f0(1500).mass";
    let works = [
        (
            &["bootstrap", "out/result.json", "--replicas", "5"][..],
            "bootstrap",
        ),
        (
            &["toys", "out/result.json", "--toys", "4", "--events", "200"],
            "toys",
        ),
        (
            &["vary", "out/result.json", "--variations", "list.toml"],
            "vary",
        ),
        (
            &[
                "scan",
                "out/result.json",
                mass,
                "f0(1710).total.phase",
                "--points",
                "2",
            ],
            "scan-f0_1500_.mass-f0_1710_.total.phase",
        ),
        (
            &[
                "bins",
                "waves.toml",
                "--x",
                "m(pi+ pi-)",
                "--edges",
                "1.2,1.4,1.7",
                "--starts",
                "2",
            ],
            "bins",
        ),
    ];
    for (words, name) in works {
        let whole = format!("whole-{name}");
        let alone = [
            "--backend",
            "cpu",
            "--threads",
            "1",
            "--quiet",
            "--out",
            &whole,
        ];
        node.gpuwa(&[words, &alone].concat()).good();
        let batch = format!("{name}-batch");
        let jobs = ["--no-image", "--cpu", "--jobs", "2"];
        for (files, out) in [("transfer", &batch[..]), ("shared", "shared")] {
            let more = ["--files", files, "--out", out, "--force"];
            node.gpuwa(&[&["submit"], words, &jobs, &more].concat())
                .good();
            match files {
                "transfer" => {
                    node.transferred(out, 0, 2);
                    node.transferred(out, 0, 1);
                    node.transferred(out, 1, 1);
                }
                _ => {
                    node.slurm("shared/part.slurm", "2");
                    node.slurm("shared/part.slurm", "1");
                    node.slurm("shared/collect.slurm", "1");
                }
            }
            let document = |folder: &str| node.read(&format!("{folder}/{name}.json"));
            assert!(
                document(&format!("{out}/result")) == document(&whole),
                "{name}, {files}"
            );
        }
    }
}

#[test]
fn work_that_cannot_be_done_is_refused_before_it_is_sent() {
    let node = fitted();
    let refused = |words: &[&str], says: &[&str]| {
        node.gpuwa(&[&["submit"], words].concat()).fails(2, says);
        assert!(node.called().is_empty());
    };
    let result = "out/result.json";
    refused(
        &["bootstrap", "fit.toml", "--replicas", "9"],
        &["`fit.toml` is no result.json"],
    );
    refused(
        &["bootstrap", result, "--replicas", "9", "--jobs", "10"],
        &["9 replicas are at most 9 jobs, not 10"],
    );
    refused(&["scan", result, "f0(1500).mas"], &["f0(1500).mass"]);
    let scan = ["scan", result, "f0(1500).mass"];
    refused(
        &[&scan[..], &["--jobs", "2"]].concat(),
        &["at most 1 job, not 2"],
    );
    write(
        node.0.path(),
        "list.toml",
        &VARIATIONS.replace("barrier_radius = 4", "radius = 4"),
    );
    refused(
        &["vary", result, "--variations", "list.toml"],
        &["list.toml"],
    );
    let bins = ["bins", "waves.toml", "--range", "0.5..2", "--bins", "3"];
    refused(
        &[&bins[..], &["--x", "m(pi+ K-)"]].concat(),
        &["`K-` is no final particle"],
    );
    refused(
        &[&bins[..], &["--x", "m(pi+ pi-)", "--jobs", "4"]].concat(),
        &["3 bins are at most 3 jobs, not 4"],
    );
    refused(&["toys", result, "--toys", "9"], &["--events"]);
    refused(
        &["toys", "shared", "--toys", "9", "--events", "9", "--resume"],
        &["submit --resume FOLDER"],
    );
}
