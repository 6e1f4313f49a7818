//! What the emulator tells: errors on stderr, and everything as lines of JSON in a file.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use serde::Serialize;

use crate::execute::{Counters, Violation};
use crate::memory::locked;

/// One line of the file.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Event<'a> {
    Launch {
        kernel: &'a str,
        grid: [u32; 3],
        block: [u32; 3],
        shared_bytes: u64,
        #[serde(flatten)]
        counters: &'a Counters,
    },
    Error {
        message: &'a str,
    },
    Leak {
        message: &'a str,
    },
}

pub struct Report {
    file: Option<Mutex<File>>,
}

impl Report {
    /// Events are added to the end of the file: several processes may use it, one after another.
    pub fn open(path: Option<&Path>) -> Result<Report, String> {
        let file = match path {
            None => None,
            Some(path) => {
                let file = File::options().create(true).append(true).open(path);
                Some(file.map_err(|error| format!("cannot write `{}`: {error}", path.display()))?)
            }
        };
        Ok(Report {
            file: file.map(Mutex::new),
        })
    }

    pub fn add(&self, event: &Event) {
        if let Some(file) = &self.file
            && let Ok(mut line) = serde_json::to_string(event)
        {
            line.push('\n');
            // Tests read the file; one that cannot be written fails them.
            let _ = locked(file.lock()).write_all(line.as_bytes());
        }
    }

    pub fn error(&self, message: &str) {
        say(message);
        self.add(&Event::Error { message });
    }

    pub fn leak(&self, message: &str) {
        say(message);
        self.add(&Event::Leak { message });
    }

    pub fn violation(&self, violation: &Violation) {
        self.error(&violation.to_string());
    }
}

/// A line for people.
pub fn say(message: &str) {
    eprintln!("cuda-emulator: {message}");
}
