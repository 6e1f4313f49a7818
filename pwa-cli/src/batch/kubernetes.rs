//! Indexed Jobs of Kubernetes, a manifest a stage. They are JSON, which `kubectl apply -f` takes as it takes YAML.

use miette::{IntoDiagnostic, Result};
use serde_json::{Value, json};

use super::{Batch, File, Stage, shell_of_job};
use crate::exit::Status;

pub fn files(batch: &Batch) -> Result<Vec<File>> {
    let file = |stage: &Stage| {
        let text = serde_json::to_string_pretty(&job(batch, stage)).into_diagnostic()?;
        Ok(File {
            name: format!("{}.kubernetes.json", stage.name),
            text: text + "\n",
        })
    };
    batch.stages.iter().map(file).collect()
}

fn job(batch: &Batch, stage: &Stage) -> Value {
    // Kubernetes counts from 0.
    let command = shell_of_job(&stage.command, "$((JOB_COMPLETION_INDEX + 1))");
    let needs = &batch.needs;
    let mut limits = json!({
        "cpu": needs.cpus.to_string(),
        "memory": format!("{}Mi", needs.memory_mb),
    });
    let mut pod = json!({
        "restartPolicy": "Never",
        "volumes": [{
            "name": "home",
            "persistentVolumeClaim": {"claimName": batch.site.claim()},
        }],
    });
    if let Some(gpu) = &needs.gpu {
        limits["nvidia.com/gpu"] = "1".into();
        // The labels of NVIDIA's feature discovery.
        let above = |label: &str, least: u64| json!({"key": format!("nvidia.com/gpu.{label}"), "operator": "Gt", "values": [(least - 1).to_string()]});
        let terms = json!([{"matchExpressions": [above("compute.major", 7), above("memory", gpu.memory_mb)]}]);
        pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"] =
            terms;
    }
    pod["containers"] = json!([{
        "name": "gpuwa",
        "image": batch.site.oci(),
        "workingDir": batch.home,
        "command": ["/bin/sh", "-c", format!("exec {command}")],
        "resources": {"limits": limits.clone(), "requests": limits},
        "volumeMounts": [{"name": "home", "mountPath": batch.home}],
    }]);
    let lasting = [Status::Usage, Status::Data, Status::Resource].map(|status| status as u8);
    json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": format!("{}-{}", label(&batch.name), stage.name)},
        "spec": {
            "completionMode": "Indexed",
            "completions": stage.jobs,
            "parallelism": stage.jobs,
            "backoffLimitPerIndex": batch.retries,
            "podFailurePolicy": {"rules": [
                // A checkpoint: the pod was asked to end, and one like it goes on.
                {"action": "Ignore", "onExitCodes": {"operator": "In", "values": [Status::Checkpoint as u8]}},
                // What another try does not change.
                {"action": "FailIndex", "onExitCodes": {"operator": "In", "values": lasting}},
            ]},
            "template": {"spec": pod},
        },
    })
}

/// A name of Kubernetes: small letters, digits and hyphens.
fn label(name: &str) -> String {
    let fine = |c: char| match c.to_ascii_lowercase() {
        c if c.is_ascii_alphanumeric() => c,
        _ => '-',
    };
    let label: String = name.chars().map(fine).collect();
    label.trim_matches('-').to_owned()
}
