//! What evaluates, with what it can do at most: the processors, or a GPU.

use std::cell::RefCell;
use std::rc::Rc;

use miette::Result;
use pwa_core::engine::{Backend, CpuBackend};
use pwa_cuda::{Choice, CudaError, Nominal, Probe};

use super::Task;
use super::limits::{Fma, Reading, last_level_cache};
use crate::backend::cuda_settings;
use crate::exit::NoResource;

/// Something done as fast as possible.
pub struct Limit {
    /// In words.
    pub what: String,
    /// Bytes or flops of a run.
    pub amount: usize,
    run: Box<dyn Fn() -> Result<()>>,
}

impl Limit {
    pub fn task(&self) -> Task<'_> {
        Task::new(&self.run)
    }
}

/// The GPU that evaluates.
#[derive(Debug, Clone)]
pub struct Gpu {
    pub name: String,
    pub nominal: Nominal,
}

pub struct Machine {
    /// Bytes of all last-level caches; none where the system does not say.
    pub cache: Option<u64>,
    pub gpu: Option<Gpu>,
    pub memory: Limit,
    pub multiply_adds: Limit,
}

impl Machine {
    /// The processors, or the GPU of this number.
    pub fn new(gpu: Option<usize>) -> Result<Self> {
        match gpu {
            None => Ok(Self::processors()),
            Some(number) => Self::gpu(number),
        }
    }

    fn processors() -> Self {
        let cache = last_level_cache();
        let reading = Reading::new(cache, CpuBackend::BEST.free_memory());
        let fma = Fma::new();
        Self {
            cache,
            gpu: None,
            memory: Limit {
                what: format!(
                    "reading an array of {:.0} MB",
                    1e-6 * reading.bytes() as f64
                ),
                amount: reading.bytes(),
                run: Box::new(move || {
                    reading.run();
                    Ok(())
                }),
            },
            multiply_adds: Limit {
                what: "multiply-adds".to_owned(),
                amount: fma.flops(),
                run: Box::new(move || {
                    fma.run();
                    Ok(())
                }),
            },
        }
    }

    fn gpu(number: usize) -> Result<Self> {
        let failed = |error: CudaError| NoResource {
            what: format!("the limits of the GPU cannot be measured: {error}"),
            help: error.help().to_owned(),
        };
        let probe =
            Probe::open(&cuda_settings(Some(&Choice::Numbers(vec![number])))).map_err(failed)?;
        let gpu = Gpu {
            name: probe.device.name.clone(),
            nominal: probe.nominal,
        };
        let (bytes, flops) = (probe.copied_bytes(), probe.flops());
        let probe = Rc::new(RefCell::new(probe));
        let run = |work: fn(&mut Probe) -> Result<(), CudaError>| -> Box<dyn Fn() -> Result<()>> {
            let probe = Rc::clone(&probe);
            Box::new(move || Ok(work(&mut probe.borrow_mut()).map_err(failed)?))
        };
        Ok(Self {
            cache: gpu.nominal.cache,
            gpu: Some(gpu),
            memory: Limit {
                what: format!("copying {:.0} MB on the GPU", 0.5e-6 * bytes as f64),
                amount: bytes,
                run: run(Probe::copy),
            },
            multiply_adds: Limit {
                what: "multiply-adds".to_owned(),
                amount: flops,
                run: run(Probe::multiply_add),
            },
        })
    }
}
