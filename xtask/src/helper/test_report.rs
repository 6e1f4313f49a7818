//! `cargo xtask test-report`: the page of `gpuwa report` in a real browser, narrow and wide, by keyboard alone.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use super::Helper;
use crate::cargo::{cargo, gpuwa, target_folder};
use crate::chromium::{Browser, program};
use crate::command;

pub const HELPER: Helper = Helper {
    name: "test-report",
    about: "reports of the examples in headless Chromium: no errors, no requests, keyboard, 400 and 1600 px",
    run,
};

const EXAMPLES: [&str; 2] = ["jpsi-gpipi", "lb-pkjpsi"];
const WIDTHS: [u32; 2] = [400, 1600];

/// A page has fewer places to stop at.
const MOST_TABS: usize = 300;

fn run(arguments: &[String]) -> Result<(), String> {
    if let Some(unknown) = arguments.first() {
        return Err(format!("`test-report` takes no argument `{unknown}`"));
    }
    let chromium = program()
        .ok_or("NOT RUN: there is no Chromium here. On Debian: apt-get install chromium")?;
    cargo(&["build", "--release", "--package", "pwa-cli"])?;
    let folder = target_folder()?.join("test-report");
    for example in EXAMPLES {
        let out = folder.join(example);
        let page = report(example, &out)?;
        let mut browser = Browser::start(&chromium, &folder.join("profile"))?;
        for width in WIDTHS {
            let at = |error: String| format!("{example} at {width} px: {error}");
            browser.open(&page, width).map_err(at)?;
            check(&mut browser, width, &out).map_err(at)?;
            if !browser.complaints.is_empty() {
                return Err(at(browser.complaints.join("\n")));
            }
        }
        println!(
            "{example}: good at {WIDTHS:?} px; screenshots in {}",
            out.display()
        );
    }
    Ok(())
}

/// Fits an example and writes its report.
fn report(example: &str, out: &Path) -> Result<std::path::PathBuf, String> {
    let config = format!("data/{example}/fit.toml");
    let page = out.join("report.html");
    let quiet = |command: &mut Command| command::run(command.stdout(Stdio::null()));
    let fit = ["fit", &config, "--quiet", "--force", "--out"];
    quiet(gpuwa()?.args(fit).arg(out))?;
    let result = out.join("result.json");
    let report = ["--force", "--out"];
    quiet(gpuwa()?.arg("report").arg(result).args(report).arg(&page))?;
    Ok(page)
}

fn check(browser: &mut Browser, width: u32, out: &Path) -> Result<(), String> {
    let page_width = browser.evaluate("document.documentElement.scrollWidth")?;
    if page_width
        .as_u64()
        .is_none_or(|wide| wide > u64::from(width))
    {
        return Err(format!(
            "the page is {page_width} px wide: it scrolls sideways"
        ));
    }
    browser.screenshot(&out.join(format!("report-{width}.png")))?;
    // Space on the box of the first wave hides all its lines, and shows them again.
    tab_to(
        browser,
        "document.activeElement?.dataset?.toggle === 'wave-0'",
    )?;
    let lines = "[...document.querySelectorAll('[data-series=\"wave-0\"]')]";
    let hidden =
        format!("{lines}.length > 0 && {lines}.every((line) => line.style.display === 'none')");
    let shown = format!("{lines}.every((line) => line.style.display === '')");
    hold(browser, &shown)?;
    browser.press(" ", 32, " ")?;
    hold(browser, &hidden)?;
    browser.screenshot(&out.join(format!("report-{width}-without-a-wave.png")))?;
    browser.press(" ", 32, " ")?;
    hold(browser, &shown)?;
    // Enter opens what is folded.
    tab_to(browser, "document.activeElement?.tagName === 'SUMMARY'")?;
    browser.press("Enter", 13, "\r")?;
    hold(
        browser,
        "document.activeElement.parentElement.open === true",
    )
}

fn hold(browser: &mut Browser, condition: &str) -> Result<(), String> {
    match browser.evaluate(condition)? == json!(true) {
        true => Ok(()),
        false => Err(format!("not so: {condition}")),
    }
}

fn tab_to(browser: &mut Browser, condition: &str) -> Result<(), String> {
    for _ in 0..MOST_TABS {
        browser.press("Tab", 9, "")?;
        if browser.evaluate(condition)? == json!(true) {
            return Ok(());
        }
    }
    Err(format!("the tabulator never comes to where {condition}"))
}
