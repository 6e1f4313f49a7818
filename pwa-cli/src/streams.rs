//! What is printed for whoever reads. Nobody has to: a reader that has gone away ends nothing, as results stand in files.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::sync::OnceLock;

/// The first error but that nobody reads.
static FAILED: OnceLock<io::Error> = OnceLock::new();

/// `println!` that does not panic.
macro_rules! say {
    () => { $crate::streams::line(format_args!("")) };
    ($($text:tt)*) => { $crate::streams::line(format_args!($($text)*)) };
}

/// `print!` that does not panic.
macro_rules! say_part {
    ($($text:tt)*) => { $crate::streams::part(format_args!($($text)*)) };
}

/// `eprintln!` that does not panic. What is told besides results may be lost.
macro_rules! tell {
    ($($text:tt)*) => { $crate::streams::beside(format_args!($($text)*)) };
}

pub fn line(text: Arguments) {
    note(writeln!(io::stdout().lock(), "{text}"));
}

pub fn part(text: Arguments) {
    note(write!(io::stdout().lock(), "{text}"));
}

pub fn beside(text: Arguments) {
    let _: io::Result<()> = writeln!(io::stderr().lock(), "{text}");
}

fn note(written: io::Result<()>) {
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
    {
        FAILED.get_or_init(|| error);
    }
}

/// Whether all that somebody reads was written; asked at the end.
pub fn finish() -> Result<(), &'static io::Error> {
    note(io::stdout().lock().flush());
    match FAILED.get() {
        None => Ok(()),
        Some(error) => Err(error),
    }
}
