//! Helpers for people who work on gpuwa: `cargo xtask help`. Nothing to install but cargo.

mod cargo;
mod chromium;
mod command;
mod elf;
mod helper;
mod image;
mod packages;
mod wheel;

use std::process::ExitCode;

use helper::{HELPERS, Helper};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "help".to_owned());
    let rest: Vec<String> = arguments.collect();
    match find(&name) {
        Some(helper) => report((helper.run)(&rest)),
        None if ["help", "--help", "-h"].contains(&name.as_str()) => {
            print_help();
            ExitCode::SUCCESS
        }
        None => report(Err(format!(
            "no helper `{name}`; `cargo xtask help` lists them"
        ))),
    }
}

fn find(name: &str) -> Option<&'static Helper> {
    HELPERS.iter().find(|helper| helper.name == name)
}

fn report(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn print_help() {
    println!("cargo xtask HELPER [arguments]\n");
    let longest = HELPERS.iter().map(|helper| helper.name.len()).max();
    let width = longest.unwrap_or_default();
    for helper in HELPERS {
        println!("  {:<width$}  {}", helper.name, helper.about);
    }
}
