//! What the emulator tells: errors on stderr, and everything as lines of JSON in a file.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use serde::Serialize;

use crate::card::Span;
use crate::execute::{Counters, Violation};
use crate::memory::locked;

/// A line of the file for what takes no time.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Event<'a> {
    Error { message: &'a str },
    Leak { message: &'a str },
}

/// A line for what takes time.
#[derive(Serialize)]
struct Timed<'a> {
    #[serde(flatten)]
    work: &'a Work,
    #[serde(flatten)]
    span: &'a Span,
}

/// What takes time.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Work {
    Launch {
        kernel: String,
        grid: [u32; 3],
        block: [u32; 3],
        shared_bytes: u64,
        #[serde(flatten)]
        counters: Counters,
    },
    Copy {
        bytes: u64,
        direction: Direction,
    },
}

/// Of copies between host and device.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    ToDevice,
    ToHost,
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

    fn add(&self, event: &impl Serialize) {
        if let Some(file) = &self.file
            && let Ok(mut line) = serde_json::to_string(event)
        {
            line.push('\n');
            // Tests read the file; one that cannot be written fails them.
            let _ = locked(file.lock()).write_all(line.as_bytes());
        }
    }

    pub fn work(&self, work: &Work, span: &Span) {
        self.add(&Timed { work, span });
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
