//! The self-test of a GPU: its digits against the CPU's, and how fast it moves bytes.

use std::time::Instant;

use pwa_cuda::self_test::{Comparison, Reading, SelfTestError, compare, gradient_reading};
use pwa_cuda::{Choice, CudaBackend, CudaError, Device, Image, Nominal, Probe, Settings};
use serde_json::{Value, json};

use crate::exit::NoResource;
use crate::table::table;

/// Copies, of which the fastest counts.
const COPIES: usize = 10;

/// What one GPU did.
pub struct GpuTest {
    device: Device,
    nominal: Nominal,
    image: Image,
    comparisons: Vec<Comparison>,
    /// Bytes a second that a copy within the card reads and writes.
    copy: f64,
    reading: Reading,
}

impl GpuTest {
    /// Tests the GPU that a backend with these settings takes.
    ///
    /// # Errors
    /// When there is none, or it fails.
    pub fn run(settings: &Settings) -> Result<Self, NoResource> {
        let absent = |error: CudaError| NoResource {
            what: format!("no GPU can be tested: {error}"),
            help: error.help().to_owned(),
        };
        let backend = CudaBackend::open(settings).map_err(absent)?;
        // The settings name one.
        let device = backend.devices().next().cloned();
        let device = device.ok_or(CudaError::NoDevice).map_err(absent)?;
        let failed = |error: SelfTestError| NoResource {
            what: format!("the self-test of GPU {} failed: {error}", device.number),
            help: HELP.to_owned(),
        };
        let comparisons = compare(&backend).map_err(failed)?;
        let reading = gradient_reading(&backend, device.free).map_err(failed)?;
        let same = Settings {
            devices: Choice::Numbers(vec![device.number]),
            ..settings.clone()
        };
        let mut probe = Probe::open(&same).map_err(absent)?;
        let mut fastest = f64::INFINITY;
        for _ in 0..COPIES {
            let begin = Instant::now();
            probe.copy().map_err(absent)?;
            fastest = fastest.min(begin.elapsed().as_secs_f64());
        }
        Ok(Self {
            nominal: probe.nominal,
            image: backend.image().map_err(absent)?,
            comparisons,
            copy: probe.copied_bytes() as f64 / fastest,
            reading,
            device,
        })
    }

    /// # Errors
    /// When a quantity is off by more than its limit.
    pub fn verdict(&self) -> Result<(), NoResource> {
        let bad: Vec<&str> = (self.comparisons.iter())
            .filter(|comparison| !comparison.is_good())
            .map(|comparison| comparison.quantity)
            .collect();
        if bad.is_empty() {
            return Ok(());
        }
        Err(NoResource {
            what: format!(
                "GPU {} ({}) computes other digits than the CPU: {}",
                self.device.number,
                self.device.name,
                bad.join(", ")
            ),
            help: match self.image {
                Image::Cubin => format!("{OTHER_ASSEMBLER}{HELP}"),
                Image::Ptx => HELP.to_owned(),
            },
        })
    }

    pub fn print(&self) {
        let Device { number, name, .. } = &self.device;
        say!(
            "\nself-test of GPU {number}, {name}: largest differences from the CPU, 0 is the same bits"
        );
        let rows = self.comparisons.iter().map(|c| {
            vec![
                c.plan.to_owned(),
                c.precision.name().to_owned(),
                c.quantity.to_owned(),
                format!("{:.1e}", c.difference),
                format!("{:.0e}", c.limit),
                if c.is_good() { "ok" } else { "BAD" }.to_owned(),
            ]
        });
        let header = ["plan", "columns", "quantity", "difference", "limit", ""];
        say!("{}", table(&header, rows.collect()));
        let kernels = match self.image {
            Image::Cubin => "machine code of NVRTC",
            Image::Ptx => "text, assembled by the driver",
        };
        say!("{:<18}{kernels}", "kernels");
        for (what, bandwidth) in self.bandwidths() {
            let Some(bandwidth) = bandwidth else {
                say!("{what:<18}not measured: the card is busy");
                continue;
            };
            let part = match self.nominal.bandwidth {
                Some(nominal) => format!(
                    ", {:.1} % of the nominal {:.0} GB/s",
                    100.0 * bandwidth / nominal,
                    1e-9 * nominal
                ),
                None => ", the driver names no nominal bandwidth".to_owned(),
            };
            say!("{what:<18}{:.2} GB/s{part}", 1e-9 * bandwidth);
        }
    }

    fn bandwidths(&self) -> [(&'static str, Option<f64>); 2] {
        [
            ("copy", Some(self.copy)),
            ("gradient", self.reading.bandwidth()),
        ]
    }

    pub fn json(&self) -> Value {
        let comparison = |c: &Comparison| {
            json!({
                "plan": c.plan,
                "precision": c.precision.name(),
                "quantity": c.quantity,
                // JSON has no infinity: null is no number.
                "difference": c.difference,
                "limit": c.limit,
                "ok": c.is_good(),
            })
        };
        let [copy, gradient] = self.bandwidths().map(|(_, bandwidth)| bandwidth);
        json!({
            "device": self.device.number,
            "name": self.device.name,
            "ok": self.verdict().is_ok(),
            "kernels": match self.image {
                Image::Cubin => "machine-code",
                Image::Ptx => "text",
            },
            "comparisons": self.comparisons.iter().map(comparison).collect::<Vec<_>>(),
            "bytes_per_second": {
                "copy": copy,
                "gradient": gradient,
                "nominal": self.nominal.bandwidth,
            },
        })
    }
}

const HELP: &str = "say --backend cpu, and report this: the model of the card, its driver, and what `gpuwa doctor` prints";
/// Where NVRTC has assembled the kernels.
const OTHER_ASSEMBLER: &str = "try GPUWA_PTX=1, by which the driver assembles the kernels, or ";

#[cfg(test)]
mod tests {
    use pwa_core::engine::Precision;

    use super::*;

    #[test]
    fn other_digits_are_a_missing_resource() {
        let comparison = |quantity, difference| Comparison {
            plan: "couplings",
            precision: Precision::Double,
            quantity,
            difference,
            limit: 1e-10,
        };
        let test = |difference| GpuTest {
            device: Device {
                number: 3,
                name: "a card".to_owned(),
                capability: (7, 0),
                free: 1,
                total: 1,
                usable: true,
            },
            image: Image::Ptx,
            nominal: Nominal {
                bandwidth: None,
                double_rate: None,
                cache: None,
            },
            comparisons: vec![comparison("NLL", 0.0), comparison("gradient", difference)],
            copy: 1.0,
            reading: Reading {
                events: 1,
                bytes: 1,
                seconds: None,
            },
        };
        assert!(test(1e-10).verdict().is_ok());
        for difference in [1e-9, f64::INFINITY, f64::NAN] {
            let refused = test(difference).verdict().unwrap_err().what;
            assert_eq!(
                refused,
                "GPU 3 (a card) computes other digits than the CPU: gradient"
            );
            assert_eq!(test(difference).json()["ok"], false);
        }
    }
}
