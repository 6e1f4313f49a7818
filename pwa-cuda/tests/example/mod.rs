//! The examples of `data/` as the command line makes them ready for a fit.
#![allow(dead_code)] // Each test target uses a part.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use pwa_core::config::Source;
use pwa_core::engine::{Backend, BackendError, Columns, CpuBackend, EventSums, Plan};
use pwa_core::setup::{Job, Overrides};

/// The plan of a reaction of a fit, with the columns of its data.
pub struct Example {
    pub name: String,
    pub plan: Arc<Plan>,
    pub data: Arc<Columns>,
}

/// Keeps what it is given, and hands it to the CPU.
#[derive(Default)]
struct Recorder(Mutex<Vec<(Arc<Plan>, Arc<Columns>)>>);

impl Backend for Recorder {
    fn name(&self) -> &'static str {
        "recorder"
    }

    fn free_memory(&self) -> Option<u64> {
        CpuBackend::BEST.free_memory()
    }

    fn prepare(
        &self,
        plan: Arc<Plan>,
        columns: Arc<Columns>,
    ) -> Result<Box<dyn EventSums>, BackendError> {
        let seen = (Arc::clone(&plan), Arc::clone(&columns));
        self.0.lock().unwrap().push(seen);
        CpuBackend::BEST.prepare(plan, columns)
    }
}

/// Names of all folders in `data/` with a config.
pub fn names() -> Vec<String> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data");
    let folders = fs::read_dir(data).unwrap().map(|entry| entry.unwrap());
    let examples = folders.filter(|folder| folder.path().join("fit.toml").exists());
    let mut names: Vec<String> = examples
        .map(|folder| folder.file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() >= 3, "{names:?}");
    names
}

/// The model of an example.
pub fn open<'a>(name: &str, backend: &'a dyn Backend) -> Job<'a> {
    let path = format!("{}/../data/{name}/fit.toml", env!("CARGO_MANIFEST_DIR"));
    let source = Source::open(Path::new(&path)).unwrap();
    let job = Job::open(source, &Overrides::default(), backend).unwrap();
    job.for_fit().unwrap().0
}

pub fn all() -> Vec<Example> {
    let example = |name: String| {
        let recorder = Recorder::default();
        let job = open(&name, &recorder);
        let sets = job.load().unwrap();
        let of_reaction = |number: usize| {
            let set = sets.iter().find(|set| set.model == number);
            let set = set.expect("data of each reaction");
            recorder.0.lock().unwrap().clear();
            job.prepare(&job.models[number], &[(&set.data, "data")])
                .unwrap();
            let (plan, data) = recorder.0.lock().unwrap().remove(0);
            let name = match number {
                0 => name.clone(),
                _ => format!("{name}, reaction {}", number + 1),
            };
            Example { name, plan, data }
        };
        (0..job.models.len()).map(of_reaction).collect::<Vec<_>>()
    };
    let all: Vec<Example> = names().into_iter().flat_map(example).collect();
    assert!(all.len() > names().len(), "one has two reactions");
    all
}
