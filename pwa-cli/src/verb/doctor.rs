//! `gpuwa doctor`: what this machine has for gpuwa, and what it lacks.

use miette::Result;
use pwa_core::simd::InstructionSet;
use pwa_cuda::{Choice, CudaBackend, CudaError, Device, Nvrtc};
use serde_json::{Value, json};

use crate::backend::cuda_settings;
use crate::exit::Status;
use crate::gpu_test::GpuTest;

#[derive(Debug, clap::Args)]
pub struct Doctor {
    /// Test a GPU: its digits against the CPU's, and how fast it moves bytes; status 4 where there is
    /// none that computes right
    #[arg(long)]
    gpu: bool,

    /// Number of the GPU to test [default: the one with most free memory]
    #[arg(long, value_name = "N", requires = "gpu")]
    device: Option<usize>,

    /// Print machine-readable JSON on stdout, and nothing else there
    #[arg(long)]
    json: bool,
}

/// What was found; where something is absent, why.
struct Findings {
    instructions: &'static str,
    driver: Result<i32, String>,
    /// Those that do not answer too.
    devices: Result<Vec<Result<Device, String>>, String>,
    nvrtc: Result<Nvrtc, String>,
    /// The GPU that `--backend auto` takes.
    backend: Result<Device, String>,
}

impl Findings {
    fn collect() -> Self {
        let settings = cuda_settings(None);
        let text = |error: CudaError| error.to_string();
        Self {
            instructions: InstructionSet::best().name(),
            driver: pwa_cuda::driver_version().map_err(text),
            devices: pwa_cuda::devices()
                .map(|all| all.into_iter().map(|device| device.map_err(text)).collect())
                .map_err(text),
            nvrtc: Nvrtc::open(settings.nvrtc.as_deref()).map_err(text),
            backend: CudaBackend::open(&settings)
                .and_then(|backend| backend.devices().next().cloned().ok_or(CudaError::NoDevice))
                .map_err(text),
        }
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![("CPU instructions", self.instructions.to_owned())];
        lines.push((
            "CUDA driver",
            match &self.driver {
                Ok(version) => format!("CUDA {}.{}", version / 1000, version % 1000 / 10),
                Err(reason) => reason.clone(),
            },
        ));
        match &self.devices {
            Ok(devices) => {
                let describe = |(number, device): (usize, &Result<Device, String>)| match device {
                    Ok(device) => describe(device),
                    Err(reason) => format!("{number}: {reason}"),
                };
                lines.extend((devices.iter().enumerate()).map(|found| ("GPU", describe(found))));
            }
            Err(reason) => lines.push(("GPU", reason.clone())),
        }
        lines.push((
            "NVRTC",
            match &self.nvrtc {
                Ok(nvrtc) => format!(
                    "{}, version {}.{}, from sm_{}",
                    nvrtc.name,
                    nvrtc.version.0,
                    nvrtc.version.1,
                    nvrtc.architectures.iter().min().copied().unwrap_or(0)
                ),
                Err(reason) => reason.clone(),
            },
        ));
        lines.push((
            "--backend auto",
            match &self.backend {
                Ok(device) => format!("cuda, GPU {}", device.number),
                Err(reason) => format!("cpu: {reason}"),
            },
        ));
        lines
    }

    fn json(&self) -> Value {
        let device = |(number, device): (usize, &Result<Device, String>)| match device {
            Err(reason) => json!({ "number": number, "absent": reason }),
            Ok(device) => json!({
                "number": device.number,
                "name": device.name,
                "architecture": device.architecture(),
                "free": device.free,
                "total": device.total,
                "usable": device.usable,
            }),
        };
        let devices = self.devices.as_ref();
        json!({
            "instructions": self.instructions,
            "driver": answer(self.driver.as_ref().map(|version| json!(version))),
            "devices": answer(devices.map(|all| all.iter().enumerate().map(device).collect())),
            "nvrtc": answer(self.nvrtc.as_ref().map(|nvrtc| {
                json!({
                    "path": nvrtc.name,
                    "version": [nvrtc.version.0, nvrtc.version.1],
                    "architectures": nvrtc.architectures,
                })
            })),
            "auto": answer(self.backend.as_ref().map(|device| json!(device.number))),
        })
    }
}

fn answer(found: Result<Value, &String>) -> Value {
    match found {
        Ok(value) => json!({ "found": value }),
        Err(reason) => json!({ "absent": reason }),
    }
}

fn describe(device: &Device) -> String {
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    format!(
        "{}: {}, sm_{}, {:.1} of {:.1} GB free{}",
        device.number,
        device.name,
        device.architecture(),
        gigabytes(device.free),
        gigabytes(device.total),
        if device.usable { "" } else { ", too old" }
    )
}

impl Doctor {
    pub fn run(self) -> Result<Status> {
        let findings = Findings::collect();
        if !self.json {
            for (what, found) in findings.lines() {
                say!("{what:<18}{found}");
            }
        }
        let chosen = self.device.map(|number| Choice::Numbers(vec![number]));
        let test = (self.gpu).then(|| GpuTest::run(&cuda_settings(chosen.as_ref())));
        if self.json {
            let mut document = findings.json();
            if let Some(test) = &test {
                let test = test.as_ref().map(GpuTest::json);
                document["gpu_test"] = answer(test.map_err(|error| &error.what));
            }
            say!("{document}");
        }
        if let Some(test) = test {
            let test = test?;
            if !self.json {
                test.print();
            }
            test.verdict()?;
        }
        Ok(Status::Good)
    }
}
